"""Reads of people, tokens and the audit trail."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import ApiToken, AuditEntry, Person
from accounts.rules import Actor, Role
from wire.pages import Page, cut


@dataclass(frozen=True, slots=True)
class AuditView:
    at: datetime
    who: str
    role: str
    verb: str
    subject_kind: str
    subject_id: int
    details: dict[str, Any]
    request_id: str


def actor_of(person: Person) -> Actor:
    return Actor(person_id=person.pk, role=Role(person.role), name=person.name)


def actor_by_id(person_id: int) -> Actor:
    return actor_of(Person.objects.get(pk=person_id))


def actor_by_token(token: str, *, at: datetime) -> Actor | None:
    """The person behind an API token, or None where it is unknown, expired, revoked or its owner was shut out."""
    found = (
        ApiToken.objects.filter(digest=digest_of(token), revoked_at=None, expires_at__gt=at, person__is_active=True)
        .select_related("person")
        .first()
    )
    return actor_of(found.person) if found else None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def audit_trail(
    *, subject_kind: str = "", subject_id: int | None = None, after: str = "", size: int = 50
) -> Page[AuditView]:
    """The newest acts first; of one thing where it is named."""
    entries = AuditEntry.objects.select_related("person")
    if subject_kind:
        entries = entries.filter(subject_kind=subject_kind)
    if subject_id is not None:
        entries = entries.filter(subject_id=subject_id)
    return cut(entries, order=("-id",), after=after, size=size, view=_audit_view)


def _audit_view(entry: AuditEntry) -> AuditView:
    return AuditView(
        at=entry.at,
        who=entry.person.name if entry.person else "系统",
        role=entry.role,
        verb=entry.verb,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        details=entry.details,
        request_id=entry.request_id,
    )
