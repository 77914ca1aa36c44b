"""Workbooks with tracking numbers: send one, follow it, answer its questions, say which carriers it means (ORDER-13)."""

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.shipping_uploads import (
    CARRIER_FIELD,
    ShippingUploadView,
    get_shipping_upload,
    list_shipping_uploads,
)
from aftersales.services import shipping_uploads
from aftersales.services.shipping_reading import READ_AT_ONCE_BYTES, read_shipping_upload
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.carriers import list_carriers
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor, parse_number
from web.uploads import takes_file, too_large

FOR_ALL_LINES = "="
"""The answer that one carrier carries all lines; the form names it in a field of its own."""


@role_required(Role.BRAND)
@takes_file
@accepts_parameters(cursor=cursor)
def uploads(request: ActorRequest) -> HttpResponse:
    """The workbooks that were sent; a posted one is read and shipped."""
    if request.method == "POST":
        return _receive(request)
    page = list_shipping_uploads(request.actor, cursor=cursor_of(request), limit=20)
    return render_page(request, "shipping_uploads.html", page=page)


@role_required(Role.BRAND)
@require_safe
def upload(request: ActorRequest, shipping_upload_id: int) -> HttpResponse:
    """One workbook in whatever state it is."""
    view = get_shipping_upload(request.actor, shipping_upload_id)
    return render_page(request, "shipping_upload.html", upload=view, carriers=list_carriers(active_only=True))


@role_required(Role.BRAND)
@require_safe
def progress(request: ActorRequest, shipping_upload_id: int) -> HttpResponse:
    """How far the reading is; once it is over the page loads anew."""
    view = get_shipping_upload(request.actor, shipping_upload_id)
    if not view.in_progress:
        return HttpResponseClientRedirect(reverse("portal:shipping_upload", args=[view.id]))
    return render(request, "portal/parts/shipping_progress.html", {"upload": view})


@role_required(Role.BRAND)
@require_POST
def answers(request: ActorRequest, shipping_upload_id: int) -> HttpResponse:
    """Say which columns mean what."""
    view = get_shipping_upload(request.actor, shipping_upload_id)
    try:
        view = shipping_uploads.answer_shipping_upload(
            actor=request.actor,
            upload_id=shipping_upload_id,
            answers=_answers_of_form(view, request.POST),
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        return redirect("portal:shipping_upload", shipping_upload_id)
    return _read(request, view)


@role_required(Role.BRAND)
@require_POST
def carriers(request: ActorRequest, shipping_upload_id: int) -> HttpResponse:
    """Say which carriers the unknown words mean: fields `word-<n>` and `carrier-<n>`; a carrier left empty says nothing."""
    sent = request.POST
    chosen = {
        sent[name]: carrier_id
        for name in sent
        if name.startswith("word-") and (carrier_id := parse_number(sent.get(f"carrier-{name.removeprefix('word-')}")))
    }
    try:
        view = shipping_uploads.choose_carriers(
            actor=request.actor, upload_id=shipping_upload_id, choices=chosen, now=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        return redirect("portal:shipping_upload", shipping_upload_id)
    return _read(request, view)


@role_required(Role.BRAND)
@require_POST
def cancel(request: ActorRequest, shipping_upload_id: int) -> HttpResponse:
    shipping_uploads.cancel_shipping_upload(actor=request.actor, upload_id=shipping_upload_id, now=clock.now())
    messages.info(request, _("已取消，没有发货。"))
    return redirect("portal:shipping")


def _answers_of_form(view: ShippingUploadView, sent: QueryDict) -> dict[str, dict[str, str]]:
    """The answers, by layout. One column for carrier and number holds both."""
    given: dict[str, dict[str, str]] = {}
    for question in view.questions:
        column = sent.get(f"{question.fingerprint}:{question.field}", "")
        if column == FOR_ALL_LINES:
            carrier = sent.get(f"{question.fingerprint}:all", "").strip()
            column = f"{FOR_ALL_LINES}{carrier}" if carrier else ""
        if column:
            of_layout = given.setdefault(question.fingerprint, {})
            both = {of_layout.get(column), question.field} == {CARRIER_FIELD, "tracking_no"}
            of_layout[column] = "carrier_and_number" if both else question.field
    return given


def _receive(request: ActorRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile | None):
        raise TypeError("the form has one field of the name, and it is a file")
    try:
        view = shipping_uploads.receive_shipping_upload(
            actor=request.actor,
            filename=(file.name if file else "") or "",
            chunks=file.chunks() if file else (),
            cut_short=too_large(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags="shipping-file")
        return redirect("portal:shipping")
    return _read(request, view)


def _read(request: ActorRequest, view: ShippingUploadView) -> HttpResponse:
    """Read a small workbook now, and leave a large one to a worker."""
    if view.size_bytes <= READ_AT_ONCE_BYTES:
        read_shipping_upload(upload_id=view.id, clock=clock.now)
    else:
        enqueue_on_commit("aftersales.tasks.read_shipping_upload", view.id)
    return redirect("portal:shipping_upload", view.id)
