"""The page of a forward, which a customer opens without signing in, and the wish that she leaves there (FORWARD-2 to FORWARD-6)."""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import public_page
from aftersales.selectors.cases import get_case_terms
from db import replica
from forwarding.rules.channels import is_channel_code
from forwarding.rules.pages import Availability, CustomerStyle, is_bot
from forwarding.rules.seen_prices import changed_prices
from forwarding.rules.share_cards import ShareCard, share_card
from forwarding.rules.wishes import MAX_ADDRESS, MAX_WISH_UNITS, PickedUnits
from forwarding.selectors.forwards import CustomerPage, NoSuchForward, get_customer_page
from forwarding.selectors.prices import with_asked_prices
from forwarding.selectors.storefronts import get_storefront_goods
from forwarding.services.forwards import count_view
from forwarding.services.seen_prices import RetailPriceChanged
from forwarding.services.wishes import PageClosed, WishFields, create_wish
from kernel import clock
from kernel.refusal import Invalid, Refusal
from orders.services.recipients import propose_recipient
from shop.forms import WishForm
from shop.pages import wish_picks
from shop.pages.base_views import parse_int
from shop.pages.share_cards import share_context
from shop.pages.visitors import network_hash
from web.client import client_address
from web.frequency import asks_too_often, keyed_hash

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
STOREFRONTS = "/s/"


INSIDE = frozenset({"style", "item", "pick", "seen", "wait", "category", "sort", "q", "cursor"})
"""Parameters of addresses to which a page leads itself."""
ADDRESS_READS_PER_MINUTE = 60
"""Of one page and network: so many times a minute the address field is read while somebody types."""


class ChooseSize(Invalid):
    code = "shop.choose_size"
    zh = "请先选择尺码和件数"
    en = "Choose a size and how many first"


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """`?style=` opens one of several styles, `?pick=` holds what was chosen so far (`wish_picks`), `?wait=` names a sold-out item,
    `?seen=` says which prices she saw of them.

    A wish is posted to the same address.
    """
    now = clock.now()
    try:
        view = replica.read(lambda: get_customer_page(token, at=now))
    except NoSuchForward:
        return render_unavailable(request, _("没有找到这个分享"), _("链接可能没复制完整，请再向卖家要一次。"), 404)
    if not view.is_open:
        return closed_page(request, view)
    style = _opened(view, request)
    if request.method == "POST":
        picks = wish_picks.from_form(request.POST)
        return answer_form(request, view, style, picks, now)
    count_visit(request, view, now)
    return show_goods(request, view, style, picks_to_show(request, view, style), new_form())


@public_page
@require_POST
def read_address(request: HttpRequest, token: str) -> HttpResponse:
    """What is read of the address field so far; a part of the page for htmx. Nothing is stored (FORWARD-5)."""
    return read_typed_address(request, get_customer_page(token, at=clock.now()))


def read_typed_address(request: HttpRequest, view: CustomerPage) -> HttpResponse:
    typed = request.POST.get("address", "")[:MAX_ADDRESS]
    frequent = asks_too_often(request, "forwarding.address", view.forward_id, limit=ADDRESS_READS_PER_MINUTE)
    read = propose_recipient(typed) if typed.strip() and not frequent else None
    context = {"read": read, "too_often": frequent}
    return with_private_headers(render(request, "shop/parts/address_read.html", context))


def page_address(view: CustomerPage) -> str:
    """The address of the page below the host: of a forward or of a storefront."""
    return reverse("storefront_page" if view.is_storefront else "customer_page", args=[view.token])


def channel_of(request: HttpRequest) -> str:
    """The code of the channel in the address, or in the form that stood at it; "" where it can be none (FORWARD-21)."""
    code = request.POST.get("c", "") or request.GET.get("c", "")
    return code if is_channel_code(code) else ""


def _wait_id(request: HttpRequest) -> int:
    """The sold-out item that `?wait=` or the form names, for which she wants to wait; 0 where it names none (FORWARD-29)."""
    return parse_int(request.POST.get("wait", "") or request.GET.get("wait", ""))


def answer_form(
    request: HttpRequest, view: CustomerPage, style: CustomerStyle | None, picks: dict[int, int], now: datetime
) -> HttpResponse:
    """Another style, or the form for a sold-out size, with what she has picked so far; else the wish is sent."""
    address, channel, seen = page_address(view), channel_of(request), _seen_prices(request)
    picked_styles = view.view.styles_of(picks)
    if "more" in request.POST:
        return redirect(wish_picks.address_with(address, picks, channel, wish_picks.seen_of(picked_styles, seen)))
    if "wait_for" in request.POST and style is not None:
        item_id = parse_int(request.POST["wait_for"])
        seen = wish_picks.seen_of(picked_styles | {style.style_id}, seen)
        kept = wish_picks.query(picks, channel, seen)
        return redirect(wish_picks.address_to_wait(address, style.style_id, item_id, kept))
    return send_wish(request, view, style, picks, now)


def picks_to_show(request: HttpRequest, view: CustomerPage, style: CustomerStyle | None) -> dict[int, int]:
    """What the address names of what can be had, else the only choice there is; that is not picked for who waits for another size."""
    named = wish_picks.from_address(request.GET, view.view)
    return named if named or _wait_id(request) else wish_picks.only_choice(style)


def _kept_picks(request: HttpRequest, view: CustomerPage, picks: dict[int, int]) -> dict[int, int]:
    """What she has picked beside the size that she waits for, which is a wish of its own."""
    if not _wait_id(request):
        return picks
    return wish_picks.from_address(request.POST if request.method == "POST" else request.GET, view.view)


def _seen_prices(request: HttpRequest) -> dict[int, int]:
    """The prices that she saw before, by the form that was sent or the address (FORWARD-5)."""
    return wish_picks.seen_prices(request.POST if request.method == "POST" else request.GET)


def new_form() -> WishForm:
    """An empty form; what it sends makes one wish, however often."""
    return WishForm(initial={"key": uuid.uuid4().hex})


def send_wish(
    request: HttpRequest, view: CustomerPage, style: CustomerStyle | None, picks: dict[int, int], now: datetime
) -> HttpResponse:
    """A double tap makes one wish; what she changed after going back makes another one, so that it is not lost."""
    form = WishForm(request.POST)
    if not form.is_valid():
        return show_goods(request, view, style, picks, form)
    if not picks:
        return show_goods(request, view, style, picks, form, ChooseSize())
    wisher = request.get_signed_cookie(WISHER_COOKIE, default="", salt=WISHER_COOKIE, max_age=WISHER_COOKIE_SECONDS)
    has_cookie = bool(wisher)
    wisher = wisher or secrets.token_urlsafe(16)
    lines = [PickedUnits(item_id, units) for item_id, units in picks.items()]
    fields = WishFields(**{name: form.cleaned_data[name] for name in ("name", "phone", "address", "note")})
    try:
        wish = create_wish(
            token=view.token,
            lines=lines,
            fields=fields,
            visitor=keyed_hash("forwarding.visitor", wisher),
            network=network_hash(request, now),
            key=keyed_hash("forwarding.wish", repr((form.cleaned_data["key"], lines, fields))),
            channel=channel_of(request),
            may_wait=bool(_wait_id(request)),
            seen=_seen_prices(request),
            now=now,
        )
    except PageClosed:
        return closed_page(request, view)
    except RetailPriceChanged as refusal:
        return _show_new_prices(request, view, style, picks, form, refusal)
    except Refusal as refusal:
        return show_goods(request, view, style, picks, form, refusal)
    kept = _query_of_kept(request, view, picks) if _wait_id(request) else ""
    answer = redirect(f"{reverse('wish_page', args=[wish.token])}?sent=1{f'&{kept}' if kept else ''}")
    if not has_cookie:
        answer.set_signed_cookie(
            WISHER_COOKIE,
            wisher,
            salt=WISHER_COOKIE,
            max_age=WISHER_COOKIE_SECONDS,
            path=STOREFRONTS if view.is_storefront else CUSTOMER_PAGES,
            secure=settings.SECURE_COOKIES,
            httponly=True,
            samesite="Lax",
        )
    return answer


def _show_new_prices(
    request: HttpRequest,
    view: CustomerPage,
    style: CustomerStyle | None,
    picks: dict[int, int],
    form: WishForm,
    refusal: RetailPriceChanged,
) -> HttpResponse:
    """The page as it is now: the price may have changed after `view` was read, and the form is to name the one that the refusal tells."""
    at, opened = clock.now(), style.style_id if style else 0
    if view.is_storefront:
        items = [*picks, *wish_picks.in_address(request.POST)]
        view = get_storefront_goods(view.token, style_ids=[opened], item_ids=items, at=at)
    else:
        view = get_customer_page(view.token, at=at)
    if not view.is_open:
        return closed_page(request, view)
    style = next((each for each in view.view.styles if each.style_id == opened), None)
    return show_goods(request, view, style, picks, form, refusal)


def _query_of_kept(request: HttpRequest, view: CustomerPage, picks: dict[int, int]) -> str:
    """What the page of a wish is told of the goods that she picked beside the one for which she waits."""
    kept = _kept_picks(request, view, picks)
    return wish_picks.query(kept, seen=wish_picks.seen_of(view.view.styles_of(kept), _seen_prices(request)))


def show_goods(
    request: HttpRequest,
    view: CustomerPage,
    style: CustomerStyle | None,
    picks: dict[int, int],
    form: WishForm,
    refusal: Refusal | None = None,
) -> HttpResponse:
    of_style = {item.item_id for item in style.items} if style else set()
    wait_row = wish_picks.row_to_wait_for(view.view, _wait_id(request), picks, clock.now())
    any_available = style is not None and style.availability is not Availability.NONE
    other_picks = (
        wish_picks.rows_outside(view.view, picks, of_style) if style and any_available and not wait_row else []
    )
    with_price = {row.style.style_id for row in other_picks} | ({style.style_id} if style else set())
    kept = _kept_picks(request, view, picks)
    card = share_card(view.view, style, english=getattr(request, "LANGUAGE_CODE", "") == "en")
    context = {
        **share_context(request, card),
        "page": view,
        "page_address": page_address(view),
        "has_more_styles": view.is_storefront or len(view.view.styles) > 1,
        "who": view.view.reseller_name or _("您的卖家"),
        "after_sales_days": get_case_terms().window.days,
        "style": style,
        "wait_row": wait_row,
        "style_is_preview": bool(style and style.starts_at and style.starts_at > clock.now()),
        "rows_by_colour": wish_picks.rows_by_colour(style, picks),
        "other_picks": other_picks,
        "channel": channel_of(request),
        "picked": wish_picks.pairs_text(kept),
        **_prices_context(request, view, kept, with_price, is_told=isinstance(refusal, RetailPriceChanged)),
        "picked_units": sum(kept.values()),
        "lost_picks": wish_picks.count_lost(request.GET, view.view),
        "any_available": any_available,
        "max_units": MAX_WISH_UNITS,
        "form": form,
        "refusal": refusal.sentence(getattr(request, "LANGUAGE_CODE", "")) if refusal else "",
    }
    answer = render(request, "shop/customer.html", context, status=refusal.status if refusal else 200)
    for name, value in refusal.headers().items() if refusal else ():
        answer[name] = value
    return with_private_headers(answer)


def _prices_context(
    request: HttpRequest, page: CustomerPage, kept: dict[int, int], with_price: set[int], *, is_told: bool
) -> dict[str, Any]:
    """The prices that she has seen once this page shows those of the styles `with_price`, and which of these have changed (FORWARD-5).

    `is_told`: a refusal names the changes.
    """
    view, before = page.view, _seen_prices(request)
    changed = [] if is_told else changed_prices(view, before, with_price)
    seen = before | {each.style_id: each.price_fen for each in view.styles if each.style_id in with_price}
    of_picks = wish_picks.seen_of(view.styles_of(kept), seen)
    return {
        "seen": wish_picks.pairs_text(of_picks | wish_picks.seen_of(with_price, seen)),
        "picked_query": wish_picks.query(kept, channel_of(request), of_picks),
        "changed_prices": with_asked_prices(page.reseller_id, changed),
    }


def closed_page(request: HttpRequest, view: CustomerPage) -> HttpResponse:
    if view.is_storefront:
        return render_unavailable(request, _("这家店现在打不开"), _("想要的话，请直接问问卖家。"), 410)
    if not view.seller_active:
        return render_unavailable(request, _("这个分享现在打不开"), _("想要的话，请直接问问卖家。"), 410)
    if view.stopped:
        return render_unavailable(request, _("卖家已收回这个分享"), _("想要的话，请直接问问卖家。"), 410)
    return render_unavailable(request, _("这场特卖已经结束"), _("下次早点来；想要的话，问问卖家还有没有。"), 410)


def render_unavailable(request: HttpRequest, words: str, hint: str, status: int, *, back: str = "") -> HttpResponse:
    """A page that says why there are no goods; `back` is the address of goods that can still be seen."""
    card = share_context(request, ShareCard(words, hint, ""))
    context = {"words": words, "hint": hint, "back": back, **card}
    return with_private_headers(render(request, "shop/customer_gone.html", context, status=status))


def with_private_headers(response: HttpResponse) -> HttpResponse:
    for name, value in PRIVATE_HEADERS.items():
        response[name] = value
    return response


def _opened(view: CustomerPage, request: HttpRequest) -> CustomerStyle | None:
    """The only style of the page, or the one that is named; None where there are several to choose from."""
    if len(view.view.styles) == 1:
        return view.view.styles[0]
    style_id = parse_int(request.POST.get("style") or request.GET.get("style", ""))
    return next((each for each in view.view.styles if each.style_id == style_id), None)


def count_visit(request: HttpRequest, view: CustomerPage, now: datetime) -> None:
    """Count one view per visitor, page and hour, without a cookie (FORWARD-6).

    Not counted are people who are signed in, the pages behind the first one, declared robots and prefetches.
    """
    if request.method != "GET" or request.user.is_authenticated or INSIDE & request.GET.keys():
        return
    browser = request.headers.get("User-Agent", "")
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    if is_bot(browser) or "prefetch" in purpose:
        return
    hour = f"{now:%Y-%m-%d %H}"
    visitor = keyed_hash("forwarding.view", f"{hour} {view.token} {client_address(request)} {browser}")
    count_view(forward_id=view.forward_id, visitor=visitor, channel=channel_of(request), now=now)
