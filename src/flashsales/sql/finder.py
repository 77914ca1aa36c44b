# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""The statements of the finder: a page of styles on show, and how many there are (SALE-11). `rules.finder` says the same in Python."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import sql
from flashsales.rules.finder import MIN_RUN_SIZES, Sort, StyleFilter, parse_words, tsquery_of

COUNT_LIMIT: Final = 1000
_INT4: Final = 2**31

_ON_SHOW: Final = """
on_show AS MATERIALIZED (
    SELECT s.id, s.brand_id, s.title, s.starts_at, s.ends_at, coalesce(s.markdown_ends_at, s.ends_at) AS markdown_ends_at,
           CASE WHEN l.terms #> '{{resolved,markdown_schedule}}' <> 'null'::jsonb THEN l.terms END AS schedule
    FROM flashsales_sale s JOIN pricing_pricelist l ON l.id = s.price_list_id
    WHERE s.state = 'published' AND s.ends_at > %(at)s AND {conditions}
)"""
_FOUND: Final = """
found AS MATERIALIZED (
    SELECT w.sale_id, w.style_id FROM flashsales_stylesearch w
    JOIN on_show ON on_show.id = w.sale_id WHERE w.tokens @@ %(query)s::tsquery
)"""
# Most sales have no markdown schedule: then the function, which costs more than the rest of a row, is not called.
_PRICE: Final = """CASE WHEN on_show.schedule IS NULL THEN h.from_price_fen
    ELSE pricing_price_at(h.from_price_fen, h.lowest_fen, on_show.schedule, on_show.markdown_ends_at, %(at)s) END"""
_UNITS: Final = """(SELECT coalesce(sum(i.available), 0) FROM flashsales_saleitem i
    WHERE i.sale_id = h.sale_id AND i.style_id = h.style_id)"""
_UNITS_OF_SIZE: Final = """(SELECT coalesce(sum(i.available), 0) FROM flashsales_saleitem i JOIN inventory_sku k ON k.id = i.sku_id
    WHERE i.sale_id = h.sale_id AND i.style_id = h.style_id AND k.size = %(size)s)"""


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a listed style, as SQL: its units, its SKUs with units, their sizes, and whether there is any."""

    units: str
    items: str
    sizes: str
    any: str


_OF_STYLE: Final = "WHERE i.sale_id = h.sale_id AND i.style_id = h.style_id"
_LEFT_OF_ONE: Final = _Left(
    units=_UNITS,
    items=f"(SELECT count(*) FROM flashsales_saleitem i {_OF_STYLE} AND i.available > 0)",
    sizes=f"""(SELECT count(DISTINCT k.size) FROM flashsales_saleitem i JOIN inventory_sku k ON k.id = i.sku_id
    {_OF_STYLE} AND i.available > 0)""",
    any=f"EXISTS (SELECT FROM flashsales_saleitem i {_OF_STYLE} AND i.available > 0)",
)
"""Looked up style by style: for a page, which needs few of them."""
_LEFT: Final = """
in_stock AS MATERIALIZED (
    SELECT i.sale_id, i.style_id, sum(i.available) AS units, count(*) AS items
    FROM on_show JOIN flashsales_saleitem i ON i.sale_id = on_show.id WHERE i.available > 0 GROUP BY i.sale_id, i.style_id
)"""
_LEFT_OF_ALL: Final = _Left(units="in_stock.units", items="in_stock.items", sizes=_LEFT_OF_ONE.sizes, any="true")
"""Added up once for all styles, in `in_stock`; the sizes are looked up where the number of SKUs does not rule a style out."""


@dataclass(frozen=True, slots=True)
class _Order:
    """An order: the place of a style in it, as SQL, and whether it descends. The listing's id breaks ties."""

    place: str
    descends: bool

    @property
    def words(self) -> str:
        direction = " DESC" if self.descends else ""
        return f"place{direction}, listing_id{direction}"


_NAMED: Final = re.compile(r"%\((\w+)\)s")

_ORDERS: Final[dict[Sort, _Order]] = {
    "price": _Order("h.from_price_fen", descends=False),
    "-price": _Order("h.from_price_fen", descends=True),
    "newest": _Order("on_show.starts_at", descends=True),
    "discount": _Order("h.from_price_fen * 10000 / h.tag_price_fen", descends=False),
    "units": _Order(_UNITS, descends=True),
}
# The index of listings gives each sale's styles in the order of their price; so the first of each sale are enough for a page.
_BY_INDEX: Final[dict[Sort, str]] = {"price": "h.from_price_fen, h.id", "-price": "h.from_price_fen DESC, h.id DESC"}


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
    """A style in a list, with its place in the order. Prices in fen at one tier; `available` units are left."""

    listing_id: int
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
    quantity_terms: str | None


_LISTED: Final = f"""
SELECT c.listing_id, c.place, c.sale_id, on_show.title AS sale_title, b.name AS brand_name, on_show.starts_at, on_show.ends_at,
       c.style_id, y.style_no, y.name, y.picture, {_PRICE} AS from_price_fen, h.tag_price_fen, h.label_cut, h.sizes,
       {_UNITS} AS available, coalesce(qs.terms, qa.terms) AS quantity_terms
FROM chosen c
JOIN on_show ON on_show.id = c.sale_id
JOIN brands_brand b ON b.id = on_show.brand_id
JOIN flashsales_stylelisting h ON h.id = c.listing_id
JOIN inventory_style y ON y.id = c.style_id
LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = c.style_id AND qs.sale_id = c.sale_id
LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = c.style_id AND qa.sale_id IS NULL
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
    parameters = _parameters(tier, at, filters, category_ids) | {"limit": limit}
    if beyond is not None:
        parameters |= {"place": beyond[0], "last_id": beyond[1]}
    return sql.fetch(
        FoundStyle,
        f"""
        WITH {_with(filters)}, chosen AS ({_chosen(filters, is_continued=beyond is not None)})
        {_LISTED} ORDER BY {_ORDERS[filters.sort].words}
        """,
        parameters,
    )


def _chosen(filters: StyleFilter, *, is_continued: bool) -> str:
    """The first styles of a filter in its order, by id of their listing."""
    order, conditions = _ORDERS[filters.sort], ["h.tier = %(tier)s", *_conditions(filters)]
    if is_continued:
        conditions.append(f"({order.place}, h.id) {'<' if order.descends else '>'} (%(place)s, %(last_id)s)")
    columns = f"h.id AS listing_id, {order.place} AS place, h.sale_id, h.style_id"
    where = " AND ".join(conditions)
    if filters.sort in _BY_INDEX and not _query(filters):
        return f"""
        SELECT l.* FROM on_show CROSS JOIN LATERAL (
            SELECT {columns} FROM flashsales_stylelisting h WHERE h.sale_id = on_show.id AND {where}
            ORDER BY {_BY_INDEX[filters.sort]} LIMIT %(limit)s
        ) l ORDER BY {order.words} LIMIT %(limit)s"""
    return f"SELECT {columns} FROM {_listings(filters)} WHERE {where} ORDER BY {order.words} LIMIT %(limit)s"


def find_places(*, at: datetime, lists: Sequence[StyleFilter], limit: int) -> list[StylePlace]:
    """The first `limit` styles of each of several filters over all live sales, for every tier, in one statement.

    What is left of the styles is added up once, whatever the number of lists and tiers. The filters name no sale, brand, category or words,
    and leave out what is sold out.
    """
    parts, parameters = [], {"at": at, "limit": limit}
    for number, filters in enumerate(lists):
        order, conditions = _ORDERS[filters.sort], " AND ".join(_conditions(filters, _LEFT_OF_ALL))
        direction = " DESC" if order.descends else ""
        ranked = f"""
            SELECT {number} AS list, h.tier, h.sale_id, h.style_id,
                   row_number() OVER (PARTITION BY h.tier ORDER BY {order.place}{direction}, h.id{direction}) AS position
            FROM in_stock JOIN on_show ON on_show.id = in_stock.sale_id
            JOIN flashsales_stylelisting h ON h.sale_id = in_stock.sale_id AND h.style_id = in_stock.style_id
            WHERE {conditions or "true"}"""
        parts.append(_NAMED.sub(rf"%(\1_{number})s", f"SELECT * FROM ({ranked}) ranked WHERE position <= %(limit)s"))
        own = _parameters(0, at, filters, ()) | {"limit": limit}
        parameters |= {f"{name}_{number}": value for name, value in own.items()}
    on_show = _ON_SHOW.format(conditions="s.starts_at <= %(at)s")
    return sql.fetch(
        StylePlace, f"WITH {on_show}, {_LEFT} {' UNION ALL '.join(parts)} ORDER BY list, tier, position", parameters
    )


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
        opened = "on_show.starts_at > %(since)s"
        conditions = ["h.tier = %(tier)s", opened, *_conditions(filters)]
        conditions += ["on_show.brand_id = %(brand)s"] if filters.brand_id is not None else []
        found = f"WITH {_FOUND.replace('WHERE', f'WHERE {opened} AND')}" if _query(filters) else ""
        part = f"""SELECT {number} AS list, count(*)::int AS count FROM (
            {found} SELECT FROM {_listings(filters)} WHERE {" AND ".join(conditions)} LIMIT %(limit)s) AS hits"""
        parts.append(_NAMED.sub(rf"%(\1_{number})s", part))
        own = _parameters(tier, at, filters, category_ids) | {"limit": limit, "since": since}
        parameters |= {f"{name}_{number}": value for name, value in own.items()}
    statement = f"WITH {_ON_SHOW.format(conditions='s.starts_at <= %(at)s')} {' UNION ALL '.join(parts)}"
    return sql.fetch(NewStyles, statement, parameters) if parts else []


def lock_saved_filters(*, reseller_id: int) -> None:
    """Until the transaction ends, nobody else saves a filter of this reseller."""
    sql.rows(
        "SELECT pg_advisory_xact_lock(hashtext('flashsales.saved_filters'), %(reseller)s)",
        {"reseller": reseller_id % _INT4},
    )


def find_listed(*, tier: int, at: datetime, places: Sequence[tuple[int, int]]) -> list[FoundStyle]:
    """Styles of live sales by sale and style, as they are now; those whose sale is not live are absent."""
    return sql.fetch(
        FoundStyle,
        f"""
        WITH {_ON_SHOW.format(conditions="s.starts_at <= %(at)s AND s.id = ANY(%(sales)s::bigint[])")}, chosen AS (
            SELECT h.id AS listing_id, 0 AS place, h.sale_id, h.style_id
            FROM unnest(%(sales)s::bigint[], %(styles)s::bigint[]) AS asked (sale_id, style_id)
            JOIN flashsales_stylelisting h ON h.sale_id = asked.sale_id AND h.style_id = asked.style_id AND h.tier = %(tier)s
        )
        {_LISTED}
        """,
        {"at": at, "tier": tier, "sales": [sale for sale, _ in places], "styles": [style for _, style in places]},
    )


def count_styles(*, tier: int, at: datetime, filters: StyleFilter, category_ids: Sequence[int]) -> int:
    """How many styles pass a filter, counted up to COUNT_LIMIT."""
    where = " AND ".join(["h.tier = %(tier)s", *_conditions(filters)])
    return int(
        sql.value(
            f"""
            WITH {_with(filters)}
            SELECT count(*) FROM (SELECT FROM {_listings(filters)} WHERE {where} LIMIT %(limit)s) AS hits
            """,
            _parameters(tier, at, filters, category_ids) | {"limit": COUNT_LIMIT},
        )
    )


def _query(filters: StyleFilter) -> str:
    return tsquery_of(parse_words(filters.words))


def _with(filters: StyleFilter) -> str:
    conditions = ["s.starts_at <= %(at)s" if filters.sale_id is None else "s.id = %(sale)s AND s.preview_at <= %(at)s"]
    if filters.brand_id is not None:
        conditions.append("s.brand_id = %(brand)s")
    on_show = _ON_SHOW.format(conditions=" AND ".join(conditions))
    return f"{on_show}, {_FOUND}" if _query(filters) else on_show


def _listings(filters: StyleFilter) -> str:
    """The listings on show. With words the index of tokens says which; then they are few."""
    if _query(filters):
        return """found JOIN on_show ON on_show.id = found.sale_id
            JOIN flashsales_stylelisting h ON h.sale_id = found.sale_id AND h.style_id = found.style_id"""
    return "on_show JOIN flashsales_stylelisting h ON h.sale_id = on_show.id"


def _conditions(filters: StyleFilter, left: _Left = _LEFT_OF_ONE) -> list[str]:
    """What a filter asks of a listing, besides its tier."""
    asked = {
        "h.category_id = ANY(%(categories)s)": filters.category_id is not None,
        "h.sizes @> ARRAY[%(size)s]::varchar[]": bool(filters.size),
        "h.label_cut = %(cut)s": filters.label_cut is not None,
        f"({_PRICE}) >= %(min_price)s": filters.min_price_fen is not None,
        f"({_PRICE}) <= %(max_price)s": filters.max_price_fen is not None,
        f"({_PRICE}) * 100 <= h.tag_price_fen * %(percent)s": filters.max_percent_of_tag is not None,
        "EXISTS (SELECT FROM inventory_style y WHERE y.id = h.style_id AND y.picture <> '')": filters.has_picture,
        left.any: filters.available,
        f"{_UNITS_OF_SIZE} >= %(size_units)s": bool(filters.size and filters.size_units),
        f"{left.units} BETWEEN 1 AND %(max_left)s": filters.max_left is not None,
        # The cheap count comes first: it rules most styles out before the sizes are looked up.
        f"cardinality(h.sizes) >= {MIN_RUN_SIZES} AND {left.items} >= cardinality(h.sizes)"
        f" AND {left.sizes} = cardinality(h.sizes)": filters.full_run,
    }
    return [condition for condition, is_asked in asked.items() if is_asked]


def _parameters(tier: int, at: datetime, filters: StyleFilter, category_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "tier": tier,
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
