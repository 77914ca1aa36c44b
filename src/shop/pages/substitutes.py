"""Answering what a brand offers for missing goods (AFTER-17)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.services import substitutes
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int


@role_required(Role.RESELLER)
@require_POST
def answer(request: ActorRequest, order_id: int, substitute_id: int) -> HttpResponse:
    """Accept an offer at the price that stands on the button, or decline it."""
    sent, now = request.POST, clock.now()
    try:
        if "decline" in sent:
            substitutes.decline_substitute(actor=request.actor, substitute_id=substitute_id, now=now)
            messages.success(request, _("已谢绝，款已在缺货时退回钱包"))
            return redirect("shop:order", order_id)
        done = substitutes.accept_substitute(
            actor=request.actor,
            substitute_id=substitute_id,
            expected_price_fen=parse_int(sent.get("accept", "")),
            now=now,
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:order", order_id)
    messages.success(request, _("已下单 {goods} ×{units}").format(goods=done.new_goods, units=done.units))
    return redirect("shop:order", done.new_order_id or order_id)
