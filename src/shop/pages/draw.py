"""The draw of scarce goods: her entries and results, and the page and file with which anybody can run a draw again (SALE-25)."""

import inspect
from dataclasses import asdict
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, public_page, role_required
from accounts.rules import Role
from flashsales.rules import check_draw
from flashsales.selectors.draws import (
    DrawForReseller,
    NoSuchDraw,
    find_draw,
    get_draw_for_reseller,
    get_published_draw,
)
from flashsales.selectors.sales import get_sale
from flashsales.services.draws import enter, withdraw_entry
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.query_parameters import accepts_parameters

_CHECKER = inspect.getsource(check_draw)


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters()
def draw(request: ActorRequest, sale_id: int) -> HttpResponse:
    """The drawn goods of a sale with her entries. Nobody waits here, however many want to enter."""
    me, now = reseller(request), clock.now()
    sale = get_sale(sale_id, at=now, tier=me.tier)
    try:
        found = get_draw_for_reseller(sale_id, reseller_id=me.id, at=now)
    except NoSuchDraw:
        return redirect("shop:sale", sale_id)
    return render_page(request, "draw.html", me, sale=sale, draw=found)


def draw_of_style(*, sale_id: int, style_id: int, reseller_id: int, at: datetime) -> DrawForReseller | None:
    """The draw of a style in a sale with her entries; None where none of its sizes are drawn."""
    if find_draw(sale_id, at=at) is None:
        return None
    try:
        found = get_draw_for_reseller(sale_id, reseller_id=reseller_id, style_id=style_id, at=at)
    except NoSuchDraw:
        return None
    return found if found.items else None


@role_required(Role.RESELLER)
@require_POST
def enter_draw(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Enter the draw of the posted `item` with `units`, or change her entry."""
    item_id, units = parse_int(request.POST.get("item", "")), parse_int(request.POST.get("units", "1"))
    try:
        number = enter(actor=request.actor, item_id=item_id, units=units, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        words = _("已报名抽签，您的抽签号是 {number}；截止前可以改件数或退出")
        messages.success(request, words.format(number=number))
    return redirect(_next(request, sale_id))


@role_required(Role.RESELLER)
@require_POST
def leave_draw(request: ActorRequest, sale_id: int, draw_entry_id: int) -> HttpResponse:
    """Take her entry out."""
    try:
        withdraw_entry(actor=request.actor, number=draw_entry_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已退出抽签"))
    return redirect(_next(request, sale_id))


@public_page
@require_safe
def published(request: HttpRequest, sale_id: int) -> HttpResponse:
    """What is published of a draw, for people."""
    try:
        found = get_published_draw(sale_id, at=clock.now())
    except NoSuchDraw:
        return render(request, "shop/published_draw.html", {"draw": None}, status=404)
    goods = [(each, [row for row in found.entries if row.item_id == each.item_id]) for each in found.goods]
    return render(request, "shop/published_draw.html", {"draw": found, "goods": goods})


@public_page
@require_safe
def published_file(request: HttpRequest, sale_id: int) -> HttpResponse:
    """The same as a file for `check_draw.py`."""
    found = get_published_draw(sale_id, at=clock.now())
    answer = JsonResponse(asdict(found), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="draw-{sale_id}.json"'
    return answer


@public_page
@require_safe
def checker(request: HttpRequest) -> HttpResponse:
    """The program that runs a draw again from its file."""
    answer = HttpResponse(_CHECKER, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="check_draw.py"'
    return answer


def _next(request: ActorRequest, sale_id: int) -> str:
    """Back to the page of the style that was named, or to that of the draw."""
    style_id = parse_int(request.POST.get("style", ""))
    return reverse("shop:style", args=[sale_id, style_id]) if style_id else reverse("shop:draw", args=[sale_id])
