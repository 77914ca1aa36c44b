"""Styles and items of open sales as a reseller of some tier sees them. No view here holds the base price or the commission."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from django.db.models import Sum

from brands.rules import OrderMinimum
from db.rows import view_of
from flashsales.models import Sale, SaleItem, SaleTally, StyleListing
from flashsales.rules import Phase, QuantityTerms, SaleState, StyleCard, max_units_for
from flashsales.selectors.offers import order_minimum_of
from flashsales.selectors.quantities import get_quantity_terms
from flashsales.selectors.sales import NoSuchSale, SaleView, sale_view
from flashsales.sql import styles as statements
from flashsales.sql.styles import ItemPrice
from kernel.refusal import Missing
from kernel.sizes import size_sort_key
from pricing.rules.quote import Labelling
from web.responses import PAGES_ONLY


class StyleNotInSale(Missing):
    code = "flashsales.not_in_sale"
    zh = "该商品不在此专场"
    en = "This style is not in this sale"


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """A size and colour of a style as a reseller sees it: her price, the available units, and how many of them she may still take.

    `reserved_units` of the available ones are kept for her, who waited for them, until `reserved_until` (SALE-13). `draw_units` are given
    out by the draw of the sale, in which she may enter (SALE-25).
    """

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
    reserved_units: int = 0
    reserved_until: datetime | None = None
    draw_units: int = 0


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


def was_offered(style_id: int, *, at: datetime) -> bool:
    """Whether resellers have seen a style: a published sale that has it is or was shown, as a preview or live."""
    shown = StyleListing.objects.filter(sale__state=SaleState.PUBLISHED.value, sale__preview_at__lte=at)
    return shown.filter(style_id=style_id).exists()


def sample_styles(*, tier: int, at: datetime, sale_ids: Sequence[int], limit: int = 3) -> dict[int, list[StyleCard]]:
    """A few styles with available units of each sale, those with a picture first, then the cheapest; in one statement."""
    if not sale_ids:
        return {}
    cards: dict[int, list[StyleCard]] = {}
    for row in statements.find_sample_styles(sale_ids=sale_ids, tier=tier, at=at, limit=limit):
        cards.setdefault(row.sale_id, []).append(row)
    return cards


def get_style_in_sale(*, sale_id: int, style_id: int, tier: int, reseller_id: int, at: datetime) -> StyleInSale:
    """A style of a live sale or a preview with all its items at her price. In a preview `max_units` is 0."""
    row = Sale.objects.select_related("brand").filter(pk=sale_id, state=SaleState.PUBLISHED.value).first()
    if row is None or row.preview_at > at:
        raise NoSuchSale(sale_id=sale_id)
    view = sale_view(row, at=at, tier=tier)
    rows = statements.find_items_of_style(sale_id=sale_id, style_id=style_id, tier=tier, reseller_id=reseller_id, at=at)
    if not rows:
        raise StyleNotInSale
    style = SaleItem.objects.filter(sale_id=sale_id, style_id=style_id).select_related("style__category")[0].style
    sale_taken = SaleTally.objects.filter(sale_id=sale_id, reseller_id=reseller_id).aggregate(n=Sum("units"))["n"] or 0
    sale_taken -= sum(item.reserved_units for item in rows)
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
