from datetime import UTC, date, datetime, timedelta

import pytest

from kernel.period import Period, month_of, month_period

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_period_holds_its_first_instant_and_not_its_last() -> None:
    period = Period.starting(NOON, timedelta(hours=48))
    assert period.contains(NOON)
    assert period.contains(period.ends_at - timedelta(microseconds=1))
    assert not period.contains(period.ends_at)


def test_periods_that_touch_do_not_overlap() -> None:
    first = Period.starting(NOON, timedelta(hours=1))
    second = Period.starting(first.ends_at, timedelta(hours=1))
    assert not first.overlaps(second)
    assert first.overlaps(Period.starting(NOON + timedelta(minutes=59), timedelta(hours=1)))


def test_an_empty_or_naive_period_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Period(NOON, NOON)
    with pytest.raises(ValueError, match="aware"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001 - naive on purpose


def test_a_month_turns_at_midnight_in_shanghai() -> None:
    turn = datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert month_of(turn) == date(2026, 2, 1)
    assert month_of(turn - timedelta(milliseconds=1)) == date(2026, 1, 1)
    assert month_period(date(2024, 2, 10)).length == timedelta(days=29)
