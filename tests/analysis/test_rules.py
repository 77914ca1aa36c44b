"""The rules of analysis: periods and what they are compared with, and rates."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.rules import (
    MAX_DAYS,
    Days,
    Figures,
    InvalidPeriod,
    SellThrough,
    Span,
    basis_points,
    choose_days,
    days_before,
)

TODAY = date(2026, 12, 1)
DATES = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


# ANALYSIS-2
@pytest.mark.parametrize(
    ("span", "first"),
    [
        (Span.WEEK, date(2026, 11, 25)),
        (Span.DAYS_30, date(2026, 11, 2)),
        (Span.DAYS_90, date(2026, 9, 3)),
        (Span.MONTH, TODAY),
    ],
)
def test_choose_days_ends_today(span: Span, first: date) -> None:
    assert choose_days(span, today=TODAY) == Days(first, TODAY)


# ANALYSIS-2
@pytest.mark.parametrize(
    ("first", "last"),
    [(None, TODAY), (TODAY, None), (TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=MAX_DAYS), TODAY)],
)
def test_choose_days_refuses_dates_that_make_no_period(first: date | None, last: date | None) -> None:
    with pytest.raises(InvalidPeriod):
        choose_days(Span.DATES, today=TODAY, first=first, last=last)


# ANALYSIS-2
@given(DATES, st.integers(1, MAX_DAYS))
def test_days_before_end_before_the_period_and_touch_it_unless_it_is_a_part_of_a_month(first: date, count: int) -> None:
    days = Days(first, first + timedelta(days=count - 1))
    before = days_before(days)
    assert before.last < days.first
    is_of_month = first.day == 1 and days.last.month == first.month and days.last.year == first.year
    if is_of_month:
        assert (before.first.day, before.first.month % 12 + 1) == (1, first.month)
        assert before.count <= days.count or days.last + timedelta(days=1) == (first + timedelta(days=31)).replace(
            day=1
        )
    else:
        assert (before.last + timedelta(days=1), before.count) == (days.first, count)


# ANALYSIS-2
def test_days_before_a_month_are_the_month_before() -> None:
    assert days_before(Days(date(2026, 3, 1), date(2026, 3, 31))) == Days(date(2026, 2, 1), date(2026, 2, 28))
    assert days_before(Days(date(2026, 3, 1), date(2026, 3, 30))) == Days(date(2026, 2, 1), date(2026, 2, 28))
    assert days_before(Days(date(2026, 3, 1), date(2026, 3, 5))) == Days(date(2026, 2, 1), date(2026, 2, 5))


# ANALYSIS-3
@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_basis_points_are_within_half_of_the_exact_share(part: int, whole: int) -> None:
    found = basis_points(part, whole)
    assert found is not None
    assert abs(Fraction(found) - Fraction(part, whole) * 10_000) <= Fraction(1, 2)


# ANALYSIS-3
def test_rates_of_nothing_are_unknown() -> None:
    empty = Figures()
    assert (empty.on_time_rate, empty.return_rate, empty.short_rate, empty.margin_rate) == (None,) * 4
    assert SellThrough(0, 0).rate is None


# ANALYSIS-3
def test_rates_have_the_parts_that_their_definitions_name() -> None:
    found = Figures(
        units=200, sold_fen=1000_00, refunded_fen=200_00, shipped_units=150, on_time_units=90, late_units=60, short_units=10,
        returned_units=15, commission_fen=200_00, discount_fen=50_00, platform_fen=110_00, claim_loss_fen=10_00,
    )  # fmt: skip
    assert (found.on_time_rate, found.return_rate, found.short_rate) == (6000, 1000, 500)
    assert (found.margin_fen, found.refunded_commission_fen, found.margin_rate) == (100_00, 40_00, 1250)
    assert (
        found.commission_fen - found.discount_fen - found.refunded_commission_fen - found.claim_loss_fen
        == found.margin_fen
    )
