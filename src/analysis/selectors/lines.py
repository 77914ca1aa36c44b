"""The order lines behind a figure (ANALYSIS-4)."""

from datetime import datetime

from analysis.models import SaleDay
from analysis.rules import Days
from kernel.period import Period, day_period
from orders.selectors.lines_of_days import PaidLineFilter, PaidLineRow, list_lines_paid_in
from web.pagination import Page

_COLUMNS = {
    PaidLineFilter.LATE: "late_units",
    PaidLineFilter.SHORT: "short_units",
    PaidLineFilter.RETURNED: "returned_units",
    PaidLineFilter.SHIPPED: "shipped_units",
}


def list_lines(
    days: Days,
    *,
    at: datetime,
    brand_id: int | None = None,
    sale_id: int | None = None,
    only: PaidLineFilter | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[PaidLineRow]:
    """The lines that were paid in a period, the latest first; those behind one figure, of a brand, of a sale.

    The kept figures tell which sales have such lines, so that the others are not read.
    """
    sales = SaleDay.objects.filter(day__range=(days.first, days.last))
    if brand_id is not None:
        sales = sales.filter(brand_id=brand_id)
    if only in _COLUMNS:
        sales = sales.filter(**{f"{_COLUMNS[only]}__gt": 0})
    if sale_id is not None:
        sales = sales.filter(sale_id=sale_id)
    return list_lines_paid_in(
        Period(day_period(days.first).starts_at, day_period(days.last).ends_at),
        name=f"analysis.lines:{days.first}:{days.last}",
        at=at,
        brand_id=brand_id,
        sale_ids=list(sales.values_list("sale_id", flat=True).distinct()),
        only=only,
        cursor=cursor,
        limit=limit,
    )
