"""Check the invariants over the whole database, or over what changed since the last clean run (docs/rules/integrity.md)."""

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
from aftersales.selectors import integrity as aftersales
from db import sql
from flashsales.selectors import integrity as flashsales
from forwarding.selectors import integrity as forwarding
from integrity.selectors.changes import restricted
from inventory.selectors import integrity as inventory
from kernel.integrity import Check, ComputedCheck, Violation
from membership.selectors import integrity as membership
from orders.selectors import integrity as orders
from pricing.selectors import integrity as pricing

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

CHECKS: dict[str, tuple[Check | ComputedCheck, ...]] = {
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
    violations: list[Violation]
    seconds: float


@dataclass(frozen=True, slots=True)
class AppChecks:
    """The checks of one app: its name in code and what they found."""

    room: str
    violations: list[Violation]


def run_checks(apps: Collection[str] = tuple(CHECKS), *, changes: bool = False) -> Iterator[Result]:
    """Run the checks of these apps one after the other; the caller says at which snapshot.

    `changes`: only over what `changes.gather` has put aside in this transaction.
    """
    for app in apps:
        for check in CHECKS[app]:
            started = time.perf_counter()
            found = list(itertools.islice(_found(check, changes=changes), MAX_NAMED))
            yield Result(check.code, found, time.perf_counter() - started)


def check_integrity() -> list[AppChecks]:
    """The invariants over the whole database, app by app."""
    return [AppChecks(app, [each for result in run_checks([app]) for each in result.violations]) for app in CHECKS]


def violations_of(app: str) -> list[Violation]:
    """Every row that breaks an invariant which this app checks."""
    return [violation for result in run_checks([app]) for violation in result.violations]


def all_violations() -> list[Violation]:
    """Every row that breaks an invariant, those of one invariant and table together."""
    found = [violation for result in run_checks() for violation in result.violations]
    return sorted(found, key=lambda violation: (violation.invariant, violation.table, violation.row_id))


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


def _found(check: Check | ComputedCheck, *, changes: bool) -> Iterator[Violation]:
    def read(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return sql.rows(restricted(statement, changes=changes), parameters)

    if isinstance(check, ComputedCheck):
        yield from check.find(read)
    else:
        bounded = f"SELECT * FROM ({check.statement}) AS found LIMIT %(max_named)s"  # noqa: S608 - a statement of ours
        yield from map(check.violation, read(bounded, {**check.parameters, "max_named": MAX_NAMED}))
