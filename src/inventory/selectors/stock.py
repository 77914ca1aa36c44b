"""Reads of categories, SKUs and quantities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from django.db.models import F, Q, QuerySet
from django.utils.translation import get_language

from brands.selectors.brands import brand_ids
from db.rows import view_of
from inventory.models import BrandCategory, Category, Sku, Style
from inventory.sql import stock as sql_stock
from inventory.sql.stock import StockTotals
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


@dataclass(frozen=True, slots=True)
class CategoryView:
    id: int
    code: str
    name_zh: str
    name_en: str
    parent_id: int | None
    admitted: bool

    @property
    def name(self) -> str:
        """In the language of whoever asks."""
        return self.name_en if get_language() == "en" else self.name_zh


@dataclass(frozen=True, slots=True)
class SkuView:
    """A SKU as its brand and ops see it: units on hand, allotted to sales, and free; prices in fen."""

    id: int
    style_id: Annotated[int, PAGES_ONLY]
    style_no: str
    name: str
    category: str
    colour: str
    size: str
    barcode: str | None
    tag_price_fen: int
    base_price_fen: int
    on_hand: int
    allotted: int
    defects: str = ""

    response_properties: ClassVar = ("free",)

    @property
    def free(self) -> int:
        return self.on_hand - self.allotted


def categories() -> list[CategoryView]:
    """The whole tree, parents before children."""
    rows = Category.objects.order_by(F("parent_id").asc(nulls_first=True), "id")
    return [CategoryView(c.pk, c.code, c.name_zh, c.name_en, c.parent_id, c.admitted) for c in rows]


def categories_of_brand(brand_id: int) -> list[str]:
    return list(
        BrandCategory.objects.filter(brand_id=brand_id).order_by("category_id").values_list("category__code", flat=True)
    )


def admitted_categories(brand_id: int) -> list[CategoryView]:
    """The categories that a brand may sell, with those below them; all of them where it has no list of its own."""
    own = BrandCategory.objects.filter(brand_id=brand_id).values_list("category_id", flat=True)
    admitted = {pk for root in own for pk in with_descendants(root)}
    return [each for each in categories() if each.admitted and (not admitted or each.id in admitted)]


def with_descendants(category_id: int) -> list[int]:
    """The ids of a category and of all below it."""
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in Category.objects.values_list("pk", "parent_id"):
        children.setdefault(parent_id, []).append(pk)
    found, open_ids = [], [category_id]
    while open_ids:
        current = open_ids.pop()
        found.append(current)
        open_ids += children.get(current, [])
    return found


def skus_of_brand(
    brand_id: int, *, search: str = "", free_only: bool = False, cursor: str = "", limit: int = 50
) -> Page[SkuView]:
    """A brand's stock, its styles in the order in which they were entered.

    `search` is the beginning of a style number, a part of a name, or a barcode.
    """
    rows = Sku.objects.filter(brand_id=brand_id, listed=True).select_related("style__category")
    if search:
        rows = rows.filter(
            Q(style__style_no__istartswith=search) | Q(style__name__icontains=search) | Q(barcode=search)
        )
    if free_only:
        rows = rows.filter(on_hand__gt=F("allotted"))
    return paginate(
        rows,
        name=f"inventory.skus_of_brand:{brand_id}",
        order=("style_id", "id"),
        cursor=cursor,
        limit=limit,
        view=_sku_view,
    )


def _sku_view(row: Sku) -> SkuView:
    return view_of(
        SkuView,
        row,
        style_no=row.style.style_no,
        name=row.style.name,
        category=row.style.category.name if row.style.category else "",
        defects=row.style.defects,
    )


def style_ids_of_number(style_no: str) -> "QuerySet[Style, int]":
    """The styles with this number, whoever's they are: one look into the index of styles for each brand."""
    typed = style_no.strip()
    found = Style.objects.filter(brand__in=brand_ids(), style_no__in=[typed, typed.upper()])
    return found.values_list("pk", flat=True)


def free_stock(brand_id: int) -> dict[int, dict[int, int]]:
    """Units that are not allotted to a sale, by style and SKU."""
    rows = Sku.objects.filter(brand_id=brand_id, on_hand__gt=F("allotted")).order_by("pk")
    styles: dict[int, dict[int, int]] = {}
    for sku_id, style_id, on_hand, allotted in rows.values_list("pk", "style_id", "on_hand", "allotted"):
        styles.setdefault(style_id, {})[sku_id] = on_hand - allotted
    return styles


def count_free_skus(brand_id: int, *, limit: int) -> int:
    """How many SKUs of a brand have units that are not allotted to a sale; it stops counting at `limit`."""
    return Sku.objects.filter(brand_id=brand_id, on_hand__gt=F("allotted"))[:limit].count()


def names_of_skus(sku_ids: Sequence[int]) -> dict[int, str]:
    """Style number, colour and size, as one would say them."""
    rows = Sku.objects.filter(pk__in=sku_ids).values_list("pk", "style__style_no", "colour", "size")
    return {pk: " ".join(part for part in parts if part) for pk, *parts in rows}


def stock_totals(brand_id: int) -> StockTotals:
    return sql_stock.stock_totals(brand_id=brand_id)
