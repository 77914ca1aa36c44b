"""Celery tasks of settlement."""

from celery import shared_task

from jobs.enqueue import enqueue_on_commit
from kernel import clock
from settlement.services import many
from settlement.uploads import erasing, reading


@shared_task
def record_what_lapsed() -> int:
    """Confirm statements that nobody disputed in time, and close those that were paid long ago."""
    return many.record_what_lapsed(now=clock.now())


@shared_task
def read_list(comparison_id: int) -> None:
    """Read one reconciliation list and compare it with its statement."""
    reading.read_list(comparison_id=comparison_id, clock=clock.now)


@shared_task
def retry_waiting_lists() -> None:
    """Enqueue every reconciliation list that waits or was lost by a worker."""
    for comparison_id in reading.claimable_lists(now=clock.now()):
        enqueue_on_commit("settlement.tasks.read_list", comparison_id)


@shared_task
def erase_lists() -> int:
    """Delete old reconciliation lists, and the cells that were quoted of them."""
    return erasing.erase_expired(now=clock.now())
