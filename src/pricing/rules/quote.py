"""The quote: what one tier pays for a SKU, whether its label is cut, and every step from the tag price to that price."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.money import price_of, share
from membership.rules.tiers import TIER_COUNT
from pricing.rules.commission import Commission, ResolvedCommission, resolve_commission
from pricing.rules.controls import Action, Control, SkuToPrice, resolve_control
from pricing.rules.terms import ROUNDED_APART, ListTerms


class Labelling(enum.StrEnum):
    KEPT = "kept"
    CUT = "cut"


class Rule(enum.IntEnum):
    """The rules of docs/rules/pricing.md that a step of a quote can apply."""

    TAG = 1
    BASE = 2
    COMMISSION = 3
    DISCOUNT = 4
    ENDING = 5
    FLOOR = 6
    CUT = 7
    MARGIN = 8


class BrokenRule(enum.StrEnum):
    """The rule that the price of a SKU would break."""

    MARGIN = "margin"
    CUT_MARGIN = "cut_margin"
    FLOOR_ABOVE_TAG = "floor_above_tag"


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One step of a quote. `source_id` is the row of the rule (0: none), `figure` the rule's rate in ten-thousandths or its fen.

    COMMISSION and MARGIN are not part of the chain of prices: they end in the brand's payable and in the platform's part.
    """

    rule: Rule
    source_id: int
    figure: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class PriceInputs:
    """What the price of a SKU is computed from, the same for all tiers. A frozen price list keeps these figures for each SKU."""

    tag_price_fen: int
    base_price_fen: int
    commission: ResolvedCommission
    control_id: int | None = None
    floor_fen: int | None = None
    action: Action | None = None
    cut_rate: Decimal | None = None

    @property
    def payable_fen(self) -> int:
        return share(self.base_price_fen, 1 - self.commission.rate)


@dataclass(frozen=True, slots=True)
class Quote:
    """What one tier pays for a SKU. Amounts in fen. The price of an `excluded` or `broken` quote must not be used.

    `lowest_fen`: the price that no markdown goes below. `retail_floor_fen`: the lowest retail price of labelled goods, None where the
    reseller may ask any.
    """

    tier: int
    wholesale_fen: int
    labelling: Labelling
    retail_floor_fen: int | None
    lowest_fen: int
    brand_payable_fen: int
    commission_fen: int
    excluded: bool
    broken: BrokenRule | None
    steps: tuple[PriceStep, ...]

    @property
    def margin_fen(self) -> int:
        """What is left to the platform: the wholesale price less what the brand is paid."""
        return self.commission_fen


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that prices follow: the terms of the list, price controls and commissions, those of a draft included if requested."""

    terms: ListTerms
    controls: tuple[Control, ...] = ()
    commissions: tuple[Commission, ...] = ()


def quote_price(sku: SkuToPrice, rules: RuleSet, tier: int, at: datetime) -> Quote:
    """The price of a SKU for a tier at an instant, by PRICE-1 to PRICE-8. Deterministic; tier 0 is trial, 5 is VIP5.

    This is the law for one SKU, which tests compare with `pricing.sql.compute_prices`. The prices of a sale are computed there, for many
    SKUs at once, and frozen by `services.price_lists.freeze_price_list`.
    """
    return quote_from_inputs(resolve_inputs(sku, rules, at), rules.terms, tier)


def resolve_inputs(sku: SkuToPrice, rules: RuleSet, at: datetime) -> PriceInputs:
    """The commission and the control that apply to a SKU at an instant, with its own prices."""
    commission = resolve_commission(sku, rules.commissions, sale_rate=rules.terms.sale_rate, at=at)
    control = resolve_control(sku, rules.controls, at)
    if control is None:
        return PriceInputs(sku.tag_price_fen, sku.base_price_fen, commission)
    return PriceInputs(
        sku.tag_price_fen,
        sku.base_price_fen,
        commission,
        control_id=control.id,
        floor_fen=control.floor_for(sku.tag_price_fen),
        action=control.action,
        cut_rate=control.cut_rate,
    )


def quote_from_inputs(inputs: PriceInputs, terms: ListTerms, tier: int) -> Quote:
    """The price for a tier from the inputs of a SKU. A frozen price list repeats this computation to the same fen (PRICE-12)."""
    payable = inputs.payable_fen
    min_price = _min_price(inputs, terms)
    steps = _steps_before_discount(inputs, payable)
    price = _apply_discount(steps, inputs, terms, tier)
    below = _is_below_floor(inputs, terms)
    cut = below and inputs.action is Action.CUT
    price = _apply_floor(steps, inputs, price, raised=below and inputs.action is Action.RAISE)
    if cut:
        price = _apply_cut_rate(steps, inputs, terms, tier, price)
    floor = None if cut else inputs.floor_fen
    lowest = max(min_price, floor or 0)
    price = _apply_ending(steps, terms, price, lowest)
    commission = price - payable
    steps.append(PriceStep(Rule.MARGIN, 0, min_price - payable, price, commission))
    excluded = below and inputs.action is Action.EXCLUDE
    return Quote(
        tier=tier,
        wholesale_fen=price,
        labelling=Labelling.CUT if cut else Labelling.KEPT,
        retail_floor_fen=floor,
        lowest_fen=lowest,
        brand_payable_fen=payable,
        commission_fen=commission,
        excluded=excluded,
        broken=None if excluded else _broken_rule(inputs, price, min_price, cut=cut),
        steps=tuple(steps),
    )


def quotes_of_all_tiers(inputs: PriceInputs, terms: ListTerms) -> Sequence[Quote]:
    return [quote_from_inputs(inputs, terms, tier) for tier in range(TIER_COUNT)]


def _min_price(inputs: PriceInputs, terms: ListTerms) -> int:
    """The minimum price in fen: base × (1 − commission + margin), rounded once (PRICE-8)."""
    base, kept = inputs.base_price_fen, 1 - inputs.commission.rate
    if terms.rounding == ROUNDED_APART:
        return share(base, kept) + share(base, terms.margin_rate)
    return price_of(base, kept + terms.margin_rate)


def _steps_before_discount(inputs: PriceInputs, payable: int) -> list[PriceStep]:
    tag, base, commission = inputs.tag_price_fen, inputs.base_price_fen, inputs.commission
    return [
        PriceStep(Rule.TAG, 0, 0, tag, tag),  # PRICE-1
        PriceStep(Rule.BASE, 0, 0, tag, base),  # PRICE-2
        PriceStep(Rule.COMMISSION, commission.rule_id or 0, basis_points(commission.rate), base, payable),
    ]


def _apply_discount(steps: list[PriceStep], inputs: PriceInputs, terms: ListTerms, tier: int) -> int:
    base = inputs.base_price_fen
    price = _rounded(terms, base, 1 - terms.discounts[tier])
    source = 0 if terms.sale_discounts else terms.platform_id
    steps.append(PriceStep(Rule.DISCOUNT, source, basis_points(terms.discounts[tier]), base, price))
    return price


def _is_below_floor(inputs: PriceInputs, terms: ListTerms) -> bool:
    """Whether the lowest price that any tier would pay is below the floor; one answer for all tiers, since a garment has one label."""
    if inputs.floor_fen is None:
        return False
    return _rounded(terms, inputs.base_price_fen, 1 - max(terms.discounts)) < inputs.floor_fen


def _apply_floor(steps: list[PriceStep], inputs: PriceInputs, price: int, *, raised: bool) -> int:
    if inputs.floor_fen is None:
        return price
    after = max(price, inputs.floor_fen) if raised else price
    steps.append(PriceStep(Rule.FLOOR, inputs.control_id or 0, inputs.floor_fen, price, after))
    return after


def _apply_cut_rate(steps: list[PriceStep], inputs: PriceInputs, terms: ListTerms, tier: int, price: int) -> int:
    """Discount and further reduction are multiplied and rounded once, so that rates that add up to the minimum price pass (PRICE-7)."""
    if not inputs.cut_rate:
        return price
    if terms.rounding == ROUNDED_APART:
        reduced = share(price, 1 - inputs.cut_rate)
    else:
        reduced = price_of(inputs.base_price_fen, (1 - terms.discounts[tier]) * (1 - inputs.cut_rate))
    steps.append(PriceStep(Rule.CUT, inputs.control_id or 0, basis_points(inputs.cut_rate), price, reduced))
    return reduced


def _apply_ending(steps: list[PriceStep], terms: ListTerms, price: int, lowest: int) -> int:
    """Where the ending would go below the margin or the floor, the price stays as it is (PRICE-5)."""
    ended = terms.ending.apply(price, lowest)
    if ended != price:
        steps.append(PriceStep(Rule.ENDING, 0, terms.ending.step_fen, price, ended))
    return ended


def _broken_rule(inputs: PriceInputs, price: int, min_price: int, *, cut: bool) -> BrokenRule | None:
    if inputs.floor_fen is not None and inputs.floor_fen > inputs.tag_price_fen:
        return BrokenRule.FLOOR_ABOVE_TAG
    if price >= min_price:
        return None
    return BrokenRule.CUT_MARGIN if cut else BrokenRule.MARGIN


def _rounded(terms: ListTerms, fen: int, rate: Decimal) -> int:
    return share(fen, rate) if terms.rounding == ROUNDED_APART else price_of(fen, rate)


def basis_points(rate: Decimal) -> int:
    """A rate in ten-thousandths: rates have at most four decimals."""
    return int(rate * 10_000)
