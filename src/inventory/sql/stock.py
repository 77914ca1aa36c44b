"""Quantities of SKUs and their movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql

# No key of a SKU changes here. Under FOR UPDATE the foreign keys of a grab, which are checked as it commits, would wait for a payment
# that may itself wait for the row of that reseller.
MOVE_UNITS = """
move_sums AS (
    SELECT sku_id, sum(on_hand)::int AS on_hand, sum(allotted)::int AS allotted FROM moves GROUP BY 1
), locked_skus AS MATERIALIZED (
    SELECT s.id FROM inventory_sku s JOIN move_sums m ON m.sku_id = s.id ORDER BY s.id FOR NO KEY UPDATE OF s
), moved_skus AS (
    UPDATE inventory_sku s SET on_hand = s.on_hand + m.on_hand, allotted = s.allotted + m.allotted
    FROM move_sums m, locked_skus WHERE s.id = m.sku_id AND s.id = locked_skus.id
    RETURNING s.id
), movements AS (
    INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
    SELECT m.sku_id, %(kind)s, m.cause, m.on_hand, m.allotted, %(now)s, %(person_id)s FROM moves m JOIN moved_skus s ON s.id = m.sku_id
    RETURNING id
)
"""
"""Moves units; see `services.stock.move_units_sql`."""

_MOVE_UNITS = f"""
WITH moves AS (
    SELECT * FROM unnest(%(sku_ids)s::bigint[], %(on_hand)s::int[], %(allotted)s::int[], %(causes)s::text[])
        AS m(sku_id, on_hand, allotted, cause)
), {MOVE_UNITS}
SELECT count(*)::int FROM movements
"""  # noqa: S608 - the inserted part is a constant

_STOCK_TOTALS = """
SELECT count(DISTINCT style_id) AS styles, count(*) AS skus, coalesce(sum(on_hand), 0)::bigint AS units,
       coalesce(sum(allotted), 0)::bigint AS allotted, coalesce(sum(on_hand * base_price_fen), 0)::bigint AS base_value_fen
FROM inventory_sku WHERE brand_id = %(brand_id)s AND listed
"""


@dataclass(frozen=True, slots=True)
class StockTotals:
    """A brand's listed stock: styles, SKUs and units, of them allotted to sales; what all is worth at base price, in fen."""

    styles: int
    skus: int
    units: int
    allotted: int
    base_value_fen: int


def move_units(
    *,
    sku_ids: Sequence[int],
    on_hand: Sequence[int],
    allotted: Sequence[int],
    causes: Sequence[str],
    kind: str,
    person_id: int | None,
    now: datetime,
) -> int:
    """Add to the quantities of SKUs and append a movement for each place of the sequences; returns how many movements."""
    parameters = {
        "sku_ids": list(sku_ids),
        "on_hand": list(on_hand),
        "allotted": list(allotted),
        "causes": list(causes),
        "kind": kind,
        "person_id": person_id,
        "now": now,
    }
    return int(sql.value(_MOVE_UNITS, parameters))


def lock_skus(*, sku_ids: Sequence[int]) -> None:
    """Lock SKUs until the transaction ends, in the order of their ids; rows may still refer to them."""
    sql.execute(
        "SELECT id FROM inventory_sku WHERE id = ANY(%(skus)s::bigint[]) ORDER BY id FOR NO KEY UPDATE",
        {"skus": list(sku_ids)},
    )


def lock_and_read_free_units(*, sku_ids: Sequence[int]) -> dict[int, int]:
    """Units on hand that are not allotted, by SKU, with the SKUs locked in the order of their ids until the transaction ends.

    Rows may still refer to them: a grab of them in another sale goes on.
    """
    return {
        row["id"]: row["free"]
        for row in sql.rows(
            """
            SELECT id, on_hand - allotted AS free FROM inventory_sku WHERE id = ANY(%(skus)s::bigint[])
            ORDER BY id FOR NO KEY UPDATE
            """,
            {"skus": list(sku_ids)},
        )
    }


def next_movement_seq() -> int:
    """A number in the order of movements: no movement so far has a higher one, all later ones will."""
    return int(sql.value("SELECT nextval('inventory_movement_id_seq')", {}))


def stock_totals(*, brand_id: int) -> StockTotals:
    return sql.fetch_one(StockTotals, _STOCK_TOTALS, {"brand_id": brand_id})
