"""Celery tasks of after-sales."""

from celery import shared_task

from accounts.rules import SYSTEM
from aftersales.services import cases, enquiries, erasure, photos, rewards, shipping_reading
from jobs.enqueue import enqueue_on_commit
from kernel import clock


@shared_task
def grant_due_rewards() -> int:
    """Grant the invitation rewards whose orders can no longer be returned."""
    return rewards.grant_due_rewards(actor=SYSTEM, now=clock.now())


@shared_task
def expire_overdue() -> int:
    """End approved cases whose goods were not sent back in time."""
    return cases.expire_overdue(now=clock.now())


@shared_task
def erase_photos() -> int:
    """Erase photos and messages that no case and no enquiry needs any more."""
    now = clock.now()
    return enquiries.erase_messages(now=now) + photos.erase_photos(now=now)


@shared_task
def close_answered() -> int:
    """Close enquiries whose answer nobody replied to."""
    return enquiries.close_answered(now=clock.now())


@shared_task
def erase_contacts() -> int:
    """Erase the contacts of orders that ended long ago, and of customers whom their resellers removed."""
    return erasure.erase_contacts(now=clock.now())


@shared_task
def read_shipping_upload(upload_id: int) -> None:
    """Read one workbook with tracking numbers and ship its rows."""
    shipping_reading.read_shipping_upload(upload_id=upload_id, clock=clock.now)


@shared_task
def retry_waiting_shipping_uploads() -> None:
    """Enqueue every workbook with tracking numbers that waits or was lost by a worker."""
    for upload_id in shipping_reading.claimable_uploads(now=clock.now()):
        enqueue_on_commit("aftersales.tasks.read_shipping_upload", upload_id)


@shared_task
def erase_shipping_uploads() -> int:
    """Delete old workbooks with tracking numbers, and the cells that were quoted of them."""
    return shipping_reading.erase_expired(now=clock.now())
