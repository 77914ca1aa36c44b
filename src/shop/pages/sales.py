"""A sale and its reminder, and the lists of styles with their filters."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.cases import get_case_terms
from db import replica
from flashsales.rules import Phase
from flashsales.rules.saved_filters import MAX_FILTER_NAME, can_be_saved
from flashsales.selectors import finder, sales
from flashsales.selectors.draws import find_draw
from flashsales.selectors.facets import get_facet_counts
from flashsales.selectors.finder import HitCount, ListedStyle
from flashsales.selectors.freight import get_freight_of_sales
from flashsales.selectors.sales import NoSuchSale
from flashsales.services.reminders import NotInPreview, ask_reminder, withdraw_reminder
from inventory.selectors.stock import categories
from kernel import clock
from membership.selectors.people import MemberView
from shop.pages.base_views import flash_refusal, render_page, reseller
from shop.pages.cards import cards_of
from shop.pages.saved_filters import saved_filters_of
from shop.pages.style_filters import FILTER_PARAMETERS, Filters, address_of, parse_filters
from shop.pages.waiting_room import take_place, waiting_page
from web.pagination import Page
from web.query_parameters import accepts_parameters

STYLES_PER_PAGE = 24


@role_required(Role.RESELLER)
@accepts_parameters(**FILTER_PARAMETERS)
def sale(request: ActorRequest, sale_id: int) -> HttpResponse:
    """One sale with its styles and filters, also of a preview (SALE-8); the page of an ended sale says that it has ended."""
    me, now = reseller(request), clock.now()
    view = sales.get_sale(sale_id, at=now, tier=me.tier)
    if view.phase not in (Phase.LIVE, Phase.PREVIEW, Phase.ENDED):
        raise NoSuchSale(sale_id=sale_id)
    place = take_place(me, view)
    if view.phase is Phase.LIVE and place is not None and not place.is_admitted:
        return waiting_page(request, me, view, place)
    found = replica.read(lambda: _find(request, me, now, sale_id=sale_id))
    return render_page(
        request,
        "sale.html",
        me,
        sale=view,
        place=place,
        draw=find_draw(sale_id, at=now),
        freight=get_freight_of_sales([sale_id])[sale_id],
        totals=sales.sale_totals(sale_id) if view.phase is Phase.LIVE else None,
        is_reminded=view.phase is Phase.PREVIEW and sales.has_reminder(sale_id=sale_id, reseller_id=me.id),
        any_cut=any(style.label_cut for style in found.page.items),
        **found.context(),
        after_sales_days=get_case_terms().window.days,
    )


@role_required(Role.RESELLER)
@require_POST
def remind(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Ask to be told before the sale opens; with `withdraw` not any more."""
    act = withdraw_reminder if request.POST.get("withdraw") else ask_reminder
    try:
        act(actor=request.actor, sale_id=sale_id, now=clock.now())
    except NotInPreview as refusal:
        flash_refusal(request, refusal)
    if request.POST.get("back") == "home":
        return redirect("shop:home")
    return redirect("shop:sale", sale_id)


@role_required(Role.RESELLER)
@accepts_parameters(**FILTER_PARAMETERS)
def styles(request: ActorRequest) -> HttpResponse:
    """Styles of all live sales together."""
    me, now = reseller(request), clock.now()
    found = replica.read(lambda: _find(request, me, now))
    shown = found.filters.style_filter
    return render_page(
        request,
        "styles.html",
        me,
        **found.context(),
        saved=saved_filters_of(me, now, shown=shown),
        saved_query=address_of(shown, categories()) if can_be_saved(shown) else "",
        typed_name=request.GET.get("name", ""),
        max_name=MAX_FILTER_NAME,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A list of styles: its filters, a page of it, and how many styles pass them."""

    filters: Filters
    page: Page[ListedStyle]
    hits: HitCount

    def context(self) -> dict[str, object]:
        return {"filters": self.filters, "page": self.page, "hits": self.hits, "cards": cards_of(self.page.items)}


def _find(request: ActorRequest, me: MemberView, now: datetime, *, sale_id: int | None = None) -> Found:
    choices = finder.get_choices(tier=me.tier, at=now, sale_id=sale_id)
    counts = get_facet_counts(at=now) if sale_id is None else None
    filters = parse_filters(request.GET, choices=choices, tree=categories(), counts=counts, sale_id=sale_id)
    asked = filters.style_filter
    page = finder.find_styles(
        tier=me.tier, at=now, filters=asked, cursor=request.GET.get("cursor", ""), limit=STYLES_PER_PAGE
    )
    return Found(filters, page, finder.count_styles(tier=me.tier, at=now, filters=asked))
