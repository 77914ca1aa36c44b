"""Batch jobs that process each row by itself: a row that fails is logged and does not stop the others."""

import logging
from collections.abc import Callable, Iterable

from django.db import InterfaceError, OperationalError

log = logging.getLogger("weicang.batches")


def run_each(work: Callable[[int], int], ids: Iterable[int], *, job: str) -> int:
    """Call `work` for each id and return the sum of its results. `work` begins its own transaction where it needs one.

    An exception of `work` is logged with the id and the job's name. A lost database connection is raised, because it concerns all rows.
    """
    done = 0
    for each in ids:
        try:
            done += work(each)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            log.exception("a row of a job failed; the job goes on with the others", extra={"job": job, "row": each})
    return done
