"""Background jobs of forwarding."""

from celery import shared_task
from django.conf import settings

from forwarding.services import forwards, wishes
from kernel import clock


@shared_task
def purge_visits() -> int:
    """Delete the visits of past hours."""
    return forwards.purge_visits(now=clock.now())


@shared_task
def anonymize_wishes() -> int:
    """Erase the personal data of old wishes."""
    return wishes.anonymize_wishes(now=clock.now(), retention=settings.WISH_RETENTION)
