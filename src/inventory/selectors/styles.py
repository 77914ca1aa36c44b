"""A brand's goods by style, for those who choose what goes into a sale or what a price rule speaks of."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, FilteredRelation, Max, Min, Q, Sum

from db.rows import view_of
from inventory.models import Sku, Style
from kernel.refusal import Missing
from kernel.sizes import size_sort_key
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class StyleStockView:
    """A style with its stock: units on hand and free; the span of its prices in fen."""

    id: int
    style_no: str
    name: str
    category: str
    season: str
    year: int | None
    picture: str
    skus: int
    on_hand: int
    free: int
    least_base_fen: int
    most_base_fen: int
    tag_price_fen: int
    defects: str


class NoSuchStyle(Missing):
    code = "inventory.no_such_style"
    zh = "您的品牌没有这一款"
    en = "Your brand has no such style"


@dataclass(frozen=True, slots=True)
class StyleView:
    """What is known of a style, without its stock."""

    id: int
    style_no: str
    name: str
    fabric: str
    origin: str
    selling_point: str


def get_style(brand_id: int, style_id: int) -> StyleView:
    row = Style.objects.filter(pk=style_id, brand_id=brand_id).first()
    if row is None:
        raise NoSuchStyle
    return view_of(StyleView, row)


def style_of_number(style_no: str, *, brand_id: int) -> StyleView:
    """The style of a brand with this number, whatever the letter case."""
    row = Style.objects.filter(brand_id=brand_id, style_no__iexact=style_no.strip()).first()
    if row is None:
        raise NoSuchStyle
    return view_of(StyleView, row)


def colours_of_style(style_id: int) -> list[str]:
    """The colours of the SKUs of a style, as its brand writes them."""
    rows = Sku.objects.filter(style_id=style_id, listed=True).exclude(colour="")
    return sorted(set(rows.values_list("colour", flat=True)))


def brand_of_style(style_id: int) -> int:
    """The brand of a style that exists."""
    return Style.objects.values_list("brand_id", flat=True).get(pk=style_id)


@dataclass(frozen=True, slots=True)
class StyleSizes:
    style_no: str
    sizes: list[str]


def styles_of_brand(
    brand_id: int,
    *,
    search: str = "",
    category_ids: list[int] | None = None,
    free_only: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> Page[StyleStockView]:
    """Styles by number; `search` is the beginning of a style number or a part of a name."""
    rows = Style.objects.filter(brand_id=brand_id).select_related("category")
    if search:
        rows = rows.filter(Q(style_no__istartswith=search) | Q(name__icontains=search))
    if category_ids is not None:
        rows = rows.filter(category_id__in=category_ids)
    # The goods are named by their brand too: their index begins with it.
    listed = FilteredRelation("skus", condition=Q(skus__listed=True, skus__brand_id=brand_id))
    found = rows.annotate(listed=listed).annotate(
        sku_count=Count("listed"),
        units=Sum("listed__on_hand", default=0),
        bound=Sum("listed__allotted", default=0),
        least_base_fen=Min("listed__base_price_fen"),
        most_base_fen=Max("listed__base_price_fen"),
        tag_price_fen=Max("listed__tag_price_fen"),
    )
    found = found.filter(sku_count__gt=0)
    if free_only:
        found = found.filter(units__gt=F("bound"))
    return paginate(
        found,
        name=f"inventory.styles_of_brand:{brand_id}",
        order=("style_no", "id"),
        cursor=cursor,
        limit=limit,
        view=_style_stock_view,
    )


def sku_ids_of_styles(brand_id: int, style_ids: list[int], *, free_only: bool = False) -> list[int]:
    """The listed SKUs of these styles, as far as they are the brand's."""
    rows = Sku.objects.filter(brand_id=brand_id, style_id__in=style_ids, listed=True)
    if free_only:
        rows = rows.filter(on_hand__gt=F("allotted"))
    return list(rows.order_by("style__style_no", "pk").values_list("pk", flat=True))


def sizes_of_styles(brand_id: int, style_ids: Collection[int]) -> dict[int, StyleSizes]:
    """The number and the listed sizes of these styles by id, as far as they are the brand's."""
    rows = Sku.objects.filter(brand_id=brand_id, style_id__in=style_ids, listed=True)
    found: dict[int, StyleSizes] = {}
    for style_id, style_no, size in rows.values_list("style_id", "style__style_no", "size").distinct():
        found.setdefault(style_id, StyleSizes(style_no, [])).sizes.append(size)
    for each in found.values():
        each.sizes.sort(key=size_sort_key)
    return found


def _style_stock_view(row: Style) -> StyleStockView:
    found = row.__dict__
    return view_of(
        StyleStockView,
        row,
        category=row.category.name if row.category else "",
        skus=found["sku_count"],
        on_hand=found["units"],
        free=found["units"] - found["bound"],
        least_base_fen=found["least_base_fen"],
        most_base_fen=found["most_base_fen"],
        tag_price_fen=found["tag_price_fen"],
    )
