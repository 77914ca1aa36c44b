"""Changing passwords: one's own, by a one-time link from ops, and on the machine itself (ACCOUNT-4)."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import PasswordLink, Person
from accounts.rules import Actor, Role, require_roles
from accounts.selectors import NoSuchPerson, actor_of, digest_of
from accounts.services.audit import record
from accounts.services.hashing import hash_password
from accounts.services.people import lock_person
from accounts.services.sign_in import Deactivated, check_own_password
from accounts.services.strength import check_strength
from kernel.refusal import Conflict, Missing


class InvalidLink(Missing):
    code = "accounts.invalid_link"
    zh = "这个链接已用过、已过期或不完整；请向平台运营再要一个"
    en = "The link was used, has expired or is incomplete; ask the platform's operations team for another"


class PersonDeactivated(Conflict):
    code = "accounts.person_deactivated"
    zh = "{name} 已停用；请先恢复，再发链接"
    en = "{name} is deactivated; reactivate the account before you issue a link"
    name: str


class ChangedConcurrently(Conflict):
    code = "accounts.changed_concurrently"
    zh = "密码刚刚在别处改过，请重新登录"
    en = "The password has just been changed elsewhere; sign in again"


class NoSuchLogin(Missing):
    code = "accounts.no_such_login"
    zh = "没有登录名为 {login} 的人"
    en = "Nobody signs in as {login}"
    login: str


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A one-time link. `secret` is not stored: it is returned once, to be sent to the person."""

    secret: str
    expires_at: datetime


def change_password(*, actor: Actor, old: str, new: str, address: str, keep_token: str = "", now: datetime) -> None:
    """Change one's own password: all sessions and tokens end, except the token that is used for this (`keep_token`).

    The caller renews the session of this request. A wrong old password is refused and counted as at signing in.
    """
    person = Person.objects.get(pk=actor.own_id)
    check_own_password(person, password=old, address=address, now=now)
    check_strength(new, login=person.login, name=person.name)
    encoded = hash_password(new)
    with transaction.atomic():
        lock_person(person.pk)
        before = person.session_version
        person.refresh_from_db()
        if not person.is_active:
            raise Deactivated
        if person.session_version != before:
            raise ChangedConcurrently
        _replace_password(person, encoded, keep_token=keep_token, now=now)
        record(actor=actor, action="accounts.change_password", kind="person", subject_id=person.pk, details={}, now=now)


def set_password(*, actor: Actor, login: str, new: str, now: datetime) -> Actor:
    """Set somebody's password without the old one: for the command line of the machine. Ends all sessions and tokens."""
    require_roles(actor)
    person = Person.objects.filter(login=login).first()
    if person is None:
        raise NoSuchLogin(login=login)
    check_strength(new, login=person.login, name=person.name)
    encoded = hash_password(new)
    with transaction.atomic():
        lock_person(person.pk)
        person.refresh_from_db()
        _replace_password(person, encoded, now=now)
        record(actor=actor, action="accounts.set_password", kind="person", subject_id=person.pk, details={}, now=now)
    return actor_of(person)


@transaction.atomic
def issue_password_link(*, actor: Actor, person_id: int, now: datetime) -> IssuedLink:
    """Ops give somebody a link with which she sets a new password, once, within `settings.PASSWORD_LINK_LIFE`. Earlier links end."""
    require_roles(actor, Role.OPS)
    lock_person(person_id)
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise NoSuchPerson(person_id=person_id)
    if not person.is_active:
        raise PersonDeactivated(name=person.name)
    person.password_links.filter(ended_at=None).update(ended_at=now)
    issued = IssuedLink(secrets.token_urlsafe(32), now + settings.PASSWORD_LINK_LIFE)
    PasswordLink.objects.create(
        person=person,
        digest=digest_of(issued.secret),
        issued_by_id=actor.person_id,
        created_at=now,
        expires_at=issued.expires_at,
    )
    details = {"expires_at": issued.expires_at.isoformat()}
    record(
        actor=actor,
        action="accounts.issue_password_link",
        kind="person",
        subject_id=person_id,
        details=details,
        now=now,
    )
    return issued


def redeem_password_link(*, secret: str, new: str, now: datetime) -> Actor:
    """Set a new password with a one-time link. The link, all sessions and all tokens end."""
    person = get_person_of_link(secret, now=now)
    check_strength(new, login=person.login, name=person.name)
    encoded = hash_password(new)
    with transaction.atomic():
        lock_person(person.pk)
        if not _valid_links(secret, now).update(ended_at=now, used_at=now):
            raise InvalidLink
        person.refresh_from_db()
        _replace_password(person, encoded, now=now)
        actor = actor_of(person)
        record(
            actor=actor,
            action="accounts.redeem_password_link",
            kind="person",
            subject_id=person.pk,
            details={},
            now=now,
        )
    return actor


def get_person_of_link(secret: str, *, now: datetime) -> Person:
    """The person whose password a link sets. It does not use the link up. Refuses with InvalidLink."""
    link = _valid_links(secret, now).select_related("person").first()
    if link is None:
        raise InvalidLink
    return link.person


def purge_password_links(*, now: datetime) -> int:
    """Delete links that have expired; the audit log keeps what was done with them."""
    deleted, _ = PasswordLink.objects.filter(expires_at__lte=now).delete()
    return deleted


def _valid_links(secret: str, now: datetime) -> QuerySet[PasswordLink]:
    return PasswordLink.objects.filter(
        digest=digest_of(secret), ended_at=None, expires_at__gt=now, person__is_active=True
    )


def _replace_password(person: Person, encoded: str, *, keep_token: str = "", now: datetime) -> None:
    person.password = encoded
    person.session_version += 1
    person.save(update_fields=["password", "session_version"])
    tokens = person.tokens.filter(revoked_at=None)
    if keep_token:
        tokens = tokens.exclude(digest=digest_of(keep_token))
    tokens.update(revoked_at=now)
    person.password_links.filter(ended_at=None).update(ended_at=now)
