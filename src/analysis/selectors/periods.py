"""The period that a page shows, as its address says it (ANALYSIS-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from analysis.rules import Days, Span, choose_days, days_before
from kernel.period import shanghai_date
from web.query_parameters import Check, day, one_of, parse_day

PERIOD_PARAMETERS: Mapping[str, Check] = {"span": one_of(Span), "first": day, "last": day}
"""What the address of a page with a period may say: `?span=30`, or `?first=…&last=…`."""


@dataclass(frozen=True, slots=True)
class ChosenPeriod:
    span: Span
    days: Days

    @property
    def before(self) -> Days:
        return days_before(self.days)

    @property
    def query(self) -> str:
        """The period as parameters of an address, whatever day it is read."""
        return f"first={self.days.first.isoformat()}&last={self.days.last.isoformat()}"


def chosen_period(parameters: Mapping[str, str], *, at: datetime) -> ChosenPeriod:
    """The period that an address names; the last 30 days where it names none. Refuses dates that make no period."""
    first, last = parse_day(parameters.get("first")), parse_day(parameters.get("last"))
    span = Span(parameters.get("span") or (Span.DATES if first or last else Span.DAYS_30))
    return ChosenPeriod(span, choose_days(span, today=shanghai_date(at), first=first, last=last))


def posted_days(fields: Mapping[str, str]) -> Days:
    """The days that a form sends as `first` and `last`. Refuses what makes no period."""
    return choose_days(
        Span.DATES, today=date.min, first=parse_day(fields.get("first")), last=parse_day(fields.get("last"))
    )
