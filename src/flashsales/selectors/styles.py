"""What a reseller of some tier sees of the goods of open sales. Nothing here tells the supply side: no base price, no commission."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from db import sql
from flashsales.models import ItemTally, Sale, SaleItem, SaleTally, Shelf
from flashsales.rules import Phase, SaleState, max_units_for
from flashsales.selectors.sales import NoSuchSale, SaleView, sale_view
from inventory.selectors.stock import with_descendants
from kernel.refusal import Missing
from kernel.sizes import size_sort_key
from web.pagination import Page, paginate


@dataclass(eq=False)
class StyleNotInSale(Missing):
    code = "flashsales.not_in_sale"
    zh = "该商品不在此专场"
    en = "These goods are not in this sale"


@dataclass(frozen=True, slots=True)
class StyleFilter:
    """How a reseller picks goods. Prices in fen at her tier; a discount is the most she pays of the tag price, as 0.3 for 3折."""

    sale_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = None
    size: str = ""
    least_fen: int | None = None
    most_fen: int | None = None
    most_of_tag_percent: int | None = None
    only_left: bool = False
    dearest_first: bool = False


@dataclass(frozen=True, slots=True)
class ListedStyle:
    """A style of a live sale at one tier's lowest price. `label_cut`: at least one of its SKUs is sold with its label cut."""

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
    left: int


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """A size and colour that can be grabbed: her price, what is left, and how many of it she may still take."""

    item_id: int
    sku_id: int
    colour: str
    size: str
    price_row_id: int
    price_fen: int
    tag_price_fen: int
    label_cut: bool
    retail_floor_fen: int | None
    left: int
    may_take: int
    limit_units: int | None


@dataclass(frozen=True, slots=True)
class StyleInSale:
    sale: SaleView
    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    items: list[OfferedItem] = field(default_factory=list)
    defects: str = ""

    @property
    def label_cut(self) -> bool:
        return any(item.label_cut for item in self.items)

    @property
    def retail_floor_fen(self) -> int | None:
        """The highest floor among the labelled SKUs: the one that a retail price for the whole style must keep."""
        return max((item.retail_floor_fen for item in self.items if item.retail_floor_fen is not None), default=None)

    @property
    def highest_price_fen(self) -> int:
        """What the size and colour costs her that costs most: sold for less, some of the style are sold at a loss."""
        return max(item.price_fen for item in self.items)


def list_styles(
    *, tier: int, at: datetime, filters: StyleFilter, cursor: str = "", limit: int = 24
) -> Page[ListedStyle]:
    """Styles of live sales at a tier's price, cheapest first (or dearest); of one sale, where it is named, as soon as its preview (SALE-8).

    The order is that of the frozen prices, which an index keeps; what is shown and filtered is what a markdown schedule has made of them.
    """
    rows = _filtered(_shelf(tier, at, filters.sale_id).select_related("sale__brand", "style"), filters)
    order = ("-from_price_fen", "-id") if filters.dearest_first else ("from_price_fen", "id")
    page = paginate(rows, order=order, cursor=cursor, limit=limit, view=lambda row: row)
    left = _units_left([(row.sale_id, row.style_id) for row in page.items])
    return Page([_shelf_view(row, left.get((row.sale_id, row.style_id), 0)) for row in page.items], page.next_cursor)


@dataclass(frozen=True, slots=True)
class StyleCard:
    """A style on the card of its sale."""

    sale_id: int
    style_id: int
    style_no: str
    name: str
    picture: str
    from_price_fen: int


def cheapest_styles(*, tier: int, at: datetime, sale_ids: Sequence[int], limit: int = 3) -> dict[int, list[StyleCard]]:
    """The cheapest styles of each of these sales of which something is left, at a tier's price; in one statement."""
    rows = sql.rows(_FIRST_GOODS, {"sales": list(sale_ids), "tier": tier, "at": at, "size": limit}) if sale_ids else []
    found: dict[int, list[StyleCard]] = {}
    for row in rows:
        found.setdefault(row["sale_id"], []).append(StyleCard(**row))
    return found


_FIRST_GOODS = """
SELECT s.id AS sale_id, first.style_id, y.style_no, y.name, y.picture,
       pricing_price_at(first.from_price_fen, first.lowest_fen, f.terms, coalesce(s.markdown_ends_at, s.ends_at), %(at)s)
           AS from_price_fen
FROM unnest(%(sales)s::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN flashsales_sale s ON s.id = asked.id
JOIN pricing_pricelist f ON f.id = s.price_list_id
CROSS JOIN LATERAL (
    SELECT h.id, h.style_id, h.from_price_fen, h.lowest_fen FROM flashsales_shelf h
    WHERE h.sale_id = s.id AND h.tier = %(tier)s AND EXISTS (
        SELECT FROM flashsales_saleitem i WHERE i.sale_id = h.sale_id AND i.style_id = h.style_id AND i.available > 0
    ) ORDER BY h.from_price_fen, h.id LIMIT %(size)s
) AS first
JOIN inventory_style y ON y.id = first.style_id
ORDER BY asked.place, first.from_price_fen, first.id
"""


def sizes_on_sale(*, tier: int, at: datetime, sale_id: int | None = None) -> list[str]:
    """The sizes that a size filter can offer now."""
    rows = _shelf(tier, at, sale_id)
    found = {size for row in rows.only("sizes") for size in row.sizes}
    return sorted(found, key=size_sort_key)


def categories_on_sale(*, tier: int, at: datetime, sale_id: int | None = None) -> set[int]:
    """The categories that a category filter can offer now."""
    rows = _shelf(tier, at, sale_id).exclude(category_id=None)
    return {pk for pk in rows.values_list("category_id", flat=True).distinct() if pk is not None}


def get_style_in_sale(*, sale_id: int, style_id: int, tier: int, reseller_id: int, at: datetime) -> StyleInSale:
    """A style with all its sizes at her price; of a preview too, where nothing can be taken yet."""
    row = Sale.objects.select_related("brand").filter(pk=sale_id, state=SaleState.PUBLISHED.value).first()
    if row is None or row.preview_at > at:
        raise NoSuchSale(sale_id=sale_id)
    view = sale_view(row, at=at)
    found = sql.rows(_STYLE, {"sale": sale_id, "style": style_id, "tier": tier, "reseller": reseller_id, "at": at})
    if not found:
        raise StyleNotInSale
    style = SaleItem.objects.filter(sale_id=sale_id, style_id=style_id).select_related("style__category")[0].style
    sale_taken = SaleTally.objects.filter(sale_id=sale_id, reseller_id=reseller_id).aggregate(n=Sum("units"))["n"] or 0
    items = []
    for item in sorted(found, key=lambda each: (each["colour"], size_sort_key(each["size"]))):
        limits = [(row.limit_units, sale_taken), (item["limit_units"], item["taken"])]
        may_take = max_units_for(available=item["available"], limits=limits) if view.phase is Phase.LIVE else 0
        items.append(
            OfferedItem(
                item_id=item["id"],
                sku_id=item["sku_id"],
                colour=item["colour"],
                size=item["size"],
                price_row_id=item["price_row_id"],
                price_fen=item["price_fen"],
                tag_price_fen=item["tag_price_fen"],
                label_cut=item["labelling"] == "cut",
                retail_floor_fen=item["retail_floor_fen"],
                left=item["available"],
                may_take=may_take,
                limit_units=item["limit_units"],
            )
        )
    category = style.category.name if style.category else ""
    return StyleInSale(view, style.pk, style.style_no, style.name, category, style.picture, items, style.defects)


@dataclass(frozen=True, slots=True)
class ItemPrice:
    """What a sale item costs a tier at an instant, and which goods it is, in words."""

    goods: str
    price_fen: int


def item_prices(*, item_ids: Sequence[int], tier: int, at: datetime) -> dict[int, ItemPrice]:
    """What sale items cost a tier at an instant, by the markdown schedules of their sales."""
    rows = sql.rows(_ITEM_PRICES, {"items": list(item_ids), "tier": tier, "at": at})
    return {row["id"]: ItemPrice(row["goods"], row["price_fen"]) for row in rows}


_ITEM_PRICES = """
SELECT i.id, concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods,
       pricing_price_at(p.wholesale_fen, p.lowest_fen, f.terms, coalesce(s.markdown_ends_at, s.ends_at),
                        least(%(at)s, s.ends_at - interval '1 microsecond')) AS price_fen
FROM flashsales_saleitem i
JOIN flashsales_sale s ON s.id = i.sale_id
JOIN inventory_sku k ON k.id = i.sku_id
JOIN inventory_style y ON y.id = i.style_id
JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
JOIN pricing_pricelist f ON f.id = s.price_list_id
WHERE i.id = ANY (%(items)s)
"""


def units_taken(*, reseller_id: int, item_ids: Sequence[int]) -> dict[int, int]:
    """Units of these sale items that a reseller holds or has bought."""
    rows = ItemTally.objects.filter(reseller_id=reseller_id, item_id__in=item_ids)
    return dict(rows.values_list("item_id", "units"))


_STYLE = """
SELECT i.id, i.sku_id, k.colour, k.size, i.available, i.limit_units, coalesce(t.units, 0) AS taken, p.id AS price_row_id,
       pricing_price_at(p.wholesale_fen, p.lowest_fen, f.terms, coalesce(s.markdown_ends_at, s.ends_at),
                        least(%(at)s, s.ends_at - interval '1 microsecond')) AS price_fen,
       p.tag_price_fen, p.labelling, p.retail_floor_fen
FROM flashsales_saleitem i
JOIN flashsales_sale s ON s.id = i.sale_id
JOIN inventory_sku k ON k.id = i.sku_id
JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
JOIN pricing_pricelist f ON f.id = s.price_list_id
LEFT JOIN flashsales_itemtally t ON t.item_id = i.id AND t.reseller_id = %(reseller)s
WHERE i.sale_id = %(sale)s AND i.style_id = %(style)s
"""


def _shelf(tier: int, at: datetime, sale_id: int | None) -> QuerySet[Shelf]:
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
    return Shelf.objects.filter(tier=tier, sale__in=sales).annotate(price_now_fen=price_now)


def _filtered(rows: QuerySet[Shelf], wanted: StyleFilter) -> QuerySet[Shelf]:
    conditions = Q()
    if wanted.brand_id is not None:
        conditions &= Q(sale__brand_id=wanted.brand_id)
    if wanted.category_id is not None:
        conditions &= Q(category_id__in=with_descendants(wanted.category_id))
    if wanted.size:
        conditions &= Q(sizes__contains=[wanted.size])
    if wanted.least_fen is not None:
        conditions &= Q(price_now_fen__gte=wanted.least_fen)
    if wanted.most_fen is not None:
        conditions &= Q(price_now_fen__lte=wanted.most_fen)
    if wanted.most_of_tag_percent is not None:
        conditions &= Q(price_now_fen__lte=F("tag_price_fen") * wanted.most_of_tag_percent / 100)
    if wanted.only_left:
        left = SaleItem.objects.filter(sale_id=OuterRef("sale_id"), style_id=OuterRef("style_id"), available__gt=0)
        conditions &= Q(Exists(left))
    return rows.filter(conditions)


def _units_left(wanted: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    pairs = SaleItem.objects.filter(
        sale_id__in={sale_id for sale_id, _ in wanted}, style_id__in={style_id for _, style_id in wanted}
    )
    sums = pairs.values("sale_id", "style_id").annotate(left=Sum("available"))
    return {(row["sale_id"], row["style_id"]): row["left"] for row in sums}


def _shelf_view(row: Shelf, left: int) -> ListedStyle:
    return ListedStyle(
        sale_id=row.sale_id,
        sale_title=row.sale.title,
        brand_name=row.sale.brand.name,
        ends_at=row.sale.ends_at,
        style_id=row.style_id,
        style_no=row.style.style_no,
        name=row.style.name,
        picture=row.style.picture,
        from_price_fen=row.price_now_fen,  # type: ignore[attr-defined]  # annotated by _live_shelf
        tag_price_fen=row.tag_price_fen,
        label_cut=row.label_cut,
        sizes=sorted(row.sizes, key=size_sort_key),
        left=left,
    )
