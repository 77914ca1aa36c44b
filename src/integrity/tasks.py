"""Background runs of the integrity check. Each violation is logged as an error."""

import logging
from typing import Any

from celery import shared_task

from integrity import services
from integrity.services import Report
from kernel import clock

MAX_LOGGED = 20
log = logging.getLogger(__name__)


@shared_task
def check_changes() -> int:
    """Check what changed since the last clean run; returns the number of violations."""
    return _log_report(services.run_scheduled(everything=False, now=clock.now()))


@shared_task(bind=True, max_retries=12, default_retry_delay=15 * 60)
def check_everything(self: Any) -> int:
    """Check the whole database; returns the number of violations. Tries again in a quarter of an hour while another run is open."""
    report = services.run_scheduled(everything=True, now=clock.now())
    if report is None:
        raise self.retry()
    return _log_report(report)


@shared_task
def run_requested() -> int:
    """Run the check that somebody has requested, if one waits; returns the number of violations."""
    return _log_report(services.run_requested(now=clock.now()))


def _log_report(report: Report | None) -> int:
    if report is None:
        log.info("no integrity check was started: none was requested, or another one is running")
        return 0
    violations = [violation for result in report.results for violation in result.violations]
    for violation in violations[:MAX_LOGGED]:
        log.error(
            "invariant %d broken: %s %d: %s (%s)",
            violation.invariant,
            violation.table,
            violation.row_id,
            violation.what,
            violation.code,
        )
    scope = "everything" if report.everything else "what changed"
    level = logging.CRITICAL if violations else logging.INFO
    log.log(
        level,
        "the check of %s found %d rows in %.1f s %s",
        scope,
        len(violations),
        report.seconds,
        report.full_run_reason,
    )
    return len(violations)
