"""Celery tasks of after-sales."""

from celery import shared_task

from accounts.rules import SYSTEM
from aftersales.services import cases, enquiries, erasure, photos, rewards
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
