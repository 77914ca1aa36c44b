"""Reads of payments through providers for refunds: which payment paid an order, and what of it its orders do not hold (PAY-8)."""

from django.db.models import F, Sum

from orders.models.lines import OrderLine
from orders.models.payments import OrderPayment
from orders.rules.payments import PAYING_OUTCOMES, PaymentOutcome
from orders.rules.states import OrderState
from payments.selectors.payments import get_payment
from payments.selectors.refunds import get_refunded_fen, wants_wallet

_PAYING = [each.value for each in PAYING_OUTCOMES]


def get_source(order_id: int, *, reseller_id: int) -> int | None:
    """The payment to which refunds of an order go back; None where it was paid from the wallet, or she wants them there."""
    row = OrderPayment.objects.filter(order_id=order_id, outcome__in=_PAYING).values_list("payment_id", flat=True)
    payment_id = row.first()
    return None if payment_id is None or wants_wallet(reseller_id) else payment_id


def get_left_fen(payment_id: int) -> int:
    """What of a payment of orders lies in the wallet and may go back: all that its orders do not hold and that has not gone back.

    0 where it pays no orders. What was paid for an order that costs more by now waits in the wallet for her to pay it.
    """
    rows = list(OrderPayment.objects.filter(payment_id=payment_id).exclude(outcome="").select_related("order"))
    if not rows:
        return 0
    paid = [row.order_id for row in rows if row.outcome in _PAYING]
    waiting_fen = sum(row.amount_fen for row in rows if _waits_for_her(row))
    held = OrderLine.objects.filter(order_id__in=paid).aggregate(
        fen=Sum((F("units") - F("refunded_units")) * F("price_fen") - F("refund_adjustment_fen"))
    )
    left_fen = get_payment(payment_id).amount_fen - (held["fen"] or 0) - waiting_fen - get_refunded_fen(payment_id)
    return max(left_fen, 0)


def _waits_for_her(row: OrderPayment) -> bool:
    return row.outcome == PaymentOutcome.TOO_LITTLE.value and row.order.state == OrderState.UNPAID.value
