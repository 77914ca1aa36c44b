"""The cart: all unpaid orders in one list, paid at once; and what can be ordered again."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.cases import get_case_terms
from kernel import clock
from kernel.money import format_yuan
from kernel.refusal import Refusal
from membership.rules.tiers import Tier
from orders.rules.lines import MAX_REMARK
from orders.selectors.cart import get_cart, get_lines_again
from orders.selectors.freight import list_freight_by_recipient
from orders.selectors.orders import OrderView, get_own_order
from orders.services import cart as cart_services
from orders.services.again import AgainLine, order_again
from orders.services.payment import pay_orders
from shop.pages.again_lines import again_rows, wait_values
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.payments import ways_for
from web.query_parameters import accepts_parameters, parse_number


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters()
def cart(request: ActorRequest) -> HttpResponse:
    me, now = reseller(request), clock.now()
    view = get_cart(me.id, tier=me.tier, at=now)
    expired = again_rows(me.id, view.expired, at=now)
    lines = [each.line for sale in view.sales for each in sale.lines]
    missing_fen = max(view.total_fen - view.balance_fen, 0)
    return render_page(
        request,
        "cart.html",
        me,
        cart=view,
        expired=expired,
        wait_values=wait_values(expired),
        missing_fen=missing_fen,
        missing_yuan=format_yuan(missing_fen),
        any_cut=any(line.label_cut for line in lines),
        any_kept=not all(line.label_cut for line in lines),
        after_sales_days=get_case_terms().window.days,
        max_remark=MAX_REMARK,
        key=uuid.uuid4().hex,
        ways=ways_for(request),
        freight=list_freight_by_recipient((each.order_id, each.line) for sale in view.sales for each in sale.lines),
    )


@role_required(Role.RESELLER)
@require_POST
def pay_cart(request: ActorRequest) -> HttpResponse:
    """Pay the orders that the page showed, at the total that it showed; what was added since stays in the cart."""
    tier_before = reseller(request).tier
    sent = request.POST
    order_ids = [parse_int(each) for each in sent.getlist("order")]
    try:
        payment = pay_orders(
            actor=request.actor,
            order_ids=order_ids,
            expected_total_fen=parse_int(sent.get("total", "")),
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:cart")
    paid = _("付款成功，{count} 张订单，品牌会按时发货").format(count=len(payment.orders))
    messages.success(request, paid)
    tier = reseller(request).tier
    if tier > tier_before:
        messages.success(request, _("您升到了 {tier}").format(tier=Tier(tier).zh))
    return redirect("shop:orders")


@role_required(Role.RESELLER)
@require_POST
def change_units(request: ActorRequest, line_id: int) -> HttpResponse:
    """Change the units of a line. Only a typed 0 takes it out: what is no number changes nothing."""
    units = parse_number(request.POST.get("units"))
    if units is None:
        messages.error(request, _("请填写件数"))
        return redirect("shop:cart")
    return _changed(
        request,
        lambda: cart_services.change_units(actor=request.actor, line_id=line_id, units=units, now=clock.now()),
        _("已拿掉，货已放回") if units == 0 else _("件数已改"),
    )


@role_required(Role.RESELLER)
@require_POST
def change_packs(request: ActorRequest, line_id: int) -> HttpResponse:
    """Change the packs of a style and colour for a recipient, all sizes at once. Only a typed 0 takes them out."""
    packs = parse_number(request.POST.get("packs"))
    if packs is None:
        messages.error(request, _("请填写件数"))
        return redirect("shop:cart")
    return _changed(
        request,
        lambda: cart_services.change_packs(actor=request.actor, line_id=line_id, packs=packs, now=clock.now()),
        _("已拿掉，货已放回") if packs == 0 else _("手数已改"),
    )


@role_required(Role.RESELLER)
@require_POST
def take_out_style(request: ActorRequest, line_id: int) -> HttpResponse:
    """Take all lines of a style out of their order: taken out one by one they could break its quantity terms."""
    return _changed(
        request,
        lambda: cart_services.take_out_style(actor=request.actor, line_id=line_id, now=clock.now()),
        _("已拿掉，货已放回"),
    )


@role_required(Role.RESELLER)
@require_POST
def swap_item(request: ActorRequest, line_id: int) -> HttpResponse:
    """Exchange a line; the button names the item, and the form the price that stands on the button."""
    item_id = parse_int(request.POST.get("item", ""))
    price_fen = parse_int(request.POST.get(f"price-{item_id}", ""))
    return _changed(
        request,
        lambda: cart_services.swap_item(
            actor=request.actor, line_id=line_id, item_id=item_id, expected_price_fen=price_fen, now=clock.now()
        ),
        _("已换"),
    )


@role_required(Role.RESELLER)
@require_POST
def swap_colour(request: ActorRequest, line_id: int) -> HttpResponse:
    """Exchange whole packs for another colour; the button holds the sum that stands on it, and the colour."""
    total, _dot, colour = request.POST.get("colour", "").partition(".")
    return _changed(
        request,
        lambda: cart_services.swap_colour(
            actor=request.actor, line_id=line_id, colour=colour, expected_total_fen=parse_int(total), now=clock.now()
        ),
        _("已换"),
    )


@role_required(Role.RESELLER)
@require_POST
def set_remark(request: ActorRequest, line_id: int) -> HttpResponse:
    """Set a remark from the cart or from the page of an order, to which it returns."""
    order_id = parse_int(request.POST.get("order", ""))
    remark = request.POST.get("remark", "")
    return _changed(
        request,
        lambda: cart_services.set_remark(actor=request.actor, line_id=line_id, remark=remark, now=clock.now()),
        _("备注已保存"),
        order_id=order_id,
    )


@role_required(Role.RESELLER)
@require_POST
def reclaim(request: ActorRequest) -> HttpResponse:
    """Order the ticked lines that ran out unpaid again, at the prices that the page showed."""
    _order_again(request)
    return redirect("shop:cart")


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters()
def again(request: ActorRequest, order_id: int) -> HttpResponse:
    """The lines of an old order with what can be had of them now; those that are ticked are ordered again."""
    me = reseller(request)
    if request.method == "POST" and _order_again(request):
        return redirect("shop:cart")
    now = clock.now()
    lines = again_rows(me.id, get_lines_again(me.id, order_id, tier=me.tier, at=now), at=now)
    order = get_own_order(me.id, order_id)
    return render_page(
        request, "order_again.html", me, order=order, lines=lines, wait_values=wait_values(lines), key=uuid.uuid4().hex
    )


def _order_again(request: ActorRequest) -> bool:
    """Order what was ticked; whether anything was ordered."""
    sent = request.POST
    lines = [_again_line(sent, parse_int(each)) for each in sent.getlist("line")]
    if not lines:
        messages.error(request, _("请先勾选要再下单的商品"))
        return False
    try:
        order = order_again(actor=request.actor, lines=lines, key=sent.get("key", ""), now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return False
    tell_placed(request, order)
    return True


def _again_line(sent: QueryDict, line_id: int) -> AgainLine:
    return AgainLine(line_id, parse_int(sent.get(f"units-{line_id}", "")), parse_int(sent.get(f"price-{line_id}", "")))


def tell_placed(request: ActorRequest, order: OrderView) -> None:
    """Say on the next page what was placed, and each line that could not be had."""
    messages.success(request, _("已抢到 {units} 件，请在时限内付款").format(units=order.units))
    for each in order.refused_lines:
        messages.warning(request, each.en if request.LANGUAGE_CODE == "en" else each.zh)


def _changed(request: ActorRequest, act: Callable[[], object], done: str, *, order_id: int = 0) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, done)
    return redirect("shop:order", order_id) if order_id else redirect("shop:cart")
