"""The rules of sales (SALE-1 to SALE-6, see docs/rules/sales.md): phases by the clock, units that add up, limits."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.money import split
from kernel.period import Period

DEFAULT_DURATION = timedelta(hours=48)
MAX_DURATION = timedelta(days=30)
TRIAL_BATCH_UNITS = 500
MAX_UNITS = 1_000_000


class SaleState(enum.StrEnum):
    """What ops decided. The clock decides whether a published sale is open."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Phase(enum.StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"
    PREVIEW = "preview"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


def phase_at(*, state: SaleState, preview_at: datetime, period: Period, at: datetime) -> Phase:
    """The phase of a sale at an instant (SALE-1): it depends on the state and the clock only."""
    if state is SaleState.DRAFT:
        return Phase.DRAFT
    if state is SaleState.CANCELLED:
        return Phase.CANCELLED
    if at >= period.ends_at:
        return Phase.ENDED
    if at >= period.starts_at:
        return Phase.LIVE
    return Phase.PREVIEW if at >= preview_at else Phase.WAITING


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a sale item; SALE-3: allotted = available + held + sold, and none is negative."""

    allotted: int
    available: int
    held: int
    sold: int

    @property
    def is_consistent(self) -> bool:
        return (
            min(self.available, self.held, self.sold) >= 0 and self.allotted == self.available + self.held + self.sold
        )


def max_units_for(*, available: int, limits: list[tuple[int | None, int]]) -> int:
    """How many more units a reseller may take: the least of what is available and what each (limit, already taken) leaves (SALE-4)."""
    remaining = [max(limit - taken, 0) for limit, taken in limits if limit is not None]
    return min([available, *remaining])


def trial_batch(units: dict[int, int], *, max_units: int = TRIAL_BATCH_UNITS) -> dict[int, int]:
    """Reduce the units of a style, by SKU, to `max_units` in all: in proportion, the largest remainders first (SALE-6)."""
    total = sum(units.values())
    if total <= max_units:
        return dict(units)
    return dict(zip(units, split(max_units, list(units.values())), strict=True))
