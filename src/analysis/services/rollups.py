"""Keeping the figures: days and sales that have changed are counted again, whole, from the truth (ANALYSIS-1)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from analysis.models import RollupState
from analysis.services.cohorts import count_cohorts
from analysis.sql import rollups
from db import sql
from events.rules.outbox import OutboxPosition
from events.selectors import end_of_outbox

STATE = 1
"""The key of the one row of RollupState."""
MAX_SPAN = 2_000_000_000
"""Transaction numbers have 32 bits: a row from longer ago would look new."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many days and sales were counted again."""

    days: int
    sales: int


@transaction.atomic
def refresh(*, now: datetime, everything: bool = False) -> Refreshed | None:
    """Count again what has changed since the last refresh; None where another worker does so at this moment.

    Safe to run at any time, twice, and at once. The end of all transactions that are over is read first: what one that still runs
    writes is found by the next refresh, since its number is higher. Where the last refresh is unknown, or was in another database,
    everything is counted.
    """
    if not rollups.try_to_lock():
        return None
    sql.lift_statement_limit()
    end = end_of_outbox()
    last = RollupState.objects.filter(pk=STATE).first()
    if everything or last is None or not _continues(last, end):
        days, sales = rollups.paid_days(), rollups.published_sales()
    else:
        days, sales = rollups.changed_days(at=now), rollups.changed_sales()
    _count(days, sales, now)
    if days:
        count_cohorts()
    found = {"transaction_id": end.transaction_id, "database": end.database, "refreshed_at": now}
    RollupState.objects.update_or_create(pk=STATE, defaults=found)
    return Refreshed(len(days), len(sales))


def _continues(last: RollupState, end: OutboxPosition) -> bool:
    return last.database == end.database and 0 <= end.transaction_id - last.transaction_id < MAX_SPAN


def _count(days: AbstractSet[date], sales: AbstractSet[int], now: datetime) -> None:
    rollups.count_days(sorted(days), at=now)
    rollups.count_sales(sorted(sales))
