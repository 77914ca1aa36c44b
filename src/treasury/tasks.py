"""Background jobs of the treasury."""

from celery import shared_task

from kernel import clock
from treasury.services.closes import compare_days as compare


@shared_task
def compare_days() -> int:
    """Compare the days that were closed lately with the bills that have come, hourly (MONEY-15)."""
    return compare(now=clock.now())
