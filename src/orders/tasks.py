"""Celery tasks of orders."""

from celery import shared_task

from kernel import clock
from orders.services import grab


@shared_task
def expire_unpaid() -> int:
    """Cancel orders whose time to pay has run out."""
    return grab.expire_unpaid(now=clock.now())
