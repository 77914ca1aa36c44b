"""What a provider left open is ended by two people: another amount that arrived, a refund that it cannot pay out (PAY-14, PAY-15)."""

from datetime import datetime

from django.db import IntegrityError

from accounts.rules import Actor, Role, require_roles
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Missing, require_reason
from ledger.rules import Approval
from membership.selectors.people import get_reseller
from orders.services.differing_payments import accept_differing_payment
from payments.rules.refunds import RefundState
from payments.selectors.payments import find_reported
from payments.selectors.refunds import get_refund_item
from payments.services.booking import DifferenceChanged
from payments.services.refunding import NotAbnormal, end_abnormal_refund
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_REASON, RequestKind, RequestState
from treasury.selectors.bank_accounts import require_payable_account
from treasury.selectors.requests import MoneyRequestView, get_request
from treasury.services.inserting import insert_request
from treasury.services.rest_payments import send_to_bank


class NoSuchSourceRefund(Missing):
    code = "treasury.no_such_source_refund"
    zh = "没有这笔原路退款（{refund_id}）"
    en = "There is no refund {refund_id} to a source"
    refund_id: int


@atomic_with_retry
def enter_differing_payment(
    *, actor: Actor, payment_id: int, to_source: bool, reason: str, now: datetime
) -> MoneyRequestView:
    """Enter what becomes of another amount that a provider took for a payment: into her wallet, or back to its source (PAY-14).

    A second person approves. Entered twice, it is the first request that waits.
    """
    require_roles(actor, Role.FINANCE)
    reported = find_reported(payment_id)
    if reported.amount_fen is None:
        raise DifferenceChanged(number=reported.number)
    kind = RequestKind.PAYMENT_TO_SOURCE if to_source else RequestKind.PAYMENT_TO_WALLET
    row = MoneyRequest(
        kind=kind.value,
        reseller_id=reported.reseller_id,
        payment_id=payment_id,
        amount_fen=reported.amount_fen,
        reason=require_reason(reason, max_length=MAX_REASON),
    )
    return _insert(row, actor, now)


@atomic_with_retry
def enter_abnormal_refund(
    *, actor: Actor, refund_id: int, to_bank: bool, reason: str, now: datetime
) -> MoneyRequestView:
    """Enter what becomes of a refund that its provider cannot pay out: into her wallet, or to her bank account (PAY-15).

    A second person approves, for the bank account with a one-time code. Nothing is to be done about it at the merchant platform then.
    """
    require_roles(actor, Role.FINANCE)
    refund = get_refund_item(refund_id)
    if refund is None:
        raise NoSuchSourceRefund(refund_id=refund_id)
    if refund.state is not RefundState.ABNORMAL:
        raise NotAbnormal(number=refund.number)
    row = MoneyRequest(
        kind=(RequestKind.REFUND_TO_BANK if to_bank else RequestKind.REFUND_TO_WALLET).value,
        reseller_id=refund.reseller_id,
        provider_refund_id=refund_id,
        amount_fen=refund.amount_fen,
        reason=require_reason(reason, max_length=MAX_REASON),
    )
    if to_bank:
        owner = get_reseller(refund.reseller_id).name
        row.bank_account_id = require_payable_account(reseller_id=refund.reseller_id, owner=owner, at=now)
    return _insert(row, actor, now)


def book_differing_payment(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Book what arrived. She is told, in the words of finance, what is in her wallet; of a refund the provider's events tell."""
    to_source = row.kind == RequestKind.PAYMENT_TO_SOURCE.value
    accept_differing_payment(
        approval=approval, payment_id=row.payment_id or 0, amount_fen=row.amount_fen, to_source=to_source, now=now
    )
    row.booked_as = f"provider_payment:{row.payment_id}"
    if not to_source:
        data = {"amount": format_yuan(row.amount_fen), "reason": row.reason}
        publish([EventDraft(EventKind.WALLET_CREDITED, row.pk, reseller_id=row.reseller_id, data=data)], now=now)


def book_abnormal_refund(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Take the money out of transit into the wallet, and from there to her bank account where that was entered."""
    end_abnormal_refund(actor=approval.approved_by, refund_id=row.provider_refund_id or 0, now=now)
    row.booked_as = f"refund_came_back:{row.provider_refund_id}"
    if row.kind == RequestKind.REFUND_TO_BANK.value:
        send_to_bank(
            reseller_id=row.reseller_id or 0,
            amount_fen=row.amount_fen,
            entered_by_id=approval.entered_by_id,
            actor=approval.approved_by,
            reason=row.reason,
            now=now,
        )


def _insert(row: MoneyRequest, actor: Actor, now: datetime) -> MoneyRequestView:
    try:
        return insert_request(row, actor, now)
    except IntegrityError as error:
        if constraint_of(error) not in ("money_request_payment_once", "money_request_refund_once"):
            raise
    about = {"payment_id": row.payment_id} if row.payment_id else {"provider_refund_id": row.provider_refund_id or 0}
    earlier = MoneyRequest.objects.get(
        **about,
        state__in=[RequestState.WAITING.value, RequestState.APPROVED.value],
    )
    return get_request(earlier.pk)
