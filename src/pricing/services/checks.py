"""Refusals of rules under which a price would break a rule, with the SKUs named."""

from collections.abc import Sequence
from datetime import datetime

from kernel.refusal import Conflict, Invalid
from membership.rules.tiers import Tier
from pricing.models import RuleDraft
from pricing.rules.quote import BrokenRule
from pricing.rules.terms import ListTerms, SaleTerms
from pricing.selectors.price_rules import NoSuchRule, terms_at
from pricing.sql.compute_prices import BrokenPrice, QuoteParameters, find_broken_prices, load_inputs, quote_parameters

MAX_NAMED = 10
MAX_OF_ONE_CONTROL = 100_000


class InvalidPriceTerms(Invalid):
    code = "pricing.invalid_terms"
    zh = "价格条款有误：{faults_zh}"
    en = "The terms make no sense: {faults_en}"
    faults_zh: str
    faults_en: str


class HigherTierPaysMore(Invalid):
    code = "pricing.higher_tier_pays_more"
    zh = "{tier} 的折扣小于低一级的会员（PRICE-4）"
    en = "{tier} would pay more than the tier below it (PRICE-4)"
    tier: str


class PriceBelowMinimum(Conflict):
    code = "pricing.price_below_minimum"
    zh = "{count} 个商品的折后价低于最低价，即供货价 ×（1 − 佣金 + 最低毛利）（PRICE-8）：{goods}"
    en = "For {count} goods the discounted price is below the minimum price, base × (1 − commission + margin) (PRICE-8): {goods}"
    count: int
    goods: str
    sku_ids: list[int]


class CutPriceBelowMinimum(Conflict):
    code = "pricing.cut_price_below_minimum"
    zh = "{count} 个商品剪标降价后低于最低价，即供货价 ×（1 − 佣金 + 最低毛利）（PRICE-7、PRICE-8）：{goods}"
    en = (
        "For {count} goods the reduction of cut goods goes below the minimum price, base × (1 − commission + margin)"
        " (PRICE-7, PRICE-8): {goods}"
    )
    count: int
    goods: str
    sku_ids: list[int]


class FloorAboveTag(Conflict):
    code = "pricing.floor_above_tag"
    zh = "{count} 个商品的控价高于吊牌价（PRICE-6）：{goods}"
    en = "For {count} goods the floor is above the tag price (PRICE-6): {goods}"
    count: int
    goods: str
    sku_ids: list[int]


class DraftClosed(Conflict):
    code = "pricing.draft_closed"
    zh = "草稿 {name} 已启用或已作废"
    en = "The draft {name} was adopted or discarded already"
    name: str


def lock_open_draft(draft_id: int) -> RuleDraft:
    """Lock a draft that is neither adopted nor discarded, so that no rule is entered into it while it is adopted (PRICE-13)."""
    draft = RuleDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise NoSuchRule(rule_id=draft_id)
    if draft.adopted_at or draft.discarded_at:
        raise DraftClosed(name=draft.name)
    return draft


def require_valid_terms(terms: ListTerms) -> None:
    """Refuse terms that are wrong for any SKU."""
    faults = terms.faults()
    if faults:
        raise InvalidPriceTerms(
            faults_zh="；".join(zh for zh, _ in faults), faults_en="; ".join(en for _, en in faults)
        )
    tier = terms.tier_that_pays_more()
    if tier is not None:
        raise HigherTierPaysMore(tier=Tier(tier).short_zh)


def require_valid_sale_terms(terms: SaleTerms, *, at: datetime) -> None:
    """Refuse the terms of a sale that begins at `at` where they are wrong for any SKU (PRICE-4, PRICE-9, PRICE-10)."""
    require_valid_terms(terms_at(at, terms))


def check_prices(sku_ids: Sequence[int], terms: ListTerms, at: datetime) -> None:
    """Compute the prices of SKUs at an instant and refuse if one breaks a rule."""
    load_checked_inputs(quote_parameters(sku_ids, terms, at))


def load_checked_inputs(parameters: QuoteParameters) -> None:
    """Load the inputs of SKUs, from which the freeze writes a list, and refuse if a price breaks a rule."""
    load_inputs(parameters)
    broken = find_broken_prices(parameters, limit=MAX_NAMED)
    if broken:
        refuse_broken_prices(broken, count=broken[0].broken_count)


def check_prices_under_control(control_id: int, sku_ids: Sequence[int], terms: ListTerms, at: datetime) -> None:
    """Compute the prices of SKUs at an instant and refuse if one to which this control applies breaks a rule."""
    parameters = quote_parameters(sku_ids, terms, at)
    load_inputs(parameters)
    broken = find_broken_prices(parameters, limit=MAX_OF_ONE_CONTROL)
    of_control = [row for row in broken if row.control_id == control_id]
    if of_control:
        refuse_broken_prices(of_control, count=len(of_control))


def refuse_broken_prices(broken: Sequence[BrokenPrice], *, count: int) -> None:
    """Refuse for the rule that the first of these SKUs breaks, naming the first SKUs that break the same."""
    rule = broken[0].broken
    rows = [row for row in broken if row.broken is rule][:MAX_NAMED]
    names = "、".join(" ".join(filter(None, (row.style_no, row.colour, row.size))) for row in rows)
    raise REFUSALS[rule](
        count=count, goods=names + ("…" if count > len(rows) else ""), sku_ids=[row.sku_id for row in rows]
    )


REFUSALS: dict[BrokenRule, type[PriceBelowMinimum | CutPriceBelowMinimum | FloorAboveTag]] = {
    BrokenRule.MARGIN: PriceBelowMinimum,
    BrokenRule.CUT_MARGIN: CutPriceBelowMinimum,
    BrokenRule.FLOOR_ABOVE_TAG: FloorAboveTag,
}
