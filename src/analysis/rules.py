"""The rules of analysis (ANALYSIS-1 to ANALYSIS-6, see docs/rules/analysis.md): periods, figures and their rates."""

import enum
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.period import next_month, previous_month
from kernel.refusal import Invalid

MAX_DAYS = 366
"""Days of a period at most."""


class Span(enum.StrEnum):
    """How a period is chosen: so many days up to today, the calendar month, or two dates."""

    WEEK = "7"
    DAYS_30 = "30"
    DAYS_90 = "90"
    MONTH = "month"
    DATES = "dates"


class WorkbookState(enum.StrEnum):
    """Of an analysis workbook (ANALYSIS-6)."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    ERASED = "erased"
    """Its file is deleted; that it was made, by whom and for which days, stays."""


class InvalidPeriod(Invalid):
    code = "analysis.invalid_period"
    zh = "时间段须有起止两天，先后不能颠倒，最长 {max_days} 天"
    en = "A period needs a first and a last day in this order, and has at most {max_days} days"
    max_days: int


@dataclass(frozen=True, slots=True)
class Days:
    """The days in Shanghai from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_DAYS:
            raise InvalidPeriod(max_days=MAX_DAYS)

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=place) for place in range(self.count)]


def choose_days(span: Span, *, today: date, first: date | None = None, last: date | None = None) -> Days:
    """The period that a reader chose (ANALYSIS-2). Refuses two dates that make none, or one longer than MAX_DAYS."""
    if span is Span.MONTH:
        return Days(today.replace(day=1), today)
    if span is not Span.DATES:
        return Days(today - timedelta(days=int(span.value) - 1), today)
    if first is None or last is None:
        raise InvalidPeriod(max_days=MAX_DAYS)
    return Days(first, last)


def days_before(days: Days) -> Days:
    """The period that one is compared with (ANALYSIS-2).

    Before a whole calendar month, the month before it. Before the first days of a month, as many of the month before, up to its end.
    Else as many days as it has, right before it.
    """
    if days.first.day == 1 and days.last < next_month(days.first):
        month = previous_month(days.first)
        end = next_month(month) - timedelta(days=1)
        is_whole = days.last + timedelta(days=1) == next_month(days.first)
        return Days(month, end if is_whole else min(month + (days.last - days.first), end))
    return Days(days.first - timedelta(days=days.count), days.first - timedelta(days=1))


def basis_points(part: int, whole: int) -> int | None:
    """A share in ten-thousandths, rounded half up; None where there is nothing to take a share of."""
    return None if whole <= 0 else (2 * part * 10_000 + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over lines that were paid on some days (ANALYSIS-3); amounts in fen.

    `commission_fen` is the platform's share of the base price, `discount_fen` what it gave of it to resellers, `platform_fen` what it keeps
    after discounts and refunds, `claim_loss_fen` what carriers did not pay of the claims against them.
    """

    lines: int = 0
    units: int = 0
    sold_fen: int = 0
    refunded_units: int = 0
    refunded_fen: int = 0
    shipped_units: int = 0
    on_time_units: int = 0
    late_units: int = 0
    short_units: int = 0
    returned_units: int = 0
    commission_fen: int = 0
    discount_fen: int = 0
    brand_fen: int = 0
    platform_fen: int = 0
    claim_loss_fen: int = 0

    @property
    def margin_fen(self) -> int:
        """Margin 毛利: what the platform keeps, less what carriers should have paid."""
        return self.platform_fen - self.claim_loss_fen

    @property
    def refunded_commission_fen(self) -> int:
        """What refunds and resends took back of the commission."""
        return self.commission_fen - self.discount_fen - self.platform_fen

    @property
    def on_time_rate(self) -> int | None:
        """On-time rate 准时率: of the units that were shipped, or should have been by now, those that were shipped in time."""
        return basis_points(self.on_time_units, self.on_time_units + self.late_units)

    @property
    def return_rate(self) -> int | None:
        """Return rate 退货率: of the shipped units those that were refunded."""
        return basis_points(self.returned_units, self.shipped_units)

    @property
    def short_rate(self) -> int | None:
        """Shortage rate 缺货率: of the paid units those that the brand did not have."""
        return basis_points(self.short_units, self.units)

    @property
    def margin_rate(self) -> int | None:
        return basis_points(self.margin_fen, self.sold_fen - self.refunded_fen)


@dataclass(frozen=True, slots=True)
class SellThrough:
    """Units of sales: offered 投放, and of these sold 售出. What a sale still holds for unpaid orders is offered and not sold."""

    offered_units: int
    sold_units: int

    @property
    def rate(self) -> int | None:
        """Sell-through 动销率."""
        return basis_points(self.sold_units, self.offered_units)
