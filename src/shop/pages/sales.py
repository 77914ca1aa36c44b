"""What is on sale now and soon, and the lists of styles with their filters."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.cases import get_case_terms
from flashsales.rules import Phase, StyleCard
from flashsales.selectors import sales
from flashsales.selectors import styles as flashsales_styles
from flashsales.selectors.sales import NoSuchSale, SaleTotals, SaleView
from flashsales.services.reminders import NotInPreview, ask_reminder, withdraw_reminder
from inventory.selectors.stock import CategoryView, categories
from kernel import clock
from shop.pages.base_views import flash_refusal, render_page, reseller
from shop.pages.style_filters import PRICE_BANDS_YUAN, SORTS, Choice, Filters, choices_of, parse_filters
from web.query_parameters import accepts_parameters, cursor, flag, number, one_of, text

STYLES_PER_PAGE = 24
FILTER_PARAMETERS = {
    "category": number,
    "size": text(20),
    "price": one_of(PRICE_BANDS_YUAN),
    "sort": one_of(SORTS),
    "available": flag,
    "cursor": cursor,
}
"""The query parameters of a list of styles (shop.pages.style_filters)."""


@dataclass(frozen=True, slots=True)
class SaleCard:
    """A live sale or a preview on the first page, with a few of its styles; the units are those of a live sale."""

    sale: SaleView
    totals: SaleTotals | None
    styles: list[StyleCard]


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def home(request: ActorRequest) -> HttpResponse:
    """Live sales, the one that ends first at the top; then previews."""
    me, now = reseller(request), clock.now()
    page = sales.list_open_sales(at=now, cursor=request.GET.get("cursor", ""), limit=12)
    first = flashsales_styles.cheapest_styles(tier=me.tier, at=now, sale_ids=[sale.id for sale in page.items])
    live = [
        SaleCard(sale, sales.sale_totals(sale.id), first.get(sale.id, []))
        for sale in page.items
        if sale.phase is Phase.LIVE
    ]
    previews = [SaleCard(sale, None, first.get(sale.id, [])) for sale in page.items if sale.phase is Phase.PREVIEW]
    return render_page(request, "home.html", me, live=live, previews=previews, page=page)


@role_required(Role.RESELLER)
@accepts_parameters(**FILTER_PARAMETERS)
def sale(request: ActorRequest, sale_id: int) -> HttpResponse:
    """One sale with its styles and filters, also of a preview (SALE-8); the page of an ended sale says that it has ended."""
    me, now = reseller(request), clock.now()
    view = sales.get_sale(sale_id, at=now)
    if view.phase not in (Phase.LIVE, Phase.PREVIEW, Phase.ENDED):
        raise NoSuchSale(sale_id=sale_id)
    offered = flashsales_styles.categories_on_sale(tier=me.tier, at=now, sale_id=sale_id)
    leaves = [category for category in categories() if category.id in offered]
    filters = parse_filters(request.GET, sale_id=sale_id)
    page = flashsales_styles.list_styles(
        tier=me.tier, at=now, filters=filters.style_filter, cursor=request.GET.get("cursor", ""), limit=STYLES_PER_PAGE
    )
    return render_page(
        request,
        "sale.html",
        me,
        sale=view,
        totals=sales.sale_totals(sale_id) if view.phase is Phase.LIVE else None,
        is_reminded=view.phase is Phase.PREVIEW and sales.has_reminder(sale_id=sale_id, reseller_id=me.id),
        filters=filters,
        categories=_category_choices(request, leaves, filters),
        sizes=choices_of(filters.size, flashsales_styles.sizes_on_sale(tier=me.tier, at=now, sale_id=sale_id)),
        page=page,
        any_cut=any(style.label_cut for style in page.items),
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
    return redirect("shop:sale", sale_id)


@role_required(Role.RESELLER)
@accepts_parameters(**FILTER_PARAMETERS, brand=number)
def styles(request: ActorRequest) -> HttpResponse:
    """Styles of all live sales together."""
    me, now = reseller(request), clock.now()
    live = [sale for sale in sales.list_open_sales(at=now, limit=100).items if sale.phase is Phase.LIVE]
    roots = _roots(flashsales_styles.categories_on_sale(tier=me.tier, at=now))
    brand_names = {str(sale.brand_id): sale.brand_name for sale in live}
    filters = parse_filters(request.GET)
    return render_page(
        request,
        "styles.html",
        me,
        filters=filters,
        brands=[Choice(value, name, value == filters.brand) for value, name in brand_names.items()],
        categories=_category_choices(request, roots, filters),
        sizes=choices_of(filters.size, flashsales_styles.sizes_on_sale(tier=me.tier, at=now)),
        page=flashsales_styles.list_styles(
            tier=me.tier,
            at=now,
            filters=filters.style_filter,
            cursor=request.GET.get("cursor", ""),
            limit=STYLES_PER_PAGE,
        ),
    )


def _roots(category_ids: set[int]) -> list[CategoryView]:
    """The top categories above these."""
    tree = {category.id: category for category in categories()}
    roots: dict[int, CategoryView] = {}
    for category in (tree[each] for each in sorted(category_ids)):
        while category.parent_id is not None:
            category = tree[category.parent_id]
        roots[category.id] = category
    return list(roots.values())


def _category_choices(request: ActorRequest, tree: list[CategoryView], filters: Filters) -> list[Choice]:
    english = request.LANGUAGE_CODE == "en"
    choices = [Choice("", _("全部"), not filters.category)]
    for category in tree:
        words = category.name_en if english else category.name_zh
        choices.append(Choice(str(category.id), words, str(category.id) == filters.category))
    return choices
