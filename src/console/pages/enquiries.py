"""Enquiries 客服 on the desk: those that wait, the most urgent first, and the answer (AFTER-14)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import MAX_BRAND_NOTE, MAX_PHOTOS, EnquiryState
from aftersales.selectors import enquiries as enquiry_selectors
from aftersales.selectors.photos import list_own_photos
from aftersales.services import enquiries as enquiry_services
from aftersales.services.brand_enquiries import brands_to_ask, pass_to_brand
from aftersales.services.photos import add_photos
from brands.selectors.brands import brand_names
from console.pages.base_views import cursor_of, render_page, sentence
from kernel import clock
from kernel.refusal import Refusal
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number
from web.uploads import sent_files, takes_file


@role_required(Role.OPS)
@accepts_parameters(state=one_of(EnquiryState), cursor=cursor)
def enquiries(request: ActorRequest) -> HttpResponse:
    state = request.GET.get("state", "").strip() or EnquiryState.OPEN.value
    page = enquiry_selectors.list_enquiries(at=clock.now(), state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "enquiries.html", page=page, state=state, states=list(EnquiryState))


@role_required(Role.OPS)
@takes_file
def enquiry(request: ActorRequest, enquiry_id: int) -> HttpResponse:
    """A thread. Posting answers it, or closes it (`close`); then the next that waits opens."""
    now = clock.now()
    view = enquiry_selectors.get_enquiry(enquiry_id, at=now)
    photo_ids = [number for each in request.POST.getlist("photo_ids") if (number := parse_number(each))]
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            photo_ids += _act(request, enquiry_id)
        except Refusal as refusal:
            faults = [Fault(sentence(request, refusal), "text")]
        else:
            waiting = enquiry_selectors.list_enquiries(at=now, limit=1).items
            if waiting:
                return redirect("console:enquiry", waiting[0].id)
            return redirect("console:enquiries")
    return render_page(
        request,
        "enquiry.html",
        enquiry=view,
        brands=brand_names(brands_to_ask(view.summary.order_id, view.summary.style_id)),
        max_note=MAX_BRAND_NOTE,
        text=request.POST.get("text", ""),
        kept=list_own_photos(request.actor, photo_ids),
        max_photos=MAX_PHOTOS,
        key=request.POST.get("key") or uuid.uuid4().hex,
        faults=faults,
    )


def _act(request: ActorRequest, enquiry_id: int) -> list[int]:
    """Close the enquiry, pass it to a brand, or answer it. Returns the photos that were sent now."""
    now, sent = clock.now(), request.POST
    if brand_id := parse_number(sent.get("brand")):
        note = sent.get("note", "")
        pass_to_brand(actor=request.actor, enquiry_id=enquiry_id, brand_id=brand_id, note=note, now=now)
        messages.success(request, _("咨询 #%(n)s 已转给品牌") % {"n": enquiry_id})
        return []
    if sent.get("close"):
        enquiry_services.close_enquiry(actor=request.actor, enquiry_id=enquiry_id, now=now)
        messages.success(request, _("咨询 #%(n)s 已结束") % {"n": enquiry_id})
        return []
    added = [each.id for each in add_photos(actor=request.actor, files=sent_files(request, "photos"), now=now)]
    kept = [number for each in sent.getlist("photo_ids") if (number := parse_number(each))]
    enquiry_services.add_message(
        actor=request.actor,
        enquiry_id=enquiry_id,
        text=sent.get("text", ""),
        photo_ids=[*kept, *added],
        key=sent.get("key", ""),
        now=now,
    )
    messages.success(request, _("咨询 #%(n)s 已答复") % {"n": enquiry_id})
    return added
