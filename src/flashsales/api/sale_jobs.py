"""Jobs of sales for programs: a draft of any size is filled or published by a worker (SALE-21)."""

from ninja import Field, File, UploadedFile

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.api.stock_filter import StockFilterIn
from flashsales.selectors import sale_jobs as selectors
from flashsales.selectors.sale_jobs import SaleJobView
from flashsales.selectors.sales import get_sale
from flashsales.services import sale_jobs
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from web.responses import ViewRouter
from web.schemas import Whole
from web.uploads import too_large

router = ViewRouter(tags=["flashsales"])
ops = RoleAuth(Role.OPS)


class FillIn(StockFilterIn):
    limit_units: Whole | None = Field(None, description="of each SKU for one reseller")


@router.post("/sales/{int:sale_id}/fill", response=202, auth=ops)
def request_fill(request: ActorRequest, sale_id: int, body: FillIn) -> SaleJobView:
    """Let a worker put the brand's free stock that passes a filter into a draft; all of it without one.

    Refused: 409 `flashsales.sale_has_open_job`, `flashsales.not_a_draft`. The job itself ends as `refused` where nothing is found.
    """
    job = sale_jobs.request_fill(
        actor=request.auth, sale_id=sale_id, filters=body.filters, limit_units=body.limit_units, now=clock.now()
    )
    return _enqueued(job)


@router.post("/sales/{int:sale_id}/fill-sheet", response=202, auth=ops)
def request_sheet_fill(request: ActorRequest, sale_id: int, file: File[UploadedFile]) -> SaleJobView:
    """Let a worker put what a workbook says into a draft: columns for barcode, or style number, colour and size, units, and limit.

    Faulty lines end the job as `refused` with `flashsales.sheet_has_faults`; `faults` names their cells, and no line is put in. Refused:
    422 `flashsales.sheet_too_large`, `flashsales.sheet_empty`, 409 `flashsales.sale_has_open_job`, `flashsales.not_a_draft`.
    """
    job = sale_jobs.request_sheet_fill(
        actor=request.auth,
        sale_id=sale_id,
        filename=file.name or "",
        chunks=file.chunks(),
        cut_short=too_large(request),
        now=clock.now(),
    )
    return _enqueued(job)


@router.post("/sales/{int:sale_id}/publication", response=202, auth=ops)
def request_publication(request: ActorRequest, sale_id: int) -> SaleJobView:
    """Let a worker publish a draft. What `publish` refuses ends the job as `refused`, with the same code and sentences.

    Refused: 409 `flashsales.sale_has_open_job`, `flashsales.not_a_draft`.
    """
    return _enqueued(sale_jobs.request_publication(actor=request.auth, sale_id=sale_id, now=clock.now()))


@router.get("/sales/{int:sale_id}/job", auth=ops)
def get_latest_job(request: ActorRequest, sale_id: int) -> SaleJobView | None:
    """The job that a sale has now, or had last; null where it never had one."""
    get_sale(sale_id, at=clock.now())
    return selectors.get_latest_job(sale_id)


@router.post("/sale-jobs/{int:job_id}/cancel", auth=ops)
def cancel_job(request: ActorRequest, job_id: int) -> SaleJobView:
    """Cancel a job before it is done; the sale stays as it was. Refused: 409 `flashsales.sale_job_ended`."""
    return sale_jobs.cancel_job(actor=request.auth, job_id=job_id, now=clock.now())


def _enqueued(job: SaleJobView) -> SaleJobView:
    enqueue_on_commit("flashsales.tasks.run_sale_job", job.id)
    return job
