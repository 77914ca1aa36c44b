"""Retail prices that rules propose, beside cost, floor and tag price (FORWARD-13), and the rules of a reseller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from db.rows import view_of
from forwarding.models import PriceRule
from forwarding.rules.pricing import (
    PricedGoods,
    PriceEnding,
    PriceQuestion,
    PriceScope,
    RoundingDirection,
    RuleFields,
    price_by_rule,
    profit_percent,
    questions_about,
    winning_rule,
)
from forwarding.sql.prices import GoodsToPrice, find_goods_to_price
from inventory.selectors.stock import categories
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class PriceRuleView:
    """A rule of a reseller; `sale_id` None holds in all sales, `category_id` None for all categories."""

    id: int
    sale_id: int | None
    category_id: int | None
    factor: Decimal
    add_fen: int
    ending: PriceEnding
    direction: RoundingDirection

    @property
    def fields(self) -> RuleFields:
        return RuleFields(self.factor, self.add_fen, self.ending, self.direction)


@dataclass(frozen=True, slots=True)
class PriceProposalView:
    """A style with its retail price now and the one that would hold.

    `retail_fen` is the price now, None where it has none. `price_fen` is her own price where it stays (`is_kept`), else the price by rule,
    None where no rule applies. `is_raised`: the rule gave less than the floor. `priced_cost_fen` is the cost at which the price now was
    set. `questions` are those about `price_fen`.
    """

    response_properties: ClassVar = ("profit_fen", "profit_percent", "cost_changed")

    sale_id: int
    style_id: int
    style_no: str
    name: str
    picture: str
    category_id: int | None
    cost_fen: int
    tag_price_fen: int
    floor_fen: int | None
    label_cut: bool
    available: int
    retail_fen: int | None
    priced_cost_fen: int | None
    price_fen: int | None
    is_kept: bool
    is_raised: bool
    questions: list[PriceQuestion]

    @property
    def is_proposed(self) -> bool:
        """Whether a rule would set the price."""
        return self.price_fen is not None and not self.is_kept

    @property
    def profit_fen(self) -> int | None:
        """What she earns on a piece at `price_fen`, by the most expensive SKU."""
        return None if self.price_fen is None else self.price_fen - self.cost_fen

    @property
    def profit_percent(self) -> int | None:
        return None if self.price_fen is None else profit_percent(self.price_fen, self.cost_fen)

    @property
    def cost_changed(self) -> bool:
        """Whether the style costs her another price than when she set the retail price."""
        return self.priced_cost_fen is not None and self.priced_cost_fen != self.cost_fen


def goods_of(row: GoodsToPrice) -> PricedGoods:
    return PricedGoods(cost_fen=row.cost_fen, tag_price_fen=row.tag_price_fen, floor_fen=row.floor_fen)


def list_price_rules(reseller_id: int) -> list[PriceRuleView]:
    """All rules of a reseller, the newest last."""
    return [rule_view(row) for row in PriceRule.objects.filter(reseller_id=reseller_id).order_by("pk")]


def page_price_rules(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[PriceRuleView]:
    """The rules of a reseller, the newest first."""
    rows = PriceRule.objects.filter(reseller_id=reseller_id)
    return paginate(
        rows, name=f"forwarding.price_rules:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=rule_view
    )


def rule_view(row: PriceRule) -> PriceRuleView:
    return view_of(PriceRuleView, row)


def propose_prices(
    *,
    reseller_id: int,
    tier: int,
    chosen: Sequence[tuple[int, int | None]],
    rule: RuleFields | None,
    replace_own: bool,
    at: datetime,
) -> list[PriceProposalView]:
    """What the styles would cost customers by a rule, or with `rule` None by the rules that she keeps.

    A style is chosen by sale and style; None stands for all styles of the sale. Her own prices stay unless `replace_own`. Three
    statements for any number of styles, one where the rule is given.
    """
    rows = find_goods_to_price(reseller_id=reseller_id, tier=tier, chosen=chosen, at=at)
    if rule is not None:
        return [_proposal(row, rule, replace_own=replace_own) for row in rows]
    kept = list_price_rules(reseller_id)
    rules = {PriceScope(each.sale_id, each.category_id): each.fields for each in kept}
    parents = {each.id: each.parent_id for each in categories()} if kept else {}
    return [
        _proposal(row, winning_rule(rules, row.sale_id, _upwards(row.category_id, parents)), replace_own=replace_own)
        for row in rows
    ]


def _upwards(category_id: int | None, parents: Mapping[int, int | None]) -> list[int]:
    """A category and those above it, the nearest first."""
    found = []
    while category_id is not None:
        found.append(category_id)
        category_id = parents.get(category_id)
    return found


def _proposal(row: GoodsToPrice, rule: RuleFields | None, *, replace_own: bool) -> PriceProposalView:
    is_kept = row.retail_fen is not None and not row.by_rule and not replace_own
    by_rule = None if rule is None or is_kept else price_by_rule(rule, goods_of(row))
    price_fen = row.retail_fen if is_kept else by_rule.price_fen if by_rule else None
    return view_of(
        PriceProposalView,
        row,
        price_fen=price_fen,
        is_kept=is_kept,
        is_raised=by_rule is not None and by_rule.is_raised,
        questions=list(questions_about(price_fen, goods_of(row))) if price_fen is not None else [],
    )
