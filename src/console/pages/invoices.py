"""Invoices for finance: what waits, files for whoever issues, results, one by one, red letters (INVOICE-3 to INVOICE-7)."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role, require_roles
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, sentence, submit_form
from invoices.rules.states import InvoiceKind, InvoiceState
from invoices.selectors.corrections import list_corrections
from invoices.selectors.exports import list_exports
from invoices.selectors.files import NoInvoiceFile, open_file
from invoices.selectors.invoices import InvoiceView, count_waiting, get_invoice, list_invoices, list_items
from invoices.selectors.red_letters import list_needing_red_letter, list_red_letters
from invoices.services import corrections, exports, issuing, red_letters, results
from invoices.services.results import FaultyResults
from kernel import clock
from kernel.refusal import Refusal
from web.file_responses import private_file_answer, stored_file_answer
from web.form_errors import Fault
from web.invoice_forms import IssuedForm, RedLetterForm, RefuseForm, ReverseForm
from web.query_parameters import accepts_parameters, cursor, flag, one_of, text
from web.uploads import takes_file

FINANCE = (Role.FINANCE,)


@role_required(*BOTH)
@require_safe
@accepts_parameters(
    state=one_of(InvoiceState), what=one_of(InvoiceKind), q=text(64), red=flag, wrong=flag, cursor=cursor
)
def invoices(request: ActorRequest) -> HttpResponse:
    """Requests of a state or kind, those that a search finds, that need a red letter, or whose title is to be corrected."""
    asked = {name: request.GET.get(name, "") for name in ("state", "what", "q", "red", "wrong")}
    if asked["red"]:
        page = list_needing_red_letter(cursor=cursor_of(request), limit=30)
    else:
        page = list_invoices(
            state=asked["state"],
            what=asked["what"],
            to_correct=bool(asked["wrong"]),
            query=asked["q"],
            cursor=cursor_of(request),
            limit=30,
        )
    return render_page(
        request,
        "invoices.html",
        page=page,
        waiting=count_waiting(),
        states=list(InvoiceState),
        kinds=list(InvoiceKind),
        **asked,
    )


@role_required(*BOTH)
@takes_file
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def invoice_files(request: ActorRequest) -> HttpResponse:
    """The files for whoever issues; posting exports what waits, or enters the results of a file."""
    faults: list[Fault] = []
    wrong_cells: list[dict[str, Any]] = []
    if request.method == "POST":
        require_roles(request.actor, *FINANCE)
        try:
            return _act_on_files(request)
        except FaultyResults as refusal:
            faults, wrong_cells = [Fault(sentence(request, refusal))], refusal.faults
        except Refusal as refusal:
            faults = [Fault(sentence(request, refusal))]
    return render_page(
        request,
        "invoice_files.html",
        page=list_exports(cursor=cursor_of(request), limit=30),
        waiting=count_waiting(),
        faults=faults,
        wrong_cells=wrong_cells,
        may_act=request.actor.role is Role.FINANCE,
    )


def _act_on_files(request: ActorRequest) -> HttpResponse:
    if request.POST.get("action") == "export":
        made = exports.export_requests(actor=request.actor, now=clock.now())
        messages.success(request, _("已导出 %(n)d 份开票清单，一个开票方一份") % {"n": len(made)})
        return redirect("console:invoice_files")
    sent = request.FILES.get("file")
    if sent is None:
        messages.error(request, _("请选择填好号码和日期的开票清单"))
        return redirect("console:invoice_files")
    view = results.enter_results(actor=request.actor, filename=sent.name or "", chunks=sent.chunks(), now=clock.now())
    counts = {"n": view.issued, "same": view.unchanged, "left": view.left_open}
    messages.success(request, _("登记了 %(n)d 张发票；%(same)d 张先前已登记，%(left)d 行还没填") % counts)
    return redirect("console:invoice_files")


@role_required(Role.FINANCE)
@require_POST
def download_invoice_file(request: ActorRequest, invoice_export_id: int) -> FileResponse:
    file = exports.download_export(actor=request.actor, export_id=invoice_export_id, now=clock.now())
    return private_file_answer(file.content, file.name)


@role_required(*BOTH)
@takes_file
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def invoice(request: ActorRequest, invoice_id: int) -> HttpResponse:
    """One request: its title, what its amount is the sum of, and what finance may do about it."""
    view = get_invoice(invoice_id)
    faults: list[Fault] = []
    sent = request.FILES.get("file")
    if request.method == "POST" and sent is not None:
        try:
            issuing.attach_file(actor=request.actor, request_id=invoice_id, content=sent, now=clock.now())
        except Refusal as refusal:
            faults = [Fault(sentence(request, refusal))]
        else:
            messages.success(request, _("发票文件已上传"))
            return redirect("console:invoice", invoice_id)
    submission = submit_form(request, _form_actions(view))
    if submission.done:
        return redirect("console:invoice", invoice_id)
    return render_page(
        request,
        "invoice.html",
        invoice=view,
        page=list_items(invoice_id, cursor=cursor_of(request), limit=50),
        red_letters=list_red_letters(invoice_id),
        corrections=list_corrections(invoice_id),
        form_actions=submission.forms,
        may_attach=view.state is InvoiceState.ISSUED and request.actor.role is Role.FINANCE,
        faults=faults,
        audit_log=audit_log("invoice", invoice_id),
    )


@role_required(*BOTH)
@require_safe
def invoice_file(request: ActorRequest, invoice_id: int) -> FileResponse:
    try:
        file = open_file(request.actor, invoice_id)
    except NoInvoiceFile as missing:
        raise Http404 from missing
    return stored_file_answer(file.content, file.name, file.content_type)


def _form_actions(view: InvoiceView) -> dict[str, FormAction]:
    found = {}
    refuse = bind(issuing.refuse_request, request_id=view.id)
    if view.state in (InvoiceState.REQUESTED, InvoiceState.EXPORTED):
        found["refuse"] = FormAction(FINANCE, refuse, gettext_lazy("已退回，申请的人看得到原因"), RefuseForm)
    if view.state is InvoiceState.EXPORTED:
        issue = bind(issuing.issue_invoice, request_id=view.id)
        found["issue"] = FormAction(FINANCE, issue, gettext_lazy("发票已登记"), IssuedForm)
    if view.red_letter_fen and view.state is InvoiceState.ISSUED:
        found["red_letter"] = FormAction(
            FINANCE,
            bind(red_letters.record_red_letter, request_id=view.id),
            gettext_lazy("红字发票已登记"),
            RedLetterForm,
            {"amount_fen": view.red_letter_fen},
        )
    if view.state is InvoiceState.ISSUED:
        found["reverse"] = FormAction(
            FINANCE,
            bind(corrections.reverse_invoice, request_id=view.id),
            gettext_lazy("已红冲；重开的申请等下一份开票清单"),
            ReverseForm,
            {"amount_fen": view.rest_fen},
        )
    if view.is_correction_asked:
        answer = bind(corrections.refuse_correction, request_id=view.id)
        done = gettext_lazy("已答复，申请的人看得到原因")
        found["refuse_correction"] = FormAction(FINANCE, answer, done, RefuseForm)
    return found
