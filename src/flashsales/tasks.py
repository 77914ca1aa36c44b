"""Background jobs of sales."""

from celery import shared_task

from flashsales.selectors import facets, first_page
from flashsales.services import draws, ending, finding, openings, reservations, sale_jobs, sale_sheets
from jobs.enqueue import enqueue_on_commit
from kernel import clock


@shared_task
def close_ended() -> int:
    """Return the unsold units of sales that have ended."""
    return ending.close_ended(now=clock.now())


@shared_task
def announce_openings() -> int:
    """Tell resellers of sales that have opened, and those who asked of sales that are about to."""
    now = clock.now()
    told = openings.remind_of_openings(now=now) + openings.announce_head_starts(now=now)
    return told + openings.announce_openings(now=now)


@shared_task
def follow_waiting_list() -> int:
    """End reservations whose time has passed, and reserve units that are available while somebody waits."""
    now = clock.now()
    return reservations.expire_reservations(now=now) + reservations.reserve_what_was_missed(now=now)


@shared_task
def hold_draws() -> int:
    """Draw the sales whose entries have closed, and reserve what was drawn for the winners."""
    return draws.hold_draws(now=clock.now())


@shared_task
def keep_first_page() -> int:
    """Read which styles the rows of the first page have, so that nobody who opens it waits for that."""
    return first_page.keep_first_page(at=clock.now())


@shared_task
def count_changed_styles() -> int:
    """Count again what is left of styles whose units have changed, for the finder."""
    return finding.count_changed_styles()


@shared_task
def keep_facet_counts() -> int:
    """Count the styles on show by brand, category and size, for the choices of the finder."""
    return facets.keep_facet_counts(at=clock.now())


@shared_task
def run_sale_job(job_id: int) -> None:
    """Fill or publish a sale."""
    sale_jobs.run_job(job_id=job_id, clock=clock.now)


@shared_task
def retry_waiting_sale_jobs() -> None:
    """Enqueue the jobs of sales that wait or were lost by a worker."""
    for job_id in sale_jobs.waiting_jobs(now=clock.now()):
        enqueue_on_commit("flashsales.tasks.run_sale_job", job_id)


@shared_task
def delete_old_sheets() -> int:
    """Delete the workbooks from which sales were filled some days ago."""
    return sale_sheets.delete_old_sheets(now=clock.now())
