"""Reads of retail prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flashsales.rules import SaleState
from forwarding.models import RetailPrice, RetailPriceChange
from forwarding.rules.prices import PriceBesideFloor
from forwarding.rules.seen_prices import ChangedPrice
from forwarding.sql.prices import find_floors, find_prices_beside_floors
from membership.selectors.histories import tiers_at
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class RetailPriceView:
    style_id: int
    price_fen: int


def retail_prices_by_style(*, reseller_id: int, sale_id: int) -> dict[int, int]:
    """The retail prices of a reseller in a sale, by style, in fen."""
    rows = RetailPrice.objects.filter(reseller_id=reseller_id, sale_id=sale_id)
    return dict(rows.values_list("style_id", "price_fen"))


def list_priced_styles(reseller_id: int, *, at: datetime, limit: int) -> list[tuple[int, int]]:
    """The styles of live sales that a reseller priced, each as sale and style; what she priced last comes first."""
    live = RetailPrice.objects.filter(
        reseller_id=reseller_id, sale__state=SaleState.PUBLISHED.value, sale__starts_at__lte=at, sale__ends_at__gt=at
    )
    return list(live.order_by("-set_at", "-id").values_list("sale_id", "style_id")[:limit])


def get_retail_price_fen(*, reseller_id: int, sale_id: int, style_id: int) -> int | None:
    return retail_prices_by_style(reseller_id=reseller_id, sale_id=sale_id).get(style_id)


def with_asked_prices(reseller_id: int, changed: Sequence[ChangedPrice]) -> list[ChangedPrice]:
    """Those whose seen price the reseller once asked: her page repeats no price that somebody wrote into an address (FORWARD-5)."""
    if not changed:
        return []
    rows = RetailPriceChange.objects.filter(reseller_id=reseller_id, style_id__in=[each.style_id for each in changed])
    asked = set(rows.values_list("style_id", "price_fen"))
    return [each for each in changed if (each.style_id, each.seen_fen) in asked]


def list_prices_beside_floors(sale_id: int, *, at: datetime, limit: int = 1000) -> list[PriceBesideFloor]:
    """All retail prices of a sale beside the floors at each reseller's tier; the price furthest below its floor comes first."""
    reseller_ids = RetailPrice.objects.filter(sale_id=sale_id).values_list("reseller_id", flat=True).distinct()
    tiers = tiers_at(reseller_ids, at)
    return find_prices_beside_floors(sale_id=sale_id, tiers=tiers, limit=limit)


def floors_by_style(*, sale_id: int, tier: int) -> dict[int, int]:
    """The floors of a published sale by style, in fen, for styles of which some SKU keeps its label (FORWARD-1)."""
    return find_floors(sale_id=sale_id, tier=tier)


def list_retail_prices(*, reseller_id: int, sale_id: int, cursor: str = "", limit: int = 50) -> Page[RetailPriceView]:
    """The retail prices of a reseller in a sale, in the order in which she first set them."""
    rows = RetailPrice.objects.filter(reseller_id=reseller_id, sale_id=sale_id)
    return paginate(
        rows,
        name=f"forwarding.retail_prices:{sale_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: RetailPriceView(row.style_id, row.price_fen),
    )
