"""The prices of a sale by tier: as publication would freeze them, or as it froze them, and the explanation of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, cursor_of, render_page
from console.plot import Histogram, histogram
from flashsales.selectors import sales
from flashsales.selectors.sales import SaleItemView, SaleView
from inventory.selectors.stock import names_of_skus
from kernel import clock
from membership.rules.tiers import TIER_COUNT
from pricing.rules.quote import Labelling
from pricing.rules.terms import SaleTerms
from pricing.selectors import price_lists
from pricing.selectors.price_lists import PreviewRow
from web.query_parameters import accepts_parameters, cursor


@dataclass(frozen=True, slots=True)
class ItemPrices:
    """One SKU of a sale with its prices by tier."""

    item: SaleItemView
    by_tier: list[PreviewRow | price_lists.FrozenRow | None]

    @property
    def first(self) -> PreviewRow | price_lists.FrozenRow | None:
        return self.by_tier[0]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the rules do to all SKUs of a draft, for the tier with the lowest prices."""

    kept: int
    cut: int
    excluded: int
    broken: list[PreviewRow]
    broken_count: int
    prices: Histogram
    margins: Histogram


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def sale_prices(request: ActorRequest, sale_id: int) -> HttpResponse:
    """The price list by tier."""
    now = clock.now()
    view = sales.get_sale(sale_id, at=now)
    page = sales.list_items(sale_id, cursor=cursor_of(request), limit=25)
    sku_ids = [item.sku_id for item in page.items]
    draft = view.price_list_id is None
    prices: Sequence[PreviewRow | price_lists.FrozenRow] = (
        _preview(view, sku_ids, now) if draft else _frozen(view.price_list_id or 0, sku_ids)
    )
    by_sku_and_tier = {(row.sku_id, row.tier): row for row in prices}
    rows = [
        ItemPrices(item, [by_sku_and_tier.get((item.sku_id, tier)) for tier in range(TIER_COUNT)])
        for item in page.items
    ]
    return render_page(
        request,
        "sale_prices.html",
        tab="prices",
        sale=view,
        draft=draft,
        page=page,
        rows=rows,
        tiers=range(TIER_COUNT),
        summary=_summary(view, now) if draft and not cursor_of(request) else None,
    )


@role_required(*BOTH)
def why(request: ActorRequest, sale_id: int, sku_id: int, tier: int) -> HttpResponse:
    """The steps behind one price of a sale, for a dialog."""
    now = clock.now()
    view = sales.get_sale(sale_id, at=now)
    name = names_of_skus([sku_id]).get(sku_id, "")
    if view.price_list_id is not None:
        steps = price_lists.explain_price(list_id=view.price_list_id, sku_id=sku_id, tier=tier, role=request.actor.role)
        return render_page(request, "parts/why.html", steps=steps, name=name, tier=tier, row=None)
    rows = [row for row in _preview(view, [sku_id], now, tiers=[tier]) if row.sku_id == sku_id]
    if not rows:
        raise price_lists.NoSuchPrice
    return render_page(
        request, "parts/why.html", steps=rows[0].steps_for(request.actor.role), name=name, tier=tier, row=rows[0]
    )


def _preview(
    view: SaleView, sku_ids: Sequence[int], now: datetime, tiers: Sequence[int] = range(TIER_COUNT)
) -> list[PreviewRow]:
    at = max(view.starts_at, now)
    return price_lists.preview_price_list(sku_ids=sku_ids, terms=SaleTerms.from_json(view.terms), at=at, tiers=tiers)


def _frozen(list_id: int, sku_ids: list[int]) -> list[price_lists.FrozenRow]:
    return (
        price_lists.list_frozen_rows(list_id, sku_ids=sku_ids, limit=len(sku_ids) * TIER_COUNT + 1).items
        if sku_ids
        else []
    )


def _summary(view: SaleView, now: datetime) -> Summary:
    # A garment has one label, and no tier breaks a rule that the lowest price does not break: one tier decides for all (PRICE-6).
    rows = _preview(view, sales.sku_ids_of_sale(view.id), now, tiers=[TIER_COUNT - 1])
    priced = [row for row in rows if not row.excluded]
    broken = [row for row in priced if row.broken]
    return Summary(
        kept=sum(row.labelling is Labelling.KEPT for row in priced),
        cut=sum(row.labelling is Labelling.CUT for row in priced),
        excluded=len(rows) - len(priced),
        broken=broken[:12],
        broken_count=len(broken),
        prices=histogram([row.wholesale_fen for row in priced]),
        margins=histogram([row.commission_fen for row in priced]),
    )
