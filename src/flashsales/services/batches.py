"""What placements of several resellers, committed together, do to the units of sale items."""

from collections.abc import Iterable

from flashsales.sql import batches as statements


def lock_items_of_placements(item_ids: Iterable[int]) -> None:
    """Lock sale items until the transaction ends, in the order of their ids, as every grab and the closing of a sale lock them.

    Their sales are not locked: who changes a sale need not wait for the grabs in flight.
    """
    statements.lock_items_without_sales(item_ids=sorted(set(item_ids)))


def hold_units_of_placements_sql() -> str:
    """The common table expressions that hold units of several resellers, for the statement of orders that also writes their orders.

    Before them: `taken(item_id, sale_id, reseller_id, units)`, of items that this transaction has locked. They yield `held_items`,
    `raised_item_tallies` and `raised_sale_tallies`; where these have fewer rows than `taken` has items or pairs, the caller must roll back.
    """
    return statements.HOLD_UNITS_OF_PLACEMENTS
