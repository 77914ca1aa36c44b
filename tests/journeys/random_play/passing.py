"""What happens by the clock alone: the background jobs, each at any time."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from accounts.rules import SYSTEM
from aftersales.services import cases, enquiries, erasure, rewards
from flashsales.services import draws, ending, reservations
from forwarding.services import waiting_customers, wishes
from kernel.period import month_of
from membership.services import partitions, rollover
from orders.services import grab
from orders.uploads import erase
from settlement.services import many
from tests.journeys.random_play.player import Act, Call, Player, WeightedActs


def grant_due_rewards(*, now: datetime) -> None:
    rewards.grant_due_rewards(actor=SYSTEM, now=now)


def roll_over_month(*, now: datetime) -> None:
    rollover.roll_over_month(actor=SYSTEM, month=month_of(now), now=now)


def warn_of_downgrades(*, now: datetime) -> None:
    rollover.warn_of_downgrades(actor=SYSTEM, now=now)


def anonymize_wishes(*, now: datetime) -> None:
    wishes.anonymize_wishes(now=now, retention=settings.WISH_RETENTION)


def _job(service: Callable[..., object]) -> Act:
    def run(_: Player) -> Call:
        return Call(service, {}, is_once=False)

    return run


JOBS: tuple[tuple[int, Callable[..., object]], ...] = (
    (10, grab.expire_unpaid),
    (6, ending.close_ended),
    (8, draws.hold_draws),
    (8, reservations.expire_reservations),
    (6, reservations.reserve_what_was_missed),
    (4, waiting_customers.tell_of_units),
    (3, cases.expire_overdue),
    (2, grant_due_rewards),
    (2, roll_over_month),
    (1, warn_of_downgrades),
    (1, partitions.open_months),
    (2, anonymize_wishes),
    (2, enquiries.close_answered),
    (1, enquiries.erase_messages),
    (2, erase.erase_expired),
    (3, erasure.erase_contacts),
    (2, many.record_what_lapsed),
)
ACTS: WeightedActs = tuple((weight, _job(service)) for weight, service in JOBS)
