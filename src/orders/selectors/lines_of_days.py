"""Paid lines of a time, for whoever looks at what a figure consists of."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from kernel.period import Period
from orders.models.lines import OrderLine, ParcelLine
from orders.rules.states import OrderState
from orders.selectors.sold import paid_line
from web.pagination import Page, paginate


class PaidLineFilter(enum.StrEnum):
    """Which paid lines make up a figure: with units that were shipped late or are overdue, that the brand did not have, …"""

    LATE = "late"
    SHORT = "short"
    REFUNDED = "refunded"
    RETURNED = "returned"
    """Refunded after shipping."""
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class PaidLineRow:
    """A paid line with its sale and its consignment's deadline; amounts in fen are of the whole line.

    `brand_fen` and `platform_fen` are what both keep of it.
    """

    line_id: int
    order_id: int
    consignment_id: int | None
    paid_at: datetime
    brand_id: int
    brand_name: str
    sale_id: int
    sale_title: str
    goods: str
    units: int
    shipped_units: int
    short_units: int
    refunded_units: int
    ship_by: datetime | None
    shipped_at: datetime | None
    sold_fen: int
    refunded_fen: int
    brand_fen: int
    platform_fen: int


def list_lines_paid_in(
    period: Period,
    *,
    name: str,
    at: datetime,
    brand_id: int | None = None,
    sale_ids: Collection[int] | None = None,
    only: PaidLineFilter | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[PaidLineRow]:
    """The lines that were paid in a period, the latest first: of a brand, of some sales, those behind one figure.

    `name` is that of the list. Without `sale_ids` lines of all sales. A line without a shipment is late once its deadline is before `at`.
    """
    rows = OrderLine.objects.filter(
        order__state=OrderState.PAID.value, order__paid_at__gte=period.starts_at, order__paid_at__lt=period.ends_at
    ).select_related("order", "brand", "sale", "sku__style", "consignment")
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    if sale_ids is not None:
        rows = rows.filter(sale_id__in=sale_ids)
    if only is not None:
        rows = rows.filter(_condition(only, at))
    return paginate(rows, name=f"orders.lines_paid_in:{name}", order=("-id",), cursor=cursor, limit=limit, view=_row)


def _condition(only: PaidLineFilter, at: datetime) -> Q:
    if only is PaidLineFilter.SHORT:
        return Q(short_units__gt=0)
    if only is PaidLineFilter.REFUNDED:
        return Q(refunded_units__gt=0) | ~Q(refund_adjustment_fen=0)
    if only is PaidLineFilter.RETURNED:
        return Q(refunded_units__gt=F("cancelled_units"))
    if only is PaidLineFilter.SHIPPED:
        return Q(shipped_units__gt=0)
    in_time = ParcelLine.objects.filter(
        line_id=OuterRef("pk"),
        shipped_at__lte=Coalesce(OuterRef("consignment__paid_ship_by"), OuterRef("consignment__ship_by")),
    )
    units = in_time.values("line_id").annotate(sum=Sum("units")).values("sum")
    shipped_in_time = Coalesce(Subquery(units, output_field=IntegerField()), 0)
    is_overdue = Q(consignment__ship_by__lt=at, units__gt=F("shipped_units") + F("cancelled_units"))
    return Q(shipped_units__gt=shipped_in_time) | is_overdue


def _row(row: OrderLine) -> PaidLineRow:
    line, consignment = paid_line(row), row.consignment
    if row.order.paid_at is None:
        raise ValueError(f"line {row.pk} of a paid order has no time of payment")
    return PaidLineRow(
        line_id=row.pk,
        order_id=row.order_id,
        consignment_id=row.consignment_id,
        paid_at=row.order.paid_at,
        brand_id=row.brand_id,
        brand_name=row.brand.name,
        sale_id=row.sale_id,
        sale_title=row.sale.title,
        goods=" ".join(part for part in (line.style_no, line.colour, line.size) if part),
        units=row.units,
        shipped_units=row.shipped_units,
        short_units=row.short_units,
        refunded_units=row.refunded_units,
        ship_by=(consignment.paid_ship_by or consignment.ship_by) if consignment else None,
        shipped_at=row.shipped_at,
        sold_fen=line.sold_fen,
        refunded_fen=line.refunded_fen,
        brand_fen=line.brand_fen,
        platform_fen=line.platform_fen,
    )
