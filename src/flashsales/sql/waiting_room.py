"""Statements of the waiting room (SALE-24). A look at one's place is one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db import sql


@dataclass(frozen=True, slots=True)
class TicketRow:
    """The waiting room of a sale with the ticket of a reseller; `ticket_id` is None where she has none."""

    sale_id: int
    rate: int
    starts_at: datetime
    ends_at: datetime
    preview_at: datetime
    opening_delays: list[int] | None
    ticket_id: int | None
    opens_at: datetime | None
    admitted_from: datetime | None


_TICKET = """
SELECT r.sale_id, r.rate, s.starts_at, s.ends_at, s.preview_at, s.opening_delays, t.id AS ticket_id, t.opens_at, t.admitted_from
FROM flashsales_waitingroom r
JOIN flashsales_sale s ON s.id = r.sale_id AND s.state = 'published'
LEFT JOIN flashsales_roomticket t ON t.sale_id = r.sale_id AND t.reseller_id = %(reseller)s
WHERE r.sale_id = ANY(%(sales)s::bigint[]) ORDER BY r.sale_id
"""

# The row of the room is locked by its update, so two draws follow one another. Its conditions are read before it waits for that row, so two
# draws of one reseller must exclude each other before (`lock_draws`), or each of them would take a place from the queue.
# Where tickets from before the opening have no place yet, or she has a ticket, nothing is drawn.
_DRAW = """
WITH room AS (
    UPDATE flashsales_waitingroom r SET next_admission_at = greatest(r.next_admission_at, %(now)s::timestamptz) + %(interval)s::interval
    WHERE r.sale_id = %(sale)s
      AND NOT EXISTS (SELECT FROM flashsales_roomticket t
                      WHERE t.sale_id = r.sale_id AND t.admitted_from IS NULL AND t.opens_at <= %(now)s::timestamptz)
      AND NOT EXISTS (SELECT FROM flashsales_roomticket t WHERE t.sale_id = r.sale_id AND t.reseller_id = %(reseller)s)
    RETURNING r.sale_id, r.next_admission_at - %(interval)s::interval AS admitted_from
)
INSERT INTO flashsales_roomticket (sale_id, reseller_id, drawn_at, opens_at, admitted_from)
SELECT sale_id, %(reseller)s::bigint, %(now)s::timestamptz, %(opens_at)s::timestamptz, admitted_from FROM room
ON CONFLICT (sale_id, reseller_id) DO NOTHING
RETURNING admitted_from
"""


def find_tickets(*, reseller_id: int, sale_ids: Sequence[int]) -> list[TicketRow]:
    """The waiting rooms of published sales among these, with her tickets."""
    return sql.fetch(TicketRow, _TICKET, {"reseller": reseller_id, "sales": list(sale_ids)}, prepared=True)


def lock_draws(*, sale_id: int, reseller_id: int) -> None:
    """Let the draws of one reseller for a sale follow one another, until the transaction ends; those of others are not concerned."""
    sql.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('flashsales.room_ticket:' || %(sale)s || ':' || %(reseller)s, 0))",
        {"sale": sale_id, "reseller": reseller_id},
    )


def draw_ticket(
    *, sale_id: int, reseller_id: int, opens_at: datetime, interval: timedelta, now: datetime
) -> datetime | None:
    """Draw a ticket at the end of the queue; from when it is admitted. None where nothing was drawn.

    Her draws must be locked by this transaction.
    """
    drawn = sql.rows(
        _DRAW,
        {"sale": sale_id, "reseller": reseller_id, "opens_at": opens_at, "interval": interval, "now": now},
        prepared=True,
    )
    return drawn[0]["admitted_from"] if drawn else None


def draw_early_ticket(*, sale_id: int, reseller_id: int, opens_at: datetime, now: datetime) -> None:
    """Draw a ticket before the opening, which gets its place then; one that waits for a later opening comes to this one."""
    sql.execute(
        """
        INSERT INTO flashsales_roomticket AS t (sale_id, reseller_id, drawn_at, opens_at)
        VALUES (%(sale)s, %(reseller)s, %(now)s, %(opens_at)s)
        ON CONFLICT (sale_id, reseller_id) DO UPDATE SET opens_at = least(t.opens_at, excluded.opens_at) WHERE t.admitted_from IS NULL
        """,
        {"sale": sale_id, "reseller": reseller_id, "opens_at": opens_at, "now": now},
    )


def lock_room(*, sale_id: int) -> datetime | None:
    """Lock a waiting room until the transaction ends; from when the next one may be admitted, None where nobody has been yet."""
    found: list[datetime | None] = sql.column(
        "SELECT next_admission_at FROM flashsales_waitingroom WHERE sale_id = %(sale)s FOR UPDATE", {"sale": sale_id}
    )
    return found[0]


@dataclass(frozen=True, slots=True)
class EarlyTicket:
    id: int
    reseller_id: int
    opens_at: datetime


def find_early_tickets(*, sale_id: int, at: datetime) -> list[EarlyTicket]:
    """The tickets that have no place though the sale has opened for them. The room must be locked by this transaction."""
    return sql.fetch(
        EarlyTicket,
        """
        SELECT id, reseller_id, opens_at FROM flashsales_roomticket
        WHERE sale_id = %(sale)s AND admitted_from IS NULL AND opens_at <= %(at)s ORDER BY opens_at, id
        """,
        {"sale": sale_id, "at": at},
    )


def give_places(
    *, sale_id: int, ticket_ids: Sequence[int], admitted_from: Sequence[datetime], next_at: datetime | None
) -> None:
    """Write the places of tickets, and from when the next one may be admitted. The room must be locked by this transaction."""
    sql.execute(
        """
        WITH room AS (UPDATE flashsales_waitingroom SET next_admission_at = %(next_at)s WHERE sale_id = %(sale)s)
        UPDATE flashsales_roomticket t SET admitted_from = p.admitted_from
        FROM unnest(%(tickets)s::bigint[], %(admitted)s::timestamptz[]) AS p (id, admitted_from) WHERE t.id = p.id
        """,
        {"sale": sale_id, "tickets": list(ticket_ids), "admitted": list(admitted_from), "next_at": next_at},
    )


def find_sales_of_items(*, item_ids: Sequence[int]) -> list[int]:
    """The sales of these items that have a waiting room."""
    return sql.column(
        """
        SELECT DISTINCT i.sale_id FROM flashsales_saleitem i JOIN flashsales_waitingroom r ON r.sale_id = i.sale_id
        WHERE i.id = ANY(%(items)s::bigint[]) ORDER BY i.sale_id
        """,
        {"items": list(item_ids)},
    )


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """How many resellers have a ticket and no place yet, wait for their turn, and were admitted."""

    early: int
    waiting: int
    admitted: int


def count_tickets(*, sale_id: int, at: datetime) -> RoomFigures:
    return sql.fetch_one(
        RoomFigures,
        """
        SELECT (count(*) FILTER (WHERE admitted_from IS NULL))::int AS early,
               (count(*) FILTER (WHERE admitted_from > %(at)s))::int AS waiting,
               (count(*) FILTER (WHERE admitted_from <= %(at)s))::int AS admitted
        FROM flashsales_roomticket WHERE sale_id = %(sale)s
        """,
        {"sale": sale_id, "at": at},
    )


IS_ADMITTED = """(
    NOT EXISTS (SELECT FROM flashsales_waitingroom g WHERE g.sale_id = {sale})
    OR EXISTS (SELECT FROM flashsales_roomticket g
               WHERE g.sale_id = {sale} AND g.reseller_id = {reseller} AND g.admitted_from <= {at})
)"""
"""Whether a reseller may grab in a sale at an instant, as far as its waiting room goes: `rules.waiting_room.place_at` in SQL."""
