"""Her storefront 店铺: opened in one step, described, passed on, closed, and given another address (FORWARD-19)."""

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.channels import MAX_CODE
from forwarding.rules.share_cards import storefront_card
from forwarding.rules.sharing import storefront_text
from forwarding.selectors.forwards import ForwardAddress
from forwarding.selectors.packs import get_latest_pack
from forwarding.selectors.seller_pictures import get_seller_picture
from forwarding.selectors.storefronts import (
    StorefrontQuery,
    StorefrontView,
    find_storefront,
    get_storefront,
    get_storefront_page,
)
from forwarding.selectors.wishes import list_wishes
from forwarding.services import storefronts
from forwarding.services.storefronts import StorefrontFields
from kernel import clock
from kernel.refusal import Refusal
from shop.forms import StorefrontForm
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.packs import customer_address, pack_context
from shop.pages.qr_codes import png_of
from shop.pages.shares import channel_in, funnel_of, sharing_of, with_channel
from web.posted import posted_from
from web.query_parameters import accepts_parameters, text


@role_required(Role.RESELLER)
@accepts_parameters(channel=text(MAX_CODE))
def storefront(request: ActorRequest) -> HttpResponse:
    """The address with QR code and text, what customers see there, and what she says of it; before it is opened, one button."""
    me, now = reseller(request), clock.now()
    view = find_storefront(me.id, at=now)
    if view is None:
        return render_page(request, "storefront_none.html", me, seller_picture=get_seller_picture(me.id))
    return _show(request, view, _form(view))


@role_required(Role.RESELLER)
@require_POST
def open_one(request: ActorRequest) -> HttpResponse:
    """Open it, for the first time or again."""
    storefronts.open_storefront(actor=request.actor, now=clock.now())
    messages.success(request, _("店铺已开张，把链接发给顾客吧"))
    return redirect("shop:storefront")


@role_required(Role.RESELLER)
@posted_from("shop:storefront")
def describe(request: ActorRequest) -> HttpResponse:
    """Keep name, notice, and which goods it shows. The order of the categories is that of the numbers beside them."""
    view = get_storefront(reseller(request).id, at=clock.now())
    form = StorefrontForm(request.POST)
    if not form.is_valid():
        return _show(request, view, form)
    ids = [each.id for each in view.categories]
    places = {each: parse_int(request.POST.get(f"place-{each}", "")) for each in ids}
    shown = {parse_int(each) for each in request.POST.getlist("shown")}
    fields = StorefrontFields(
        name=form.cleaned_data["name"],
        notice=form.cleaned_data["notice"],
        shows_previews=form.cleaned_data["shows_previews"],
        shows_sold_out=form.cleaned_data["shows_sold_out"],
        category_order=sorted(ids, key=lambda each: places[each] or len(ids)),
        hidden_categories=[each for each in ids if each not in shown],
    )
    try:
        storefronts.describe_storefront(actor=request.actor, fields=fields, now=clock.now())
    except Refusal as refusal:
        form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        return _show(request, view, form)
    messages.success(request, _("已保存"))
    return redirect("shop:storefront")


@role_required(Role.RESELLER)
@require_POST
def close(request: ActorRequest) -> HttpResponse:
    storefronts.close_storefront(actor=request.actor, now=clock.now())
    messages.success(request, _("店铺已关，顾客打开会看到打不开；再开还是同一个链接"))
    return redirect("shop:storefront")


@role_required(Role.RESELLER)
@require_POST
def replace(request: ActorRequest) -> HttpResponse:
    """Another address in place of the one that the form names."""
    try:
        storefronts.replace_address(actor=request.actor, token=request.POST.get("token", ""), now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已换新链接，旧链接打不开了"))
    return redirect("shop:storefront")


@role_required(Role.RESELLER)
@require_safe
def qr(request: ActorRequest) -> HttpResponse:
    """The QR code of its address as PNG."""
    view = get_storefront(reseller(request).id, at=clock.now())
    address = with_channel(storefront_address(request, view.token), channel_in(request))
    return png_of(address, "qr-storefront.png")


def storefront_address(request: ActorRequest, token: str) -> str:
    """The whole address that customers open."""
    return request.build_absolute_uri(reverse("storefront_page", args=[token]))


def _form(view: StorefrontView) -> StorefrontForm:
    return StorefrontForm(
        initial={
            "name": view.name,
            "notice": view.notice,
            "shows_previews": view.shows_previews,
            "shows_sold_out": view.shows_sold_out,
        }
    )


def _show(request: ActorRequest, view: StorefrontView, form: StorefrontForm) -> HttpResponse:
    me, now = reseller(request), clock.now()
    sharing = sharing_of(request, me.id, view.forward_id, (), now)
    address = with_channel(storefront_address(request, view.token), sharing["channel"])
    english = request.LANGUAGE_CODE == "en"
    of = ForwardAddress(view.forward_id, view.token, is_storefront=True)
    shown = get_storefront_page(view.token, StorefrontQuery(), at=now).page.view if view.is_open else None
    return render_page(
        request,
        "storefront.html",
        me,
        storefront=view,
        pack=get_latest_pack(me.id, of.id, address=customer_address(request, of), at=now) if view.is_open else None,
        **pack_context(of),
        seller_picture=get_seller_picture(me.id),
        form=form,
        **sharing,
        **funnel_of(me.id, view.forward_id, view.opened_at, now),
        address=address,
        shown=shown,
        card=storefront_card(shown, english=english) if shown else None,
        text=storefront_text(shown, address=address, english=english) if shown else "",
        qr=segno.make(address, error="m").svg_data_uri(scale=5, border=2),
        wishes=list_wishes(me.id, forward_id=view.forward_id, limit=20).items,
    )
