"""Retail prices of many styles at once: typed, and by rule (FORWARD-1, FORWARD-13, FORWARD-14)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.rules import NotAllowed
from flashsales.selectors.styles import get_style_in_sale
from forwarding.models import PriceRule, RetailPrice, RetailPriceChange
from forwarding.rules.pages import SelectedStyle
from forwarding.rules.pricing import PriceEnding, PriceQuestion, RoundingDirection, RuleFields
from forwarding.selectors.pricing import list_price_rules, propose_prices
from forwarding.services import price_rules, prices
from forwarding.services.prices import PriceDraft, RulePricingView
from inventory.models import Style
from membership.models import Reseller
from tests.builders import HOUR, NOW
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db

TIMES_2 = RuleFields(Decimal(2), 0, PriceEnding.POINT_NINE)


def stored() -> dict[int, tuple[int, bool, int | None]]:
    rows = RetailPrice.objects.values_list("style_id", "price_fen", "by_rule", "cost_fen")
    return {style_id: (fen, by_rule, cost) for style_id, fen, by_rule, cost in rows}


def history(style_id: int) -> list[int | None]:
    return list(RetailPriceChange.objects.filter(style_id=style_id).order_by("pk").values_list("price_fen", flat=True))


def by_rule(shop: ForwardedSale, rule: RuleFields | None = TIMES_2, **options: object) -> RulePricingView:
    return prices.price_by_rule(
        actor=shop.daigou.actor,
        sale_id=shop.sale_id,
        rule=rule,
        now=NOW,
        **options,  # type: ignore[arg-type]
    )


def test_price_by_rule_prices_all_styles_of_a_sale() -> None:
    shop = ForwardedSale()
    priced = by_rule(shop)
    # The coat costs 196.00 with its label cut, the scarf 200.00.
    assert stored() == {shop.coat: (391_90, True, 196_00), shop.scarf: (399_90, True, 200_00)}
    assert (priced.is_set, priced.priced, priced.kept, priced.raised, priced.asked) == (True, 2, 0, 0, [])
    assert history(shop.coat) == [391_90]


def test_price_by_rule_raises_labelled_goods_to_their_floor() -> None:
    shop = ForwardedSale()
    rule = RuleFields(Decimal("0.5"))
    priced = by_rule(shop, rule, preview=True)
    assert (priced.is_set, priced.raised) == (False, 0)
    shop.price(shop.coat, 699_00)
    proposals = {
        each.style_id: each
        for each in propose_prices(
            reseller_id=shop.daigou.id, tier=5, chosen=[(shop.sale_id, None)], rule=rule, replace_own=False, at=NOW
        )
    }
    assert (proposals[shop.scarf].price_fen, proposals[shop.scarf].is_raised) == (100_00, True)
    assert proposals[shop.scarf].questions == [PriceQuestion.BELOW_COST]


def test_price_by_rule_keeps_her_own_prices_unless_she_says_otherwise() -> None:
    shop = ForwardedSale()
    by_rule(shop)
    shop.price(shop.coat, 699_00)
    priced = by_rule(shop, RuleFields(Decimal(3)))
    assert (priced.priced, priced.kept) == (1, 1)
    assert stored() == {shop.coat: (699_00, False, 196_00), shop.scarf: (600_00, True, 200_00)}
    by_rule(shop, RuleFields(Decimal(3)), replace_own=True)
    assert stored()[shop.coat] == (588_00, True, 196_00)
    assert history(shop.coat) == [391_90, 699_00, 588_00]


def test_price_by_rule_asks_once_for_all_and_is_confirmed_for_exactly_these_prices() -> None:
    shop = ForwardedSale()
    rule = RuleFields(Decimal(6))
    asked = by_rule(shop, rule)
    # 6 × 196 and 6 × 200 are above the tag price of 1000.
    assert not asked.is_set
    assert [each.questions for each in asked.asked] == [[PriceQuestion.ABOVE_TAG, PriceQuestion.FAR_ABOVE_COST]] * 2
    assert not RetailPrice.objects.exists()
    assert not RetailPriceChange.objects.exists()
    other = by_rule(shop, RuleFields(Decimal(7)), confirmed_version=asked.version)
    assert not other.is_set
    assert not RetailPrice.objects.exists()
    assert by_rule(shop, rule, confirmed_version=asked.version).is_set
    assert stored()[shop.scarf] == (1200_00, True, 200_00)


def test_price_by_rule_of_picked_styles_leaves_the_others() -> None:
    shop = ForwardedSale()
    prices.price_by_rule(
        actor=shop.daigou.actor, styles=[SelectedStyle(shop.sale_id, shop.scarf)], rule=TIMES_2, now=NOW
    )
    assert list(stored()) == [shop.scarf]


def test_price_by_rule_uses_the_most_specific_rule_that_she_keeps() -> None:
    shop = ForwardedSale()
    coats = Style.objects.get(pk=shop.coat).category
    assert coats is not None
    women = coats.parent_id
    assert women is not None
    assert by_rule(shop, None).without_rule == 2
    for sale_id, category_id, factor in ((None, None, 2), (None, women, 3), (shop.sale_id, None, 4)):
        price_rules.keep_price_rule(
            actor=shop.daigou.actor, sale_id=sale_id, category_id=category_id, rule=RuleFields(Decimal(factor)), now=NOW
        )
    by_rule(shop, None)
    assert {each: fen for each, (fen, *_) in stored().items()} == {shop.coat: 784_00, shop.scarf: 800_00}
    [of_sale] = [each.id for each in list_price_rules(shop.daigou.id) if each.sale_id]
    with pytest.raises(price_rules.NoSuchPriceRule):
        price_rules.drop_price_rule(actor=shop.market.reseller().actor, rule_id=of_sale)
    assert len(list_price_rules(shop.daigou.id)) == 3
    price_rules.drop_price_rule(actor=shop.daigou.actor, rule_id=of_sale)
    by_rule(shop, None)
    assert {each: fen for each, (fen, *_) in stored().items()} == {shop.coat: 588_00, shop.scarf: 400_00}
    assert by_rule(shop, None).without_rule == 0


def test_keep_price_rule_takes_the_place_of_the_one_before() -> None:
    shop = ForwardedSale()
    for factor in ("1.5", "1.35"):
        price_rules.keep_price_rule(
            actor=shop.daigou.actor,
            sale_id=None,
            category_id=None,
            rule=RuleFields(Decimal(factor), 5_00, PriceEnding.NINE, RoundingDirection.UP),
            now=NOW,
        )
    [kept] = list_price_rules(shop.daigou.id)
    assert kept.fields == RuleFields(Decimal("1.35"), 5_00, PriceEnding.NINE, RoundingDirection.UP)
    assert list_price_rules(shop.market.reseller().id) == []


def test_a_rule_out_of_bounds_is_refused_and_nothing_changes() -> None:
    shop = ForwardedSale()
    with pytest.raises(price_rules.InvalidPriceRule):
        by_rule(shop, RuleFields(Decimal("0.1")))
    with pytest.raises(price_rules.InvalidPriceRule):
        price_rules.keep_price_rule(
            actor=shop.daigou.actor, sale_id=None, category_id=None, rule=RuleFields(add_fen=-1), now=NOW
        )
    with pytest.raises(price_rules.NoSuchCategory):
        price_rules.keep_price_rule(
            actor=shop.daigou.actor, sale_id=None, category_id=999_999, rule=RuleFields(), now=NOW
        )
    with pytest.raises(NotAllowed):
        prices.price_by_rule(actor=shop.market.ops, sale_id=shop.sale_id, rule=TIMES_2, now=NOW)
    assert not RetailPrice.objects.exists()
    assert not PriceRule.objects.exists()


def test_set_retail_prices_takes_what_has_no_fault_and_names_the_others() -> None:
    shop = ForwardedSale()
    faults = prices.set_retail_prices(
        actor=shop.daigou.actor,
        drafts=[
            PriceDraft(shop.sale_id, shop.coat, 1_00),
            PriceDraft(shop.sale_id, shop.scarf, 299_00, by_rule=True),
            PriceDraft(shop.sale_id, 999_999, 100_00),
        ],
        now=NOW,
    )
    assert {key: type(fault) for key, fault in faults.items()} == {
        SelectedStyle(shop.sale_id, shop.coat): prices.BelowCost
    }
    assert stored() == {shop.scarf: (299_00, True, 200_00)}
    drafts = [
        PriceDraft(shop.sale_id, shop.coat, 1_00, confirmed=True),
        PriceDraft(shop.sale_id, shop.scarf, None),
    ]
    assert prices.set_retail_prices(actor=shop.daigou.actor, drafts=drafts, now=NOW + HOUR) == {}
    assert stored() == {shop.coat: (1_00, False, 196_00)}
    assert (history(shop.coat), history(shop.scarf)) == ([1_00], [299_00, None])


def test_a_price_that_is_not_changed_is_not_written_again() -> None:
    shop = ForwardedSale()
    shop.price(shop.coat, 699_00)
    draft = PriceDraft(shop.sale_id, shop.coat, 699_00)
    prices.set_retail_prices(actor=shop.daigou.actor, drafts=[draft], now=NOW + HOUR)
    assert RetailPrice.objects.get().set_at == NOW
    assert history(shop.coat) == [699_00]


@pytest.mark.parametrize(
    ("fen", "refusal"),
    [
        (1000_01, prices.AboveTagPrice),
        (980_01, prices.FarAboveCost),
        (99_99, prices.BelowCost),
        (0, prices.InvalidRetailPrice),
    ],
)
def test_an_unusual_retail_price_is_taken_once_it_is_confirmed(fen: int, refusal: type[Exception]) -> None:
    shop = ForwardedSale()

    def price(**confirmed: bool) -> None:
        prices.set_retail_price(
            actor=shop.daigou.actor, sale_id=shop.sale_id, style_id=shop.coat, price_fen=fen, now=NOW, **confirmed
        )

    with pytest.raises(refusal):
        price()
    assert not RetailPrice.objects.exists()
    if fen:
        price(below_cost_confirmed=True, unusual_confirmed=True)
        assert stored()[shop.coat][0] == fen


def test_a_price_below_a_tenth_of_the_tag_price_is_asked_about() -> None:
    shop = ForwardedSale()
    cheap = shop.market.sku(units=1, tag_price_fen=1000_00, base_price_fen=50_00, style_no="QH-5")
    sale_id = shop.market.sale(cheap, brand_id=shop.market.brand_id)
    style_id = Style.objects.get(style_no="QH-5").pk
    with pytest.raises(prices.FarBelowTagPrice) as asked:
        prices.set_retail_price(actor=shop.daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=99_99, now=NOW)
    assert (asked.value.tag_price_fen, asked.value.price_fen) == (1000_00, 99_99)


def test_propose_prices_names_a_cost_that_changed_since_the_price_was_set() -> None:
    shop = ForwardedSale()
    shop.price(shop.scarf, 299_00)
    Reseller.objects.filter(pk=shop.daigou.id).update(tier=5)

    def proposal(at_tier: int) -> tuple[bool, int | None, int]:
        [each] = propose_prices(
            reseller_id=shop.daigou.id, tier=at_tier, chosen=[(shop.sale_id, shop.scarf)], rule=None, replace_own=False, at=NOW,
        )  # fmt: skip
        return each.cost_changed, each.priced_cost_fen, each.cost_fen

    assert proposal(0) == (False, 200_00, 200_00)
    assert proposal(5) == (True, 200_00, 190_00)


def test_what_pricing_reads_of_a_style_is_what_its_page_says() -> None:
    shop, at = ForwardedSale(), NOW + timedelta(hours=30)
    for tier in (0, 5):
        rows = propose_prices(
            reseller_id=shop.daigou.id, tier=tier, chosen=[(shop.sale_id, None)], rule=None, replace_own=False, at=at,
        )  # fmt: skip
        for row in rows:
            page = get_style_in_sale(
                sale_id=shop.sale_id, style_id=row.style_id, tier=tier, reseller_id=shop.daigou.id, at=at
            )  # fmt: skip
            assert (row.cost_fen, row.floor_fen, row.label_cut, row.tag_price_fen) == (
                page.highest_price_fen, page.retail_floor_fen, page.label_cut, max(item.tag_price_fen for item in page.items),
            )  # fmt: skip


def test_the_number_of_statements_does_not_depend_on_that_of_the_styles(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    shop = ForwardedSale()
    skus = [
        shop.market.sku(units=1, tag_price_fen=1000_00, base_price_fen=200_00, style_no=f"QH-{number}")
        for number in range(20)
    ]
    large = shop.market.sale(*skus, brand_id=shop.market.brand_id)
    for sale_id, count in ((shop.sale_id, 2), (large, 20)):
        with django_assert_num_queries(5):
            priced = prices.price_by_rule(actor=shop.daigou.actor, sale_id=sale_id, rule=TIMES_2, now=NOW)
        assert priced.priced == count
    styles = list(RetailPrice.objects.filter(sale_id=large).values_list("style_id", flat=True))
    drafts = [PriceDraft(large, each, 500_00) for each in styles[:10]] + [
        PriceDraft(large, each, None) for each in styles[10:]
    ]
    with django_assert_num_queries(6):
        prices.set_retail_prices(actor=shop.daigou.actor, drafts=drafts, now=NOW)
    assert (
        RetailPrice.objects.filter(sale_id=large, price_fen=500_00).count()
        == RetailPrice.objects.filter(sale_id=large).count()
        == 10
    )
