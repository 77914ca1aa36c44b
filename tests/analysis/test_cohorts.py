"""Cohorts: counted by pandas as by hand, and shown month by month."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from analysis.models import CohortMonth
from analysis.rules import Days
from analysis.selectors.cohorts import list_cohorts, list_tiers
from analysis.services.cohorts import cohort_table, count_cohorts
from analysis.sql.cohorts import MemberCount, ResellerMonth
from kernel.clock import set_to
from kernel.period import next_month, shanghai_date
from membership.models import Reseller, TierChange
from orders.models.lines import OrderLine
from tests.analysis.bought import Bought
from tests.analysis.refreshing import refresh
from tests.builders import NOW

MONTHS = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]


@st.composite
def reseller_months(draw: st.DrawFn) -> list[ResellerMonth]:
    """At most one row per reseller and month, none before she joined."""
    rows = []
    for reseller_id in range(draw(st.integers(0, 6))):
        joined = draw(st.sampled_from(MONTHS))
        for month in MONTHS:
            if month >= joined and draw(st.booleans()):
                amounts = [draw(st.integers(0, 10**6)) for _ in range(2)]
                rows.append(ResellerMonth(reseller_id, joined, month, draw(st.integers(1, 5)), *amounts))
    return rows


# ANALYSIS-5
@given(reseller_months())
def test_cohort_table_counts_as_by_hand(bought: list[ResellerMonth]) -> None:
    expected: dict[tuple[date, date], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in bought:
        for place, value in enumerate((1, row.orders, row.sold_fen, row.refunded_fen)):
            expected[row.joined_month, row.month][place] += value
    table = cohort_table(bought, [MemberCount(month, 10) for month in MONTHS])
    found = {
        (row.joined_month, row.month): [row.active, row.orders, row.sold_fen, row.refunded_fen]
        for row in table.itertuples()
    }
    assert found == expected
    assert set(table["members"]) <= {10}


# ANALYSIS-5
@pytest.mark.django_db
def test_cohorts_are_kept_and_shown_from_the_month_of_joining_on() -> None:
    bought = Bought()
    other = bought.market.reseller()
    refresh(now=NOW)
    assert count_cohorts() == 1
    line = OrderLine.objects.get()
    kept = CohortMonth.objects.get()
    assert (kept.joined_month, kept.month, kept.members, kept.active) == (date(2026, 11, 1), date(2026, 11, 1), 2, 1)
    assert kept.sold_fen == 5 * line.price_fen
    (row,) = list_cohorts(today=date(2027, 1, 15))
    assert [(cell.month, cell.active, cell.retention) for cell in row.cells] == [
        (date(2026, 11, 1), 1, 5000), (date(2026, 12, 1), 0, 0), (date(2027, 1, 1), 0, 0),
    ]  # fmt: skip
    assert count_cohorts() == 1
    assert Reseller.objects.filter(pk=other.id).exists()
    assert list_cohorts(today=next_month(date(2027, 11, 1))) == []


# ANALYSIS-5
@pytest.mark.django_db
def test_tiers_show_members_moves_and_what_was_bought_at_them() -> None:
    bought = Bought()
    refresh(now=NOW)
    TierChange.objects.all().delete()
    changes = ((0, 1, NOW), (1, 2, NOW), (2, 1, NOW), (0, 1, NOW - timedelta(days=40)))
    for before, after, at in changes:
        TierChange.objects.create(reseller_id=bought.daigou.id, at=at, before=before, after=after, at_rollover=False)
    today = shanghai_date(NOW)
    tiers = {each.tier.value: each for each in list_tiers(Days(today, today))}
    assert [(tiers[tier].moves.came_up, tiers[tier].moves.came_down) for tier in range(3)] == [(0, 0), (1, 1), (1, 0)]
    assert sum(each.moves.members for each in tiers.values()) == Reseller.objects.count()
    line = OrderLine.objects.get()
    assert sum(each.bought.sold_fen for each in tiers.values()) == 5 * line.price_fen
    assert sum(each.bought.orders for each in tiers.values()) == 1


# ANALYSIS-5
@pytest.mark.django_db
def test_page_of_members_shows_retention_and_tiers() -> None:
    bought = Bought()
    refresh(now=NOW)
    count_cohorts()
    client = Client()
    client.force_login(Person.objects.get(pk=bought.market.ops.own_id))
    with set_to(NOW):
        page = client.get("/console/analysis/members/").content.decode()
    assert "100.0%" in page, page[page.index("留存") :][:1500]
    assert "2026-11" in page
    assert "/console/members/?tier=0" in page
