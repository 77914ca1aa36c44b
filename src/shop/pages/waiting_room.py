"""The waiting room of a sale: her place, which the page looks at again by itself until she is let in (SALE-24)."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules import Phase
from flashsales.rules.waiting_room import Place
from flashsales.selectors.sales import SaleView, get_sale
from flashsales.services.waiting_room import take_places
from kernel import clock
from membership.selectors.people import MemberView
from shop.pages.base_views import render_page, reseller
from web.query_parameters import accepts_parameters


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters()
def waiting_room(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Her place, a part that htmx looks at again; once she is admitted the answer loads the page anew that has it."""
    me = reseller(request)
    view = get_sale(sale_id, at=clock.now(), tier=me.tier)
    place = take_place(me, view)
    is_part = "HX-Request" in request.headers
    if place is None or place.is_admitted:
        answer = HttpResponse() if is_part else redirect("shop:sale", sale_id)
        answer["HX-Refresh"] = "true"
        return answer
    if is_part:
        return render_page(request, "parts/waiting_room_place.html", me, sale=view, place=place)
    return waiting_page(request, me, view, place)


def take_place(me: MemberView, sale: SaleView) -> Place | None:
    """Her place in the waiting room of a sale that is open or will be; None where there is none."""
    if sale.phase not in (Phase.PREVIEW, Phase.LIVE):
        return None
    places = take_places(reseller_id=me.id, tier=me.tier, sale_ids=[sale.id], now=clock.now())
    return places[0] if places else None


def waiting_page(request: ActorRequest, me: MemberView, sale: SaleView, place: Place) -> HttpResponse:
    """The page that she sees instead of the one that she asked for. It answers at the same address, which lets her in later."""
    return render_page(request, "waiting_room.html", me, sale=sale, place=place)
