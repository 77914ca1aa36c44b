"""All colours and sizes of a style in one form, for one recipient: a size run is grabbed with one tap, packs (整手) by their number."""

import uuid
from dataclasses import dataclass, field
from hashlib import sha256

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules import Phase
from flashsales.selectors.styles import OfferedItem, StyleInSale, get_style_in_sale
from kernel import clock
from kernel.refusal import Refusal
from orders.rules.lines import RequestedUnits, Take
from orders.selectors.orders import NoSuchRecipient, RecipientView, get_own_recipient, list_own_recipients
from orders.selectors.quantity_gaps import find_gaps
from orders.services import grab as orders_grab
from orders.services.placing import GrabLine
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.cart import tell_placed
from shop.pages.waiting_room import take_place, waiting_page
from web.query_parameters import accepts_parameters, number


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(to=number, recipient=number)
def grid(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """`?to=` is the recipient whom she chose. What she typed stays where the grab is refused."""
    me, now = reseller(request), clock.now()
    view = get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now)
    place = take_place(me, view.sale) if view.phase is Phase.LIVE else None
    if place is not None and not place.is_admitted:
        return waiting_page(request, me, view.sale, place)
    if request.method == "POST" and _grab(request, view):
        return redirect("shop:cart")
    chosen = request.POST.get("recipient") or request.GET.get("to") or request.GET.get("recipient", "")
    address = reverse("shop:grid", args=[sale_id, style_id])
    return render_page(
        request,
        "grid.html",
        me,
        view=view,
        colours=_colours(view, request.POST),
        any_buyable=any(each.max_units for each in view.items),
        recipients=list_own_recipients(me.id).items,
        recipient=_recipient(me.id, chosen),
        page_url=address,
        recipient_url=f"{address}?to=",
        wait_source=f"recipient:{parse_int(chosen)}" if parse_int(chosen) else "",
        key=uuid.uuid4().hex,
    )


@role_required(Role.RESELLER)
@require_POST
def gaps(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """What the typed units lack of the terms; a part of the grid for htmx. Nothing is placed."""
    me, now = reseller(request), clock.now()
    view = get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now)
    recipient = request.POST.get("recipient", "")
    requests = [
        RequestedUnits(item_id, count, recipient=recipient) for item_id, count in _typed_units(view, request.POST)
    ]
    found = find_gaps(requests, reseller_id=me.id, tier=me.tier, at=now)
    return render_page(request, "parts/quantity_gaps.html", me, gaps=found)


def _typed_units(view: StyleInSale, sent: QueryDict) -> list[tuple[int, int]]:
    """The item and units of each field with a number."""
    units = _units_of_packs(view, sent) or {
        item.item_id: parse_int(sent.get(f"units-{item.item_id}", "")) for item in view.items
    }
    return [(item_id, count) for item_id, count in units.items() if count]


def _grab(request: ActorRequest, view: StyleInSale) -> bool:
    """Place what was typed: what is left of it; whether anything was placed."""
    sent = request.POST
    recipient_id = parse_int(sent.get("recipient", ""))
    if not recipient_id:
        messages.error(request, _("请先选择收货人"))
        return False
    lines = [
        GrabLine(item_id, count, recipient_id, parse_int(sent.get(f"price-{item_id}", "")))
        for item_id, count in _typed_units(view, sent)
    ]
    if not lines:
        messages.error(request, _("请先填写要几件"))
        return False
    try:
        order = orders_grab.grab(
            actor=request.actor,
            lines=lines,
            key=order_key(sent.get("key", ""), lines),
            take=Take.WHAT_IS_LEFT,
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return False
    tell_placed(request, order)
    return True


def _units_of_packs(view: StyleInSale, sent: QueryDict) -> dict[int, int]:
    """The units of each item that the typed packs make; empty where the style is not ordered in packs."""
    pack = view.quantity_terms.pack if view.quantity_terms else {}
    if not pack:
        return {}
    packs = {colour.name: colour.packs for colour in _colours(view, sent)}
    return {item.item_id: packs[item.colour] * pack.get(item.size, 0) for item in view.items}


def order_key(page_key: str, lines: list[GrabLine]) -> str:
    """The idempotency key: a double tap makes one order, other units on the same page make a second one."""
    places = " ".join(f"{line.item_id}:{line.units}:{line.recipient_id}" for line in lines)
    return page_key and sha256(f"{page_key} {places}".encode()).hexdigest()


@dataclass(slots=True)
class ColourRow:
    """A colour of the grid: its items, each with the name of its field and the units that were typed into it.

    Where the style is ordered in packs, one field counts the packs; `max_packs` are as many as each size of the pack allows.
    """

    name: str
    packs_field: str
    packs: int
    max_packs: int
    items: list[tuple[OfferedItem, str, int]] = field(default_factory=list)


def _colours(view: StyleInSale, sent: QueryDict) -> list[ColourRow]:
    rows: dict[str, ColourRow] = {}
    for item in view.items:
        if item.colour not in rows:
            name = f"packs-{len(rows)}"
            max_packs = _max_packs(view, item.colour)
            rows[item.colour] = ColourRow(item.colour, name, min(parse_int(sent.get(name, "")), max_packs), max_packs)
        typed_field = f"units-{item.item_id}"
        units = min(parse_int(sent.get(typed_field, "")), item.max_units)
        rows[item.colour].items.append((item, typed_field, units))
    return list(rows.values())


def _max_packs(view: StyleInSale, colour: str) -> int:
    pack = view.quantity_terms.pack if view.quantity_terms else {}
    left = {item.size: item.max_units for item in view.items if item.colour == colour}
    return min((left.get(size, 0) // units for size, units in pack.items()), default=0)


def _recipient(reseller_id: int, text: str) -> RecipientView | None:
    try:
        return get_own_recipient(reseller_id, parse_int(text))
    except NoSuchRecipient:
        return None
