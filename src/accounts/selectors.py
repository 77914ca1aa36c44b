"""Reads of people, tokens and the audit log."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import ApiToken, AuditEntry, CodeReset, Person
from accounts.rules import Actor, CodeResetState, Role, normalized_login
from accounts.sql import find_tokens
from db.rows import view_of
from kernel.refusal import Missing
from web.pagination import Page, paginate


class NoSuchPerson(Missing):
    code = "accounts.no_such_person"
    zh = "没有这个人（{person_id}）"
    en = "There is no person {person_id}"
    person_id: int


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody who signs in, as ops see them. `deactivated_by` is the name of the person who did it, "" for the service itself."""

    id: int
    login: str
    name: str
    role: Role
    is_active: bool
    created_at: datetime
    last_login: datetime | None
    deactivated_at: datetime | None
    deactivated_by: str
    deactivated_by_role: Role | None
    deactivation_reason: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """A valid API token. The token itself was shown once, when it was issued."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditView:
    """An entry of the audit log."""

    at: datetime
    who: str
    role: str
    action: str
    subject_kind: str
    subject_id: int
    details: dict[str, Any]
    request_id: str


RESET_CODES, RENEW_RECOVERY_CODES, REPLACE_DEVICE = (
    "accounts.approve_code_reset",
    "accounts.renew_recovery_codes",
    "accounts.replace_code_device",
)
CODE_CHANGES = (RESET_CODES, RENEW_RECOVERY_CODES, REPLACE_DEVICE)
"""The audited acts of which a person is told, since they decide who can use codes as her."""


@dataclass(frozen=True, slots=True)
class CodeChange:
    """That codes of a person were reset or made anew: the id of its audit entry, whose codes, who asked and who did it."""

    id: int
    action: str
    person_id: int
    whose: str
    by: str
    asked_by: str
    reason: str
    at: datetime


def actor_of(person: Person) -> Actor:
    return Actor(person_id=person.pk, role=Role(person.role), name=person.name)


def get_actor(person_id: int) -> Actor:
    return actor_of(Person.objects.get(pk=person_id))


def find_actor_by_token(token: str, *, at: datetime) -> Actor | None:
    """The person behind an API token, or None where it is unknown, expired, revoked or its owner is deactivated."""
    return find_actors_by_tokens([token], at=at).get(token)


def find_actors_by_tokens(tokens: Collection[str], *, at: datetime) -> dict[str, Actor]:
    """As `find_actor_by_token`, for many tokens in one statement; tokens of nobody are missing."""
    by_digest = {digest_of(token): token for token in tokens}
    return {
        by_digest[row.digest]: Actor(row.person_id, Role(row.role), row.name)
        for row in find_tokens(list(by_digest), at=at)
    }


def get_actors(person_ids: Collection[int]) -> dict[int, Actor]:
    """People by their ids, deactivated ones too."""
    return {row.pk: actor_of(row) for row in Person.objects.filter(pk__in=person_ids)}


def get_person(person_id: int) -> PersonView:
    row = Person.objects.select_related("deactivated_by").filter(pk=person_id).first()
    if row is None:
        raise NoSuchPerson(person_id=person_id)
    return person_view(row)


def list_people(
    *, search: str = "", role: Role | None = None, active: bool | None = None, cursor: str = "", limit: int = 50
) -> Page[PersonView]:
    """Everybody who can sign in or could before, the newest first; `search` is part of a name or the beginning of a login."""
    rows = Person.objects.select_related("deactivated_by")
    if search.strip():
        rows = rows.filter(Q(name__icontains=search.strip()) | Q(login__startswith=normalized_login(search)))
    if role is not None:
        rows = rows.filter(role=role.value)
    if active is not None:
        rows = rows.filter(is_active=active)
    return paginate(rows, name="accounts.people", order=("-id",), cursor=cursor, limit=limit, view=person_view)


def active_person_ids(*roles: Role) -> list[int]:
    """Everybody with one of these roles who can sign in."""
    rows = Person.objects.filter(role__in=[role.value for role in roles], is_active=True)
    return list(rows.values_list("pk", flat=True))


def list_own_tokens(actor: Actor, *, at: datetime) -> list[TokenView]:
    """The valid tokens of the person who acts, the newest first; their number is limited."""
    rows = ApiToken.objects.filter(person_id=actor.own_id, revoked_at=None, expires_at__gt=at).order_by("-id")
    return [TokenView(row.pk, row.label, row.created_at, row.expires_at) for row in rows]


def person_view(row: Person) -> PersonView:
    by = row.deactivated_by
    return view_of(
        PersonView, row, deactivated_by=by.name if by else "", deactivated_by_role=Role(by.role) if by else None
    )


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def list_audit_entries(
    *, subject_kind: str = "", subject_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[AuditView]:
    """Entries of the audit log, the newest first; those of one subject where it is given."""
    entries = AuditEntry.objects.select_related("person")
    if subject_kind:
        entries = entries.filter(subject_kind=subject_kind)
    if subject_id is not None:
        entries = entries.filter(subject_id=subject_id)
    return paginate(
        entries, name="accounts.audit_entries", order=("-id",), cursor=cursor, limit=limit, view=_audit_view
    )


def _audit_view(entry: AuditEntry) -> AuditView:
    return view_of(AuditView, entry, who=entry.person.name if entry.person else "系统")


def person_ids_acted_on(actor: Actor, *, actions: Collection[str], since: datetime) -> set[int]:
    """On whom somebody did one of these actions since an instant, as the audit log shows."""
    rows = AuditEntry.objects.filter(person_id=actor.own_id, subject_kind="person", action__in=actions, at__gte=since)
    return set(rows.values_list("subject_id", flat=True))


def arranger_ids(person_ids: Collection[int], *, actions: Collection[str], since: datetime) -> set[int]:
    """These people, and who did one of these actions on any of them since an instant, as the audit log shows."""
    rows = AuditEntry.objects.filter(
        subject_kind="person", subject_id__in=person_ids, action__in=actions, at__gte=since
    ).filter(person__isnull=False)
    return set(person_ids) | set(rows.values_list("person_id", flat=True))


def last_acted_on_at(person_id: int, *, actions: Collection[str], by_people: bool = False) -> datetime | None:
    """When somebody last did one of these actions on a person, as the audit log shows; `by_people` leaves out what commands did."""
    rows = AuditEntry.objects.filter(subject_kind="person", subject_id=person_id, action__in=actions)
    if by_people:
        rows = rows.filter(person__isnull=False)
    return rows.order_by("-pk").values_list("at", flat=True).first()


def list_code_changes(*, since: datetime) -> list[CodeChange]:
    """What became of the one-time codes of people of ops and finance since an instant, the earliest first (ACCOUNT-9, ACCOUNT-11, 12)."""
    people = Person.objects.filter(role__in=[Role.OPS.value, Role.FINANCE.value]).in_bulk()
    entries = AuditEntry.objects.select_related("person").filter(
        subject_kind="person", subject_id__in=list(people), action__in=CODE_CHANGES, at__gte=since
    )
    resets = CodeReset.objects.select_related("requested_by").filter(
        state=CodeResetState.APPROVED.value, decided_at__gte=since
    )
    asked = {(each.person_id, each.decided_at): each.requested_by.name for each in resets}
    return [
        CodeChange(
            id=each.pk,
            action=each.action,
            person_id=each.subject_id,
            whose=people[each.subject_id].name,
            by=each.person.name if each.person else "",
            asked_by=asked.get((each.subject_id, each.at), ""),
            reason=each.details.get("reason", ""),
            at=each.at,
        )
        for each in entries.order_by("pk")
    ]


def people_of_audit_entries(entry_ids: Collection[int]) -> dict[int, int]:
    """Of audit entries about people, by their ids, whom they are about."""
    rows = (
        AuditEntry.objects.filter(pk__in=entry_ids, subject_kind="person") if entry_ids else AuditEntry.objects.none()
    )
    return dict(rows.values_list("pk", "subject_id"))


def person_ids_of(role: Role, *, among: Collection[int]) -> set[int]:
    """Those who have a role, active or not."""
    return set(Person.objects.filter(pk__in=among, role=role.value).values_list("pk", flat=True)) if among else set()


def audit_entries_sql(action: str, subject_kind: str) -> str:
    """To stand after FROM or JOIN: the audit entries of an action on subjects of a kind, with subject_id, at, details and xmin."""
    return f"""(
        SELECT subject_id, at, details, xmin FROM accounts_auditentry WHERE action = '{action}' AND subject_kind = '{subject_kind}'
    )"""  # noqa: S608 - constants of ours
