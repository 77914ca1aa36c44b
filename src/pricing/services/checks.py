"""Refusals of rules that break a law, with the goods named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.refusal import Conflict, Invalid
from pricing.models import RuleDraft
from pricing.rules.quote import Broken
from pricing.rules.terms import LABELS, ListTerms, SaleTerms
from pricing.selectors.engine import broken_goods, figures, load_found
from pricing.selectors.price_rules import NoSuchRule, terms_at

NAMED = 10


@dataclass(eq=False)
class BadTerms(Invalid):
    code = "pricing.invalid_terms"
    zh = "价格条款有误：{faults_zh}"
    en = "The terms make no sense: {faults_en}"
    faults_zh: str
    faults_en: str


@dataclass(eq=False)
class HigherTierPaysMore(Invalid):
    code = "pricing.higher_tier_pays_more"
    zh = "{tier} 的折扣小于低一级的会员（PRICE-4）"
    en = "{tier} would pay more than the tier below it (PRICE-4)"
    tier: str


@dataclass(eq=False)
class MarginEaten(Conflict):
    code = "pricing.margin_eaten"
    zh = "{count} 个商品的折后价低于最低价，即供货价 ×（1 − 佣金 + 最低毛利）（PRICE-8）：{goods}"
    en = "For {count} goods the discounted price is under the least price, base × (1 − commission + margin) (PRICE-8): {goods}"
    count: int
    goods: str
    sku_ids: list[int]


@dataclass(eq=False)
class CutStillBreaks(Conflict):
    code = "pricing.cut_still_breaks"
    zh = "{count} 个商品剪标降价后低于最低价，即供货价 ×（1 − 佣金 + 最低毛利）（PRICE-7、PRICE-8）：{goods}"
    en = (
        "For {count} goods the reduction of cut goods goes under the least price, base × (1 − commission + margin)"
        " (PRICE-7, PRICE-8): {goods}"
    )
    count: int
    goods: str
    sku_ids: list[int]


@dataclass(eq=False)
class FloorAboveTag(Conflict):
    code = "pricing.floor_above_tag"
    zh = "{count} 个商品的控价高于吊牌价（PRICE-6）：{goods}"
    en = "For {count} goods the floor is above the tag price (PRICE-6): {goods}"
    count: int
    goods: str
    sku_ids: list[int]


@dataclass(eq=False)
class DraftClosed(Conflict):
    code = "pricing.draft_closed"
    zh = "草稿 {name} 已启用或已作废"
    en = "The draft {name} was adopted or discarded already"
    name: str


def open_draft(draft_id: int) -> RuleDraft:
    """A draft that is neither adopted nor discarded, locked: what is entered is in it before its adoption, or is refused (PRICE-13)."""
    draft = RuleDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise NoSuchRule(rule_id=draft_id)
    if draft.adopted_at or draft.discarded_at:
        raise DraftClosed(name=draft.name)
    return draft


def require_sound(terms: ListTerms) -> None:
    """Refuse terms that are wrong whatever the goods."""
    faults = terms.faults()
    if faults:
        raise BadTerms(faults_zh="；".join(zh for zh, _ in faults), faults_en="; ".join(en for _, en in faults))
    tier = terms.tier_that_pays_more()
    if tier is not None:
        raise HigherTierPaysMore(tier=LABELS[tier])


def require_sale_terms(terms: SaleTerms, *, at: datetime) -> None:
    """Refuse the terms that a sale beginning at `at` would set, where they are wrong whatever its goods (PRICE-4, PRICE-9, PRICE-10)."""
    require_sound(terms_at(at, terms))


def require_prices(
    sku_ids: Sequence[int], terms: ListTerms, at: datetime, *, draft_id: int | None = None, blame: int | None = None
) -> dict[str, Any]:
    """Load what the rules find for these goods and refuse if a price breaks one; only goods of the control `blame`, where one is named.

    Gives the parameters with which the loaded goods can be written.
    """
    parameters = figures(sku_ids, terms, at, draft_id=draft_id)
    load_found(parameters)
    found = broken_goods(parameters, cheapest_tier=len(terms.discounts) - 1, named=NAMED if blame is None else 100_000)
    if blame is not None:
        found = [row for row in found if row["control_id"] == blame]
    if found:
        raise_broken(found, count=len(found) if blame is not None else found[0]["all_broken"])
    return parameters


def raise_broken(found: Sequence[dict[str, Any]], *, count: int) -> None:
    """Refuse for the reason of the first goods found, naming those that share it."""
    why = Broken(found[0]["broken"])
    rows = [row for row in found if row["broken"] == why][:NAMED]
    names = "、".join(" ".join(filter(None, (row["style_no"], row["colour"], row["size"]))) for row in rows)
    raise REFUSALS[why](
        count=count, goods=names + ("…" if count > len(rows) else ""), sku_ids=[row["sku_id"] for row in rows]
    )


REFUSALS: dict[Broken, type[MarginEaten | CutStillBreaks | FloorAboveTag]] = {
    Broken.MARGIN: MarginEaten,
    Broken.CUT_MARGIN: CutStillBreaks,
    Broken.FLOOR_ABOVE_TAG: FloorAboveTag,
}
