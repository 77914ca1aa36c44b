"""The kept figures: counted from the lines, counted again when a line changes, and the same whoever counts."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from aftersales.rules import CaseReason
from aftersales.services.cases import open_case, refund_only
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from analysis.models import CountedDay, RollupState, SaleDay, SaleDayRefund, SaleGoods, SaleTotal, TierDay
from analysis.services import rollups
from analysis.services.rollups import Refreshed
from flashsales.services.ending import close_ended
from integrity.selectors.checks import violations_of
from membership.models import Reseller
from orders.models.lines import OrderLine
from tests.analysis.bought import Bought
from tests.analysis.refreshing import refresh
from tests.builders import HOUR, NOW

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
DAY = date(2026, 11, 22)
SHIPPED_LATE = NOW + 30 * HOUR


def figures() -> dict[str, Any]:
    return dict(SaleDay.objects.values().get())


# ANALYSIS-1, ANALYSIS-3
def test_refresh_counts_the_lines_of_a_day_and_the_units_of_a_sale() -> None:
    bought = Bought()
    line = OrderLine.objects.select_related("price_row").get()
    assert refresh(now=NOW) == Refreshed(days=1, sales=1)
    found = figures()
    base = line.price_row.base_price_fen
    assert (found["day"], found["sale_id"], found["lines"], found["units"]) == (DAY, bought.sale_id, 1, 5)
    assert (found["sold_fen"], found["brand_fen"]) == (5 * line.price_fen, 5 * line.payable_fen)
    assert found["commission_fen"] - found["discount_fen"] == found["platform_fen"] == 5 * line.commission_fen
    assert found["discount_fen"] == 5 * (base - line.price_fen)
    assert (found["on_time_units"], found["late_units"], found["shipped_units"]) == (0, 0, 0)
    total = SaleTotal.objects.get()
    assert (total.starts_on, total.offered_units, total.sold_units) == (DAY, 20, 5)
    assert list(SaleGoods.objects.values_list("offered_units", "sold_units")) == [(20, 5)]
    tier = TierDay.objects.get()
    assert (tier.orders, tier.units, tier.sold_fen) == (1, 5, found["sold_fen"])
    assert tier.joined_month == Reseller.objects.get().joined_at.date().replace(day=1)
    assert violations_of("analysis") == []


# ANALYSIS-1
def test_refresh_again_counts_nothing_and_changes_nothing() -> None:
    Bought()
    refresh(now=NOW)
    before = figures()
    assert refresh(now=NOW) == Refreshed(days=0, sales=0)
    assert figures() == before


# ANALYSIS-1, ANALYSIS-3
def test_refresh_counts_an_old_day_again_after_a_late_refund() -> None:
    bought = Bought()
    bought.ship(NOW)
    refresh(now=NOW)
    assert (figures()["on_time_units"], figures()["late_units"], figures()["returned_units"]) == (5, 0, 0)
    later = NOW + timedelta(days=4)
    case = open_case(
        actor=bought.daigou.actor, line_id=bought.line_id, units=2, reason=CaseReason.FAULTY, evidence="x", key="c",
        now=later,
    )  # fmt: skip
    refund_only(actor=bought.market.ops, case_id=case.id, amount_fen=None, now=later)
    assert refresh(now=later) == Refreshed(days=1, sales=0)
    found, refund = figures(), SaleDayRefund.objects.get()
    assert (found["day"], found["refunded_units"], found["returned_units"]) == (DAY, 2, 2)
    assert (refund.day, refund.reason, refund.case_reason, refund.units) == (DAY, "refund_only", "faulty", 2)
    assert refund.amount_fen == found["refunded_fen"] == 2 * OrderLine.objects.get().price_fen
    assert violations_of("analysis") == []


# ANALYSIS-3
def test_refresh_counts_shortage_and_units_cancelled_before_shipping_apart() -> None:
    bought = Bought()
    report_out_of_stock(actor=bought.market.ops, line_id=bought.line_id, units=1, note="", key="s", now=NOW)
    refund_unshipped(actor=bought.market.ops, line_id=bought.line_id, units=2, note="", key="r", now=NOW)
    refresh(now=NOW)
    found = figures()
    assert (found["short_units"], found["refunded_units"], found["returned_units"]) == (1, 3, 0)
    assert set(SaleDayRefund.objects.values_list("reason", "units")) == {("out_of_stock", 1), ("changed_mind", 2)}
    assert SaleTotal.objects.values_list("sold_units", flat=True).get() == 2


# ANALYSIS-3
@pytest.mark.parametrize(("shipped_at", "on_time", "late"), [(NOW + 24 * HOUR, 5, 0), (SHIPPED_LATE, 0, 5)])
def test_refresh_tells_units_shipped_in_time_from_late_ones(shipped_at: Any, on_time: int, late: int) -> None:
    bought = Bought()
    bought.ship(shipped_at)
    refresh(now=SHIPPED_LATE)
    assert (figures()["on_time_units"], figures()["late_units"]) == (on_time, late)


# ANALYSIS-3
def test_refresh_counts_units_as_late_once_their_deadline_passed_unshipped() -> None:
    bought = Bought()
    refresh(now=NOW)
    assert figures()["late_units"] == 0
    assert refresh(now=NOW + 24 * HOUR + timedelta(seconds=1)) == Refreshed(days=1, sales=0)
    assert figures()["late_units"] == 5
    bought.ship(SHIPPED_LATE)
    refresh(now=SHIPPED_LATE)
    assert (figures()["on_time_units"], figures()["late_units"]) == (0, 5)


# ANALYSIS-1
def test_refresh_counts_a_sale_again_after_it_closed_or_was_taken_back() -> None:
    bought = Bought()
    refresh(now=NOW)
    close_ended(now=NOW + 49 * HOUR)
    assert refresh(now=NOW + 49 * HOUR) == Refreshed(days=1, sales=1)  # the deadline passed too
    assert SaleTotal.objects.values_list("offered_units", "sold_units").get() == (20, 5)
    assert bought.sale_id == SaleTotal.objects.get().pk
    assert violations_of("analysis") == []


# ANALYSIS-1
def test_refresh_counts_everything_where_the_numbers_are_those_of_another_database() -> None:
    Bought()
    refresh(now=NOW)
    SaleDay.objects.update(units=4)
    RollupState.objects.update(database="7/7")
    assert violations_of("analysis") == []  # nothing is known of what has changed since
    assert refresh(now=NOW) == Refreshed(days=1, sales=1)
    assert figures()["units"] == 5


# ANALYSIS-1
def test_integrity_names_a_figure_that_the_lines_do_not_give() -> None:
    bought = Bought()
    refresh(now=NOW)
    SaleDay.objects.update(units=4)
    assert ("analysis.sale_day", figures()["id"]) in {(each.code, each.row_id) for each in violations_of("analysis")}
    SaleDay.objects.all().delete()
    found = {(each.code, each.row_id) for each in violations_of("analysis")}
    assert ("analysis.sale_day_missing", bought.sale_id) in found


# ANALYSIS-1
def test_refresh_does_nothing_while_another_refreshes() -> None:
    Bought()
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('analysis.refresh'))")
                locked.set()
                done.wait(timeout=20)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert locked.wait(timeout=20)
    assert refresh(now=NOW) is None
    assert not CountedDay.objects.exists()
    done.set()
    other.join(timeout=20)
    assert refresh(now=NOW) == Refreshed(days=1, sales=1)


# ANALYSIS-1
def test_refresh_counts_what_a_transaction_commits_that_was_open_during_the_refresh_before() -> None:
    bought = Bought()
    rollups.refresh(now=NOW)
    written, refreshed = threading.Event(), threading.Event()

    def refund_slowly() -> None:
        try:
            with transaction.atomic():
                refund_unshipped(actor=bought.market.ops, line_id=bought.line_id, units=2, note="", key="r", now=NOW)
                written.set()
                refreshed.wait(timeout=20)
        finally:
            connection.close()

    slow = threading.Thread(target=refund_slowly)
    slow.start()
    assert written.wait(timeout=20)
    with (
        connection.cursor() as cursor
    ):  # transactions that begin and end meanwhile have higher numbers than the open one
        cursor.execute("SELECT pg_current_xact_id()")
    rollups.refresh(now=NOW)
    assert figures()["refunded_units"] == 0
    refreshed.set()
    slow.join(timeout=20)
    assert OrderLine.objects.get().refunded_units == 2
    rollups.refresh(now=NOW)
    assert figures()["refunded_units"] == 2
    assert violations_of("analysis") == []
