"""Background jobs of analysis."""

from celery import shared_task

from analysis.services import rollups, workbook_requests, workbooks
from jobs.enqueue import enqueue_on_commit
from kernel import clock


@shared_task
def refresh_figures() -> int:
    """Count the figures of changed days and sales again."""
    refreshed = rollups.refresh(now=clock.now())
    return refreshed.days if refreshed else 0


@shared_task
def make_workbook(workbook_id: int) -> None:
    """Make an analysis workbook."""
    workbooks.make_workbook(workbook_id=workbook_id, clock=clock.now)


@shared_task
def retry_waiting_workbooks() -> None:
    """Enqueue the workbooks that wait or were lost by a worker."""
    for workbook_id in workbooks.waiting_workbooks(now=clock.now()):
        enqueue_on_commit("analysis.tasks.make_workbook", workbook_id)


@shared_task
def delete_old_workbooks() -> int:
    """Delete the files of workbooks that were made long ago."""
    return workbook_requests.delete_old_workbooks(now=clock.now())
