"""Bank statements of the platform's own account: uploads, lines, and claims of transfers (TRANSFER-1 to TRANSFER-6)."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role, require_roles
from bank_statements.rules import LineState, UploadState, read_ticks
from bank_statements.selectors import claims as claim_selectors
from bank_statements.selectors import lines as line_selectors
from bank_statements.selectors import uploads as upload_selectors
from bank_statements.services import claims, lines, uploads
from console.fields import ReasonField
from console.pages.base_views import (
    BOTH,
    FormAction,
    audit_log,
    bind,
    cursor_of,
    render_page,
    sentence,
    submit_form,
)
from kernel import clock
from kernel.refusal import Refusal
from web.file_responses import jpeg_answer
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, one_of
from web.uploads import takes_file

FINANCE = (Role.FINANCE,)
MAX_ACCOUNT_TYPED = 60


class ReasonForm(forms.Form):
    reason = ReasonField()


class ResellerForm(forms.Form):
    reseller_id = forms.IntegerField(label=gettext_lazy("会员号"), min_value=1)


class BrandForm(forms.Form):
    brand_id = forms.IntegerField(label=gettext_lazy("品牌编号"), min_value=1)


@role_required(*BOTH)
@takes_file
@accepts_parameters(cursor=cursor)
def statements(request: ActorRequest) -> HttpResponse:
    """The uploaded statements, and the form for the next one."""
    faults: list[Fault] = []
    account = request.POST.get("account", "")[:MAX_ACCOUNT_TYPED]
    if request.method == "POST":
        require_roles(request.actor, *FINANCE)
        sent = request.FILES.get("file")
        if sent is None:
            faults = [Fault(_("请选择银行导出的流水文件"))]
        else:
            try:
                view = uploads.upload_statement(
                    actor=request.actor,
                    filename=sent.name or "",
                    chunks=sent.chunks(),
                    account=account,
                    now=clock.now(),
                )
            except Refusal as refusal:
                faults = [Fault(sentence(request, refusal))]
            else:
                return redirect("console:bank_statement", view.id)
    page = upload_selectors.list_uploads(cursor=cursor_of(request), limit=20)
    return render_page(request, "bank_statements.html", page=page, faults=faults, account=account)


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def statement(request: ActorRequest, bank_statement_id: int) -> HttpResponse:
    """A preview with what each line would become; once it is committed, its lines."""
    faults: list[Fault] = []
    ticked = request.POST.getlist("ticked") if request.method == "POST" else None
    if request.method == "POST":
        try:
            return _end_preview(request, bank_statement_id, ticked or [])
        except Refusal as refusal:
            faults = [Fault(sentence(request, refusal))]
    view = upload_selectors.get_upload(bank_statement_id)
    if view.state is not UploadState.PREVIEW:
        page = line_selectors.list_lines(upload_id=bank_statement_id, cursor=cursor_of(request), limit=50)
        return render_page(request, "bank_statement.html", upload=view, page=page, faults=faults)
    shown = upload_selectors.list_preview(bank_statement_id)
    chosen = {each.tick_value for each in shown if each.is_certain} if ticked is None else set(ticked)
    return render_page(
        request,
        "bank_statement_preview.html",
        upload=view,
        lines=shown,
        chosen=chosen,
        may_enter=request.actor.role is Role.FINANCE,
        faults=faults,
    )


def _end_preview(request: ActorRequest, upload_id: int, ticked: list[str]) -> HttpResponse:
    if request.POST.get("action") == "cancel":
        uploads.cancel_upload(actor=request.actor, upload_id=upload_id, now=clock.now())
        messages.success(request, _("已取消，什么都没有入库"))
        return redirect("console:bank_statements")
    view = uploads.commit_upload(actor=request.actor, upload_id=upload_id, ticked=read_ticks(ticked), now=clock.now())
    messages.success(
        request,
        _("流水已入库：新增 %(lines)d 行，录入 %(n)d 笔，等另一人复核") % {"lines": view.new_count, "n": len(ticked)},
    )
    return redirect("console:bank_statement", upload_id)


@role_required(*BOTH)
@require_safe
@accepts_parameters(state=one_of(LineState), cursor=cursor)
def statement_lines(request: ActorRequest) -> HttpResponse:
    """Stored lines of one state, those that nobody decided where none is given."""
    state = LineState(request.GET.get("state") or LineState.OPEN.value)
    page = line_selectors.list_lines(state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "bank_statement_lines.html", page=page, state=state.value, states=list(LineState))


@role_required(*BOTH)
def statement_line(request: ActorRequest, statement_line_id: int) -> HttpResponse:
    """One line, and what may be done with it."""
    view = line_selectors.get_line(statement_line_id)
    actions: dict[str, FormAction] = {}
    if view.state is LineState.OPEN:
        aside = bind(lines.set_aside, line_id=statement_line_id)
        actions["set_aside"] = FormAction(FINANCE, aside, gettext_lazy("已搁置，没有录入"), ReasonForm)
        if view.amount_fen > 0:
            done = gettext_lazy("已录入，等另一人复核")
            actions["top_up"] = FormAction(
                FINANCE, bind(lines.enter_top_up, line_id=statement_line_id), done, ResellerForm
            )
            actions["deposit"] = FormAction(
                FINANCE, bind(lines.enter_deposit, line_id=statement_line_id), done, BrandForm
            )
    submission = submit_form(request, actions)
    if submission.done:
        return redirect("console:bank_statement_line", statement_line_id)
    return render_page(
        request,
        "bank_statement_line.html",
        line=view,
        form_actions=submission.forms,
        audit_log=audit_log("bank_statement_line", statement_line_id),
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(cursor=cursor)
def transfer_claims(request: ActorRequest) -> HttpResponse:
    """Transfers that resellers registered and that no line was entered for."""
    page = claim_selectors.list_open_claims(cursor=cursor_of(request), limit=30)
    return render_page(request, "transfer_claims.html", page=page)


@role_required(*BOTH)
def transfer_claim(request: ActorRequest, transfer_claim_id: int) -> HttpResponse:
    """One of them, with the picture of its receipt."""
    view = claim_selectors.get_claim(transfer_claim_id)
    actions: dict[str, FormAction] = {}
    if view.state.value == "waiting":
        refuse = bind(claims.refuse_claim, claim_id=transfer_claim_id)
        actions["not_found"] = FormAction(FINANCE, refuse, gettext_lazy("已告诉代购没有查到"), ReasonForm)
    submission = submit_form(request, actions)
    if submission.done:
        return redirect("console:transfer_claim", transfer_claim_id)
    return render_page(
        request,
        "transfer_claim.html",
        claim=view,
        form_actions=submission.forms,
        audit_log=audit_log("transfer_claim", transfer_claim_id),
    )


@role_required(*BOTH)
@require_safe
def transfer_receipt(request: ActorRequest, transfer_claim_id: int) -> FileResponse:
    try:
        return jpeg_answer(claim_selectors.read_receipt(transfer_claim_id))
    except claim_selectors.NoSuchClaim as missing:
        raise Http404 from missing
