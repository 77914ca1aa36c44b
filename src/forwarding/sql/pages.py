"""Statements that read what the page of a forward is made of."""

from dataclasses import dataclass

from db import sql
from flashsales.selectors.item_prices import item_prices_sql
from pricing.rules.quote import Labelling


@dataclass(frozen=True, slots=True)
class PricedItem:
    """An item of a style that a reseller has priced. `floor_fen` is its floor in the frozen list at her tier."""

    item_id: int
    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    defects: str
    colour: str
    size: str
    available: int
    labelling: Labelling
    floor_fen: int | None
    price_fen: int


@dataclass(frozen=True, slots=True)
class PageNames:
    brand_name: str
    sale_title: str
    reseller_name: str


def find_priced_items(
    *, reseller_id: int, tier: int, sale_id: int, style_id: int | None, max_styles: int
) -> list[PricedItem]:
    """The items of the styles that a reseller has priced in a sale, or of one style; the style priced last comes first."""
    return sql.fetch(
        PricedItem,
        f"""
        WITH priced AS (
            SELECT r.id, r.style_id, r.price_fen FROM forwarding_retailprice r
            WHERE r.reseller_id = %(reseller)s AND r.sale_id = %(sale)s
              AND (%(style)s::bigint IS NULL OR r.style_id = %(style)s)
            ORDER BY r.set_at DESC, r.id DESC LIMIT %(max_styles)s
        )
        SELECT p.item_id, p.style_id, y.style_no, y.name, coalesce(c.name_zh, '') AS category, y.picture, y.defects, k.colour, k.size,
               p.available, p.labelling, p.retail_floor_fen AS floor_fen, r.price_fen
        FROM priced r
        JOIN {item_prices_sql()} p ON p.sale_id = %(sale)s AND p.style_id = r.style_id AND p.tier = %(tier)s
        JOIN inventory_sku k ON k.id = p.sku_id
        JOIN inventory_style y ON y.id = p.style_id
        LEFT JOIN inventory_category c ON c.id = y.category_id
        ORDER BY r.id DESC, p.item_id
        """,  # noqa: S608 - a constant
        {"reseller": reseller_id, "tier": tier, "sale": sale_id, "style": style_id, "max_styles": max_styles},
    )


def get_page_names(*, reseller_id: int, sale_id: int) -> PageNames:
    return sql.fetch_one(
        PageNames,
        """
        SELECT b.name AS brand_name, s.title AS sale_title, person.name AS reseller_name
        FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id,
             membership_reseller m JOIN accounts_person person ON person.id = m.person_id
        WHERE s.id = %(sale)s AND m.id = %(reseller)s
        """,
        {"reseller": reseller_id, "sale": sale_id},
    )
