"""Passing a page on: to which channel, what she takes along, and whether she did so before (FORWARD-21, FORWARD-22)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.channels import ShareKind, is_channel_code
from forwarding.rules.funnel import FunnelSpan
from forwarding.rules.pages import SelectedStyle
from forwarding.selectors.channels import NO_CHANNEL, get_repeated_share, list_channels
from forwarding.selectors.forwards import get_forward
from forwarding.selectors.funnel import get_funnel
from forwarding.selectors.packs import ARCHIVE
from forwarding.selectors.storefronts import get_storefront
from forwarding.services.channels import add_channel, record_share, remove_channel, set_hint_hours
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Refusal
from shop.funnel_plot import draw_funnel
from shop.pages.base_views import flash_refusal, parse_int, reseller


def with_channel(address: str, channel: str) -> str:
    """The address that customers open from a channel."""
    return f"{address}?c={channel}" if channel else address


def channel_in(request: ActorRequest) -> str:
    """The code of a channel in the address of one of her own pages; "" where it can be none."""
    code = request.GET.get("channel", "")
    return code if is_channel_code(code) else ""


def sharing_of(
    request: ActorRequest, reseller_id: int, forward_id: int, styles: Collection[SelectedStyle], now: datetime
) -> dict[str, Any]:
    """What the part of a page shows by which she passes it on: her channels, the chosen one, and when she last did so."""
    channels = list_channels(reseller_id)
    asked = request.GET.get("channel", "")
    chosen = next((each for each in channels if each.code == asked), None)
    channel = chosen.code if chosen else ""
    return {
        "channels": channels,
        "channel": channel,
        "channel_name": chosen.name if chosen else str(NO_CHANNEL),
        "repeated": get_repeated_share(reseller_id, forward_id=forward_id, styles=styles, channel=channel, at=now),
    }


def funnel_of(reseller_id: int, forward_id: int, since: datetime, now: datetime) -> dict[str, Any]:
    """What became of one page since it was made, by channel."""
    days = (each.astimezone(SHANGHAI).date() for each in (since, now))
    funnel = get_funnel(
        reseller_id, span=FunnelSpan.CHANNEL, first_date=next(days), last_date=next(days), forward_id=forward_id
    )
    return {"funnel": funnel, "plot": draw_funnel(funnel.total)}


@role_required(Role.RESELLER)
@require_POST
def share_forward(request: ActorRequest, forward_id: int) -> HttpResponse:
    """Record what she takes along of a forward, and open it: the QR code, the pictures, or the page itself.

    A script has put text and link into the clipboard already, so nothing is opened for those.
    """
    view = get_forward(reseller(request).id, forward_id, at=clock.now())
    kind, channel, failed = _record(request, view.id, reverse("shop:forward", args=[view.id]))
    if failed is not None:
        return failed
    pack_id = parse_int(request.POST.get("pack", ""))
    opened = {
        ShareKind.QR: f"{reverse('shop:forward_qr', args=[view.id])}?channel={channel}",
        ShareKind.PACK: reverse("shop:pack_file", args=[view.id, pack_id, ARCHIVE]),
        ShareKind.CARD: with_channel(reverse("customer_page", args=[view.token]), channel),
    }
    return redirect(opened[kind]) if kind in opened else HttpResponse(status=204)


@role_required(Role.RESELLER)
@require_POST
def share_storefront(request: ActorRequest) -> HttpResponse:
    """Record what she takes along of her storefront, and open it: the QR code, the pictures, or the page itself."""
    view = get_storefront(reseller(request).id, at=clock.now())
    kind, channel, failed = _record(request, view.forward_id, reverse("shop:storefront"))
    if failed is not None:
        return failed
    pack_id = parse_int(request.POST.get("pack", ""))
    opened = {
        ShareKind.QR: f"{reverse('shop:storefront_qr')}?channel={channel}",
        ShareKind.PACK: reverse("shop:pack_file", args=[view.forward_id, pack_id, ARCHIVE]),
        ShareKind.CARD: with_channel(reverse("storefront_page", args=[view.token]), channel),
    }
    return redirect(opened[kind]) if kind in opened else HttpResponse(status=204)


@role_required(Role.RESELLER)
@require_POST
def channel(request: ActorRequest) -> HttpResponse:
    """Add a channel of her own by its name, or take one out of her choice by its code."""
    try:
        if code := request.POST.get("remove", ""):
            remove_channel(actor=request.actor, code=code, now=clock.now())
            messages.success(request, _("已去掉，以前的数字还在"))
        else:
            added = add_channel(actor=request.actor, name=request.POST.get("name", ""), now=clock.now())
            messages.success(request, _("已加上渠道「%(name)s」") % {"name": added.name})
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect(_back(request))


@role_required(Role.RESELLER)
@require_POST
def hint_hours(request: ActorRequest) -> HttpResponse:
    """Choose within how many hours she is told of a repetition."""
    typed = request.POST.get("hours", "").strip()
    try:
        set_hint_hours(actor=request.actor, hours=int(typed) if typed.isascii() and typed.isdigit() else -1)
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已保存"))
    return redirect(_back(request))


def _record(request: ActorRequest, forward_id: int, page: str) -> tuple[ShareKind, str, HttpResponse | None]:
    """What she takes along and to where; and the answer where it was refused."""
    named, channel = request.POST.get("kind", ""), request.POST.get("channel", "")
    kind = ShareKind(named) if named in set(ShareKind) else ShareKind.LINK
    try:
        record_share(actor=request.actor, forward_id=forward_id, kind=kind, channel=channel, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return kind, channel, redirect(page)
    return kind, channel, None


def _back(request: ActorRequest) -> str:
    back = request.POST.get("back", "")
    return back if back.startswith("/shop/") else reverse("shop:sharing")
