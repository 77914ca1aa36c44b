"""The invariants of the house over the whole database, or over what changed since the last run that found nothing (docs/rules/books.md)."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

import brands.queries
import ledger.queries
import membership.queries
import pricing.queries
import settlement.queries
from aftersales.queries import books as aftersales
from flashsales.queries import books as flashsales
from forwarding.queries import books as forwarding
from inventory.queries import books as inventory
from kernel.books import Breach, Check
from orders.queries import books as orders
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

CHECKS: dict[str, tuple[Check, ...]] = {
    "ledger": ledger.queries.CHECKS,
    "brands": brands.queries.CHECKS,
    "inventory": inventory.CHECKS,
    "flashsales": flashsales.CHECKS,
    "orders": orders.CHECKS,
    "aftersales": aftersales.CHECKS,
    "settlement": settlement.queries.CHECKS,
    "forwarding": forwarding.CHECKS,
}
_CHANGED = re.compile(r"changed_(\w+)\(([\w.]+)\)")


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


_LAWS: tuple[tuple[str, str, Callable[[], list[Breach]]], ...] = (
    ("membership", "membership.law", membership.queries.breaches),
    ("pricing", "pricing.law", pricing.queries.breaches),
)
"""What only Python says: the laws of tiers and prices, applied to every row."""


def run_checks(apps: list[str] | None = None) -> Iterator[Result]:
    """Run the checks of these apps, or all, one after the other; the caller says at which snapshot (`one_instant`)."""
    for app, checks in CHECKS.items():
        for check in checks if apps is None or app in apps else ():
            yield _run(check)
    for app, code, law in _LAWS:
        if apps is None or app in apps:
            started = time.perf_counter()
            yield Result(code, law(), time.perf_counter() - started)


def check_books() -> list[BookCheck]:
    """The invariants over the whole database, app by app."""
    apps = [*CHECKS, *(app for app, *_ in _LAWS)]
    return [BookCheck(app, [each for result in run_checks([app]) for each in result.breaches]) for app in apps]


def breaches_of(app: str) -> list[Breach]:
    """Every row that breaks an invariant which this app checks."""
    return [breach for result in run_checks([app]) for breach in result.breaches]


def all_breaches() -> list[Breach]:
    """Every row that breaks an invariant, those of one invariant and table together."""
    found = [breach for result in run_checks() for breach in result.breaches]
    return sorted(found, key=lambda breach: (breach.invariant, breach.table, breach.row_id))


@contextmanager
def one_instant() -> Iterator[None]:
    """Let all checks see the same snapshot, so that a house at work is not mistaken for a broken one."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _run(check: Check) -> Result:
    started = time.perf_counter()
    statement = _CHANGED.sub("true", check.statement)
    found = sql.rows(
        f"SELECT * FROM ({statement}) AS found LIMIT %(max_named)s",  # noqa: S608 - a statement of ours
        {**check.parameters, "max_named": MAX_NAMED},
    )
    return Result(check.code, [check.breach(row) for row in found], time.perf_counter() - started)
