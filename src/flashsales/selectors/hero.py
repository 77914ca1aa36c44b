"""The sale that ops pinned to the top of the first page (SALE-16)."""

from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from flashsales.models import HeroPin, Sale
from flashsales.rules import Phase, SaleState
from flashsales.selectors.sales import SaleView, sale_view


@dataclass(frozen=True, slots=True)
class HeroPinView:
    """From when until when a sale stands at the top of the first page."""

    sale_id: int
    starts_at: datetime
    ends_at: datetime


def get_pin(sale_id: int) -> HeroPinView | None:
    """The pin of a sale, whether or not its time has come."""
    row = HeroPin.objects.filter(sale=sale_id).first()
    return pin_view(row) if row else None


def get_pinned_sale(*, at: datetime, tier: int | None = None) -> SaleView | None:
    """The live sale that is pinned at an instant, as a tier sees it; None where there is none, or where it is not open for the tier yet."""
    row = (
        Sale.objects.select_related("brand")
        .filter(hero_pin__starts_at__lte=at, hero_pin__ends_at__gt=at)
        .filter(state=SaleState.PUBLISHED.value, starts_at__lte=at, ends_at__gt=at)
        .first()
    )
    view = sale_view(row, at=at, tier=tier) if row else None
    return view if view and view.phase is Phase.LIVE else None


def pin_view(row: HeroPin) -> HeroPinView:
    return view_of(HeroPinView, row)
