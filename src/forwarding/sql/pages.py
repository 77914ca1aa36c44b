"""Statements that read what the page of a forward is made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.selectors.item_prices import item_prices_sql
from flashsales.selectors.openings import opens_at_sql
from forwarding.rules.pages import FormerStyle
from pricing.rules.quote import Labelling


@dataclass(frozen=True, slots=True)
class PricedItem:
    """An item of a style that a reseller has priced. `floor_fen` is its floor in the frozen list at her tier.

    `position` is the place of the style among those that were chosen, 1 for all styles of a sale that was chosen as a whole.
    """

    item_id: int
    sale_id: int
    position: int
    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    defects: str
    fabric: str
    origin: str
    selling_point: str
    tag_price_fen: int
    colour: str
    size: str
    available: int
    labelling: Labelling
    floor_fen: int | None
    price_fen: int
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class SaleNames:
    """A sale with its names and its time for a tier, and the name of the reseller who forwards it."""

    sale_id: int
    brand_name: str
    sale_title: str
    reseller_name: str
    starts_at: datetime
    ends_at: datetime


def find_priced_items(
    *, reseller_id: int, tier: int, chosen: Sequence[tuple[int, int | None]], max_styles: int, english: bool
) -> list[PricedItem]:
    """The items of the chosen styles that a reseller has priced, in the order in which the styles were chosen; categories in one language.

    A style is chosen by sale and style; None stands for all styles of the sale, of which the one that was priced last comes first.
    """
    return sql.fetch(
        PricedItem,
        f"""
        WITH priced AS (
            SELECT r.id, r.sale_id, r.style_id, r.price_fen, c.position
            FROM unnest(%(sales)s::bigint[], %(styles)s::bigint[]) WITH ORDINALITY AS c(sale_id, style_id, position)
            JOIN forwarding_retailprice r ON r.reseller_id = %(reseller)s AND r.sale_id = c.sale_id
                                         AND (c.style_id IS NULL OR r.style_id = c.style_id)
            ORDER BY r.set_at DESC, r.id DESC LIMIT %(max_styles)s
        )
        SELECT p.item_id, r.sale_id, r.position::int AS position, p.style_id, y.style_no, y.name,
               coalesce(CASE WHEN %(english)s THEN c.name_en ELSE c.name_zh END, '') AS category,
               y.picture, y.defects, y.fabric, y.origin, y.selling_point, k.tag_price_fen, k.colour, k.size, p.available, p.labelling,
               p.retail_floor_fen AS floor_fen, r.price_fen, i.draw_units > 0 AS is_drawn
        FROM priced r
        JOIN {item_prices_sql()} p ON p.sale_id = r.sale_id AND p.style_id = r.style_id AND p.tier = %(tier)s
        JOIN flashsales_saleitem i ON i.id = p.item_id
        JOIN inventory_sku k ON k.id = p.sku_id
        JOIN inventory_style y ON y.id = p.style_id
        LEFT JOIN inventory_category c ON c.id = y.category_id
        ORDER BY r.position, r.id DESC, p.item_id
        """,  # noqa: S608 - a constant
        {
            "reseller": reseller_id,
            "tier": tier,
            "sales": [sale_id for sale_id, _ in chosen],
            "styles": [style_id for _, style_id in chosen],
            "max_styles": max_styles,
            "english": english,
        },
    )


def find_former_styles(
    *, reseller_id: int, tier: int, chosen: Sequence[tuple[int, int | None]], without: Collection[int]
) -> list[FormerStyle]:
    """Those of the chosen styles that the reseller priced at any time, except `without`; they are chosen as in `find_priced_items`."""
    return sql.fetch(
        FormerStyle,
        f"""
        SELECT y.style_no, b.name AS brand_name,
               EXISTS (SELECT FROM {item_prices_sql()} p
                       WHERE p.sale_id = h.sale_id AND p.style_id = h.style_id AND p.tier = %(tier)s
                         AND p.labelling = 'cut') AS label_cut
        FROM (SELECT DISTINCT h.sale_id, h.style_id
              FROM unnest(%(sales)s::bigint[], %(styles)s::bigint[]) AS c(sale_id, style_id)
              JOIN forwarding_retailpricechange h ON h.reseller_id = %(reseller)s AND h.sale_id = c.sale_id
                                                 AND (c.style_id IS NULL OR h.style_id = c.style_id)
              WHERE h.style_id <> ALL(%(without)s::bigint[])) h
        JOIN inventory_style y ON y.id = h.style_id
        JOIN brands_brand b ON b.id = y.brand_id
        ORDER BY y.id
        """,  # noqa: S608 - a constant
        {
            "reseller": reseller_id,
            "tier": tier,
            "sales": [sale_id for sale_id, _ in chosen],
            "styles": [style_id for _, style_id in chosen],
            "without": list(without),
        },
    )


def find_sale_names(*, reseller_id: int, tier: int, sale_ids: Sequence[int]) -> list[SaleNames]:
    return sql.fetch(
        SaleNames,
        f"""
        SELECT s.id AS sale_id, b.name AS brand_name, s.title AS sale_title, person.name AS reseller_name,
               {opens_at_sql("%(tier)s::int")} AS starts_at, s.ends_at
        FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id,
             membership_reseller m JOIN accounts_person person ON person.id = m.person_id
        WHERE s.id = ANY(%(sales)s) AND m.id = %(reseller)s
        ORDER BY s.id
        """,  # noqa: S608 - a constant
        {"reseller": reseller_id, "tier": tier, "sales": list(sale_ids)},
    )
