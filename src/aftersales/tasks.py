"""Nudges of after-sales."""

from celery import shared_task

from aftersales import verbs
from kernel import clock


@shared_task
def lapse_overdue() -> int:
    """End agreements whose goods were not sent back in time."""
    return verbs.lapse_overdue(now=clock.now())
