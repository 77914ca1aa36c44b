"""A storefront, which a customer opens without signing in: its goods, one of them, and the wish that she leaves (FORWARD-19, 20)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import public_page
from aftersales.selectors.cases import get_case_terms
from db import replica
from forwarding.rules.share_cards import storefront_card
from forwarding.rules.storefront import MAX_SEARCH, StorefrontSort
from forwarding.selectors.forwards import NoSuchForward
from forwarding.selectors.storefronts import StorefrontQuery, get_storefront_goods, get_storefront_page
from kernel import clock
from shop.pages import wish_picks
from shop.pages.base_views import parse_int
from shop.pages.customer import (
    answer_form,
    channel_of,
    closed_page,
    count_visit,
    new_form,
    page_address,
    picks_to_show,
    read_typed_address,
    render_unavailable,
    show_goods,
    with_private_headers,
)
from shop.pages.share_cards import share_context
from web.frequency import WINDOW_SECONDS, asks_too_often
from web.pagination import InvalidCursor
from web.query_parameters import parse_number

SEARCHES_PER_MINUTE = 30
"""Of one page and network: a search reads the names of all goods there."""


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """`?style=` opens one of the styles, `?pick=` holds what was chosen so far; a wish is posted to the same address."""
    now = clock.now()
    picks = wish_picks.from_form(request.POST) if request.method == "POST" else wish_picks.in_address(request.GET)
    style_id = parse_int(request.POST.get("style") or request.GET.get("style", ""))
    try:
        if request.method != "POST" and not style_id:
            return _list(request, token, picks, now)
        kept = wish_picks.in_address(request.POST)
        view = replica.read(lambda: get_storefront_goods(token, style_ids=[style_id], item_ids=[*picks, *kept], at=now))
    except NoSuchForward:
        return render_unavailable(request, _("没有找到这家店"), _("链接可能没复制完整，请再向卖家要一次。"), 404)
    if not view.is_open:
        return closed_page(request, view)
    style = next((each for each in view.view.styles if each.style_id == style_id), None)
    if request.method == "POST":
        return answer_form(request, view, style, picks, now)
    if style is None:
        return redirect(wish_picks.address_with(page_address(view), picks, channel_of(request), _seen(request)))
    return show_goods(request, view, style, picks_to_show(request, view, style), new_form())


@public_page
@require_POST
def read_address(request: HttpRequest, token: str) -> HttpResponse:
    """What is read of the address field so far; a part of the page for htmx. Nothing is stored (FORWARD-5)."""
    return read_typed_address(request, get_storefront_goods(token, style_ids=[], at=clock.now()))


def _list(request: HttpRequest, token: str, picks: dict[int, int], now: datetime) -> HttpResponse:
    """A part of the goods; what makes no sense in the address is left out, since customers edit none and chats append to it."""
    asked = request.GET
    sort = asked.get("sort", "")
    query = StorefrontQuery(
        category_id=parse_number(asked.get("category", "")),
        words=asked.get("q", "")[:MAX_SEARCH],
        sort=StorefrontSort(sort) if sort in set(StorefrontSort) else StorefrontSort.NEWEST,
        cursor=asked.get("cursor", ""),
    )
    if query.words.strip() and asks_too_often(request, "forwarding.search", token, limit=SEARCHES_PER_MINUTE):
        return _too_many_searches(request, picks)
    try:
        part = replica.read(lambda: get_storefront_page(token, query, at=now))
    except InvalidCursor:
        return redirect(wish_picks.address_with(request.path, picks, channel_of(request), _seen(request)))
    if not part.page.is_open:
        return closed_page(request, part.page)
    lost = 0
    if picks:
        there = get_storefront_goods(token, style_ids=[], item_ids=[*picks], at=now).view
        picks, lost = wish_picks.from_address(request.GET, there), wish_picks.count_lost(request.GET, there)
    count_visit(request, part.page, now)
    view = part.page.view
    context = {
        **share_context(request, storefront_card(view, english=getattr(request, "LANGUAGE_CODE", "") == "en")),
        "page": part.page,
        "page_address": page_address(part.page),
        "whole_address": wish_picks.address_with(page_address(part.page), picks, channel_of(request), _seen(request)),
        "who": view.reseller_name or _("您的卖家"),
        "after_sales_days": get_case_terms().window.days,
        "categories": part.categories,
        "total_styles": sum(each.styles for each in part.categories),
        "query": query,
        "sorts": [
            (StorefrontSort.NEWEST, _("最新")),
            (StorefrontSort.CHEAPEST, _("便宜的在前")),
            (StorefrontSort.DEAREST, _("贵的在前")),
        ],
        "next_cursor": part.next_cursor,
        "channel": channel_of(request),
        "picked": wish_picks.pairs_text(picks),
        "seen": wish_picks.pairs_text(_seen(request)),
        "picked_query": wish_picks.query(picks, channel_of(request), _seen(request)),
        "picked_units": sum(picks.values()),
        "lost_picks": lost,
        "now": now,
    }
    template = "shop/parts/storefront_goods.html" if _wants_part(request) else "shop/public_storefront.html"
    return with_private_headers(render(request, template, context))


def _too_many_searches(request: HttpRequest, picks: dict[int, int]) -> HttpResponse:
    goods = wish_picks.address_with(request.path, picks, channel_of(request), _seen(request))
    answer = render_unavailable(request, _("搜索得太频繁了"), _("请一分钟后再试，或者按分类看。"), 429, back=goods)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return answer


def _seen(request: HttpRequest) -> dict[int, int]:
    """The prices that she saw of what she picked, which go along while she looks for more (FORWARD-5)."""
    return wish_picks.seen_prices(request.GET)


def _wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for further goods, to append them."""
    return bool(request.headers.get("HX-Request")) and "cursor" in request.GET
