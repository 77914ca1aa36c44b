"""SQL that repeats the law of notices gives what the pure functions give (NOTICE-4)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import sql
from notices.rules import QuietHours
from notices.selectors.integrity import in_quiet_hours_sql

MINUTES = st.integers(0, 1439)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.django_db
@settings(deadline=None)
@given(st.lists(st.tuples(INSTANTS, MINUTES, MINUTES).filter(lambda each: each[1] != each[2]), min_size=1, max_size=40))
def test_quiet_hours_in_sql_are_those_of_the_rules(cases: list[tuple[datetime, int, int]]) -> None:
    statement = f"""
        SELECT {in_quiet_hours_sql("c.at", "c.first", "c.last")}
        FROM unnest(%(at)s::timestamptz[], %(first)s::int[], %(last)s::int[]) WITH ORDINALITY AS c(at, first, last, number)
        ORDER BY c.number
        """
    at, first, last = (list(each) for each in zip(*cases, strict=True))
    found = sql.column(statement, {"at": at, "first": first, "last": last})
    assert found == [QuietHours(begin, end).contains(instant) for instant, begin, end in cases]
