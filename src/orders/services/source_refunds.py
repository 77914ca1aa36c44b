"""Where refunds of orders that were paid through a provider go: back to that payment, or into the wallet (PAY-8, PAY-9)."""

from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict
from membership.selectors.people import require_reseller
from orders.selectors.orders import get_wallet_balance_fen
from orders.selectors.source_refunds import cause_of_refund, get_left_fen
from payments.selectors.payments import get_own_payment
from payments.selectors.refunds import is_refundable
from payments.services.booking import lock_payment
from payments.services.refunding import choose_destination, start_refund


class NothingToReturn(Conflict):
    code = "orders.nothing_to_return"
    zh = "这笔付款没有可以原路退回的钱：已退完、已用掉，或渠道的退款期已过"
    en = "Nothing of this payment can go back to its source: it was returned or spent, or the provider's term is over"


class ReturnChanged(Conflict):
    code = "orders.return_changed"
    zh = "可以原路退回的金额变了，没有退：您看到的是 ¥{expected}，现在是 ¥{amount}"
    en = "What can go back has changed, nothing was returned: you saw ¥{expected}, it is ¥{amount} now"
    expected_fen: int
    amount_fen: int


def return_refund(
    *, actor: Actor, payment_id: int, order_id: int, refund_id: int, amount_fen: int, now: datetime
) -> int:
    """Let the money of a refund that is in the wallet go on to the payment that paid the order; returns how many fen.

    Belongs into the transaction of the refund. Never more than what the payment paid for its orders and these gave back.
    """
    return start_refund(
        actor=actor,
        payment_id=payment_id,
        at_most_fen=min(amount_fen, get_left_fen(payment_id)),
        cause=cause_of_refund(refund_id),
        order_id=order_id,
        reason=f"尾仓 · 订单 {order_id} 退款",
        now=now,
    )


@atomic_with_retry
def return_to_source(*, actor: Actor, payment_id: int, expected_fen: int, now: datetime) -> int:
    """Send what lies in her wallet of a payment of orders back to its source, as she saw it; returns how many fen.

    Refuses where nothing is left of it, or where another amount would go than she saw.
    """
    buyer = require_reseller(actor)
    payment = get_own_payment(buyer.id, payment_id)
    lock_payment(payment.number)
    amount_fen = min(get_left_fen(payment_id), get_wallet_balance_fen(buyer.id))
    if amount_fen <= 0 or not is_refundable(payment_id, at=now):
        raise NothingToReturn
    if amount_fen != expected_fen:
        raise ReturnChanged(expected_fen=expected_fen, amount_fen=amount_fen)
    return start_refund(
        actor=actor,
        payment_id=payment_id,
        at_most_fen=amount_fen,
        cause=f"choice:{payment_id}:{now.timestamp():.6f}",
        reason="尾仓 · 原路退回",
        now=now,
    )


@atomic_with_retry
def choose_refunds(*, actor: Actor, to_wallet: bool, now: datetime) -> None:
    """Choose where her refunds of orders that she pays through a provider go from now on."""
    buyer = require_reseller(actor)
    choose_destination(reseller_id=buyer.id, to_wallet=to_wallet, now=now)
    details = {"to": "wallet" if to_wallet else "source"}
    record(actor=actor, action="orders.choose_refunds", kind="reseller", subject_id=buyer.id, details=details, now=now)
