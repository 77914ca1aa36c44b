"""One-time codes: setting up a device, its recovery codes, and asking for a code where money leaves (ACCOUNT-9 to ACCOUNT-11)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import CodeDevice, Person, RecoveryCode
from accounts.rules import (
    RECOVERY_CODES,
    Actor,
    Role,
    accepted_steps,
    is_recovery_code,
    new_recovery_code,
    require_roles,
    typed_code,
)
from accounts.selectors import digest_of, last_acted_on_at
from accounts.services import totp
from accounts.services.attempts import Counter, Limit, TooManyAttempts, count_attempt, reset_counter, uncount_attempt
from accounts.services.audit import record
from accounts.services.people import lock_person
from accounts.services.sign_in import check_own_password
from kernel.refusal import Conflict, Forbidden, Invalid, TooMany

WRONG_CODES = Limit("one-time code", 5, timedelta(minutes=15))
_ARRANGING = frozenset(
    {"accounts.add_person", "accounts.reactivate", "accounts.issue_password_link", "accounts.redeem_password_link"}
)
"""After these acts on a person somebody else may be able to sign in as her."""
SETUP_LIFE = timedelta(minutes=15)
"""For so long a device that is being set up can be confirmed."""


class CodeRequired(Invalid):
    code = "accounts.code_required"
    zh = "请填写动态口令"
    en = "Give your one-time code"


class CodeNotSetUp(Forbidden):
    code = "accounts.code_not_set_up"
    zh = "付款须用动态口令：请先在「账号与密码」里绑定"
    en = "Payments ask for a one-time code: set it up first, on your account page"


class WrongCode(Forbidden):
    code = "accounts.wrong_code"
    zh = "动态口令不对或已用过；请等手机上出现下一个再填"
    en = "The one-time code is wrong or was used before; wait for the next one"


class TooManyWrongCodes(TooMany):
    code = "accounts.too_many_wrong_codes"
    zh = "动态口令错得太多，请 {minutes} 分钟后再试；其他同事不受影响"
    en = "Too many wrong codes; try again in {minutes} min. Nobody else is affected"

    def sentence(self, language: str = "zh") -> str:
        template = self.zh if language.startswith("zh") else self.en
        return template.format(minutes=-(-self.retry_after_seconds // 60))


class CodeNotUsableYet(Forbidden):
    code = "accounts.code_not_usable_yet"
    zh = "您的账号、密码或动态口令刚由他人办理过，{usable_from} 起才能复核付款"
    en = "Somebody lately added you, gave you a new password or reset your codes; you approve payments from {usable_from}"
    usable_from: datetime


class AlreadySetUp(Conflict):
    code = "accounts.code_already_set_up"
    zh = "已绑定动态口令；要换手机请用「更换」"
    en = "One-time codes are set up; replace the device instead"


class SetupExpired(Conflict):
    code = "accounts.code_setup_expired"
    zh = "绑定已过期或未开始，请重新开始"
    en = "The set-up has expired or was not begun; begin again"


@dataclass(frozen=True, slots=True)
class DeviceSetup:
    """A device that is being set up: its secret is shown until it is confirmed."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class CodeStatus:
    """What a person's account page says of her codes."""

    is_set_up: bool
    confirmed_at: datetime | None
    usable_from: datetime | None
    recovery_codes_left: int
    is_being_set_up: bool


def get_code_status(actor: Actor, *, at: datetime) -> CodeStatus:
    row = CodeDevice.objects.filter(person_id=actor.own_id).first() or CodeDevice(person_id=actor.own_id)
    left = RecoveryCode.objects.filter(person_id=actor.own_id, used_at=None).count()
    return CodeStatus(row.secret != "", row.confirmed_at, row.usable_from, left, _is_pending(row, at))


def get_setup(actor: Actor, *, at: datetime) -> DeviceSetup | None:
    """The device that this person is setting up, None where there is none."""
    row = CodeDevice.objects.select_related("person").filter(person_id=actor.own_id).first()
    if row is None or not _is_pending(row, at):
        return None
    return _setup_of(row)


def find_demo_code(login: str, *, at: datetime) -> str | None:
    """A good code of somebody, for the command of the demo; None where she has no device, or no code that is unused."""
    row = CodeDevice.objects.filter(person__login=login).exclude(secret="").first()
    steps = accepted_steps(at, after_step=row.last_step) if row else []
    if row is None or not steps:
        return None
    return totp.code_at(totp.decrypt_secret(row.secret, person_id=row.person_id), steps[0])


def begin_setup(*, actor: Actor, password: str, address: str, now: datetime) -> DeviceSetup:
    """Begin to set up the first device. Asks for the password: an open session alone is not enough (ACCOUNT-9)."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    check_own_password(Person.objects.get(pk=actor.own_id), password=password, address=address, now=now)
    with transaction.atomic():
        row = _lock_device(actor)
        if row.secret:
            raise AlreadySetUp
        return _begin(row, now)


def begin_replacement(*, actor: Actor, code: str, now: datetime) -> DeviceSetup:
    """Begin to set up another device in place of the one in use, with a code of it or a recovery code."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    with count_wrong_codes(actor=actor, now=now), transaction.atomic():
        row = _use_code(actor, code, now)
        return _begin(row, now)


def confirm_setup(*, actor: Actor, code: str, now: datetime) -> list[str]:
    """Put the device into use with a first code of it; returns new recovery codes, which are shown once."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    with count_wrong_codes(actor=actor, now=now), transaction.atomic():
        row = _lock_device(actor)
        if not _is_pending(row, now):
            raise SetupExpired
        secret = totp.decrypt_secret(row.pending_secret, person_id=actor.own_id)
        step = totp.matching_step(secret, _required(code), at=now, after_step=0)
        if step is None:
            raise WrongCode
        is_replacement = row.secret != ""
        row.secret, row.pending_secret, row.pending_at = row.pending_secret, "", None
        row.last_step, row.confirmed_at = step, now
        if not is_replacement:
            row.usable_from = _usable_from(row, now)
        row.save()
        action = "accounts.replace_code_device" if is_replacement else "accounts.set_up_codes"
        record(actor=actor, action=action, kind="person", subject_id=actor.own_id, details={}, now=now)
        return _renew_recovery_codes(actor, now)


def renew_recovery_codes(*, actor: Actor, code: str, now: datetime) -> list[str]:
    """Replace the recovery codes, with a code of the device. The new ones are shown once; earlier ones end."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    with count_wrong_codes(actor=actor, now=now), transaction.atomic():
        _use_code(actor, code, now)
        record(
            actor=actor,
            action="accounts.renew_recovery_codes",
            kind="person",
            subject_id=actor.own_id,
            details={},
            now=now,
        )
        return _renew_recovery_codes(actor, now)


@contextmanager
def count_wrong_codes(*, actor: Actor, now: datetime) -> Iterator[None]:
    """Around the transaction that uses a code: counts the attempt before, so that the count outlives a transaction that is rolled back.

    A wrong code stays counted; any other outcome takes the count back, and a success resets it. Refuses with TooManyWrongCodes.
    """
    counter = Counter(WRONG_CODES, str(actor.own_id))
    try:
        count_attempt([counter], now=now)
    except TooManyAttempts as refused:
        raise TooManyWrongCodes(retry_after_seconds=refused.retry_after_seconds) from refused
    try:
        yield
    except WrongCode:
        record(actor=actor, action="accounts.wrong_code", kind="person", subject_id=actor.own_id, details={}, now=now)
        raise
    except BaseException:
        uncount_attempt([counter])
        raise
    reset_counter(counter)


def require_code(*, actor: Actor, code: str, now: datetime) -> None:
    """Use up a code for an act that pays money out, in the transaction of the act: what is rolled back has used none (ACCOUNT-10).

    Call it within `count_wrong_codes`. Refuses CodeNotSetUp, CodeNotUsableYet, CodeRequired, WrongCode.
    """
    row = _lock_device(actor)
    if not row.secret:
        raise CodeNotSetUp
    if row.usable_from is not None and row.usable_from > now:
        raise CodeNotUsableYet(usable_from=row.usable_from)
    _use_code(actor, code, now)


def _use_code(actor: Actor, code: str, now: datetime) -> CodeDevice:
    """The locked device, after a code of it or a recovery code was used up."""
    row = _lock_device(actor)
    if not row.secret:
        raise CodeNotSetUp
    typed = _required(code)
    if is_recovery_code(typed):
        _use_recovery_code(actor, typed, now)
        return row
    secret = totp.decrypt_secret(row.secret, person_id=actor.own_id)
    step = totp.matching_step(secret, typed, at=now, after_step=row.last_step)
    if step is None:
        raise WrongCode
    row.last_step = step
    row.save(update_fields=["last_step"])
    return row


def _use_recovery_code(actor: Actor, code: str, now: datetime) -> None:
    unused = RecoveryCode.objects.filter(person_id=actor.own_id, digest=digest_of(code), used_at=None)
    if not unused.update(used_at=now):
        raise WrongCode
    left = RecoveryCode.objects.filter(person_id=actor.own_id, used_at=None).count()
    record(
        actor=actor,
        action="accounts.use_recovery_code",
        kind="person",
        subject_id=actor.own_id,
        details={"left": left},
        now=now,
    )


def _renew_recovery_codes(actor: Actor, now: datetime) -> list[str]:
    RecoveryCode.objects.filter(person_id=actor.own_id).delete()
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person_id=actor.own_id, digest=digest_of(typed_code(each)), created_at=now) for each in codes
    )
    return codes


def _begin(row: CodeDevice, now: datetime) -> DeviceSetup:
    row.pending_secret = totp.encrypt_secret(totp.new_secret(), person_id=row.person_id)
    row.pending_at = now
    row.save(update_fields=["pending_secret", "pending_at"])
    return _setup_of(row)


def _setup_of(row: CodeDevice) -> DeviceSetup:
    secret = totp.decrypt_secret(row.pending_secret, person_id=row.person_id)
    if row.pending_at is None:
        raise ValueError("no device is being set up")
    return DeviceSetup(secret, totp.provisioning_uri(secret, row.person.login), row.pending_at + SETUP_LIFE)


def _usable_from(row: CodeDevice, now: datetime) -> datetime:
    """When a first device approves payments: not soon after a reset, or after others could sign in as her (ACCOUNT-9, ACCOUNT-12)."""
    arranged_at = last_acted_on_at(row.person_id, actions=_ARRANGING, by_people=True)
    since = [each for each in (row.reset_at, arranged_at) if each is not None]
    return max([now, *(each + settings.CODE_RESET_COOL_DOWN for each in since)])


def _is_pending(row: CodeDevice, at: datetime) -> bool:
    return row.pending_at is not None and row.pending_at + SETUP_LIFE > at


def _lock_device(actor: Actor) -> CodeDevice:
    """The device of a person, locked; two acts with one code wait for each other here."""
    lock_person(actor.own_id)
    row, _ = (
        CodeDevice.objects.select_for_update(of=("self",))
        .select_related("person")
        .get_or_create(person_id=actor.own_id)
    )
    return row


def _required(code: str) -> str:
    typed = typed_code(code)
    if not typed:
        raise CodeRequired
    return typed
