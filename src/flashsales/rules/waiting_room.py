"""The waiting room of a sale: who may grab, one after another at a rate, in order of arrival (SALE-24). No framework.

A ticket is admitted at an instant that is fixed when it gets its place. The next place is one interval after the last one, and never
earlier than now: so no more resellers are let in than the rate allows, whenever they come, and nobody has to be counted.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MAX_RATE: Final = 1000
"""Resellers per second."""
EARLY: Final = timedelta(minutes=15)
"""So long before the opening the room lets people wait. Who is there by then gets a place at random among them."""
MAX_POLL: Final = 15
"""Seconds between two looks of a page at its place."""


def interval_of(rate: int) -> timedelta:
    """How long after one admission the next one may follow, rounded up: the rate is never exceeded."""
    return timedelta(microseconds=-(-1_000_000 // rate))


def admissions(
    arrivals: Iterable[datetime], *, interval: timedelta, next_at: datetime | None
) -> tuple[list[datetime], datetime | None]:
    """When tickets that get their places in this order are admitted, and when the one behind them may be at the earliest."""
    admitted = []
    for arrival in arrivals:
        at = arrival if next_at is None else max(arrival, next_at)
        admitted.append(at)
        next_at = at + interval
    return admitted, next_at


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reseller stands in the waiting room of a sale at an instant.

    `admitted_from` is None as long as places are not given out, that is before the sale opens for her at `opens_at`. `position` counts
    those who are admitted before her and her; 0 where she is admitted or has no place yet.
    """

    sale_id: int
    opens_at: datetime
    admitted_from: datetime | None
    is_admitted: bool
    position: int
    wait_seconds: int

    @property
    def wait_minutes(self) -> int:
        return -(-self.wait_seconds // 60)

    @property
    def poll_seconds(self) -> int:
        """After how many seconds to look again: seldom far back in the queue, often near its end."""
        return min(max(self.wait_seconds // 4, 1), MAX_POLL)


def lets_wait_early(preview_at: datetime, starts_at: datetime) -> bool:
    """Whether resellers may wait for as long as they can before a sale opens: nobody waits before its preview."""
    return starts_at - preview_at >= EARLY


def place_at(
    *, sale_id: int, opens_at: datetime, admitted_from: datetime | None, interval: timedelta, at: datetime
) -> Place:
    """The place of a ticket at an instant."""
    is_admitted = admitted_from is not None and admitted_from <= at
    wait = max((admitted_from or opens_at) - at, timedelta(0))
    position = 0 if admitted_from is None or is_admitted else math.ceil(wait / interval)
    return Place(sale_id, opens_at, admitted_from, is_admitted, position, math.ceil(wait.total_seconds()))
