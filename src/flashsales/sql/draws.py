"""Statements of the draw of a sale (SALE-25). Who locks its row decides whether an entry comes before the draw or after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.rules.draw import Drawn


def lock_draw_to_enter(*, sale_id: int) -> bool:
    """Lock a draw against being drawn or called off until the transaction ends; False where the sale has none."""
    return bool(sql.column("SELECT 1 FROM flashsales_draw WHERE sale_id = %(sale)s FOR SHARE", {"sale": sale_id}))


def lock_draw(*, sale_id: int) -> bool:
    """Lock a sale as a release of units locks it, and its draw against entries, until the transaction ends; False without a draw."""
    sql.rows("SELECT 1 FROM flashsales_sale WHERE id = %(sale)s FOR SHARE", {"sale": sale_id})
    return bool(sql.column("SELECT 1 FROM flashsales_draw WHERE sale_id = %(sale)s FOR UPDATE", {"sale": sale_id}))


def write_entry(*, sale_id: int, item_id: int, reseller_id: int, units: int, now: datetime) -> int:
    """Write an entry, or the units of the one that she has; its id."""
    found: int = sql.value(
        """
        INSERT INTO flashsales_drawentry (draw_id, item_id, reseller_id, units, entered_at)
        VALUES (%(sale)s, %(item)s, %(reseller)s, %(units)s, %(now)s)
        ON CONFLICT (item_id, reseller_id) WHERE withdrawn_at IS NULL DO UPDATE SET units = excluded.units
        RETURNING id
        """,
        {"sale": sale_id, "item": item_id, "reseller": reseller_id, "units": units, "now": now},
    )
    return found


def hold_for_draw(*, sale_id: int) -> int:
    """Hold all units of the drawn items of a sale for its draw; of how many items. No order can take them until they are given out."""
    return sql.execute(
        """
        UPDATE flashsales_saleitem SET held = held + available, draw_units = available, available = 0
        WHERE sale_id = %(sale)s AND is_drawn AND available > 0
        """,
        {"sale": sale_id},
    )


def release_from_draw(*, item_ids: Sequence[int]) -> list[int]:
    """Make the units of items available that are held for a draw; returns the items. They must be locked by this transaction."""
    return sql.column(
        """
        UPDATE flashsales_saleitem SET available = available + draw_units, held = held - draw_units, draw_units = 0
        WHERE id = ANY(%(items)s::bigint[]) AND draw_units > 0 RETURNING id
        """,
        {"items": list(item_ids)},
    )


def find_drawn(*, sale_id: int) -> list[Drawn]:
    """The entries that take part in the draw of a sale."""
    return sql.fetch(
        Drawn,
        """
        SELECT id AS number, item_id, units FROM flashsales_drawentry WHERE draw_id = %(sale)s AND withdrawn_at IS NULL
        ORDER BY item_id, id
        """,
        {"sale": sale_id},
    )


def write_ranks(*, numbers: Sequence[int], ranks: Sequence[int]) -> None:
    """Write the places of entries; the arrays are of one length."""
    sql.execute(
        """
        UPDATE flashsales_drawentry e SET rank = r.rank
        FROM unnest(%(numbers)s::bigint[], %(ranks)s::int[]) AS r (id, rank) WHERE e.id = r.id
        """,
        {"numbers": list(numbers), "ranks": list(ranks)},
    )


@dataclass(frozen=True, slots=True)
class RankedRow:
    """An entry with its place, and the name and quantity terms of its goods."""

    number: int
    item_id: int
    units: int
    reseller_id: int
    rank: int
    goods: str
    quantity_terms: str | None


def find_ranked(*, item_id: int) -> list[RankedRow]:
    """The entries of an item in the order of the draw."""
    return sql.fetch(
        RankedRow,
        """
        SELECT e.id AS number, e.item_id, e.units, e.reseller_id, e.rank,
               concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods,
               coalesce(qs.terms, qa.terms) AS quantity_terms
        FROM flashsales_drawentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = i.style_id AND qs.sale_id = i.sale_id
        LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = i.style_id AND qa.sale_id IS NULL
        WHERE e.item_id = %(item)s AND e.rank IS NOT NULL ORDER BY e.rank
        """,
        {"item": item_id},
    )


def insert_waiting_entries(*, item_id: int, source: str) -> None:
    """Put the entries of an item on its waiting list in the order of the draw, before everybody who asks later."""
    sql.execute(
        """
        WITH ranked AS MATERIALIZED (
            SELECT e.id, e.item_id, e.reseller_id, e.units, d.closes_at FROM flashsales_drawentry e
            JOIN flashsales_draw d ON d.sale_id = e.draw_id WHERE e.item_id = %(item)s AND e.rank IS NOT NULL ORDER BY e.rank
        ), waiting AS (
            INSERT INTO flashsales_waitingentry (item_id, reseller_id, units, taken_units, source, asked_at, "end")
            SELECT item_id, reseller_id, units, 0, %(source)s, closes_at, '' FROM ranked
            RETURNING id, reseller_id
        )
        UPDATE flashsales_drawentry e SET waiting_entry_id = w.id
        FROM waiting w, ranked r WHERE r.id = e.id AND w.reseller_id = r.reseller_id
        """,
        {"item": item_id, "source": source},
    )


@dataclass(frozen=True, slots=True)
class ReservedUnits:
    """How many units are reserved for an entry of a draw."""

    number: int
    units: int


def find_reserved(*, item_id: int) -> list[ReservedUnits]:
    """What is reserved for the entries of an item; in the transaction that gave its units out that is what they won."""
    return sql.fetch(
        ReservedUnits,
        """
        SELECT e.id AS number, r.units FROM flashsales_drawentry e
        JOIN flashsales_reservation r ON r.entry_id = e.waiting_entry_id AND r.ended_at IS NULL
        WHERE e.item_id = %(item)s
        """,
        {"item": item_id},
    )


def write_won(*, numbers: Sequence[int], won_units: Sequence[int], limit_units: Sequence[int | None]) -> None:
    """Write what entries won; the arrays are of one length."""
    sql.execute(
        """
        UPDATE flashsales_drawentry e SET won_units = w.won_units, limit_units = w.limit_units
        FROM unnest(%(numbers)s::bigint[], %(won)s::int[], %(limits)s::int[]) AS w (id, won_units, limit_units) WHERE e.id = w.id
        """,
        {"numbers": list(numbers), "won": list(won_units), "limits": list(limit_units)},
    )


@dataclass(frozen=True, slots=True)
class Codes:
    """What of the given codes a draft has: SKUs that are meant, and codes that mean none of its goods."""

    item_ids: list[int]
    unknown: list[str]


def find_items_by_codes(*, sale_id: int, codes: Sequence[str]) -> Codes:
    """The items of a sale that are meant by style numbers or barcodes."""
    return sql.fetch_one(
        Codes,
        """
        WITH found AS MATERIALIZED (
            SELECT c.code, i.id FROM unnest(%(codes)s::text[]) AS c (code)
            LEFT JOIN (flashsales_saleitem i JOIN inventory_sku k ON k.id = i.sku_id JOIN inventory_style y ON y.id = i.style_id)
                ON i.sale_id = %(sale)s AND (y.style_no = c.code OR k.barcode = c.code)
        )
        SELECT coalesce(array_agg(DISTINCT id) FILTER (WHERE id IS NOT NULL), ARRAY[]::bigint[]) AS item_ids,
               coalesce(array_agg(code) FILTER (WHERE id IS NULL), ARRAY[]::text[]) AS unknown
        FROM found
        """,
        {"sale": sale_id, "codes": list(codes)},
    )


@dataclass(frozen=True, slots=True)
class DrawnItemRow:
    """A drawn item of a sale: the units that are given out, how many entries and units it has, and what she entered."""

    item_id: int
    style_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    goods: str
    units: int
    draw_units: int
    limit_units: int | None
    entry_count: int
    entered_units: int
    own_number: int | None
    own_units: int | None
    own_rank: int | None
    own_won_units: int | None
    own_limit_units: int | None
    own_reservation_id: int | None
    own_reserved_units: int | None
    own_reserved_until: datetime | None
    own_taken_units: int | None
    own_end: str | None
    sale_limit: int | None
    own_item_taken: int
    own_sale_taken: int
    quantity_terms: str | None


def find_drawn_items(*, sale_id: int, reseller_id: int | None, at: datetime) -> list[DrawnItemRow]:
    """The drawn items of a sale in the order of styles, with the entries of a reseller where one is named."""
    return sql.fetch(
        DrawnItemRow,
        """
        SELECT i.id AS item_id, i.style_id, y.style_no, y.name AS style_name, y.picture, k.colour, k.size,
               concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods, i.planned AS units, i.draw_units,
               i.limit_units, t.entry_count, t.entered_units,
               own.id AS own_number, own.units AS own_units, own.rank AS own_rank, own.won_units AS own_won_units,
               own.limit_units AS own_limit_units, r.id AS own_reservation_id, r.units AS own_reserved_units,
               r.until AS own_reserved_until, w.taken_units AS own_taken_units, w."end" AS own_end,
               s.limit_units AS sale_limit, coalesce(it.units, 0) AS own_item_taken, coalesce(st.units, 0) AS own_sale_taken,
               coalesce(qs.terms, qa.terms) AS quantity_terms
        FROM flashsales_saleitem i
        JOIN flashsales_sale s ON s.id = i.sale_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        LEFT JOIN flashsales_itemtally it ON it.item_id = i.id AND it.reseller_id = %(reseller)s::bigint
        LEFT JOIN flashsales_saletally st ON st.sale_id = i.sale_id AND st.reseller_id = %(reseller)s::bigint
        CROSS JOIN LATERAL (
            SELECT count(*)::int AS entry_count, coalesce(sum(e.units), 0)::int AS entered_units
            FROM flashsales_drawentry e WHERE e.item_id = i.id AND e.withdrawn_at IS NULL
        ) AS t
        LEFT JOIN flashsales_drawentry own ON own.item_id = i.id AND own.reseller_id = %(reseller)s::bigint AND own.withdrawn_at IS NULL
        LEFT JOIN flashsales_waitingentry w ON w.id = own.waiting_entry_id
        LEFT JOIN flashsales_reservation r ON r.entry_id = w.id AND r.ended_at IS NULL AND r.until > %(at)s
        LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = i.style_id AND qs.sale_id = i.sale_id
        LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = i.style_id AND qa.sale_id IS NULL
        WHERE i.sale_id = %(sale)s AND i.is_drawn
        ORDER BY y.style_no, k.colour, i.id
        """,
        {"sale": sale_id, "reseller": reseller_id, "at": at},
    )


@dataclass(frozen=True, slots=True)
class DrawResultRow:
    """An entry of a draw as ops see it: who it is, what it won, and what became of it."""

    number: int
    item_id: int
    goods: str
    units: int
    entered_at: datetime
    rank: int | None
    won_units: int | None
    limit_units: int | None
    taken_units: int
    reserved_units: int
    reserved_until: datetime | None
    end: str
    reseller_id: int
    reseller_name: str


def find_results(*, sale_id: int, limit: int) -> list[DrawResultRow]:
    """The entries of a draw by goods, in the order of the draw, or of entering before it is drawn."""
    return sql.fetch(
        DrawResultRow,
        """
        SELECT e.id AS number, e.item_id, concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods,
               e.units, e.entered_at, e.rank, e.won_units, e.limit_units, coalesce(w.taken_units, 0) AS taken_units,
               coalesce(r.units, 0) AS reserved_units, r.until AS reserved_until, coalesce(w."end", '') AS "end",
               e.reseller_id, p.name AS reseller_name
        FROM flashsales_drawentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        JOIN membership_reseller m ON m.id = e.reseller_id
        JOIN accounts_person p ON p.id = m.person_id
        LEFT JOIN flashsales_waitingentry w ON w.id = e.waiting_entry_id
        LEFT JOIN flashsales_reservation r ON r.entry_id = w.id AND r.ended_at IS NULL
        WHERE e.draw_id = %(sale)s AND e.withdrawn_at IS NULL
        ORDER BY y.style_no, k.colour, e.item_id, e.rank, e.id LIMIT %(limit)s
        """,
        {"sale": sale_id, "limit": limit},
    )
