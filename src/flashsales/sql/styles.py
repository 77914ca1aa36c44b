# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""Statements that read what a reseller sees: styles and items of sales at the price of her tier."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db import sql

ITEM_PRICE = """pricing_price_at(p.wholesale_fen, p.lowest_fen, f.terms, coalesce(s.markdown_ends_at, s.ends_at),
                        least(%(at)s, s.ends_at - interval '1 microsecond'))"""
"""The price of an item at an instant: the frozen price after the markdown steps taken by then. After the end it stays at the last step.
Needs the aliases `s` (sale), `f` (price list) and `p` (price list row of the tier)."""


def find_cheapest_styles(*, sale_ids: Sequence[int], tier: int, at: datetime, limit: int) -> list[dict[str, Any]]:
    """Of each sale the `limit` cheapest styles that have available units, in the order of `sale_ids`; in one statement."""
    return sql.rows(
        """
        SELECT s.id AS sale_id, cheapest.style_id, y.style_no, y.name, y.picture,
               pricing_price_at(cheapest.from_price_fen, cheapest.lowest_fen, f.terms,
                                coalesce(s.markdown_ends_at, s.ends_at), %(at)s) AS from_price_fen
        FROM unnest(%(sales)s::bigint[]) WITH ORDINALITY AS requested (id, position)
        JOIN flashsales_sale s ON s.id = requested.id
        JOIN pricing_pricelist f ON f.id = s.price_list_id
        CROSS JOIN LATERAL (
            SELECT h.id, h.style_id, h.from_price_fen, h.lowest_fen FROM flashsales_stylelisting h
            WHERE h.sale_id = s.id AND h.tier = %(tier)s AND EXISTS (
                SELECT FROM flashsales_saleitem i
                WHERE i.sale_id = h.sale_id AND i.style_id = h.style_id AND i.available > 0
            ) ORDER BY h.from_price_fen, h.id LIMIT %(limit)s
        ) AS cheapest
        JOIN inventory_style y ON y.id = cheapest.style_id
        ORDER BY requested.position, cheapest.from_price_fen, cheapest.id
        """,
        {"sales": list(sale_ids), "tier": tier, "at": at, "limit": limit},
    )


def find_items_of_style(
    *, sale_id: int, style_id: int, tier: int, reseller_id: int, at: datetime
) -> list[dict[str, Any]]:
    """The items of a style in a sale, with the price of a tier and the units that a reseller has taken."""
    return sql.rows(
        f"""
        SELECT i.id, i.sku_id, k.colour, k.size, i.available, i.limit_units, coalesce(t.units, 0) AS taken,
               {ITEM_PRICE} AS price_fen, p.tag_price_fen, p.labelling, p.retail_floor_fen
        FROM flashsales_saleitem i
        JOIN flashsales_sale s ON s.id = i.sale_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
        JOIN pricing_pricelist f ON f.id = s.price_list_id
        LEFT JOIN flashsales_itemtally t ON t.item_id = i.id AND t.reseller_id = %(reseller)s
        WHERE i.sale_id = %(sale)s AND i.style_id = %(style)s
        """,
        {"sale": sale_id, "style": style_id, "tier": tier, "reseller": reseller_id, "at": at},
    )


def find_item_prices(*, item_ids: Sequence[int], tier: int, at: datetime) -> list[dict[str, Any]]:
    """Style number, colour and size of items in one text, and what they cost a tier at an instant."""
    return sql.rows(
        f"""
        SELECT i.id, concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS description,
               {ITEM_PRICE} AS price_fen
        FROM flashsales_saleitem i
        JOIN flashsales_sale s ON s.id = i.sale_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
        JOIN pricing_pricelist f ON f.id = s.price_list_id
        WHERE i.id = ANY (%(items)s)
        """,
        {"items": list(item_ids), "tier": tier, "at": at},
    )
