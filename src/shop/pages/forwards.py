"""Forwards: the page of a sale, a style or a selection with its text and QR code."""

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.channels import MAX_CODE
from forwarding.rules.sharing import Tone, share_text
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.selectors.forwards import ForwardAddress
from forwarding.selectors.packs import get_latest_pack
from forwarding.services import forwards as forwards_services
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Refusal
from shop.pages import packs
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.shares import funnel_of, sharing_of, with_channel
from web.query_parameters import accepts_parameters, cursor, one_of
from web.query_parameters import text as text_parameter


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
    packs.draw(request, ForwardAddress(made.id, made.token, is_storefront=False))
    return redirect("shop:forward", made.id)


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def forwards(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = forwarding_forwards.list_forwards(me.id, at=clock.now(), cursor=request.GET.get("cursor", ""))
    return render_page(
        request, "forwards.html", me, page=page, new_wishes=forwarding_wishes.count_new_wishes(me.id, at=clock.now())
    )


@role_required(Role.RESELLER)
@accepts_parameters(tone=one_of(Tone), channel=text_parameter(MAX_CODE))
def forward(request: ActorRequest, forward_id: int) -> HttpResponse:
    """The pictures, the text to paste and the QR code, what customers see, and how many views, wishes and orders came of it."""
    me, now = reseller(request), clock.now()
    view = forwarding_forwards.get_forward(me.id, forward_id, at=now)
    customer_page = forwarding_forwards.get_own_customer_page(me.id, forward_id, at=now)
    sharing = sharing_of(request, me.id, view.id, forwarding_forwards.shown_styles(me.id, view.id, at=now), now)
    page_address = request.build_absolute_uri(reverse("customer_page", args=[view.token]))
    address = with_channel(page_address, sharing["channel"])
    ends = f"{view.ends_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    asked = request.GET.get("tone", "")
    tone = Tone(asked) if asked in set(Tone) else Tone.SIZES
    text = share_text(customer_page.view, address=address, ends=ends, tone=tone, english=request.LANGUAGE_CODE == "en")
    return render_page(
        request,
        "forward.html",
        me,
        forward=view,
        customer_view=customer_page.view,
        **sharing,
        **funnel_of(me.id, view.id, view.created_at, now),
        address=address,
        text=text,
        tone=tone.value,
        tones=[(Tone.SHORT, _("只写价格")), (Tone.POINT, _("加卖点")), (Tone.SIZES, _("加尺码"))],
        pack=get_latest_pack(me.id, forward_id, address=page_address, at=now),
        **packs.pack_context(ForwardAddress(view.id, view.token, is_storefront=False)),
        qr=segno.make(address, error="m").svg_data_uri(scale=5, border=2),
        wishes=forwarding_wishes.list_wishes(me.id, forward_id=forward_id, limit=20).items,
    )


@role_required(Role.RESELLER)
@require_POST
def stop(request: ActorRequest, forward_id: int) -> HttpResponse:
    forwards_services.stop_forward(actor=request.actor, forward_id=forward_id, now=clock.now())
    messages.success(request, _("已收回，顾客再打开会看到已结束"))
    return redirect("shop:forward", forward_id)
