"""Background jobs of analysis."""

from celery import shared_task

from analysis.services import rollups
from kernel import clock


@shared_task
def refresh_figures() -> int:
    """Count the figures of changed days and sales again."""
    refreshed = rollups.refresh(now=clock.now())
    return refreshed.days if refreshed else 0
