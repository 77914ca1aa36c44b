"""Running the checks at one snapshot, and recording each run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.rules import Actor, Role, require_roles
from integrity.models import IntegrityRun
from integrity.selectors.checks import Result, one_snapshot, run_checks
from integrity.selectors.runs import IntegrityRunView, get_last_clean_run, lease_expired, run_view, violation_json
from integrity.sql import Watermark, get_watermark, load_changed_ids, reason_for_full_run
from kernel.integrity import Violation
from kernel.refusal import Conflict

MAX_STORED = 1000
"""Violations that a run keeps by name; `violation_count` counts all of them."""

OnResult = Callable[[Result], object]


@dataclass(eq=False)
class RunInProgress(Conflict):
    code = "integrity.run_in_progress"
    zh = "已有一次核对在等待或进行中"
    en = "An integrity check is waiting or running already"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found.

    `everything` is false where only changes were checked; `full_run_reason` says why a run over changes checked everything instead.
    `changed` counts the changed things by kind.
    """

    results: list[Result]
    everything: bool
    full_run_reason: str
    changed: dict[str, int]
    seconds: float

    @property
    def violation_count(self) -> int:
        return sum(len(result.violations) for result in self.results)


@transaction.atomic
def request_run(*, actor: Actor, now: datetime) -> IntegrityRunView:
    """Record that somebody wants everything checked; `run_requested` does it. Refuses while a run waits or is running."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    row = _open_run(everything=True, now=now, requested_by_id=actor.person_id)
    if row is None:
        raise RunInProgress
    return run_view(row)


def run_requested(*, now: datetime) -> Report | None:
    """Start the run that waits, if there is one. Of several workers the one whose update claims the row runs it."""
    row = IntegrityRun.objects.filter(started_at=None, finished_at=None).first()
    if row is None or not IntegrityRun.objects.filter(pk=row.pk, started_at=None).update(started_at=now):
        return None
    row.started_at = now
    return _run_open(row, since=None, reason="")


def run_scheduled(*, everything: bool, now: datetime) -> Report | None:
    """Run the checks of a schedule; None, and nothing is checked, while another run waits or is running."""
    since, reason = (None, "") if everything else _last_watermark()
    row = _open_run(everything=everything, now=now, started_at=now)
    return None if row is None else _run_open(row, since=since, reason=reason)


def check_everything(*, now: datetime, on_result: OnResult | None = None) -> Report:
    """Run every check over the whole database, whatever else is running; `on_result` is called after each check."""
    report, watermark = _run(since=None, reason="", on_result=on_result)
    _record_finished(report, watermark, now)
    return report


def check_changes(*, now: datetime, on_result: OnResult | None = None) -> Report:
    """Run every check over what changed since the last clean run; over everything where that is not known."""
    since, reason = _last_watermark()
    report, watermark = _run(since=since, reason=reason, on_result=on_result)
    _record_finished(report, watermark, now)
    return report


def _last_watermark() -> tuple[Watermark | None, str]:
    last = get_last_clean_run()
    if last is None or last.xid is None:
        return None, "there was no clean run yet"
    return Watermark(last.xid, last.database, last.removals), ""


def _open_run(
    *, everything: bool, now: datetime, requested_by_id: int | None = None, started_at: datetime | None = None
) -> IntegrityRun | None:
    """Insert an open run; None where one is open. A run whose lease has expired lost its worker and is deleted."""
    IntegrityRun.objects.filter(lease_expired(now), finished_at=None).delete()
    try:
        with transaction.atomic():
            return IntegrityRun.objects.create(
                requested_at=now, requested_by_id=requested_by_id, started_at=started_at, everything=everything
            )
    except IntegrityError:  # integrity_run_one_open
        return None


def _run_open(row: IntegrityRun, *, since: Watermark | None, reason: str) -> Report:
    """Run the checks for an open run. Where they fail the run is deleted, so that it does not block the next one."""
    try:
        report, watermark = _run(since=since, reason=reason, on_result=None)
    except BaseException:
        IntegrityRun.objects.filter(pk=row.pk).delete()
        raise
    IntegrityRun.objects.filter(pk=row.pk).update(
        finished_at=(row.started_at or row.requested_at) + timedelta(seconds=report.seconds),
        **_finished_fields(report, watermark),
    )
    return report


def _run(*, since: Watermark | None, reason: str, on_result: OnResult | None) -> tuple[Report, Watermark]:
    started = time.perf_counter()
    results = []
    with one_snapshot():
        watermark = get_watermark()
        if since is not None:
            reason = reason_for_full_run(since, watermark)
        changed = load_changed_ids(since) if since is not None and not reason else {}
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        for result in run_checks(changes=bool(changed)):
            if on_result is not None:
                on_result(result)
            results.append(result)
    return Report(results, not changed, reason, changed, time.perf_counter() - started), watermark


def _record_finished(report: Report, watermark: Watermark, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        (is_standby,) = cursor.fetchone()
    if is_standby:  # a standby can be checked, but not written to
        return
    IntegrityRun.objects.create(
        requested_at=now,
        started_at=now,
        finished_at=now + timedelta(seconds=report.seconds),
        **_finished_fields(report, watermark),
    )


def to_store(violations: list[Violation]) -> list[Violation]:
    """At most MAX_STORED violations, the first of every broken invariant: one with many must not hide that others are broken."""
    by_invariant: dict[int, list[Violation]] = {}
    for violation in violations:
        by_invariant.setdefault(violation.invariant, []).append(violation)
    share = MAX_STORED // max(len(by_invariant), 1)
    return [violation for found in by_invariant.values() for violation in found[:share]]


def _finished_fields(report: Report, watermark: Watermark) -> dict[str, Any]:
    violations = [violation for result in report.results for violation in result.violations]
    return {
        "everything": report.everything,
        "violation_count": len(violations),
        "violations": [violation_json(violation) for violation in to_store(violations)],
        "seconds": report.seconds,
        "xid": watermark.xid,
        "database": watermark.database,
        "removals": watermark.removals,
    }
