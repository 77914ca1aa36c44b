# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""Statements that change the units of sale items and the tallies of resellers."""

from dataclasses import dataclass

from db import sql

_LINES = """
lines AS (
    SELECT item_id, sum(units)::int AS units
    FROM unnest(%(items)s::bigint[], %(units)s::int[]) AS l(item_id, units) GROUP BY 1
)
"""


@dataclass(frozen=True, slots=True)
class ChangedUnits:
    """The units of a SKU that a statement changed, and whether its sale is still open, that is, not closed."""

    sku_id: int
    units: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    sku_id: int
    units: int


def change_units(
    *, item_ids: list[int], units: list[int], held: int, sold: int, returns_units: bool
) -> list[ChangedUnits]:
    """Change `held` and `sold` of items by -1, 0 or 1 times their units.

    With `returns_units` the units become available again, or count as returned where the sale is closed. The sales are locked in share
    mode: each is closed either before, and the units go to free stock, or after, and the closing takes them along.
    """
    rows = sql.rows(
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
        RETURNING i.sku_id, l.units, l.is_open
        """,
        {"items": item_ids, "units": units, "held": held, "sold": sold, "returns": returns_units},
    )
    return [ChangedUnits(**row) for row in rows]


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


def return_unsold_units(*, sale_id: int) -> list[ReturnedUnits]:
    """Count all available units of a sale as returned. Items are locked in the order of their ids, as a grab locks them."""
    rows = sql.rows(
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
    return [ReturnedUnits(**row) for row in rows]
