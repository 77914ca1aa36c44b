"""What trial members, the reseller and the next level pay for an item (PRICE-12)."""

import pytest

from flashsales.selectors.explanations import LevelPrices, compare_levels
from flashsales.selectors.styles import OfferedItem, get_style_in_sale
from membership.rules.tiers import Tier
from tests.builders import NOW
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db


def item_at(shop: ForwardedSale, style_id: int, tier: int) -> OfferedItem:
    view = get_style_in_sale(sale_id=shop.sale_id, style_id=style_id, tier=tier, reseller_id=shop.daigou.id, at=NOW)
    return view.items[0]


def test_compare_levels_names_what_she_saves_and_what_the_next_level_saves() -> None:
    shop = ForwardedSale()
    prices = {tier: item_at(shop, shop.scarf, tier).price_fen for tier in Tier}
    for tier in Tier:
        levels = compare_levels(item_at(shop, shop.scarf, tier), tier=tier, at=NOW)
        assert (levels.trial_fen, levels.own_fen) == (prices[Tier.TRIAL], prices[tier])
        assert levels.saved_fen == prices[Tier.TRIAL] - prices[tier]
        if tier is Tier.VIP5:
            assert (levels.next_tier, levels.next_fen, levels.next_saves_fen) == (None, None, 0)
        else:
            assert (levels.next_tier, levels.next_fen) == (tier + 1, prices[Tier(tier + 1)])
            assert levels.next_saves_fen == prices[tier] - prices[Tier(tier + 1)]
        assert levels.retail_floor_fen == 100_00
        assert not levels.is_same_for_all
    assert prices[Tier.VIP5] < prices[Tier.TRIAL]


@pytest.mark.parametrize(
    ("trial", "own", "upper", "same"),
    [
        (100, 100, 100, True),
        (100, 100, None, True),
        (100, 100, 99, False),
        (101, 100, 100, False),
        (101, 100, None, False),
    ],
)
def test_a_price_is_the_same_for_all_where_no_level_pays_another(
    trial: int, own: int, upper: int | None, same: bool
) -> None:
    upper_tier = None if upper is None else Tier.VIP2
    levels = LevelPrices(Tier.VIP1, own, trial, upper_tier, upper, None)
    assert (levels.is_same_for_all, levels.saved_fen) == (same, trial - own)
