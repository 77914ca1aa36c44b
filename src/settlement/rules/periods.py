"""The rules of periods: what a brand's statements are about, by its contract, and which are due to be drawn (SETTLE-9)."""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kernel.period import SHANGHAI, next_month, previous_month


class StatementKind(enum.StrEnum):
    SALE = "sale"
    """One statement per sale."""
    MONTH = "month"
    """One per calendar month, by the payment of a line."""
    DELIVERY = "delivery"
    """One per day, by the last shipment of a line; by its payment where nothing of it was shipped."""


@dataclass(frozen=True, slots=True)
class TermsFrom:
    """How a brand is settled for sales that end on this day or later, in Shanghai."""

    kind: StatementKind
    from_date: date


def kind_on(terms: Sequence[TermsFrom], day: date) -> StatementKind:
    """How a sale that ends on a day is settled: by the latest terms from before; by sale where there are none."""
    begun = [each for each in terms if each.from_date <= day]
    return max(begun, key=lambda each: each.from_date).kind if begun else StatementKind.SALE


@dataclass(frozen=True, slots=True, order=True)
class StatementPeriod:
    """The days of a statement, both included, in Shanghai."""

    first_date: date
    last_date: date

    @property
    def ends_at(self) -> datetime:
        """The instant after its last day."""
        return datetime.combine(self.last_date + timedelta(days=1), time.min, SHANGHAI)


def period_of(kind: StatementKind, day: date) -> StatementPeriod:
    """The period that a day belongs to."""
    if kind is StatementKind.MONTH:
        first = day.replace(day=1)
        return StatementPeriod(first, next_month(first) - timedelta(days=1))
    return StatementPeriod(day, day)


def last_complete_period(kind: StatementKind, today: date) -> StatementPeriod:
    """The latest period that is over."""
    day = previous_month(today) if kind is StatementKind.MONTH else today - timedelta(days=1)
    return period_of(kind, day)


def period_to_draw(
    kind: StatementKind, own: StatementPeriod, *, drawn: Collection[date], due: Collection[date], today: date
) -> StatementPeriod | None:
    """The period whose statement is to be drawn for lines of the period `own` that neither a statement nor a draft has.

    `drawn` are the first days of the periods that have a statement, `due` those of periods that are over, have lines and have none. Lines
    that were left out of their own, because they were not ready, go into the next that is due, otherwise into the last that is over. None
    where that has a statement too, or where the own period is not over.
    """
    last = last_complete_period(kind, today)
    if own.last_date >= today:
        return None
    if own.first_date not in drawn:
        return own
    later = [each for each in due if each > own.first_date]
    if later:
        return period_of(kind, min(later))
    return None if last.first_date in drawn else last


def draft_of(day: date, drafts: Collection[StatementPeriod]) -> StatementPeriod | None:
    """The draft that has a line of a day which no statement has: the earliest that ends on that day or later."""
    return min((each for each in drafts if each.last_date >= day), default=None)
