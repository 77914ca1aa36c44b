"""Nudges of orders."""

from celery import shared_task

from kernel import clock
from orders import services


@shared_task
def expire_unpaid() -> int:
    """Cancel orders whose time to pay has run out."""
    return services.expire_unpaid(now=clock.now())
