"""Statements that read what a reseller offers in her storefront (FORWARD-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.selectors.item_prices import item_prices_sql
from flashsales.selectors.openings import opens_at_sql
from forwarding.rules.storefront import MAX_SEARCHED_STYLES, NamedGoods, OfferedBrand, StorefrontSort

_OPENS_AT = opens_at_sql("%(tier)s::int", "{s}")
_OPEN = f"""{{s}}.state = 'published' AND {{s}}.ends_at > %(at)s
           AND ({_OPENS_AT} <= %(at)s OR (%(previews)s AND {{s}}.preview_at <= %(at)s))"""
_VISIBLE = f"""EXISTS (SELECT FROM {item_prices_sql()} p
                   WHERE p.sale_id = {{r}}.sale_id AND p.style_id = {{r}}.style_id AND p.tier = %(tier)s
                     AND (%(sold_out)s OR p.available > 0))
           AND NOT EXISTS (SELECT FROM {item_prices_sql()} p
                           WHERE p.sale_id = {{r}}.sale_id AND p.style_id = {{r}}.style_id AND p.tier = %(tier)s
                             AND p.labelling = 'kept' AND p.retail_floor_fen > {{r}}.price_fen)"""  # noqa: S608 - constants
_PRICED = f"""
    FROM forwarding_retailprice r
    JOIN flashsales_sale s ON s.id = r.sale_id
    JOIN brands_brand b ON b.id = s.brand_id
    JOIN inventory_style y ON y.id = r.style_id
    LEFT JOIN inventory_category c ON c.id = y.category_id
    WHERE r.reseller_id = %(reseller)s AND {_OPEN.format(s="s")} AND {_VISIBLE.format(r="r")}
"""
# Where two open sales offer a style, the one that ends last does.
_OFFERED = f"""{_PRICED}
      AND NOT EXISTS (SELECT FROM forwarding_retailprice o JOIN flashsales_sale t ON t.id = o.sale_id
                      WHERE o.reseller_id = r.reseller_id AND o.style_id = r.style_id AND o.id <> r.id
                        AND (t.ends_at, o.id) > (s.ends_at, r.id) AND {_OPEN.format(s="t")} AND {_VISIBLE.format(r="o")})
"""
_ORDERS = {
    StorefrontSort.NEWEST: ("r.id < %(after_id)s", "r.id DESC"),
    StorefrontSort.CHEAPEST: ("(r.price_fen, -r.id) > (%(after_fen)s, -%(after_id)s)", "r.price_fen, r.id DESC"),
    StorefrontSort.DEAREST: ("(r.price_fen, r.id) < (%(after_fen)s, %(after_id)s)", "r.price_fen DESC, r.id DESC"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Whose goods, at which instant, and which of them: what all statements of a storefront ask by."""

    reseller_id: int
    tier: int
    previews: bool
    sold_out: bool
    at: datetime

    def parameters(self) -> dict[str, object]:
        return {
            "reseller": self.reseller_id,
            "tier": self.tier,
            "previews": self.previews,
            "sold_out": self.sold_out,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class OfferedStyle:
    """A style that the storefront offers, by the id of its retail price."""

    price_id: int
    sale_id: int
    style_id: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class OfferedCategory:
    """Of a brand and a category: how many styles the storefront shows; the numbers of all styles, shown or not, and whether of any of
    them a label is cut.

    `category_id` 0 has no category.
    """

    brand_name: str
    has_cut: bool
    style_nos: list[str]
    category_id: int
    name_zh: str
    name_en: str
    styles: int


def find_offered_styles(
    offer: Offer,
    *,
    sort: StorefrontSort,
    after: tuple[int, int] | None,
    category_id: int | None,
    without_categories: Sequence[int],
    price_ids: Sequence[int] | None,
    limit: int,
) -> list[OfferedStyle]:
    """The styles in an order, behind the price and id `after`; those of a category, and those of `price_ids`, where given."""
    beyond, order = _ORDERS[sort]
    return sql.fetch(
        OfferedStyle,
        f"""
        SELECT r.id AS price_id, r.sale_id, r.style_id, r.price_fen
        {_OFFERED}
          AND {"true" if after is None else beyond}
          AND (%(category)s::bigint IS NULL OR coalesce(y.category_id, 0) = %(category)s)
          AND coalesce(y.category_id, 0) <> ALL(%(without)s::bigint[])
          AND (%(prices)s::bigint[] IS NULL OR r.id = ANY(%(prices)s::bigint[]))
        ORDER BY {order} LIMIT %(limit)s
        """,
        {
            **offer.parameters(),
            "after_fen": after[0] if after else 0,
            "after_id": after[1] if after else 0,
            "category": category_id,
            "without": list(without_categories),
            "prices": None if price_ids is None else list(price_ids),
            "limit": limit,
        },
    )


def find_offered_by_items(
    offer: Offer, *, style_ids: Sequence[int], item_ids: Sequence[int], without_categories: Sequence[int]
) -> list[OfferedStyle]:
    """The offered styles that are named, and those that hold one of the items, in no order."""
    return sql.fetch(
        OfferedStyle,
        f"""
        SELECT r.id AS price_id, r.sale_id, r.style_id, r.price_fen
        {_OFFERED}
          AND coalesce(y.category_id, 0) <> ALL(%(without)s::bigint[])
          AND (r.style_id = ANY(%(styles)s::bigint[])
               OR (r.sale_id, r.style_id) IN (SELECT i.sale_id, i.style_id FROM flashsales_saleitem i
                                           WHERE i.id = ANY(%(items)s::bigint[])))
        """,  # noqa: S608 - constants
        {
            **offer.parameters(),
            "styles": list(style_ids),
            "items": list(item_ids),
            "without": list(without_categories),
        },
    )


def find_offered_categories(offer: Offer) -> list[OfferedCategory]:
    """What is offered by brand and category, in all open sales: also in those that are sold out or only previewed, and in each of
    several that offer a style, since any of them may be the one that customers see."""
    return sql.fetch(
        OfferedCategory,
        f"""
        SELECT g.brand_name, bool_or(g.is_cut) AS has_cut, array_agg(DISTINCT g.style_no) AS style_nos, g.category_id,
               g.name_zh, g.name_en, (count(DISTINCT g.style_id) FILTER (WHERE g.is_shown))::int AS styles
        FROM (SELECT b.name AS brand_name, r.style_id, y.style_no, coalesce(c.id, 0) AS category_id,
                     coalesce(c.name_zh, '') AS name_zh, coalesce(c.name_en, '') AS name_en,
                     EXISTS (SELECT FROM {item_prices_sql()} p
                             WHERE p.sale_id = r.sale_id AND p.style_id = r.style_id AND p.tier = %(tier)s
                               AND p.labelling = 'cut') AS is_cut,
                     ({_OPENS_AT.format(s="s")} <= %(at)s OR %(shown_previews)s)
                     AND (%(shown_sold_out)s OR EXISTS (SELECT FROM {item_prices_sql()} p
                                                        WHERE p.sale_id = r.sale_id AND p.style_id = r.style_id
                                                          AND p.tier = %(tier)s AND p.available > 0)) AS is_shown
              {_PRICED}) g
        GROUP BY g.brand_name, g.category_id, g.name_zh, g.name_en ORDER BY g.category_id, g.brand_name
        """,  # noqa: S608 - constants
        {
            **offer.parameters(),
            "previews": True,
            "sold_out": True,
            "shown_previews": offer.previews,
            "shown_sold_out": offer.sold_out,
        },
    )


def find_former_brands(offer: Offer) -> list[OfferedBrand]:
    """By brand, what she priced before in open sales, previews included, and has no price any more: customers may have seen it."""
    return sql.fetch(
        OfferedBrand,
        f"""
        SELECT b.name, array_agg(DISTINCT y.style_no) AS style_nos,
               bool_or(EXISTS (SELECT FROM {item_prices_sql()} p
                               WHERE p.sale_id = s.id AND p.style_id = h.style_id AND p.tier = %(tier)s
                                 AND p.labelling = 'cut')) AS has_cut
        FROM flashsales_sale s
        JOIN brands_brand b ON b.id = s.brand_id
        CROSS JOIN LATERAL (
            SELECT DISTINCT c.style_id FROM forwarding_retailpricechange c
            WHERE c.reseller_id = %(reseller)s AND c.sale_id = s.id
              AND NOT EXISTS (SELECT FROM forwarding_retailprice r
                              WHERE r.reseller_id = c.reseller_id AND r.sale_id = c.sale_id AND r.style_id = c.style_id)
        ) h
        JOIN inventory_style y ON y.id = h.style_id
        WHERE {_OPEN.format(s="s")}
        GROUP BY b.name ORDER BY b.name
        """,  # noqa: S608 - constants
        {**offer.parameters(), "previews": True},
    )


@dataclass(frozen=True, slots=True)
class UnsharedStyle:
    """A style that she has priced and never shared, by the id of its retail price."""

    price_id: int
    sale_id: int
    sale_title: str
    style_id: int
    style_no: str
    name: str
    picture: str
    price_fen: int


def find_unshared_styles(offer: Offer, *, after_id: int | None, limit: int) -> list[UnsharedStyle]:
    """What customers can see and no share of hers named, the style that was priced last first."""
    return sql.fetch(
        UnsharedStyle,
        f"""
        SELECT r.id AS price_id, r.sale_id, s.title AS sale_title, r.style_id, y.style_no, y.name, y.picture, r.price_fen
        {_OFFERED}
          AND (%(after)s::bigint IS NULL OR r.id < %(after)s)
          AND NOT EXISTS (SELECT FROM forwarding_sharedstyle g JOIN forwarding_share h ON h.id = g.share_id
                          WHERE g.sale_id = r.sale_id AND g.style_id = r.style_id AND h.reseller_id = r.reseller_id)
        ORDER BY r.id DESC LIMIT %(limit)s
        """,  # noqa: S608 - constants
        {**offer.parameters(), "after": after_id, "limit": limit},
    )


def find_named_goods(offer: Offer, *, english: bool) -> list[NamedGoods]:
    """The names of what is offered, of the MAX_SEARCHED_STYLES styles that were priced last; those of categories in one language."""
    return sql.fetch(
        NamedGoods,
        f"""
        SELECT r.id AS price_id, b.name AS brand_name, y.style_no, y.name,
               coalesce(CASE WHEN %(english)s THEN c.name_en ELSE c.name_zh END, '') AS category
        {_OFFERED}
        ORDER BY r.id DESC LIMIT %(limit)s
        """,
        {**offer.parameters(), "english": english, "limit": MAX_SEARCHED_STYLES},
    )
