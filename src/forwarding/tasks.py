"""Nudges of forwarding."""

from celery import shared_task
from django.conf import settings

from forwarding.services import forwards, wishes
from kernel import clock


@shared_task
def purge_visits() -> int:
    """Delete who opened pages in past hours."""
    return forwards.purge_visits(now=clock.now())


@shared_task
def anonymize_wishes() -> int:
    """Forget who left wishes long ago."""
    return wishes.anonymize_wishes(now=clock.now(), retention=settings.WISH_RETENTION)
