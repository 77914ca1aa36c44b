"""Exchanging paid goods for another colour or size (ORDER-12)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.services import exchanges
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int


@role_required(Role.RESELLER)
@require_POST
def exchange(request: ActorRequest, order_id: int, line_id: int) -> HttpResponse:
    """Exchange units of a line; the button names the item, and the form the price that stands on the button."""
    sent = request.POST
    item_id = parse_int(sent.get("item", ""))
    try:
        done = exchanges.exchange(
            actor=request.actor,
            line_id=line_id,
            item_id=item_id,
            units=parse_int(sent.get("units", "")),
            expected_price_fen=parse_int(sent.get(f"price-{item_id}", "")),
            key=sent.get("key", ""),
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:order", order_id)
    messages.success(request, _("已换成 {goods} ×{units}").format(goods=done.new_goods, units=done.units))
    return redirect("shop:order", done.new_order_id)
