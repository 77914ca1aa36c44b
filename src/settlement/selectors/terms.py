"""Reads of how brands are settled, and of the periods whose statements are due to be drawn."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from kernel.period import shanghai_date
from settlement import sql
from settlement.models import SettlementTerms, Statement
from settlement.rules.periods import StatementKind, StatementPeriod, TermsFrom, period_of, period_to_draw


@dataclass(frozen=True, slots=True)
class PeriodToDraw:
    """A period of a brand that is over and has no statement, with the lines that it will have so far.

    `is_next`: it is the earliest of the brand. The statement of a later one would have the lines of the earlier too.
    """

    brand_id: int
    brand_name: str
    kind: StatementKind
    period: StatementPeriod
    line_count: int
    payable_fen: int
    is_next: bool


def list_terms(brand_id: int) -> list[TermsFrom]:
    """How the brand is settled, from which day on, the earliest first."""
    rows = SettlementTerms.objects.filter(brand_id=brand_id).order_by("from_date")
    return [TermsFrom(StatementKind(row.kind), row.from_date) for row in rows]


def list_periods_to_draw(*, at: datetime) -> list[PeriodToDraw]:
    """The periods that are over, with lines that neither a statement nor a draft has, and without a statement; the earliest first."""
    today = shanghai_date(at)
    drawn: dict[tuple[int, str], set[date]] = defaultdict(set)
    periods = Statement.objects.filter(first_date__isnull=False)
    for brand_id, kind, first_date in periods.values_list("brand_id", "kind", "first_date"):
        if first_date is not None:
            drawn[brand_id, kind].add(first_date)
    unsettled = [(lines, period_of(lines.kind, lines.day)) for lines in sql.list_unsettled()]
    due: dict[tuple[int, str], set[date]] = defaultdict(set)
    for lines, own in unsettled:
        if own.last_date < today and own.first_date not in drawn[lines.brand_id, lines.kind.value]:
            due[lines.brand_id, lines.kind.value].add(own.first_date)
    found: dict[tuple[date, int, StatementKind], PeriodToDraw] = {}
    for lines, own in unsettled:
        of_brand = (lines.brand_id, lines.kind.value)
        period = period_to_draw(lines.kind, own, drawn=drawn[of_brand], due=due[of_brand], today=today)
        if period is None:
            continue
        key = (period.first_date, lines.brand_id, lines.kind)
        before = found.get(key)
        found[key] = PeriodToDraw(
            brand_id=lines.brand_id,
            brand_name=lines.brand_name,
            kind=lines.kind,
            period=period,
            line_count=lines.line_count + (before.line_count if before else 0),
            payable_fen=lines.payable_fen + (before.payable_fen if before else 0),
            is_next=period.first_date <= min(due[of_brand], default=period.first_date),
        )
    return [found[key] for key in sorted(found)]
