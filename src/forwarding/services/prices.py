"""Writes of retail prices: single ones and many at once, typed or by rule (FORWARD-1, FORWARD-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from accounts.rules import Actor
from flashsales.selectors.styles import get_style_in_sale
from forwarding.rules.pages import SelectedStyle
from forwarding.rules.pricing import (
    MAX_RETAIL_PRICE_FEN,
    PricedGoods,
    PriceQuestion,
    RuleFields,
    is_valid_rule,
    questions_about,
)
from forwarding.selectors.pricing import PriceProposalView, goods_of, propose_prices
from forwarding.services.price_rules import InvalidPriceRule
from forwarding.sql.prices import GoodsToPrice, NewPrice, find_goods_to_price, remove_prices, store_prices
from kernel.refusal import Conflict, Invalid, Refusal
from membership.selectors.people import MemberView, require_member, require_reseller

MAX_PRICED_AT_ONCE = 5000
"""Of typed prices: a page holds far fewer."""


class BelowFloor(Conflict):
    code = "forwarding.below_floor"
    zh = "{style_no} 保留吊牌，品牌控价不低于 ¥{floor}，不能标 ¥{price}"
    en = "{style_no} keeps its label: the brand's floor is ¥{floor}, so ¥{price} is too low"
    style_no: str
    floor_fen: int
    price_fen: int


class InvalidRetailPrice(Invalid):
    code = "forwarding.invalid_retail_price"
    zh = "零售价须大于 0 且不超过 ¥{max}"
    en = "A retail price is above zero and at most ¥{max}"
    max_fen: int


class BelowCost(Conflict):
    """A refusal that asks a question: the same price is accepted once it is confirmed."""

    code = "forwarding.below_cost"
    zh = "{style_no} 您的拿货价是 ¥{cost}，标 ¥{price} 卖一件亏 ¥{loss}。确定要亏本卖吗？"
    en = "{style_no} costs you ¥{cost}: at ¥{price} you lose ¥{loss} on a piece. Is that what you want?"
    style_no: str
    cost_fen: int
    price_fen: int
    loss_fen: int


class AboveTagPrice(Conflict):
    """A refusal that asks a question, as BelowCost does."""

    code = "forwarding.above_tag_price"
    zh = "{style_no} 吊牌价才 ¥{tag_price}，您标 ¥{price}，比吊牌还贵。确定吗？"
    en = "The label of {style_no} says ¥{tag_price}, and ¥{price} is more than that. Is that what you want?"
    style_no: str
    tag_price_fen: int
    price_fen: int


class FarBelowTagPrice(Conflict):
    """A refusal that asks a question, as BelowCost does."""

    code = "forwarding.far_below_tag_price"
    zh = "{style_no} 吊牌价 ¥{tag_price}，标 ¥{price} 不到一折。是不是少打了一位？确定吗？"
    en = "The label of {style_no} says ¥{tag_price}, and ¥{price} is less than a tenth of it. Is that what you want?"
    style_no: str
    tag_price_fen: int
    price_fen: int


class FarAboveCost(Conflict):
    """A refusal that asks a question, as BelowCost does."""

    code = "forwarding.far_above_cost"
    zh = "{style_no} 您的拿货价是 ¥{cost}，标 ¥{price} 超过 5 倍。是不是多打了一位？确定吗？"
    en = "{style_no} costs you ¥{cost}, and ¥{price} is more than five times as much. Is that what you want?"
    style_no: str
    cost_fen: int
    price_fen: int


class TooManyPrices(Invalid):
    code = "forwarding.too_many_prices"
    zh = "一次最多定 {max} 款的价"
    en = "At most {max} prices can be set at once"
    max: int


QUESTIONS = (BelowCost, AboveTagPrice, FarBelowTagPrice, FarAboveCost)
"""Refusals of a price that is taken once it is confirmed."""


@dataclass(frozen=True, slots=True)
class PriceDraft:
    """A retail price as she typed it; None removes it. `confirmed`: she was asked about this price and wants it.

    `by_rule` marks a price that she took from a rule as it was.
    """

    sale_id: int
    style_id: int
    price_fen: int | None
    by_rule: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RulePricingView:
    """What a rule did, or would do. Nothing is set while prices ask: `is_set` is false, and `version` confirms exactly these prices.

    `priced` counts the styles that get a price by rule, `kept` those whose own price stays, `raised` those raised to their floor,
    `without_rule` those for which she has no rule. `asked` are the ones of `styles` whose prices ask.
    """

    is_set: bool
    version: str
    priced: int
    kept: int
    raised: int
    without_rule: int
    asked: list[PriceProposalView]
    styles: list[PriceProposalView]


def question_about(style_no: str, goods: PricedGoods, price_fen: int) -> Refusal | None:
    """The first question about a price, as a refusal; None where nothing is asked (FORWARD-1)."""
    found = questions_about(price_fen, goods)
    if not found:
        return None
    cost_fen, tag_price_fen = goods.cost_fen, goods.tag_price_fen
    match found[0]:
        case PriceQuestion.BELOW_COST:
            return BelowCost(style_no=style_no, cost_fen=cost_fen, price_fen=price_fen, loss_fen=cost_fen - price_fen)
        case PriceQuestion.ABOVE_TAG:
            return AboveTagPrice(style_no=style_no, tag_price_fen=tag_price_fen, price_fen=price_fen)
        case PriceQuestion.FAR_BELOW_TAG:
            return FarBelowTagPrice(style_no=style_no, tag_price_fen=tag_price_fen, price_fen=price_fen)
        case PriceQuestion.FAR_ABOVE_COST:
            return FarAboveCost(style_no=style_no, cost_fen=cost_fen, price_fen=price_fen)


def find_fault(goods: GoodsToPrice, price_fen: int, *, confirmed: bool) -> Refusal | None:
    """Why a retail price is not taken: out of range, below the floor, or not confirmed (FORWARD-1)."""
    if not 0 < price_fen <= MAX_RETAIL_PRICE_FEN:
        return InvalidRetailPrice(max_fen=MAX_RETAIL_PRICE_FEN)
    if goods.floor_fen is not None and price_fen < goods.floor_fen:
        return BelowFloor(style_no=goods.style_no, floor_fen=goods.floor_fen, price_fen=price_fen)
    return None if confirmed else question_about(goods.style_no, goods_of(goods), price_fen)


@transaction.atomic
def set_retail_price(
    *,
    actor: Actor,
    sale_id: int,
    style_id: int,
    price_fen: int,
    below_cost_confirmed: bool = False,
    unusual_confirmed: bool = False,
    now: datetime,
) -> int:
    """Set the retail price of a style of a live sale or a preview. Returns the price in fen.

    Refuses a price below the brand's floor where any SKU of the style keeps its label, and names the floor (FORWARD-1). A price below
    what the style costs her tier now is refused until it is confirmed, whether or not the label is cut; so is an unusual one: above the
    tag price, below a tenth of it, or above five times the cost. The refusal names what it was compared with.
    """
    reseller = require_member(actor, now)
    goods = _find(reseller, [SelectedStyle(sale_id, style_id)], now).get((sale_id, style_id))
    if goods is None:
        # Refuses with the reason: no such sale, or not in this sale.
        get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=reseller.tier, reseller_id=reseller.id, at=now)
        raise RuntimeError(f"style {style_id} is in sale {sale_id} and has no prices at tier {reseller.tier}")
    confirmed = below_cost_confirmed if price_fen < goods.cost_fen else unusual_confirmed
    if fault := find_fault(goods, price_fen, confirmed=confirmed):
        raise fault
    store_prices(reseller_id=reseller.id, prices=[_new(goods, price_fen, by_rule=False)], now=now)
    return price_fen


@transaction.atomic
def set_retail_prices(*, actor: Actor, drafts: Sequence[PriceDraft], now: datetime) -> dict[SelectedStyle, Refusal]:
    """Set many retail prices of one or more sales; with None a price is removed. Returns the faults of those that were not taken.

    Prices without a fault are set whatever the others are. The number of statements does not depend on that of the styles. Refuses more
    than `MAX_PRICED_AT_ONCE`; a style that its sale does not offer is no fault and is left out.
    """
    reseller = require_member(actor, now)
    if len(drafts) > MAX_PRICED_AT_ONCE:
        raise TooManyPrices(max=MAX_PRICED_AT_ONCE)
    found = _find(reseller, [SelectedStyle(each.sale_id, each.style_id) for each in drafts], now)
    faults, new, removed = {}, [], []
    for draft in drafts:
        goods = found.get((draft.sale_id, draft.style_id))
        if goods is None:
            continue
        if draft.price_fen is None:
            if goods.retail_fen is not None:
                removed.append((draft.sale_id, draft.style_id))
        elif not _is_current(goods, draft):
            fault = find_fault(goods, draft.price_fen, confirmed=draft.confirmed)
            if fault is None:
                new.append(_new(goods, draft.price_fen, by_rule=draft.by_rule))
            else:
                faults[SelectedStyle(draft.sale_id, draft.style_id)] = fault
    if new:
        store_prices(reseller_id=reseller.id, prices=new, now=now)
    if removed:
        remove_prices(reseller_id=reseller.id, styles=removed, now=now)
    return faults


@transaction.atomic
def price_by_rule(
    *,
    actor: Actor,
    sale_id: int | None = None,
    styles: Sequence[SelectedStyle] = (),
    rule: RuleFields | None,
    replace_own: bool = False,
    confirmed_version: str = "",
    preview: bool = False,
    now: datetime,
) -> RulePricingView:
    """Price all styles of a sale, or chosen styles of one or more sales, by a rule in one act (FORWARD-13).

    With `rule` None each style is priced by the rule that she keeps for it. Prices of her own stay unless `replace_own`. Where a price asks
    (FORWARD-1), nothing is set before `confirmed_version` names the version of exactly these prices; `preview` sets nothing in any case.
    Refuses a rule out of its bounds. The number of statements does not depend on that of the styles.
    """
    reseller = require_member(actor, now)
    if rule is not None and not is_valid_rule(rule):
        raise InvalidPriceRule
    chosen = [(each.sale_id, each.style_id) for each in styles] if sale_id is None else [(sale_id, None)]
    proposals = propose_prices(
        reseller_id=reseller.id, tier=reseller.tier, chosen=chosen, rule=rule, replace_own=replace_own, at=now
    )
    new = [each for each in proposals if each.is_proposed]
    asked = [each for each in new if each.questions]
    version = version_of(new)
    is_set = not preview and (not asked or confirmed_version == version)
    if is_set and new:
        prices = [
            NewPrice(each.sale_id, each.style_id, each.price_fen, by_rule=True, cost_fen=each.cost_fen)
            for each in new
            if each.price_fen is not None
        ]
        store_prices(reseller_id=reseller.id, prices=prices, now=now)
    return RulePricingView(
        is_set=is_set,
        version=version,
        priced=len(new),
        kept=sum(each.is_kept for each in proposals),
        raised=sum(each.is_raised for each in new),
        without_rule=sum(each.price_fen is None for each in proposals),
        asked=asked,
        styles=proposals,
    )


@transaction.atomic
def clear_retail_price(*, actor: Actor, sale_id: int, style_id: int, now: datetime) -> None:
    """Remove the retail price of a style: the style leaves her pages (FORWARD-2). A repetition changes nothing."""
    reseller = require_reseller(actor)
    remove_prices(reseller_id=reseller.id, styles=[(sale_id, style_id)], now=now)


def version_of(proposals: Sequence[PriceProposalView]) -> str:
    """A digest of prices: a confirmation names it, and is valid for these prices only."""
    prices = sorted((each.sale_id, each.style_id, each.price_fen) for each in proposals)
    return sha256(repr(prices).encode()).hexdigest()[:16]


def _find(reseller: MemberView, styles: Sequence[SelectedStyle], now: datetime) -> dict[tuple[int, int], GoodsToPrice]:
    chosen = [(each.sale_id, each.style_id) for each in styles]
    rows = find_goods_to_price(reseller_id=reseller.id, tier=reseller.tier, chosen=chosen, at=now)
    return {(row.sale_id, row.style_id): row for row in rows}


def _is_current(goods: GoodsToPrice, draft: PriceDraft) -> bool:
    """Whether a draft changes nothing: neither the price, nor the cost at which it was set, nor whether a rule gave it."""
    now = (goods.retail_fen, goods.priced_cost_fen, goods.by_rule)
    return now == (draft.price_fen, goods.cost_fen, draft.by_rule)


def _new(goods: GoodsToPrice, price_fen: int, *, by_rule: bool) -> NewPrice:
    return NewPrice(goods.sale_id, goods.style_id, price_fen, by_rule=by_rule, cost_fen=goods.cost_fen)
