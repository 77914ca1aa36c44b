"""Background jobs of the ledger."""

from celery import shared_task

from kernel import clock
from ledger.services import LedgerBusy, close_due_days


@shared_task
def close_days() -> int:
    """Close and add up the days that are over. Where postings are still being made, the next run does it."""
    try:
        return len(close_due_days(now=clock.now()))
    except LedgerBusy:
        return 0
