"""`/metrics`: who may read it, what it counts over several processes, and the figures that it reads from the database and Redis."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from redis.exceptions import RedisError

from config import figures, metrics
from config.celery import app
from events.models import Event
from flashsales.models import SaleItem
from flashsales.services.units import SoldOut
from integrity.services import check_everything
from integrity.tasks import check_changes
from inventory.models import Upload
from inventory.tasks import read_upload
from jobs.runs import read_runs
from kernel import clock
from notices.services.outbox import write_notices
from orders.tasks import expire_unpaid
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.config.service import serving
from tests.own_cache import clear_own_cache

TOKEN = "only-for-tests-of-metrics"
NINE_IN_SHANGHAI = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)

Samples = dict[str, dict[str, float]]


def samples(text: str) -> Samples:
    """The values of each name by its labels, written `value` or `value,value` in the order of their names."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def read(port: int) -> Samples:
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    assert answer.status_code == 200
    return samples(answer.text)


def read_figures(now: datetime = NOW) -> Samples:
    found: Samples = {}
    for metric in figures.read_all(now):
        for sample in metric.samples:
            labels = ",".join(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


@pytest.fixture(autouse=True)
def _no_figures_kept() -> Iterator[None]:
    metrics.FIGURES = figures.Figures()
    yield
    with suppress(RedisError):  # a test may have taken it away
        clear_own_cache()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        ("", "", 404),
        ("", "Bearer ", 404),
        (TOKEN, "", 404),
        (TOKEN, f"Bearer {TOKEN}x", 404),
        (TOKEN, f"Bearer {TOKEN}", 200),
    ],
)
def test_metrics_only_for_who_knows_the_token(settings: Settings, token: str, sent: str, status: int) -> None:
    settings.METRICS_TOKEN = token
    answer = Client().get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == status
    assert (b"weicang_" in answer.content) == (status == 200)


@pytest.mark.django_db
def test_prometheus_asks_a_web_itself_without_tls(settings: Settings) -> None:
    settings.METRICS_TOKEN, settings.SECURE_SSL_REDIRECT = TOKEN, True
    client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    assert client.get("/metrics").status_code == 200
    assert client.get("/time/").status_code == 301


@pytest.mark.django_db
def test_figures_of_orders_and_reservations() -> None:
    market = Marketplace()
    sku = market.sku(units=20)
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller(wallet_fen=5000_00)
    market.paid_order(daigou, item, 5)
    first = daigou.grab(item, 3)
    daigou.grab(item, 2)
    found = read_figures()
    assert found["weicang_held_units"] == {"": 5}
    assert found["weicang_unpaid_orders"] == {"": 2}
    assert found["weicang_unpaid_overdue_seconds"] == {"": 0}
    late = read_figures(first.pay_before + timedelta(seconds=90))
    assert late["weicang_unpaid_overdue_seconds"] == {"": 90}


@pytest.mark.django_db
def test_figures_of_rows_that_wait() -> None:
    market = Marketplace()
    for minutes in (5, 7):
        Upload.objects.create(
            brand_id=market.brand(),
            sha256="0" * 64,
            size_bytes=1,
            baseline_seq=0,
            received_at=NOW - timedelta(minutes=minutes),
        )
    found = read_figures()
    assert found["weicang_waiting_rows"]["stock_upload"] == 2
    assert found["weicang_waiting_seconds"]["stock_upload"] == 420
    assert found["weicang_waiting_rows"]["order_upload"] == found["weicang_waiting_seconds"]["order_upload"] == 0
    assert set(found["weicang_waiting_rows"]) == {*figures.waiting_rows(), "notice"}


@pytest.mark.django_db(transaction=True)
def test_figures_of_the_outbox_and_of_the_integrity_check() -> None:
    assert "weicang_outbox_seconds" not in read_figures()
    write_notices(now=NOW)
    assert read_figures()["weicang_outbox_seconds"] == {"": 0}
    market = Marketplace()
    sku = market.sku(units=20)
    market.paid_order(market.reseller(wallet_fen=5000_00), item_of(market.sale(sku), sku), 5)
    happened_at = Event.objects.order_by("transaction_id", "id").values_list("occurred_at", flat=True)[0]
    assert read_figures(happened_at + timedelta(seconds=40))["weicang_outbox_seconds"] == {"": 40}
    assert "weicang_integrity_violations" not in read_figures()
    check_everything(now=NOW)
    SaleItem.objects.update(held=3, allotted=F("allotted") + 3)
    found = sum(len(result.violations) for result in check_everything(now=NOW + HOUR).results)
    assert found > 0
    assert read_figures()["weicang_integrity_violations"] == {"": found}
    assert read_figures()["weicang_integrity_finished_timestamp_seconds"][""] >= NOW.timestamp()


@pytest.mark.django_db(transaction=True)
def test_figures_that_cannot_be_read_in_time_are_left_out_and_named() -> None:
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        found = read_figures()
    assert found["weicang_figures_missing"] == {
        "waiting": 0, "orders": 1, "outbox": 0, "integrity": 0, "queues": 0, "jobs": 0, "backup": 0,
    }  # fmt: skip
    assert "weicang_held_units" not in found
    assert found["weicang_waiting_rows"]["stock_upload"] == 0
    assert read_figures()["weicang_held_units"] == {"": 0}


@pytest.mark.django_db
def test_figures_without_redis_are_those_of_the_database(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = read_figures()
    assert found["weicang_figures_missing"]["queues"] == 1
    assert found["weicang_figures_missing"]["orders"] == 0
    assert "weicang_queue_messages" not in found


@pytest.mark.django_db
def test_messages_of_each_queue_are_counted() -> None:
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    try:
        for _ in range(3):
            app.send_task("orders.tasks.expire_unpaid", queue=settings.PERIODIC_QUEUE)
        app.send_task("inventory.tasks.read_upload", args=[1])
        assert read_figures()["weicang_queue_messages"] == {queue: 1, f"{queue}-periodic": 3, f"{queue}-external": 0}
    finally:
        with app.connection_for_write() as broker:
            for name in (queue, settings.PERIODIC_QUEUE):
                broker.SimpleQueue(name).clear()


@pytest.mark.django_db
def test_a_job_that_ends_well_is_on_time_and_one_that_fails_is_counted() -> None:
    expire_unpaid.apply()
    reading = read_upload.apply(args=("no number",))
    assert reading.failed()
    check_changes.apply(args=("an argument that it does not take",))
    now = clock.now()
    runs = read_runs(["orders.tasks.expire_unpaid", "integrity.tasks.check_changes"], now=now)
    assert abs(runs.last["orders.tasks.expire_unpaid"].started_at - now) < timedelta(seconds=30)
    assert runs.failures == {"integrity.tasks.check_changes": 1}
    found = read_figures(now + timedelta(minutes=15))
    assert 15 * 60 - 20 <= found["weicang_job_late_seconds"]["orders.tasks.expire_unpaid"] < 15 * 60 + 10
    assert found["weicang_job_late_seconds"]["integrity.tasks.check_changes"] == pytest.approx(5 * 60, abs=10)
    assert found["weicang_job_failures_total"]["integrity.tasks.check_changes"] == 1
    assert "integrity.tasks.check_changes" not in found["weicang_job_seconds"]
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert set(found["weicang_job_late_seconds"]) == scheduled


@pytest.mark.parametrize(
    ("schedule", "since", "late"),
    [
        (timedelta(seconds=20), timedelta(seconds=20), 0),
        (timedelta(seconds=20), timedelta(seconds=65), 45),
        (crontab(minute=5), timedelta(minutes=50), 0),
        (crontab(minute=50), timedelta(minutes=20), 10 * 60),
        (crontab(hour=3, minute=30), timedelta(hours=5), 0),
        (crontab(hour=3, minute=30), timedelta(hours=6), 5.5 * 3600),
        (crontab(hour=3, minute=30), timedelta(hours=30), 29.5 * 3600),
    ],
)
def test_seconds_late(schedule: timedelta | crontab, since: timedelta, late: float) -> None:
    """It is nine o'clock in Shanghai."""
    assert figures.seconds_late(schedule, NINE_IN_SHANGHAI - since, now=NINE_IN_SHANGHAI) == late


@pytest.mark.django_db
def test_grabs_are_counted_by_what_their_reseller_was_told() -> None:
    market = Marketplace()
    sku = market.sku(units=4)
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller()
    before = {outcome: grabs_counted(outcome) for outcome in ("placed", SoldOut.code)}
    daigou.grab(item, 3)
    for _ in range(2):
        with pytest.raises(SoldOut):
            daigou.grab(item, 3)
    assert {outcome: grabs_counted(outcome) - count for outcome, count in before.items()} == {
        "placed": 1,
        SoldOut.code: 2,
    }


def grabs_counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("weicang_grabs_total", {"outcome": outcome}) or 0.0


@pytest.mark.django_db(transaction=True)
def test_all_processes_of_a_server_tell_what_all_have_counted() -> None:
    with serving(workers=2, DATABASE_URL=database_url(), WEICANG_METRICS_TOKEN=TOKEN) as port:
        statuses = [
            httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=60).status_code for path in 15 * ["time/", "no"]
        ]
        brewed = httpx.request("BREW", f"http://127.0.0.1:{port}/time/", timeout=60)
        told = [read(port) for _ in range(12)]
    assert sorted(statuses) == [200] * 15 + [404] * 15
    for each in told:
        assert each["weicang_requests_total"]["GET,time/,200"] == 15
        assert each["weicang_requests_total"]["GET,,404"] == 15
        assert each["weicang_requests_total"][f"other,time/,{brewed.status_code}"] == 1
        assert each["weicang_request_seconds_count"] == {"other": 31}
        assert each["weicang_held_units"] == {"": 0}


@pytest.mark.django_db(transaction=True)
def test_counts_outlive_a_process_and_end_with_the_server(tmp_path: Path) -> None:
    with serving(DATABASE_URL=database_url(), WEICANG_METRICS_TOKEN=TOKEN, TMPDIR=str(tmp_path)) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/time/", timeout=60).status_code == 200
        [counts] = (folder for folder in tmp_path.iterdir() if folder.name.startswith("weicang-metrics-"))
        [worker] = {int(file.stem.rpartition("_")[2]) for file in counts.glob("counter_*.db")}
        os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: read(port)["weicang_requests_total"]["GET,time/,200"] == 1)
    assert list(tmp_path.iterdir()) == []


def eventually(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            return is_so()
        time.sleep(0.2)
    return False


def database_url() -> str:
    """The address of this test's database."""
    name = str(connection.settings_dict["NAME"])
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
