"""Uploading stock: send a workbook, follow it, answer questions, look at the preview, apply or cancel it, undo it."""

from typing import Any

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
from inventory.rules import ChangeKind, FaultKind, UploadState
from inventory.uploads import annotate, receive, selectors
from inventory.uploads.apply import PricesNeedConfirmation, StockAllottedMeanwhile, apply_upload
from inventory.uploads.undo import undo_upload
from inventory.uploads.views import UploadView
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import cursor_of, redirect_to, render_page
from web.file_responses import workbook_answer
from web.query_parameters import accepts_parameters, cursor, one_of
from web.uploads import takes_file, too_large

TABS = ("price_jumps", "faults", "warnings", "changed", "added", "styles", "size_charts", "missing", "ignored")


@role_required(Role.BRAND)
@takes_file
@accepts_parameters(cursor=cursor)
def uploads(request: ActorRequest) -> HttpResponse:
    """All uploads, and the place to send the next."""
    if request.method == "POST":
        return _receive(request)
    return render_page(
        request, "uploads.html", page=selectors.list_uploads(request.actor, cursor=cursor_of(request), limit=20)
    )


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(show=one_of(TABS), cursor=cursor)
def upload(request: ActorRequest, upload_id: int) -> HttpResponse:
    """One upload in whatever state it is."""
    view = _own(request, upload_id)
    tabs = [(name, _count(view, name)) for name in TABS]
    filled = [name for name, count in tabs if count]
    asked = request.GET.get("show", "")
    tab = asked if asked in filled else next(iter(filled), "")
    unused = selectors.unused_columns(view.id) if view.warnings and filled else []
    shown = {"tabs": [t for t in tabs if t[1]], "tab": tab, "unused": unused} | _rows(request, view, tab)
    return render_page(request, "upload.html", upload=view, **shown)


@role_required(Role.BRAND)
@require_safe
def progress(request: ActorRequest, upload_id: int) -> HttpResponse:
    """How far the reading is; once it is over the page loads anew."""
    view = _own(request, upload_id)
    if not view.in_progress:
        return HttpResponseClientRedirect(reverse("portal:upload", args=[view.id]))
    return render(request, "portal/parts/progress.html", {"upload": view})


@role_required(Role.BRAND)
@require_POST
def answers(request: ActorRequest, upload_id: int) -> HttpResponse:
    view = _own(request, upload_id)
    given: dict[str, dict[str, str]] = {}
    for question in view.questions:
        column = request.POST.get(f"{question.fingerprint}:{question.field}", "")
        if column:
            given.setdefault(question.fingerprint, {})[column] = question.field
    receive.answer_upload(actor=request.actor, upload_id=upload_id, answers=given, now=clock.now())
    enqueue_on_commit("inventory.tasks.read_upload", upload_id)
    return redirect("portal:upload", upload_id)


@role_required(Role.BRAND)
@require_POST
def missing(request: ActorRequest, upload_id: int) -> HttpResponse:
    """Choose which SKUs that the file does not name are set to zero: one (`sku`) or all."""
    sku = request.POST.get("sku", "")
    chosen = [int(sku)] if sku.isascii() and sku.isdigit() else None
    zero = request.POST.get("zero") == "1"
    receive.zero_missing(actor=request.actor, upload_id=upload_id, sku_ids=chosen, zero=zero, now=clock.now())
    back = request.POST.get("back", "")
    suffix = f"&cursor={back}" if back.replace("-", "").replace("_", "").isalnum() else ""
    return redirect_to(request, f"{reverse('portal:upload', args=[upload_id])}?show=missing{suffix}")


@role_required(Role.BRAND)
@require_POST
def apply(request: ActorRequest, upload_id: int) -> HttpResponse:
    confirmed = request.POST.get("confirm_prices") == "1"
    try:
        view = apply_upload(actor=request.actor, upload_id=upload_id, confirm_prices=confirmed, now=clock.now())
    except StockAllottedMeanwhile as refusal:
        enqueue_on_commit("inventory.tasks.read_upload", upload_id)
        return _flash_refusal(request, upload_id, refusal)
    except PricesNeedConfirmation as refusal:
        return _flash_refusal(request, upload_id, refusal, "?show=price_jumps")
    enqueue_on_commit("inventory.tasks.follow_picture_links")
    messages.success(
        request,
        _("已入库：新增 %(added)d 个，变更 %(changed)d 个。")
        % {"added": view.added, "changed": view.changed + view.zeroed},
    )
    return redirect("portal:upload", upload_id)


@role_required(Role.BRAND)
@require_POST
def cancel(request: ActorRequest, upload_id: int) -> HttpResponse:
    receive.cancel_upload(actor=request.actor, upload_id=upload_id, now=clock.now())
    messages.info(request, _("已取消，库存没有改变。"))
    return redirect("portal:uploads")


@role_required(Role.BRAND)
@require_POST
def undo(request: ActorRequest, upload_id: int) -> HttpResponse:
    try:
        undo_upload(actor=request.actor, upload_id=upload_id, now=clock.now())
    except Refusal as refusal:
        return _flash_refusal(request, upload_id, refusal)
    messages.success(request, _("已撤销，库存恢复到上传之前。"))
    return redirect("portal:upload", upload_id)


@role_required(Role.BRAND)
@require_safe
def annotated_link(request: ActorRequest, upload_id: int) -> HttpResponse:
    """The link to the annotated copy, or a notice that it is being made."""
    return render(request, "portal/parts/annotated_link.html", {"upload": _own(request, upload_id)})


@role_required(Role.BRAND)
@require_safe
def annotated(request: ActorRequest, upload_id: int) -> FileResponse:
    file = selectors.open_annotated_copy(_own(request, upload_id).id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@role_required(Role.BRAND)
@require_safe
def original(request: ActorRequest, upload_id: int) -> FileResponse:
    file = selectors.open_workbook(_own(request, upload_id).id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@role_required(Role.BRAND)
@require_safe
def template(request: ActorRequest) -> FileResponse:
    """An empty workbook to fill in."""
    return workbook_answer(*annotate.stock_template())


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
        if request.headers.get("HX-Request"):
            raise
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags="file")
        return redirect("portal:uploads")
    enqueue_on_commit("inventory.tasks.read_upload", view.id)
    return redirect_to(request, reverse("portal:upload", args=[view.id]))


def _own(request: ActorRequest, upload_id: int) -> UploadView:
    return selectors.get_upload_for(request.actor, upload_id)


def _flash_refusal(request: ActorRequest, upload_id: int, refusal: Refusal, suffix: str = "") -> HttpResponse:
    messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    return redirect(reverse("portal:upload", args=[upload_id]) + suffix)


def _count(view: UploadView, tab: str) -> int:
    if view.state not in (UploadState.PREVIEW, UploadState.APPLIED, UploadState.UNDONE):
        return 0
    counts = {"styles": view.styles_changed, "ignored": view.ignored_lines}
    return counts[tab] if tab in counts else int(getattr(view, tab))


def _rows(request: ActorRequest, view: UploadView, tab: str) -> dict[str, Any]:
    """The rows of the tab that is open, a page of them."""
    cursor = cursor_of(request)
    if tab in ("faults", "warnings"):
        kind = FaultKind.FAULT if tab == "faults" else FaultKind.WARNING
        return {"page": selectors.faults_of_upload(view.id, kind=kind.value, cursor=cursor, limit=50)}
    if tab == "styles":
        return {"page": selectors.styles_of_upload(view.id, cursor=cursor, limit=50)}
    if tab == "size_charts":
        return {"page": selectors.charts_of_upload(view.id, cursor=cursor, limit=50)}
    if tab == "ignored":
        return {"ignored": selectors.ignored_of_upload(view.id)}
    if tab == "price_jumps":
        return {"page": selectors.changes_of_upload(view.id, price_jumps=True, cursor=cursor, limit=50)}
    if tab:
        return {"page": selectors.changes_of_upload(view.id, kind=ChangeKind(tab).value, cursor=cursor, limit=50)}
    return {}
