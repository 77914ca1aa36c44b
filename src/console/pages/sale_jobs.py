"""Jobs that fill and publish a sale: how far they are, and cancelling one (SALE-21)."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.pages.base_views import BOTH, FormAction, bind, render_page, sentence
from flashsales.selectors.sale_jobs import SaleJobView, get_latest_job
from flashsales.selectors.sales import get_sale
from flashsales.services import sale_jobs
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from web.uploads import takes_file, too_large


@role_required(*BOTH)
def progress(request: ActorRequest, sale_id: int) -> HttpResponse:
    """How far the job of a sale is, as a fragment; htmx polls it. After its end the answer reloads the page, which stops the polling."""
    view = get_sale(sale_id, at=clock.now())
    job = get_latest_job(sale_id)
    response = render_page(request, "parts/sale_job_progress.html", sale=view, job=job)
    if job is None or not job.is_open:
        response["HX-Refresh"] = "true"
    return response


@role_required(Role.OPS)
@takes_file
@require_POST
def fill_from_sheet(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Take a workbook; a worker fills the sale from it."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile | None):
        raise TypeError("the form has one field of the name, and it is a file")
    try:
        _enqueued(
            sale_jobs.request_sheet_fill(
                actor=request.actor,
                sale_id=sale_id,
                filename=(file.name if file else "") or "",
                chunks=file.chunks() if file else (),
                cut_short=too_large(request),
                now=clock.now(),
            )
        )
    except Refusal as refusal:
        messages.error(request, sentence(request, refusal))
    return redirect("console:sale_items", sale_id)


def cancel_action(job: SaleJobView) -> dict[str, FormAction]:
    """The only form action of a sale that has an open job: everything else is refused until its end."""
    act = bind(sale_jobs.cancel_job, job_id=job.id)
    return {"cancel_job": FormAction((Role.OPS,), act, _("任务已取消，专场没有变化"))}


def request_publication(**arguments: Any) -> SaleJobView:
    """Ask for a publication by a worker, and enqueue it."""
    return _enqueued(sale_jobs.request_publication(**arguments))


def request_fill(**arguments: Any) -> SaleJobView:
    """Ask a worker to fill a sale, and enqueue it."""
    return _enqueued(sale_jobs.request_fill(**arguments))


def _enqueued(job: SaleJobView) -> SaleJobView:
    enqueue_on_commit("flashsales.tasks.run_sale_job", job.id)
    return job
