"""Customers who wait for sold-out sizes, by size: what is there is ordered for them in one act (FORWARD-29)."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.selectors.waiting_wishes import list_waited_sizes
from forwarding.services.wish_orders import order_and_pay_wishes
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, render_page, reseller
from shop.pages.wishes import choices_of, count_new_recipients, tell_result
from web.query_parameters import accepts_parameters, number, parse_number


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters(order=number)
def waiting_customers(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    sizes = list_waited_sizes(me.id, me.tier, at=clock.now())
    return render_page(
        request,
        "waiting_customers.html",
        me,
        sizes=[(size, count_new_recipients(size.ordered_now), uuid.uuid4().hex) for size in sizes],
        missing=[size for size in sizes if size.can_be_asked_for],
        order_id=parse_number(request.GET.get("order")),
    )


@role_required(Role.RESELLER)
@require_POST
def order_for_waiting(request: ActorRequest) -> HttpResponse:
    """Order the wishes of a size that units reach, as the page showed them, and pay. What could not be ordered keeps waiting."""
    address = reverse("shop:waiting_customers")
    try:
        result = order_and_pay_wishes(
            actor=request.actor, choices=choices_of(request.POST), key=request.POST.get("key", ""), now=clock.now()
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect(address)
    tell_result(request, result)
    return redirect(f"{address}?order={result.order.id}" if result.order else address)
