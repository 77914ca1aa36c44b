"""Nudges of forwarding."""

from celery import shared_task
from django.conf import settings

from forwarding import services
from kernel import clock


@shared_task
def purge_visits() -> int:
    """Delete who opened pages in past hours."""
    return services.purge_visits(now=clock.now())


@shared_task
def forget_customers() -> int:
    """Forget who left wishes long ago."""
    return services.forget_customers(now=clock.now(), kept=settings.WISHES_KEPT)
