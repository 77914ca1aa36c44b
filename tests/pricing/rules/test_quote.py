"""The price rules one by one (docs/rules/pricing.md)."""

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import Role
from membership.rules.tiers import TIER_COUNT
from pricing.rules.commission import Commission, CommissionSource, resolve_commission
from pricing.rules.controls import Action, Control, SkuToPrice, resolve_control
from pricing.rules.explanations import explain_steps
from pricing.rules.quote import (
    BrokenRule,
    Labelling,
    Quote,
    Rule,
    RuleSet,
    quote_from_inputs,
    quote_price,
    resolve_inputs,
)
from pricing.rules.terms import (
    DEFAULT_TERMS,
    Ending,
    ListTerms,
    MarkdownSchedule,
    SaleTerms,
    marked_down_price,
    resolve_terms,
)
from tests.pricing.catalogues import (
    AT,
    BRAND,
    BROAD,
    CASES,
    LEAF,
    ROOT,
    STYLE,
    goods,
    list_terms,
    markdown_schedules,
    rates,
    rule_sets,
)

COAT = SkuToPrice(
    sku_id=1,
    style_id=STYLE,
    brand_id=BRAND,
    categories=(LEAF, ROOT),
    season="冬",
    year=2025,
    tag_price_fen=1000_00,
    base_price_fen=300_00,
    brand_rate=Decimal("0.20"),
)
FROM = date(2026, 3, 1)
PLAIN = RuleSet(DEFAULT_TERMS)


def floor(rate: str, action: Action, *, id: int = 1, **fields: Any) -> Control:  # noqa: A002 - as the field is called
    given_or_usual: dict[str, Any] = {"starts_on": FROM, "floor_rate": Decimal(rate)} | fields
    return Control(id=id, brand_id=BRAND, action=action, **given_or_usual)


def priced(control: Control | None = None, *, tier: int = 0, terms: ListTerms = DEFAULT_TERMS) -> Quote:
    return quote_price(COAT, RuleSet(terms, (control,) if control else ()), tier, AT)


# PRICE-1 to PRICE-4


def test_a_tier_pays_the_base_price_less_its_discount() -> None:
    assert [priced(tier=tier).wholesale_fen for tier in range(TIER_COUNT)] == [
        300_00,
        297_00,
        294_00,
        291_00,
        288_00,
        285_00,
    ]
    assert {priced(tier=tier).brand_payable_fen for tier in range(TIER_COUNT)} == {240_00}
    assert priced(tier=5).commission_fen == 45_00


@CASES
@given(goods(), rule_sets())
def test_a_higher_tier_never_pays_more(item: SkuToPrice, rules: RuleSet) -> None:
    prices = [quote_price(item, rules, tier, AT).wholesale_fen for tier in range(TIER_COUNT)]
    assert prices == sorted(prices, reverse=True)


def test_tier_that_pays_more_finds_the_first_such_tier() -> None:
    table = tuple(Decimal(rate) for rate in ("0", "0.02", "0.01", "0.03", "0.04", "0.05"))
    assert replace(DEFAULT_TERMS, discounts=table).tier_that_pays_more() == 2
    assert DEFAULT_TERMS.tier_that_pays_more() is None


def test_the_commission_of_the_sale_takes_precedence_over_brand_and_category() -> None:
    long_ago = AT - timedelta(days=30)
    category = Commission(id=1, rate=Decimal("0.11"), from_at=long_ago, category_id=ROOT)
    brand = Commission(id=2, rate=Decimal("0.12"), from_at=long_ago, brand_id=BRAND)
    both = Commission(id=3, rate=Decimal("0.13"), from_at=long_ago, brand_id=BRAND, category_id=ROOT)
    closer = Commission(
        id=4, rate=Decimal("0.14"), from_at=long_ago - timedelta(days=9), brand_id=BRAND, category_id=LEAF
    )
    later = Commission(id=5, rate=Decimal("0.15"), from_at=AT, brand_id=BRAND)
    future = Commission(id=6, rate=Decimal("0.16"), from_at=AT + timedelta(seconds=1), brand_id=BRAND, category_id=LEAF)

    def source(*rules: Commission, sale: str | None = None) -> tuple[CommissionSource, Decimal]:
        found = resolve_commission(COAT, rules, sale_rate=Decimal(sale) if sale else None, at=AT)
        return found.source, found.rate

    assert source() == (CommissionSource.ADMISSION, Decimal("0.20"))
    assert source(category) == (CommissionSource.CATEGORY, Decimal("0.11"))
    assert source(category, brand) == (CommissionSource.BRAND, Decimal("0.12"))
    assert source(category, brand, later) == (CommissionSource.BRAND, Decimal("0.15"))
    assert source(category, later, both) == (CommissionSource.BRAND_IN_CATEGORY, Decimal("0.13"))
    assert source(both, closer, future) == (CommissionSource.BRAND_IN_CATEGORY, Decimal("0.14"))
    assert source(both, closer, sale="0.3") == (CommissionSource.SALE, Decimal("0.3"))


# PRICE-5


@CASES
@given(st.integers(1, 10**7), st.integers(0, 10**7), st.sampled_from(list(Ending)))
def test_an_ending_never_raises_a_price_nor_takes_it_below_the_minimum(price: int, least: int, ending: Ending) -> None:
    ended = ending.apply(price, least)
    assert ended <= price
    assert ended >= min(price, least)
    assert ended == price or (ended - ending.offset_fen) % ending.step_fen == 0
    assert price - ended < 100


@pytest.mark.parametrize(("ending", "ended"), [("fen", 12345), ("jiao", 12340), ("yuan", 12300), ("nine", 12290)])
def test_endings_are_at_or_below_the_price(ending: str, ended: int) -> None:
    assert Ending(ending).apply(12345, 0) == ended
    assert Ending(ending).apply(12345, 12345) == 12345


@CASES
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=2), st.integers(0, 10**6), st.sampled_from(list(Ending)))
def test_endings_keep_the_order_of_prices(pair: list[int], least: int, ending: Ending) -> None:
    low, high = sorted(pair)
    assert ending.apply(low, least) <= ending.apply(high, least)


# PRICE-6, PRICE-7


def test_goods_above_the_floor_keep_their_label_and_have_a_lowest_retail_price() -> None:
    found = priced(floor("0.28", Action.CUT))
    assert (found.labelling, found.retail_floor_fen, found.wholesale_fen) == (Labelling.KEPT, 280_00, 300_00)


def test_goods_below_the_floor_are_cut_raised_or_excluded_by_the_action() -> None:
    cut = priced(floor("0.5", Action.CUT, cut_rate=Decimal("0.05")), tier=1)
    assert (cut.labelling, cut.retail_floor_fen, cut.wholesale_fen) == (Labelling.CUT, None, 282_15)
    raised = priced(floor("0.5", Action.RAISE), tier=1)
    assert (raised.labelling, raised.retail_floor_fen, raised.wholesale_fen) == (Labelling.KEPT, 500_00, 500_00)
    assert priced(floor("0.5", Action.EXCLUDE)).excluded


def test_a_garment_has_one_label_whichever_tier_buys_it() -> None:
    only_vip5_is_under = floor("0.288", Action.CUT)
    assert {priced(only_vip5_is_under, tier=tier).labelling for tier in range(TIER_COUNT)} == {Labelling.CUT}


def test_a_price_exactly_at_the_floor_keeps_its_label() -> None:
    assert priced(floor("0.285", Action.CUT), tier=5).labelling is Labelling.KEPT
    assert priced(floor("0.2851", Action.CUT), tier=5).labelling is Labelling.CUT


def test_an_ending_does_not_take_labelled_goods_below_their_floor() -> None:
    terms = replace(DEFAULT_TERMS, discounts=(Decimal(0),) * TIER_COUNT, ending=Ending.NINE)
    assert priced(floor("0.2995", Action.CUT), terms=terms).labelling is Labelling.KEPT
    assert priced(floor("0.2995", Action.CUT), terms=terms).wholesale_fen == 299_90
    assert priced(floor("0.2999", Action.CUT), terms=terms).wholesale_fen == 299_90
    assert priced(floor("0.3", Action.CUT), terms=terms).wholesale_fen == 300_00


def test_resolve_control_prefers_the_most_specific_and_of_equals_the_later() -> None:
    brand = floor("0.1", Action.CUT, id=1)
    newer_brand = floor("0.2", Action.CUT, id=2, starts_on=date(2026, 3, 5))
    root = floor("0.3", Action.CUT, id=3, category_id=ROOT)
    leaf = floor("0.4", Action.CUT, id=4, category_id=LEAF, starts_on=date(2026, 2, 1))
    season = floor("0.5", Action.CUT, id=5, season="冬")
    season_of_year = floor("0.6", Action.CUT, id=6, season="冬", year=2025, starts_on=date(2026, 2, 1))
    style = floor("0.7", Action.CUT, id=7, style_id=STYLE)
    in_order = [brand, newer_brand, root, leaf, season, season_of_year, style]
    for upto in range(1, len(in_order) + 1):
        for some in itertools.permutations(in_order[:upto][-3:]):
            assert resolve_control(COAT, some, AT) == in_order[upto - 1]


def test_a_control_is_in_force_from_its_first_day_to_the_end_of_its_last_in_shanghai() -> None:
    control = floor("0.5", Action.CUT, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 11))
    first = datetime.fromisoformat("2026-03-10T00:00:00+08:00")
    after = datetime.fromisoformat("2026-03-12T00:00:00+08:00")
    instant = timedelta(microseconds=1)
    assert resolve_control(COAT, [control], first) == resolve_control(COAT, [control], after - instant) == control
    assert resolve_control(COAT, [control], first - instant) is resolve_control(COAT, [control], after) is None


@CASES
@given(goods(), rule_sets())
def test_labelled_goods_that_may_be_sold_are_never_below_their_floor(item: SkuToPrice, rules: RuleSet) -> None:
    for tier in range(TIER_COUNT):
        found = quote_price(item, rules, tier, AT)
        if found.labelling is Labelling.KEPT and not found.excluded and found.retail_floor_fen is not None:
            assert found.wholesale_fen >= found.retail_floor_fen
        assert (found.retail_floor_fen is None) or found.labelling is Labelling.KEPT


@CASES
@given(goods(), rule_sets())
def test_label_exclusion_and_floor_are_the_same_for_every_tier(item: SkuToPrice, rules: RuleSet) -> None:
    quotes = [quote_price(item, rules, tier, AT) for tier in range(TIER_COUNT)]
    assert len({(each.labelling, each.excluded, each.retail_floor_fen, each.brand_payable_fen) for each in quotes}) == 1


@CASES
@given(goods(), rule_sets())
def test_controls_of_others_and_of_other_days_change_nothing(item: SkuToPrice, rules: RuleSet) -> None:
    day = AT.date()
    speaking = tuple(each for each in rules.controls if each.brand_id == item.brand_id and each.is_in_force_on(day))
    assert quote_price(item, rules, 3, AT) == quote_price(item, replace(rules, controls=speaking), 3, AT)


# PRICE-8, PRICE-9


@CASES
@given(goods(), rule_sets())
def test_a_price_that_may_be_used_leaves_the_minimum_margin(item: SkuToPrice, rules: RuleSet) -> None:
    for tier in range(TIER_COUNT):
        found = quote_price(item, rules, tier, AT)
        commission = resolve_inputs(item, rules, AT).commission.rate
        least = max(1, round_half_up(item.base_price_fen * (1 - commission + rules.terms.margin_rate)))
        if not found.excluded:
            assert (found.broken in (BrokenRule.MARGIN, BrokenRule.CUT_MARGIN)) == (
                found.wholesale_fen < least and (found.broken is not BrokenRule.FLOOR_ABOVE_TAG)
            )
        if found.broken is None and not found.excluded:
            assert found.wholesale_fen >= found.lowest_fen >= least
        assert found.commission_fen == found.margin_fen == found.wholesale_fen - found.brand_payable_fen


@CASES
@given(st.data())
def test_rates_that_add_up_exactly_pass_at_every_base_price(data: st.DataObject) -> None:
    """The least price is rounded once, like the price: the three amounts cannot miss each other by a fen."""
    commission = data.draw(rates(most="0.9"))
    points = int(commission / BROAD)
    margin = data.draw(st.integers(0, points)) * BROAD
    deepest = commission - margin
    terms = replace(DEFAULT_TERMS, discounts=(Decimal(0),) * 5 + (deepest,), margin_rate=margin)
    base = data.draw(st.integers(1, 5_000_00))
    item = replace(COAT, base_price_fen=base, tag_price_fen=base, brand_rate=commission)
    for ending in Ending:
        found = quote_price(item, RuleSet(replace(terms, ending=ending)), 5, AT)
        assert found.broken is None
        assert found.wholesale_fen == found.lowest_fen == max(1, round_half_up(base * (1 - deepest)))
        assert found.commission_fen >= 0


def test_the_minimum_price_is_rounded_once() -> None:
    """Commission 8 %, discount 5 %, margin 3 %: of ¥117.17 the brand gets ¥107.80, and ¥111.31 is both the price and the least."""
    item = replace(COAT, base_price_fen=117_17, brand_rate=Decimal("0.08"))
    found = quote_price(item, PLAIN, 5, AT)
    assert (found.wholesale_fen, found.lowest_fen, found.brand_payable_fen, found.commission_fen) == (
        111_31, 111_31, 107_80, 3_51,
    )  # fmt: skip
    assert found.broken is None
    refused = [base for base in range(1, 3000_00, 61) if quote_of_base(item, base).broken]
    assert refused == []


def quote_of_base(item: SkuToPrice, base: int) -> Quote:
    return quote_price(replace(item, base_price_fen=base), PLAIN, 5, AT)


def test_a_reduction_of_cut_goods_is_rounded_together_with_the_discount() -> None:
    """0.95 × 0.98 = 1 − 0.08 + 0.011: cut goods at exactly the minimum price pass as well."""
    terms = replace(DEFAULT_TERMS, margin_rate=Decimal("0.011"))
    rules = RuleSet(terms, (floor("1", Action.CUT, cut_rate=Decimal("0.02")),))
    for base in range(1, 2000_00, 7):
        item = replace(COAT, base_price_fen=base, tag_price_fen=2000_00, brand_rate=Decimal("0.08"))
        found = quote_price(item, rules, 5, AT)
        assert found.labelling is Labelling.CUT
        assert found.broken is None
        assert found.wholesale_fen == max(1, round_half_up(base * Decimal("0.931")))


@CASES
@given(goods(), rule_sets(), markdown_schedules(), st.integers(0, 5))
def test_no_price_is_zero(item: SkuToPrice, rules: RuleSet, schedule: MarkdownSchedule, tier: int) -> None:
    for ending in Ending:
        terms = replace(rules.terms, ending=ending)
        found = quote_price(item, replace(rules, terms=terms), tier, AT)
        assert found.lowest_fen >= 1
        down = marked_down_price(
            wholesale_fen=found.wholesale_fen,
            lowest_fen=found.lowest_fen,
            markdown_schedule=schedule,
            ending=ending,
            ends_at=AT,
            at=AT,
        )
        assert found.broken or min(found.wholesale_fen, down) >= 1


def test_a_base_price_of_one_fen_stays_one_fen_under_every_rate_and_ending() -> None:
    item = replace(COAT, base_price_fen=1, tag_price_fen=1, brand_rate=Decimal("0.97"))
    for ending in Ending:
        terms = replace(DEFAULT_TERMS, discounts=(Decimal("0.9"),) * TIER_COUNT, ending=ending)
        found = quote_price(item, RuleSet(terms), 0, AT)
        assert (found.wholesale_fen, found.lowest_fen, found.brand_payable_fen, found.broken) == (1, 1, 0, None)


def test_a_list_that_was_frozen_under_the_former_rounding_recomputes_as_it_was_frozen() -> None:
    item = replace(COAT, base_price_fen=117_17, brand_rate=Decimal("0.08"))
    former = DEFAULT_TERMS.to_json()
    del former["rounding"]
    terms = ListTerms.from_json(former)
    found = quote_from_inputs(resolve_inputs(item, PLAIN, AT), terms, 4)
    assert (found.wholesale_fen, found.lowest_fen) == (112_48, 111_32)
    assert quote_from_inputs(resolve_inputs(item, PLAIN, AT), terms, 5).broken is BrokenRule.MARGIN


def round_half_up(amount: Decimal) -> int:
    return int(amount + Decimal("0.5"))


def test_broken_prices_say_which_rule_they_break() -> None:
    deep = replace(DEFAULT_TERMS, discounts=(Decimal("0.18"),) * TIER_COUNT)
    assert priced(terms=deep).broken is BrokenRule.MARGIN
    assert priced(floor("0.5", Action.CUT, cut_rate=Decimal("0.2"))).broken is BrokenRule.CUT_MARGIN
    above = floor("0", Action.RAISE, floor_rate=None, floor_fen=1000_01)
    assert priced(above).broken is BrokenRule.FLOOR_ABOVE_TAG


@CASES
@given(goods(), rule_sets())
def test_what_the_cheapest_tier_does_not_break_no_tier_breaks(item: SkuToPrice, rules: RuleSet) -> None:
    if quote_price(item, rules, TIER_COUNT - 1, AT).broken is None:
        assert all(quote_price(item, rules, tier, AT).broken is None for tier in range(TIER_COUNT))


# PRICE-10


@CASES
@given(goods(), rule_sets(), markdown_schedules(), st.integers(0, 600), st.integers(0, 600), st.integers(0, 5))
def test_a_markdown_schedule_only_goes_down_and_stops_at_floor_and_margin(
    item: SkuToPrice, rules: RuleSet, schedule: MarkdownSchedule, one: int, other: int, tier: int
) -> None:
    found = quote_price(item, rules, tier, AT)
    if found.broken or found.excluded:
        return
    early, late = sorted((one, other))

    def at(minutes: int) -> int:
        return marked_down_price(
            wholesale_fen=found.wholesale_fen,
            lowest_fen=found.lowest_fen,
            markdown_schedule=schedule,
            ending=rules.terms.ending,
            ends_at=AT + timedelta(minutes=600),
            at=AT + timedelta(minutes=minutes),
        )

    assert found.wholesale_fen >= at(early) >= at(late) >= found.lowest_fen


def test_a_price_stays_at_the_last_step_when_the_schedule_has_ended() -> None:
    schedule = MarkdownSchedule(last_minutes=208, every_minutes=26, rate=Decimal("0.0016"))
    ends_at = AT + timedelta(minutes=600)

    def at(minutes: int) -> int:
        return marked_down_price(
            wholesale_fen=313,
            lowest_fen=1,
            markdown_schedule=schedule,
            ending=Ending.FEN,
            ends_at=ends_at,
            at=AT + timedelta(minutes=minutes),
        )

    assert [at(minutes) for minutes in (0, 391, 392, 599, 600, 601, 9999)] == [313, 313, 312, 309, 309, 309, 309]


def test_a_markdown_schedule_takes_a_tenth_more_each_half_hour() -> None:
    ends_at = AT + timedelta(hours=2)

    def at(minutes: int) -> int:
        return marked_down_price(
            wholesale_fen=100_00,
            lowest_fen=75_00,
            markdown_schedule=MarkdownSchedule(90, 30, Decimal("0.1")),
            ending=Ending.FEN,
            ends_at=ends_at,
            at=AT + timedelta(minutes=minutes),
        )

    assert [at(minutes) for minutes in (0, 29, 30, 59, 60, 90, 119)] == [
        100_00, 100_00, 90_00, 90_00, 80_00, 75_00, 75_00,
    ]  # fmt: skip


# PRICE-11, PRICE-12


@CASES
@given(goods(), rule_sets(), st.integers(0, 5))
def test_the_steps_lead_without_a_gap_to_the_price(item: SkuToPrice, rules: RuleSet, tier: int) -> None:
    found = quote_price(item, rules, tier, AT)
    chain = [step for step in found.steps if step.rule not in (Rule.COMMISSION, Rule.MARGIN)]
    assert chain[0].after_fen == item.tag_price_fen
    for before, after in itertools.pairwise(chain):
        assert after.before_fen == before.after_fen
    assert chain[-1].after_fen == found.wholesale_fen
    beside = {step.rule: step for step in found.steps}
    assert beside[Rule.COMMISSION].after_fen == found.brand_payable_fen
    assert beside[Rule.MARGIN].after_fen == found.margin_fen


@CASES
@given(goods(), rule_sets(), st.integers(0, 5))
def test_quote_from_inputs_computes_the_quote_again(item: SkuToPrice, rules: RuleSet, tier: int) -> None:
    found = resolve_inputs(item, rules, AT)
    kept_terms = ListTerms.from_json(rules.terms.to_json())
    assert kept_terms == rules.terms
    assert quote_from_inputs(found, kept_terms, tier) == quote_price(item, rules, tier, AT)


@CASES
@given(goods(), rule_sets(), st.integers(0, 5))
def test_explain_steps_hides_amounts_of_brand_and_platform_from_a_reseller(
    item: SkuToPrice, rules: RuleSet, tier: int
) -> None:
    found = resolve_inputs(item, rules, AT)
    priced_now = quote_price(item, rules, tier, AT)
    steps = explain_steps(priced_now, found, Role.RESELLER)
    assert {step.rule for step in steps} <= {"PRICE-1", "PRICE-4", "PRICE-5", "PRICE-6", "PRICE-7"}
    shown = {figure for step in steps for figure in (step.before_fen, step.after_fen) if figure is not None}
    assert shown <= {
        item.tag_price_fen,
        *(step.after_fen for step in priced_now.steps if step.rule not in (Rule.BASE, Rule.COMMISSION, Rule.MARGIN)),
        *(step.before_fen for step in priced_now.steps if step.rule in (Rule.FLOOR, Rule.CUT, Rule.ENDING)),
    }
    assert all(step.source_id is None for step in steps)
    assert not any("佣金" in step.zh or "基准" in step.zh or "平台" in step.zh for step in steps)


@CASES
@given(goods(), rule_sets(), st.integers(0, 5))
def test_explain_steps_hides_amounts_before_a_floor_or_an_ending_from_a_reseller(
    item: SkuToPrice, rules: RuleSet, tier: int
) -> None:
    priced_now = quote_price(item, rules, tier, AT)
    steps = explain_steps(priced_now, resolve_inputs(item, rules, AT), Role.RESELLER)
    replaced = [
        step
        for step in priced_now.steps
        if step.rule in (Rule.FLOOR, Rule.ENDING) and step.before_fen != step.after_fen
    ]
    if not replaced:
        return
    rule = f"PRICE-{replaced[-1].rule.value}"
    last = max(at for at, step in enumerate(steps) if step.rule == rule)
    amounts = [(step.before_fen, step.after_fen) for step in steps[1 : last + 1]]
    assert amounts == [(None, None)] * (last - 1) + [(None, replaced[-1].after_fen)]


def test_a_brand_sees_its_own_side_and_not_what_a_tier_pays() -> None:
    control = floor("0.5", Action.CUT, cut_rate=Decimal("0.05"))
    found = resolve_inputs(COAT, RuleSet(DEFAULT_TERMS, (control,)), AT)
    steps = explain_steps(quote_from_inputs(found, DEFAULT_TERMS, 3), found, Role.BRAND)
    assert [step.rule for step in steps] == ["PRICE-1", "PRICE-2", "PRICE-3", "PRICE-6"]
    assert [step.after_fen for step in steps] == [1000_00, 300_00, 240_00, None]
    assert "剪标" in steps[-1].zh
    assert "label cut" in steps[-1].en


def test_ops_sees_every_step_with_its_row() -> None:
    control = floor("0.5", Action.CUT, id=77, cut_rate=Decimal("0.05"))
    found = resolve_inputs(COAT, RuleSet(replace(DEFAULT_TERMS, platform_id=5), (control,)), AT)
    steps = explain_steps(quote_from_inputs(found, replace(DEFAULT_TERMS, platform_id=5), 2), found, Role.OPS)
    assert [(step.rule, step.source_id) for step in steps] == [
        ("PRICE-1", None), ("PRICE-2", None), ("PRICE-3", None), ("PRICE-4", 5), ("PRICE-6", 77), ("PRICE-7", 77),
        ("PRICE-8", None),
    ]  # fmt: skip


@CASES
@given(list_terms(), rates(most="0.2"), st.sampled_from(list(Ending)))
def test_terms_of_a_sale_replace_only_what_they_set(platform: ListTerms, margin: Decimal, ending: Ending) -> None:
    assert resolve_terms(SaleTerms(), platform) == replace(platform, sale_rate=None, markdown_schedule=None)
    sale = SaleTerms.from_json(SaleTerms(margin_rate=margin, ending=ending).to_json())
    assert resolve_terms(sale, platform) == replace(
        platform, sale_rate=None, markdown_schedule=None, margin_rate=margin, ending=ending
    )
    assert SaleTerms.from_json({}) == SaleTerms()
