# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""The statements of the finder: a page of styles on show, and how many there are (SALE-11). `rules.finder` says the same in Python.

All of them read `flashsales_stylesearch`, which has a row for each style of a published sale. An index for each order gives a page of any
depth without a sort; few hits are found by the indexes of words, facets, categories and brands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import sql
from flashsales.rules.finder import FULL_RUN, LEFT, LISTED, Sort, StyleFilter, parse_words, tsquery_of
from flashsales.sql.openings import not_open_sql

COUNT_LIMIT: Final = 1000
_INT4: Final = 2**31

_LIVE: Final = f"w.starts_at <= %(at)s AND w.ends_at > %(at)s AND w.sale_id <> ALL({not_open_sql('{tier}')})"
_OF_SALE: Final = """w.sale_id = %(sale)s AND w.ends_at > %(at)s
    AND (SELECT s.preview_at <= %(at)s FROM flashsales_sale s WHERE s.id = %(sale)s)"""
# Most sales have no markdown schedule: then the function, which costs more than the rest of a row, is not called.
_PRICE: Final = """CASE WHEN NOT w.has_schedule THEN {price} ELSE (
    SELECT pricing_price_at({price}, {lowest}, l.terms, coalesce(s.markdown_ends_at, s.ends_at), %(at)s)
    FROM flashsales_sale s JOIN pricing_pricelist l ON l.id = s.price_list_id WHERE s.id = w.sale_id) END"""
_UNITS: Final = """(SELECT coalesce(sum(i.available), 0) FROM flashsales_saleitem i
    WHERE i.sale_id = w.sale_id AND i.style_id = w.style_id)"""
_NAMED: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class _Order:
    """An order: the place of a style in it, as SQL, and whether it descends. The row's id breaks ties."""

    place: str
    descends: bool

    def words(self, place: str, row_id: str) -> str:
        direction = " DESC" if self.descends else ""
        return f"{place}{direction}, {row_id}{direction}"


_ORDERS: Final[dict[Sort, _Order]] = {
    "price": _Order("{price}", descends=False),
    "-price": _Order("{price}", descends=True),
    "newest": _Order("w.starts_at", descends=True),
    "discount": _Order("{percent}", descends=False),
    "units": _Order("w.units", descends=True),
    "taken": _Order("w.taken_units", descends=True),
}


def _of_tier(part: str, tier: int) -> str:
    """A part of a statement for a tier, as the indexes have it: PostgreSQL's arrays begin at 1."""
    place = int(tier) + 1
    return part.format(
        price=f"w.prices[{place}]", lowest=f"w.lowest_prices[{place}]", percent=f"w.percents[{place}]", tier=int(tier)
    )


@dataclass(frozen=True, slots=True)
class StylePlace:
    """A style in one of several lists, each by its number, at the prices of a tier."""

    list: int
    tier: int
    sale_id: int
    style_id: int
    position: int


@dataclass(frozen=True, slots=True)
class FoundStyle:
    """A style in a list, with its place in the order. Prices in fen at one tier; `available` units are left, `draw_units` are drawn."""

    row_id: int
    place: int | datetime
    sale_id: int
    sale_title: str
    brand_name: str
    starts_at: datetime
    ends_at: datetime
    style_id: int
    style_no: str
    name: str
    picture: str
    from_price_fen: int
    tag_price_fen: int
    label_cut: bool
    sizes: list[str]
    available: int
    draw_units: int
    quantity_terms: str | None


_LISTED: Final = f"""
SELECT w.id AS row_id, {{place}} AS place, w.sale_id, s.title AS sale_title, b.name AS brand_name, s.starts_at, s.ends_at,
       w.style_id, y.style_no, y.name, y.picture, {_PRICE} AS from_price_fen, w.tag_price_fen, w.label_cut,
       ARRAY(SELECT substr(facet, {len(LISTED) + 1}) FROM unnest(w.facets) AS facet WHERE starts_with(facet, '{LISTED}')) AS sizes,
       i.available, i.draw_units, coalesce(qs.terms, qa.terms) AS quantity_terms
FROM chosen c
JOIN flashsales_stylesearch w ON w.id = c.id
JOIN flashsales_sale s ON s.id = w.sale_id
JOIN brands_brand b ON b.id = s.brand_id
JOIN inventory_style y ON y.id = w.style_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(i.available), 0) AS available, coalesce(sum(i.draw_units), 0) AS draw_units
    FROM flashsales_saleitem i WHERE i.sale_id = w.sale_id AND i.style_id = w.style_id
) AS i
LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = w.style_id AND qs.sale_id = w.sale_id
LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = w.style_id AND qa.sale_id IS NULL
"""


def find_styles(
    *,
    tier: int,
    at: datetime,
    filters: StyleFilter,
    category_ids: Sequence[int],
    beyond: tuple[Any, int] | None,
    limit: int,
) -> list[FoundStyle]:
    """Up to `limit` styles that pass a filter, beyond a place in its order. `category_ids` are those that the filter's category means."""
    parameters = _parameters(at, filters, category_ids) | {"limit": limit}
    if beyond is not None:
        parameters |= {"place": beyond[0], "last_id": beyond[1]}
    order = _ORDERS[filters.sort]
    listed = _LISTED.replace("{place}", order.place)
    statement = f"""
        WITH chosen AS ({_chosen(filters, is_continued=beyond is not None)})
        {listed} ORDER BY {order.words("place", "row_id")}
        """
    return sql.fetch(FoundStyle, _of_tier(statement, tier), parameters)


def _chosen(filters: StyleFilter, *, is_continued: bool) -> str:
    """The ids of the first styles of a filter in its order."""
    order, conditions = _ORDERS[filters.sort], _conditions(filters)
    if is_continued:
        conditions.append(f"({order.place}, w.id) {'<' if order.descends else '>'} (%(place)s, %(last_id)s)")
    return f"""SELECT w.id FROM flashsales_stylesearch w WHERE {" AND ".join(conditions)}
            ORDER BY {order.words(order.place, "w.id")} LIMIT %(limit)s"""


def find_places(*, at: datetime, lists: Sequence[StyleFilter], tiers: Sequence[int], limit: int) -> list[StylePlace]:
    """The first `limit` styles of each of several filters over all live sales, for several tiers, in one statement.

    The filters name no sale and no category.
    """
    parts, parameters = [], {"at": at, "limit": limit}
    for number, filters in enumerate(lists):
        order = _ORDERS[filters.sort]
        part = f"""
            (SELECT {number} AS list, {{tier}} AS tier, w.sale_id, w.style_id, row_number() OVER () AS position
             FROM (SELECT w.sale_id, w.style_id FROM flashsales_stylesearch w WHERE {" AND ".join(_conditions(filters))}
                   ORDER BY {order.words(order.place, "w.id")} LIMIT %(limit)s) AS w)"""
        named = _NAMED.sub(rf"%(\1_{number})s", part)
        parts += [_of_tier(named.replace("{tier}", str(int(tier))), tier) for tier in tiers]
        own = _parameters(at, filters, ()) | {"limit": limit}
        parameters |= {f"{name}_{number}": value for name, value in own.items()}
    return sql.fetch(StylePlace, f"{' UNION ALL '.join(parts)} ORDER BY list, tier, position", parameters)


@dataclass(frozen=True, slots=True)
class NewStyles:
    """How many styles of a list are in sales that opened after an instant, counted up to a limit; the list by its number."""

    list: int
    count: int


def count_new(
    *, tier: int, at: datetime, lists: Sequence[tuple[StyleFilter, Sequence[int], datetime]], limit: int
) -> list[NewStyles]:
    """Of several filters over all live sales, each with its categories: the styles of sales that opened after its instant, in one
    statement. The filters name no sale."""
    parts, parameters = [], {"at": at, "limit": limit}
    for number, (filters, category_ids, since) in enumerate(lists):
        opened = f"(w.starts_at > %(since)s OR w.sale_id = ANY({not_open_sql('{tier}', '%(since)s')}))"
        conditions = [opened, *_conditions(filters)]
        part = f"""SELECT {number} AS list, count(*)::int AS count FROM (
            SELECT FROM flashsales_stylesearch w WHERE {" AND ".join(conditions)} LIMIT %(limit)s) AS hits"""
        parts.append(_NAMED.sub(rf"%(\1_{number})s", part))
        own = _parameters(at, filters, category_ids) | {"limit": limit, "since": since}
        parameters |= {f"{name}_{number}": value for name, value in own.items()}
    return sql.fetch(NewStyles, _of_tier(" UNION ALL ".join(parts), tier), parameters) if parts else []


def lock_saved_filters(*, reseller_id: int) -> None:
    """Until the transaction ends, nobody else saves a filter of this reseller."""
    sql.rows(
        "SELECT pg_advisory_xact_lock(hashtext('flashsales.saved_filters'), %(reseller)s)",
        {"reseller": reseller_id % _INT4},
    )


def find_listed(*, tier: int, at: datetime, places: Sequence[tuple[int, int]]) -> list[FoundStyle]:
    """The styles of live sales among `places`, each a sale and a style; in no order."""
    statement = f"""
        WITH chosen AS (
            SELECT w.id FROM unnest(%(sales)s::bigint[], %(styles)s::bigint[]) AS asked (sale_id, style_id)
            JOIN flashsales_stylesearch w ON w.sale_id = asked.sale_id AND w.style_id = asked.style_id WHERE {_LIVE}
        )
        {_LISTED.replace("{place}", "0")}
        """
    parameters = {"at": at, "sales": [sale for sale, _ in places], "styles": [style for _, style in places]}
    return sql.fetch(FoundStyle, _of_tier(statement, tier), parameters)


def count_styles(*, tier: int, at: datetime, filters: StyleFilter, category_ids: Sequence[int]) -> int:
    """How many styles pass a filter, counted up to COUNT_LIMIT."""
    statement = f"""
        SELECT count(*) FROM (
            SELECT FROM flashsales_stylesearch w WHERE {" AND ".join(_conditions(filters))} LIMIT %(limit)s
        ) AS hits
        """
    parameters = _parameters(at, filters, category_ids) | {"limit": COUNT_LIMIT}
    return int(sql.value(_of_tier(statement, tier), parameters))


def _query(filters: StyleFilter) -> str:
    return tsquery_of(parse_words(filters.words))


def _conditions(filters: StyleFilter) -> list[str]:
    """What a filter asks of a row, that its sale is on show included.

    A markdown schedule only lowers prices. So the frozen price answers first, from an index; the price of this instant is asked for where
    there is a schedule.
    """
    asked = {
        "w.brand_id = %(brand)s": filters.brand_id is not None,
        "w.category_id = ANY(%(categories)s)": filters.category_id is not None,
        "w.tokens @@ %(query)s::tsquery": bool(_query(filters)),
        f"w.facets @> ARRAY['{LISTED}' || %(size)s]::varchar[]": bool(filters.size),
        f"w.facets @> ARRAY['{LEFT}' || %(size)s]::varchar[]"
        " AND w.left_units[array_position(w.left_sizes, %(size)s::varchar)] >= %(size_units)s": bool(
            filters.size and filters.size_units
        ),
        "w.label_cut = %(cut)s": filters.label_cut is not None,
        f"{{price}} >= %(min_price)s AND {_PRICE} >= %(min_price)s": filters.min_price_fen is not None,
        f"({{price}} <= %(max_price)s OR w.has_schedule) AND {_PRICE} <= %(max_price)s": filters.max_price_fen
        is not None,
        f"({{percent}} <= %(percent)s * 100 OR w.has_schedule) AND ({_PRICE}) * 100 <= w.tag_price_fen * %(percent)s": (
            filters.max_percent_of_tag is not None
        ),
        "EXISTS (SELECT FROM inventory_style y WHERE y.id = w.style_id AND y.picture <> '')": filters.has_picture,
        "w.units > 0": filters.available,
        "w.units BETWEEN 1 AND %(max_left)s": filters.max_left is not None,
        f"w.facets @> ARRAY['{FULL_RUN}']::varchar[]": filters.full_run,
    }
    return [
        _LIVE if filters.sale_id is None else _OF_SALE,
        *(condition for condition, is_asked in asked.items() if is_asked),
    ]


def _parameters(at: datetime, filters: StyleFilter, category_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "at": at,
        "sale": filters.sale_id,
        "brand": filters.brand_id,
        "categories": list(category_ids),
        "query": _query(filters),
        "size": filters.size,
        "size_units": filters.size_units,
        "cut": filters.label_cut,
        "min_price": filters.min_price_fen,
        "max_price": filters.max_price_fen,
        "percent": filters.max_percent_of_tag,
        "max_left": filters.max_left,
    }
