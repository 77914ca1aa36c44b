# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""Statements that find goods of live sales by the words of a workbook, and that list all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.sql.item_prices import ITEM_PRICES, PRICE_AT
from flashsales.sql.openings import opens_at_sql

_LIVE = f"""live AS MATERIALIZED (
    SELECT s.id, s.brand_id, s.title, s.limit_units FROM flashsales_sale s
    WHERE s.state = 'published' AND {opens_at_sql("%(tier)s::int")} <= %(at)s AND %(at)s < s.ends_at
)"""
"""The sales that are live for a tier, or by their windows where it is null."""


@dataclass(frozen=True, slots=True)
class LiveGoods:
    """A SKU in a live sale, as a brand writes it. `barcode` is empty where it has none."""

    item_id: int
    sku_id: int
    style_no: str
    colour: str
    size: str
    barcode: str


@dataclass(frozen=True, slots=True)
class ListedGoods:
    """A SKU in a live sale at the price of a tier, in fen, with what is left and what one reseller has taken."""

    item_id: int
    sale_id: int
    style_no: str
    name: str
    colour: str
    size: str
    barcode: str
    price_fen: int
    available: int
    item_limit: int | None
    item_taken: int
    sale_limit: int | None
    sale_taken: int
    quantity_terms: str | None


def find_live_goods(
    *, barcodes: Sequence[str], style_nos: Sequence[str], sku_ids: Sequence[int], at: datetime
) -> list[LiveGoods]:
    """The SKUs in live sales that have one of these barcodes, belong to a style with one of these numbers, or are named by id.

    Each number is looked up in the index of its brand, for the brands that have a live sale. What has not opened for a tier yet is found
    too: its offers say when it opens.
    """
    return sql.fetch(
        LiveGoods,
        f"""
        WITH {_LIVE}, brand AS (SELECT DISTINCT brand_id FROM live), found AS (
            SELECT k.id FROM brand b JOIN inventory_sku k ON k.brand_id = b.brand_id
            WHERE k.barcode IS NOT NULL AND k.barcode = ANY(%(barcodes)s::text[])
            UNION
            SELECT k.id FROM brand b
            JOIN inventory_style y ON y.brand_id = b.brand_id AND y.style_no = ANY(%(styles)s::text[])
            JOIN inventory_sku k ON k.brand_id = y.brand_id AND k.style_id = y.id
            UNION
            SELECT unnest(%(skus)s::bigint[])
        )
        SELECT i.id AS item_id, k.id AS sku_id, y.style_no, k.colour, k.size, coalesce(k.barcode, '') AS barcode
        FROM found f
        JOIN flashsales_saleitem i ON i.sku_id = f.id
        JOIN live ON live.id = i.sale_id
        JOIN inventory_sku k ON k.id = f.id
        JOIN inventory_style y ON y.id = k.style_id
        ORDER BY i.id
        """,
        {"barcodes": list(barcodes), "styles": list(style_nos), "skus": list(sku_ids), "tier": None, "at": at},
    )


def list_live_goods(*, tier: int, reseller_id: int, sale_id: int | None, limit: int, at: datetime) -> list[ListedGoods]:
    """Up to `limit` SKUs with units left in live sales, or in one of them, at the price of a tier; in the order of sales and styles."""
    return sql.fetch(
        ListedGoods,
        f"""
        WITH {_LIVE}
        SELECT p.item_id, p.sale_id, y.style_no, y.name, k.colour, k.size, coalesce(k.barcode, '') AS barcode,
               {PRICE_AT} AS price_fen, p.available, p.limit_units AS item_limit, coalesce(it.units, 0) AS item_taken,
               live.limit_units AS sale_limit, coalesce(st.units, 0) AS sale_taken,
               coalesce(qs.terms, qa.terms) AS quantity_terms
        FROM live
        JOIN {ITEM_PRICES} p ON p.sale_id = live.id AND p.tier = %(tier)s
        JOIN inventory_sku k ON k.id = p.sku_id
        JOIN inventory_style y ON y.id = p.style_id
        LEFT JOIN flashsales_itemtally it ON it.item_id = p.item_id AND it.reseller_id = %(reseller)s
        LEFT JOIN flashsales_saletally st ON st.sale_id = p.sale_id AND st.reseller_id = %(reseller)s
        LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = p.style_id AND qs.sale_id = p.sale_id
        LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = p.style_id AND qa.sale_id IS NULL
        WHERE p.available > 0 AND (%(sale)s::bigint IS NULL OR live.id = %(sale)s)
        ORDER BY p.sale_id, y.style_no, k.colour, p.item_id
        LIMIT %(limit)s
        """,
        {"tier": tier, "reseller": reseller_id, "sale": sale_id, "limit": limit, "at": at},
    )
