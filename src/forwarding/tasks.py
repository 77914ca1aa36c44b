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
def forget_customers() -> int:
    """Forget who left wishes long ago."""
    return wishes.forget_customers(now=clock.now(), kept=settings.WISHES_KEPT)
