"""Sales as ops, brands and resellers list them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db.models import Exists, OuterRef, Q, Sum

from db.rows import view_of
from flashsales.models import Sale, SaleItem, SaleReminder
from flashsales.rules import Phase, SaleState, phase_at
from flashsales.rules.head_start import head_starts_of, opens_at, period_of_tier
from flashsales.selectors.openings import TierOpening, list_openings
from flashsales.sql import sales as statements
from flashsales.sql.sales import StyleSellThrough
from kernel.period import Period
from kernel.refusal import Missing
from pricing.rules.terms import SaleTerms
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NoSuchSale(Missing):
    code = "flashsales.no_such_sale"
    zh = "没有这个专场（{sale_id}）"
    en = "There is no sale {sale_id}"
    sale_id: int


@dataclass(frozen=True, slots=True)
class SaleView:
    """A sale at an instant; `phase` is by the clock of that instant.

    Where it is asked for a tier, `starts_at` and `phase` are those of the tier (SALE-19). `openings`: when it opens for which tiers, empty
    where it opens for all at once; `head_start_minutes` by tier says the same before the opening for all.
    """

    id: int
    brand_id: int
    brand_name: str
    title: str
    phase: Phase
    preview_at: datetime
    starts_at: datetime
    ends_at: datetime
    head_start_minutes: list[int]
    limit_units: int | None
    price_list_id: int | None
    rerun_of_id: int | None
    published_at: datetime | None
    closed_at: datetime | None
    terms: Annotated[dict[str, Any], PAGES_ONLY]
    markdown_ends_at: Annotated[datetime, PAGES_ONLY]
    openings: Annotated[list[TierOpening], PAGES_ONLY]


@dataclass(frozen=True, slots=True)
class SaleTotals:
    """Units of a whole sale, and how many SKUs and styles it offers. Of the held units `draw_units` wait for its draw (SALE-25)."""

    skus: int
    styles: int
    planned: int
    allotted: int
    available: int
    held: int
    sold: int
    returned: int
    draw_units: int

    @property
    def left(self) -> int:
        """The units that nobody has taken: available ones, and those that wait for the draw."""
        return self.available + self.draw_units

    @property
    def grabbable(self) -> int:
        """The allotted units without those that wait for a draw."""
        return self.allotted - self.draw_units


@dataclass(frozen=True, slots=True)
class SaleStockView:
    """How many styles a sale offers, and the units that it was allotted and has left."""

    styles: int
    allotted: int
    available: int


@dataclass(frozen=True, slots=True)
class SaleItemView:
    """A SKU of a sale as ops and its brand see it. Prices in fen. Of the held units `draw_units` wait for the draw (SALE-25)."""

    id: int
    sku_id: int
    style_no: str
    name: str
    colour: str
    size: str
    barcode: str | None
    tag_price_fen: int
    base_price_fen: int
    planned: int
    allotted: int
    available: int
    held: int
    sold: int
    returned: int
    limit_units: int | None
    is_drawn: bool
    draw_units: int


def has_reminder(*, sale_id: int, reseller_id: int) -> bool:
    """Whether a reseller wants to be told before a sale opens."""
    return SaleReminder.objects.filter(sale=sale_id, reseller=reseller_id, withdrawn_at=None).exists()


def get_sale(sale_id: int, *, at: datetime, tier: int | None = None) -> SaleView:
    """A sale; with `tier` as a reseller of it sees it."""
    row = Sale.objects.select_related("brand").filter(pk=sale_id).first()
    if row is None:
        raise NoSuchSale(sale_id=sale_id)
    return sale_view(row, at=at, tier=tier)


def list_sales(
    *, at: datetime, brand_id: int | None = None, phase: Phase | None = None, cursor: str = "", limit: int = 50
) -> Page[SaleView]:
    """All sales, the newest first; of one brand, or in one phase by the clock, where it is named."""
    rows = Sale.objects.select_related("brand")
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    if phase is not None:
        rows = rows.filter(_in_phase(phase, at))
    return paginate(
        rows,
        name="flashsales.sales",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: sale_view(row, at=at),
    )


def find_sale_that_is_live(*, at: datetime, opening_within: timedelta) -> SaleView | None:
    """A sale that is live, or opens within that time; the one that opened or opens first."""
    rows = Sale.objects.select_related("brand").filter(
        state=SaleState.PUBLISHED.value, starts_at__lte=at + opening_within, ends_at__gt=at
    )
    row = rows.order_by("starts_at", "pk").first()
    return sale_view(row, at=at) if row else None


def list_open_sales(*, at: datetime, tier: int | None = None, cursor: str = "", limit: int = 50) -> Page[SaleView]:
    """Live sales and previews, which resellers may see, as those of a tier see them; the sale that ends first comes first."""
    rows = Sale.objects.select_related("brand").filter(
        Q(state=SaleState.PUBLISHED.value), preview_at__lte=at, ends_at__gt=at
    )
    return paginate(
        rows,
        name="flashsales.open_sales",
        order=("ends_at", "id"),
        cursor=cursor,
        limit=limit,
        view=lambda row: sale_view(row, at=at, tier=tier),
    )


def open_sale_ids(sale_ids: Iterable[int], *, at: datetime) -> set[int]:
    """Which of these sales are live or in preview."""
    rows = Sale.objects.filter(
        pk__in=set(sale_ids), state=SaleState.PUBLISHED.value, preview_at__lte=at, ends_at__gt=at
    )
    return set(rows.values_list("pk", flat=True))


def list_items(sale_id: int, *, cursor: str = "", limit: int = 50) -> Page[SaleItemView]:
    rows = SaleItem.objects.filter(sale_id=sale_id).select_related("sku__style")
    return paginate(
        rows, name=f"flashsales.items:{sale_id}", order=("id",), cursor=cursor, limit=limit, view=_item_view
    )


def sale_totals(sale_id: int) -> SaleTotals:
    """The units of a whole sale now, and how many SKUs and styles it has."""
    items = SaleItem.objects.filter(sale_id=sale_id)
    names = ("planned", "allotted", "available", "held", "sold", "returned", "draw_units")
    sums = items.aggregate(**{f"{name}_sum": Sum(name, default=0) for name in names})
    return SaleTotals(
        skus=items.count(),
        styles=items.values("style_id").distinct().count(),
        **{name: sums[f"{name}_sum"] for name in names},
    )


def stock_of_sales(sale_ids: Sequence[int]) -> dict[int, SaleStockView]:
    """What several sales offer and have left; one statement."""
    rows = statements.find_stock_of_sales(sale_ids=sale_ids) if sale_ids else []
    return {each.sale_id: view_of(SaleStockView, each) for each in rows}


def reminded_sale_ids(*, reseller_id: int, sale_ids: Sequence[int]) -> set[int]:
    """Of which of these sales a reseller wants to be told before they open."""
    rows = SaleReminder.objects.filter(sale__in=sale_ids, reseller=reseller_id, withdrawn_at=None)
    return set(rows.values_list("sale_id", flat=True)) if sale_ids else set()


def sell_through(sale_id: int, *, limit: int = 30) -> list[StyleSellThrough]:
    """The styles of a sale; the one that sold the largest share of its offered units comes first."""
    return statements.find_sell_through(sale_id=sale_id, limit=limit)


def sku_ids_of_sale(sale_id: int) -> list[int]:
    """All SKUs that a sale plans or offers, in the order in which they were added."""
    return list(SaleItem.objects.filter(sale_id=sale_id).order_by("pk").values_list("sku_id", flat=True))


def count_open_sales_of_brand(brand_id: int, *, at: datetime) -> int:
    """Published sales of a brand that may still sell: not over, not closed yet, or with units that wait for payment."""
    waiting_for_payment = Exists(SaleItem.objects.filter(sale_id=OuterRef("pk"), held__gt=0))
    may_sell = Q(ends_at__gt=at) | Q(closed_at=None) | waiting_for_payment
    return Sale.objects.filter(may_sell, brand_id=brand_id, state=SaleState.PUBLISHED.value).count()


def _in_phase(phase: Phase, at: datetime) -> Q:
    """The rows that `rules.phase_at` puts into a phase at an instant."""
    if phase in (Phase.DRAFT, Phase.CANCELLED):
        return Q(state=phase.value)
    published = Q(state=SaleState.PUBLISHED.value)
    return (
        published
        & {
            Phase.WAITING: Q(preview_at__gt=at, starts_at__gt=at),
            Phase.PREVIEW: Q(preview_at__lte=at, starts_at__gt=at),
            Phase.LIVE: Q(starts_at__lte=at, ends_at__gt=at),
            Phase.ENDED: Q(ends_at__lte=at),
        }[phase]
    )


def sale_view(row: Sale, *, at: datetime, tier: int | None = None) -> SaleView:
    """A sale at an instant; with `tier` as a reseller of it sees it."""
    starts_at = row.starts_at if tier is None else opens_at(row.starts_at, row.opening_delays, tier)
    return view_of(
        SaleView,
        row,
        brand_name=row.brand.name,
        phase=phase_of(row, tier=tier, at=at),
        starts_at=starts_at,
        head_start_minutes=head_starts_of(row.opening_delays),
        openings=list_openings(row.starts_at, row.opening_delays),
        markdown_ends_at=row.markdown_ends_at or row.ends_at,
    )


def phase_of(row: Sale, *, tier: int | None, at: datetime) -> Phase:
    """The phase of a sale at an instant, for a tier or (None) by its window."""
    window = Period(row.starts_at, row.ends_at)
    period = window if tier is None else period_of_tier(window, row.opening_delays, tier)
    return phase_at(state=SaleState(row.state), preview_at=row.preview_at, period=period, at=at)


def markdown_has_begun(view: SaleView, *, at: datetime) -> bool:
    """Whether the first step of a sale's markdown schedule has been taken: from then on its steps keep their instants (PRICE-10)."""
    schedule = SaleTerms.from_json(view.terms).markdown_schedule
    return schedule is not None and at >= schedule.starts_at(view.markdown_ends_at)


def _item_view(row: SaleItem) -> SaleItemView:
    return view_of(
        SaleItemView,
        row,
        style_no=row.sku.style.style_no,
        name=row.sku.style.name,
        colour=row.sku.colour,
        size=row.sku.size,
        barcode=row.sku.barcode,
        tag_price_fen=row.sku.tag_price_fen,
        base_price_fen=row.sku.base_price_fen,
    )
