"""The rows of the flat sheets of an analysis workbook: order lines, or sums by day and SKU where these are too many."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.rules import Days
from analysis.sql.truth import DAY, DEADLINE
from db import sql
from orders.selectors.lines import LINES


@dataclass(frozen=True, slots=True)
class FlatRow:
    """An order line, or the lines of a SKU that were paid on a day with `line_id` and `order_id` null; amounts in fen."""

    day: date
    order_id: int | None
    line_id: int | None
    brand: str
    sale_id: int
    sale: str
    category: str
    style_no: str
    name: str
    colour: str
    size: str
    tier: int | None
    joined_month: date | None
    units: int
    shipped_units: int
    on_time_units: int
    late_units: int
    short_units: int
    refunded_units: int
    returned_units: int
    sold_fen: int
    refunded_fen: int
    commission_fen: int
    discount_fen: int
    brand_fen: int
    platform_fen: int


_FROM = f"""
    FROM {LINES} l
    JOIN flashsales_sale s ON s.id = l.sale_id JOIN brands_brand b ON b.id = l.brand_id
    JOIN inventory_sku k ON k.id = l.sku_id JOIN inventory_style y ON y.id = k.style_id
    LEFT JOIN inventory_category g ON g.id = y.category_id
    JOIN membership_reseller m ON m.id = l.reseller_id
    LEFT JOIN orders_consignment c ON c.id = l.consignment_id
    LEFT JOIN pricing_pricelistrow r ON r.id = l.price_row_id
    LEFT JOIN LATERAL (SELECT least(l.shipped_units, coalesce(sum(t.units), 0))::int AS units FROM orders_parcelline t
                       WHERE t.line_id = l.id AND t.shipped_at <= {DEADLINE}) t ON true
    JOIN analysis_countedday d ON d.day = {DAY}
    WHERE l.order_state = 'paid' AND l.paid_at >= (%(first)s::date)::timestamp AT TIME ZONE 'Asia/Shanghai'
        AND l.paid_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
        AND (%(brand)s::bigint IS NULL OR l.brand_id = %(brand)s)
"""
_GOODS = "b.name AS brand, l.sale_id, s.title AS sale, coalesce(g.name_zh, '') AS category, y.style_no, y.name, k.colour, k.size"
_LATE = f"l.shipped_units - t.units + CASE WHEN {DEADLINE} < d.counted_at THEN l.units - l.shipped_units - l.cancelled_units ELSE 0 END"
_BASE = "coalesce(r.base_price_fen, l.price_fen)"
_MEASURES = {
    "units": "l.units",
    "shipped_units": "l.shipped_units",
    "on_time_units": "t.units",
    "late_units": _LATE,
    "short_units": "l.short_units",
    "refunded_units": "l.refunded_units",
    "returned_units": "l.refunded_units - l.cancelled_units",
    "sold_fen": "l.units * l.price_fen",
    "refunded_fen": "l.refunded_fen",
    "commission_fen": f"l.units * ({_BASE} - l.payable_fen)",
    "discount_fen": f"l.units * ({_BASE} - l.price_fen)",
    "brand_fen": "l.brand_fen",
    "platform_fen": "l.platform_fen",
}


def _type(name: str) -> str:
    return "bigint" if name.endswith("_fen") else "int"


_OF_LINES = f"""
    SELECT d.day, l.order_id, l.id AS line_id, {_GOODS}, l.tier::int AS tier,
           date_trunc('month', m.joined_at AT TIME ZONE 'Asia/Shanghai')::date AS joined_month,
           {", ".join(f"({what})::{_type(name)} AS {name}" for name, what in _MEASURES.items())}
    {_FROM} ORDER BY d.day, l.id
"""
_BY_SKU = f"""
    SELECT d.day, NULL::bigint AS order_id, NULL::bigint AS line_id, {_GOODS}, NULL::int AS tier, NULL::date AS joined_month,
           {", ".join(f"sum({what})::{_type(name)} AS {name}" for name, what in _MEASURES.items())}
    {_FROM} GROUP BY d.day, b.name, l.sale_id, s.title, g.name_zh, y.style_no, y.name, k.id, k.colour, k.size
    ORDER BY d.day, l.sale_id, k.id
"""


def _given(days: Days, brand_id: int | None) -> dict[str, Any]:
    return {"first": days.first, "last": days.last, "brand": brand_id}


def list_flat_rows(days: Days, *, brand_id: int | None, by_sku: bool) -> list[FlatRow]:
    """The lines that were paid in a period, of all brands or of one, in the order of days; with `by_sku` added up by day and SKU."""
    return sql.fetch(FlatRow, _BY_SKU if by_sku else _OF_LINES, _given(days, brand_id))
