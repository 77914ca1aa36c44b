"""Running the checks at one snapshot, and remembering where a run stood that found nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from integrity.models import IntegrityRun
from integrity.selectors import Result, one_snapshot, run_checks
from integrity.selectors.changes import Watermark, gather, present_watermark, why_everything

Told = Callable[[Result], object]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found. `everything` is false where only changes were checked, `why` says why a run over changes checked everything;
    `changed` counts the things that changed, by their kind."""

    results: list[Result]
    everything: bool
    why: str
    changed: dict[str, int]
    seconds: float

    @property
    def found(self) -> int:
        return sum(len(result.violations) for result in self.results)


def _nobody(result: Result) -> None:
    pass


def check_everything(*, now: datetime, tell: Told = _nobody) -> Report:
    """Run every check over the whole database; `tell` hears of each as it ends."""
    return _run(since=None, why="", now=now, tell=tell)


def check_changes(*, now: datetime, tell: Told = _nobody) -> Report:
    """Run every check over what changed since the last run that found nothing; over everything where there is none or it does not help."""
    last = IntegrityRun.objects.filter(violations=0).order_by("-pk").first()
    if last is None:
        return _run(since=None, why="there was no clean run yet", now=now, tell=tell)
    return _run(since=Watermark(last.xid, last.database, last.removals), why="", now=now, tell=tell)


def _run(*, since: Watermark | None, why: str, now: datetime, tell: Told) -> Report:
    started = time.perf_counter()
    results = []
    with one_snapshot():
        stands = present_watermark()
        if since is not None:
            why = why_everything(since, stands)
        changed = gather(since) if since is not None and not why else {}
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        for result in run_checks(changes=bool(changed)):
            tell(result)
            results.append(result)
    report = Report(results, not changed, why, changed, time.perf_counter() - started)
    _remember(report, stands, now)
    return report


def _remember(report: Report, stands: Watermark, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        (standby,) = cursor.fetchone()
    if standby:  # it can be checked, and it cannot be written to
        return
    IntegrityRun.objects.create(
        at=now,
        everything=report.everything,
        violations=report.found,
        seconds=report.seconds,
        xid=stands.xid,
        database=stands.database,
        removals=stands.removals,
    )
