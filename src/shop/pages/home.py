"""The first page: a sale in large pictures, what is live and what comes, her filters, and rows of goods to look at (SALE-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from db import replica
from flashsales.rules import Phase, StyleCard
from flashsales.rules.hero import HeroCandidate, choose_hero
from flashsales.selectors import finder, sales
from flashsales.selectors import styles as flashsales_styles
from flashsales.selectors.finder import ListedStyle
from flashsales.selectors.first_page import LENGTH, list_first_page
from flashsales.selectors.hero import get_pinned_sale
from flashsales.selectors.sales import SaleStockView, SaleView
from forwarding.selectors.popular import list_popular_places
from kernel import clock
from membership.selectors.people import MemberView
from shop.pages.base_views import render_page, reseller
from shop.pages.cards import GoodsCard, Slide, slides_of
from shop.pages.saved_filters import saved_filters_of
from shop.pages.today import keep_gap
from web.query_parameters import accepts_parameters, cursor

SALES_PER_PAGE = 12
MIN_RAIL_LENGTH = 2
"""A row of fewer styles is left out: it would look like a mistake."""
POPULAR_SINCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ShownStyle:
    """A style that stands for its sale, with its picture if it has one."""

    style: StyleCard
    slide: Slide | None


@dataclass(frozen=True, slots=True)
class SaleCard:
    """A live sale or a preview, with a few of its styles; `stock` is that of a live sale."""

    sale: SaleView
    stock: SaleStockView | None
    styles: list[StyleCard]
    shown: list[ShownStyle]
    is_reminded: bool


@dataclass(frozen=True, slots=True)
class Rail:
    """A row of goods, and the list that has all of them; "" where there is none."""

    name: str
    words: str
    address: str
    cards: list[GoodsCard]


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def home(request: ActorRequest) -> HttpResponse:
    """Live sales and previews, one of them at the top, and rows of goods of all live sales."""
    me, now = reseller(request), clock.now()
    goods = replica.read(lambda: _goods(request, me, now))
    is_first = "cursor" not in request.GET
    own = {"saved": saved_filters_of(me, now) if is_first else [], "keep_gap": keep_gap(me, now)}
    return render_page(request, "home.html", me, **goods, **own)


def _goods(request: ActorRequest, me: MemberView, now: datetime) -> dict[str, object]:
    """What the page shows to everybody of her tier, and of which sales she is reminded."""
    page = sales.list_open_sales(at=now, tier=me.tier, cursor=request.GET.get("cursor", ""), limit=SALES_PER_PAGE)
    is_first = "cursor" not in request.GET
    pinned = get_pinned_sale(at=now, tier=me.tier) if is_first else None
    # A pinned sale may end later than those of this page.
    shown = [*page.items, *([pinned] if pinned and pinned not in page.items else [])]
    live_ids = [each.id for each in shown if each.phase is Phase.LIVE]
    preview_ids = [each.id for each in shown if each.phase is Phase.PREVIEW]
    samples = flashsales_styles.sample_styles(tier=me.tier, at=now, sale_ids=[*live_ids, *preview_ids])
    lists = list_first_page(tier=me.tier, at=now) if is_first else {}
    popular = (
        finder.get_listed(tier=me.tier, at=now, places=list_popular_places(since=now - POPULAR_SINCE, limit=LENGTH))
        if is_first
        else []
    )
    lists = {"popular": [each for each in popular if each.available], **lists}
    slides = slides_of(
        {each.style_id for of_sale in samples.values() for each in of_sale}
        | {each.style_id for of_list in lists.values() for each in of_list}
    )
    stock = sales.stock_of_sales(live_ids)
    reminded = sales.reminded_sale_ids(reseller_id=me.id, sale_ids=preview_ids)
    cards = [
        SaleCard(
            sale=each,
            stock=stock.get(each.id),
            styles=samples.get(each.id, []),
            shown=_shown(samples.get(each.id, []), slides),
            is_reminded=each.id in reminded,
        )
        for each in shown
    ]
    live = [card for card in cards if card.sale.phase is Phase.LIVE]
    hero_id = (
        choose_hero([_candidate(card) for card in live], pinned_id=pinned.id if pinned else None) if is_first else None
    )
    return {
        "hero": next((card for card in live if card.sale.id == hero_id), None),
        "others": [card for card in live if card.sale.id != hero_id],
        "previews": [card for card in cards if card.sale.phase is Phase.PREVIEW],
        "rails": _rails(lists, slides),
        "page": page,
    }


def _candidate(card: SaleCard) -> HeroCandidate:
    pictures = sum(each.slide is not None for each in card.shown)
    return HeroCandidate(card.sale.id, card.sale.ends_at, pictures)


def _shown(styles: Sequence[StyleCard], slides: Mapping[int, list[Slide]]) -> list[ShownStyle]:
    """Those with a picture first."""
    shown = [ShownStyle(each, next(iter(slides.get(each.style_id, ())), None)) for each in styles]
    return sorted(shown, key=lambda each: each.slide is None)


def _rails(lists: Mapping[str, list[ListedStyle]], slides: Mapping[int, list[Slide]]) -> list[Rail]:
    words = {
        "few": _("最后几件"),
        "popular": _("大家都在转"),
        "newest": _("新上"),
        "run": _("尺码齐全"),
        "percent": _("2 折以下"),
    }
    addresses = {
        "few": "few=1&sort=newest",
        "newest": "available=1&sort=newest",
        "run": "run=1&sort=discount",
        "percent": "available=1&percent=20&sort=discount",
    }
    return [
        Rail(name, words[name], addresses.get(name, ""), _rail_cards(name, lists[name], slides))
        for name in words
        if len(lists.get(name, ())) >= MIN_RAIL_LENGTH
    ]


def _rail_cards(name: str, styles: Sequence[ListedStyle], slides: Mapping[int, list[Slide]]) -> list[GoodsCard]:
    return [
        GoodsCard(each, slides.get(each.style_id, [])[:1], f"{name}-{each.sale_id}-{each.style_id}", is_eager=False)
        for each in styles
    ]
