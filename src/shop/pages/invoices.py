"""Her invoices: what can be invoiced, what she asked for, and her titles (INVOICE-1, INVOICE-2, INVOICE-4)."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from invoices.rules.states import InvoiceState
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.askable import Choice, list_askable_goods, list_askable_months
from invoices.selectors.corrections import list_corrections
from invoices.selectors.files import NoInvoiceFile, open_file
from invoices.selectors.invoices import get_invoice_for, list_items, list_own_invoices
from invoices.selectors.red_letters import list_red_letters
from invoices.selectors.titles import Owner, list_titles
from invoices.services import corrections, requests, titles
from kernel import clock
from kernel.period import shanghai_date
from kernel.refusal import Refusal
from orders.selectors.orders import get_own_order
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.file_responses import stored_file_answer
from web.invoice_forms import AskCorrectionForm, AskForInvoiceForm, InvoiceTitleForm
from web.query_parameters import accepts_parameters, cursor, day, number, parse_day, parse_number


@role_required(Role.RESELLER)
@require_safe
@accepts_parameters(cursor=cursor)
def invoices(request: ActorRequest) -> HttpResponse:
    """The months of which something can be invoiced, and what she asked for, the newest first."""
    me = reseller(request)
    page = list_own_invoices(request.actor, cursor=request.GET.get("cursor", ""), limit=20)
    months = list_askable_months(me.id, at=clock.now())
    return render_page(request, "invoices.html", me, page=page, months=months)


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(month=day, order=number)
def ask_for_invoice(request: ActorRequest) -> HttpResponse:
    """What she would get of a month or an order, by who issues, and to which title; one tap asks."""
    me, now = reseller(request), clock.now()
    order_id = parse_number(request.GET.get("order"))
    month = parse_day(request.GET.get("month"))
    if order_id is not None:
        get_own_order(me.id, order_id)
    choice = Choice(month=month or shanghai_date(now)) if order_id is None else Choice(order_ids=(order_id,))
    first_of_month = choice.month and choice.month.replace(day=1)
    form = AskForInvoiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = requests.request_goods(actor=request.actor, choice=choice, now=now, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, _("已申请开票，开好后会通知您"))
            return redirect("shop:invoice", asked[0].id) if len(asked) == 1 else redirect("shop:invoices")
    return render_page(
        request,
        "invoice_ask.html",
        me,
        form=form,
        rows=list_askable_goods(me.id, choice, at=now),
        titles=list_titles(Owner(reseller_id=me.id)),
        is_cut=any(each.is_cut for each in list_askable_months(me.id, at=now) if each.month == first_of_month),
        month=choice.month,
        order_id=order_id,
    )


@role_required(Role.RESELLER)
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def invoice(request: ActorRequest, invoice_id: int) -> HttpResponse:
    """One request with the order lines that it is the sum of. She may withdraw it until it is exported, and say that its title is wrong."""
    me = reseller(request)
    view = get_invoice_for(request.actor, invoice_id)
    form = AskCorrectionForm(request.POST if request.POST.get("action") == "correct" else None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            done = _act(request, invoice_id, form)
        except Refusal as refusal:
            if view.state is not InvoiceState.ISSUED or not form.is_bound:
                flash_refusal(request, refusal)
                return redirect("shop:invoice", invoice_id)
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, done)
            return redirect("shop:invoice", invoice_id)
    items = list_items(invoice_id, cursor=request.GET.get("cursor", ""), limit=50)
    return render_page(
        request,
        "invoice.html",
        me,
        invoice=view,
        page=items,
        red_letters=list_red_letters(invoice_id),
        corrections=list_corrections(invoice_id),
        form=form if view.state is InvoiceState.ISSUED else None,
        titles=list_titles(Owner(reseller_id=me.id)),
    )


def _act(request: ActorRequest, invoice_id: int, form: AskCorrectionForm) -> str:
    """Ask for the correction that the form holds, or withdraw; returns what to say."""
    if form.is_bound:
        corrections.ask_correction(actor=request.actor, request_id=invoice_id, now=clock.now(), **form.cleaned_data)
        return _("已告诉开票方，处理后会通知您")
    requests.withdraw_request(actor=request.actor, request_id=invoice_id, now=clock.now())
    return _("已撤回，可以重新申请")


@role_required(Role.RESELLER)
@require_safe
def invoice_file(request: ActorRequest, invoice_id: int) -> FileResponse:
    try:
        file = open_file(request.actor, invoice_id)
    except NoInvoiceFile as missing:
        raise Http404 from missing
    return stored_file_answer(file.content, file.name, file.content_type)


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
def invoice_titles(request: ActorRequest) -> HttpResponse:
    """Her titles, which of them is the default, and the form for another one, which keeps what was typed where it is refused."""
    me = reseller(request)
    action, title_id = request.POST.get("action", ""), parse_int(request.POST.get("title_id", ""))
    form = InvoiceTitleForm(request.POST if request.method == "POST" and action == "save" else None)
    if request.method == "POST" and (action != "save" or form.is_valid()):
        try:
            _change_titles(request, action, title_id, form)
        except Refusal as refusal:
            if action != "save":
                flash_refusal(request, refusal)
                return redirect("shop:invoice_titles")
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            return redirect("shop:invoice_titles")
    return render_page(request, "invoice_titles.html", me, form=form, titles=list_titles(Owner(reseller_id=me.id)))


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
