"""Celery tasks of settlement."""

from celery import shared_task

from kernel import clock
from settlement.services import many


@shared_task
def record_what_lapsed() -> int:
    """Confirm statements that nobody disputed in time, and close those that were paid long ago."""
    return many.record_what_lapsed(now=clock.now())
