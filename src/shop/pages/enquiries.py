"""Enquiries 客服: ask the platform about an order, about goods or about anything, with photos (AFTER-14)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import MAX_PHOTOS
from aftersales.selectors import enquiries as enquiry_selectors
from aftersales.selectors.photos import list_own_photos
from aftersales.services import enquiries as enquiry_services
from aftersales.services.photos import add_photos
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, number, parse_number
from web.uploads import sent_files, takes_file


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def enquiries(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = enquiry_selectors.list_own_enquiries(me.id, at=clock.now(), cursor=request.GET.get("cursor", ""))
    return render_page(request, "enquiries.html", me, page=page)


@role_required(Role.RESELLER)
@takes_file
@accepts_parameters(order=number, style=number)
def ask(request: ActorRequest) -> HttpResponse:
    """Write a new enquiry; `?order=` and `?style=` say what it is about. A refused form keeps what was typed and sent."""
    me, now = reseller(request), clock.now()
    order_id, style_id = parse_number(request.GET.get("order")), parse_number(request.GET.get("style"))
    photo_ids = [parse_int(each) for each in request.POST.getlist("photo_ids")]
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            photo_ids += _add_photos(request)
            view = enquiry_services.open_enquiry(
                actor=request.actor,
                text=request.POST.get("text", ""),
                order_id=order_id,
                style_id=style_id,
                photo_ids=photo_ids,
                key=request.POST.get("key", ""),
                now=now,
            )
        except Refusal as refusal:
            faults = [Fault(refusal.sentence(request.LANGUAGE_CODE), "text")]
        else:
            messages.success(request, _("已发给客服，答复会在这里和消息里看到"))
            return redirect("shop:enquiry", view.summary.id)
    return render_page(
        request, "enquiry_ask.html", me, order_id=order_id, style_id=style_id, **_form(request, photo_ids, faults)
    )


@role_required(Role.RESELLER)
@takes_file
def enquiry(request: ActorRequest, enquiry_id: int) -> HttpResponse:
    """A thread; looking at it marks its answers as read. Posting writes a message."""
    me, now = reseller(request), clock.now()
    photo_ids = [parse_int(each) for each in request.POST.getlist("photo_ids")]
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            photo_ids += _add_photos(request)
            enquiry_services.add_message(
                actor=request.actor,
                enquiry_id=enquiry_id,
                text=request.POST.get("text", ""),
                photo_ids=photo_ids,
                key=request.POST.get("key", ""),
                now=now,
            )
        except Refusal as refusal:
            faults = [Fault(refusal.sentence(request.LANGUAGE_CODE), "text")]
        else:
            return redirect("shop:enquiry", enquiry_id)
    view = enquiry_selectors.get_own_enquiry(me.id, enquiry_id, at=now)
    if view.summary.has_unread:
        enquiry_services.mark_enquiry_read(actor=request.actor, enquiry_id=enquiry_id)
    return render_page(request, "enquiry.html", me, enquiry=view, **_form(request, photo_ids, faults))


@role_required(Role.RESELLER)
@require_POST
def close(request: ActorRequest, enquiry_id: int) -> HttpResponse:
    try:
        enquiry_services.close_enquiry(actor=request.actor, enquiry_id=enquiry_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect("shop:enquiries")


def _add_photos(request: ActorRequest) -> list[int]:
    photos = add_photos(actor=request.actor, files=sent_files(request, "photos"), now=clock.now())
    return [photo.id for photo in photos]


def _form(request: ActorRequest, photo_ids: list[int], faults: list[Fault]) -> dict[str, object]:
    """What the form of a message shows: what was typed and sent before it was refused, and its key."""
    return {
        "text": request.POST.get("text", ""),
        "kept": list_own_photos(request.actor, photo_ids),
        "max_photos": MAX_PHOTOS,
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "faults": faults,
    }
