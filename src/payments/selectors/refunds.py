"""Reads of refunds to the source, and of where a reseller wants her refunds (PAY-8, PAY-9)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from db.rows import view_of
from payments.models import Payment, ProviderRefund, RefundChoice
from payments.rules.payments import PaymentState, Provider
from payments.rules.refunds import OPEN_STATES, RefundState, is_term_over
from payments.selectors.payments import MIN_SEARCH
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class RefundToSourceView:
    """A refund to the source as its reseller sees it. `received_account`: where it goes, as the provider says, else ""."""

    id: int
    number: str
    payment_id: int
    provider: Provider
    order_id: int | None
    amount_fen: int
    state: RefundState
    received_account: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundToSourceItem:
    """A refund to the source as finance sees it. `refusal`: the provider's word for its last refusal, "" for none."""

    id: int
    number: str
    payment_id: int
    payment_number: str
    reseller_id: int
    provider: Provider
    order_id: int | None
    cause: str
    amount_fen: int
    state: RefundState
    provider_refund_id: str
    received_account: str
    refusal: str
    queries_count: int
    created_at: datetime
    asked_at: datetime | None
    taken_at: datetime | None
    ended_at: datetime | None


def wants_wallet(reseller_id: int) -> bool:
    """Whether a reseller chose that her refunds go to her wallet."""
    return RefundChoice.objects.filter(reseller_id=reseller_id, to_wallet=True).exists()


def is_refundable(payment_id: int, *, at: datetime) -> bool:
    """Whether the provider still gives money of a payment back."""
    payment = Payment.objects.filter(pk=payment_id, state=PaymentState.PAID.value).first()
    if payment is None or payment.paid_at is None:
        return False
    return not is_term_over(Provider(payment.provider), payment.paid_at, now=at)


def get_refunded_fen(payment_id: int) -> int:
    """What of a payment went back to its source, or is on its way there."""
    return Payment.objects.values_list("refunded_fen", flat=True).get(pk=payment_id)


def get_returned_before_fen(payment_id: int, at: datetime) -> int:
    """What of a payment went back, or began to, before an instant, without being the refund of one of its orders."""
    rows = ProviderRefund.objects.filter(payment_id=payment_id, order_id=None, created_at__lt=at)
    return sum(rows.exclude(state=RefundState.FAILED.value).values_list("amount_fen", flat=True))


def count_open_refunds(reseller_id: int) -> int:
    """Refunds of a reseller that have not arrived at their source."""
    return ProviderRefund.objects.filter(
        reseller_id=reseller_id, state__in=[each.value for each in OPEN_STATES]
    ).count()


def get_in_transit_fen(reseller_id: int) -> int:
    """What of a reseller's money is on its way back to its source."""
    rows = ProviderRefund.objects.filter(reseller_id=reseller_id, state__in=[each.value for each in OPEN_STATES])
    return sum(rows.values_list("amount_fen", flat=True))


def list_refunds_of_payment(payment_id: int) -> list[RefundToSourceView]:
    """The refunds of a payment, the newest first, at most 100."""
    return _views(payment_id=payment_id)


def list_refunds_of_order(order_id: int) -> list[RefundToSourceView]:
    """The refunds to the source that are about an order, the newest first, at most 100."""
    return _views(order_id=order_id)


def list_refunds_of_cause(cause: str) -> list[RefundToSourceView]:
    """The refunds to the source that were started for one cause, the newest first; all but one of them failed."""
    return _views(cause=cause)


def list_own_refunds(reseller_id: int) -> list[RefundToSourceView]:
    """The refunds of a reseller that are on their way, the newest first, at most 100."""
    return _views(reseller_id=reseller_id, state__in=[each.value for each in OPEN_STATES])


def get_refund_item(refund_id: int) -> RefundToSourceItem | None:
    row = ProviderRefund.objects.select_related("payment").filter(pk=refund_id).first()
    return _item(row) if row else None


def list_refund_items(*, payment_id: int) -> list[RefundToSourceItem]:
    """The refunds of a payment as finance sees them, the newest first, at most 100."""
    rows = ProviderRefund.objects.select_related("payment").filter(payment_id=payment_id)
    return [_item(row) for row in rows.order_by("-pk")[:100]]


def list_refunds(*, state: str = "", query: str = "", cursor: str = "", limit: int = 50) -> Page[RefundToSourceItem]:
    """Refunds to the source, the newest first: of one state, or of a search by our number or the provider's, from their beginning."""
    rows = ProviderRefund.objects.select_related("payment")
    if state:
        rows = rows.filter(state=state)
    query = query.strip()
    if query:
        exact = rows.filter(number=query.upper()) | rows.filter(provider_refund_id=query)
        rows = exact | rows.filter(number__startswith=query.upper()) if len(query) >= MIN_SEARCH else exact
    return paginate(rows, name="payments.refunds", order=("-id",), cursor=cursor, limit=limit, view=_item)


def _views(**chosen: object) -> list[RefundToSourceView]:
    rows = ProviderRefund.objects.select_related("payment").filter(**chosen)
    return [
        view_of(RefundToSourceView, row, provider=Provider(row.payment.provider)) for row in rows.order_by("-pk")[:100]
    ]


def _item(row: ProviderRefund) -> RefundToSourceItem:
    return view_of(RefundToSourceItem, row, provider=Provider(row.payment.provider), payment_number=row.payment.number)


@dataclass(frozen=True, slots=True)
class RefundSum:
    """How many refunds to the source there are in a state, and their sum in fen."""

    refunds: int
    amount_fen: int


def sum_refunds(*, state: RefundState) -> RefundSum:
    found = ProviderRefund.objects.filter(state=state.value).aggregate(refunds=Count("pk"), fen=Sum("amount_fen"))
    return RefundSum(found["refunds"], found["fen"] or 0)
