"""Ordering by workbook: take the template, send it back filled in, look at the preview, order it, take the results."""

import io

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.rules.uploads import OrderUploadState
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.uploads import receive, selectors
from orders.uploads.commit import Repeats, commit_upload
from orders.uploads.result_copy import result_copy
from orders.uploads.selectors import LineFilter
from orders.uploads.template import order_template
from orders.uploads.views import OrderUploadView
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.file_responses import workbook_answer
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number
from web.uploads import takes_file, too_large

FAULTS, WARNINGS = "faults", "warnings"
LINES_PER_PAGE = 50


@role_required(Role.RESELLER)
@takes_file
@accepts_parameters(cursor=cursor)
def uploads(request: ActorRequest) -> HttpResponse:
    """Her workbooks of orders, and the place to send the next."""
    if request.method == "POST":
        return _receive(request)
    page = selectors.list_order_uploads(request.actor, cursor=request.GET.get("cursor", ""))
    return render_page(request, "order_uploads.html", reseller(request), page=page)


@role_required(Role.RESELLER)
@require_safe
@accepts_parameters(sale=number)
def template(request: ActorRequest) -> FileResponse:
    """A workbook to fill in, with the goods of all live sales or of one."""
    sale_id = parse_number(request.GET.get("sale"))
    return workbook_answer(*order_template(actor=request.actor, sale_id=sale_id, now=clock.now()))


@role_required(Role.RESELLER)
@require_safe
@accepts_parameters(show=one_of([*LineFilter, FAULTS, WARNINGS]), cursor=cursor)
def upload(request: ActorRequest, upload_id: int) -> HttpResponse:
    """One workbook in whatever state it is."""
    me, view = reseller(request), selectors.get_order_upload(request.actor, upload_id)
    show = request.GET.get("show", "")
    context = {"upload": view, "show": show, "tabs": _tabs(view), "balance_fen": get_wallet_balance_fen(me.id)}
    if view.order_id is not None:
        order = get_own_order(me.id, view.order_id)
        context |= {"order": order, "is_unpaid": order.state is OrderState.UNPAID}
    if show in (FAULTS, WARNINGS):
        context["cells"] = selectors.faults_of_upload(request.actor, upload_id, warnings=show == WARNINGS)
    elif view.totals.lines:
        context["page"] = selectors.lines_of_upload(
            request.actor,
            upload_id,
            at=clock.now(),
            only=LineFilter(show) if show else None,
            cursor=request.GET.get("cursor", ""),
            limit=LINES_PER_PAGE,
        )
    return render_page(request, "order_upload.html", me, **context)


@role_required(Role.RESELLER)
@require_safe
def progress(request: ActorRequest, upload_id: int) -> HttpResponse:
    """How far the reading is; once it is over the page loads anew."""
    view = selectors.get_order_upload(request.actor, upload_id)
    if not view.in_progress:
        return HttpResponseClientRedirect(reverse("shop:order_upload", args=[upload_id]))
    return render(request, "shop/parts/order_upload_progress.html", {"upload": view})


@role_required(Role.RESELLER)
@require_POST
def answers(request: ActorRequest, upload_id: int) -> HttpResponse:
    """Say which columns mean what."""
    view = selectors.get_order_upload(request.actor, upload_id)
    given: dict[str, dict[str, str]] = {}
    for question in view.questions:
        column = request.POST.get(f"{question.fingerprint}:{question.field}", "")
        if column:
            given.setdefault(question.fingerprint, {})[column] = question.field
    receive.answer_upload(actor=request.actor, upload_id=upload_id, answers=given, now=clock.now())
    enqueue_on_commit("orders.tasks.read_order_upload", upload_id)
    return redirect("shop:order_upload", upload_id)


@role_required(Role.RESELLER)
@require_POST
def choose(request: ActorRequest, upload_id: int) -> HttpResponse:
    """Say which goods lines mean: fields `goods-<number>` with the id of the item. A field that is left empty says nothing."""
    choices = {
        parse_int(name.removeprefix("goods-")): parse_int(value)
        for name, value in request.POST.items()
        if name.startswith("goods-") and isinstance(value, str) and value
    }
    if not choices:
        messages.error(request, _("请先选择商品"))
        return redirect(_address(upload_id, LineFilter.CHOOSE))
    try:
        view = receive.choose_goods(actor=request.actor, upload_id=upload_id, choices=choices, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect(_address(upload_id, LineFilter.CHOOSE))
    return redirect(_address(upload_id, LineFilter.CHOOSE if view.totals.choose else ""))


@role_required(Role.RESELLER)
@require_POST
def leave_out(request: ActorRequest, upload_id: int) -> HttpResponse:
    """Leave lines out, or take them back in: fields `number`, and `left_out` 1 or 0."""
    numbers = [parse_int(value) for value in request.POST.getlist("number")]
    try:
        receive.leave_out(
            actor=request.actor,
            upload_id=upload_id,
            numbers=numbers,
            left_out=request.POST.get("left_out") == "1",
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
    show = request.POST.get("show", "")
    return redirect(_address(upload_id, show if show in list(LineFilter) else ""))


@role_required(Role.RESELLER)
@require_POST
def refresh(request: ActorRequest, upload_id: int) -> HttpResponse:
    """Read prices and what is left anew."""
    try:
        receive.refresh_preview(actor=request.actor, upload_id=upload_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect("shop:order_upload", upload_id)


@role_required(Role.RESELLER)
@require_POST
def commit(request: ActorRequest, upload_id: int) -> HttpResponse:
    """Order the preview as one order. A refusal is shown above the preview, which is new where something has changed."""
    sent = request.POST
    if sent.get("take") not in list(Take) or parse_number(sent.get("expected")) is None:
        messages.error(request, _("请重新打开预览后再下单"))
        return redirect("shop:order_upload", upload_id)
    repeats = sent.get("repeats", "")
    try:
        result = commit_upload(
            actor=request.actor,
            upload_id=upload_id,
            take=Take(sent["take"]),
            repeats=Repeats(repeats) if repeats in list(Repeats) else None,
            expected_total_fen=parse_int(sent["expected"]),
            pay_now=sent.get("pay") != "later",
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:order_upload", upload_id)
    if result.payment_refusal is not None:
        english = request.LANGUAGE_CODE == "en"
        messages.warning(request, result.payment_refusal.en if english else result.payment_refusal.zh)
    elif result.order.state is OrderState.PAID:
        messages.success(request, _("已下单并付款，品牌会按时发货"))
    return redirect("shop:order_upload", upload_id)


@role_required(Role.RESELLER)
@require_POST
def cancel(request: ActorRequest, upload_id: int) -> HttpResponse:
    receive.cancel_upload(actor=request.actor, upload_id=upload_id, now=clock.now())
    messages.info(request, _("已取消，没有下单。"))
    return redirect("shop:order_uploads")


@role_required(Role.RESELLER)
@require_safe
def original(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook as it was sent."""
    file = selectors.open_workbook(request.actor, upload_id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@role_required(Role.RESELLER)
@require_safe
def annotated(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook back with every line marked."""
    data, name = result_copy(actor=request.actor, upload_id=upload_id)
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name)


def _receive(request: ActorRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile | None):
        raise TypeError("the form has one field of the name, and it is a file")
    try:
        view = receive.receive_upload(
            actor=request.actor,
            filename=(file.name if file else "") or "",
            chunks=file.chunks() if file else (),
            cut_short=too_large(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags="file")
        return redirect("shop:order_uploads")
    enqueue_on_commit("orders.tasks.read_order_upload", view.id)
    return redirect("shop:order_upload", view.id)


def _tabs(view: OrderUploadView) -> list[tuple[str, int]]:
    """Which lists of lines and cells the page offers, with how many each has; an empty one is not offered."""
    totals = view.totals
    counts = {"": totals.lines}
    if view.state is OrderUploadState.COMMITTED:
        counts |= {LineFilter.NOT_ORDERED: totals.not_ordered}
    else:
        counts |= {
            LineFilter.CHOOSE: totals.choose,
            LineFilter.REFUSED: totals.refused,
            LineFilter.SHORT: totals.short,
            LineFilter.REPEATED: totals.repeated,
            LineFilter.LEFT_OUT: totals.left_out,
        }
    counts |= {FAULTS: view.faults, WARNINGS: view.warnings}
    return [(str(name), count) for name, count in counts.items() if count]


def _address(upload_id: int, show: str) -> str:
    address = reverse("shop:order_upload", args=[upload_id])
    return f"{address}?show={show}" if show else address
