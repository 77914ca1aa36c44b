"""Retail prices and the rules that set them, for programs."""

from decimal import Decimal

from ninja import Field, Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.api.schemas import SelectedStyleIn
from forwarding.rules.pricing import MAX_FACTOR, MIN_FACTOR, PriceEnding, RoundingDirection, RuleFields
from forwarding.selectors import prices, pricing
from forwarding.selectors.prices import RetailPriceView
from forwarding.selectors.pricing import PriceRuleView
from forwarding.services import price_rules
from forwarding.services import prices as forwarding_prices
from forwarding.services.prices import MAX_PRICED_AT_ONCE, RulePricingView
from kernel import clock
from membership.selectors.people import require_reseller
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class RetailPriceIn(Input):
    price: YuanIn
    below_cost_confirmed: bool = Field(False, description="true accepts a price below what the style costs her now")
    unusual_confirmed: bool = Field(
        False, description="true accepts a price above the tag price, below a tenth of it, or above five times the cost"
    )


class PriceRuleIn(Input):
    """Cost × factor + amount, rounded to a price with the ending; `par` takes the nearest one."""

    factor: Decimal = Field(ge=MIN_FACTOR, le=MAX_FACTOR, decimal_places=2)
    add: YuanIn = 0
    ending: PriceEnding = PriceEnding.NONE
    direction: RoundingDirection = RoundingDirection.PAR

    @property
    def fields(self) -> RuleFields:
        return RuleFields(self.factor, self.add, self.ending, self.direction)


class KeptPriceRuleIn(PriceRuleIn):
    """Null for the sale keeps the rule for all sales, null for the category for all categories."""

    sale_id: Whole | None = None
    category_id: Whole | None = None


class RulePricingIn(Input):
    """All styles of a sale, or `styles` of one or more sales. Without a rule each style is priced by the rule that is kept for it."""

    sale_id: Whole | None = None
    styles: list[SelectedStyleIn] = Field(default_factory=list, max_length=MAX_PRICED_AT_ONCE)
    rule: PriceRuleIn | None = None
    replace_own: bool = Field(False, description="true prices also the styles to which she gave a price of her own")
    confirmed_version: Text = Field("", description="`version` of the answer whose prices asked, once they are wanted")
    preview: bool = Field(False, description="true sets nothing")


@router.put("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", auth=reseller)
def set_retail_price(request: ActorRequest, sale_id: int, style_id: int, body: RetailPriceIn) -> RetailPriceView:
    """Set the price that her customers see; refused below the floor of a style that keeps its label.

    Refused: `forwarding.below_cost`, which names cost and price, where it is below what the style costs her and not confirmed;
    `forwarding.above_tag_price`, `forwarding.far_below_tag_price` and `forwarding.far_above_cost` where it is unusual and not confirmed.
    """
    price_fen = forwarding_prices.set_retail_price(
        actor=request.auth,
        sale_id=sale_id,
        style_id=style_id,
        price_fen=body.price,
        below_cost_confirmed=body.below_cost_confirmed,
        unusual_confirmed=body.unusual_confirmed,
        now=clock.now(),
    )
    return RetailPriceView(style_id, price_fen)


@router.get("/sales/{int:sale_id}/retail-prices", auth=reseller)
def list_retail_prices(request: ActorRequest, sale_id: int, page: Query[PageQuery]) -> Page[RetailPriceView]:
    buyer = require_reseller(request.auth)
    return prices.list_retail_prices(reseller_id=buyer.id, sale_id=sale_id, cursor=page.cursor, limit=page.limit)


@router.delete("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", auth=reseller)
def clear_retail_price(request: ActorRequest, sale_id: int, style_id: int) -> None:
    """Remove her retail price: the style leaves her pages."""
    forwarding_prices.clear_retail_price(actor=request.auth, sale_id=sale_id, style_id=style_id, now=clock.now())


@router.post("/retail-prices/by-rule", auth=reseller)
def price_by_rule(request: ActorRequest, body: RulePricingIn) -> RulePricingView:
    """Price all styles of a sale, or chosen ones, by a rule in one act; prices of her own stay unless `replace_own`.

    Labelled goods are raised to their floor. Where prices ask, `is_set` is false and nothing is set before `confirmed_version` names
    the answer's `version`.
    """
    return forwarding_prices.price_by_rule(
        actor=request.auth,
        sale_id=body.sale_id,
        styles=[each.style for each in body.styles],
        rule=body.rule.fields if body.rule else None,
        replace_own=body.replace_own,
        confirmed_version=body.confirmed_version,
        preview=body.preview,
        now=clock.now(),
    )


@router.get("/price-rules", auth=reseller)
def list_price_rules(request: ActorRequest, page: Query[PageQuery]) -> Page[PriceRuleView]:
    """The rules that she keeps, the newest first: a rule of a sale wins over one of all sales, and among those the nearest category."""
    return pricing.page_price_rules(require_reseller(request.auth).id, cursor=page.cursor, limit=page.limit)


@router.put("/price-rules", auth=reseller)
def keep_price_rule(request: ActorRequest, body: KeptPriceRuleIn) -> PriceRuleView:
    """Keep a rule; it takes the place of the one for the same sale and category, and changes no price."""
    return price_rules.keep_price_rule(
        actor=request.auth, sale_id=body.sale_id, category_id=body.category_id, rule=body.fields, now=clock.now()
    )


@router.delete("/price-rules/{int:price_rule_id}", auth=reseller)
def drop_price_rule(request: ActorRequest, price_rule_id: int) -> None:
    """Remove a rule; prices stay."""
    price_rules.drop_price_rule(actor=request.auth, rule_id=price_rule_id)
