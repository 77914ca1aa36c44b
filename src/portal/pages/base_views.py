"""What all pages of the desk share."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import ActorRequest
from aftersales.selectors.brand_enquiries import count_brand_enquiries
from aftersales.selectors.cases import count_returns_in_transit
from brands.selectors.brands import BrandView, require_own_brand
from events.rules.kinds import Face
from events.selectors import Inbox, count_unread
from inventory.uploads.selectors import get_open_upload
from kernel import clock
from orders.selectors.consignments import get_shipping_backlog


def render_page(
    request: ActorRequest, template: str, *, brand: BrandView | None = None, **context: Any
) -> HttpResponse:
    """A page in the frame of the desk: whose it is, and what waits."""
    own = brand or require_own_brand(request.actor)
    frame = {
        "brand": own,
        "open_upload": get_open_upload(own.id),
        "waiting": get_shipping_backlog(own.id, at=clock.now()),
        "waiting_enquiries": count_brand_enquiries(own.id),
        "returns_in_transit": count_returns_in_transit(own.id),
        "unread_events": count_unread(Inbox(Face.PORTAL, own.id, request.actor.own_id)).unread,
    }
    return render(request, f"portal/{template}", frame | context)


def cursor_of(request: ActorRequest) -> str:
    return request.GET.get("cursor", "")


def redirect_to(request: ActorRequest, address: str) -> HttpResponse:
    """Send the browser on, whether htmx asked or a plain form."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(address)
    return HttpResponse(status=302, headers={"Location": address})
