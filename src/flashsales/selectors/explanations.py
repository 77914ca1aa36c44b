"""Explanations of a price in a sale, for its brand and for a reseller. Each sees only its own side (PRICE-12)."""

from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Role
from flashsales.models import Sale
from flashsales.selectors.sales import NoSuchSale
from flashsales.selectors.styles import OfferedItem, StyleNotInSale, get_style_in_sale
from flashsales.sql.styles import find_prices_by_tier
from membership.rules.tiers import Tier
from pricing.rules.explanations import ExplainedStep
from pricing.selectors.price_lists import explain_price


def explain_to_brand(*, brand_id: int, sale_id: int, sku_id: int) -> list[ExplainedStep]:
    """The steps from the tag price to what the brand is paid, and the effect of its floor on the label; the same for every tier.

    Refuses a sale of another brand, and a draft, whose prices are not frozen yet.
    """
    row = Sale.objects.filter(pk=sale_id, brand_id=brand_id, price_list__isnull=False).first()
    if row is None or row.price_list_id is None:
        raise NoSuchSale(sale_id=sale_id)
    return explain_price(list_id=row.price_list_id, sku_id=sku_id, tier=0, role=Role.BRAND)


def explain_to_reseller(
    *, sale_id: int, style_id: int, sku_id: int, tier: int, reseller_id: int, at: datetime
) -> list[ExplainedStep]:
    """The steps from the tag price to what she pays at an instant, markdown steps included. Refuses sales that she cannot see."""
    view = get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=tier, reseller_id=reseller_id, at=at)
    item = next((item for item in view.items if item.sku_id == sku_id), None)
    if item is None or view.sale.price_list_id is None:
        raise StyleNotInSale
    return explain_price(
        list_id=view.sale.price_list_id, sku_id=sku_id, tier=tier, role=Role.RESELLER, paid_fen=item.price_fen
    )


@dataclass(frozen=True, slots=True)
class LevelPrices:
    """What an item costs a reseller beside what it costs trial members and the next level; in fen.

    `next_tier` is None at the highest level. `retail_floor_fen` is the brand's floor for customers, None where there is none.
    """

    own_tier: Tier
    own_fen: int
    trial_fen: int
    next_tier: Tier | None
    next_fen: int | None
    retail_floor_fen: int | None

    @property
    def saved_fen(self) -> int:
        """What she pays less than a trial member."""
        return self.trial_fen - self.own_fen

    @property
    def next_saves_fen(self) -> int:
        """What the next level would pay less than she does."""
        return 0 if self.next_fen is None else self.own_fen - self.next_fen

    @property
    def is_same_for_all(self) -> bool:
        """Whether neither trial members nor the next level pay another price: a floor holds for everybody."""
        return self.trial_fen == self.own_fen and self.next_fen in (None, self.own_fen)


def compare_levels(item: OfferedItem, *, tier: Tier, at: datetime) -> LevelPrices:
    """What an item costs trial members, her, and the next level at an instant (PRICE-12)."""
    prices = find_prices_by_tier(item_id=item.item_id, at=at)
    next_tier = None if tier is max(Tier) else Tier(tier + 1)
    return LevelPrices(
        own_tier=tier,
        own_fen=item.price_fen,
        trial_fen=prices.get(Tier.TRIAL, item.price_fen),
        next_tier=next_tier,
        next_fen=None if next_tier is None else prices.get(next_tier),
        retail_floor_fen=item.retail_floor_fen,
    )
