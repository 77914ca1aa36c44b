"""Enquiries that the platform passed to the brand: read the thread, answer with words and photos (AFTER-15)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import MAX_PHOTOS
from aftersales.selectors.brand_enquiries import get_brand_enquiry, list_brand_enquiries
from aftersales.selectors.photos import list_own_photos
from aftersales.services.brand_enquiries import answer_as_brand
from aftersales.services.photos import add_photos
from brands.selectors.brands import require_own_brand
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import cursor_of, render_page
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number
from web.uploads import sent_files, takes_file


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(state=one_of(["waiting", "all"]), cursor=cursor)
def enquiries(request: ActorRequest) -> HttpResponse:
    """Those that wait for the brand, or all."""
    brand = require_own_brand(request.actor)
    state = request.GET.get("state") or "waiting"
    page = list_brand_enquiries(
        brand.id, at=clock.now(), waiting_only=state == "waiting", cursor=cursor_of(request), limit=30
    )
    return render_page(request, "enquiries.html", brand=brand, page=page, state=state)


@role_required(Role.BRAND)
@takes_file
def enquiry(request: ActorRequest, enquiry_id: int) -> HttpResponse:
    """A thread. Posting answers it; a refused form keeps what was typed and sent."""
    brand, now = require_own_brand(request.actor), clock.now()
    photo_ids = [number for each in request.POST.getlist("photo_ids") if (number := parse_number(each))]
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            added = add_photos(actor=request.actor, files=sent_files(request, "photos"), now=now)
            photo_ids += [each.id for each in added]
            answer_as_brand(
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
            messages.success(request, _("已答复，代购和平台都能看到。"))
            return redirect("portal:enquiry", enquiry_id)
    return render_page(
        request,
        "enquiry.html",
        brand=brand,
        enquiry=get_brand_enquiry(brand.id, enquiry_id, at=now),
        text=request.POST.get("text", ""),
        kept=list_own_photos(request.actor, photo_ids),
        max_photos=MAX_PHOTOS,
        key=request.POST.get("key") or uuid.uuid4().hex,
        faults=faults,
    )
