"""The statements that publication writes with."""

from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.sql.item_prices import ITEM_PRICES
from inventory.services.stock import move_units_sql

_ALLOT = f"""
WITH moves AS (
    SELECT sku_id, 0 AS on_hand, planned AS allotted, %(cause)s::text AS cause FROM flashsales_saleitem WHERE sale_id = %(sale)s
), {move_units_sql()}
SELECT count(*)::int FROM movements
"""  # noqa: S608 - the inserted part is a constant


def allot_planned_units(*, sale_id: int, kind: str, person_id: int | None, now: datetime) -> int:
    """Allot the planned units of all items of a sale, with a movement of kind `kind` for each; returns how many movements.

    The SKUs must be locked by this transaction, and have the units.
    """
    parameters = {"sale": sale_id, "cause": f"sale:{sale_id}", "kind": kind, "person_id": person_id, "now": now}
    with sql.without_nested_loops():
        return int(sql.value(_ALLOT, parameters))


def insert_style_listings(*, sale_id: int) -> None:
    """Write the list of styles that each tier sees, from the items and the frozen prices of a sale."""
    sql.execute(
        f"""
        INSERT INTO flashsales_stylelisting
            (sale_id, style_id, tier, category_id, from_price_fen, lowest_fen, tag_price_fen, label_cut, sizes)
        SELECT p.sale_id, p.style_id, p.tier, y.category_id, min(p.wholesale_fen),
               (array_agg(p.lowest_fen ORDER BY p.wholesale_fen, p.lowest_fen))[1], max(p.tag_price_fen),
               bool_or(p.labelling = 'cut'), array_agg(DISTINCT k.size)
        FROM {ITEM_PRICES} p
        JOIN inventory_sku k ON k.id = p.sku_id
        JOIN inventory_style y ON y.id = p.style_id
        WHERE p.sale_id = %(sale)s
        GROUP BY p.sale_id, p.style_id, p.tier, y.category_id
        """,  # noqa: S608 - a constant
        {"sale": sale_id},
    )


def set_listed_choices(*, sale_id: int) -> None:
    """Keep with a sale the sizes and categories of its listed styles, so that filters need not read a listing each."""
    sql.execute(
        """
        UPDATE flashsales_sale s
        SET listed_sizes = coalesce(l.sizes, '{}'), listed_category_ids = coalesce(l.category_ids, '{}')
        FROM (
            SELECT array_agg(DISTINCT size) AS sizes,
                   array_agg(DISTINCT h.category_id) FILTER (WHERE h.category_id IS NOT NULL) AS category_ids
            FROM flashsales_stylelisting h CROSS JOIN LATERAL unnest(h.sizes) AS size WHERE h.sale_id = %(sale)s
        ) AS l
        WHERE s.id = %(sale)s
        """,
        {"sale": sale_id},
    )


@dataclass(frozen=True, slots=True)
class SearchableStyle:
    """The words of a style in a sale: its numbers and texts, those of its category and of the one above included."""

    style_id: int
    style_no: str
    texts: list[str]


def find_searchable_styles(*, sale_id: int) -> list[SearchableStyle]:
    """The listed styles of a sale with what they may be found by (SALE-12).

    One grouping over joins by primary keys: statistics do not know the rows of a new sale, and colours that were looked up for each style
    by a query of its own took half a minute for 40,000 items now and then.
    """
    return sql.fetch(
        SearchableStyle,
        """
        SELECT y.id AS style_id, y.style_no,
               array_remove(ARRAY[y.name, b.name, y.fabric, y.season, c.name_zh, c.name_en, up.name_zh, up.name_en]::text[], NULL)
               || array_agg(DISTINCT k.colour::text) AS texts
        FROM flashsales_saleitem i
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        JOIN brands_brand b ON b.id = y.brand_id
        LEFT JOIN inventory_category c ON c.id = y.category_id
        LEFT JOIN inventory_category up ON up.id = c.parent_id
        WHERE i.sale_id = %(sale)s
          AND EXISTS (SELECT FROM flashsales_stylelisting h WHERE h.sale_id = i.sale_id AND h.style_id = i.style_id)
        GROUP BY y.id, b.id, c.id, up.id
        ORDER BY y.id
        """,
        {"sale": sale_id},
    )
