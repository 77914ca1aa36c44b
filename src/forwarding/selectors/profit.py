"""What a reseller earned: by day, week, sale and order (FORWARD-18)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from db.rows import view_of
from forwarding.rules.profit import ProfitSpan
from forwarding.sql.profit import ProfitSums, find_profits
from kernel.period import SHANGHAI

MAX_ROWS = 400
MAX_EXPORTED = 100_000
"""Rows of a file: more than the orders of a year."""
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class ProfitRowView:
    """What she earned in one day (`key` its date), week (its Monday), sale or order (the id).

    `unpriced_units` were ordered while she had no retail price for them; what she paid for those (`unpriced_fen`) is in no other sum.
    """

    response_properties: ClassVar = ("profit_fen",)

    key: str
    title: str
    orders: int
    units: int
    revenue_fen: int
    paid_fen: int
    unpriced_units: int
    unpriced_fen: int

    @property
    def profit_fen(self) -> int:
        return self.revenue_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class ProfitView:
    """The rows of a span of days, the latest first, at most `MAX_ROWS`, and their sums. `first_date` and `last_date` are both within."""

    span: ProfitSpan
    first_date: date
    last_date: date
    total: ProfitRowView
    rows: list[ProfitRowView]


def get_profit(reseller_id: int, *, span: ProfitSpan, first_date: date, last_date: date) -> ProfitView:
    """What she earned with the orders paid on these days in Shanghai; at most `MAX_DAYS`, the later ones where there are more."""
    first_date = max(first_date, last_date - timedelta(days=MAX_DAYS - 1))
    rows = list_profit_rows(reseller_id, span=span, first_date=first_date, last_date=last_date, limit=MAX_ROWS)
    return ProfitView(span, first_date, last_date, _total(rows), rows)


def list_profit_rows(
    reseller_id: int, *, span: ProfitSpan, first_date: date, last_date: date, limit: int = MAX_EXPORTED
) -> list[ProfitRowView]:
    """The rows alone, the latest first; of at most `MAX_DAYS`, the later ones where there are more."""
    sums = find_profits(
        reseller_id=reseller_id,
        span=span,
        since=_midnight(max(first_date, last_date - timedelta(days=MAX_DAYS - 1))),
        until=_midnight(last_date + timedelta(days=1)),
        limit=limit,
    )
    return [_row(each) for each in sums]


def get_order_profit(reseller_id: int, order_id: int) -> ProfitRowView | None:
    """What she earned with an order; None while it is not paid."""
    sums = find_profits(
        reseller_id=reseller_id,
        span=ProfitSpan.ORDER,
        since=datetime(2000, 1, 1, tzinfo=UTC),
        until=datetime(9000, 1, 1, tzinfo=UTC),
        order_id=order_id,
        limit=1,
    )
    return _row(sums[0]) if sums else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _row(sums: ProfitSums) -> ProfitRowView:
    return view_of(ProfitRowView, sums)


def _total(rows: list[ProfitRowView]) -> ProfitRowView:
    return ProfitRowView(
        key="",
        title="",
        orders=sum(each.orders for each in rows),
        units=sum(each.units for each in rows),
        revenue_fen=sum(each.revenue_fen for each in rows),
        paid_fen=sum(each.paid_fen for each in rows),
        unpriced_units=sum(each.unpriced_units for each in rows),
        unpriced_fen=sum(each.unpriced_fen for each in rows),
    )
