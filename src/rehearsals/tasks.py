"""Background jobs of rehearsals."""

from celery import shared_task

from jobs.enqueue import enqueue_on_commit
from kernel import clock
from rehearsals.services import running


@shared_task
def run_rehearsal(rehearsal_id: int) -> None:
    """Run a rehearsal to its end."""
    running.run_rehearsal(rehearsal_id=rehearsal_id, clock=clock.now)


@shared_task
def retry_waiting() -> int:
    """End rehearsals whose worker is gone; enqueue the one that waits, whose message may be lost."""
    for rehearsal_id in running.list_waiting():
        enqueue_on_commit("rehearsals.tasks.run_rehearsal", rehearsal_id)
    return running.end_lost(now=clock.now())
