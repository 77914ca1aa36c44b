"""The invariants of the house over the whole database, or over what changed since the last run that found nothing (docs/rules/books.md)."""

import itertools
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

import brands.selectors
import ledger.selectors
import settlement.selectors
from aftersales.selectors import books as aftersales
from books.selectors.changes import restricted
from flashsales.selectors import books as flashsales
from forwarding.selectors import books as forwarding
from inventory.selectors import books as inventory
from kernel.books import Breach, Check, Law
from membership.selectors import books as membership
from orders.selectors import books as orders
from pricing.selectors import books as pricing
from wire import sql

INVARIANTS = {
    1: "every unit is somewhere: allotted = available + held + sold, on hand = the sum of its movements",
    2: "every accepted grab is one durable order",
    3: "money balances, totals are their lines at frozen prices, refunds never exceed payments",
    4: "a member's growth is the sum of her entries, her tier the rule applied to them",
    5: "no SKU is in two sales at one instant",
    6: "no reward crosses more than one invitation",
    7: "every posting, movement and line has the row that it names, with the right owner and amount",
}
MAX_NAMED = 1000
"""Rows that one check names; that there are more is said."""

CHECKS: dict[str, tuple[Check | Law, ...]] = {
    "ledger": ledger.selectors.CHECKS,
    "brands": brands.selectors.CHECKS,
    "membership": membership.CHECKS,
    "inventory": inventory.CHECKS,
    "pricing": pricing.CHECKS,
    "flashsales": flashsales.CHECKS,
    "orders": orders.CHECKS,
    "aftersales": aftersales.CHECKS,
    "settlement": settlement.selectors.CHECKS,
    "forwarding": forwarding.CHECKS,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found, and how long it took; where it found more than `MAX_NAMED` rows, that many are named."""

    code: str
    breaches: list[Breach]
    seconds: float


@dataclass(frozen=True, slots=True)
class BookCheck:
    """The checks of one app: its name in code and what they found."""

    room: str
    breaches: list[Breach]


def run_checks(apps: Collection[str] = tuple(CHECKS), *, changes: bool = False) -> Iterator[Result]:
    """Run the checks of these apps one after the other; the caller says at which snapshot.

    `changes`: only over what `changes.gather` has put aside in this transaction.
    """
    for app in apps:
        for check in CHECKS[app]:
            started = time.perf_counter()
            found = list(itertools.islice(_found(check, changes=changes), MAX_NAMED))
            yield Result(check.code, found, time.perf_counter() - started)


def check_books() -> list[BookCheck]:
    """The invariants over the whole database, app by app."""
    return [BookCheck(app, [each for result in run_checks([app]) for each in result.breaches]) for app in CHECKS]


def breaches_of(app: str) -> list[Breach]:
    """Every row that breaks an invariant which this app checks."""
    return [breach for result in run_checks([app]) for breach in result.breaches]


def all_breaches() -> list[Breach]:
    """Every row that breaks an invariant, those of one invariant and table together."""
    found = [breach for result in run_checks() for breach in result.breaches]
    return sorted(found, key=lambda breach: (breach.invariant, breach.table, breach.row_id))


@contextmanager
def one_snapshot() -> Iterator[None]:
    """A transaction in which all checks see the same, so that a house at work is not mistaken for a broken one."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            sql.lift_statement_limit()
            # Hash tables of a million rows; compiling what runs once costs more than it saves.
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        yield


def _found(check: Check | Law, *, changes: bool) -> Iterator[Breach]:
    def read(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return sql.rows(restricted(statement, changes=changes), parameters)

    if isinstance(check, Law):
        yield from check.find(read)
    else:
        bounded = f"SELECT * FROM ({check.statement}) AS found LIMIT %(max_named)s"  # noqa: S608 - a statement of ours
        yield from map(check.breach, read(bounded, {**check.parameters, "max_named": MAX_NAMED}))
