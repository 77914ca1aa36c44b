"""Reads of payments through providers, with the names of resellers and the orders that they pay (PAY-6)."""

from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from membership.selectors.people import names_of_resellers
from orders.models.payments import OrderPayment
from orders.rules.payments import REASONS, PaymentOutcome
from payments.rules.payments import PaymentState, PaymentWay, Provider
from payments.selectors.payments import ProviderPaymentItem, get_payment_item, list_payments
from web.pagination import Page


@dataclass(frozen=True, slots=True)
class NamedPayment:
    """A payment through a provider with the name of whoever makes it. `difference`: in what a report of money differed, "" for none.

    `ended_difference`: the one that finance ended, with its reason (PAY-16).
    """

    id: int
    number: str
    reseller_id: int
    reseller_name: str
    provider: Provider
    way: PaymentWay
    amount_fen: int
    state: PaymentState
    difference: str
    transaction_id: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    booked_at: datetime | None
    closed_at: datetime | None
    ended_difference: str
    difference_reason: str
    difference_ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderPaymentView:
    """An order that a payment is to pay, and what became of it; None until the money arrives."""

    order_id: int
    amount_fen: int
    outcome: PaymentOutcome | None

    @property
    def reason(self) -> tuple[str, str] | None:
        """Why the money did not pay the order, in Chinese and English; None where it did, or has not arrived."""
        return REASONS.get(self.outcome) if self.outcome else None

    @property
    def reason_zh(self) -> str:
        return self.reason[0] if self.reason else ""

    @property
    def reason_en(self) -> str:
        return self.reason[1] if self.reason else ""


def list_named_payments(*, state: str = "", query: str = "", cursor: str = "", limit: int = 50) -> Page[NamedPayment]:
    """Payments through providers, the newest first: of one state, or of a search by our number or the provider's."""
    page = list_payments(state=state, query=query, cursor=cursor, limit=limit)
    names = names_of_resellers({each.reseller_id for each in page.items})
    return Page([_named(each, names) for each in page.items], page.next_cursor)


def get_named_payment(payment_id: int) -> NamedPayment:
    payment = get_payment_item(payment_id)
    return _named(payment, names_of_resellers({payment.reseller_id}))


def list_orders_of_payment(payment_id: int) -> list[OrderPaymentView]:
    """The orders that a payment is to pay, in the order of their numbers; none where it only tops up the wallet."""
    rows = OrderPayment.objects.filter(payment_id=payment_id).order_by("order_id")
    return [
        OrderPaymentView(row.order_id, row.amount_fen, PaymentOutcome(row.outcome) if row.outcome else None)
        for row in rows
    ]


def _named(payment: ProviderPaymentItem, names: dict[int, str]) -> NamedPayment:
    return view_of(NamedPayment, payment, reseller_name=names.get(payment.reseller_id, ""))
