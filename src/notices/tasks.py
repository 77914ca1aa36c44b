"""Periodic jobs of notices."""

from celery import shared_task

from kernel import clock
from notices.rules import KEPT_FOR
from notices.services import addresses, codes, delivery, sending


@shared_task
def deliver() -> int:
    """Turn new events into notices and send what is due. What became of one-time codes becomes an event first."""
    codes.tell_of_code_changes(now=clock.now())
    return delivery.deliver(clock=clock.now)


@shared_task
def purge() -> int:
    """Delete old notices and the addresses of people who were deactivated."""
    now = clock.now()
    return sending.purge_notices(now=now, kept_for=KEPT_FOR) + addresses.erase_of_deactivated(now=now)
