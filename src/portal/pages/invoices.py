"""The brand's invoices: what it asks the platform for, and what it issues to resellers (INVOICE-2 to INVOICE-6)."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from invoices.rules.states import InvoiceState
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.askable import list_askable_statements
from invoices.selectors.corrections import list_corrections
from invoices.selectors.exports import list_exports
from invoices.selectors.files import NoInvoiceFile, open_file
from invoices.selectors.invoices import get_invoice_for, list_items, list_own_invoices, list_to_issue, may_open
from invoices.selectors.red_letters import list_red_letters
from invoices.selectors.titles import Owner, list_titles
from invoices.services import corrections, exports, requests, results, titles
from invoices.services.results import FaultyResults
from kernel import clock
from kernel.refusal import Refusal
from portal.pages import invoice_desk
from portal.pages.base_views import render_page
from web.file_responses import private_file_answer, stored_file_answer
from web.form_errors import Fault
from web.invoice_forms import AskCorrectionForm, AskForInvoiceForm, InvoiceTitleForm
from web.query_parameters import accepts_parameters, cursor, parse_number
from web.uploads import takes_file


@role_required(Role.BRAND)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def invoices(request: ActorRequest) -> HttpResponse:
    """The statements whose commission and fees can be invoiced, ticked, and what the brand asked for; posting asks."""
    brand = require_own_brand(request.actor)
    form = AskForInvoiceForm(request.POST or None)
    chosen = {number for each in request.POST.getlist("statement_ids") if (number := parse_number(each))}
    if request.method == "POST" and form.is_valid():
        try:
            asked = requests.request_fees(
                actor=request.actor, statement_ids=sorted(chosen), now=clock.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, _("已申请开票，开好后会通知您"))
            return redirect("portal:invoice", asked[0].id)
    statements = list_askable_statements(brand.id)
    return render_page(
        request,
        "invoices.html",
        brand=brand,
        form=form,
        statements=statements,
        chosen=chosen if request.method == "POST" else {each.statement_id for each in statements},
        titles=list_titles(Owner(brand_id=brand.id)),
        page=list_own_invoices(request.actor, cursor=request.GET.get("cursor", ""), limit=20),
    )


@role_required(Role.BRAND)
@takes_file
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def invoice(request: ActorRequest, invoice_id: int) -> HttpResponse:
    """A request of the brand, which it may withdraw or have corrected, or one of a reseller that the brand issues or refuses."""
    brand = require_own_brand(request.actor)
    view = get_invoice_for(request.actor, invoice_id)
    is_own = view.brand_id == brand.id
    forms = {} if is_own else invoice_desk.forms_of(request, view)
    again_id = view.replaced_by_id
    correction = AskCorrectionForm(request.POST if is_own and request.POST.get("action") == "correct" else None)
    if request.method == "POST" and (not correction.is_bound or correction.is_valid()):
        try:
            done = _act(request, invoice_id, correction) if is_own else invoice_desk.act(request, view, forms)
        except Refusal as refusal:
            messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
            done = ""
        if done:
            messages.success(request, done)
        if done or (is_own and not correction.is_bound):
            return redirect("portal:invoice", invoice_id)
    return render_page(
        request,
        "invoice.html",
        brand=brand,
        invoice=view,
        is_own=is_own,
        unopened_id=again_id if again_id is not None and not may_open(request.actor, again_id) else None,
        forms=forms,
        correction_form=correction if is_own and view.state is InvoiceState.ISSUED else None,
        titles=list_titles(Owner(brand_id=brand.id)) if is_own else [],
        corrections=list_corrections(invoice_id),
        may_attach=not is_own and view.state is InvoiceState.ISSUED,
        page=list_items(invoice_id, cursor=request.GET.get("cursor", ""), limit=50),
        red_letters=list_red_letters(invoice_id),
    )


def _act(request: ActorRequest, invoice_id: int, correction: AskCorrectionForm) -> str:
    """Ask for the correction that the form holds, or withdraw; returns what to say."""
    if correction.is_bound:
        corrections.ask_correction(
            actor=request.actor, request_id=invoice_id, now=clock.now(), **correction.cleaned_data
        )
        return _("已告诉开票方，处理后会通知您")
    requests.withdraw_request(actor=request.actor, request_id=invoice_id, now=clock.now())
    return _("已撤回，可以重新申请")


@role_required(Role.BRAND)
@require_safe
def invoice_file(request: ActorRequest, invoice_id: int) -> FileResponse:
    try:
        file = open_file(request.actor, invoice_id)
    except NoInvoiceFile as missing:
        raise Http404 from missing
    return stored_file_answer(file.content, file.name, file.content_type)


@role_required(Role.BRAND)
@takes_file
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def invoices_to_issue(request: ActorRequest) -> HttpResponse:
    """The files with requests that the brand issues, and the requests; posting enters the results of a file."""
    brand = require_own_brand(request.actor)
    faults: list[Fault] = []
    wrong_cells: list[dict[str, Any]] = []
    sent = request.FILES.get("file")
    if request.method == "POST" and sent is None:
        faults = [Fault(_("请选择填好号码和日期的开票清单"))]
    elif sent is not None:
        try:
            view = results.enter_results(
                actor=request.actor, filename=sent.name or "", chunks=sent.chunks(), now=clock.now()
            )
        except FaultyResults as refusal:
            faults, wrong_cells = [Fault(refusal.sentence(request.LANGUAGE_CODE))], refusal.faults
        except Refusal as refusal:
            faults = [Fault(refusal.sentence(request.LANGUAGE_CODE))]
        else:
            counts = {"n": view.issued, "same": view.unchanged, "left": view.left_open}
            messages.success(request, _("登记了 %(n)d 张发票；%(same)d 张先前已登记，%(left)d 行还没填") % counts)
            return redirect("portal:invoices_to_issue")
    return render_page(
        request,
        "invoices_to_issue.html",
        brand=brand,
        files=list_exports(issuer_brand_id=brand.id, limit=20).items,
        page=list_to_issue(request.actor, cursor=request.GET.get("cursor", ""), limit=30),
        faults=faults,
        wrong_cells=wrong_cells,
    )


@role_required(Role.BRAND)
@require_POST
def download_invoice_file(request: ActorRequest, invoice_export_id: int) -> FileResponse:
    file = exports.download_export(actor=request.actor, export_id=invoice_export_id, now=clock.now())
    return private_file_answer(file.content, file.name)


@role_required(Role.BRAND)
@never_cache
@require_http_methods(["GET", "POST"])
def invoice_titles(request: ActorRequest) -> HttpResponse:
    """The brand's titles, and the form for another one, which keeps what was typed where it is refused."""
    brand = require_own_brand(request.actor)
    action, title_id = request.POST.get("action", ""), parse_number(request.POST.get("title_id")) or 0
    form = InvoiceTitleForm(request.POST if request.method == "POST" and action == "save" else None)
    if request.method == "POST" and (action != "save" or form.is_valid()):
        try:
            _change_titles(request, action, title_id, form)
        except Refusal as refusal:
            if action != "save":
                messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
                return redirect("portal:invoice_titles")
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            return redirect("portal:invoice_titles")
    saved = list_titles(Owner(brand_id=brand.id))
    return render_page(request, "invoice_titles.html", brand=brand, form=form, titles=saved)


def _change_titles(request: ActorRequest, action: str, title_id: int, form: InvoiceTitleForm) -> None:
    now = clock.now()
    if action == "choose":
        titles.choose_default(actor=request.actor, title_id=title_id, now=now)
    elif action == "remove":
        titles.remove_title(actor=request.actor, title_id=title_id, now=now)
        messages.success(request, _("已删除"))
    elif action == "save":
        typed = dict(form.cleaned_data)
        is_default, kind = typed.pop("is_default"), TitleKind(typed.pop("kind"))
        titles.save_title(actor=request.actor, fields=TitleFields(kind=kind, **typed), is_default=is_default, now=now)
        messages.success(request, _("抬头已保存"))
