"""Nudges of membership. Run late, twice or not at all, they change nothing but the hour at which something is done."""

from celery import shared_task

from accounts.rules import SYSTEM
from kernel import clock
from kernel.period import month_of
from membership.services import partitions, rollover


@shared_task
def turn_month() -> None:
    """Carry out the turn of the present month; after it is finished, a run does nothing. Hourly is often enough."""
    now = clock.now()
    rollover.turn_month(actor=SYSTEM, month=month_of(now), now=now)


@shared_task
def warn_of_falls() -> None:
    """Tell members who would fall at the coming turn. Daily in the last ten days of a month."""
    rollover.warn_of_falls(actor=SYSTEM, now=clock.now())


@shared_task
def open_growth_months() -> None:
    """Open the partitions of the months to come."""
    partitions.open_months(now=clock.now())
