"""The page of a forward, which a customer opens without signing in, and the wish that she leaves there (FORWARD-2 to FORWARD-6)."""

import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import public_page
from forwarding.rules import MAX_WISH_UNITS, Availability, CustomerItem, CustomerStyle, is_bot
from forwarding.selectors.forwards import CustomerPage, NoSuchForward, get_customer_page
from forwarding.services.forwards import count_view
from forwarding.services.wishes import PageClosed, create_wish
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Invalid, Refusal
from shop.forms import WishForm
from shop.pages.base_views import parse_int
from web.client import client_address, client_network

PRIVATE_HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
}
"""Whoever has the address may open the page, so no search engine may index it and no cache may keep it. Referrers are withheld from other
sites already (Referrer-Policy). That policy may not be stricter here: the browser would send the form with `Origin: null`, which the
CSRF check refuses."""

WISHER_COOKIE = "wisher"
WISHER_COOKIE_SECONDS = 24 * 3600
CUSTOMER_PAGES = "/f/"


class ChooseSize(Invalid):
    code = "shop.choose_size"
    zh = "请先选择尺码"
    en = "Choose a size first"


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """`?style=` opens one of several styles, `?item=` chooses a size; a wish is posted to the same address."""
    now = clock.now()
    try:
        view = get_customer_page(token, at=now)
    except NoSuchForward:
        return _render_unavailable(request, _("没有找到这个分享"), _("链接可能没复制完整，请再向卖家要一次。"), 404)
    if not view.is_open:
        return _closed_page(request, view)
    style = _opened(view, request)
    item = _chosen(style, request.POST.get("item") or request.GET.get("item", ""))
    if request.method == "POST":
        return _wish(request, view, style, item, now)
    if (
        request.method == "GET"
        and not request.user.is_authenticated
        and not {"style", "item", "sent"} & request.GET.keys()
    ):
        _count(request, view, now)
    return _show(request, view, style, item, WishForm(initial={"key": uuid.uuid4().hex}))


def _wish(
    request: HttpRequest, view: CustomerPage, style: CustomerStyle | None, item: CustomerItem | None, now: datetime
) -> HttpResponse:
    form = WishForm(request.POST)
    if not form.is_valid() or style is None:
        return _show(request, view, style, item, form)
    if not request.POST.get("item") and _available_items(style):
        return _show(request, view, style, item, form, ChooseSize())
    typed = form.cleaned_data
    wisher = request.get_signed_cookie(WISHER_COOKIE, default="", salt=WISHER_COOKIE, max_age=WISHER_COOKIE_SECONDS)
    has_cookie = bool(wisher)
    wisher = wisher or secrets.token_urlsafe(16)
    try:
        create_wish(
            token=view.token,
            item_id=parse_int(request.POST.get("item", "")),
            units=parse_int(request.POST.get("units", "")),
            name=typed["name"],
            phone=typed["phone"],
            note=typed["note"],
            visitor=_hash("forwarding.visitor", wisher),
            network=_hash(
                "forwarding.network", f"{now.astimezone(SHANGHAI):%Y-%m-%d} {client_network(client_address(request))}"
            ),
            key=typed["key"],
            now=now,
        )
    except PageClosed:
        return _closed_page(request, view)
    except Refusal as refusal:
        return _show(request, view, style, item, form, refusal)
    answer = redirect(f"{reverse('customer_page', args=[view.token])}?style={style.style_id}&sent=1")
    if not has_cookie:
        answer.set_signed_cookie(
            WISHER_COOKIE,
            wisher,
            salt=WISHER_COOKIE,
            max_age=WISHER_COOKIE_SECONDS,
            path=CUSTOMER_PAGES,
            secure=settings.SECURE_COOKIES,
            httponly=True,
            samesite="Lax",
        )
    return answer


def _show(
    request: HttpRequest,
    view: CustomerPage,
    style: CustomerStyle | None,
    item: CustomerItem | None,
    form: WishForm,
    refusal: Refusal | None = None,
) -> HttpResponse:
    context = {
        "page": view,
        "who": view.view.reseller_name or _("您的卖家"),
        "style": style,
        "items_by_colour": _by_colour(style),
        "item": item,
        "any_available": bool(_available_items(style)),
        "units": min(max(parse_int(request.POST.get("units", "1")), 1), MAX_WISH_UNITS),
        "max_units": MAX_WISH_UNITS,
        "form": form,
        "refusal": refusal.sentence(getattr(request, "LANGUAGE_CODE", "")) if refusal else "",
        "wish_sent": "sent" in request.GET,
    }
    answer = render(request, "shop/customer.html", context, status=refusal.status if refusal else 200)
    for name, value in refusal.headers().items() if refusal else ():
        answer[name] = value
    return _with_private_headers(answer)


def _closed_page(request: HttpRequest, view: CustomerPage) -> HttpResponse:
    if not view.seller_active:
        return _render_unavailable(request, _("这个分享现在打不开"), _("想要的话，请直接问问卖家。"), 410)
    if view.stopped:
        return _render_unavailable(request, _("卖家已收回这个分享"), _("想要的话，请直接问问卖家。"), 410)
    return _render_unavailable(request, _("这场特卖已经结束"), _("下次早点来；想要的话，问问卖家还有没有。"), 410)


def _render_unavailable(request: HttpRequest, words: str, hint: str, status: int) -> HttpResponse:
    return _with_private_headers(
        render(request, "shop/customer_gone.html", {"words": words, "hint": hint}, status=status)
    )


def _with_private_headers(response: HttpResponse) -> HttpResponse:
    for name, value in PRIVATE_HEADERS.items():
        response[name] = value
    return response


def _opened(view: CustomerPage, request: HttpRequest) -> CustomerStyle | None:
    """The only style of the page, or the one that is named; None where there are several to choose from."""
    if len(view.view.styles) == 1:
        return view.view.styles[0]
    style_id = parse_int(request.POST.get("style") or request.GET.get("style", ""))
    return next((each for each in view.view.styles if each.style_id == style_id), None)


def _chosen(style: CustomerStyle | None, text: str) -> CustomerItem | None:
    """The item that the address names, else the only available one; None where there are several."""
    available = _available_items(style)
    named = next((item for item in available if item.item_id == parse_int(text)), None)
    return named or (available[0] if len(available) == 1 else None)


def _available_items(style: CustomerStyle | None) -> list[CustomerItem]:
    return [item for item in style.items if item.availability is not Availability.NONE] if style else []


def _by_colour(style: CustomerStyle | None) -> dict[str, list[CustomerItem]]:
    colours: dict[str, list[CustomerItem]] = {}
    for item in style.items if style else ():
        colours.setdefault(item.colour, []).append(item)
    return colours


def _count(request: HttpRequest, view: CustomerPage, now: datetime) -> None:
    """Count one view per visitor, page and hour, without a cookie. Declared robots and prefetches are not counted."""
    browser = request.headers.get("User-Agent", "")
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    if is_bot(browser) or "prefetch" in purpose:
        return
    hour = f"{now:%Y-%m-%d %H}"
    visitor = _hash("forwarding.view", f"{hour} {view.token} {client_address(request)} {browser}")
    count_view(forward_id=view.forward_id, visitor=visitor, now=now)


def _hash(purpose: str, value: str) -> str:
    """A keyed hash, so that neither a cookie nor an address is kept (FORWARD-6)."""
    return salted_hmac(purpose, value, algorithm="sha256").hexdigest()[:32]
