"""The price list in SQL compared with the pure rules: thousands of generated SKUs under generated rules, equal in every column."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounts.rules import SYSTEM
from integrity.selectors.checks import violations_of
from inventory.models import Category, Sku
from membership.rules.tiers import TIER_COUNT
from pricing.models import CommissionRule, PriceControl, PriceList
from pricing.rules.controls import Action, Scope
from pricing.rules.quote import quote_price
from pricing.rules.terms import Ending, MarkdownSchedule, SaleTerms
from pricing.selectors import price_lists
from pricing.services import price_lists as pricing_price_lists
from tests.pricing import rule_sets
from tests.pricing.stock import NOW, brand, category_chain, sku

GOODS = 300
ROUNDS = 6  # 300 goods for six tiers under six sets of rules: 10,800 quotes


def rate(dice: random.Random, least: int, most: int) -> Decimal:
    return Decimal(dice.randrange(least, most)) / 10_000


def catalogue(dice: random.Random, brands: list[int], categories: list[Category]) -> list[Sku]:
    found = []
    for _ in range(GOODS):
        tag = dice.choice([dice.randrange(1, 300), dice.randrange(1_00, 3000_00)])
        found.append(
            sku(
                dice.choice(brands),
                tag_fen=tag,
                base_fen=dice.randrange(1, tag + 1),
                category=dice.choice([None, *categories]),
                season=dice.choice("春秋冬"),
                year=dice.choice([None, 2024, 2025]),
            )
        )
    return found


def enter_rules(dice: random.Random, brands: list[int], categories: list[Category], goods: list[Sku]) -> None:
    """Rules as rows, valid by themselves but free to contradict one another: what services refuse must be equal too."""
    for _ in range(25):
        scope = dice.choice(list(Scope))
        item = dice.choice(goods)
        starts_on = NOW.date() + timedelta(days=dice.randrange(-6, 3))
        by_rate = dice.random() < 0.6
        action = dice.choice(list(Action))
        control = PriceControl(
            brand_id=item.brand_id if scope is Scope.STYLE else dice.choice(brands),
            scope=scope,
            category=dice.choice(categories) if scope is Scope.CATEGORY else None,
            season=dice.choice("春秋冬") if scope is Scope.SEASON else "",
            year=dice.choice([None, 2024, 2025]) if scope is Scope.SEASON else None,
            style=item.style if scope is Scope.STYLE else None,
            starts_on=starts_on,
            ends_on=dice.choice([None, starts_on + timedelta(days=dice.randrange(8))]),
            floor_rate=rate(dice, 500, 10_001) if by_rate else None,
            floor_fen=None if by_rate else dice.randrange(1, 1500_00),
            action=action,
            cut_rate=rate(dice, 0, 3000) if action is Action.CUT else 0,
            entered_at=NOW,
            withdrawn_at=dice.choice([None, None, None, NOW]),
        )
        PriceControl.objects.bulk_create([control], ignore_conflicts=True)
    for _ in range(8):
        pair = dice.choice([(True, False), (True, True), (False, True)])
        CommissionRule.objects.bulk_create(
            [
                CommissionRule(
                    brand_id=dice.choice(brands) if pair[0] else None,
                    category=dice.choice(categories) if pair[1] else None,
                    rate=rate(dice, 0, 4000),
                    from_at=NOW + timedelta(days=dice.randrange(-9, 3)),
                    entered_at=NOW,
                )
            ],
            ignore_conflicts=True,
        )


def invented_terms(dice: random.Random) -> SaleTerms:
    return SaleTerms(
        commission_rate=dice.choice([None, rate(dice, 0, 4000)]),
        discounts=dice.choice([None, tuple(sorted(rate(dice, 0, 3000) for _ in range(TIER_COUNT)))]),
        margin_rate=dice.choice([None, rate(dice, 0, 1000)]),
        ending=dice.choice(list(Ending)),
        markdown_schedule=dice.choice([None, MarkdownSchedule(60, 20, Decimal("0.1"))]),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_preview_price_list_in_sql_equals_the_pure_rules_on_every_row(seed: int) -> None:
    dice = random.Random(seed)
    brands = [brand(str(rate(dice, 0, 4000))) for _ in range(2)]
    categories = list(category_chain())
    goods = catalogue(dice, brands, categories)
    enter_rules(dice, brands, categories, goods)
    terms = invented_terms(dice)
    ids = [item.pk for item in goods]
    rules = rule_sets.rule_set_at(NOW, brand_ids=brands, sale=terms)
    expected_quotes = {
        (item.sku_id, tier): quote_price(item, rules, tier, NOW)
        for item in rule_sets.skus_to_price(ids)
        for tier in range(TIER_COUNT)
    }
    rows = price_lists.preview_price_list(sku_ids=ids, terms=terms, at=NOW)
    assert len(rows) == len(expected_quotes) == GOODS * TIER_COUNT
    kinds = set()
    for row in rows:
        expected = expected_quotes[row.sku_id, row.tier]
        assert row.quote() == expected
        assert (row.wholesale_fen, row.labelling, row.retail_floor_fen, row.lowest_fen) == (
            expected.wholesale_fen, expected.labelling, expected.retail_floor_fen, expected.lowest_fen,
        )  # fmt: skip
        assert (row.brand_payable_fen, row.commission_fen, row.excluded, row.broken) == (
            expected.brand_payable_fen, expected.commission_fen, expected.excluded, expected.broken,
        )  # fmt: skip
        kinds.add((expected.labelling, expected.excluded, expected.broken))
    assert len(kinds) >= 4
    _freeze_what_can_be_frozen(rows, terms)


def _freeze_what_can_be_frozen(rows: list[price_lists.PreviewRow], terms: SaleTerms) -> None:
    broken = {row.sku_id for row in rows if row.broken}
    good = sorted({row.sku_id for row in rows} - broken)
    frozen = pricing_price_lists.freeze_price_list(actor=SYSTEM, sku_ids=good, terms=terms, at=NOW, now=NOW)
    expected = {(row.sku_id, row.tier): row for row in rows if row.sku_id in set(good) and not row.excluded}
    seen = 0
    after = ""
    while True:
        page = price_lists.list_frozen_rows(frozen.id, cursor=after)
        for kept in page.items:
            previewed = expected[kept.sku_id, kept.tier]
            assert (kept.wholesale_fen, kept.labelling, kept.retail_floor_fen, kept.lowest_fen, kept.commission_fen) == (
                previewed.wholesale_fen, previewed.labelling, previewed.retail_floor_fen, previewed.lowest_fen,
                previewed.commission_fen,
            )  # fmt: skip
            seen += 1
        if page.next_cursor is None:
            break
        after = page.next_cursor
    assert seen == len(expected) == frozen.priced * TIER_COUNT
    assert violations_of("pricing") == []
    assert price_lists.list_price_differences(list_id=frozen.id) == []
    assert PriceList.objects.get(pk=frozen.id).excluded == len(frozen.excluded)


@pytest.mark.django_db
def test_preview_price_list_is_quick_when_the_planner_takes_the_tables_for_empty() -> None:
    """Rows that were rolled back leave their pages behind; where an analysis finds only those, the planner reckons with no row at all."""
    dice = random.Random(0)
    categories = list(category_chain())
    with transaction.atomic():
        for _ in range(6):
            enter_goods(dice, categories)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE brands_brand, inventory_style, inventory_sku, pricing_pricecontrol, pricing_commissionrule"
        )
        cursor.execute("SET LOCAL statement_timeout = '20s'")
    goods = enter_goods(dice, categories)
    ids = [item.pk for item in goods]
    rows = price_lists.preview_price_list(sku_ids=ids, terms=invented_terms(dice), at=NOW)
    assert len(rows) == GOODS * TIER_COUNT


def enter_goods(dice: random.Random, categories: list[Category]) -> list[Sku]:
    brands = [brand("0.2"), brand("0.3")]
    goods = catalogue(dice, brands, categories)
    enter_rules(dice, brands, categories, goods)
    return goods
