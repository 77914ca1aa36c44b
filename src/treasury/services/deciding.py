"""Deciding about money that somebody else entered: approve many at once, refuse, or take back one's own (MONEY-1 to MONEY-4)."""

import itertools
from collections.abc import Sequence
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import active_person_ids
from accounts.services.audit import record
from accounts.services.one_time_codes import count_wrong_codes, require_code
from brands.services import record_deposit
from db.transactions import atomic_with_retry
from events.rules import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict, Forbidden, Invalid, require_reason
from ledger.rules import CLEARING, AccountKind, AccountRef, Approval, EntryDraft, PostingKind
from ledger.selectors.accounts import get_balance_fen
from ledger.services import lock_accounts, post
from orders.services.payment import top_up
from orders.services.received_payments import receive_payment
from settlement.services.payouts import pay_out
from treasury.models import MoneyRequest
from treasury.rules.requests import (
    MAX_APPROVED_AT_ONCE,
    MAX_REASON,
    MONEY_OUT,
    RequestKind,
    RequestState,
    booked_reference,
    may_approve,
)
from treasury.selectors.bank_accounts import require_payable_account
from treasury.selectors.requests import MoneyRequestView, NoSuchRequest, get_request, list_requests_by_id
from treasury.services.second_person import require_independent


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


class SpentMeanwhile(Conflict):
    code = "treasury.spent_meanwhile"
    zh = "第 {request_id} 笔要冲正 ¥{amount}，账户里只剩 ¥{balance}；钱已用掉，没有冲正"
    en = "No. {request_id} takes back ¥{amount}, the account holds ¥{balance}; the money was spent and nothing was reversed"
    request_id: int
    amount_fen: int
    balance_fen: int


class AccountChanged(Conflict):
    code = "treasury.account_changed"
    zh = "{owner}的收款账户在录入后改过，第 {request_id} 笔没有付款；请拒绝它，核对后重新录入"
    en = "The bank account of {owner} was changed after no. {request_id} was entered; refuse it, check, and enter it again"
    request_id: int
    owner: str


def approve(*, actor: Actor, request_ids: Sequence[int], code: str = "", now: datetime) -> list[MoneyRequestView]:
    """Approve requests that others entered, and book them, all or none (MONEY-1). Where money leaves, `code` is the one-time code of the
    person who approves: one for all of them (ACCOUNT-13).

    Refuses one's own, one that was decided before, a wrong code, and whatever the booking refuses; the refusal names the request.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    wanted = sorted(set(request_ids))
    if not 0 < len(wanted) <= MAX_APPROVED_AT_ONCE:
        raise NothingToApprove(max_requests=MAX_APPROVED_AT_ONCE)
    if not MoneyRequest.objects.filter(pk__in=wanted, kind__in=MONEY_OUT).exists():
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
    if any(RequestKind(row.kind) in MONEY_OUT for row in rows):
        require_code(actor=actor, code=code, now=now)
    for row in rows:
        _book(row, actor, now)
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
    """Take back a request that one entered, before anybody decided."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    (row,) = _lock_waiting([request_id])
    if row.entered_by_id != actor.person_id:
        raise NotEntered(request_id=request_id)
    _end(row, RequestState.CANCELLED, actor, now, "")
    return get_request(request_id)


def _lock_waiting(request_ids: Sequence[int]) -> list[MoneyRequest]:
    """The requests, locked in the order of their ids, so that two decisions about one wait for each other."""
    rows = list(MoneyRequest.objects.select_for_update().filter(pk__in=request_ids).order_by("pk"))
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


def _book(row: MoneyRequest, actor: Actor, now: datetime) -> None:
    approval = Approval(row.pk, row.entered_by_id, actor)
    if row.kind == RequestKind.REVERSAL.value:
        row.booked_as = _reverse(row, actor, now)
    elif row.kind == RequestKind.PAYOUT.value:
        _require_same_account(row, now)
        pay_out(actor=actor, approval=approval, statement_id=row.statement_id or 0, reference=row.reference, now=now)
        row.booked_as = f"payout:{row.statement_id}"
    else:
        row.booked_as = _book_incoming(row, approval, now)
    row.state, row.decided_by_id, row.decided_at = RequestState.APPROVED.value, actor.own_id, now
    row.save(update_fields=["state", "decided_by", "decided_at", "booked_as"])
    details = {"amount": format_yuan(row.amount_fen), "reference": row.reference}
    record(actor=actor, action="treasury.approve", kind="money_request", subject_id=row.pk, details=details, now=now)


def _require_same_account(row: MoneyRequest, now: datetime) -> None:
    """Refuse a payment to a brand whose account was changed after the payment was entered."""
    owner = row.brand.name if row.brand else ""
    if require_payable_account(brand_id=row.brand_id or 0, owner=owner, at=now) != row.bank_account_id:
        raise AccountChanged(request_id=row.pk, owner=owner)


def _book_incoming(row: MoneyRequest, approval: Approval, now: datetime) -> str:
    prefix = "deposit" if row.kind == RequestKind.DEPOSIT.value else "top-up"
    reference, actor = _free_reference(row, prefix), approval.approved_by
    if row.kind == RequestKind.DEPOSIT.value:
        record_deposit(
            actor=actor,
            approval=approval,
            brand_id=row.brand_id or 0,
            amount_fen=row.amount_fen,
            reference=reference,
            now=now,
        )
        return f"{prefix}:{reference}"
    if row.order_id is None:
        top_up(
            actor=actor,
            approval=approval,
            reseller_id=row.reseller_id or 0,
            amount_fen=row.amount_fen,
            reference=reference,
            now=now,
        )
    else:
        receive_payment(
            actor=actor,
            approval=approval,
            order_id=row.order_id,
            reseller_id=row.reseller_id,
            amount_fen=row.amount_fen,
            reference=reference,
            now=now,
        )
    return f"{prefix}:{reference}"


def _free_reference(row: MoneyRequest, prefix: str) -> str:
    """The first reference under which nothing is booked. A bank may itself write `X/2`, so reversed bookings are not just counted."""
    start = f"{prefix}:{row.reference}"
    taken = set(MoneyRequest.objects.filter(booked_as__startswith=start).values_list("booked_as", flat=True))
    numbered = (booked_reference(row.reference, earlier) for earlier in itertools.count())
    return next(each for each in numbered if f"{prefix}:{each}" not in taken)


def _reverse(row: MoneyRequest, actor: Actor, now: datetime) -> str:
    """Take back what a request booked. An account that spent the money is not made negative: then nothing is reversed."""
    wrong = MoneyRequest.objects.select_for_update().get(reversals=row)
    if wrong.state != RequestState.APPROVED.value:
        raise NotWaiting(request_id=row.pk, state=wrong.state)
    account = _account_of(wrong)
    lock_accounts([account, CLEARING])
    balance_fen = get_balance_fen(account)
    if balance_fen < wrong.amount_fen:
        raise SpentMeanwhile(request_id=row.pk, amount_fen=wrong.amount_fen, balance_fen=balance_fen)
    key = f"reversal:{row.pk}"
    post(
        kind=PostingKind.REVERSAL,
        key=key,
        cause=f"money_request:{wrong.pk}",
        entries=[EntryDraft(account, -wrong.amount_fen), EntryDraft(CLEARING, wrong.amount_fen)],
        actor=actor,
        now=now,
        note=wrong.reference,
    )
    wrong.state = RequestState.REVERSED.value
    wrong.save(update_fields=["state"])
    event = EventDraft(
        EventKind.TOP_UP_REVERSED if wrong.reseller_id else EventKind.DEPOSIT_REVERSED,
        wrong.pk,
        reseller_id=wrong.reseller_id,
        brand_id=wrong.brand_id,
        data={"amount": format_yuan(wrong.amount_fen), "reference": wrong.reference, "reason": row.reason},
    )
    publish([event], now=now)
    return key


def _account_of(row: MoneyRequest) -> AccountRef:
    if row.kind == RequestKind.DEPOSIT.value:
        return AccountRef(AccountKind.DEPOSIT, row.brand_id or 0)
    return AccountRef(AccountKind.WALLET, row.reseller_id or 0)


def _end(row: MoneyRequest, state: RequestState, actor: Actor, now: datetime, reason: str) -> None:
    row.state, row.decided_by_id, row.decided_at, row.decision_reason = state.value, actor.own_id, now, reason
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    details = {"amount": format_yuan(row.amount_fen), "reference": row.reference, "reason": reason}
    record(
        actor=actor,
        action=f"treasury.{state.value}",
        kind="money_request",
        subject_id=row.pk,
        details=details,
        now=now,
    )
