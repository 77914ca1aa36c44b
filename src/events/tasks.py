"""Periodic jobs of events."""

from celery import shared_task

from events import services
from kernel import clock


@shared_task
def purge_events() -> int:
    """Delete events that are older than a year."""
    return services.purge_events(now=clock.now())
