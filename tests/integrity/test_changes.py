"""A run over what changed since the last one that found nothing: it finds what a full run would find, late commits included."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import F

from integrity import services
from integrity.models import IntegrityRun
from integrity.sql import APPS, CHANGED_IDS, CHANGED_KINDS, TABLES_WITHOUT_DELETES, get_watermark, reason_for_full_run
from inventory.models import Sku
from ledger.models import LedgerAccount
from tests.builders import NOW, Marketplace, item_of
from tests.integrity.world import World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@contextmanager
def without_guards() -> Iterator[None]:
    """A transaction in which neither triggers nor foreign keys hold anything up."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield


def named(report: services.Report) -> set[tuple[str, str, int]]:
    return {(each.code, each.table, each.row_id) for result in report.results for each in result.violations}


def test_the_first_run_checks_everything_and_the_next_only_what_changed() -> None:
    World()
    first = services.check_changes(now=NOW)
    assert (first.violation_count, first.everything, first.full_run_reason) == (0, True, "there was no clean run yet")
    second = services.check_changes(now=NOW)
    assert (second.violation_count, second.everything, list(second.changed)) == (0, False, list(CHANGED_IDS))
    wallet = LedgerAccount.objects.filter(kind="wallet").order_by("pk")[0]
    LedgerAccount.objects.filter(pk=wallet.pk).update(balance_fen=wallet.balance_fen + 1)
    third = services.check_changes(now=NOW)
    assert named(third) == {("ledger.balance", "ledger_account", wallet.pk)}
    assert not third.everything
    # What was found once is found again, until it is mended: a run that found something is no ground to stand on.
    assert named(services.check_changes(now=NOW)) == named(third)
    assert list(IntegrityRun.objects.order_by("pk").values_list("everything", "violation_count")) == [
        (True, 0), (False, 0), (False, 1), (False, 1),
    ]  # fmt: skip


def test_a_sku_that_changes_after_its_orders_were_checked_breaks_nothing() -> None:
    market = Marketplace()
    sku = market.sku()
    daigou = market.reseller(wallet_fen=5000_00)
    item = item_of(market.sale(sku), sku)
    market.paid_order(daigou, item, 2)
    assert services.check_everything(now=NOW).violation_count == 0
    Sku.objects.filter(pk=sku).update(base_price_fen=F("base_price_fen"))
    assert (named(services.check_changes(now=NOW)), services.check_everything(now=NOW).violation_count) == (set(), 0)


def test_a_transaction_that_was_open_during_the_clean_run_is_checked_by_the_next() -> None:
    market = Marketplace()
    sku = market.sku()
    daigou = market.reseller(wallet_fen=5000_00)
    order = market.paid_order(daigou, item_of(market.sale(sku), sku), 2)
    written, checked = threading.Event(), threading.Event()

    def spoil_slowly() -> None:
        try:
            with without_guards(), connection.cursor() as cursor:
                cursor.execute("UPDATE orders_orderline SET labelling = 'cut'")
                written.set()
                checked.wait(timeout=20)
        finally:
            connection.close()

    slow = threading.Thread(target=spoil_slowly)
    slow.start()
    assert written.wait(timeout=20)
    # Other transactions begin and end meanwhile, so that the open one is not the latest.
    market.top_up(daigou, 1_00)
    assert services.check_everything(now=NOW).violation_count == 0
    checked.set()
    slow.join(timeout=20)
    market.top_up(daigou, 1_00)
    report = services.check_changes(now=NOW)
    assert not report.everything
    assert named(report) == {("orders.price", "orders_orderline", order.lines[0].id)}


def test_rows_that_were_deleted_make_the_next_run_check_everything() -> None:
    Marketplace().sku()
    services.check_everything(now=NOW)
    with without_guards(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_movement RETURNING sku_id")
        gone = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT pg_stat_force_next_flush()")
    report = services.check_changes(now=NOW)
    assert report.full_run_reason == "rows of inventory_movement were deleted since the last clean run"
    assert report.everything
    assert {row for code, _, row in named(report) if code == "inventory.units"} == gone


def test_a_watermark_of_another_database_or_of_long_ago_makes_the_next_run_check_everything() -> None:
    services.check_everything(now=NOW)
    IntegrityRun.objects.update(database="7/7")
    assert services.check_changes(now=NOW).full_run_reason.startswith("the last clean run was in another database")
    IntegrityRun.objects.update(xid=-2_000_000_001)
    assert services.check_changes(now=NOW).full_run_reason == "the last clean run is too many transactions ago"


def test_tables_that_are_watched_exist() -> None:
    found = {name.partition("_2")[0].removesuffix("_rest") for name in get_watermark().removals}
    assert found == set(TABLES_WITHOUT_DELETES)
    assert reason_for_full_run(get_watermark(), get_watermark()) == ""


def test_apps_tell_changes_of_the_known_kinds_only() -> None:
    assert {kind for app in APPS for kind in app.CHANGED_IDS} == set(CHANGED_KINDS)


def test_changes_of_a_kind_follow_from_those_of_earlier_kinds() -> None:
    for position, statement in enumerate(CHANGED_IDS.values()):
        assert set(re.findall(r"\bchanged_(\w+)", statement)) <= set(CHANGED_KINDS[:position])
