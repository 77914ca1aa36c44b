"""Money of another amount than a payment was to be: it goes into the wallet, or back to its source (PAY-14)."""

from datetime import datetime

from accounts.rules import Role, require_roles
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict
from ledger.rules import AccountKind, AccountRef, Approval, require_second_person
from ledger.services import lock_accounts
from orders.models.payments import OrderPayment
from orders.rules.payments import PaymentOutcome
from orders.rules.states import OrderState
from payments.rules.payments import clearing_account
from payments.selectors.payments import get_payment
from payments.services.booking import accept_reported, lock_payment
from payments.services.refunding import refund_accounts, start_refund

_OUTCOMES = {OrderState.PAID.value: PaymentOutcome.ALREADY_PAID, OrderState.CANCELLED.value: PaymentOutcome.CANCELLED}


class SourceTermOver(Conflict):
    code = "orders.source_term_over"
    zh = "在线付款 {number} 已过渠道的退款期，不能退回来处；请改为收进钱包"
    en = "The provider gives money of payment {number} back no more; put it into the wallet instead"
    number: str


@atomic_with_retry
def accept_differing_payment(
    *, approval: Approval, payment_id: int, amount_fen: int, to_source: bool, now: datetime
) -> None:
    """Book what a provider took for a payment, of another amount than it was to be, into the wallet; `to_source` sends it on at once.

    It pays no order: she pays from the wallet, where she wants to. Two people decide (MONEY-1). Refuses where the provider says something
    else by now, and where it gives the money back no more.
    """
    actor = approval.approved_by
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    payment = get_payment(payment_id)
    locked = lock_payment(payment.number)
    if locked is None:
        raise ValueError(f"payment {payment_id} has gone")
    wallet = AccountRef(AccountKind.WALLET, locked.reseller_id)
    lock_accounts([wallet, *refund_accounts(locked.reseller_id), clearing_account(locked.provider)])
    accept_reported(payment_id=payment_id, amount_fen=amount_fen, actor=actor, now=now)
    rows = list(OrderPayment.objects.filter(payment_id=payment_id).select_related("order"))
    for row in rows:
        row.outcome = _OUTCOMES.get(row.order.state, PaymentOutcome.TOO_LITTLE).value
    OrderPayment.objects.bulk_update(rows, ["outcome"])
    if to_source and not start_refund(
        actor=actor,
        payment_id=payment_id,
        at_most_fen=amount_fen,
        cause=f"differs:{payment_id}",
        reason="尾仓 · 付款金额不符",
        now=now,
    ):
        raise SourceTermOver(number=payment.number)
