"""Reads of money that arrived for orders (ORDER-15)."""

from dataclasses import dataclass
from datetime import datetime

from orders.models import ReceivedPayment
from orders.rules import PaymentOutcome
from orders.selectors.orders import get_wallet_balance_fen


@dataclass(frozen=True, slots=True)
class ReceivedPaymentView:
    """Money that arrived for an order, what became of it, and what her wallet holds now."""

    id: int
    order_id: int
    reseller_id: int
    reference: str
    amount_fen: int
    outcome: PaymentOutcome
    balance_fen: int
    at: datetime


def received_payment_view(row: ReceivedPayment) -> ReceivedPaymentView:
    return ReceivedPaymentView(
        id=row.pk,
        order_id=row.order_id,
        reseller_id=row.order.reseller_id,
        reference=row.reference,
        amount_fen=row.amount_fen,
        outcome=PaymentOutcome(row.outcome),
        balance_fen=get_wallet_balance_fen(row.order.reseller_id),
        at=row.at,
    )
