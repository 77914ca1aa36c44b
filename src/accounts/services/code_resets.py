"""Removing somebody's device and recovery codes, when she has lost both: two other people do it together (ACCOUNT-12)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import CodeDevice, CodeReset, RecoveryCode
from accounts.rules import Actor, CodeResetState, Role, require_roles
from accounts.selectors import arranger_ids, get_person, person_ids_acted_on
from accounts.services.audit import record
from accounts.services.people import MAX_REASON, lock_person
from kernel.refusal import Conflict, Forbidden, Missing, require_reason

_ARRANGING = frozenset({"accounts.add_person", "accounts.reactivate", "accounts.issue_password_link"})
"""After these acts on a person somebody may be able to sign in as her."""


class NoSuchReset(Missing):
    code = "accounts.no_such_code_reset"
    zh = "没有这个待处理的重置申请（{reset_id}）"
    en = "No reset {reset_id} waits for a decision"
    reset_id: int


class NothingToReset(Conflict):
    code = "accounts.nothing_to_reset"
    zh = "{name} 没有绑定动态口令"
    en = "{name} has no one-time codes set up"
    name: str


class ResetOfOneself(Forbidden):
    code = "accounts.reset_of_oneself"
    zh = "自己的动态口令须由另外两人重置"
    en = "Two other people reset your one-time codes"


class OwnReset(Forbidden):
    code = "accounts.own_reset"
    zh = "这是您自己提出的重置，须由另一人批准"
    en = "You asked for this reset yourself; somebody else approves it"


class ArrangedReset(Forbidden):
    code = "accounts.arranged_reset"
    zh = "您最近 {days} 天内添加、恢复过相关的人或给其重设过密码，须由另一人办理"
    en = "You added, reactivated or gave a new password to one of those concerned in the last {days} days; somebody else does this"
    days: int


class ArrangedTogether(Forbidden):
    code = "accounts.arranged_together"
    zh = "提出的人和您最近 {days} 天内由同一人添加、恢复或重设过密码，须由另一人批准"
    en = "One person added, reactivated or gave new passwords to both you and who asked in the last {days} days; somebody else approves it"
    days: int


@dataclass(frozen=True, slots=True)
class CodeResetView:
    id: int
    person_id: int
    state: CodeResetState
    reason: str
    requested_by_id: int
    requested_by: str
    requested_at: datetime


def find_waiting_reset(person_id: int) -> CodeResetView | None:
    row = CodeReset.objects.select_related("requested_by").filter(
        person_id=person_id, state=CodeResetState.WAITING.value
    ).first()  # fmt: skip
    return _view(row) if row else None


def has_codes(person_id: int) -> bool:
    return CodeDevice.objects.filter(person_id=person_id).exclude(secret="").exists()


@transaction.atomic
def request_reset(*, actor: Actor, person_id: int, reason: str, now: datetime) -> CodeResetView:
    """Ask that somebody's codes are removed. A second request for the same person is the first one."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    person = get_person(person_id)
    if person_id == actor.own_id:
        raise ResetOfOneself
    _require_not_arranged(actor, {person_id}, now)
    lock_person(person_id)
    if not has_codes(person_id):
        raise NothingToReset(name=person.name)
    waiting = find_waiting_reset(person_id)
    if waiting is not None:
        return waiting
    row = CodeReset.objects.create(
        person_id=person_id,
        state=CodeResetState.WAITING.value,
        reason=reason,
        requested_by_id=actor.own_id,
        requested_at=now,
    )
    _record(actor, "accounts.request_code_reset", row, now)
    return _view(row)


@transaction.atomic
def approve_reset(*, actor: Actor, reset_id: int, now: datetime) -> CodeResetView:
    """Remove the device and the recovery codes. She sets up new ones, which approve payments after a cool-down."""
    row = _lock_waiting(actor, reset_id)
    if row.requested_by_id == actor.own_id:
        raise OwnReset
    if row.person_id == actor.own_id:
        raise ResetOfOneself
    _require_not_arranged(actor, {row.person_id, row.requested_by_id}, now)
    _require_not_arranged_together(actor, row.requested_by_id, now)
    CodeDevice.objects.filter(person_id=row.person_id).update(
        secret="", confirmed_at=None, usable_from=None, pending_secret="", pending_at=None, reset_at=now
    )
    RecoveryCode.objects.filter(person_id=row.person_id).delete()
    return _decide(actor, row, CodeResetState.APPROVED, now)


@transaction.atomic
def refuse_reset(*, actor: Actor, reset_id: int, now: datetime) -> CodeResetView:
    """Refuse a reset, or take back one's own. The person herself may refuse it: that she can shows that she needs none."""
    return _decide(actor, _lock_waiting(actor, reset_id), CodeResetState.REFUSED, now)


def _lock_waiting(actor: Actor, reset_id: int) -> CodeReset:
    require_roles(actor, Role.OPS, Role.FINANCE)
    row = CodeReset.objects.filter(pk=reset_id).first()
    if row is not None:
        lock_person(row.person_id)
        row.refresh_from_db()
    if row is None or row.state != CodeResetState.WAITING.value:
        raise NoSuchReset(reset_id=reset_id)
    return row


def _decide(actor: Actor, row: CodeReset, state: CodeResetState, now: datetime) -> CodeResetView:
    row.state, row.decided_by_id, row.decided_at = state.value, actor.own_id, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    action = "accounts.approve_code_reset" if state is CodeResetState.APPROVED else "accounts.refuse_code_reset"
    _record(actor, action, row, now)
    return _view(row)


def _require_not_arranged(actor: Actor, person_ids: set[int], now: datetime) -> None:
    cool_down = settings.SECOND_PERSON_COOL_DOWN
    if person_ids_acted_on(actor, actions=_ARRANGING, since=now - cool_down) & person_ids:
        raise ArrangedReset(days=cool_down.days)


def _require_not_arranged_together(actor: Actor, requested_by_id: int, now: datetime) -> None:
    """Refuse where one person could have signed in as both who asked and who approves."""
    cool_down = settings.SECOND_PERSON_COOL_DOWN
    approving = arranger_ids({actor.own_id}, actions=_ARRANGING, since=now - cool_down)
    if approving & arranger_ids({requested_by_id}, actions=_ARRANGING, since=now - cool_down):
        raise ArrangedTogether(days=cool_down.days)


def _record(actor: Actor, action: str, row: CodeReset, now: datetime) -> None:
    details = {"reason": row.reason}
    record(actor=actor, action=action, kind="person", subject_id=row.person_id, details=details, now=now)


def _view(row: CodeReset) -> CodeResetView:
    return CodeResetView(
        id=row.pk,
        person_id=row.person_id,
        state=CodeResetState(row.state),
        reason=row.reason,
        requested_by_id=row.requested_by_id,
        requested_by=row.requested_by.name,
        requested_at=row.requested_at,
    )
