"""Statements that read sales as ops and brands see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql

# OFFSET 0 keeps the inner query apart, a lookup by SKU for each item. Statistics do not know the items of a new sale: planned as a join, or
# with the window inside, whose index knows no SKU, all items on sale were read for each item now and then, 25 seconds for 40,000.
_ITEMS_IN_OTHER_SALES = """
FROM flashsales_saleitem item
JOIN LATERAL (SELECT o.sale_id, o.sale_window FROM flashsales_saleitem o WHERE o.sku_id = item.sku_id OFFSET 0) other
     ON other.sale_id <> item.sale_id AND other.sale_window && tstzrange(%(starts_at)s, %(ends_at)s, '[)')
"""


@dataclass(frozen=True, slots=True)
class StyleSellThrough:
    """The units of a style in a sale. `offered` counts the units that the sale received, those included that it returned."""

    style_id: int
    style_no: str
    name: str
    picture: str
    skus: int
    planned: int
    offered: int
    available: int
    held: int
    sold: int

    @property
    def taken(self) -> int:
        return self.held + self.sold


@dataclass(frozen=True, slots=True)
class SkuInOtherSale:
    """A SKU with the other sale that offers it."""

    sku_id: int
    style_no: str
    colour: str
    size: str
    sale_id: int
    title: str


def find_sell_through(*, sale_id: int, limit: int) -> list[StyleSellThrough]:
    """The units of each style of a sale; the style that sold the largest share of its offered units comes first.

    Units that wait for the draw of the sale count as available, not as held.
    """
    return sql.fetch(
        StyleSellThrough,
        """
        SELECT i.style_id, y.style_no, y.name, y.picture, count(*) AS skus, sum(i.planned)::int AS planned,
               sum(i.allotted + i.returned)::int AS offered, sum(i.available + i.draw_units)::int AS available,
               sum(i.held - i.draw_units)::int AS held, sum(i.sold)::int AS sold
        FROM flashsales_saleitem i JOIN inventory_style y ON y.id = i.style_id
        WHERE i.sale_id = %(sale)s GROUP BY i.style_id, y.style_no, y.name, y.picture
        ORDER BY sum(i.held - i.draw_units + i.sold)::float / greatest(sum(i.allotted + i.returned), 1) DESC, y.style_no
        LIMIT %(limit)s
        """,
        {"sale": sale_id, "limit": limit},
    )


@dataclass(frozen=True, slots=True)
class SaleStock:
    """How many styles a sale offers, and the units that it was allotted and has left."""

    sale_id: int
    styles: int
    allotted: int
    available: int


def find_stock_of_sales(*, sale_ids: Sequence[int]) -> list[SaleStock]:
    """What several sales offer, in one statement; units that wait for a draw are not among the allotted ones."""
    return sql.fetch(
        SaleStock,
        """
        SELECT sale_id, count(DISTINCT style_id) AS styles, sum(allotted - draw_units) AS allotted, sum(available) AS available
        FROM flashsales_saleitem WHERE sale_id = ANY(%(sales)s::bigint[]) GROUP BY sale_id
        """,
        {"sales": list(sale_ids)},
    )


def find_skus_in_other_sales(*, sale_id: int, starts_at: datetime, ends_at: datetime) -> list[int]:
    """The SKUs of a sale that another sale offers at some instant of a window (SALE-2)."""
    return sql.column(
        f"SELECT DISTINCT item.sku_id {_ITEMS_IN_OTHER_SALES} WHERE item.sale_id = %(sale)s ORDER BY item.sku_id",
        {"sale": sale_id, "starts_at": starts_at, "ends_at": ends_at},
    )


def describe_items_in_other_sales(
    *, sale_id: int, starts_at: datetime, ends_at: datetime, sku_ids: Sequence[int] | None, limit: int
) -> list[SkuInOtherSale]:
    """The same SKUs with their names and the title of the other sale; only those in `sku_ids`, unless it is None."""
    return sql.fetch(
        SkuInOtherSale,
        f"""
        SELECT item.sku_id, y.style_no, k.colour, k.size, other.sale_id, s.title {_ITEMS_IN_OTHER_SALES}
        JOIN flashsales_sale s ON s.id = other.sale_id
        JOIN inventory_sku k ON k.id = item.sku_id
        JOIN inventory_style y ON y.id = k.style_id
        WHERE item.sale_id = %(sale)s AND (%(skus)s::bigint[] IS NULL OR item.sku_id = ANY (%(skus)s))
        ORDER BY item.sku_id LIMIT %(limit)s
        """,
        {
            "sale": sale_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "skus": None if sku_ids is None else list(sku_ids),
            "limit": limit,
        },
    )
