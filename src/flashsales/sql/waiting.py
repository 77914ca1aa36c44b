"""Statements of the waiting list: the queue of an item, and units that are reserved for a reseller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.rules.waiting import Demand, OwnEntry

MAX_QUEUE = 1000
"""Entries that one reading of the queue considers; units that come back are few, and what is left over is reserved by the next reading."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An entry that may get units of an item now, with what is left of the item and of her limits.

    `draw_entry_id` is set where a draw gave it its place; then units are reserved for `order_minutes` (SALE-25).
    """

    entry_id: int
    item_id: int
    reseller_id: int
    units: int
    available: int
    sale_id: int
    ends_at: datetime
    goods: str
    item_limit: int | None
    item_taken: int
    sale_limit: int | None
    sale_taken: int
    quantity_terms: str | None
    draw_entry_id: int | None
    order_minutes: int | None


def read_queue(*, item_ids: Sequence[int], at: datetime) -> list[QueueRow]:
    """The entries that may get units of these items, in the order of asking. The items must be locked by this transaction."""
    return sql.fetch(
        QueueRow,
        """
        SELECT e.id AS entry_id, e.item_id, e.reseller_id, e.units - e.taken_units AS units, i.available, i.sale_id, s.ends_at,
               concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods,
               i.limit_units AS item_limit, coalesce(it.units, 0) AS item_taken,
               s.limit_units AS sale_limit, coalesce(st.units, 0) AS sale_taken,
               coalesce(qs.terms, qa.terms) AS quantity_terms, d.id AS draw_entry_id, w.order_minutes
        FROM flashsales_waitingentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id
        JOIN flashsales_sale s ON s.id = i.sale_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        JOIN membership_reseller r ON r.id = e.reseller_id
        JOIN accounts_person p ON p.id = r.person_id AND p.is_active
        LEFT JOIN flashsales_itemtally it ON it.item_id = i.id AND it.reseller_id = e.reseller_id
        LEFT JOIN flashsales_saletally st ON st.sale_id = i.sale_id AND st.reseller_id = e.reseller_id
        LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = i.style_id AND qs.sale_id = i.sale_id
        LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = i.style_id AND qa.sale_id IS NULL
        LEFT JOIN flashsales_drawentry d ON d.waiting_entry_id = e.id
        LEFT JOIN flashsales_draw w ON w.sale_id = d.draw_id
        WHERE e.item_id = ANY(%(items)s::bigint[]) AND e.ended_at IS NULL AND coalesce(e.rests_until <= %(at)s, true)
          AND i.available > 0 AND s.closed_at IS NULL AND s.state = 'published' AND s.starts_at <= %(at)s AND %(at)s < s.ends_at
          AND NOT EXISTS (
              SELECT FROM flashsales_reservation o
              WHERE o.item_id = e.item_id AND o.reseller_id = e.reseller_id AND o.ended_at IS NULL
          )
        ORDER BY e.item_id, e.asked_at, e.id LIMIT %(limit)s
        """,
        {"items": list(item_ids), "at": at, "limit": MAX_QUEUE},
    )


def find_items_waited_for(*, at: datetime) -> list[int]:
    """Items of live sales that have available units, and entries which wait for them."""
    return sql.column(
        """
        SELECT DISTINCT e.item_id FROM flashsales_waitingentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id AND i.available > 0
        JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE e.ended_at IS NULL AND s.closed_at IS NULL AND s.state = 'published' AND s.starts_at <= %(at)s AND %(at)s < s.ends_at
        ORDER BY 1
        """,
        {"at": at},
    )


def lock_items(*, item_ids: Sequence[int]) -> None:
    """Lock items until the transaction ends, after their sales, as a release locks them: a sale is closed before or after."""
    sql.rows(
        """
        WITH sales AS MATERIALIZED (
            SELECT s.id FROM flashsales_sale s
            WHERE s.id IN (SELECT sale_id FROM flashsales_saleitem WHERE id = ANY(%(items)s::bigint[])) ORDER BY s.id FOR SHARE
        )
        SELECT i.id FROM flashsales_saleitem i JOIN sales s ON s.id = i.sale_id
        WHERE i.id = ANY(%(items)s::bigint[]) ORDER BY i.id FOR UPDATE OF i
        """,
        {"items": list(item_ids)},
        prepared=True,
    )


@dataclass(frozen=True, slots=True)
class ReservedRow:
    """Units that are reserved, with the entry that they are reserved for and how many it still waits for."""

    id: int
    entry_id: int
    item_id: int
    units: int
    wanted_units: int


def lock_own_reservations(*, reseller_id: int, item_ids: Sequence[int], at: datetime) -> list[ReservedRow]:
    """The reservations of a reseller that hold at this instant, locked after their items.

    Units of a closed sale are left out: no order can take them, and they return to free stock when their reservation ends.
    """
    return sql.fetch(
        ReservedRow,
        """
        SELECT r.id, r.entry_id, r.item_id, r.units, e.units - e.taken_units AS wanted_units
        FROM flashsales_reservation r JOIN flashsales_waitingentry e ON e.id = r.entry_id
        JOIN flashsales_saleitem i ON i.id = r.item_id
        JOIN flashsales_sale s ON s.id = i.sale_id AND s.closed_at IS NULL
        WHERE r.reseller_id = %(reseller)s AND r.item_id = ANY(%(items)s::bigint[]) AND r.ended_at IS NULL AND r.until > %(at)s
        ORDER BY r.item_id FOR UPDATE OF r, e FOR SHARE OF s
        """,
        {"reseller": reseller_id, "items": list(item_ids), "at": at},
    )


def lock_items_of_sale(*, sale_id: int) -> None:
    """Lock all items of a sale in the order of their ids, as a grab locks several. The sale must be locked by this transaction."""
    sql.rows(
        """
        SELECT count(*) FROM (SELECT FROM flashsales_saleitem WHERE sale_id = %(sale)s ORDER BY id FOR UPDATE) AS locked
        """,
        {"sale": sale_id},
    )


@dataclass(frozen=True, slots=True)
class EndedReservation:
    """Units that were reserved until `until`, with the name of the goods; `draw_entry_id` is set where a draw gave it its place."""

    entry_id: int
    reseller_id: int
    units: int
    until: datetime
    goods: str
    draw_entry_id: int | None


def end_reservations_of_sale(*, sale_id: int, outcome: str, now: datetime) -> list[EndedReservation]:
    """End what is reserved of a sale, make its units available, and lower the tallies. All its items must be locked by this transaction."""
    return sql.fetch(
        EndedReservation,
        """
        WITH ended AS (
            UPDATE flashsales_reservation r SET ended_at = %(now)s, outcome = %(outcome)s
            FROM flashsales_saleitem i WHERE i.id = r.item_id AND i.sale_id = %(sale)s AND r.ended_at IS NULL
            RETURNING r.id, r.entry_id, r.item_id, r.reseller_id, r.units, r.until
        ), items AS (
            UPDATE flashsales_saleitem i SET held = i.held - e.units, available = i.available + e.units
            FROM (SELECT item_id, sum(units)::int AS units FROM ended GROUP BY 1) e WHERE i.id = e.item_id
        ), item_tallies AS (
            UPDATE flashsales_itemtally t SET units = t.units - e.units
            FROM ended e WHERE t.item_id = e.item_id AND t.reseller_id = e.reseller_id
        ), sale_tallies AS (
            UPDATE flashsales_saletally t SET units = t.units - e.units
            FROM (SELECT reseller_id, sum(units)::int AS units FROM ended GROUP BY 1) e
            WHERE t.sale_id = %(sale)s AND t.reseller_id = e.reseller_id
        )
        SELECT e.entry_id, e.reseller_id, e.units, e.until, d.id AS draw_entry_id,
               concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods
        FROM ended e
        JOIN flashsales_saleitem i ON i.id = e.item_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        LEFT JOIN flashsales_drawentry d ON d.waiting_entry_id = e.entry_id
        ORDER BY e.id
        """,
        {"sale": sale_id, "outcome": outcome, "now": now},
    )


def end_entries_of_sale(*, sale_id: int, end: str, now: datetime) -> None:
    """Take everybody off the waiting list of a sale."""
    sql.execute(
        """
        UPDATE flashsales_waitingentry e SET ended_at = %(now)s, "end" = %(end)s
        FROM flashsales_saleitem i WHERE i.id = e.item_id AND i.sale_id = %(sale)s AND e.ended_at IS NULL
        """,
        {"sale": sale_id, "end": end, "now": now},
    )


OWN_RESERVATION = """
LEFT JOIN flashsales_reservation own
       ON own.item_id = i.id AND own.reseller_id = %(reseller)s AND own.ended_at IS NULL AND own.until > %(at)s
"""
"""Adds to each sale item `i` what is reserved for a reseller at an instant, as `own`; parameters `reseller` and `at`."""


def find_own_entries(*, reseller_id: int, at: datetime, item_ids: Sequence[int] | None = None) -> list[OwnEntry]:
    """The open entries of a reseller in live sales: what is reserved for her first, then in the order of asking."""
    return sql.fetch(
        OwnEntry,
        """
        SELECT e.id, e.item_id, i.sale_id, s.title AS sale_title, s.ends_at, i.style_id, y.style_no, y.name AS style_name,
               y.picture, k.colour, k.size, e.units, e.taken_units, e.source, e.asked_at, e.rests_until,
               (SELECT count(*) FROM flashsales_waitingentry o
                WHERE o.item_id = e.item_id AND o.ended_at IS NULL AND (o.asked_at, o.id) <= (e.asked_at, e.id))::int AS place,
               r.id AS reservation_id, coalesce(r.units, 0) AS reserved_units, r.until AS reserved_until
        FROM flashsales_waitingentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id
        JOIN flashsales_sale s ON s.id = i.sale_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        LEFT JOIN flashsales_reservation r ON r.entry_id = e.id AND r.ended_at IS NULL AND r.until > %(at)s
        WHERE e.reseller_id = %(reseller)s AND e.ended_at IS NULL AND s.state = 'published' AND %(at)s < s.ends_at
          AND (%(items)s::bigint[] IS NULL OR e.item_id = ANY(%(items)s::bigint[]))
        ORDER BY r.until, e.asked_at, e.id
        """,
        {"reseller": reseller_id, "at": at, "items": None if item_ids is None else list(item_ids)},
    )


def find_demand(*, sale_id: int, limit: int) -> list[Demand]:
    """The items of a sale that resellers wait for, the most wanted first."""
    return sql.fetch(
        Demand,
        """
        SELECT i.id AS item_id, y.style_no, k.colour, k.size, sum(e.units - e.taken_units)::int AS waiting_units,
               count(DISTINCT e.reseller_id)::int AS resellers,
               coalesce((SELECT sum(r.units) FROM flashsales_reservation r WHERE r.item_id = i.id AND r.ended_at IS NULL), 0)::int
                   AS reserved_units
        FROM flashsales_waitingentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        WHERE i.sale_id = %(sale)s AND e.ended_at IS NULL
        GROUP BY i.id, y.style_no, k.colour, k.size
        ORDER BY waiting_units DESC, i.id LIMIT %(limit)s
        """,
        {"sale": sale_id, "limit": limit},
    )
