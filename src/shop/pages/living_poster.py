"""The living poster: a forward as one picture-like page that shows the sizes that are left now (FORWARD-17)."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import public_page
from db import replica
from forwarding.rules.channels import BuiltInChannel
from forwarding.rules.packs import MAX_PACK_STYLES, cheapest_first
from forwarding.rules.share_cards import share_card
from forwarding.selectors.forwards import NoSuchForward, get_customer_page
from kernel import clock
from shop.pages.customer import channel_of, closed_page, render_unavailable, with_private_headers
from shop.pages.share_cards import share_context


@public_page
@require_safe
def poster(request: HttpRequest, token: str) -> HttpResponse:
    """Picture, name, price and sizes of up to nine styles; htmx asks for the part anew twice a minute. Views are not counted here."""
    try:
        page = replica.read(lambda: get_customer_page(token, at=clock.now()))
    except NoSuchForward:
        return render_unavailable(request, _("没有找到这个分享"), _("链接可能没复制完整，请再向卖家要一次。"), 404)
    if not page.is_open:
        return closed_page(request, page)
    below = f"{reverse('customer_page', args=[page.token])}?c={channel_of(request) or BuiltInChannel.POSTER}"
    address = request.build_absolute_uri(below)
    only_style = page.view.styles[0] if len(page.view.styles) == 1 else None
    context = {
        **share_context(
            request, share_card(page.view, only_style, english=getattr(request, "LANGUAGE_CODE", "") == "en")
        ),
        "page": page,
        "page_address": below,
        "who": page.view.reseller_name or _("您的卖家"),
        "styles": cheapest_first(page.view.styles)[:MAX_PACK_STYLES],
        "qr": segno.make(address, error="m").svg_data_uri(scale=5, border=2),
    }
    template = "shop/parts/living_poster.html" if request.headers.get("HX-Request") else "shop/living_poster.html"
    return with_private_headers(render(request, template, context))
