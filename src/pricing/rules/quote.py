"""The quote: what one tier pays for goods, how they are labelled, and every step from the tag price to that figure."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.money import price_of, share
from pricing.rules.commission import Commission, CommissionFound, CommissionSource, commission_for
from pricing.rules.controls import Action, Control, Goods, control_for
from pricing.rules.terms import ROUNDED_APART, TIERS, ListTerms


class Labelling(enum.StrEnum):
    KEPT = "kept"
    CUT = "cut"


class Rule(enum.IntEnum):
    """The numbers of docs/rules/pricing.md that a step can stand on."""

    TAG = 1
    BASE = 2
    COMMISSION = 3
    DISCOUNT = 4
    ENDING = 5
    FLOOR = 6
    CUT = 7
    MARGIN = 8


class Broken(enum.StrEnum):
    """Why goods cannot be priced under these rules."""

    MARGIN = "margin"
    CUT_MARGIN = "cut_margin"
    FLOOR_ABOVE_TAG = "floor_above_tag"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the rule, the row that it came from (0 for none), what the rule says (a rate in ten-thousandths, or fen), and the
    amount before and after. COMMISSION and MARGIN stand beside the chain: they end in the brand's payable and in the platform's part."""

    rule: Rule
    source_id: int
    figure: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What holds for goods before any tier is asked: the figures that a frozen list keeps for a SKU."""

    tag_price_fen: int
    base_price_fen: int
    commission: CommissionFound
    control_id: int | None = None
    floor_fen: int | None = None
    action: Action | None = None
    cut_rate: Decimal | None = None

    @property
    def payable_fen(self) -> int:
        return share(self.base_price_fen, 1 - self.commission.rate)


@dataclass(frozen=True, slots=True)
class Quote:
    """What one tier pays. Amounts in fen. `excluded` goods and `broken` ones have no price that may be used.

    `lowest_fen`: what no markdown goes below. `retail_floor_fen`: least retail price of labelled goods, None where it is free.
    """

    tier: int
    wholesale_fen: int
    labelling: Labelling
    retail_floor_fen: int | None
    lowest_fen: int
    brand_payable_fen: int
    commission_fen: int
    excluded: bool
    broken: Broken | None
    steps: tuple[Step, ...]

    @property
    def margin_fen(self) -> int:
        """What is left to the platform: the wholesale price less what the brand is paid."""
        return self.commission_fen


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All that decides prices besides the goods: the terms of the list, price controls and commission rules, drafts included if asked."""

    terms: ListTerms
    controls: tuple[Control, ...] = ()
    commissions: tuple[Commission, ...] = ()


def quote(goods: Goods, rules: Rulebook, tier: int, at: datetime) -> Quote:
    """The price of goods for a tier at an instant, by PRICE-1 to PRICE-8. Deterministic; 0 is trial, 5 is VIP5."""
    return quote_of(findings(goods, rules, at), rules.terms, tier)


def findings(goods: Goods, rules: Rulebook, at: datetime) -> Findings:
    """Which commission and which control hold for goods at an instant."""
    commission = commission_for(goods, rules.commissions, sale_rate=rules.terms.sale_rate, at=at)
    control = control_for(goods, rules.controls, at)
    if control is None:
        return Findings(goods.tag_price_fen, goods.base_price_fen, commission)
    return Findings(
        goods.tag_price_fen,
        goods.base_price_fen,
        commission,
        control_id=control.id,
        floor_fen=control.floor_of(goods.tag_price_fen),
        action=control.action,
        cut_rate=control.cut_rate,
    )


def quote_of(found: Findings, terms: ListTerms, tier: int) -> Quote:
    """The price for a tier from what was found: the part of the law that a frozen list replays to the same fen (PRICE-12)."""
    payable = found.payable_fen
    least = _least_price(found, terms)
    steps = _first_steps(found, payable)
    price = _discounted(steps, found, terms, tier)
    under = _is_under_floor(found, terms)
    cut = under and found.action is Action.CUT
    price = _floored(steps, found, price, raised=under and found.action is Action.RAISE)
    if cut:
        price = _reduced(steps, found, terms, tier, price)
    floor = None if cut else found.floor_fen
    lowest = max(least, floor or 0)
    price = _ended(steps, terms, price, lowest)
    commission = price - payable
    steps.append(Step(Rule.MARGIN, 0, least - payable, price, commission))
    excluded = under and found.action is Action.EXCLUDE
    return Quote(
        tier=tier,
        wholesale_fen=price,
        labelling=Labelling.CUT if cut else Labelling.KEPT,
        retail_floor_fen=floor,
        lowest_fen=lowest,
        brand_payable_fen=payable,
        commission_fen=commission,
        excluded=excluded,
        broken=None if excluded else _broken(found, price, least, cut=cut),
        steps=tuple(steps),
    )


def quotes_of(found: Findings, terms: ListTerms) -> Sequence[Quote]:
    return [quote_of(found, terms, tier) for tier in range(TIERS)]


def _least_price(found: Findings, terms: ListTerms) -> int:
    """The least price in fen: base × (1 − commission + margin), rounded once (PRICE-8)."""
    base, kept = found.base_price_fen, 1 - found.commission.rate
    if terms.rounding == ROUNDED_APART:
        return share(base, kept) + share(base, terms.margin_rate)
    return price_of(base, kept + terms.margin_rate)


def _first_steps(found: Findings, payable: int) -> list[Step]:
    tag, base, commission = found.tag_price_fen, found.base_price_fen, found.commission
    return [
        Step(Rule.TAG, 0, 0, tag, tag),  # PRICE-1
        Step(Rule.BASE, 0, 0, tag, base),  # PRICE-2
        Step(Rule.COMMISSION, commission.rule_id or 0, basis_points(commission.rate), base, payable),
    ]


def _discounted(steps: list[Step], found: Findings, terms: ListTerms, tier: int) -> int:
    base = found.base_price_fen
    price = _rounded(terms, base, 1 - terms.discounts[tier])
    source = 0 if terms.sale_discounts else terms.platform_id
    steps.append(Step(Rule.DISCOUNT, source, basis_points(terms.discounts[tier]), base, price))
    return price


def _is_under_floor(found: Findings, terms: ListTerms) -> bool:
    """Goods are judged once, by the lowest price that any tier would pay: a garment has one label (PRICE-6)."""
    if found.floor_fen is None:
        return False
    return _rounded(terms, found.base_price_fen, 1 - max(terms.discounts)) < found.floor_fen


def _floored(steps: list[Step], found: Findings, price: int, *, raised: bool) -> int:
    if found.floor_fen is None:
        return price
    after = max(price, found.floor_fen) if raised else price
    steps.append(Step(Rule.FLOOR, found.control_id or 0, found.floor_fen, price, after))
    return after


def _reduced(steps: list[Step], found: Findings, terms: ListTerms, tier: int, price: int) -> int:
    """Discount and further reduction are rounded together, so that rates that add up to the least price pass (PRICE-7)."""
    if not found.cut_rate:
        return price
    if terms.rounding == ROUNDED_APART:
        reduced = share(price, 1 - found.cut_rate)
    else:
        reduced = price_of(found.base_price_fen, (1 - terms.discounts[tier]) * (1 - found.cut_rate))
    steps.append(Step(Rule.CUT, found.control_id or 0, basis_points(found.cut_rate), price, reduced))
    return reduced


def _ended(steps: list[Step], terms: ListTerms, price: int, lowest: int) -> int:
    """An ending never breaks a rule: where it would go under the margin or the floor, the price stays as it is (PRICE-5)."""
    ended = terms.ending.of(price, lowest)
    if ended != price:
        steps.append(Step(Rule.ENDING, 0, terms.ending.step_fen, price, ended))
    return ended


def _broken(found: Findings, price: int, least: int, *, cut: bool) -> Broken | None:
    if found.floor_fen is not None and found.floor_fen > found.tag_price_fen:
        return Broken.FLOOR_ABOVE_TAG
    if price >= least:
        return None
    return Broken.CUT_MARGIN if cut else Broken.MARGIN


def _rounded(terms: ListTerms, fen: int, rate: Decimal) -> int:
    return share(fen, rate) if terms.rounding == ROUNDED_APART else price_of(fen, rate)


def basis_points(rate: Decimal) -> int:
    """A rate in ten-thousandths: rates have at most four decimals."""
    return int(rate * 10_000)


__all__ = [
    "Broken",
    "CommissionFound",
    "CommissionSource",
    "Findings",
    "Labelling",
    "Quote",
    "Rule",
    "Rulebook",
    "Step",
    "basis_points",
    "findings",
    "quote",
    "quote_of",
    "quotes_of",
]
