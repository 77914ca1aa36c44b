"""Celery tasks of orders."""

from celery import shared_task

from jobs.enqueue import enqueue_on_commit
from kernel import clock
from orders.services import deadlines, grab, parcel_tracking, provider_payments
from orders.uploads import parse
from orders.uploads.erase import erase_expired
from payments.services import following_refunds


@shared_task
def expire_unpaid() -> int:
    """Cancel orders whose time to pay has run out."""
    return grab.expire_unpaid(now=clock.now())


@shared_task
def read_order_upload(upload_id: int) -> None:
    """Read one workbook of orders up to its preview."""
    if parse.read_upload(upload_id=upload_id, clock=clock.now):
        parse.prewarm()


@shared_task
def retry_waiting_order_uploads() -> None:
    """Enqueue every workbook of orders that waits or was lost by a worker."""
    for upload_id in parse.claimable_uploads(now=clock.now()):
        enqueue_on_commit("orders.tasks.read_order_upload", upload_id)


@shared_task
def erase_order_uploads() -> int:
    """Delete old workbooks of orders and the recipients in them."""
    return erase_expired(now=clock.now())


@shared_task
def follow_payments() -> int:
    """Ask the payment providers about open payments, close those whose time is over, and have refunds paid back to their source."""
    followed = provider_payments.follow_payments(clock=clock.now)
    return followed + following_refunds.follow_refunds(clock=clock.now)


@shared_task
def follow_parcels() -> int:
    """Have the tracking service follow parcels that were shipped."""
    return parcel_tracking.follow_parcels(now=clock.now())


@shared_task
def ask_about_parcels() -> int:
    """Subscribe new waybills at the tracking service, and ask for those of which nothing is heard."""
    return parcel_tracking.ask_about_parcels(clock=clock.now)


@shared_task
def tell_of_deadlines() -> int:
    """Tell of payments and shipments whose time runs out soon."""
    now = clock.now()
    return deadlines.tell_of_payments_due(now=now) + deadlines.tell_of_shipping_due(now=now)
