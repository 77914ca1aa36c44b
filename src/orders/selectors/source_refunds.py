"""Reads of payments through providers for refunds: which payment paid an order, and what of it its orders do not hold (PAY-8)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F, Sum

from orders.models.lines import OrderLine
from orders.models.payments import OrderPayment, ReceivedPayment
from orders.rules.payments import PAYING_OUTCOMES, PaymentOutcome, held_of_other_money_fen
from orders.rules.refunds import RefundTarget
from orders.rules.states import OrderState
from payments.selectors.payments import get_payment
from payments.selectors.refunds import (
    RefundToSourceView,
    get_refunded_fen,
    get_returned_before_fen,
    is_refundable,
    list_refunds_of_cause,
    wants_wallet,
)

_PAYING = [each.value for each in PAYING_OUTCOMES]


def get_source(order_id: int, *, reseller_id: int, target: RefundTarget = RefundTarget.AS_CHOSEN) -> int | None:
    """The payment to which a refund of an order goes back; None where it was paid from the wallet, or she wants it there."""
    payment_id = _paying_payment(order_id)
    if payment_id is None or target is RefundTarget.WALLET:
        return None
    return payment_id if target is RefundTarget.SOURCE or not wants_wallet(reseller_id) else None


def has_refund_choice(order_id: int, *, at: datetime) -> bool:
    """Whether a refund of an order can go to its source as well as to the wallet: the provider still gives the money back."""
    payment_id = _paying_payment(order_id)
    return payment_id is not None and is_refundable(payment_id, at=at)


def _paying_payment(order_id: int) -> int | None:
    rows = OrderPayment.objects.filter(order_id=order_id, outcome__in=_PAYING)
    return rows.values_list("payment_id", flat=True).first()


def cause_of_refund(refund_id: int) -> str:
    """What a refund to the source is for, where it is the refund of an order line."""
    return f"refund:{refund_id}"


def list_refunds_to_source(refund_id: int) -> list[RefundToSourceView]:
    """What of the refund of an order line went on to the payment that paid the order, the newest first."""
    return list_refunds_of_cause(cause_of_refund(refund_id))


def get_left_fen(payment_id: int) -> int:
    """What of a payment of orders lies in the wallet and may go back: all that its orders do not hold and that has not gone back.

    0 where it pays no orders. What was paid for an order that costs more by now waits in the wallet for her to pay it.
    """
    rows = list(
        OrderPayment.objects.filter(payment_id=payment_id).exclude(outcome="").select_related("order", "payment")
    )
    if not rows:
        return 0
    amount_fen = get_payment(payment_id).amount_fen
    kept = _kept_by_order([row.order_id for row in rows])
    held_fen = sum(kept.get(row.order_id, 0) for row in rows if row.outcome in _PAYING)
    held_fen += sum(_held_of_wallet_fen(row, kept) for row in rows if row.outcome not in _PAYING)
    waiting_fen = sum(row.amount_fen for row in rows if _waits_for_her(row))
    return max(amount_fen - held_fen - waiting_fen - get_refunded_fen(payment_id), 0)


def _kept_by_order(order_ids: Collection[int]) -> dict[int, int]:
    """What paid orders keep of their prices and freight, without what was refunded."""
    lines = OrderLine.objects.filter(order_id__in=order_ids, order__state=OrderState.PAID.value).order_by()
    prices = (F("units") - F("refunded_units")) * F("price_fen") - F("refund_adjustment_fen")
    kept = Sum(prices + F("freight_fen") - F("returned_freight_fen"))
    return dict(lines.values("order_id").annotate(fen=kept).values_list("order_id", "fen"))


def _held_of_wallet_fen(row: OrderPayment, kept: Mapping[int, int]) -> int:
    """What an order holds of money that waited in the wallet until she paid it from there."""
    paid_at, booked_at = row.order.paid_at, row.payment.booked_at
    if row.order_id not in kept or paid_at is None or booked_at is None or paid_at <= booked_at:
        return 0
    brought = OrderPayment.objects.filter(order_id=row.order_id, outcome__in=_PAYING)
    received = ReceivedPayment.objects.filter(order_id=row.order_id, outcome__in=_PAYING)
    return held_of_other_money_fen(
        arrived_fen=row.amount_fen,
        returned_fen=get_returned_before_fen(row.payment_id, paid_at),
        kept_fen=kept[row.order_id],
        brought_fen=sum(each for rows in (brought, received) for each in rows.values_list("amount_fen", flat=True)),
    )


def _waits_for_her(row: OrderPayment) -> bool:
    return row.outcome == PaymentOutcome.TOO_LITTLE.value and row.order.state == OrderState.UNPAID.value
