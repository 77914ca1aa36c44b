"""Goods for many recipients on one page: each gets what is chosen beside her name, and one tap grabs all of it."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules import Offer, max_units_of
from flashsales.selectors.offers import list_style_offers
from forwarding.selectors.prices import list_priced_styles
from kernel import clock
from kernel.refusal import Refusal
from membership.selectors.people import MemberView
from orders.rules.lines import MAX_UNITS_PER_LINE, RequestedUnits, Take
from orders.selectors.orders import find_own_recipients, list_own_recipients
from orders.selectors.quantity_gaps import find_gaps
from orders.services.placing import GrabLine, place_orders
from orders.services.recipient_lists import MAX_PASTED_RECIPIENTS
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.cart import tell_placed
from shop.pages.grid import order_key
from web.query_parameters import accepts_parameters, number, text

MAX_PRICED_STYLES = 60
MAX_OPTIONS = 12_000
"""Options on the page: every recipient has a list of all goods."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Goods beside a recipient: a sale item (0: none yet), the price that was shown, and units."""

    item_id: int
    price_fen: int
    units: int

    @property
    def value(self) -> str:
        return f"{self.item_id}.{self.price_fen}" if self.item_id else ""


@dataclass(frozen=True, slots=True)
class GoodsOption:
    """A colour and size that can be chosen: what the form sends for it, and how many units she may still take."""

    value: str
    offer: Offer
    max_units: int


@dataclass(frozen=True, slots=True)
class GoodsOfStyle:
    name: str
    options: list[GoodsOption]


NOTHING_YET = Pick(0, 0, 1)


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(to=text(2000), sale=number, style=number)
def order_for_many(request: ActorRequest) -> HttpResponse:
    """`?to=` are the recipients, separated by commas; without it she ticks them. `?sale=&style=` are the goods that stand first.

    `add` gives a recipient one more choice, `fill` gives the same goods to all that have none, `count` answers what the choices lack of
    quantity terms, and `place` grabs what was chosen.
    """
    me = reseller(request)
    sent = request.POST
    if "who" in sent:
        return redirect(address_for_many(request, [parse_int(each) for each in sent.getlist("who")]))
    recipients = find_own_recipients(me.id, _recipient_ids(request))
    if not recipients:
        return render_page(
            request,
            "choose_recipients.html",
            me,
            recipients=list_own_recipients(me.id, limit=MAX_PASTED_RECIPIENTS).items,
        )
    if "count" in sent:
        return _gaps(request, me, {each.id: _picks(sent, each.id) for each in recipients})
    goods = _offered_goods(request, me, len(recipients))
    picks = {each.id: _picks(sent, each.id) for each in recipients}
    if "place" in sent and _place(request, picks):
        return redirect("shop:cart")
    if "fill" in sent or "add" in sent:
        _change(request, picks)
    rows = [(each, f"units-{each.id}", picks[each.id]) for each in recipients]
    context = {"rows": rows, "goods": goods, "page_url": address_for_many(request, [each.id for each in recipients])}
    return render_page(request, "order_for_many.html", me, key=sent.get("key") or uuid.uuid4().hex, **context)


def _recipient_ids(request: ActorRequest) -> list[int]:
    ids = [parse_int(each) for each in request.GET.get("to", "").split(",")]
    return [each for each in ids if each][:MAX_PASTED_RECIPIENTS]


def address_for_many(request: ActorRequest, recipient_ids: Iterable[int]) -> str:
    """The page where goods are chosen for these recipients, the goods that she came from first."""
    came_from = {name: request.GET[name] for name in ("sale", "style") if request.GET.get(name)}
    query = {"to": ",".join(map(str, dict.fromkeys(recipient_ids)))} | came_from
    return f"{reverse('shop:order_for_many')}?{urlencode(query, safe=',')}"


def _offered_goods(request: ActorRequest, me: MemberView, recipients: int) -> list[GoodsOfStyle]:
    """What can be chosen: the style that she came from, then the styles that she priced; of each what she may still take."""
    now = clock.now()
    came_from = (parse_int(request.GET.get("sale", "")), parse_int(request.GET.get("style", "")))
    places = [came_from] if all(came_from) else []
    places += list_priced_styles(me.id, at=now, limit=MAX_PRICED_STYLES)
    goods, count = list[GoodsOfStyle](), 0
    for style in list_style_offers(styles=places, tier=me.tier, reseller_id=me.id, at=now):
        options = [
            GoodsOption(Pick(offer.item_id, offer.price_fen or 0, 1).value, offer, max_units_of(offer))
            for offer in style.offers
            if max_units_of(offer)
        ]
        count += len(options) * recipients
        if options and (count <= MAX_OPTIONS or not goods):
            goods.append(GoodsOfStyle(style.name or style.style_no, options))
    return goods


def _picks(sent: QueryDict, recipient_id: int) -> list[Pick]:
    """What the form holds beside a recipient; one empty choice where it holds nothing."""
    items, units = sent.getlist(f"item-{recipient_id}"), sent.getlist(f"units-{recipient_id}")
    picks = [_pick(item, count) for item, count in zip(items, units, strict=False)]
    return picks or [NOTHING_YET]


def _pick(item: str, units: str) -> Pick:
    item_id, _dot, price_fen = item.partition(".")
    return Pick(parse_int(item_id), parse_int(price_fen), parse_int(units))


def _change(request: ActorRequest, picks: dict[int, list[Pick]]) -> None:
    """Do what the buttons beside the goods ask for: one more choice, or the same goods for all that have none."""
    sent = request.POST
    if (added := parse_int(sent.get("add", ""))) in picks:
        picks[added] = [*picks[added], NOTHING_YET]
    if "fill" in sent:
        same = _pick(sent.get("fill_item", ""), "1")
        if not same.item_id:
            messages.error(request, _("请先选货"))
            return
        for recipient_id, chosen in picks.items():
            if not any(pick.item_id for pick in chosen):
                picks[recipient_id] = [same]


def _place(request: ActorRequest, picks: dict[int, list[Pick]]) -> bool:
    """Grab what is left of the choices; whether anything was grabbed."""
    lines = list(_lines(picks))
    if not lines:
        messages.error(request, _("请先给收货人选货"))
        return False
    if not all(0 < pick.units <= MAX_UNITS_PER_LINE for chosen in picks.values() for pick in chosen if pick.item_id):
        messages.error(request, _("请填写每种货要几件"))
        return False
    try:
        order = place_orders(
            actor=request.actor,
            lines=lines,
            key=order_key(request.POST.get("key", ""), lines),
            take=Take.WHAT_IS_LEFT,
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return False
    tell_placed(request, order)
    return True


def _gaps(request: ActorRequest, me: MemberView, picks: dict[int, list[Pick]]) -> HttpResponse:
    """What the choices lack of quantity terms together; a part of the page for htmx."""
    requests = [RequestedUnits(line.item_id, line.units, recipient=str(line.recipient_id)) for line in _lines(picks)]
    found = find_gaps(requests, reseller_id=me.id, tier=me.tier, at=clock.now())
    return render_page(request, "parts/quantity_gaps.html", me, gaps=found)


def _lines(picks: dict[int, list[Pick]]) -> Iterator[GrabLine]:
    """One line for each recipient and item; the same goods chosen twice for one recipient are added up."""
    merged: dict[tuple[int, int], GrabLine] = {}
    for recipient_id, chosen in picks.items():
        for pick in chosen:
            if pick.item_id:
                place = (recipient_id, pick.item_id)
                before = merged[place].units if place in merged else 0
                merged[place] = GrabLine(pick.item_id, before + pick.units, recipient_id, pick.price_fen)
    return iter(merged.values())
