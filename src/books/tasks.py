"""Sweeps of the check of the books: what changed every few minutes, everything once a night. A breach is logged as an error."""

import logging

from celery import shared_task

from books import services
from books.services import Report
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
    breaches = [breach for result in report.results for breach in result.breaches]
    for breach in breaches[:MAX_LOGGED]:
        log.error(
            "invariant %d broken: %s %d: %s (%s)",
            breach.invariant,
            breach.table,
            breach.row_id,
            breach.what,
            breach.code,
        )
    scope = "everything" if report.everything else "what changed"
    level = logging.CRITICAL if breaches else logging.INFO
    log.log(level, "the check of %s found %d rows in %.1f s %s", scope, len(breaches), report.seconds, report.why)
    return len(breaches)
