"""Styles and items of open sales as a reseller of some tier sees them. No view here holds the base price or the commission."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from brands.rules import OrderMinimum
from db.rows import view_of
from flashsales.models import Sale, SaleItem, SaleTally, StyleListing
from flashsales.rules import Phase, QuantityTerms, SaleState, StyleCard, max_units_for
from flashsales.selectors.offers import order_minimum_of
from flashsales.selectors.quantities import get_quantity_terms, get_terms_of_listed
from flashsales.selectors.sales import NoSuchSale, SaleView, sale_view
from flashsales.sql import styles as statements
from flashsales.sql.styles import ItemPrice
from inventory.selectors.stock import with_descendants
from kernel.refusal import Missing
from kernel.sizes import size_sort_key
from pricing.rules.quote import Labelling
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY

Sort = Literal["price", "-price"]
"""The order of a list: the lowest price first, or with the minus sign the highest."""


class StyleNotInSale(Missing):
    code = "flashsales.not_in_sale"
    zh = "该商品不在此专场"
    en = "This style is not in this sale"


@dataclass(frozen=True, slots=True)
class StyleFilter:
    """Which styles a reseller wants to see, and in which order. Prices are in fen at her tier.

    `max_percent_of_tag`: the price is at most this share of the tag price (30 for 3折). `available`: some unit is left.
    """

    sale_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = None
    size: str = ""
    min_price_fen: int | None = None
    max_price_fen: int | None = None
    max_percent_of_tag: int | None = None
    available: bool = False
    sort: Sort = "price"


@dataclass(frozen=True, slots=True)
class ListedStyle:
    """A style in a list, at the lowest price of its SKUs for one tier. `label_cut`: at least one SKU is sold with its label cut.

    `quantity_terms`: in which quantities it is ordered; None where single pieces can be.
    """

    sale_id: int
    sale_title: str
    brand_name: str
    ends_at: datetime
    style_id: int
    style_no: str
    name: str
    picture: str
    from_price_fen: int
    tag_price_fen: int
    label_cut: bool
    sizes: list[str]
    available: int
    quantity_terms: QuantityTerms | None = None


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """A size and colour of a style as a reseller sees it: her price, the available units, and how many of them she may still take."""

    item_id: int
    sku_id: int
    colour: str
    size: str
    price_fen: int
    tag_price_fen: int
    label_cut: bool
    retail_floor_fen: int | None
    available: int
    max_units: int
    limit_units: int | None


@dataclass(frozen=True, slots=True)
class StyleInSale:
    """A style of a live or previewed sale with its sizes and colours, at the price of one reseller.

    `quantity_terms`: in which quantities it is ordered (SALE-9), None where single pieces can be ordered. `order_minimum`: what one
    placement must have of its brand (BRAND-5).
    """

    sale: Annotated[SaleView, PAGES_ONLY]
    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    items: list[OfferedItem] = field(default_factory=list)
    defects: str = ""
    fabric: str = ""
    origin: str = ""
    selling_point: str = ""
    quantity_terms: QuantityTerms | None = None
    order_minimum: OrderMinimum | None = None

    response_properties: ClassVar = ("sale_id", "phase", "label_cut")

    @property
    def sale_id(self) -> int:
        return self.sale.id

    @property
    def phase(self) -> Phase:
        return self.sale.phase

    @property
    def label_cut(self) -> bool:
        return any(item.label_cut for item in self.items)

    @property
    def retail_floor_fen(self) -> int | None:
        """The highest floor among the SKUs that keep their label: a retail price of the style may not be lower."""
        return max((item.retail_floor_fen for item in self.items if item.retail_floor_fen is not None), default=None)

    @property
    def highest_price_fen(self) -> int:
        """The price of the most expensive SKU: below it some SKUs are sold at a loss."""
        return max(item.price_fen for item in self.items)


def list_styles(
    *, tier: int, at: datetime, filters: StyleFilter, cursor: str = "", limit: int = 24
) -> Page[ListedStyle]:
    """Styles of live sales at the price of a tier; with `sale_id` also those of a preview (SALE-8).

    The order is that of the frozen prices, which an index keeps. The prices shown and filtered are those after the markdown steps.
    """
    rows = _filtered(_listings(tier, at, filters.sale_id).select_related("sale__brand", "style"), filters)
    order = ("-from_price_fen", "-id") if filters.sort == "-price" else ("from_price_fen", "id")
    page = paginate(rows, name="flashsales.styles", order=order, cursor=cursor, limit=limit, view=lambda row: row)
    places = [(row.sale_id, row.style_id) for row in page.items]
    available, terms = _available_units(places), get_terms_of_listed(places)
    listed = [
        _listed_style(row, available.get(place, 0), terms.get(place))
        for place, row in zip(places, page.items, strict=True)
    ]
    return Page(listed, page.next_cursor)


def was_offered(style_id: int, *, at: datetime) -> bool:
    """Whether resellers have seen a style: a published sale that has it is or was shown, as a preview or live."""
    shown = StyleListing.objects.filter(sale__state=SaleState.PUBLISHED.value, sale__preview_at__lte=at)
    return shown.filter(style_id=style_id).exists()


def cheapest_styles(*, tier: int, at: datetime, sale_ids: Sequence[int], limit: int = 3) -> dict[int, list[StyleCard]]:
    """The cheapest styles with available units of each sale, at the price of a tier; in one statement."""
    if not sale_ids:
        return {}
    cards: dict[int, list[StyleCard]] = {}
    for row in statements.find_cheapest_styles(sale_ids=sale_ids, tier=tier, at=at, limit=limit):
        cards.setdefault(row.sale_id, []).append(row)
    return cards


def sizes_on_sale(*, tier: int, at: datetime, sale_id: int | None = None) -> list[str]:
    """The sizes of the listed styles, for the size filter."""
    rows = _listings(tier, at, sale_id)
    sizes = {size for row in rows.only("sizes") for size in row.sizes}
    return sorted(sizes, key=size_sort_key)


def categories_on_sale(*, tier: int, at: datetime, sale_id: int | None = None) -> set[int]:
    """The categories of the listed styles, for the category filter."""
    rows = _listings(tier, at, sale_id).exclude(category_id=None)
    return {pk for pk in rows.values_list("category_id", flat=True).distinct() if pk is not None}


def get_style_in_sale(*, sale_id: int, style_id: int, tier: int, reseller_id: int, at: datetime) -> StyleInSale:
    """A style of a live sale or a preview with all its items at her price. In a preview `max_units` is 0."""
    row = Sale.objects.select_related("brand").filter(pk=sale_id, state=SaleState.PUBLISHED.value).first()
    if row is None or row.preview_at > at:
        raise NoSuchSale(sale_id=sale_id)
    view = sale_view(row, at=at)
    rows = statements.find_items_of_style(sale_id=sale_id, style_id=style_id, tier=tier, reseller_id=reseller_id, at=at)
    if not rows:
        raise StyleNotInSale
    style = SaleItem.objects.filter(sale_id=sale_id, style_id=style_id).select_related("style__category")[0].style
    sale_taken = SaleTally.objects.filter(sale_id=sale_id, reseller_id=reseller_id).aggregate(n=Sum("units"))["n"] or 0
    items = []
    for item in sorted(rows, key=lambda each: (each.colour, size_sort_key(each.size))):
        limits = [(row.limit_units, sale_taken), (item.limit_units, item.taken)]
        max_units = max_units_for(available=item.available, limits=limits) if view.phase is Phase.LIVE else 0
        label_cut = item.labelling is Labelling.CUT
        items.append(view_of(OfferedItem, item, label_cut=label_cut, max_units=max_units))
    category = style.category.name if style.category else ""
    return view_of(
        StyleInSale,
        style,
        sale=view,
        style_id=style.pk,
        category=category,
        items=items,
        quantity_terms=get_quantity_terms(style_id, sale_id=sale_id),
        order_minimum=order_minimum_of(row.brand.min_order_fen, row.brand.min_order_units),
    )


def item_prices(*, item_ids: Sequence[int], tier: int, at: datetime) -> dict[int, ItemPrice]:
    """What sale items cost a tier at an instant, by the markdown schedules of their sales."""
    return {price.item_id: price for price in statements.find_item_prices(item_ids=item_ids, tier=tier, at=at)}


def _listings(tier: int, at: datetime, sale_id: int | None) -> QuerySet[StyleListing]:
    """The styles of all live sales, or of one sale that is live or in preview."""
    sales = Sale.objects.filter(state=SaleState.PUBLISHED.value, ends_at__gt=at)
    sales = sales.filter(starts_at__lte=at) if sale_id is None else sales.filter(pk=sale_id, preview_at__lte=at)
    price_now = Func(
        "from_price_fen",
        "lowest_fen",
        "sale__price_list__terms",
        Coalesce("sale__markdown_ends_at", "sale__ends_at"),
        Value(at),
        function="pricing_price_at",
        output_field=BigIntegerField(),
    )
    return StyleListing.objects.filter(tier=tier, sale__in=sales).annotate(price_now_fen=price_now)


def _filtered(rows: QuerySet[StyleListing], filters: StyleFilter) -> QuerySet[StyleListing]:
    conditions = Q()
    if filters.brand_id is not None:
        conditions &= Q(sale__brand_id=filters.brand_id)
    if filters.category_id is not None:
        conditions &= Q(category_id__in=with_descendants(filters.category_id))
    if filters.size:
        conditions &= Q(sizes__contains=[filters.size])
    if filters.min_price_fen is not None:
        conditions &= Q(price_now_fen__gte=filters.min_price_fen)
    if filters.max_price_fen is not None:
        conditions &= Q(price_now_fen__lte=filters.max_price_fen)
    if filters.max_percent_of_tag is not None:
        conditions &= Q(price_now_fen__lte=F("tag_price_fen") * filters.max_percent_of_tag / 100)
    if filters.available:
        available = SaleItem.objects.filter(sale_id=OuterRef("sale_id"), style_id=OuterRef("style_id"), available__gt=0)
        conditions &= Q(Exists(available))
    return rows.filter(conditions)


def _available_units(pairs: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    rows = SaleItem.objects.filter(
        sale_id__in={sale_id for sale_id, _ in pairs}, style_id__in={style_id for _, style_id in pairs}
    )
    sums = rows.values("sale_id", "style_id").annotate(units=Sum("available"))
    return {(row["sale_id"], row["style_id"]): row["units"] for row in sums}


def _listed_style(row: StyleListing, available: int, terms: QuantityTerms | None) -> ListedStyle:
    return view_of(
        ListedStyle,
        row,
        sale_title=row.sale.title,
        brand_name=row.sale.brand.name,
        ends_at=row.sale.ends_at,
        style_no=row.style.style_no,
        name=row.style.name,
        picture=row.style.picture,
        from_price_fen=row.price_now_fen,  # type: ignore[attr-defined]  # annotated by _listings
        sizes=sorted(row.sizes, key=size_sort_key),
        available=available,
        quantity_terms=terms,
    )
