"""Entering money that a second person has to approve (MONEY-1). Nothing is booked here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError

from accounts.rules import Actor, Role, require_roles
from brands.selectors.brands import get_brand
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict, Invalid, require_reason
from ledger.rules import bank_reference
from membership.selectors.people import get_reseller
from orders.selectors.orders import NoSuchOrder, get_own_orders, get_reseller_id_of_order
from settlement.rules.statements import StatementState
from settlement.selectors.statements import get_statement
from settlement.services.many import ActResult, do_each
from treasury.models import MoneyRequest
from treasury.rules.requests import (
    INCOMING,
    MAX_AMOUNT_FEN,
    MAX_ENTERED_REFERENCE,
    MAX_REASON,
    STANDING,
    RequestKind,
    RequestState,
)
from treasury.selectors.bank_accounts import require_payable_account
from treasury.selectors.requests import MoneyRequestView, NoSuchRequest, get_request
from treasury.services.booking import NotReversible
from treasury.services.inserting import insert_request


class InvalidAmount(Invalid):
    code = "treasury.invalid_amount"
    zh = "金额须大于 0，最多 ¥{max}"
    en = "The amount must be above zero and at most ¥{max}"
    max_fen: int


class InvalidReference(Invalid):
    code = "treasury.invalid_reference"
    zh = "请填写银行流水号，最多 {max_length} 个字符"
    en = "Give the bank's reference, at most {max_length} characters"
    max_length: int


class ReferenceTaken(Conflict):
    code = "treasury.reference_taken"
    zh = "流水号 {reference} 已经录入过：第 {request_id} 笔，{owner} ¥{amount}；请核对"
    en = "The reference {reference} was entered before: no. {request_id}, {owner} ¥{amount}; check it"
    reference: str
    request_id: int
    owner: str
    amount_fen: int


class PayoutEntered(Conflict):
    code = "treasury.payout_entered"
    zh = "这张结算单的付款已经录入过：第 {request_id} 笔"
    en = "The payment of this statement was entered before: no. {request_id}"
    request_id: int


class StatementNotSettled(Conflict):
    code = "treasury.statement_not_settled"
    zh = "结算单 {statement_id} 未结算或已付款，不能录入付款"
    en = "Statement {statement_id} is not settled, or paid already"
    statement_id: int


class NothingPayable(Conflict):
    code = "treasury.nothing_payable"
    zh = "结算单 {statement_id} 应付 ¥0.00，不用付款，会自动关闭"
    en = "Nothing is payable for statement {statement_id}: it needs no payment and is closed by itself"
    statement_id: int


@atomic_with_retry
def enter_top_up(
    *,
    actor: Actor,
    reseller_id: int,
    amount_fen: int,
    reference: str,
    order_id: int | None = None,
    now: datetime,
) -> MoneyRequestView:
    """Enter money of a reseller that reached the bank, for an order of hers where `order_id` names one.

    The same reference with the same amount and owner is entered once; with others it is refused.
    """
    require_roles(actor, Role.FINANCE)
    get_reseller(reseller_id)
    if order_id is not None and not get_own_orders(reseller_id, [order_id]):
        raise NoSuchOrder(order_id=order_id)
    row = MoneyRequest(kind=RequestKind.TOP_UP.value, reseller_id=reseller_id, order_id=order_id)
    return _enter_incoming(row, amount_fen, reference, actor, now)


def enter_order_payment(
    *, actor: Actor, order_id: int, amount_fen: int, reference: str, now: datetime
) -> MoneyRequestView:
    """Enter money that reached the bank for an order: `enter_top_up` for the reseller whose order it is."""
    require_roles(actor, Role.FINANCE)
    reseller_id = get_reseller_id_of_order(order_id)
    return enter_top_up(
        actor=actor, reseller_id=reseller_id, amount_fen=amount_fen, reference=reference, order_id=order_id, now=now
    )


@atomic_with_retry
def enter_deposit(*, actor: Actor, brand_id: int, amount_fen: int, reference: str, now: datetime) -> MoneyRequestView:
    """Enter a brand's deposit that reached the bank."""
    require_roles(actor, Role.FINANCE)
    get_brand(brand_id)
    row = MoneyRequest(kind=RequestKind.DEPOSIT.value, brand_id=brand_id)
    return _enter_incoming(row, amount_fen, reference, actor, now)


@atomic_with_retry
def enter_payout(*, actor: Actor, statement_id: int, now: datetime) -> MoneyRequestView:
    """Enter that a settled statement is to be paid, with its payable, to the account of the brand (MONEY-6)."""
    require_roles(actor, Role.FINANCE)
    statement = get_statement(statement_id)
    if statement.state is not StatementState.SETTLED:
        raise StatementNotSettled(statement_id=statement_id)
    if statement.totals.payable_fen == 0:
        raise NothingPayable(statement_id=statement_id)
    row = MoneyRequest(
        kind=RequestKind.PAYOUT.value,
        brand_id=statement.brand_id,
        statement_id=statement_id,
        bank_account_id=require_payable_account(brand_id=statement.brand_id, owner=statement.brand_name, at=now),
        amount_fen=statement.totals.payable_fen,
    )
    try:
        return insert_request(row, actor, now)
    except IntegrityError as error:
        if constraint_of(error) != "money_request_paid_out_once":
            raise
        earlier = MoneyRequest.objects.get(statement_id=statement_id, state__in=[each.value for each in STANDING])
        raise PayoutEntered(request_id=earlier.pk) from error


def enter_payouts(*, actor: Actor, statement_ids: Sequence[int], now: datetime) -> list[ActResult]:
    """Enter the payments of many settled statements. One that is refused stops no other (SETTLE-7)."""
    return do_each(enter_payout, actor, statement_ids, now)


@atomic_with_retry
def enter_reversal(*, actor: Actor, request_id: int, reason: str, now: datetime) -> MoneyRequestView:
    """Enter that a booked top-up or deposit was typed wrong and is to be taken back (MONEY-4)."""
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    wrong = MoneyRequest.objects.select_for_update().filter(pk=request_id).first()
    if wrong is None:
        raise NoSuchRequest(request_id=request_id)
    if RequestKind(wrong.kind) not in INCOMING or wrong.state != RequestState.APPROVED.value:
        raise NotReversible(request_id=request_id)
    earlier = MoneyRequest.objects.filter(reverses=wrong, state__in=_WAITING_OR_BOOKED).first()
    if earlier is not None:
        return get_request(earlier.pk)
    row = MoneyRequest(
        kind=RequestKind.REVERSAL.value,
        reseller_id=wrong.reseller_id,
        brand_id=wrong.brand_id,
        reverses=wrong,
        amount_fen=wrong.amount_fen,
        reference=wrong.reference,
        reason=reason,
    )
    return insert_request(row, actor, now)


_WAITING_OR_BOOKED = (RequestState.WAITING.value, RequestState.APPROVED.value)


def _enter_incoming(
    row: MoneyRequest, amount_fen: int, typed_reference: str, actor: Actor, now: datetime
) -> MoneyRequestView:
    if not 0 < amount_fen <= MAX_AMOUNT_FEN:
        raise InvalidAmount(max_fen=MAX_AMOUNT_FEN)
    row.amount_fen, row.reference = amount_fen, _require_reference(typed_reference)
    try:
        return insert_request(row, actor, now)
    except IntegrityError as error:
        if constraint_of(error) != "money_request_reference_once":
            raise
    earlier = MoneyRequest.objects.get(kind=row.kind, reference=row.reference, state__in=_WAITING_OR_BOOKED)
    view = get_request(earlier.pk)
    if _is_same(earlier, row):
        return view
    raise ReferenceTaken(reference=row.reference, request_id=view.id, owner=view.owner_name, amount_fen=view.amount_fen)


def _is_same(earlier: MoneyRequest, row: MoneyRequest) -> bool:
    names = ("reseller_id", "brand_id", "order_id", "amount_fen")
    return all(getattr(earlier, name) == getattr(row, name) for name in names)


def _require_reference(typed: str) -> str:
    reference = bank_reference(typed)
    if not 0 < len(reference) <= MAX_ENTERED_REFERENCE:
        raise InvalidReference(max_length=MAX_ENTERED_REFERENCE)
    return reference
