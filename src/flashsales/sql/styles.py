# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""Statements that read what a reseller sees: styles and items of sales at the price of her tier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.rules import StyleCard
from flashsales.sql.item_prices import ITEM_PRICES, PRICE_AT
from pricing.rules.quote import Labelling


@dataclass(frozen=True, slots=True)
class ItemOfStyle:
    """An item of a style in a sale; `taken` are the units that the reseller has taken. Amounts in fen at her tier.

    Units that are reserved for her count as available and not as taken.
    """

    item_id: int
    sku_id: int
    colour: str
    size: str
    available: int
    limit_units: int | None
    taken: int
    reserved_units: int
    reserved_until: datetime | None
    price_fen: int
    tag_price_fen: int
    labelling: Labelling
    retail_floor_fen: int | None
    draw_units: int


@dataclass(frozen=True, slots=True)
class ItemPrice:
    """What a sale item costs a tier at an instant, with its style number, colour and size in words."""

    item_id: int
    description: str
    price_fen: int


def find_sample_styles(*, sale_ids: Sequence[int], tier: int, at: datetime, limit: int) -> list[StyleCard]:
    """Of each sale `limit` styles that have available units, those with a picture first, then the cheapest; in the order of `sale_ids`."""
    return sql.fetch(
        StyleCard,
        """
        SELECT s.id AS sale_id, sample.style_id, sample.style_no, sample.name, sample.picture,
               pricing_price_at(sample.from_price_fen, sample.lowest_fen, f.terms,
                                coalesce(s.markdown_ends_at, s.ends_at), %(at)s) AS from_price_fen
        FROM unnest(%(sales)s::bigint[]) WITH ORDINALITY AS requested (id, position)
        JOIN flashsales_sale s ON s.id = requested.id
        JOIN pricing_pricelist f ON f.id = s.price_list_id
        CROSS JOIN LATERAL (
            SELECT h.id, h.style_id, h.from_price_fen, h.lowest_fen, y.style_no, y.name, y.picture
            FROM flashsales_stylelisting h JOIN inventory_style y ON y.id = h.style_id
            WHERE h.sale_id = s.id AND h.tier = %(tier)s AND EXISTS (
                SELECT FROM flashsales_saleitem i
                WHERE i.sale_id = h.sale_id AND i.style_id = h.style_id AND i.available > 0
            ) ORDER BY y.picture = '', h.from_price_fen, h.id LIMIT %(limit)s
        ) AS sample
        ORDER BY requested.position, sample.picture = '', sample.from_price_fen, sample.id
        """,
        {"sales": list(sale_ids), "tier": tier, "at": at, "limit": limit},
    )


def find_items_of_style(*, sale_id: int, style_id: int, tier: int, reseller_id: int, at: datetime) -> list[ItemOfStyle]:
    """The items of a style in a sale, with the price of a tier and the units that a reseller has taken."""
    return sql.fetch(
        ItemOfStyle,
        f"""
        SELECT p.item_id, p.sku_id, k.colour, k.size, p.available + coalesce(own.units, 0) AS available, p.limit_units,
               coalesce(t.units, 0) - coalesce(own.units, 0) AS taken,
               coalesce(own.units, 0) AS reserved_units, own.until AS reserved_until,
               {PRICE_AT} AS price_fen, p.tag_price_fen, p.labelling, p.retail_floor_fen, p.draw_units
        FROM {ITEM_PRICES} p
        JOIN inventory_sku k ON k.id = p.sku_id
        LEFT JOIN flashsales_reservation own
               ON own.item_id = p.item_id AND own.reseller_id = %(reseller)s AND own.ended_at IS NULL AND own.until > %(at)s
        LEFT JOIN flashsales_itemtally t ON t.item_id = p.item_id AND t.reseller_id = %(reseller)s
        WHERE p.sale_id = %(sale)s AND p.style_id = %(style)s AND p.tier = %(tier)s
        """,
        {"sale": sale_id, "style": style_id, "tier": tier, "reseller": reseller_id, "at": at},
    )


def find_prices_by_tier(*, item_id: int, at: datetime) -> dict[int, int]:
    """What an item costs each tier at an instant."""
    rows = sql.rows(
        f"SELECT p.tier, {PRICE_AT} AS price_fen FROM {ITEM_PRICES} p WHERE p.item_id = %(item)s",
        {"item": item_id, "at": at},
    )
    return {row["tier"]: row["price_fen"] for row in rows}


def find_item_prices(*, item_ids: Sequence[int], tier: int, at: datetime) -> list[ItemPrice]:
    """Style number, colour and size of items in one text, and what they cost a tier at an instant."""
    return sql.fetch(
        ItemPrice,
        f"""
        SELECT p.item_id, concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS description,
               {PRICE_AT} AS price_fen
        FROM {ITEM_PRICES} p
        JOIN inventory_sku k ON k.id = p.sku_id
        JOIN inventory_style y ON y.id = p.style_id
        WHERE p.item_id = ANY (%(items)s) AND p.tier = %(tier)s
        """,
        {"items": list(item_ids), "tier": tier, "at": at},
    )
