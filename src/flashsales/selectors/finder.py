"""The finder: styles on show at the price of a tier, filtered and in an order, and how many there are (SALE-11).

Pages and programs know this module; which tables, indexes and statements serve it is its own affair.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from db.rows import view_of
from flashsales.models import Sale
from flashsales.rules import QuantityTerms, SaleState
from flashsales.rules.finder import Sort, StyleFilter
from flashsales.rules.head_start import opens_at
from flashsales.selectors.offers import read_quantity_terms
from flashsales.sql import finder as statements
from flashsales.sql.finder import FoundStyle
from inventory.selectors.stock import with_descendants
from kernel.sizes import size_sort_key
from web.pagination import Page, decode_place, encode_place

_NAME = "flashsales.found_styles"


@dataclass(frozen=True, slots=True)
class ListedStyle:
    """A style in a list, at the lowest price of its SKUs for one tier. `label_cut`: at least one SKU is sold with its label cut.

    `quantity_terms`: in which quantities it is ordered; None where single pieces can be. `draw_units` are given out by a draw (SALE-25).
    """

    sale_id: int
    sale_title: str
    brand_name: str
    starts_at: datetime
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
    draw_units: int = 0


@dataclass(frozen=True, slots=True)
class HitCount:
    """How many styles pass a filter: exact below `statements.COUNT_LIMIT`, else "999+"."""

    count: int
    is_exact: bool

    def __str__(self) -> str:
        return str(self.count) if self.is_exact else f"{self.count}+"


@dataclass(frozen=True, slots=True)
class OfferedChoices:
    """What filters may ask for: brands by id, categories, and sizes in order, of the sales on show."""

    brands: dict[int, str]
    category_ids: set[int]
    sizes: list[str]


def find_styles(
    *, tier: int, at: datetime, filters: StyleFilter, cursor: str = "", limit: int = 24
) -> Page[ListedStyle]:
    """Styles of live sales at the price of a tier; with `sale_id` also those of a preview (SALE-8).

    Orders by price and discount go by the frozen prices. The prices shown and filtered are those after the markdown steps.
    """
    order: tuple[str, str] = (filters.sort, "id")
    beyond = None
    if cursor:
        place, last_id = decode_place(cursor, name=_NAME, order=order, types=(_place_type(filters.sort), int))
        beyond = (place, last_id)
    found = statements.find_styles(
        tier=tier, at=at, filters=filters, category_ids=categories_of(filters), beyond=beyond, limit=limit + 1
    )
    shown = found[:limit]
    listed = [_listed(row) for row in shown]
    more = len(found) > limit
    return Page(listed, encode_place((shown[-1].place, shown[-1].row_id), name=_NAME, order=order) if more else None)


def get_listed(*, tier: int, at: datetime, places: Collection[tuple[int, int]]) -> list[ListedStyle]:
    """Styles of live sales by sale and style, in the order asked for; those that are not on show are absent."""
    rows = statements.find_listed(tier=tier, at=at, places=sorted(set(places))) if places else []
    listed = {(row.sale_id, row.style_id): _listed(row) for row in rows}
    return [listed[place] for place in places if place in listed]


def _listed(row: FoundStyle) -> ListedStyle:
    return view_of(
        ListedStyle,
        row,
        sizes=sorted(row.sizes, key=size_sort_key),
        quantity_terms=read_quantity_terms(row.quantity_terms),
    )


def count_styles(*, tier: int, at: datetime, filters: StyleFilter) -> HitCount:
    """How many styles `find_styles` lists, exact to 999."""
    count = statements.count_styles(tier=tier, at=at, filters=filters, category_ids=categories_of(filters))
    limit = statements.COUNT_LIMIT
    return HitCount(min(count, limit - 1), is_exact=count < limit)


def get_choices(*, at: datetime, tier: int | None = None, sale_id: int | None = None) -> OfferedChoices:
    """The choices of all live sales, where a tier is named those open for it, or of one sale that is live or in preview; one statement."""
    rows = Sale.objects.filter(Q(state=SaleState.PUBLISHED.value), ends_at__gt=at)
    rows = rows.filter(starts_at__lte=at) if sale_id is None else rows.filter(pk=sale_id, preview_at__lte=at)
    brands: dict[int, str] = {}
    category_ids: set[int] = set()
    sizes: set[str] = set()
    listed = rows.order_by("ends_at", "id").values_list(
        "starts_at", "opening_delays", "brand_id", "brand__name", "listed_category_ids", "listed_sizes"
    )
    for starts_at, delays, brand_id, brand_name, of_categories, of_sizes in listed:
        if sale_id is None and tier is not None and opens_at(starts_at, delays, tier) > at:
            continue
        brands[brand_id] = brand_name
        category_ids.update(of_categories or ())
        sizes.update(of_sizes or ())
    return OfferedChoices(brands, category_ids, sorted(sizes, key=size_sort_key))


def categories_of(filters: StyleFilter) -> list[int]:
    """The category of a filter with all below it; none where it names no category."""
    return [] if filters.category_id is None else with_descendants(filters.category_id)


def _place_type(sort: Sort) -> type:
    return datetime if sort == "newest" else int
