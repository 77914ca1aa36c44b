"""Forwards as their reseller sees them, and the page that a customer opens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import get_language

from aftersales.selectors.customer_photos import list_shown_photos
from db.rows import view_of
from flashsales.rules import Phase
from flashsales.selectors.sales import SaleView, sale_view
from forwarding.models import Forward, ForwardStyle
from forwarding.rules.packs import SoldOut, without_sold_out
from forwarding.rules.pages import (
    GENERIC_NAME,
    GENERIC_NAME_IN_ENGLISH,
    MAX_STYLES_PER_PAGE,
    CustomerView,
    PageSource,
    SelectedStyle,
    SourceItem,
    SourcePhoto,
    SourcePicture,
    SourceStyle,
    customer_view,
)
from forwarding.selectors.seller_pictures import picture_of
from forwarding.selectors.wishes import new_wishes_of_forwards
from forwarding.sql.pages import find_former_styles, find_priced_items, find_sale_names
from inventory.selectors.pictures import list_pictures
from inventory.selectors.size_charts import charts_of_styles
from kernel.refusal import Missing
from kernel.sizes import size_sort_key
from membership.selectors.histories import get_tier
from pricing.rules.quote import Labelling
from web.pagination import Page, paginate


class NoSuchForward(Missing):
    code = "forwarding.no_such_forward"
    zh = "没有这个分享，或链接不完整"
    en = "There is no such page, or the address is incomplete"


@dataclass(frozen=True, slots=True)
class ForwardView:
    """A forward with its views, the wishes that customers left, and the orders that wishes became.

    `selected_styles` counts the styles of a selection and is 0 for others; the picture of a selection is that of its first style. The
    page of a selection is open as long as any of its sales: `ends_at` is when the next of them closes.
    """

    id: int
    token: str
    sale_id: int
    sale_title: str
    style_id: int | None
    style_no: str
    style_name: str
    picture: str
    selected_styles: int
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    stopped_at: datetime | None
    views: int
    wishes: int
    new_wishes: int
    orders: int
    sold_out: SoldOut
    sold_out_hours: int
    remark: str

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None and self.phase in (Phase.PREVIEW, Phase.LIVE)


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """The page of a forward: what a customer sees, and when it is open. Nothing else reaches her page.

    A storefront has no end: its `ends_at` is None.
    """

    forward_id: int
    reseller_id: int
    token: str
    view: CustomerView
    phase: Phase
    starts_at: datetime
    ends_at: datetime | None
    stopped: bool
    seller_active: bool
    is_storefront: bool = False
    seller_picture: str = ""
    """The hash of the reseller's own picture, "" where she has none."""

    @property
    def is_open(self) -> bool:
        return self.seller_active and not self.stopped and self.phase in (Phase.PREVIEW, Phase.LIVE)


def list_forwards(reseller_id: int, *, at: datetime, cursor: str = "", limit: int = 20) -> Page[ForwardView]:
    """The forwards of a reseller, the newest first; without the addresses of her storefront."""
    rows = _with_counts(Forward.objects.filter(reseller_id=reseller_id, sale__isnull=False), at)
    return paginate(
        rows,
        name=f"forwarding.forwards:{reseller_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, at),
    )


def get_forward(reseller_id: int, forward_id: int, *, at: datetime) -> ForwardView:
    row = _with_counts(Forward.objects.filter(pk=forward_id, reseller_id=reseller_id, sale__isnull=False), at).first()
    if row is None:
        raise NoSuchForward
    return _view(row, at)


@dataclass(frozen=True, slots=True)
class ForwardAddress:
    """A forward, or an address of a storefront, by its id; the page that customers open has the token."""

    id: int
    token: str
    is_storefront: bool


def get_forward_address(reseller_id: int, forward_id: int) -> ForwardAddress:
    """Where customers open a forward of hers. Refuses another reseller's."""
    row = Forward.objects.filter(pk=forward_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchForward
    return ForwardAddress(row.pk, row.token, row.sale_id is None)


def get_customer_page(token: str, *, at: datetime) -> CustomerPage:
    """The page of a forward as its customers see it (FORWARD-2 to FORWARD-4, FORWARD-7)."""
    rows = with_seller(Forward.objects.filter(sale__isnull=False)).select_related("sale__brand")
    row = rows.filter(token=token).first() if 0 < len(token) <= 24 else None
    if row is None:
        raise NoSuchForward
    return build_customer_page(row, at=at)


def get_own_customer_page(reseller_id: int, forward_id: int, *, at: datetime) -> CustomerPage:
    """The same page for its reseller, by the id of the forward."""
    rows = with_seller(Forward.objects.filter(sale__isnull=False)).select_related("sale__brand")
    row = rows.filter(pk=forward_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchForward
    return build_customer_page(row, at=at)


def shown_styles(reseller_id: int, forward_id: int, *, at: datetime) -> list[SelectedStyle]:
    """The styles that her page shows now, each with the sale that offers it."""
    row = Forward.objects.filter(pk=forward_id, reseller_id=reseller_id, sale__isnull=False).first()
    if row is None:
        raise NoSuchForward
    sales = {each.style_id: each.sale_id for each in row.selected_styles.all()}
    page = get_own_customer_page(reseller_id, forward_id, at=at)
    if not page.is_open:
        return []
    return [SelectedStyle(sales.get(each.style_id, row.sale_id or 0), each.style_id) for each in page.view.styles]


def is_english() -> bool:
    """Whether whoever asks reads English; a background job does not."""
    return get_language() == "en"


def with_seller(rows: QuerySet[Forward]) -> QuerySet[Forward]:
    """Forwards with what customers see of their reseller."""
    return rows.select_related("reseller__person", "reseller__seller_picture")


def build_customer_page(row: Forward, *, at: datetime) -> CustomerPage:
    """What a customer sees of a forward. The row comes with its sale and brand, and with its reseller and person."""
    selected = list(_with_goods(row.selected_styles.order_by("position"))) if row.selection else []
    sales = _sales_of(row, selected, at)
    window = _window(sales)
    if row.selection:
        view = _selection_view(row, selected, {each.id for each in sales.values() if _is_open(each)}, at)
    else:
        source = load_page_source(row.reseller_id, window.id, row.style_id, at=at)
        view = customer_view(replace(source, remark=row.remark))
    return CustomerPage(
        forward_id=row.pk,
        reseller_id=row.reseller_id,
        token=row.token,
        view=without_sold_out(
            view, SoldOut(row.sold_out), hours=row.sold_out_hours, forwarded_at=row.created_at, at=at
        ),
        phase=window.phase,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        stopped=row.stopped_at is not None,
        seller_active=row.reseller.person.is_active,
        seller_picture=picture_of(row),
    )


def _selection_view(
    row: Forward, selected: Sequence[ForwardStyle], open_sales: Collection[int], at: datetime
) -> CustomerView:
    """What a customer sees of a selection. A style leaves it when its own sale ends (FORWARD-12), and hides the brands even then."""
    source = load_selection_source(row.reseller_id, selected, at=at)
    view = customer_view(replace(source, remark=row.remark))
    chosen = [each for each in selected if each.sale_id in open_sales]
    if len(chosen) == len(selected):
        return view
    if view.brand_hidden:
        shown = {each.style_id for each in chosen}
        return replace(view, styles=tuple(each for each in view.styles if each.style_id in shown))
    source = load_selection_source(row.reseller_id, chosen, at=at)
    return customer_view(replace(source, remark=row.remark))


def load_page_source(reseller_id: int, sale_id: int, style_id: int | None, *, at: datetime) -> PageSource:
    """What the platform knows of the styles that a reseller has priced in a sale, or of one style; the style priced last comes first."""
    return _load_source(reseller_id, [(sale_id, style_id)], with_former=True, at=at)


def load_selection_source(
    reseller_id: int, chosen: Sequence[ForwardStyle], *, with_former: bool = True, at: datetime
) -> PageSource:
    """What the platform knows of the chosen styles that a reseller has priced, in their order, each with its position.

    `with_former`: also of those of them that she priced before; a storefront asks for these by brand.
    """
    source = _load_source(
        reseller_id, [(each.sale_id, each.style_id) for each in chosen], with_former=with_former, at=at
    )
    positions = {each.style_id: each.position for each in chosen}
    return replace(source, styles=tuple(replace(each, position=positions[each.style_id]) for each in source.styles))


def _load_source(
    reseller_id: int, chosen: Sequence[tuple[int, int | None]], *, with_former: bool, at: datetime
) -> PageSource:
    tier = get_tier(reseller_id, at)
    english = is_english()
    rows = find_priced_items(
        reseller_id=reseller_id,
        tier=tier,
        chosen=chosen,
        max_styles=MAX_STYLES_PER_PAGE,
        english=english,
    )
    sale_ids = sorted({sale_id for sale_id, _ in chosen})
    sales = {each.sale_id: each for each in find_sale_names(reseller_id=reseller_id, tier=tier, sale_ids=sale_ids)}
    items: dict[int, list[SourceItem]] = {}
    for row in sorted(rows, key=lambda each: (each.colour, size_sort_key(each.size))):
        items.setdefault(row.style_id, []).append(
            SourceItem(row.item_id, row.colour, row.size, row.available, row.labelling is Labelling.CUT, row.is_drawn)
        )
    floors: dict[int, list[int]] = {}
    for row in rows:
        if row.labelling is Labelling.KEPT and row.floor_fen is not None:
            floors.setdefault(row.style_id, []).append(row.floor_fen)
    first = {row.style_id: row for row in reversed(rows)}
    tag_prices = {row.style_id: row.tag_price_fen for row in sorted(rows, key=lambda each: each.tag_price_fen)}
    pictures = list_pictures(first.keys(), without_logos=False)
    charts = charts_of_styles(first.keys())
    photos = list_shown_photos(reseller_id, first.keys()) if first else {}
    styles = tuple(
        view_of(
            SourceStyle,
            first[each],
            floor_fen=max(floors.get(each, ()), default=None),
            items=tuple(items[each]),
            brand_name=sales[first[each].sale_id].brand_name,
            starts_at=sales[first[each].sale_id].starts_at,
            ends_at=sales[first[each].sale_id].ends_at,
            position=None,
            generic_name=GENERIC_NAME_IN_ENGLISH if english else GENERIC_NAME,
            tag_price_fen=tag_prices[each],
            size_chart=charts.get(each, ()),
            customer_photos=tuple(SourcePhoto(shown.id, shown.has_logo) for shown in photos.get(each, ())),
            pictures=tuple(
                SourcePicture(shown.sha256, shown.has_logo) for shown in pictures.get(each, ()) if shown.ready
            ),
        )
        for each in dict.fromkeys(row.style_id for row in rows)
    )
    return PageSource(
        brand_name=_only({each.brand_name for each in sales.values()}),
        sale_title=_only([each.sale_title for each in sales.values()]),
        reseller_name=_only({each.reseller_name for each in sales.values()}),
        styles=styles,
        former_styles=tuple(find_former_styles(reseller_id=reseller_id, tier=tier, chosen=chosen, without=list(first)))
        if with_former
        else (),
    )


def _only(names: Collection[str]) -> str:
    """The name, where there is one; "" where there are several."""
    return next(iter(names)) if len(names) == 1 else ""


def _sales_of(row: Forward, selected: Sequence[ForwardStyle], at: datetime) -> dict[int, SaleView]:
    """The sales of a forward as they are now for its reseller (SALE-19), by id."""
    rows = [each.sale for each in selected]
    if not rows:
        if row.sale is None:  # Its page is built in `selectors.storefronts`.
            raise ValueError(f"forward {row.pk} is an address of a storefront")
        rows = [row.sale]
    # Her tier is asked for only where it matters: pages for customers have a budget of statements.
    tier = get_tier(row.reseller_id, at) if any(each.opening_delays for each in rows) else None
    return {each.pk: sale_view(each, at=at, tier=tier) for each in rows}


def _is_open(sale: SaleView) -> bool:
    return sale.phase in (Phase.PREVIEW, Phase.LIVE)


def _window(sales: Mapping[int, SaleView]) -> SaleView:
    """The sale that says how the page stands: of the open ones, live ones first, that which ends next; else that which ended last."""
    is_open = [sale for sale in sales.values() if _is_open(sale)]
    if is_open:
        return min(is_open, key=lambda sale: (sale.phase is not Phase.LIVE, sale.ends_at, sale.id))
    return max(sales.values(), key=lambda sale: (sale.ends_at, sale.id))


def _with_goods(rows: QuerySet[ForwardStyle]) -> QuerySet[ForwardStyle]:
    return rows.select_related("sale__brand", "style")


def _with_counts(rows: QuerySet[Forward], at: datetime) -> QuerySet[Forward]:
    selected = Prefetch("selected_styles", queryset=_with_goods(ForwardStyle.objects.order_by("position")))
    return (
        rows.select_related("sale__brand", "style")
        .prefetch_related(selected)
        .annotate(
            wish_count=Count("wishes"),
            new_wish_count=new_wishes_of_forwards(at),
            order_count=Count("wishes", filter=Q(wishes__order__isnull=False)),
        )
    )


def _view(row: Forward, at: datetime) -> ForwardView:
    counts = row.__dict__
    selected = list(row.selected_styles.all())
    window = _window(_sales_of(row, selected, at))
    cover = selected[0].style if selected else row.style
    return view_of(
        ForwardView,
        row,
        sale_title=window.title,
        style_no=row.style.style_no if row.style else "",
        style_name=row.style.name if row.style else "",
        picture=cover.picture if cover else "",
        selected_styles=len(selected),
        phase=window.phase,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        wishes=counts["wish_count"],
        new_wishes=counts["new_wish_count"],
        orders=counts["order_count"],
        sold_out=SoldOut(row.sold_out),
    )
