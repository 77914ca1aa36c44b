"""The check of the books: the six invariants of the house over the whole database (docs/rules/books.md)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

import aftersales.queries
import flashsales.queries
import inventory.queries
import ledger.queries
import membership.queries
import orders.queries
import pricing.queries
import settlement.queries
from kernel.books import Breach

INVARIANTS = {
    1: "every unit is somewhere: allotted = available + held + sold, on hand = the sum of its movements",
    2: "every accepted grab is one durable order",
    3: "money balances, totals are their lines at frozen prices, refunds never exceed payments",
    4: "a member's growth is the sum of her entries, her tier the rule applied to them",
    5: "no SKU is in two sales at one instant",
    6: "no reward crosses more than one invitation",
}

_CHECKS = (
    inventory.queries.breaches,
    flashsales.queries.breaches,
    orders.queries.breaches,
    ledger.queries.breaches,
    aftersales.queries.breaches,
    settlement.queries.breaches,
    pricing.queries.breaches,
    membership.queries.breaches,
)


def all_breaches() -> list[Breach]:
    """Every row that breaks an invariant, those of one invariant and table together."""
    found = [breach for check in _CHECKS for breach in check()]
    return sorted(found, key=lambda breach: (breach.invariant, breach.table, breach.row_id))


@contextmanager
def one_instant() -> Iterator[None]:
    """Let all checks see the same snapshot, so that a house at work is not mistaken for a broken one."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
