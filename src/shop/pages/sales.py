"""What is on sale now and soon, and how she picks goods."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.cases import get_case_terms
from flashsales.rules import Phase
from flashsales.selectors import sales
from flashsales.selectors import styles as flashsales_goods
from flashsales.selectors.sales import NoSuchSale, SaleTotals, SaleView
from flashsales.selectors.styles import StyleCard
from inventory.selectors.stock import CategoryView, categories
from kernel import clock
from shop.pages.base_views import render_page, reseller
from shop.pages.style_filters import PRICE_BANDS_YUAN, Choice, Filters, choices_of, parse_filters
from web.query_parameters import accepts_parameters, cursor, flag, number, one_of, text

STYLES_PER_PAGE = 24
FILTERS = {
    "category": number,
    "size": text(20),
    "band": one_of(PRICE_BANDS_YUAN),
    "order": one_of(["cheap", "dear"]),
    "left": flag,
    "cursor": cursor,
}
"""The parameters of a list of goods (shop.pages.picking)."""


@dataclass(frozen=True, slots=True)
class SaleCard:
    """A live sale or a preview on the first page, with a few of its goods; the units are those of a live sale."""

    sale: SaleView
    numbers: SaleTotals | None
    goods: list[StyleCard]


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def home(request: ActorRequest) -> HttpResponse:
    """Live sales, those that end first in front; then previews."""
    me, now = reseller(request), clock.now()
    page = sales.list_open_sales(at=now, cursor=request.GET.get("cursor", ""), limit=12)
    first = flashsales_goods.cheapest_styles(tier=me.tier, at=now, sale_ids=[sale.id for sale in page.items])
    live = [
        SaleCard(sale, sales.sale_totals(sale.id), first.get(sale.id, []))
        for sale in page.items
        if sale.phase is Phase.LIVE
    ]
    previews = [SaleCard(sale, None, first.get(sale.id, [])) for sale in page.items if sale.phase is Phase.PREVIEW]
    return render_page(request, "home.html", me, live=live, previews=previews, page=page)


@role_required(Role.RESELLER)
@accepts_parameters(**FILTERS)
def sale(request: ActorRequest, sale_id: int) -> HttpResponse:
    """One sale with its goods and filters, a preview's too (SALE-8); an ended one says so."""
    me, now = reseller(request), clock.now()
    view = sales.get_sale(sale_id, at=now)
    if view.phase not in (Phase.LIVE, Phase.PREVIEW, Phase.ENDED):
        raise NoSuchSale(sale_id=sale_id)
    offered = flashsales_goods.categories_on_sale(tier=me.tier, at=now, sale_id=sale_id)
    leaves = [category for category in categories() if category.id in offered]
    picking = parse_filters(request.GET, sale_id=sale_id)
    page = flashsales_goods.list_styles(
        tier=me.tier, at=now, filters=picking.wanted, cursor=request.GET.get("cursor", ""), limit=STYLES_PER_PAGE
    )
    return render_page(
        request,
        "sale.html",
        me,
        sale=view,
        numbers=sales.sale_totals(sale_id),
        picking=picking,
        categories=_category_choices(request, leaves, picking),
        sizes=choices_of(picking.size, flashsales_goods.sizes_on_sale(tier=me.tier, at=now, sale_id=sale_id)),
        page=page,
        any_cut=any(goods.label_cut for goods in page.items),
        after_sales_days=get_case_terms().window.days,
    )


@role_required(Role.RESELLER)
@accepts_parameters(**FILTERS, brand=number)
def styles(request: ActorRequest) -> HttpResponse:
    """Goods of all live sales together."""
    me, now = reseller(request), clock.now()
    live = [sale for sale in sales.list_open_sales(at=now, limit=100).items if sale.phase is Phase.LIVE]
    roots = _roots(flashsales_goods.categories_on_sale(tier=me.tier, at=now))
    brand_names = {str(sale.brand_id): sale.brand_name for sale in live}
    picking = parse_filters(request.GET)
    return render_page(
        request,
        "all_goods.html",
        me,
        picking=picking,
        brands=[Choice(value, name, value == picking.brand) for value, name in brand_names.items()],
        categories=_category_choices(request, roots, picking),
        sizes=choices_of(picking.size, flashsales_goods.sizes_on_sale(tier=me.tier, at=now)),
        page=flashsales_goods.list_styles(
            tier=me.tier, at=now, filters=picking.wanted, cursor=request.GET.get("cursor", ""), limit=STYLES_PER_PAGE
        ),
    )


def _roots(category_ids: set[int]) -> list[CategoryView]:
    """The top categories above these."""
    tree = {category.id: category for category in categories()}
    found: dict[int, CategoryView] = {}
    for category in (tree[each] for each in sorted(category_ids)):
        while category.parent_id is not None:
            category = tree[category.parent_id]
        found[category.id] = category
    return list(found.values())


def _category_choices(request: ActorRequest, tree: list[CategoryView], picking: Filters) -> list[Choice]:
    english = request.LANGUAGE_CODE == "en"
    choices = [Choice("", _("全部"), not picking.category)]
    for category in tree:
        words = category.name_en if english else category.name_zh
        choices.append(Choice(str(category.id), words, str(category.id) == picking.category))
    return choices
