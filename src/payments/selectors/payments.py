"""Reads of payments and of the callbacks of providers."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from db.rows import view_of
from kernel.refusal import Missing
from payments.models import Payment, ProviderEvent
from payments.rules.payments import (
    PROBLEMS,
    CallbackOutcome,
    Difference,
    PaymentFilter,
    PaymentState,
    PaymentWay,
    Provider,
)
from web.pagination import Page, paginate

MIN_SEARCH = 6
"""From so many characters on, a search finds numbers that begin with them."""


class NoSuchPayment(Missing):
    code = "payments.no_such_payment"
    zh = "没有这笔付款"
    en = "There is no such payment"


@dataclass(frozen=True, slots=True)
class ProviderPaymentView:
    """A payment as the reseller who makes it sees it. `pay_address`: the text of the QR code or the link where she pays, "" before."""

    id: int
    number: str
    provider: Provider
    way: PaymentWay
    amount_fen: int
    state: PaymentState
    pay_address: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProviderPaymentItem:
    """A payment as finance sees it. `difference`: in what a report of money differed, "" for none.

    `ended_difference`: the one that finance ended, with its reason (PAY-16).
    """

    id: int
    number: str
    reseller_id: int
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
class ProviderEventView:
    """A callback with a genuine signature, and what became of it."""

    id: int
    provider: Provider
    event_id: str
    kind: str
    payment_id: int | None
    number: str
    outcome: CallbackOutcome
    difference: str
    signed_at: datetime
    received_at: datetime
    times: int


def get_payment(payment_id: int) -> ProviderPaymentView:
    return view_of(ProviderPaymentView, Payment.objects.get(pk=payment_id))


def get_own_payment(reseller_id: int, payment_id: int) -> ProviderPaymentView:
    """A payment of a reseller. That of another one is refused as one that does not exist."""
    payment = Payment.objects.filter(pk=payment_id, reseller_id=reseller_id).first()
    if payment is None:
        raise NoSuchPayment
    return view_of(ProviderPaymentView, payment)


def count_undecided_payments(reseller_id: int) -> int:
    """Payments of a reseller that are open, or for which another amount arrived that nobody decided about (PAY-4, PAY-14)."""
    waits = Q(difference=Difference.AMOUNT.value) & ~Q(state=PaymentState.PAID.value)
    undecided = Q(state=PaymentState.OPEN.value) | waits
    return Payment.objects.filter(undecided, reseller_id=reseller_id).count()


@dataclass(frozen=True, slots=True)
class ReportedAmount:
    """What a provider says that it took for a payment, of another amount than it was to be; `amount_fen` None where nothing waits."""

    number: str
    reseller_id: int
    amount_fen: int | None


def find_reported(payment_id: int) -> ReportedAmount:
    """Another amount that waits for a decision of people (PAY-14)."""
    row = Payment.objects.filter(pk=payment_id).first()
    if row is None:
        raise NoSuchPayment
    waits = row.difference == Difference.AMOUNT.value and row.state != PaymentState.PAID.value
    return ReportedAmount(row.number, row.reseller_id, row.reported_fen if waits else None)


def list_own_open_payments(reseller_id: int, *, at: datetime) -> list[ProviderPaymentView]:
    """The payments that a reseller has begun and can still make, the newest first."""
    rows = Payment.objects.filter(reseller_id=reseller_id, state=PaymentState.OPEN.value, expires_at__gt=at)
    return [view_of(ProviderPaymentView, row) for row in rows.order_by("-pk")[:20]]


def get_payment_item(payment_id: int) -> ProviderPaymentItem:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise NoSuchPayment
    return view_of(ProviderPaymentItem, payment)


def list_payments(
    *, state: str = "", query: str = "", reseller_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[ProviderPaymentItem]:
    """Payments, the newest first: of one state, of one reseller, or of a search by our number or the provider's, from their beginning."""
    rows = Payment.objects.all()
    if state == PaymentFilter.DIFFERS.value:
        rows = rows.exclude(difference="")
    elif state:
        rows = rows.filter(state=state)
    if reseller_id is not None:
        rows = rows.filter(reseller_id=reseller_id)
    if query.strip():
        rows = rows.filter(_search_filter(query.strip()))
    return paginate(
        rows,
        name="payments.payments",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: view_of(ProviderPaymentItem, row),
    )


def list_events(*, payment_id: int) -> list[ProviderEventView]:
    """The callbacks that name a payment, the newest first, at most 50."""
    rows = ProviderEvent.objects.filter(payment_id=payment_id).order_by("-pk")[:50]
    return [view_of(ProviderEventView, row) for row in rows]


def list_problem_events(*, cursor: str = "", limit: int = 50) -> Page[ProviderEventView]:
    """The callbacks that booked nothing although they tell of money, the newest first."""
    return paginate(
        ProviderEvent.objects.filter(outcome__in=[each.value for each in PROBLEMS]),
        name="payments.problem_events",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: view_of(ProviderEventView, row),
    )


def _search_filter(query: str) -> Q:
    found = Q(number=query.upper()) | Q(transaction_id=query)
    if len(query) >= MIN_SEARCH:
        found |= Q(number__startswith=query.upper()) | Q(transaction_id__startswith=query)
    return found
