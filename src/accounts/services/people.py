"""People: entering them, shutting them out and letting them in again (ACCOUNT-5)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Person
from accounts.rules import SIGN_IN_ROLES, Actor, Role, require_roles
from accounts.selectors import NoSuchPerson, PersonView, actor_of, get_person, person_view
from accounts.services.audit import record
from accounts.services.hashing import hash_password
from accounts.services.names import require_valid_login, require_valid_name
from accounts.services.sign_in import Deactivated
from accounts.services.strength import check_strength
from kernel.refusal import Conflict, require_reason

MAX_REASON = 200


class LoginTaken(Conflict):
    code = "accounts.login_taken"
    zh = "登录名 {login} 已被使用，请换一个"
    en = "The sign-in name {login} is taken; choose another"
    login: str


class LastOps(Conflict):
    code = "accounts.last_ops"
    zh = "这是最后一位在用的运营人员，不能停用；请先新增或恢复另一位"
    en = "This is the last active member of the operations team; add or reactivate another one first"


class AlreadyDeactivated(Conflict):
    code = "accounts.already_deactivated"
    zh = "{name} 已经停用"
    en = "{name} is deactivated already"
    name: str


class NotDeactivated(Conflict):
    code = "accounts.not_deactivated"
    zh = "{name} 没有停用"
    en = "{name} is not deactivated"
    name: str


class AccountClosed(Conflict):
    code = "accounts.account_closed"
    zh = "{name} 的账户已关闭，不能恢复；需要时请新开账号"
    en = "The account of {name} was closed and is not reactivated; a new one can be opened"
    name: str


def add_person(*, actor: Actor, login: str, name: str, role: Role, password: str, now: datetime) -> Actor:
    """Enter somebody with a role. Refuses a login that is taken or differs from a taken one by case only, names and passwords that
    `require_valid_name` and `check_strength` refuse, and TooManyHashes.
    """
    require_roles(actor, Role.OPS)
    encoded = hash_new_password(login=login, name=name, role=role, password=password)
    return add_person_with_hash(actor=actor, login=login, name=name, role=role, encoded=encoded, now=now)


def hash_new_password(*, login: str, name: str, role: Role, password: str) -> str:
    """The hash of a new password for somebody with these names. It is slow: call it outside of a transaction."""
    check_strength(password, login=require_valid_login(login, role=role), name=require_valid_name(name, role=role))
    return hash_password(password)


@transaction.atomic
def add_person_with_hash(*, actor: Actor, login: str, name: str, role: Role, encoded: str, now: datetime) -> Actor:
    """`add_person` for a password that is hashed already. The caller checks the permission."""
    if role not in SIGN_IN_ROLES:
        raise ValueError(f"nobody signs in as {role}")
    login, name = require_valid_login(login, role=role), require_valid_name(name, role=role)
    person = Person(login=login, name=name, role=role.value, password=encoded, created_at=now)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as cause:
        if not Person.objects.filter(login=login).exists():
            raise
        raise LoginTaken(login=login) from cause
    record(
        actor=actor, action="accounts.add_person", kind="person", subject_id=person.pk, details={"role": role}, now=now
    )
    return actor_of(person)


@transaction.atomic
def deactivate(*, actor: Actor, person_id: int, reason: str, now: datetime) -> PersonView:
    """Ops deactivate anybody. Refuses the last active ops person."""
    require_roles(actor, Role.OPS)
    return write_deactivation(actor=actor, person_id=person_id, reason=reason, now=now)


@transaction.atomic
def reactivate(*, actor: Actor, person_id: int, reason: str, now: datetime) -> PersonView:
    """Ops reactivate somebody, with the password that she had; sessions and tokens of before stay ended."""
    require_roles(actor, Role.OPS)
    return write_reactivation(actor=actor, person_id=person_id, reason=reason, now=now)


@transaction.atomic
def write_deactivation(*, actor: Actor, person_id: int, reason: str, now: datetime) -> PersonView:
    """Deactivate somebody: her sessions, tokens and password links end. The caller checks the permission.

    The rows of actor and person, and those of all ops where she is one, are locked in the order of their ids: of two people who
    deactivate each other at the same instant, the second is refused.
    """
    reason = require_reason(reason, max_length=MAX_REASON)
    rows = _locked(actor, person_id)
    person = rows[person_id]
    if not person.is_active:
        raise AlreadyDeactivated(name=person.name)
    if person.role == Role.OPS and not any(
        each.is_active and each.role == Role.OPS and each.pk != person_id for each in rows.values()
    ):
        raise LastOps
    person.is_active, person.deactivated_at = False, now
    person.deactivated_by_id, person.deactivation_reason = actor.person_id, reason
    person.session_version += 1
    person.save(
        update_fields=["is_active", "deactivated_at", "deactivated_by", "deactivation_reason", "session_version"]
    )
    tokens = person.tokens.filter(revoked_at=None).update(revoked_at=now)
    person.password_links.filter(ended_at=None).update(ended_at=now)
    details = {"reason": reason, "tokens": tokens}
    record(actor=actor, action="accounts.deactivate", kind="person", subject_id=person_id, details=details, now=now)
    return person_view(person)


@transaction.atomic
def close_account(*, actor: Actor, person_id: int, reason: str, now: datetime) -> None:
    """Deactivate somebody for good, because her account was closed (ACCOUNT-14). The caller checks the permission."""
    if get_person(person_id).is_active:
        write_deactivation(actor=actor, person_id=person_id, reason=reason, now=now)
    Person.objects.filter(pk=person_id, closed_at=None).update(closed_at=now)


@transaction.atomic
def write_reactivation(*, actor: Actor, person_id: int, reason: str, now: datetime) -> PersonView:
    """Reactivate somebody. The caller checks the permission."""
    reason = require_reason(reason, max_length=MAX_REASON)
    person = _locked(actor, person_id)[person_id]
    if person.is_active:
        raise NotDeactivated(name=person.name)
    if person.closed_at is not None:
        raise AccountClosed(name=person.name)
    person.is_active, person.deactivated_at, person.deactivated_by, person.deactivation_reason = True, None, None, ""
    person.save(update_fields=["is_active", "deactivated_at", "deactivated_by", "deactivation_reason"])
    details = {"reason": reason}
    record(actor=actor, action="accounts.reactivate", kind="person", subject_id=person_id, details=details, now=now)
    return person_view(person)


def lock_person(person_id: int) -> None:
    """Lock a person until the end of the transaction: whoever counts her rows against a limit does so under this lock."""
    Person.objects.select_for_update(no_key=True).filter(pk=person_id).values_list("pk").first()


def _locked(actor: Actor, person_id: int) -> dict[int, Person]:
    """The rows of the person and of the actor, and those of all active ops where the person is one of them."""
    condition = Q(pk__in=[each for each in (person_id, actor.person_id) if each is not None])
    if Person.objects.filter(pk=person_id, role=Role.OPS.value).exists():
        condition |= Q(role=Role.OPS.value, is_active=True)
    locked = Person.objects.select_for_update(no_key=True).filter(condition).order_by("pk")
    rows = {each.pk: each for each in locked}
    if person_id not in rows:
        raise NoSuchPerson(person_id=person_id)
    if actor.person_id is not None and not rows[actor.person_id].is_active:
        raise Deactivated
    return rows
