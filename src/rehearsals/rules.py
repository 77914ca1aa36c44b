"""Rehearsing a sale (REHEARSAL-1): who comes when, what each buyer tries, and what a second of it was like. Pure."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MAX_BUYERS = 5_000
MAX_SECONDS = 300
MAX_WEB_PROCESSES = 8
GRABS_OF_A_BUYER = 3
"""She tries so many goods at most: what is sold out is followed by other goods."""
SLOW_MS = 1_000
"""Beyond this p99 of a second the service is slow."""
QUIET_BEFORE_SALE = timedelta(minutes=15)
"""A sale that opens sooner than that counts as live: a rehearsal would still use the machine."""


class Curve(StrEnum):
    """When buyers arrive."""

    AT_ONCE = "at_once"
    """All of them in the first second."""
    RUSH = "rush"
    """Half of them in the first tenth of the time, and fewer and fewer after it."""
    EVEN = "even"
    """As many in each second."""


class RehearsalState(StrEnum):
    WAITING = "waiting"
    PREPARING = "preparing"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN_STATES = (RehearsalState.WAITING, RehearsalState.PREPARING, RehearsalState.RUNNING)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is rehearsed: so many buyers, arriving over so many seconds along a curve, with so many web processes.

    The same seed gives the same buyers.
    """

    buyers: int
    seconds: int
    curve: Curve
    web_processes: int
    seed: int


@dataclass(frozen=True, slots=True)
class PlannedBuyer:
    """When she arrives, in seconds after the opening, and the goods that she tries one after another, by their place in the sale."""

    at: float
    goods: tuple[int, ...]


def plan_buyers(plan: Plan, goods: int) -> list[PlannedBuyer]:
    """Buyers in the order in which they arrive (REHEARSAL-3).

    Goods are wanted by Zipf's law: the second half as much as the first, and so on.
    """
    chosen = random.Random(plan.seed)  # noqa: S311 - a repeatable rehearsal, no secret
    arrivals = sorted(_arrival(plan, chosen.random()) for _ in range(plan.buyers))
    places = list(range(goods))
    chosen.shuffle(places)
    weights = [1 / (rank + 1) for rank in range(goods)]
    tries = [chosen.choices(places, weights, k=GRABS_OF_A_BUYER) for _ in arrivals] if goods else [[] for _ in arrivals]
    return [PlannedBuyer(at, tuple(dict.fromkeys(wanted))) for at, wanted in zip(arrivals, tries, strict=True)]


def _arrival(plan: Plan, share: float) -> float:
    """The instant at which `share` of all have come, from 0 up to, not including, 1."""
    match plan.curve:
        case Curve.AT_ONCE:
            return share
        case Curve.EVEN:
            return share * plan.seconds
        case Curve.RUSH:
            # An exponential arrival whose median is a tenth of the time, cut at the end of it.
            rate = 10 * math.log(2)
            return -math.log(1 - share * (1 - math.exp(-rate))) / rate * plan.seconds


def tiers_of_buyers(members: Mapping[int, int], buyers: int) -> list[int]:
    """Tiers of simulated buyers in the shares of the real members (tier → how many), by largest remainder; trial where there are none."""
    total = sum(members.values())
    if not total:
        return [0] * buyers
    exact = {tier: count * buyers / total for tier, count in members.items()}
    whole = {tier: int(share) for tier, share in exact.items()}
    by_remainder = sorted(exact, key=lambda tier: (whole[tier] - exact[tier], tier))
    for tier in by_remainder[: buyers - sum(whole.values())]:
        whole[tier] += 1
    return [tier for tier in sorted(whole) for _ in range(whole[tier])]


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a rehearsal: how many buyers arrived, what was answered in it, and how long answers took.

    `refused` are grabs of what was sold out or beyond a limit; `busy` are answers 503; `failed` are answers that should not be.
    """

    second: int
    arrived: int
    pages: int
    accepted: int
    refused: int
    busy: int
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def answered(self) -> int:
        return self.pages + self.accepted + self.refused + self.busy + self.failed


@dataclass(frozen=True, slots=True)
class Limit:
    """How far the service came: the most answers in a second, the most of them in a second that was not slow, and when it became slow."""

    most_per_second: int
    most_unhurried: int
    slow_from: int | None
    busy_from: int | None


def find_limit(seconds: Sequence[Second]) -> Limit:
    """Where the limit of the service was, as far as the rehearsal reached it."""
    slow = [each.second for each in seconds if each.p99_ms > SLOW_MS]
    busy = [each.second for each in seconds if each.busy]
    return Limit(
        most_per_second=max((each.answered for each in seconds), default=0),
        most_unhurried=max((each.answered for each in seconds if each.p99_ms <= SLOW_MS), default=0),
        slow_from=min(slow, default=None),
        busy_from=min(busy, default=None),
    )
