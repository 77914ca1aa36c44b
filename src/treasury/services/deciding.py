"""Deciding about money that somebody else entered: approve many at once, refuse, or take back one's own (MONEY-1 to MONEY-4)."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import active_person_ids
from accounts.services.audit import record
from accounts.services.one_time_codes import count_wrong_codes, require_code
from db.transactions import atomic_with_retry
from kernel.money import format_yuan
from kernel.refusal import Conflict, Forbidden, Invalid, about, require_reason
from treasury.models import MoneyRequest
from treasury.rules.requests import (
    MAX_APPROVED_AT_ONCE,
    MAX_REASON,
    WITH_CODE,
    RequestKind,
    RequestState,
    may_approve,
)
from treasury.selectors.requests import MoneyRequestView, NoSuchRequest, get_request, list_requests_by_id
from treasury.services.booking import book
from treasury.services.second_person import require_independent
from treasury.services.withdrawals import put_back_withdrawal


class NothingToApprove(Invalid):
    code = "treasury.nothing_to_approve"
    zh = "请勾选要复核的资金，一次最多 {max_requests} 笔"
    en = "Name the requests to approve, at most {max_requests} at once"
    max_requests: int


class NotWaiting(Conflict):
    code = "treasury.not_waiting"
    zh = "第 {request_id} 笔已经处理过，什么都没有变；请刷新后再看"
    en = "No. {request_id} was decided before; nothing has changed, look again"
    request_id: int
    state: str


class OwnRequest(Forbidden):
    code = "treasury.own_request"
    zh = "第 {request_id} 笔是您自己录入的，须由另一人复核"
    en = "You entered no. {request_id} yourself; somebody else approves it"
    request_id: int


class FinanceApproves(Forbidden):
    code = "treasury.finance_approves"
    zh = "有其他财务在岗，由财务复核；运营不能复核"
    en = "There are other people in finance, who approve; operations may not"


class NotEntered(Forbidden):
    code = "treasury.not_entered"
    zh = "只有录入的人可以撤回第 {request_id} 笔；您可以拒绝它"
    en = "Only who entered no. {request_id} takes it back; you can refuse it"
    request_id: int


def approve(*, actor: Actor, request_ids: Sequence[int], code: str = "", now: datetime) -> list[MoneyRequestView]:
    """Approve requests that others entered, and book them, all or none (MONEY-1). Where money leaves, `code` is the one-time code of the
    person who approves: one for all of them (ACCOUNT-13).

    Refuses one's own, one that was decided before, a wrong code, and whatever the booking refuses; the refusal names the request.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    wanted = sorted(set(request_ids))
    if not 0 < len(wanted) <= MAX_APPROVED_AT_ONCE:
        raise NothingToApprove(max_requests=MAX_APPROVED_AT_ONCE)
    if not MoneyRequest.objects.filter(pk__in=wanted, kind__in=WITH_CODE, amount_fen__gt=0).exists():
        return _approve(actor, wanted, now)
    with count_wrong_codes(actor=actor, now=now):
        return _approve(actor, wanted, now, code=code)


@atomic_with_retry
def _approve(actor: Actor, wanted: Sequence[int], now: datetime, *, code: str = "") -> list[MoneyRequestView]:
    rows = _lock_waiting(wanted)
    active_finance = len(active_person_ids(Role.FINANCE))
    for row in rows:
        _require_second_person(row, actor, active_finance)
    require_independent(actor, entered_by={row.entered_by_id for row in rows}, now=now)
    if any(RequestKind(row.kind) in WITH_CODE and row.amount_fen for row in rows):
        require_code(actor=actor, code=code, now=now)
    # What gives money comes before what takes it back: a credit covers the reversal that it was entered for (MONEY-4).
    for row in sorted(rows, key=lambda row: (row.kind == RequestKind.REVERSAL.value, row.pk)):
        with about(f"第 {row.pk} 笔", f"No. {row.pk}") if len(rows) > 1 else nullcontext():
            book(row, actor, now)
    return list_requests_by_id(wanted)


@atomic_with_retry
def refuse(*, actor: Actor, request_id: int, reason: str, now: datetime) -> MoneyRequestView:
    """Refuse a request that somebody else entered; it is never booked."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    reason = require_reason(reason, max_length=MAX_REASON)
    (row,) = _lock_waiting([request_id])
    _require_second_person(row, actor, len(active_person_ids(Role.FINANCE)))
    require_independent(actor, entered_by={row.entered_by_id}, now=now)
    _end(row, RequestState.REFUSED, actor, now, reason)
    return get_request(request_id)


@atomic_with_retry
def cancel(*, actor: Actor, request_id: int, now: datetime) -> MoneyRequestView:
    """Take back a request that one entered, before anybody decided. A reseller takes back her withdrawal."""
    require_roles(actor, Role.FINANCE, Role.OPS, Role.RESELLER)
    (row,) = _lock_waiting([request_id], entered_by_id=actor.own_id if actor.role is Role.RESELLER else None)
    if row.entered_by_id != actor.person_id:
        raise NotEntered(request_id=request_id)
    _end(row, RequestState.CANCELLED, actor, now, "")
    return get_request(request_id)


def _lock_waiting(request_ids: Sequence[int], *, entered_by_id: int | None = None) -> list[MoneyRequest]:
    """The requests, locked in the order of their ids, so that two decisions about one wait for each other.

    With `entered_by_id` those of others do not exist.
    """
    found = MoneyRequest.objects.select_for_update().filter(pk__in=request_ids).order_by("pk")
    rows = list(found if entered_by_id is None else found.filter(entered_by_id=entered_by_id))
    missing = set(request_ids) - {row.pk for row in rows}
    if missing:
        raise NoSuchRequest(request_id=min(missing))
    for row in rows:
        if row.state != RequestState.WAITING.value:
            raise NotWaiting(request_id=row.pk, state=row.state)
    return rows


def _require_second_person(row: MoneyRequest, actor: Actor, active_finance: int) -> None:
    is_own = row.entered_by_id == actor.person_id
    if is_own:
        raise OwnRequest(request_id=row.pk)
    if not may_approve(actor.role, is_own=is_own, active_finance=active_finance):
        raise FinanceApproves


def _end(row: MoneyRequest, state: RequestState, actor: Actor, now: datetime, reason: str) -> None:
    row.state, row.decided_by_id, row.decided_at, row.decision_reason = state.value, actor.own_id, now, reason
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    if row.kind == RequestKind.WITHDRAWAL.value:
        put_back_withdrawal(row, actor, now)
    details = {"amount": format_yuan(row.amount_fen), "reference": row.reference, "reason": reason}
    record(
        actor=actor,
        action=f"treasury.{state.value}",
        kind="money_request",
        subject_id=row.pk,
        details=details,
        now=now,
    )
