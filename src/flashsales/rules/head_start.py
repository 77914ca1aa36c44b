"""The head start of tiers: a sale opens for a higher tier some minutes before it opens for everybody (SALE-19). No framework.

A sale stores delays: for each tier the minutes from the beginning of its window to the instant at which it opens for that tier. So the
window begins when the sale opens for the first tier, and everything that goes by the window holds during the head start too.
"""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from kernel.period import Period
from membership.rules.tiers import TIER_COUNT, Tier

MAX_HEAD_START: Final = 720
"""Minutes."""


class HeadStartFault(enum.StrEnum):
    """Why head starts make no sense."""

    COUNT = "count"
    """There is not one for each tier."""
    RANGE = "range"
    """One is not from 0 to `MAX_HEAD_START` minutes."""
    TRIAL = "trial"
    """The lowest tier has one: then nobody is there for whom the sale opens last."""
    ORDER = "order"
    """A tier has a longer one than the tier above it."""


def head_start_fault(minutes: Sequence[int]) -> HeadStartFault | None:
    """What is wrong with head starts, in minutes by tier."""
    if len(minutes) != TIER_COUNT:
        return HeadStartFault.COUNT
    if not all(0 <= each <= MAX_HEAD_START for each in minutes):
        return HeadStartFault.RANGE
    if minutes[Tier.TRIAL]:
        return HeadStartFault.TRIAL
    return HeadStartFault.ORDER if list(minutes) != sorted(minutes) else None


def delays_of(minutes: Sequence[int]) -> list[int] | None:
    """How many minutes after the first tier each tier comes; None where nobody has a head start."""
    return [max(minutes) - each for each in minutes] if any(minutes) else None


def head_starts_of(delays: Sequence[int] | None) -> list[int]:
    """The head starts of which these are the delays."""
    return [max(delays) - each for each in delays] if delays else [0] * TIER_COUNT


def opens_at(starts_at: datetime, delays: Sequence[int] | None, tier: int) -> datetime:
    """When a sale whose window begins at `starts_at` opens for a tier."""
    return starts_at + timedelta(minutes=delays[tier]) if delays else starts_at


def period_of_tier(window: Period, delays: Sequence[int] | None, tier: int) -> Period:
    """When a sale is open for a tier. Where it ended before it opened for the tier, its last instant stands for the opening."""
    return Period(min(opens_at(window.starts_at, delays, tier), window.ends_at - timedelta.resolution), window.ends_at)


def opens_to_all_at(starts_at: datetime, delays: Sequence[int] | None) -> datetime:
    """When a sale is open for every tier."""
    return opens_at(starts_at, delays, Tier.TRIAL)
