"""Background jobs of membership. Run late or twice, they change nothing but the hour at which something is done."""

from celery import shared_task

from accounts.rules import SYSTEM
from kernel import clock
from kernel.period import month_of
from membership.services import partitions, rollover


@shared_task
def roll_over_month() -> None:
    """Carry out the roll-over of the present month; once it is finished, a run does nothing. Hourly is often enough."""
    now = clock.now()
    rollover.roll_over_month(actor=SYSTEM, month=month_of(now), now=now)


@shared_task
def warn_of_downgrades() -> None:
    """Tell members who would be downgraded at the coming roll-over. Daily in the last ten days of a month."""
    rollover.warn_of_downgrades(actor=SYSTEM, now=clock.now())


@shared_task
def open_growth_months() -> None:
    """Open the partitions of the coming months."""
    partitions.open_months(now=clock.now())
