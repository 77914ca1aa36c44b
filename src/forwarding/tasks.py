"""Background jobs of forwarding."""

from celery import shared_task
from django.conf import settings

from forwarding.services import forwards, packs, seller_pictures, waiting_customers, wishes
from jobs.enqueue import enqueue_on_commit
from kernel import clock


@shared_task
def purge_visits() -> int:
    """Delete the visits of past hours."""
    return forwards.purge_visits(now=clock.now())


@shared_task
def anonymize_wishes() -> int:
    """Erase the personal data of old wishes."""
    return wishes.anonymize_wishes(now=clock.now(), retention=settings.WISH_RETENTION)


@shared_task
def tell_of_units() -> int:
    """Tell resellers of units that are there for customers who wait for them."""
    return waiting_customers.tell_of_units(now=clock.now())


@shared_task
def make_pack(pack_id: int) -> None:
    """Draw the pictures of a pack."""
    packs.make_pack(pack_id=pack_id, clock=clock.now)


@shared_task
def retry_waiting_packs() -> None:
    """Enqueue the packs that wait or were lost by a worker."""
    for pack_id in packs.waiting_packs(now=clock.now()):
        enqueue_on_commit("forwarding.tasks.make_pack", pack_id)


@shared_task
def purge_packs() -> int:
    """Delete the pictures of packs that were asked for long ago."""
    return packs.purge_packs(now=clock.now())


@shared_task
def purge_seller_pictures() -> int:
    """Delete the files of pictures that resellers replaced or removed."""
    return seller_pictures.purge_seller_pictures(now=clock.now())
