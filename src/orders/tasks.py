"""Nudges of orders."""

from celery import shared_task

from kernel import clock
from orders import verbs


@shared_task
def expire_unpaid() -> int:
    """Cancel orders whose time to pay has run out."""
    return verbs.expire_unpaid(now=clock.now())
