"""Writes of people, tokens and the audit trail."""

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from redis.exceptions import RedisError

from accounts.models import ApiToken, AuditEntry, Person
from accounts.queries import actor_of, digest_of
from accounts.rules import SIGN_IN_ROLES, Actor, Role, require
from kernel import request_id
from kernel.refusal import Busy, Conflict, Forbidden, Invalid

TOKEN_LIFE = timedelta(days=90)
MISSES_ALLOWED = 10
MISSES_FORGOTTEN_AFTER = timedelta(minutes=15)
log = logging.getLogger("weicang.sign_in")


@dataclass(eq=False)
class LoginTaken(Conflict):
    code = "accounts.login_taken"
    zh = "登录名 {login} 已被使用，请换一个"
    en = "The sign-in name {login} is taken; choose another"
    login: str


@dataclass(eq=False)
class WeakPassword(Invalid):
    code = "accounts.weak_password"
    zh = "密码太弱：{why}"
    en = "The password is too weak: {why}"
    why: str


@dataclass(eq=False)
class WrongSignIn(Forbidden):
    code = "accounts.wrong_sign_in"
    zh = "登录名或密码不对"
    en = "The sign-in name or the password is wrong"


@dataclass(eq=False)
class TooManyMisses(Busy):
    code = "accounts.too_many_misses"
    zh = "密码输错次数太多，请 {minutes} 分钟后再试"
    en = "Too many wrong passwords; try again in {minutes} minutes"
    minutes: int


@dataclass(eq=False)
class BadName(Invalid):
    code = "accounts.bad_name"
    zh = "{field}不能为空，最多 {longest} 个字"
    en = "{field} must not be empty and at most {longest} characters long"
    field: str
    longest: int


@transaction.atomic
def add_person(*, actor: Actor, login: str, name: str, role: Role, password: str, now: datetime) -> Actor:
    """Enter somebody with a role. Refuses a login that differs from a taken one by case only, and weak passwords."""
    require(actor, Role.OPS)
    assert role in SIGN_IN_ROLES
    login, name = login.strip().lower(), name.strip()
    _check_name("login", login, 64)
    _check_name("name", name, 80)
    person = Person(login=login, name=name, role=role.value, created_at=now)
    _check_password_strength(password, person)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as cause:
        raise LoginTaken(login=login) from cause
    record(
        actor=actor,
        verb="accounts.add_person",
        kind="person",
        subject_id=person.pk,
        details={"role": role},
        now=now,
    )
    return actor_of(person)


def verify_sign_in(*, login: str, password: str) -> Person:
    """The person with this login and password; too many misses shut the login for a quarter of an hour."""
    key = f"misses:{login.strip().lower()[:64]}"
    # Counted before it is looked at: many tries at one instant are as many.
    if _tries(key) > MISSES_ALLOWED:
        raise TooManyMisses(minutes=int(MISSES_FORGOTTEN_AFTER.total_seconds() // 60))
    person = Person.objects.filter(login=login.strip().lower(), is_active=True).first()
    # The hash is computed for unknown logins too, so that timing does not tell which exist.
    encoded = person.password if person else _hash_of_nobody()
    if not check_password(password, encoded) or person is None:
        raise WrongSignIn
    with suppress(RedisError):
        cache.delete(key)
    return person


def _tries(key: str) -> int:
    """Tries since the last that was right, with this one; 0 where the cache is down, which must not shut the house."""
    try:
        cache.add(key, 0, MISSES_FORGOTTEN_AFTER.total_seconds())
        return cache.incr(key)
    except RedisError as trouble:
        log.warning("tries to sign in are not counted", extra={"trouble": str(trouble)})
        return 0
    except ValueError:  # forgotten between the two
        return 1


@transaction.atomic
def change_password(*, actor: Actor, old: str, new: str, now: datetime) -> None:
    person = Person.objects.select_for_update().get(pk=actor.own_id)
    if not check_password(old, person.password):
        raise WrongSignIn
    _check_password_strength(new, person)
    person.set_password(new)
    person.save(update_fields=["password"])
    person.tokens.filter(revoked_at=None).update(revoked_at=now)
    record(actor=actor, verb="accounts.change_password", kind="person", subject_id=person.pk, details={}, now=now)


@transaction.atomic
def issue_token(*, actor: Actor, label: str, now: datetime) -> str:
    """A new API token of this person, valid for 90 days. It is returned once and cannot be read again."""
    token = f"wc_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        person_id=actor.own_id,
        label=label[:80] or "API",
        digest=digest_of(token),
        created_at=now,
        expires_at=now + TOKEN_LIFE,
    )
    record(
        actor=actor,
        verb="accounts.issue_token",
        kind="person",
        subject_id=actor.own_id,
        details={"label": label},
        now=now,
    )
    return token


@transaction.atomic
def revoke_tokens(*, actor: Actor, now: datetime) -> int:
    """Revoke all of one's own tokens; gives how many were alive."""
    revoked = ApiToken.objects.filter(person_id=actor.own_id, revoked_at=None).update(revoked_at=now)
    record(
        actor=actor,
        verb="accounts.revoke_tokens",
        kind="person",
        subject_id=actor.own_id,
        details={"revoked": revoked},
        now=now,
    )
    return revoked


def record(*, actor: Actor, verb: str, kind: str, subject_id: int, details: dict[str, Any], now: datetime) -> None:
    """Append one audit entry. Called by every verb that a person should be able to account for."""
    AuditEntry.objects.create(
        at=now,
        person_id=actor.person_id,
        role=actor.role.value,
        verb=verb,
        subject_kind=kind,
        subject_id=subject_id,
        details=details,
        request_id=request_id.current(),
    )


def _check_name(field: str, value: str, longest: int) -> None:
    if not value or len(value) > longest:
        raise BadName(field=field, longest=longest)


def _check_password_strength(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as cause:
        raise WeakPassword(why=" ".join(cause.messages)) from cause


def _hash_of_nobody() -> str:
    # Of the same cost as a real one; the password behind it is not known to anybody.
    return "pbkdf2_sha256$1000000$nobodynobodynobodynob$O0LQx0b3N8m6l4DqPLuCjHk9xkRrFZ2kzvZr0X1J0nE="
