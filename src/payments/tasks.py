"""Celery tasks of payments."""

from celery import shared_task

from kernel import clock
from payments.services import bills


@shared_task
def fetch_bills() -> int:
    """Download the daily bills of payment providers that are due."""
    return bills.fetch_bills(clock=clock.now)
