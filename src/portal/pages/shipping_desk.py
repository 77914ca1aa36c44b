"""The picking list, and packing one consignment after the other with a scanner."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from kernel import clock
from kernel.refusal import Refusal
from orders.rules.parcels import waybill_of
from orders.selectors.carriers import CarrierView, carrier_table, list_carriers
from orders.selectors.shipping_desk import get_next_to_ship
from orders.services.shipping import ship
from orders.services.shipping_lists import make_picking_list
from portal.pages.base_views import render_page
from web.query_parameters import accepts_parameters, number, parse_number, text


@role_required(Role.BRAND)
@require_safe
def picking_list(request: ActorRequest) -> HttpResponse:
    """The units to take from the shelves, by style and size; prints."""
    now, brand = clock.now(), require_own_brand(request.actor)
    lines = make_picking_list(actor=request.actor, now=now)
    return render_page(
        request,
        "picking_list.html",
        brand=brand,
        lines=lines,
        units=sum(line.units for line in lines),
        cut_units=sum(line.units for line in lines if line.label_cut),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Scan:
    """What was scanned for a consignment. `question` holds the carriers that the number looks like, where the person must choose."""

    carrier: str = ""
    tracking_no: str = ""
    question: tuple[CarrierView, ...] = ()
    refusal: str = ""


@role_required(Role.BRAND)
@accepts_parameters(carrier=text(40), after=number)
def scan(request: ActorRequest) -> HttpResponse:
    """Show the consignment to pack next; a scanned number ships it and shows the next one by itself.

    The carrier stays as it was picked. Where the number looks like that of another carrier, or where none was picked, nothing is shipped
    until the person has chosen one.
    """
    brand, now = require_own_brand(request.actor), clock.now()
    scanned = Scan(carrier=request.GET.get("carrier", ""))
    shown_id = parse_number(request.POST.get("consignment"))
    if request.method == "POST" and shown_id is not None:
        scanned = _ship_scanned(request, shown_id)
        if not scanned.question and not scanned.refusal:
            query = QueryDict(mutable=True)
            query.update({"carrier": scanned.carrier, "after": str(shown_id)})
            return redirect(f"{reverse('portal:scan')}?{query.urlencode()}")
        shown = get_next_to_ship(brand.id, at=now, only_id=shown_id)
    else:
        shown = get_next_to_ship(brand.id, at=now, after_id=parse_number(request.GET.get("after")))
    return render_page(
        request, "scan.html", brand=brand, each=shown, scanned=scanned, carriers=list_carriers(active_only=True)
    )


def _ship_scanned(request: ActorRequest, consignment_id: int) -> Scan:
    carrier = request.POST.get("chosen") or request.POST.get("carrier", "")
    tracking_no = request.POST.get("tracking_no", "").strip()
    carrier = carrier.strip()
    if "chosen" not in request.POST and (question := _carriers_to_choose(carrier, tracking_no)):
        return Scan(carrier, tracking_no, question)
    try:
        ship(
            actor=request.actor,
            consignment_id=consignment_id,
            carrier=carrier,
            tracking_no=tracking_no,
            now=clock.now(),
        )
    except Refusal as refusal:
        return Scan(carrier, tracking_no, refusal=refusal.sentence(request.LANGUAGE_CODE))
    messages.success(request, _("发货单 %(id)d 已发货。") % {"id": consignment_id})
    return Scan(carrier, tracking_no)


def _carriers_to_choose(carrier: str, tracking_no: str) -> tuple[CarrierView, ...]:
    """Where the number does not look like one of the carrier that was picked: the carriers that it looks like, and the picked one."""
    table, waybill = carrier_table(), waybill_of(tracking_no)
    suggested = table.suggest(waybill) if waybill is not None else []
    picked = table.find(carrier)
    if not suggested or picked in suggested:
        return ()
    if picked is None:
        return tuple(suggested)
    # A carrier without patterns may have numbers of any form.
    return (*suggested, picked) if picked.number_patterns else ()
