"""Drafts beside the rules of now: which of them would be priced otherwise than when ops priced them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from flashsales.models import Sale, SaleItem
from flashsales.rules import SaleState
from flashsales.selectors.sales import SaleView, sale_view
from pricing.selectors.price_lists import count_repriced_skus, get_price_list, sku_ids_of_list
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class ScheduledSale:
    """A draft and its price list: `priced_at` is None where it was not priced; `unpriced` counts the SKUs added since.

    `differing` counts the SKUs that the rules of now would price otherwise at the sale's start.
    """

    sale: SaleView
    list_id: int | None
    priced_at: datetime | None
    skus: int
    unpriced: int
    differing: int

    response_properties: ClassVar = ("is_stale",)

    @property
    def is_stale(self) -> bool:
        return bool(self.unpriced or self.differing)


def list_scheduled_sales(*, at: datetime, cursor: str = "", limit: int = 20) -> Page[ScheduledSale]:
    """Drafts that have not ended, compared with the rules of now (PRICE-11); the one that starts first comes first."""
    rows = Sale.objects.select_related("brand").filter(state=SaleState.DRAFT.value, ends_at__gt=at)
    return paginate(
        rows,
        name="flashsales.scheduled_sales",
        order=("starts_at", "id"),
        cursor=cursor,
        limit=limit,
        view=lambda row: _scheduled(row, at),
    )


def _scheduled(row: Sale, at: datetime) -> ScheduledSale:
    view, skus = sale_view(row, at=at), set(SaleItem.objects.filter(sale=row).values_list("sku_id", flat=True))
    if row.draft_price_list_id is None:
        return ScheduledSale(view, None, None, len(skus), len(skus), 0)
    prices = get_price_list(row.draft_price_list_id)
    return ScheduledSale(
        sale=view,
        list_id=prices.id,
        priced_at=prices.frozen_at,
        skus=len(skus),
        unpriced=len(skus - sku_ids_of_list(prices.id)),
        differing=count_repriced_skus(list_id=prices.id, at=max(row.starts_at, at)),
    )
