"""The pictures that a reseller sends: a pack, its files, the QR code; and what becomes of sizes that are sold out (FORWARD-15 to -17)."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.packs import PackState, SoldOut
from forwarding.selectors.forwards import ForwardAddress, get_forward_address
from forwarding.selectors.packs import ARCHIVE, PackView, get_latest_pack, open_pack_file
from forwarding.services.packs import request_pack, set_display
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int, reseller
from shop.pages.qr_codes import png_of
from shop.pages.shares import channel_in, with_channel


@role_required(Role.RESELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: ActorRequest, forward_id: int) -> HttpResponse:
    """The part of the page with the pictures, which asks again while they are drawn; POST has them drawn as the goods are now."""
    me = reseller(request)
    of = get_forward_address(me.id, forward_id)
    if request.method == "POST":
        draw(request, of)
        return redirect("shop:storefront") if of.is_storefront else redirect("shop:forward", of.id)
    found = get_latest_pack(me.id, of.id, address=customer_address(request, of), at=clock.now())
    context = {**pack_context(of), "pack": found, "channel": request.GET.get("channel", "")}
    return render(request, "shop/parts/pack.html", context)


def pack_context(of: ForwardAddress) -> dict[str, Any]:
    """What `parts/pack.html` names beside the pack: whose pictures they are, and where it is recorded that she takes them along."""
    share = reverse("shop:share_storefront") if of.is_storefront else reverse("shop:share_forward", args=[of.id])
    return {"pack_of": of, "pack_share_address": share}


@role_required(Role.RESELLER)
@require_safe
def pack_file(request: ActorRequest, forward_id: int, pack_id: int, name: str) -> HttpResponseBase:
    """One picture, to look at and to save, or all of them in an archive.

    A browser keeps it and asks each time whether it may still be shown: prices change, and a photo in it may be taken back (AFTER-21).
    """
    file = open_pack_file(reseller(request).id, forward_id, pack_id, name)
    headers = {"Cache-Control": "private, no-cache", "ETag": quote_etag(file.version)}
    if unchanged := get_conditional_response(request, etag=headers["ETag"]):
        file.content.close()
        for field, value in headers.items():
            unchanged[field] = value
        return unchanged
    is_archive = name == ARCHIVE
    return FileResponse(
        file.content,
        as_attachment=is_archive or "save" in request.GET,
        filename=file.name,
        content_type="application/zip" if is_archive else "image/jpeg",
        headers=headers,
    )


@role_required(Role.RESELLER)
@require_safe
def qr(request: ActorRequest, forward_id: int) -> HttpResponse:
    """The QR code of the page as PNG: phones save no SVG among their pictures."""
    of = get_forward_address(reseller(request).id, forward_id)
    return png_of(with_channel(customer_address(request, of), channel_in(request)), f"qr-{of.id}.png")


@role_required(Role.RESELLER)
@require_POST
def display(request: ActorRequest, forward_id: int) -> HttpResponse:
    """Keep her remark and her choice for sizes that are sold out, and have the pictures drawn anew."""
    chosen = request.POST.get("sold_out", "")
    try:
        view = set_display(
            actor=request.actor,
            forward_id=forward_id,
            sold_out=SoldOut(chosen) if chosen in set(SoldOut) else SoldOut.ALWAYS,
            sold_out_hours=parse_int(request.POST.get("hours", "")),
            remark=request.POST.get("remark", ""),
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:forward", forward_id)
    of = ForwardAddress(view.id, view.token, is_storefront=False)
    address = customer_address(request, of)
    if view.is_open and get_latest_pack(reseller(request).id, view.id, address=address, at=clock.now()):
        draw(request, of)
    messages.success(request, _("已保存"))
    return redirect("shop:forward", forward_id)


def draw(request: ActorRequest, of: ForwardAddress) -> PackView | None:
    """Have the pictures of a forward drawn in the background; a refusal is shown on the next page."""
    address = customer_address(request, of)
    try:
        view = request_pack(actor=request.actor, forward_id=of.id, address=address, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return None
    if view.state is PackState.WAITING:
        enqueue_on_commit("forwarding.tasks.make_pack", view.id)
    return view


def customer_address(request: HttpRequest, of: ForwardAddress) -> str:
    """The whole address of the page that customers open."""
    name = "storefront_page" if of.is_storefront else "customer_page"
    return request.build_absolute_uri(reverse(name, args=[of.token]))
