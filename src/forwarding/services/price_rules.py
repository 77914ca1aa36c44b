"""Writes of price rules: how a reseller's retail prices follow from cost (FORWARD-13)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.rules import Actor
from flashsales.selectors.sales import get_sale
from forwarding.models import PriceRule
from forwarding.rules.pricing import MAX_ADDED_FEN, MAX_FACTOR, MIN_FACTOR, RuleFields, is_valid_rule
from forwarding.selectors.pricing import PriceRuleView, rule_view
from inventory.selectors.stock import categories
from kernel.refusal import Invalid, Missing
from membership.selectors.people import require_reseller


class InvalidPriceRule(Invalid):
    code = "forwarding.invalid_price_rule"
    zh = "倍数 {min_factor} 至 {max_factor}（最多两位小数），加价 ¥0.00 至 ¥{max_added}"
    en = "The factor is {min_factor} to {max_factor} with at most two decimals, the added amount ¥0.00 to ¥{max_added}"
    min_factor: str = str(MIN_FACTOR)
    max_factor: str = str(MAX_FACTOR)
    max_added_fen: int = MAX_ADDED_FEN


class NoSuchCategory(Missing):
    code = "forwarding.no_such_category"
    zh = "没有这个类目（{category_id}）"
    en = "There is no category {category_id}"
    category_id: int


class NoSuchPriceRule(Missing):
    code = "forwarding.no_such_price_rule"
    zh = "没有这个定价规则（{rule_id}）"
    en = "There is no price rule {rule_id}"
    rule_id: int


@transaction.atomic
def keep_price_rule(
    *, actor: Actor, sale_id: int | None, category_id: int | None, rule: RuleFields, now: datetime
) -> PriceRuleView:
    """Keep a rule for a sale (None: for all sales) and a category (None: for all). It takes the place of the one kept there.

    It changes no price: that is done by `price_by_rule`. Refuses a rule out of its bounds, and a sale or category that does not exist.
    """
    reseller = require_reseller(actor)
    if not is_valid_rule(rule):
        raise InvalidPriceRule
    if sale_id is not None:
        get_sale(sale_id, at=now)
    if category_id is not None and category_id not in {each.id for each in categories()}:
        raise NoSuchCategory(category_id=category_id)
    scope: dict[str, Any] = {"sale_id": sale_id, "category_id": category_id}
    row, _ = PriceRule.objects.update_or_create(
        reseller_id=reseller.id,
        **scope,
        defaults={
            "factor": rule.factor,
            "add_fen": rule.add_fen,
            "ending": rule.ending.value,
            "direction": rule.direction.value,
            "set_at": now,
        },
    )
    return rule_view(row)


@transaction.atomic
def drop_price_rule(*, actor: Actor, rule_id: int) -> None:
    """Remove a rule of hers; prices stay. Refuses a rule that is not hers or is removed already."""
    reseller = require_reseller(actor)
    removed, _ = PriceRule.objects.filter(pk=rule_id, reseller_id=reseller.id).delete()
    if not removed:
        raise NoSuchPriceRule(rule_id=rule_id)
