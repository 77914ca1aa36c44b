"""Retail prices by rule, and what is asked before a price is taken (FORWARD-1, FORWARD-13)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwarding.rules.pricing import (
    MAX_ADDED_FEN,
    MAX_RETAIL_PRICE_FEN,
    PricedGoods,
    PriceEnding,
    PriceQuestion,
    PriceScope,
    RoundingDirection,
    RuleFields,
    is_valid_rule,
    price_by_rule,
    profit_percent,
    questions_about,
    winning_rule,
)

PAR, UP, DOWN = RoundingDirection
COATS, WOMEN = 12, 1

rules = st.builds(
    RuleFields,
    factor=st.integers(50, 2000).map(lambda hundredths: Decimal(hundredths) / 100),
    add_fen=st.integers(0, MAX_ADDED_FEN),
    ending=st.sampled_from(PriceEnding),
    direction=st.sampled_from(RoundingDirection),
)
costs = st.integers(1, 100_000_00)
floors = st.one_of(st.none(), st.integers(1, 200_000_00))


def goods(cost: int, floor: int | None = None, tag: int = 0) -> PricedGoods:
    return PricedGoods(cost_fen=cost, tag_price_fen=tag, floor_fen=floor)


@pytest.mark.parametrize(
    ("factor", "add", "ending", "direction", "cost", "price"),
    [
        ("1.6", 0, PriceEnding.NONE, PAR, 62_70, 100_32),
        ("1", 10_00, PriceEnding.NONE, PAR, 62_70, 72_70),
        ("1.5", 5_00, PriceEnding.NONE, PAR, 60_00, 95_00),
        ("1.6", 0, PriceEnding.POINT_NINE, PAR, 62_70, 99_90),
        ("1.6", 0, PriceEnding.POINT_NINE, UP, 62_70, 100_90),
        ("1.6", 0, PriceEnding.POINT_NINE, DOWN, 62_70, 99_90),
        ("1.6", 0, PriceEnding.POINT_EIGHT, UP, 62_70, 100_80),
        ("1.6", 0, PriceEnding.WHOLE, PAR, 62_70, 100_00),
        ("1.6", 0, PriceEnding.WHOLE, UP, 62_70, 101_00),
        ("1.6", 0, PriceEnding.NINE, PAR, 62_70, 99_00),
        ("1.6", 0, PriceEnding.NINE, UP, 62_70, 109_00),
        ("1.6", 0, PriceEnding.EIGHT, DOWN, 62_70, 98_00),
        # Two prices are as near: the higher one.
        ("1", 0, PriceEnding.WHOLE, PAR, 10_50, 11_00),
        ("1", 0, PriceEnding.WHOLE, UP, 10_00, 10_00),
        ("1", 0, PriceEnding.WHOLE, DOWN, 10_00, 10_00),
        # 1.35 × 0.01 yuan is 1.35 fen.
        ("1.35", 0, PriceEnding.NONE, UP, 1, 2),
        ("1.35", 0, PriceEnding.NONE, DOWN, 1, 1),
        # Nothing is sold for nothing.
        ("1", 0, PriceEnding.WHOLE, DOWN, 50, 1_00),
        ("0.5", 0, PriceEnding.NINE, DOWN, 10_00, 9_00),
    ],
)
def test_price_by_rule(
    factor: str, add: int, ending: PriceEnding, direction: RoundingDirection, cost: int, price: int
) -> None:
    rule = RuleFields(Decimal(factor), add, ending, direction)
    assert is_valid_rule(rule)
    assert price_by_rule(rule, goods(cost)).price_fen == price


def test_price_by_rule_is_raised_to_the_floor_with_its_ending() -> None:
    rule = RuleFields(Decimal("1.2"), ending=PriceEnding.POINT_NINE)
    raised = price_by_rule(rule, goods(62_70, floor=100_00))
    assert (raised.price_fen, raised.is_raised) == (100_90, True)
    kept = price_by_rule(rule, goods(62_70, floor=74_90))
    assert (kept.price_fen, kept.is_raised) == (74_90, False)


@given(rules, costs, floors)
def test_price_by_rule_keeps_the_ending_the_floor_and_the_bounds(
    rule: RuleFields, cost: int, floor: int | None
) -> None:
    assert is_valid_rule(rule)
    priced = price_by_rule(rule, goods(cost, floor))
    step, rest = rule.ending.step_and_rest
    assert priced.price_fen % step == rest
    assert 0 < priced.price_fen <= MAX_RETAIL_PRICE_FEN
    assert floor is None or priced.price_fen >= floor


@given(rules, costs)
def test_price_by_rule_keeps_its_direction(rule: RuleFields, cost: int) -> None:
    price, amount = price_by_rule(rule, goods(cost)).price_fen, cost * Fraction(rule.factor) + rule.add_fen
    step, rest = rule.ending.step_and_rest
    is_lowest = price == (rest or step)
    match rule.direction:
        case RoundingDirection.UP:
            assert amount <= price < amount + step
        case RoundingDirection.DOWN:
            assert amount - step < price <= amount or is_lowest
        case _:
            assert abs(price - amount) <= Fraction(step, 2) or is_lowest


@given(rules, costs, costs, floors)
def test_price_by_rule_is_monotone_in_cost(rule: RuleFields, one: int, other: int, floor: int | None) -> None:
    low, high = sorted((one, other))
    assert price_by_rule(rule, goods(low, floor)).price_fen <= price_by_rule(rule, goods(high, floor)).price_fen


@pytest.mark.parametrize(
    "rule",
    [
        RuleFields(Decimal("0.49")),
        RuleFields(Decimal("20.01")),
        RuleFields(Decimal("1.005")),
        RuleFields(Decimal("NaN")),
        RuleFields(Decimal("Infinity")),
        RuleFields(add_fen=-1),
        RuleFields(add_fen=MAX_ADDED_FEN + 1),
    ],
)
def test_a_rule_out_of_bounds_is_not_valid(rule: RuleFields) -> None:
    assert not is_valid_rule(rule)


@pytest.mark.parametrize(
    ("price", "cost", "tag", "floor", "expected"),
    [
        (1_00, 62_70, 399_00, None, [PriceQuestion.BELOW_COST, PriceQuestion.FAR_BELOW_TAG]),
        (62_69, 62_70, 399_00, None, [PriceQuestion.BELOW_COST]),
        (62_70, 62_70, 399_00, None, []),
        (39_89, 30_00, 399_00, None, [PriceQuestion.FAR_BELOW_TAG]),
        (39_90, 30_00, 399_00, None, []),
        (399_00, 100_00, 399_00, None, []),
        (399_01, 100_00, 399_00, None, [PriceQuestion.ABOVE_TAG]),
        (313_50, 62_70, 399_00, None, []),
        (313_51, 62_70, 399_00, None, [PriceQuestion.FAR_ABOVE_COST]),
        (627_00_00, 62_70, 399_00, None, [PriceQuestion.ABOVE_TAG, PriceQuestion.FAR_ABOVE_COST]),
        # Goods without a tag price.
        (100_00, 62_70, 0, None, []),
        # The floor cannot be gone below, so it is not asked about, unless it loses money.
        (320_00, 62_70, 399_00, 320_00, []),
        (320_00, 330_00, 399_00, 320_00, [PriceQuestion.BELOW_COST]),
        (321_00, 62_70, 399_00, 320_00, [PriceQuestion.FAR_ABOVE_COST]),
    ],
)
def test_questions_about(price: int, cost: int, tag: int, floor: int | None, expected: list[PriceQuestion]) -> None:
    assert list(questions_about(price, goods(cost, floor, tag))) == expected


def test_the_most_specific_rule_wins() -> None:
    def rule(add: int) -> RuleFields:
        return RuleFields(add_fen=add)

    found = {
        PriceScope(None, None): rule(1),
        PriceScope(None, WOMEN): rule(2),
        PriceScope(None, COATS): rule(3),
        PriceScope(7, None): rule(4),
        PriceScope(7, WOMEN): rule(5),
        PriceScope(7, COATS): rule(6),
    }
    for add in (6, 5, 4, 3, 2, 1):
        winner = winning_rule(found, 7, [COATS, WOMEN])
        assert winner == rule(add)
        found = {scope: each for scope, each in found.items() if each != winner}
    assert winning_rule(found, 7, [COATS, WOMEN]) is None
    assert winning_rule({PriceScope(8, None): rule(1)}, 7, []) is None


@pytest.mark.parametrize(
    ("price", "cost", "percent"),
    [(119_00, 73_85, 38), (100_00, 100_00, 0), (100_00, 150_00, -50), (3, 2, 33), (200, 199, 1)],
)
def test_profit_percent(price: int, cost: int, percent: int) -> None:
    assert profit_percent(price, cost) == percent
