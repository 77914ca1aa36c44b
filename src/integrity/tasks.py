"""Sweeps of the integrity check: what changed every few minutes, everything once a night. A violation is logged as an error."""

import logging

from celery import shared_task

from integrity import services
from integrity.services import Report
from kernel import clock

MAX_LOGGED = 20
log = logging.getLogger(__name__)


@shared_task
def check_changes() -> int:
    """Check what changed since the last run that found nothing; gives how many rows break an invariant."""
    return _logged(services.check_changes(now=clock.now()))


@shared_task
def check_everything() -> int:
    """Check the whole database; gives how many rows break an invariant."""
    return _logged(services.check_everything(now=clock.now()))


def _logged(report: Report) -> int:
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
    log.log(level, "the check of %s found %d rows in %.1f s %s", scope, len(violations), report.seconds, report.why)
    return len(violations)
