"""Refunds of orders that she paid through a provider: where they go, and where the money is (PAY-8, PAY-9)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.money import format_yuan
from kernel.refusal import Refusal
from orders.services.source_refunds import choose_refunds, return_to_source
from payments.selectors.refunds import list_own_refunds, wants_wallet
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.query_parameters import accepts_parameters


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters()
def refunds(request: ActorRequest) -> HttpResponse:
    """Her refunds that are on their way to their source; sent as a form, the choice of where refunds go."""
    me = reseller(request)
    if request.method == "POST":
        choose_refunds(actor=request.actor, to_wallet=request.POST.get("to") == "wallet", now=clock.now())
        messages.success(request, _("已保存，以后的退款按这个办"))
        return redirect("shop:refunds")
    return render_page(request, "refunds.html", me, refunds=list_own_refunds(me.id), is_to_wallet=wants_wallet(me.id))


@role_required(Role.RESELLER)
@require_POST
def return_payment(request: ActorRequest, payment_id: int) -> HttpResponse:
    """Send what lies in her wallet of a payment back to its source, as the page showed it."""
    try:
        sent_fen = return_to_source(
            actor=request.actor,
            payment_id=payment_id,
            expected_fen=parse_int(request.POST.get("amount", "")),
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        amount = format_yuan(sent_fen)
        messages.success(request, _("¥%(amount)s 正原路退回，到账后告诉您") % {"amount": amount})
    return redirect("shop:payment", payment_id)
