# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""Statements that change the units of sale items and the tallies of resellers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.sql.freight import FREIGHT_TERMS, HAS_FREIGHT
from flashsales.sql.item_prices import ITEM_PRICES, PRICE_AT
from flashsales.sql.openings import opens_at_sql
from flashsales.sql.waiting import OWN_RESERVATION
from flashsales.sql.waiting_room import IS_ADMITTED
from inventory.services.stock import move_units_sql

_LINES = """
lines AS (
    SELECT item_id, sum(units)::int AS units
    FROM unnest(%(items)s::bigint[], %(units)s::int[]) AS l(item_id, units) GROUP BY 1
)
"""

HOLD_UNITS = f"""
    live AS MATERIALIZED (
        SELECT i.id, i.sale_id, i.sku_id, i.limit_units, w.units, s.brand_id, s.price_list_id,
               coalesce(s.markdown_ends_at, s.ends_at) AS markdown_ends_at,
               s.limit_units AS sale_limit
        FROM requested_items w
        JOIN flashsales_saleitem i ON i.id = w.item_id
        JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE s.state = 'published' AND {opens_at_sql("%(opens_for)s::int")} <= %(now)s AND %(now)s < s.ends_at
          AND (%(opens_for)s::int IS NULL OR {IS_ADMITTED.format(sale="s.id", reseller="%(reseller)s", at="%(now)s")})
        ORDER BY i.id
        FOR UPDATE OF i
    ), sale_tally AS (
        INSERT INTO flashsales_saletally AS t (sale_id, reseller_id, units)
        SELECT sale_id, %(reseller)s, sum(units) FROM live GROUP BY sale_id, sale_limit
        HAVING sale_limit IS NULL OR sum(units) <= sale_limit
        ORDER BY sale_id
        ON CONFLICT (sale_id, reseller_id) DO UPDATE SET units = t.units + excluded.units
        WHERE t.units + excluded.units <= coalesce(
            (SELECT s.limit_units FROM flashsales_sale s WHERE s.id = t.sale_id), 2147483647)
        RETURNING sale_id
    ), item_tally AS (
        INSERT INTO flashsales_itemtally AS t (item_id, reseller_id, units)
        SELECT id, %(reseller)s, units FROM live WHERE limit_units IS NULL OR units <= limit_units
        ORDER BY id
        ON CONFLICT (item_id, reseller_id) DO UPDATE SET units = t.units + excluded.units
        WHERE t.units + excluded.units <= coalesce(
            (SELECT i.limit_units FROM flashsales_saleitem i WHERE i.id = t.item_id), 2147483647)
        RETURNING item_id
    ), held AS (
        UPDATE flashsales_saleitem i SET available = i.available - l.units, held = i.held + l.units
        FROM live l
        WHERE i.id = l.id AND i.available >= l.units
          AND l.sale_id IN (SELECT sale_id FROM sale_tally) AND l.id IN (SELECT item_id FROM item_tally)
        RETURNING i.id, i.sale_id, i.sku_id, l.brand_id, l.price_list_id, l.markdown_ends_at
    )
"""
"""Holds units; see `services.units.hold_units_sql`. Rows are locked in the order of their ids, so two grabs of the same items wait for each
other and do not deadlock."""


_HOLD = f"""
WITH {_LINES}, requested_items AS (SELECT item_id, units FROM lines), {HOLD_UNITS}
SELECT id FROM held
"""


def hold_units(*, item_ids: Sequence[int], units: Sequence[int], reseller_id: int, now: datetime) -> list[int]:
    """Hold units of items in live sales within the limits of a reseller; returns the items of which they could be held.

    The sales are live by their windows: she was let in for her tier when she asked for the units first (SALE-19).
    Where these are fewer than were asked for, the caller must roll back: tallies may have been raised all the same.
    """
    parameters = {"items": list(item_ids), "units": list(units), "reseller": reseller_id, "opens_for": None, "now": now}
    return sql.column(_HOLD, parameters)


_OFFERS = f"""
SELECT i.id AS item_id, i.sale_id, s.brand_id, i.style_id, i.sku_id, k.colour, k.size,
       i.available + coalesce(own.units, 0) AS available, coalesce(own.units, 0) AS reserved_units, s.title AS sale_title,
       concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS description,
       s.state, s.preview_at, s.starts_at, s.ends_at, s.opening_delays, {PRICE_AT} AS price_fen,
       i.limit_units AS item_limit, coalesce(it.units, 0) - coalesce(own.units, 0) AS item_taken,
       s.limit_units AS sale_limit, coalesce(st.units, 0) - coalesce((
           SELECT sum(r.units) FROM flashsales_reservation r JOIN flashsales_saleitem ri ON ri.id = r.item_id
           WHERE ri.sale_id = i.sale_id AND r.item_id = ANY(%(items)s::bigint[]) AND r.reseller_id = %(reseller)s
             AND r.ended_at IS NULL AND r.until > %(at)s
       ), 0)::int AS sale_taken,
       y.style_no, b.name AS brand_name, b.min_order_fen, b.min_order_units, coalesce(qs.terms, qa.terms) AS quantity_terms,
       g.rate AS admission_rate, a.admitted_from, i.draw_units, {FREIGHT_TERMS} AS freight_terms
FROM flashsales_saleitem i
JOIN flashsales_sale s ON s.id = i.sale_id
JOIN inventory_sku k ON k.id = i.sku_id
JOIN inventory_style y ON y.id = i.style_id
LEFT JOIN {ITEM_PRICES} p ON p.item_id = i.id AND p.tier = %(tier)s
LEFT JOIN flashsales_itemtally it ON it.item_id = i.id AND it.reseller_id = %(reseller)s
LEFT JOIN flashsales_saletally st ON st.sale_id = i.sale_id AND st.reseller_id = %(reseller)s
{OWN_RESERVATION}
LEFT JOIN flashsales_waitingroom g ON g.sale_id = i.sale_id
LEFT JOIN flashsales_roomticket a ON a.sale_id = i.sale_id AND a.reseller_id = %(reseller)s
JOIN brands_brand b ON b.id = s.brand_id
LEFT JOIN flashsales_salefreightterms f ON f.id = s.freight_terms_id
LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = i.style_id AND qs.sale_id = i.sale_id
LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = i.style_id AND qa.sale_id IS NULL
WHERE i.id = ANY(%(items)s::bigint[])
ORDER BY i.id
"""

_PLACEMENT_NEEDS = f"""
SELECT EXISTS (
    SELECT FROM flashsales_saleitem i
    JOIN flashsales_sale s ON s.id = i.sale_id
    JOIN brands_brand b ON b.id = s.brand_id
    LEFT JOIN flashsales_stylequantityterms q ON q.style_id = i.style_id AND (q.sale_id IS NULL OR q.sale_id = i.sale_id)
    WHERE i.id = ANY(%(items)s::bigint[]) AND (q.id IS NOT NULL OR b.min_order_fen IS NOT NULL OR b.min_order_units IS NOT NULL)
) AS has_quantity_terms, EXISTS (
    SELECT FROM flashsales_reservation r
    WHERE r.item_id = ANY(%(items)s::bigint[]) AND r.reseller_id = %(reseller)s AND r.ended_at IS NULL AND r.until > %(at)s
) AS has_reservations, EXISTS (
    SELECT FROM flashsales_saleitem i JOIN flashsales_sale s ON s.id = i.sale_id
    JOIN flashsales_salefreightterms f ON f.id = s.freight_terms_id
    WHERE i.id = ANY(%(items)s::bigint[]) AND {HAS_FREIGHT}
) AS has_freight
"""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A sale item as `flashsales.rules.Offer` has it, with the window of its sale instead of the phase."""

    item_id: int
    sale_id: int
    brand_id: int
    style_id: int
    sku_id: int
    colour: str
    size: str
    available: int
    reserved_units: int
    sale_title: str
    description: str
    state: str
    preview_at: datetime
    starts_at: datetime
    ends_at: datetime
    opening_delays: list[int] | None
    price_fen: int | None
    item_limit: int | None
    item_taken: int
    sale_limit: int | None
    sale_taken: int
    style_no: str
    brand_name: str
    min_order_fen: int | None
    min_order_units: int | None
    quantity_terms: str | None
    admission_rate: int | None
    admitted_from: datetime | None
    draw_units: int
    freight_terms: str | None


def read_offers(
    *, item_ids: Sequence[int], tier: int, reseller_id: int, at: datetime, for_update: bool
) -> list[OfferRow]:
    """Sale items with the price of a tier, what is left, and what a reseller has taken. `for_update` locks the items, as a grab does."""
    statement = f"{_OFFERS} FOR UPDATE OF i" if for_update else _OFFERS
    return sql.fetch(OfferRow, statement, {"items": list(item_ids), "tier": tier, "reseller": reseller_id, "at": at})


@dataclass(frozen=True, slots=True)
class PlacementNeeds:
    """What a placement of some items has to look at: quantity terms or order minimums, units reserved for the reseller, and freight."""

    has_quantity_terms: bool
    has_reservations: bool
    has_freight: bool


def read_placement_needs(*, item_ids: Sequence[int], reseller_id: int, at: datetime) -> PlacementNeeds:
    return sql.fetch_one(PlacementNeeds, _PLACEMENT_NEEDS, {"items": list(item_ids), "reseller": reseller_id, "at": at})


def find_siblings(*, item_ids: Sequence[int]) -> list[int]:
    """The items of the same styles in the same sales, the given ones among them."""
    return sql.column(
        """
        SELECT DISTINCT i.id FROM flashsales_saleitem named JOIN flashsales_saleitem i USING (sale_id, style_id)
        WHERE named.id = ANY(%(items)s::bigint[]) ORDER BY i.id
        """,
        {"items": list(item_ids)},
    )


def find_live_items(*, sku_ids: Sequence[int], at: datetime) -> list[int]:
    """The items with which these SKUs are in a live sale; a SKU is in one at most (SALE-2)."""
    return sql.column(
        """
        SELECT i.id FROM flashsales_saleitem i JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE i.sku_id = ANY(%(skus)s::bigint[]) AND s.state = 'published' AND s.starts_at <= %(at)s AND %(at)s < s.ends_at
        ORDER BY i.id
        """,
        {"skus": list(sku_ids), "at": at},
    )


def lock_live_sale(*, sale_id: int, at: datetime) -> bool:
    """Lock a sale against its closing until the transaction ends; whether it is live and not closed."""
    found = sql.column(
        """
        SELECT s.closed_at IS NULL AND s.state = 'published' AND s.starts_at <= %(at)s AND %(at)s < s.ends_at
        FROM flashsales_sale s WHERE s.id = %(sale)s FOR SHARE
        """,
        {"sale": sale_id, "at": at},
    )
    return found == [True]


@dataclass(frozen=True, slots=True)
class ChangedUnits:
    """The units of an item that a statement changed, and whether its sale is still open, that is, not closed."""

    item_id: int
    sku_id: int
    units: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    sku_id: int
    units: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    item_id: int
    available: int


def release_or_sell_units(
    *, item_ids: list[int], units: list[int], held: int, sold: int, returns_units: bool
) -> list[ChangedUnits]:
    """Change `held` and `sold` of items by -1, 0 or 1 times their units.

    With `returns_units` the units become available again, or count as returned where the sale is closed. The sales are locked in share
    mode: each is closed either before, and the units go to free stock, or after, and the closing takes them along.
    """
    return sql.fetch(
        ChangedUnits,
        f"""
        WITH {_LINES}, sales AS MATERIALIZED (
            SELECT s.id, s.closed_at IS NULL AS is_open FROM flashsales_sale s
            WHERE s.id IN (SELECT i.sale_id FROM flashsales_saleitem i JOIN lines l ON l.item_id = i.id)
            ORDER BY s.id FOR SHARE
        ), locked AS MATERIALIZED (
            SELECT i.id, l.units, s.is_open FROM flashsales_saleitem i
            JOIN lines l ON l.item_id = i.id JOIN sales s ON s.id = i.sale_id
            ORDER BY i.id FOR UPDATE OF i
        )
        UPDATE flashsales_saleitem i
        SET held = i.held + %(held)s * l.units,
            sold = i.sold + %(sold)s * l.units,
            available = i.available + CASE WHEN %(returns)s AND l.is_open THEN l.units ELSE 0 END,
            returned = i.returned + CASE WHEN %(returns)s AND NOT l.is_open THEN l.units ELSE 0 END,
            allotted = i.allotted + (%(held)s + %(sold)s) * l.units
                       + CASE WHEN %(returns)s AND l.is_open THEN l.units ELSE 0 END
        FROM locked l WHERE i.id = l.id
        RETURNING i.id AS item_id, i.sku_id, l.units, l.is_open
        """,
        {"items": item_ids, "units": units, "held": held, "sold": sold, "returns": returns_units},
    )


_SELL = f"""
WITH sold_lines AS (
    SELECT * FROM unnest(%(items)s::bigint[], %(units)s::int[], %(causes)s::text[]) AS l(item_id, units, cause)
), per_item AS (
    SELECT item_id, sum(units)::int AS units FROM sold_lines GROUP BY 1
), sales AS MATERIALIZED (
    SELECT s.id FROM flashsales_sale s
    WHERE s.id IN (SELECT i.sale_id FROM flashsales_saleitem i JOIN per_item l ON l.item_id = i.id)
    ORDER BY s.id FOR SHARE
), locked_items AS MATERIALIZED (
    SELECT i.id, l.units FROM flashsales_saleitem i JOIN per_item l ON l.item_id = i.id JOIN sales s ON s.id = i.sale_id
    ORDER BY i.id FOR UPDATE OF i
), sold AS (
    UPDATE flashsales_saleitem i SET held = i.held - l.units, sold = i.sold + l.units
    FROM locked_items l WHERE i.id = l.id RETURNING i.id, i.sku_id
), moves AS (
    SELECT s.sku_id, -sum(l.units)::int AS on_hand, -sum(l.units)::int AS allotted, l.cause
    FROM sold_lines l JOIN sold s ON s.id = l.item_id GROUP BY s.sku_id, l.cause
), {move_units_sql()}
SELECT (SELECT count(*) FROM sold)::int AS items, (SELECT count(*) FROM moves)::int AS moves, (SELECT count(*) FROM movements)::int AS moved
"""


@dataclass(frozen=True, slots=True)
class SoldCounts:
    """How many items were changed, how many movements were due by them, and how many were written."""

    items: int
    moves: int
    moved: int


def sell_units(
    *,
    item_ids: Sequence[int],
    units: Sequence[int],
    causes: Sequence[str],
    kind: str,
    person_id: int | None,
    now: datetime,
) -> SoldCounts:
    """Turn held units of items into sold ones and write the movements of their SKUs, of kind `kind`, by cause.

    Sales, items and SKUs are locked in this order, each by their ids, as a release of units and the grab lock them.
    """
    parameters = {
        "items": list(item_ids),
        "units": list(units),
        "causes": list(causes),
        "kind": kind,
        "person_id": person_id,
        "now": now,
    }
    return sql.fetch_one(SoldCounts, _SELL, parameters)


def lower_tallies(*, item_ids: list[int], units: list[int], reseller_id: int) -> None:
    """Lower what a reseller has taken, of the items and of their sales."""
    sql.execute(
        f"""
        WITH {_LINES}, items AS (
            UPDATE flashsales_itemtally t SET units = t.units - l.units
            FROM lines l WHERE t.item_id = l.item_id AND t.reseller_id = %(reseller)s
        ), sales AS (
            SELECT i.sale_id, sum(l.units)::int AS units
            FROM lines l JOIN flashsales_saleitem i ON i.id = l.item_id GROUP BY 1
        )
        UPDATE flashsales_saletally t SET units = t.units - s.units
        FROM sales s WHERE t.sale_id = s.sale_id AND t.reseller_id = %(reseller)s
        """,
        {"items": item_ids, "units": units, "reseller": reseller_id},
    )


def lock_open_item(*, sku_id: int) -> list[OpenItem]:
    """The item of a published sale that is not closed and has a SKU, locked with its sale as a release locks them; at most one."""
    return sql.fetch(
        OpenItem,
        """
        WITH sales AS MATERIALIZED (
            SELECT s.id FROM flashsales_sale s
            WHERE s.state = 'published' AND s.closed_at IS NULL
              AND s.id IN (SELECT sale_id FROM flashsales_saleitem WHERE sku_id = %(sku)s)
            ORDER BY s.id FOR SHARE
        )
        SELECT i.id AS item_id, i.available FROM flashsales_saleitem i JOIN sales s ON s.id = i.sale_id
        WHERE i.sku_id = %(sku)s ORDER BY i.id FOR UPDATE OF i
        """,
        {"sku": sku_id},
    )


def take_out(*, item_id: int, units: int) -> None:
    """Count available units of an item as returned before its sale is closed."""
    sql.execute(
        """
        UPDATE flashsales_saleitem
        SET available = available - %(units)s, returned = returned + %(units)s, allotted = allotted - %(units)s
        WHERE id = %(item)s
        """,
        {"item": item_id, "units": units},
    )


def return_unsold_units(*, sale_id: int) -> list[ReturnedUnits]:
    """Count all available units of a sale as returned. Items are locked in the order of their ids, as a grab locks them."""
    return sql.fetch(
        ReturnedUnits,
        """
        WITH unsold AS (
            SELECT id, available FROM flashsales_saleitem WHERE sale_id = %(sale)s AND available > 0 ORDER BY id FOR UPDATE
        )
        UPDATE flashsales_saleitem i
        SET allotted = i.allotted - u.available, available = 0, returned = i.returned + u.available
        FROM unsold u WHERE i.id = u.id
        RETURNING i.sku_id, u.available AS units
        """,
        {"sale": sale_id},
    )
