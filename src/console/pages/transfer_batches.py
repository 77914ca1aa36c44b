"""Files for the bank: approved money out is ticked, put into a file, downloaded by one person and confirmed as paid (MONEY-9, MONEY-10)."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.fields import ReasonField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, sentence, submit_form
from kernel import clock
from kernel.refusal import Refusal
from ledger.rules import MAX_BANK_REFERENCE
from treasury.rules.batches import MAX_BATCH_LINES, BatchFormat, BatchState
from treasury.selectors.batches import (
    BatchView,
    count_requests_for_batch,
    get_batch,
    list_batches,
    list_requests_for_batch,
    list_requests_of_batch,
)
from treasury.selectors.requests import list_blocked_requests
from treasury.services import batches
from web.file_responses import private_file_answer
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, parse_number

FINANCE = (Role.FINANCE,)


class TakeOverForm(forms.Form):
    reason = ReasonField(label=gettext_lazy("原因，例如：下载的人今天请假"))


class ConfirmForm(forms.Form):
    reference = forms.CharField(label=gettext_lazy("银行批次流水号"), max_length=MAX_BANK_REFERENCE)


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def transfer_batches(request: ActorRequest) -> HttpResponse:
    """What waits for a file, all of it ticked, and the files. Posting puts the ticked lines into one."""
    ready, faults = list_requests_for_batch(), []
    ticked = {each.id for each in ready}
    if request.method == "POST":
        ticked = {number for each in request.POST.getlist("request_ids") if (number := parse_number(each))}
        chosen = BatchFormat.CSV if request.POST.get("action") == BatchFormat.CSV.value else BatchFormat.XLSX
        try:
            made = batches.create_batch(
                actor=request.actor, request_ids=sorted(ticked), file_format=chosen, now=clock.now()
            )
        except Refusal as refusal:
            faults = [Fault(sentence(request, refusal))]
        else:
            messages.success(request, _("批次已做好，请下载文件交给银行"))
            return redirect("console:transfer_batch", made.id)
    return render_page(
        request,
        "transfer_batches.html",
        ready=ready,
        blocked=list_blocked_requests(limit=MAX_BATCH_LINES),
        waiting=count_requests_for_batch(),
        ticked=ticked,
        faults=faults,
        page=list_batches(cursor=cursor_of(request), limit=30),
        may_pay=request.actor.role is Role.FINANCE,
    )


@role_required(*BOTH)
def transfer_batch(request: ActorRequest, batch_id: int) -> HttpResponse:
    """One file with its lines, its download and its confirmation."""
    view = get_batch(batch_id)
    submission = submit_form(request, _form_actions(request, view))
    if submission.done:
        return redirect("console:transfer_batch", batch_id)
    return render_page(
        request,
        "transfer_batch.html",
        batch=view,
        lines=list_requests_of_batch(batch_id),
        may_download=_may_download(request, view),
        form_actions=submission.forms,
        audit_log=audit_log("transfer_batch", batch_id),
    )


@role_required(Role.FINANCE)
@require_POST
def download(request: ActorRequest, batch_id: int) -> HttpResponse | FileResponse:
    try:
        file = batches.download_batch(actor=request.actor, batch_id=batch_id, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(request, refusal))
        return redirect("console:transfer_batch", batch_id)
    return private_file_answer(file.content, file.name)


def _may_download(request: ActorRequest, view: BatchView) -> bool:
    is_hers = view.downloaded_by_id in (None, request.actor.own_id)
    return request.actor.role is Role.FINANCE and is_hers and view.state is not BatchState.CONFIRMED


def _form_actions(request: ActorRequest, view: BatchView) -> dict[str, FormAction]:
    if view.state is not BatchState.DOWNLOADED:
        return {}
    confirm = bind(batches.confirm_batch, batch_id=view.id)
    actions = {"confirm": FormAction(FINANCE, confirm, gettext_lazy("已确认付款，各收款人已收到通知"), ConfirmForm)}
    if view.downloaded_by_id != request.actor.own_id:
        take_over = bind(batches.take_over_batch, batch_id=view.id)
        actions["take_over"] = FormAction(
            FINANCE, take_over, gettext_lazy("已接手，现在可以下载同一份文件"), TakeOverForm
        )
    return actions
