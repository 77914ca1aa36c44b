"""Work on many rows, each by itself: one that fails is logged and stops none of the others."""

import logging
from collections.abc import Callable, Iterable

from django.db import InterfaceError, OperationalError

log = logging.getLogger("weicang.batches")


def run_each(work: Callable[[int], int], ids: Iterable[int], *, job: str) -> int:
    """Call `work` for each id, in a transaction of its own if it begins one, and add up what it gives.

    Whatever `work` raises is logged with the id and the job's name. Without a database nothing can be done for any of them: that is raised.
    """
    done = 0
    for each in ids:
        try:
            done += work(each)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            log.exception("a row stopped a job, which goes on with the others", extra={"job": job, "row": each})
    return done
