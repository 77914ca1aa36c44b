"""The quantity terms of styles: what a brand has set, and what ops has set for one sale instead (SALE-9)."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from flashsales.models import SaleItem, StyleQuantityTerms
from flashsales.rules import QuantityTerms
from flashsales.selectors.offers import quantity_terms_of
from inventory.selectors.styles import StyleSizes, sizes_of_styles, styles_of_brand
from web.pagination import Page


@dataclass(frozen=True, slots=True)
class StyleQuantityView:
    """A style with its listed sizes and the terms that its brand has set; None where single pieces can be ordered."""

    style_id: int
    style_no: str
    name: str
    picture: str
    sizes: list[str]
    terms: QuantityTerms | None


@dataclass(frozen=True, slots=True)
class SaleQuantityView:
    """A style of a sale: the terms of its brand, and whether ops set others for this sale. `terms` are those in force."""

    style_id: int
    style_no: str
    name: str
    sizes: list[str]
    brand_terms: QuantityTerms | None
    is_set_for_sale: bool
    terms: QuantityTerms | None


def list_style_quantities(
    brand_id: int, *, search: str = "", cursor: str = "", limit: int = 50
) -> Page[StyleQuantityView]:
    """The styles of a brand by number. `search`: the beginning of a style number or a part of a name."""
    page = styles_of_brand(brand_id, search=search, cursor=cursor, limit=limit)
    ids = [each.id for each in page.items]
    sizes, terms = sizes_of_styles(brand_id, ids), _terms_of_styles(ids, sale_id=None)
    views = [
        StyleQuantityView(
            style_id=each.id,
            style_no=each.style_no,
            name=each.name,
            picture=each.picture,
            sizes=sizes.get(each.id, StyleSizes("", [])).sizes,
            terms=terms.get((each.id, None)),
        )
        for each in page.items
    ]
    return Page(views, page.next_cursor)


def list_sale_quantities(sale_id: int, brand_id: int) -> list[SaleQuantityView]:
    """The styles of a sale by number, with the terms in force."""
    rows = SaleItem.objects.filter(sale_id=sale_id).values_list("style_id", "style__style_no", "style__name").distinct()
    styles = sorted(rows, key=lambda row: (row[1], row[0]))
    ids = [style_id for style_id, _, _ in styles]
    sizes, terms = sizes_of_styles(brand_id, ids), _terms_of_styles(ids, sale_id=sale_id)
    return [
        SaleQuantityView(
            style_id=style_id,
            style_no=style_no,
            name=name,
            sizes=sizes.get(style_id, StyleSizes("", [])).sizes,
            brand_terms=terms.get((style_id, None)),
            is_set_for_sale=(style_id, sale_id) in terms,
            terms=terms.get((style_id, sale_id), terms.get((style_id, None))),
        )
        for style_id, style_no, name in styles
    ]


def get_quantity_terms(style_id: int, *, sale_id: int) -> QuantityTerms | None:
    """The terms of a style in a sale; None where single pieces can be ordered."""
    terms = _terms_of_styles([style_id], sale_id=sale_id)
    return terms.get((style_id, sale_id), terms.get((style_id, None)))


def get_terms_of_listed(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], QuantityTerms | None]:
    """The terms in force by sale and style; one statement, and none for no places."""
    if not places:
        return {}
    sale_ids, style_ids = {sale_id for sale_id, _ in places}, {style_id for _, style_id in places}
    rows = StyleQuantityTerms.objects.filter(Q(sale=None) | Q(sale_id__in=sale_ids), style_id__in=style_ids)
    found = {(row.style_id, row.sale_id): quantity_terms_of(row.terms) for row in rows}
    return {(sale, style): found.get((style, sale), found.get((style, None))) for sale, style in places}


def _terms_of_styles(
    style_ids: Collection[int], *, sale_id: int | None
) -> dict[tuple[int, int | None], QuantityTerms | None]:
    """By style and sale; the sale is None for the terms of the brand."""
    sales = Q(sale=None) if sale_id is None else Q(sale=None) | Q(sale_id=sale_id)
    rows = StyleQuantityTerms.objects.filter(sales, style_id__in=style_ids)
    return {(row.style_id, row.sale_id): quantity_terms_of(row.terms) for row in rows}
