"""The checks of all apps, run over the whole database or over what changed since the last clean run (docs/rules/integrity.md)."""

import itertools
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from aftersales.selectors import integrity as aftersales
from analysis.selectors import integrity as analysis
from bank_statements.selectors import integrity as bank_statements
from brands.selectors import integrity as brands
from closings.selectors import integrity as closings
from db import sql
from flashsales.selectors import integrity as flashsales
from forwarding.selectors import integrity as forwarding
from integrity.sql import restrict_to_changes
from inventory.selectors import integrity as inventory
from invoices.selectors import integrity as invoices
from kernel.integrity import Check, ComputedCheck, Violation
from ledger.selectors import integrity as ledger
from membership.selectors import integrity as membership
from notices.selectors import integrity as notices
from orders.selectors import integrity as orders
from payments.selectors import integrity as payments
from pricing.selectors import integrity as pricing
from settlement.selectors import integrity as settlement
from treasury.selectors import integrity as treasury

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
"""Rows that one check names at most."""

CHECKS: dict[str, tuple[Check | ComputedCheck, ...]] = {
    "ledger": ledger.CHECKS,
    "payments": payments.CHECKS,
    "brands": brands.CHECKS,
    "membership": membership.CHECKS,
    "inventory": inventory.CHECKS,
    "pricing": pricing.CHECKS,
    "flashsales": flashsales.CHECKS,
    "orders": orders.CHECKS,
    "aftersales": aftersales.CHECKS,
    "settlement": settlement.CHECKS,
    "treasury": treasury.CHECKS,
    "bank_statements": bank_statements.CHECKS,
    "closings": closings.CHECKS,
    "invoices": invoices.CHECKS,
    "forwarding": forwarding.CHECKS,
    "notices": notices.CHECKS,
    "analysis": analysis.CHECKS,
}


@dataclass(frozen=True, slots=True)
class Result:
    """The violations that one check found, at most `MAX_NAMED`, and how long it took."""

    code: str
    violations: list[Violation]
    seconds: float


def run_checks(apps: Collection[str] = tuple(CHECKS), *, changes: bool = False) -> Iterator[Result]:
    """Run the checks of these apps one after the other, at the caller's snapshot.

    `changes`: only over the ids that `sql.load_changed_ids` has loaded in this transaction.
    """
    for app in apps:
        for check in CHECKS[app]:
            started = time.perf_counter()
            violations = list(itertools.islice(_run_check(check, changes=changes), MAX_NAMED))
            yield Result(check.code, violations, time.perf_counter() - started)


def violations_of(app: str) -> list[Violation]:
    """Every row that breaks an invariant which this app checks."""
    return [violation for result in run_checks([app]) for violation in result.violations]


def all_violations() -> list[Violation]:
    """Every row that breaks an invariant, those of one invariant and table together."""
    violations = [violation for result in run_checks() for violation in result.violations]
    return sorted(violations, key=lambda violation: (violation.invariant, violation.table, violation.row_id))


@contextmanager
def one_snapshot() -> Iterator[None]:
    """A transaction with one snapshot for all checks: between two snapshots a service at work would look inconsistent."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            sql.lift_statement_limit()
            # Hash tables hold a million rows; to compile statements that run once costs more than it saves.
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        yield


def _run_check(check: Check | ComputedCheck, *, changes: bool) -> Iterator[Violation]:
    def read(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return sql.rows(restrict_to_changes(statement, changes=changes), parameters)

    if isinstance(check, ComputedCheck):
        yield from check.find(read)
    else:
        bounded = f"SELECT * FROM ({check.statement}) AS violations LIMIT %(max_named)s"  # noqa: S608 - a statement of ours
        yield from map(check.violation, read(bounded, {**check.parameters, "max_named": MAX_NAMED}))
