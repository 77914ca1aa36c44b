"""Retail prices by rule, and what is asked before a price is taken (FORWARD-1, FORWARD-13)."""

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

MAX_RETAIL_PRICE_FEN = 10_000_000_00
MIN_FACTOR, MAX_FACTOR = Decimal("0.50"), Decimal("20.00")
MAX_ADDED_FEN = 100_000_00
MIN_PERCENT_OF_TAG = 10
"""A price below this share of the tag price is asked about."""
MAX_TIMES_COST = 5
"""A price above so many times the cost is asked about."""


class PriceEnding(enum.StrEnum):
    """How a price ends."""

    NONE = "none"
    POINT_NINE = "point_nine"
    POINT_EIGHT = "point_eight"
    WHOLE = "whole"
    NINE = "nine"
    """A whole price in yuan whose last digit is 9."""
    EIGHT = "eight"

    @property
    def step_and_rest(self) -> tuple[int, int]:
        """Prices with the ending leave this rest, in fen, when they are divided by this step."""
        return _ENDINGS[self]


_ENDINGS = {
    PriceEnding.NONE: (1, 0),
    PriceEnding.POINT_NINE: (100, 90),
    PriceEnding.POINT_EIGHT: (100, 80),
    PriceEnding.WHOLE: (100, 0),
    PriceEnding.NINE: (10_00, 9_00),
    PriceEnding.EIGHT: (10_00, 8_00),
}


class RoundingDirection(enum.StrEnum):
    """Which price with the ending is taken. `PAR` 平价 is the nearest one, the higher of two that are as near."""

    PAR = "par"
    UP = "up"
    DOWN = "down"


class PriceQuestion(enum.StrEnum):
    """Why a price is taken only once she confirms it."""

    BELOW_COST = "below_cost"
    ABOVE_TAG = "above_tag"
    FAR_BELOW_TAG = "far_below_tag"
    FAR_ABOVE_COST = "far_above_cost"


@dataclass(frozen=True, slots=True)
class RuleFields:
    """How retail prices follow from cost: cost × `factor` + `add_fen`, rounded to a price with the ending."""

    factor: Decimal = Decimal(1)
    add_fen: int = 0
    ending: PriceEnding = PriceEnding.NONE
    direction: RoundingDirection = RoundingDirection.PAR


@dataclass(frozen=True, slots=True)
class PriceScope:
    """Where a rule of a reseller applies: in one sale or in all, for one category with those below it or for all."""

    sale_id: int | None
    category_id: int | None


@dataclass(frozen=True, slots=True)
class PricedGoods:
    """What a retail price of a style depends on.

    `cost_fen` is what its most expensive SKU costs the reseller now, `floor_fen` the highest floor of the SKUs that keep their label, None
    where there is none; `tag_price_fen` is the highest of its SKUs.
    """

    cost_fen: int
    tag_price_fen: int
    floor_fen: int | None


@dataclass(frozen=True, slots=True)
class RulePrice:
    """A price by rule. `is_raised`: the rule gave less than the floor, and the price is the lowest with the ending that keeps it."""

    price_fen: int
    is_raised: bool


def is_valid_rule(rule: RuleFields) -> bool:
    """Whether a rule is within its bounds: a factor of `MIN_FACTOR` to `MAX_FACTOR` with two decimals, ¥0 to `MAX_ADDED_FEN` added."""
    return (
        rule.factor.is_finite()
        and MIN_FACTOR <= rule.factor <= MAX_FACTOR
        and rule.factor == round(rule.factor, 2)
        and 0 <= rule.add_fen <= MAX_ADDED_FEN
    )


def price_by_rule(rule: RuleFields, goods: PricedGoods) -> RulePrice:
    """The retail price of a style by a valid rule: above zero, with the ending, and never below the floor (FORWARD-13)."""
    amount = goods.cost_fen * Fraction(rule.factor) + rule.add_fen
    step, rest = rule.ending.step_and_rest
    floor_fen = max(goods.floor_fen or 0, 1)
    # The highest price that her ending allows; a price above it cannot be stored.
    highest = MAX_RETAIL_PRICE_FEN - (MAX_RETAIL_PRICE_FEN - rest) % step
    below = math.floor((amount - rest) / step) * step + rest
    above = below if below == amount else below + step
    if rule.direction is RoundingDirection.UP:
        price_fen = above
    elif rule.direction is RoundingDirection.DOWN:
        price_fen = below
    else:
        price_fen = below if amount - below < above - amount else above
    if price_fen >= floor_fen:
        return RulePrice(min(price_fen, highest), is_raised=False)
    raised = floor_fen + (rest - floor_fen) % step
    return RulePrice(raised, is_raised=goods.floor_fen is not None)


def questions_about(price_fen: int, goods: PricedGoods) -> tuple[PriceQuestion, ...]:
    """What is asked before a price is taken. A price at the floor is asked about only where it loses money: it cannot be lower."""
    questions = []
    if price_fen < goods.cost_fen:
        questions.append(PriceQuestion.BELOW_COST)
    if goods.floor_fen is not None and price_fen == goods.floor_fen:
        return tuple(questions)
    if goods.tag_price_fen and price_fen > goods.tag_price_fen:
        questions.append(PriceQuestion.ABOVE_TAG)
    if price_fen * 100 < goods.tag_price_fen * MIN_PERCENT_OF_TAG:
        questions.append(PriceQuestion.FAR_BELOW_TAG)
    if price_fen > goods.cost_fen * MAX_TIMES_COST:
        questions.append(PriceQuestion.FAR_ABOVE_COST)
    return tuple(questions)


def rule_scopes(sale_id: int, category_ids: Sequence[int]) -> list[PriceScope]:
    """The scopes in which a style may have a rule, the one that wins first (FORWARD-13).

    `category_ids` is the category of the style and those above it, the nearest first. A rule of the sale wins over one of all sales, and
    among those the nearest category.
    """
    return [PriceScope(sale, category) for sale in (sale_id, None) for category in (*category_ids, None)]


def winning_rule(
    rules: Mapping[PriceScope, RuleFields], sale_id: int, category_ids: Sequence[int]
) -> RuleFields | None:
    """The rule that prices a style of a sale; None where the reseller has none that applies."""
    return next((rules[scope] for scope in rule_scopes(sale_id, category_ids) if scope in rules), None)


def profit_percent(price_fen: int, cost_fen: int) -> int:
    """The share of a price that she earns, in whole percent, rounded half away from zero; negative where she loses."""
    earned = abs(price_fen - cost_fen) * 200 + price_fen
    percent = earned // (2 * price_fen)
    return percent if price_fen >= cost_fen else -percent
