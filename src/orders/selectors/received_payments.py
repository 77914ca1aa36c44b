"""Reads of money that arrived for orders (ORDER-15)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ledger.rules import bank_reference
from orders.models.payments import ReceivedPayment
from orders.rules.payments import PaymentOutcome, ReceivedState, received_state
from orders.selectors.orders import get_wallet_balance_fen
from orders.selectors.search import parse_order_number
from web.pagination import Page, paginate

MIN_REFERENCE_SEARCH = 3
"""From so many characters on, a search finds references that begin with them."""


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


@dataclass(frozen=True, slots=True)
class ReceivedPaymentItem:
    """Money that arrived for an order, whose order it is, what became of it, and who booked it ("" for the system)."""

    id: int
    order_id: int
    reseller_id: int
    reseller_name: str
    reference: str
    amount_fen: int
    state: ReceivedState
    outcome: PaymentOutcome
    person_name: str
    at: datetime


def list_received_payments(
    *, state: str = "", query: str = "", order_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[ReceivedPaymentItem]:
    """Money that arrived for orders, the newest first: of one state, of one order, or of a search.

    A search finds the number of an order, a reseller by her name, and bank references, however they are typed, by their beginning.
    """
    rows = ReceivedPayment.objects.select_related("order__reseller__person", "person")
    if state:
        outcomes = [each.value for each in PaymentOutcome if received_state(each) == state]
        rows = rows.filter(outcome__in=outcomes)
    if order_id is not None:
        rows = rows.filter(order_id=order_id)
    if query.strip():
        rows = rows.filter(_search_filter(query.strip()))
    return paginate(
        rows, name="orders.received_payments", order=("-id",), cursor=cursor, limit=limit, view=_received_payment_item
    )


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


def _received_payment_item(row: ReceivedPayment) -> ReceivedPaymentItem:
    outcome = PaymentOutcome(row.outcome)
    return ReceivedPaymentItem(
        id=row.pk,
        order_id=row.order_id,
        reseller_id=row.order.reseller_id,
        reseller_name=row.order.reseller.person.name,
        reference=row.reference,
        amount_fen=row.amount_fen,
        state=received_state(outcome),
        outcome=outcome,
        person_name=row.person.name if row.person else "",
        at=row.at,
    )


def _search_filter(query: str) -> Q:
    reference = bank_reference(query)
    found = Q(reference=reference) | Q(order__reseller__person__name=query)
    if len(reference) >= MIN_REFERENCE_SEARCH:
        found |= Q(reference__startswith=reference)
    number = parse_order_number(query)
    return found if number is None else found | Q(order_id=number)
