"""Forwards: set the retail prices of a sale, and make the page with its text and QR code."""

from dataclasses import dataclass

import segno
from django.contrib import messages
from django.forms import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules import Phase
from flashsales.selectors import sales
from flashsales.selectors import styles as flashsales_styles
from flashsales.selectors.sales import NoSuchSale
from flashsales.selectors.styles import ListedStyle, StyleFilter
from forwarding.rules.pages import MAX_STYLES_PER_PAGE
from forwarding.rules.sharing import share_text
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors import prices
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.services import forwards as forwards_services
from forwarding.services import prices as forwarding_prices
from kernel import clock
from kernel.money import format_yuan
from kernel.period import SHANGHAI
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.form_errors import Fault
from web.form_fields import YuanField
from web.query_parameters import accepts_parameters, cursor


@dataclass(frozen=True, slots=True)
class PricedStyle:
    """A style that she may forward, with its floor, the price that she typed, and the fault of that price.

    `below_cost_fen` is a price that is accepted once she confirms it; 0 where there is none.
    """

    style: ListedStyle
    floor_fen: int | None
    typed: str
    fault: str
    below_cost_fen: int


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def price_styles(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Set the retail prices of styles of a live sale or a preview, and make the page of the sale.

    An emptied price removes the style from the page.
    """
    me, now = reseller(request), clock.now()
    sale = sales.get_sale(sale_id, at=now)
    if sale.phase not in (Phase.LIVE, Phase.PREVIEW):
        raise NoSuchSale(sale_id=sale_id)
    page = flashsales_styles.list_styles(
        tier=me.tier,
        at=now,
        filters=StyleFilter(sale_id=sale_id),
        cursor=request.GET.get("cursor", ""),
        limit=MAX_STYLES_PER_PAGE,
    )
    current = prices.retail_prices_by_style(reseller_id=me.id, sale_id=sale_id)
    faults, below_cost = _set_prices(request, sale_id, page.items, current) if request.method == "POST" else ({}, {})
    if request.method == "POST" and not faults:
        try:
            made = forwards_services.create_forward(actor=request.actor, sale_id=sale_id, style_id=None, now=now)
        except Refusal as refusal:
            flash_refusal(request, refusal)
        else:
            return redirect("shop:forward", made.id)
    floors = prices.floors_by_style(sale_id=sale_id, tier=me.tier)
    priced_styles = [
        PricedStyle(
            each,
            floors.get(each.style_id),
            request.POST.get(
                f"price-{each.style_id}", format_yuan(current[each.style_id]) if each.style_id in current else ""
            ),
            faults.get(each.style_id, ""),
            below_cost.get(each.style_id, 0),
        )
        for each in page.items
    ]
    form_faults = [
        Fault(each.fault, f"price-{each.style.style_id}", each.style.name or each.style.style_no)
        for each in priced_styles
        if each.fault
    ]
    return render_page(
        request, "price_styles.html", me, sale=sale, priced_styles=priced_styles, page=page, faults=form_faults
    )


@role_required(Role.RESELLER)
@require_POST
def forward_style(request: ActorRequest) -> HttpResponse:
    """Forward one style of a sale that has a retail price."""
    sale_id, style_id = parse_int(request.POST.get("sale", "")), parse_int(request.POST.get("style", ""))
    try:
        made = forwards_services.create_forward(
            actor=request.actor, sale_id=sale_id, style_id=style_id, now=clock.now()
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:style", sale_id, style_id)
    return redirect("shop:forward", made.id)


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def forwards(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = forwarding_forwards.list_forwards(me.id, at=clock.now(), cursor=request.GET.get("cursor", ""))
    return render_page(request, "forwards.html", me, page=page, new_wishes=forwarding_wishes.count_new_wishes(me.id))


@role_required(Role.RESELLER)
def forward(request: ActorRequest, forward_id: int) -> HttpResponse:
    """The text to paste and the QR code, what customers see, and how many views, wishes and orders came of it."""
    me, now = reseller(request), clock.now()
    view = forwarding_forwards.get_forward(me.id, forward_id, at=now)
    customer_page = forwarding_forwards.get_own_customer_page(me.id, forward_id, at=now)
    address = request.build_absolute_uri(reverse("customer_page", args=[view.token]))
    ends = f"{view.ends_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    text = share_text(customer_page.view, address=address, ends=ends, english=request.LANGUAGE_CODE == "en")
    return render_page(
        request,
        "forward.html",
        me,
        forward=view,
        customer_view=customer_page.view,
        address=address,
        text=text,
        qr=segno.make(address, error="m").svg_data_uri(scale=5, border=2),
        wishes=forwarding_wishes.list_wishes(me.id, forward_id=forward_id, limit=20).items,
    )


@role_required(Role.RESELLER)
@require_POST
def stop(request: ActorRequest, forward_id: int) -> HttpResponse:
    forwards_services.stop_forward(actor=request.actor, forward_id=forward_id, now=clock.now())
    messages.success(request, _("已收回，顾客再打开会看到已结束"))
    return redirect("shop:forward", forward_id)


def _set_prices(
    request: ActorRequest, sale_id: int, listed: list[ListedStyle], current: dict[int, int]
) -> tuple[dict[int, str], dict[int, int]]:
    """Set the typed prices. Returns the faults, and the prices below cost that need a confirmation, both by style."""
    now, field, faults, below_cost = clock.now(), YuanField(required=False), {}, {}
    for each in listed:
        try:
            fen = field.clean(request.POST.get(f"price-{each.style_id}", ""))
            if fen is None and each.style_id in current:
                forwarding_prices.clear_retail_price(
                    actor=request.actor, sale_id=sale_id, style_id=each.style_id, now=now
                )
            elif fen is not None and fen != current.get(each.style_id):
                forwarding_prices.set_retail_price(
                    actor=request.actor,
                    sale_id=sale_id,
                    style_id=each.style_id,
                    price_fen=fen,
                    below_cost_confirmed=parse_int(request.POST.get(f"below_cost-{each.style_id}", "")) == fen,
                    now=now,
                )
        except forwarding_prices.BelowCost as question:
            faults[each.style_id] = question.sentence(request.LANGUAGE_CODE)
            below_cost[each.style_id] = question.price_fen
        except ValidationError as wrong:
            faults[each.style_id] = " ".join(wrong.messages)
        except Refusal as refusal:
            faults[each.style_id] = refusal.sentence(request.LANGUAGE_CODE)
    return faults, below_cost
