"""What ops sees before a rule is in force and before a sale is published (PRICE-14), with exact values and compared with the pure rules."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import AuditEntry
from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from kernel import clock
from membership.rules.tiers import TIER_COUNT
from pricing.models import CommissionRule, PlatformTerms, PriceControl
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import Action, ControlFields
from pricing.rules.quote import Labelling, Quote, Rule, quote_price
from pricing.rules.terms import Ending, ListTerms, SaleTerms
from pricing.selectors import effects, price_rules
from pricing.selectors.effects import Outcome, PublicationCheck
from pricing.services import checks, drafts
from pricing.services import effects as pricing_effects
from pricing.services import price_rules as pricing_price_rules
from tests.membership.test_api import ops
from tests.pricing import rule_sets
from tests.pricing.stock import NOW, brand, category_chain, sku
from tests.pricing.test_rules_and_sql import catalogue, enter_rules, invented_terms

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
WEEK = timedelta(days=7)
NONE = Outcome(0, 0, 0, 0)


def enter(
    brand_id: int, action: Action = Action.CUT, *, draft_id: int | None = None, **fields: Any
) -> price_rules.ControlView:
    given_or_usual: dict[str, Any] = {"starts_on": TODAY, "floor_rate": Decimal("0.5")} | fields
    control = ControlFields(brand_id=brand_id, action=action, **given_or_usual)
    return pricing_price_rules.create_control(actor=SYSTEM, control=control, now=NOW, draft_id=draft_id)


def kept_rows() -> tuple[int, ...]:
    return (
        PriceControl.objects.count(), PlatformTerms.objects.count(), CommissionRule.objects.count(), AuditEntry.objects.count(),
    )  # fmt: skip


@pytest.mark.parametrize("action", list(Action))
def test_effect_of_control_counts_skus_and_enters_nothing(action: Action) -> None:
    mine = brand()
    for base_fen in (300_00, 400_00, 900_00):
        sku(mine, base_fen=base_fen)
    sku(brand(), base_fen=300_00)
    stood = kept_rows()
    effect = pricing_effects.effect_of_control(
        actor=SYSTEM,
        now=NOW,
        control=ControlFields(brand_id=mine, action=action, starts_on=TODAY, floor_rate=Decimal("0.5")),
    )
    under = Outcome(before=0, after=2, newly=2, no_longer=0)
    expected = {Action.CUT: (under, NONE, NONE), Action.RAISE: (NONE, under, NONE), Action.EXCLUDE: (NONE, NONE, under)}
    assert (effect.cut, effect.raised, effect.excluded) == expected[action]
    assert (effect.skus, effect.broken, effect.cheaper) == (3, NONE, 0)
    assert effect.dearer == (2 if action is Action.RAISE else 0)
    assert kept_rows() == stood
    with pytest.raises(pricing_price_rules.InvalidControl):
        pricing_effects.effect_of_control(
            actor=SYSTEM, now=NOW, control=ControlFields(brand_id=mine, action=action, starts_on=TODAY)
        )
    with pytest.raises(NotAllowed):
        pricing_effects.effect_of_control(
            actor=Actor(1, Role.RESELLER, "她"),
            now=NOW,
            control=ControlFields(brand_id=mine, action=action, starts_on=TODAY, floor_fen=1),
        )


def test_effect_of_control_counts_the_goods_that_it_would_break_on_its_first_day() -> None:
    mine = brand()
    sku(mine, base_fen=300_00)
    sku(mine, tag_fen=400_00, base_fen=300_00)
    effect = pricing_effects.effect_of_control(
        actor=SYSTEM,
        now=NOW,
        control=ControlFields(
            brand_id=mine, action=Action.CUT, starts_on=TODAY + WEEK, floor_fen=500_00, cut_rate=Decimal("0.15")
        ),
    )
    assert (effect.cut.newly, effect.broken.newly, effect.cheaper) == (2, 2, 2)
    assert effect.at.isoformat() == "2026-03-07T16:00:00+00:00"


def test_effect_of_withdrawal_and_effect_of_end_count_skus_that_the_control_releases() -> None:
    mine = brand()
    sku(mine, base_fen=300_00)
    sku(mine, base_fen=900_00)
    wide = enter(mine, Action.RAISE)
    close = enter(mine, Action.EXCLUDE, season="冬", floor_rate=Decimal("0.4"))
    effect = pricing_effects.effect_of_withdrawal(actor=SYSTEM, control_id=close.id, now=NOW)
    assert (effect.excluded, effect.raised) == (Outcome(1, 0, 0, 1), Outcome(0, 1, 1, 0))
    last = TODAY + WEEK
    effect = pricing_effects.effect_of_end(actor=SYSTEM, control_id=close.id, ends_on=last, now=NOW)
    assert (effect.excluded, effect.raised) == (Outcome(1, 0, 0, 1), Outcome(0, 1, 1, 0))
    assert effect.at.isoformat() == "2026-03-08T16:00:00+00:00"
    with pytest.raises(pricing_price_rules.InvalidControl):
        pricing_effects.effect_of_end(actor=SYSTEM, control_id=wide.id, ends_on=TODAY - WEEK, now=NOW)
    assert set(PriceControl.objects.values_list("withdrawn_at", "ends_on")) == {(None, None)}


def test_effect_of_terms_commission_and_adoption_count_goods_in_stock() -> None:
    thin, fat = brand("0.10"), brand("0.30")
    sku(thin, base_fen=300_00)
    sku(fat, base_fen=500_00)
    sku(fat, base_fen=500_00, on_hand=0)
    enter(fat, Action.CUT)
    stood = kept_rows()
    deep = [Decimal("0.09")] * TIER_COUNT
    effect = pricing_effects.effect_of_platform_terms(
        actor=SYSTEM,
        from_at=NOW,
        now=NOW,
        terms=ListTerms(discounts=tuple(deep), margin_rate=Decimal("0.03"), ending=Ending.FEN),
    )
    # 5 % were cut already, 9 % are cut as well; of the thin brand's goods 9 % eat the margin of 3 %.
    assert (effect.skus, effect.cut, effect.broken) == (2, Outcome(1, 1, 0, 0), Outcome(0, 1, 1, 0))
    assert (effect.dearer, effect.cheaper) == (0, 2)
    effect = pricing_effects.effect_of_commission(
        actor=SYSTEM, now=NOW, commission=CommissionFields(rate=Decimal("0.07"), from_at=NOW, brand_id=fat)
    )
    assert (effect.skus, effect.broken) == (1, Outcome(0, 1, 1, 0))
    assert kept_rows() == stood
    draft = drafts.start_draft(actor=SYSTEM, name="下周", now=NOW)
    enter(thin, Action.EXCLUDE, starts_on=TODAY + WEEK, draft_id=draft.id)
    effect = pricing_effects.effect_of_adoption(actor=SYSTEM, draft_id=draft.id, now=NOW)
    assert (effect.skus, effect.excluded, effect.cut) == (2, Outcome(0, 1, 1, 0), Outcome(1, 1, 0, 0))
    assert PriceControl.objects.get(brand=thin).draft_id == draft.id
    drafts.discard_draft(actor=SYSTEM, draft_id=draft.id, now=NOW)
    with pytest.raises(checks.DraftClosed):
        pricing_effects.effect_of_adoption(actor=SYSTEM, draft_id=draft.id, now=NOW)


def check(*sku_ids: int, brand_id: int, terms: SaleTerms | None = None) -> PublicationCheck:
    return effects.check_publication(
        sku_ids=sku_ids, terms=terms or SaleTerms(), brand_id=brand_id, starts_at=NOW, ends_at=NOW + timedelta(hours=48)
    )


def test_check_publication_names_goods_that_only_a_discount_cuts() -> None:
    mine = brand()
    by_discount, by_price, kept = (
        sku(mine, style_no=name, base_fen=base).pk for name, base in (("D", 510_00), ("P", 499_99), ("K", 527_00))
    )
    enter(mine)
    found = check(by_discount, by_price, kept, brand_id=mine)
    assert (found.skus, found.kept, found.cut, found.cut_by_discount, found.broken) == (3, 1, 2, 1, 0)
    assert [each.style_no for each in found.first_cut_by_discount] == ["D"]
    assert found.has_warnings
    same = SaleTerms(discounts=(Decimal(0),) * TIER_COUNT)
    assert not check(by_discount, by_price, kept, brand_id=mine, terms=same).has_warnings


def test_check_publication_names_floors_that_begin_while_the_sale_runs() -> None:
    mine = brand()
    low, high = (sku(mine, base_fen=base).pk for base in (300_00, 900_00))
    tomorrow, in_a_week = TODAY + timedelta(days=1), TODAY + WEEK
    begins = enter(mine, Action.EXCLUDE, starts_on=tomorrow)
    enter(mine, Action.CUT, starts_on=in_a_week)
    enter(brand(), Action.CUT, starts_on=tomorrow)
    withdrawn = enter(mine, Action.CUT, starts_on=tomorrow, season="冬")
    pricing_price_rules.withdraw_control(actor=SYSTEM, control_id=withdrawn.id, now=NOW)
    [floor] = check(low, high, brand_id=mine).starting_controls
    assert (floor.control.id, floor.skus, floor.changed) == (begins.id, 2, 1)
    assert floor.begins_at.isoformat() == "2026-03-01T16:00:00+00:00"


def test_check_publication_names_tiers_that_an_ending_makes_equal() -> None:
    mine = brand("0.5")
    # 4.00, 3.96, 3.92, 3.88, 3.84 and 3.80 are 4, 3, 3, 3, 3 and 3 in whole yuan; 400, 396, 392 … stay apart.
    small, great = sku(mine, tag_fen=5_00, base_fen=4_00).pk, sku(mine, base_fen=400_00).pk
    found = check(small, great, brand_id=mine, terms=SaleTerms(ending=Ending.YUAN))
    assert [(each.lower, each.higher, each.skus) for each in found.equal_tiers] == [
        (1, 2, 1), (2, 3, 1), (3, 4, 1), (4, 5, 1),
    ]  # fmt: skip
    assert check(small, great, brand_id=mine).equal_tiers == []
    flat = SaleTerms(ending=Ending.YUAN, discounts=(Decimal(0),) * TIER_COUNT)
    assert check(small, great, brand_id=mine, terms=flat).equal_tiers == []


def quotes_by_pure_rules(
    sku_ids: list[int], brands: list[int], terms: SaleTerms | None = None
) -> dict[int, list[Quote]]:
    rules = rule_sets.rule_set_at(NOW, brand_ids=brands, sale=terms)
    return {
        item.sku_id: [quote_price(item, rules, tier, NOW) for tier in range(TIER_COUNT)]
        for item in rule_sets.skus_to_price(sku_ids)
    }


@pytest.mark.parametrize("seed", range(3))
def test_counts_in_sql_equal_those_of_the_pure_rules(seed: int) -> None:
    dice = random.Random(seed + 100)
    brands, categories = [brand("0.2"), brand("0.35")], list(category_chain())
    goods = catalogue(dice, brands, categories)
    enter_rules(dice, brands, categories, goods)
    mine = [item.pk for item in goods if item.brand_id == brands[0]]
    terms = invented_terms(dice)
    expected_quotes = quotes_by_pure_rules(mine, brands, terms)
    found = check(*mine, brand_id=brands[0], terms=terms)
    cheapest = [quotes[-1] for quotes in expected_quotes.values()]
    cut_by_discount = [
        item
        for item in rule_sets.skus_to_price(mine)
        if expected_quotes[item.sku_id][-1].labelling is Labelling.CUT
        and next(step for step in expected_quotes[item.sku_id][-1].steps if step.rule is Rule.FLOOR).figure
        <= item.base_price_fen
    ]
    assert (found.skus, found.cut, found.excluded, found.broken, found.cut_by_discount) == (
        len(mine),
        sum(each.labelling is Labelling.CUT for each in cheapest),
        sum(each.excluded for each in cheapest),
        sum(each.broken is not None for each in cheapest),
        len(cut_by_discount),
    )
    [control, *_] = PriceControl.objects.filter(brand=brands[0], withdrawn_at=None, starts_on__lte=TODAY).order_by("pk")
    before = quotes_by_pure_rules(mine, brands)
    effect = pricing_effects.effect_of_withdrawal(actor=SYSTEM, control_id=control.pk, now=NOW)
    PriceControl.objects.filter(pk=control.pk).update(withdrawn_at=NOW)
    pairs = [(before[pk][-1], quotes[-1]) for pk, quotes in quotes_by_pure_rules(mine, brands).items()]
    sold = [(was, now) for was, now in pairs if not was.excluded and not now.excluded]
    assert (effect.skus, effect.dearer, effect.cheaper) == (
        len(mine),
        sum(now.wholesale_fen > was.wholesale_fen for was, now in sold),
        sum(now.wholesale_fen < was.wholesale_fen for was, now in sold),
    )
    for outcome, happens in (
        (effect.cut, lambda each: each.labelling is Labelling.CUT),
        (effect.excluded, lambda each: each.excluded),
        (effect.broken, lambda each: each.broken is not None),
    ):
        assert outcome == Outcome(
            before=sum(happens(was) for was, _ in pairs),
            after=sum(happens(now) for _, now in pairs),
            newly=sum(happens(now) and not happens(was) for was, now in pairs),
            no_longer=sum(happens(was) and not happens(now) for was, now in pairs),
        )


def test_effects_over_the_api_enter_nothing() -> None:
    with clock.set_to(NOW):
        market = ops()
        mine = brand()
        sku(mine, base_fen=300_00)
        control = {"brand_id": mine, "action": "cut", "starts_on": "2026-03-01", "floor_rate": "0.5"}
        effect = market.post("price-controls/effect", control).json()
        assert (effect["skus"], effect["cut"]) == (1, {"before": 0, "after": 1, "newly": 1, "no_longer": 0})
        assert not PriceControl.objects.exists()
        entered = market.post("price-controls", control).json()["id"]
        assert market.get(f"price-controls/{entered}/withdrawal-effect").json()["cut"]["no_longer"] == 1
        ending = market.post(f"price-controls/{entered}/end/effect", {"ends_on": "2026-03-02"}).json()
        assert (ending["cut"]["after"], ending["at"]) == (0, "2026-03-02T16:00:00Z")
        terms = {"discounts": ["0.18"] * 6, "margin_rate": "0.03", "ending": "fen"}
        assert market.post("platform-terms/effect", terms).json()["broken"]["newly"] == 1
        rate = {"rate": "0.01", "from_at": NOW.isoformat(), "brand_id": mine}
        assert market.post("commissions/effect", rate).json()["broken"]["newly"] == 1
        assert not PlatformTerms.objects.exists()
        assert not CommissionRule.objects.exists()
        draft = market.post("rule-drafts", {"name": "试"}).json()["id"]
        assert market.get(f"rule-drafts/{draft}/effect").json()["skus"] == 1
