"""The six invariants of the house over the whole database (docs/rules/books.md)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class BookCheck:
    """The check of one room: its name in code and what it found."""

    room: str
    breaches: list[Breach]


_CHECKS: tuple[tuple[str, Callable[[], list[Breach]]], ...] = (
    ("ledger", ledger.queries.breaches),
    ("membership", membership.queries.breaches),
    ("inventory", inventory.queries.breaches),
    ("pricing", pricing.queries.breaches),
    ("flashsales", flashsales.queries.breaches),
    ("orders", orders.queries.breaches),
    ("aftersales", aftersales.queries.breaches),
    ("settlement", settlement.queries.breaches),
)


def check_books() -> list[BookCheck]:
    """The six invariants over the whole database, room by room."""
    return [BookCheck(room, breaches()) for room, breaches in _CHECKS]


def all_breaches() -> list[Breach]:
    """Every row that breaks an invariant, those of one invariant and table together."""
    found = [breach for check in check_books() for breach in check.breaches]
    return sorted(found, key=lambda breach: (breach.invariant, breach.table, breach.row_id))


@contextmanager
def one_instant() -> Iterator[None]:
    """Let all checks see the same snapshot, so that a house at work is not mistaken for a broken one."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
