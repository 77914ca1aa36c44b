"""Periods of time: half-open, timezone-aware, UTC inside. Local zones are used only for display and to count days and months."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from `starts_at` up to, not including, `ends_at`; both aware. An empty or reversed period is refused."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("a period needs aware instants")
        if self.ends_at <= self.starts_at:
            raise ValueError("a period ends after it starts")

    @classmethod
    def starting(cls, starts_at: datetime, length: timedelta) -> Self:
        return cls(starts_at, starts_at + length)

    def contains(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def overlaps(self, other: "Period") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


def month_of(at: datetime) -> date:
    """The first day of the calendar month that `at` falls in for people in Shanghai."""
    return at.astimezone(SHANGHAI).date().replace(day=1)


def shanghai_date(at: datetime) -> date:
    """The day that `at` falls in for people in Shanghai."""
    return at.astimezone(SHANGHAI).date()


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def previous_month(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_period(month: date) -> Period:
    """The instants of a calendar month in Shanghai, as a UTC period; `month` is any day of it."""
    first = month.replace(day=1)
    return Period(_shanghai_midnight(first), _shanghai_midnight(next_month(first)))


def day_period(day: date) -> Period:
    """The instants of a calendar day in Shanghai, as a UTC period."""
    return Period(_shanghai_midnight(day), _shanghai_midnight(day + timedelta(days=1)))


def _shanghai_midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
