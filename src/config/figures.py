"""Figures about the state of the service for the monitoring: read from PostgreSQL and Redis when they are asked for, so that every
process on every machine tells the same.

Each group is read by itself under a time limit. A group that cannot be read is left out and counted: figures that are missing are an
alert, figures that are wrong are not.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, cast

import redis
from celery.schedules import crontab
from celery.utils.time import remaining
from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Count, Min, QuerySet, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aftersales.services import shipping_reading
from analysis.models import Workbook
from analysis.rules import WorkbookState
from config import backups
from db import sql
from events.models import Event
from flashsales.job_models import SaleJob
from flashsales.models import Reservation
from flashsales.rules.sale_jobs import SaleJobState
from forwarding.models import Pack
from forwarding.rules.packs import PackState
from integrity.selectors.runs import get_last_run
from inventory.uploads import parse as stock_uploads
from jobs.runs import Run, read_runs
from kernel import clock
from notices.models import Notice, OutboxReader
from notices.rules import NoticeState
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.states import OrderState
from orders.uploads import parse as order_uploads
from rehearsals.models import Rehearsal
from rehearsals.rules import RehearsalState
from settlement.uploads import queue as reconciliation_lists

log = logging.getLogger("weicang.metrics")

MAX_STATEMENT_MS: Final = 2000
KEPT_SECONDS: Final = 5.0
"""Figures are read again after so long: whoever asks more often costs nothing."""
REDIS_SECONDS: Final = 2


def waiting_rows() -> dict[str, tuple[QuerySet[Any], str]]:
    """Rows that wait for a worker by their kind, and the column that says since when."""
    return {
        "stock_upload": (stock_uploads.QUEUE.waiting_uploads(), "received_at"),
        "order_upload": (order_uploads.QUEUE.waiting_uploads(), "received_at"),
        "shipping_upload": (shipping_reading.QUEUE.waiting_uploads(), "received_at"),
        "reconciliation_list": (reconciliation_lists.QUEUE.waiting_uploads(), "received_at"),
        "pack": (Pack.objects.filter(state=PackState.WAITING.value), "requested_at"),
        "analysis": (Workbook.objects.filter(state=WorkbookState.WAITING.value), "requested_at"),
        "sale_job": (SaleJob.objects.filter(state=SaleJobState.WAITING.value), "requested_at"),
        "rehearsal": (Rehearsal.objects.filter(state=RehearsalState.WAITING.value), "requested_at"),
    }


def read_waiting(now: datetime) -> Iterator[Metric]:
    counts = GaugeMetricFamily("weicang_waiting_rows", "Rows that wait for a worker.", labels=["kind"])
    ages = GaugeMetricFamily(
        "weicang_waiting_seconds", "How long the oldest of them has waited; 0 where none waits.", labels=["kind"]
    )
    found = {
        kind: rows.aggregate(count=Count("pk"), since=Min(column)) for kind, (rows, column) in waiting_rows().items()
    }
    notices = Notice.objects.filter(state=NoticeState.WAITING.value, next_attempt_at__lte=now)
    found["notice"] = notices.aggregate(count=Count("pk"), since=Min("next_attempt_at"))
    for kind, row in found.items():
        counts.add_metric([kind], row["count"])
        ages.add_metric([kind], _seconds_since(row["since"], now))
    yield counts
    yield ages


def read_orders(now: datetime) -> Iterator[Metric]:
    """What INTEGRITY-1 says is held is held by unpaid orders and reservations; there are few of them, and millions of sale items."""
    unpaid = Order.objects.filter(state=OrderState.UNPAID.value)
    orders = unpaid.aggregate(count=Count("pk"), first=Min("pay_before"))
    in_orders = OrderLine.objects.filter(order__in=unpaid).aggregate(units=Sum("units", default=0))["units"]
    reserved = Reservation.objects.filter(ended_at__isnull=True).aggregate(units=Sum("units", default=0))["units"]
    yield GaugeMetricFamily(
        "weicang_held_units", "Units held by unpaid orders and by reservations.", in_orders + reserved
    )
    yield GaugeMetricFamily("weicang_unpaid_orders", "Orders that wait for payment.", orders["count"])
    yield GaugeMetricFamily(
        "weicang_unpaid_overdue_seconds",
        "For how long the oldest unpaid order should have been cancelled; 0 where none is overdue.",
        _seconds_since(orders["first"], now),
    )


def read_outbox(now: datetime) -> Iterator[Metric]:
    """Empty where nobody reads the outbox yet."""
    reader = OutboxReader.objects.first()
    if reader is not None:
        unread = Event.objects.extra(  # the index is read as a row comparison, which the ORM has no word for
            where=["(transaction_id, id) > (%s, %s)"], params=[reader.transaction_id, reader.event_id]
        )
        since = unread.order_by("transaction_id", "id").values_list("occurred_at", flat=True).first()
        yield GaugeMetricFamily(
            "weicang_outbox_seconds",
            "Age of the oldest event that was not turned into notices; 0 where there is none.",
            _seconds_since(since, now),
        )


def read_integrity(now: datetime) -> Iterator[Metric]:
    """Empty before the first run."""
    last = get_last_run()
    if last and last.finished_at:
        yield GaugeMetricFamily(
            "weicang_integrity_violations",
            "Rows that break an invariant, as the last check found them.",
            last.violation_count,
        )
        yield GaugeMetricFamily(
            "weicang_integrity_finished_timestamp_seconds",
            "When the last integrity check ended.",
            last.finished_at.timestamp(),
        )


def read_queues(now: datetime) -> Iterator[Metric]:
    lengths = GaugeMetricFamily("weicang_queue_messages", "Messages that no worker has taken.", labels=["queue"])
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    ) as connection:
        for queue in (settings.CELERY_TASK_DEFAULT_QUEUE, settings.PERIODIC_QUEUE, settings.EXTERNAL_QUEUE):
            lengths.add_metric([queue], cast("int", connection.llen(queue)))
    yield lengths


def read_backup(now: datetime) -> Iterator[Metric]:
    """Empty until one was taken."""
    if last := read_runs([backups.JOB], now=now).last.get(backups.JOB):
        yield GaugeMetricFamily(
            "weicang_backup_timestamp_seconds", "As of when the last backup has the data.", last.started_at.timestamp()
        )


def read_jobs(now: datetime) -> Iterator[Metric]:
    schedules = {str(entry["task"]): entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    runs = read_runs(schedules, now=now)
    late = GaugeMetricFamily(
        "weicang_job_late_seconds", "For how long a job should have run and ended without an error.", labels=["job"]
    )
    last = GaugeMetricFamily(
        "weicang_job_started_timestamp_seconds", "When the last run began that ended without an error.", labels=["job"]
    )
    taken = GaugeMetricFamily("weicang_job_seconds", "How long that run took.", labels=["job"])
    failures = CounterMetricFamily("weicang_job_failures", "Runs that ended with an error.", labels=["job"])
    for job, schedule in schedules.items():
        run: Run | None = runs.last.get(job)
        late.add_metric([job], seconds_late(schedule, run.started_at if run else runs.known_since, now=now))
        failures.add_metric([job], runs.failures.get(job, 0))
        if run:
            last.add_metric([job], run.started_at.timestamp())
            taken.add_metric([job], run.seconds)
    yield from (late, last, taken, failures)


def seconds_late(schedule: timedelta | crontab, since: datetime, *, now: datetime) -> float:
    """How long ago a job was due for the first time after `since`; 0 before that."""
    if isinstance(schedule, timedelta):
        left = since + schedule - now
    else:
        last, until_due, _ = schedule.remaining_delta(since)
        left = remaining(last, until_due, now)
    return max(0.0, -left.total_seconds())


def _seconds_since(instant: datetime | None, now: datetime) -> float:
    return 0.0 if instant is None else max(0.0, (now - instant).total_seconds())


Group = Callable[[datetime], Iterator[Metric]]
FROM_DATABASE: Final[tuple[Group, ...]] = (read_waiting, read_orders, read_outbox, read_integrity)
FROM_REDIS: Final[tuple[Group, ...]] = (read_queues, read_jobs, read_backup)
_CANNOT_BE_READ = (DatabaseError, InterfaceError, redis.RedisError)


class Figures(Collector):
    """All groups as prometheus_client collects them; read at most once in KEPT_SECONDS, by one thread at a time."""

    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._read_at = float("-inf")
        self._kept: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        with self._reading:
            if time.monotonic() - self._read_at >= KEPT_SECONDS:
                self._kept = list(read_all(clock.now()))
                self._read_at = time.monotonic()
            yield from self._kept


def read_all(now: datetime) -> Iterator[Metric]:
    """Every group that can be read, and which could not be."""
    unread = GaugeMetricFamily(
        "weicang_figures_missing", "1 where a group of figures could not be read.", labels=["group"]
    )
    for group in (*FROM_DATABASE, *FROM_REDIS):
        name = group.__name__.removeprefix("read_")
        try:
            metrics = _read_from_database(group, now) if group in FROM_DATABASE else list(group(now))
        except _CANNOT_BE_READ as problem:
            log.warning("figures could not be read", extra={"group": name, "error": repr(problem)})
            unread.add_metric([name], 1)
        else:
            unread.add_metric([name], 0)
            yield from metrics
    yield unread


def _read_from_database(group: Group, now: datetime) -> list[Metric]:
    with transaction.atomic():
        sql.execute("SELECT set_config('statement_timeout', %(limit)s, true)", {"limit": str(MAX_STATEMENT_MS)})
        return list(group(now))
