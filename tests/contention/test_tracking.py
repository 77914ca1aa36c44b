"""Workers and pushes that meet at one waybill, and a push over HTTP (TRACK-3, TRACK-4, TRACK-5)."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from events.models import Event
from kernel.clock import set_to
from orders.models.shipping import Parcel
from orders.services.parcel_tracking import ask_about_parcels, follow_parcels, receive_push
from tests.builders import NOW
from tests.contention.concurrency import run_concurrently
from tests.tracking.conftest import kuaidi100, running_kuaidi100  # noqa: F401 - fixtures
from tests.tracking.kuaidi100_server import Kuaidi100, row
from tests.tracking.shipped import YTO, ShippedOrder
from tracking import sql
from tracking.models import TrackedWaybill, WaybillEvent
from tracking.services.asking import claim_due
from tracking.services.kuaidi100 import read_push

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
AT = NOW + timedelta(days=2)
WALK = [
    row("2026-11-22 18:00:00", "103", "已揽收", "已揽收"),
    row("2026-11-23 12:00:00", "206", "无法联系", "联系不上收件人"),
    row("2026-11-23 17:30:00", "301", "本人签收", "已签收"),
]


def waybills(count: int) -> list[int]:
    rows = TrackedWaybill.objects.bulk_create(
        TrackedWaybill(
            company="yuantong",
            number=f"YT{n:013}",
            shipped_at=NOW,
            status_at=NOW,
            last_event_at=NOW,
            next_attempt_at=NOW,
            registered_at=NOW,
        )
        for n in range(count)
    )
    return [row.pk for row in rows]


def claim_while_another_holds(limit: int) -> tuple[list[int], list[int]]:
    """What a worker claims, and what a second one claims that begins before the first has committed."""
    second: list[int] = []

    def claim() -> None:
        second.extend(each.id for each in claim_due(limit=limit, now=NOW))
        connection.close()

    with transaction.atomic():
        first = [each.id for each in claim_due(limit=limit, now=NOW)]
        other = threading.Thread(target=claim)
        other.start()
        ends_at = time.monotonic() + 10
        while other.is_alive() and time.monotonic() < ends_at and not _somebody_waits():
            time.sleep(0.02)
    other.join(timeout=20)
    return first, second


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_control_without_skipping_locked_rows_two_workers_claim_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    waybills(2)
    monkeypatch.setattr(sql, "_CLAIM_DUE", sql._CLAIM_DUE.replace(" FOR UPDATE SKIP LOCKED", ""))
    first, second = claim_while_another_holds(2)
    assert set(first) & set(second)


def test_two_workers_claim_different_waybills() -> None:
    ids = waybills(4)
    first, second = claim_while_another_holds(2)
    assert sorted(first + second) == ids
    assert (len(first), len(second)) == (2, 2)


def test_pushes_of_one_waybill_at_once_end_as_one_after_the_other(kuaidi100: Kuaidi100) -> None:  # noqa: F811
    ShippedOrder()
    follow_parcels(now=NOW)
    reports = [read_push(kuaidi100.push_form(YTO, WALK[:count])["param"]) for count in (1, 2, 3, 3, 2, 1)]
    run_concurrently([lambda report=report: receive_push(report=report, now=AT) for report in reports])  # type: ignore[misc]
    assert (Parcel.objects.get().status, WaybillEvent.objects.count()) == ("delivered", 3)
    assert Event.objects.filter(kind="parcel_signed").count() == 1


def test_follow_parcels_at_once_follows_each_once(kuaidi100: Kuaidi100) -> None:  # noqa: F811
    order = ShippedOrder()
    for _ in range(3):
        order.ship(order.order(order.daigou.recipient_id), "圆通", YTO)
    counts = run_concurrently([lambda: follow_parcels(now=NOW)] * 4)
    assert sum(int(str(each)) for each in counts) == 4
    assert TrackedWaybill.objects.count() == 1
    assert Parcel.objects.filter(tracked__isnull=False).count() == 4


def test_a_subscription_is_pushed_over_http(
    kuaidi100: Kuaidi100,  # noqa: F811
    live_server: LiveServer,
    settings: Settings,
) -> None:
    settings.KUAIDI100_CALLBACK = live_server.url
    ShippedOrder()
    follow_parcels(now=NOW)
    assert ask_about_parcels(clock=lambda: NOW) == 1
    with set_to(AT):
        answers = [kuaidi100.push(YTO, WALK[:count]) for count in (1, 3, 2)]
    assert answers == [{"result": True, "returnCode": "200", "message": "成功"}] * 3
    assert (Parcel.objects.get().status, WaybillEvent.objects.count()) == ("delivered", 3)
