"""The paid lines of a sale, for settlement and the pages of running sales."""

import enum
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Expression, F, Q, QuerySet, Sum

from orders.models.lines import OrderLine
from orders.rules.refunds import PaidLine
from orders.rules.states import OrderState
from web.pagination import Page, paginate

UNSHIPPED_UNITS = F("units") - F("shipped_units") - F("cancelled_units") + F("resending_units")


class LineFilter(enum.StrEnum):
    """Which paid lines make up a figure."""

    REFUNDED = "refunded"
    FREIGHT = "freight"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class LineShipment:
    """When a paid line was paid and shipped. `is_shipped` is also true where nothing is left to ship."""

    order_id: int
    paid_at: datetime
    is_shipped: bool
    shipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Turnover:
    """What a sale sold so far, without what was refunded. Amounts in fen."""

    orders: int
    units: int
    sold_fen: int
    payable_fen: int
    commission_fen: int


def iterate_paid_lines(lines: int | Expression) -> Iterator[PaidLine]:
    """The paid lines of a sale, or those whose ids a query selects, in the order of their ids, fetched 2,000 at a time."""
    for row in _paid(lines).select_related("sku__style").order_by("pk").iterator(2000):
        yield paid_line(row)


def list_paid_lines(
    lines: int | Expression,
    *,
    name: str,
    only: LineFilter | None = None,
    style_id: int | None = None,
    line_ids: Collection[int] = (),
    cursor: str = "",
    limit: int = 50,
) -> Page[PaidLine]:
    """The paid lines of a sale, or those whose ids a query selects, in the order of their ids.

    All, those behind one figure, those of a style, or those named by `line_ids`. `name` is that of the list.
    """
    rows = _paid(lines).select_related("sku__style")
    if line_ids:
        rows = rows.filter(pk__in=line_ids)
    if style_id is not None:
        rows = rows.filter(sku__style_id=style_id)
    if only is LineFilter.REFUNDED:
        rows = rows.filter(Q(refunded_units__gt=0) | ~Q(refund_adjustment_fen=0))
    if only is LineFilter.FREIGHT:
        rows = rows.filter(Q(freight_fen__gt=0) | Q(return_freight_fen__gt=0))
    if only is LineFilter.CLAIMED:
        rows = rows.exclude(carrier_claim_fen=0)
    return paginate(rows, name=name, order=("id",), cursor=cursor, limit=limit, view=paid_line)


def paid_line(row: OrderLine) -> PaidLine:
    return PaidLine(
        order_id=row.order_id,
        line_id=row.pk,
        style_no=row.sku.style.style_no,
        colour=row.sku.colour,
        size=row.sku.size,
        units=row.units,
        refunded_units=row.refunded_units,
        price_fen=row.price_fen,
        payable_fen=row.payable_fen,
        commission_fen=row.commission_fen,
        refund_adjustment_fen=row.refund_adjustment_fen,
        payable_adjustment_fen=row.payable_adjustment_fen,
        carrier_claim_fen=row.carrier_claim_fen,
        freight_fen=row.freight_fen,
        returned_freight_fen=row.returned_freight_fen,
        return_freight_fen=row.return_freight_fen,
    )


def list_line_shipments(order_ids: Collection[int]) -> list[LineShipment]:
    """The paid lines of orders that are not fully refunded, with when each was shipped."""
    rows = OrderLine.objects.filter(order_id__in=order_ids, order__paid_at__isnull=False, units__gt=F("refunded_units"))
    fields = rows.values_list("order_id", "order__paid_at", UNSHIPPED_UNITS, "shipped_at")
    return [
        LineShipment(order_id, paid_at, not unshipped_units, shipped_at)
        for order_id, paid_at, unshipped_units, shipped_at in fields
        if paid_at is not None
    ]


def get_turnover(sale_id: int) -> Turnover:
    kept = F("units") - F("refunded_units")
    sums = _paid(sale_id).aggregate(
        kept_units=Sum(kept, default=0),
        sold=Sum(kept * F("price_fen") - F("refund_adjustment_fen"), default=0),
        payable=Sum(kept * F("payable_fen") + F("payable_adjustment_fen"), default=0),
        claims=Sum("carrier_claim_fen", default=0),
    )
    orders = _paid(sale_id).values("order_id").distinct().count()
    commission_fen = sums["sold"] + sums["claims"] - sums["payable"]
    return Turnover(orders, sums["kept_units"], sums["sold"], sums["payable"], commission_fen)


def _paid(lines: int | Expression) -> QuerySet[OrderLine]:
    chosen = Q(sale_id=lines) if isinstance(lines, int) else Q(pk__in=lines)
    return OrderLine.objects.filter(chosen, order__state=OrderState.PAID.value)
