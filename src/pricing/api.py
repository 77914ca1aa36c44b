"""Pricing, for programs: the rules of ops, the simulator, frozen lists, and why a price is what it is."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from ninja import Field, Query, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.rules.tiers import TIER_COUNT
from pricing.rules.commission import CommissionFields
from pricing.rules.comparison import PriceDifference
from pricing.rules.controls import Action, ControlFields
from pricing.rules.explanations import ExplainedStep
from pricing.rules.terms import Ending, ListTerms, SaleTerms
from pricing.selectors import price_lists, price_rules
from pricing.selectors.compare import Comparison, compare_rules
from pricing.selectors.effects import RuleEffect
from pricing.selectors.price_lists import FrozenRow, PreviewRow
from pricing.selectors.price_rules import CommissionView, ControlView, DraftView, TermsView
from pricing.services import checks, drafts, effects
from pricing.services import price_rules as rule_services
from pricing.services.checks import InvalidPriceTerms
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, Instant, Rate, SmallObject, Whole, Word

router = ViewRouter(tags=["pricing"])
ops = RoleAuth(Role.OPS)
MAX_SIMULATED = 2000

ACTIONS = {"cut": Action.CUT, "raise": Action.RAISE, "exclude": Action.EXCLUDE}


class TermsIn(Input):
    """Discounts of trial, VIP1 … VIP5, as fractions ("0.02" is 2 %); ending: fen, jiao, yuan or nine."""

    discounts: list[Rate] = Field(min_length=TIER_COUNT, max_length=TIER_COUNT)
    margin_rate: Rate
    ending: Ending = Ending.FEN
    from_at: Instant | None = Field(None, description="now where it is not given")
    draft_id: Whole | None = None

    def terms(self) -> ListTerms:
        return ListTerms(tuple(self.discounts), self.margin_rate, self.ending)


class TermsInForce(Schema):
    """The terms in force at an instant; `platform_id` 0: the defaults."""

    platform_id: int
    discounts: list[Decimal]
    margin_rate: Decimal
    ending: str


class ControlIn(Input):
    """A floor for a brand's labelled goods, a share of the tag price or an amount, and what happens to goods below it."""

    brand_id: Whole
    action: str = Field(pattern="^(cut|raise|exclude)$")
    starts_on: Day
    ends_on: Day | None = None
    category_id: Whole | None = None
    season: Word = ""
    year: Whole | None = None
    style_id: Whole | None = None
    floor_rate: Rate | None = None
    floor: YuanIn | None = None
    cut_rate: Rate = Decimal(0)
    draft_id: Whole | None = None

    def control(self) -> ControlFields:
        shared = self.dict(exclude={"action", "floor", "draft_id"})
        return ControlFields(action=ACTIONS[self.action], floor_fen=self.floor, **shared)


class EndIn(Input):
    ends_on: Day


class CommissionIn(Input):
    rate: Rate
    from_at: Instant
    brand_id: Whole | None = None
    category_id: Whole | None = None
    draft_id: Whole | None = None

    def commission(self) -> CommissionFields:
        return CommissionFields(**self.dict(exclude={"draft_id"}))


class NameIn(Input):
    name: Word


class SimulationIn(Input):
    """Which SKUs to price, with which terms of a sale (`{}`: the platform's), at which instant, and with the rules of which draft."""

    sku_ids: list[int] = Field(min_length=1, max_length=MAX_SIMULATED)
    terms: SmallObject = Field(default_factory=dict)
    at: Instant
    tiers: list[int] = Field(default_factory=lambda: list(range(TIER_COUNT)))
    draft_id: Whole | None = None


class ComparisonIn(Input):
    """Two sets of rules over the same SKUs; null: the rules in force."""

    sku_ids: list[int] = Field(min_length=1, max_length=100_000)
    terms: SmallObject = Field(default_factory=dict)
    other_terms: SmallObject | None = None
    at: Instant
    base_id: Whole | None = None
    other_id: Whole | None = None
    tier: Whole = Field(0, ge=0, lt=TIER_COUNT)


@router.get("/platform-terms", auth=ops)
def list_terms(request: ActorRequest, page: Query[PageQuery]) -> Page[TermsView]:
    """Tier discounts, minimum margin and price ending over time, the latest first."""
    return price_rules.list_terms(cursor=page.cursor, limit=page.limit)


@router.get("/platform-terms/in-force", response=TermsInForce, auth=ops)
def terms_in_force(request: ActorRequest, at: Instant | None = None) -> ListTerms:
    return price_rules.terms_at(at or clock.now())


@router.post("/platform-terms", response={201: TermsInForce}, auth=ops)
def create_terms(request: ActorRequest, body: TermsIn) -> ListTerms:
    """Set terms from an instant on. Refused: 409 `pricing.price_below_minimum`, with the SKUs, where a price would be too low."""
    now = clock.now()
    return rule_services.create_platform_terms(
        actor=request.auth, terms=body.terms(), from_at=body.from_at or now, draft_id=body.draft_id, now=now
    )


@router.post("/platform-terms/effect", auth=ops)
def effect_of_terms(request: ActorRequest, body: TermsIn) -> RuleEffect:
    """What the same body would do if it were sent. Nothing is created."""
    now = clock.now()
    return effects.effect_of_platform_terms(
        actor=request.auth, terms=body.terms(), from_at=body.from_at or now, now=now
    )


@router.get("/price-controls", auth=ops)
def list_controls(
    request: ActorRequest, page: Query[PageQuery], brand_id: int | None = None, draft_id: int | None = None
) -> Page[ControlView]:
    return price_rules.list_controls(brand_id=brand_id, draft_id=draft_id, cursor=page.cursor, limit=page.limit)


@router.post("/price-controls", response=201, auth=ops)
def create_control(request: ActorRequest, body: ControlIn) -> ControlView:
    """Create a price control. Refused, with the SKUs named, where a price would break a rule."""
    return rule_services.create_control(
        actor=request.auth, control=body.control(), draft_id=body.draft_id, now=clock.now()
    )


@router.post("/price-controls/effect", auth=ops)
def effect_of_control(request: ActorRequest, body: ControlIn) -> RuleEffect:
    """What the same body would do to the SKUs of the brand if it were sent. Nothing is created."""
    return effects.effect_of_control(actor=request.auth, control=body.control(), now=clock.now())


@router.post("/price-controls/{int:control_id}/end/effect", auth=ops)
def effect_of_end(request: ActorRequest, control_id: int, body: EndIn) -> RuleEffect:
    """What would change on the day after that last day. Nothing is changed."""
    return effects.effect_of_end(actor=request.auth, control_id=control_id, ends_on=body.ends_on, now=clock.now())


@router.get("/price-controls/{int:control_id}/withdrawal-effect", auth=ops)
def effect_of_withdrawal(request: ActorRequest, control_id: int) -> RuleEffect:
    """What withdrawing a control would do to the SKUs of its brand. Nothing is changed."""
    return effects.effect_of_withdrawal(actor=request.auth, control_id=control_id, now=clock.now())


@router.post("/price-controls/{int:control_id}/end", auth=ops)
def end_control(request: ActorRequest, control_id: int, body: EndIn) -> ControlView:
    return rule_services.end_control(actor=request.auth, control_id=control_id, ends_on=body.ends_on, now=clock.now())


@router.delete("/price-controls/{int:control_id}", auth=ops)
def withdraw_control(request: ActorRequest, control_id: int) -> ControlView:
    """Withdraw a control; published prices stay as they are."""
    return rule_services.withdraw_control(actor=request.auth, control_id=control_id, now=clock.now())


@router.get("/commissions", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_commissions(
    request: ActorRequest, page: Query[PageQuery], draft_id: int | None = None
) -> Page[CommissionView]:
    return price_rules.list_commissions(draft_id=draft_id, cursor=page.cursor, limit=page.limit)


@router.post("/commissions", response=201, auth=ops)
def create_commission(request: ActorRequest, body: CommissionIn) -> CommissionView:
    return rule_services.create_commission(
        actor=request.auth, commission=body.commission(), draft_id=body.draft_id, now=clock.now()
    )


@router.post("/commissions/effect", auth=ops)
def effect_of_commission(request: ActorRequest, body: CommissionIn) -> RuleEffect:
    """What the same body would do if it were sent. Nothing is created."""
    return effects.effect_of_commission(actor=request.auth, commission=body.commission(), now=clock.now())


@router.get("/rule-drafts/{int:draft_id}/effect", auth=ops)
def effect_of_adoption(request: ActorRequest, draft_id: int) -> RuleEffect:
    """What adopting a draft would do to SKUs in stock, once the last of its rules has begun."""
    return effects.effect_of_adoption(actor=request.auth, draft_id=draft_id, now=clock.now())


@router.get("/rule-drafts", auth=ops)
def list_drafts(request: ActorRequest, page: Query[PageQuery]) -> Page[DraftView]:
    return price_rules.list_drafts(cursor=page.cursor, limit=page.limit)


@router.post("/rule-drafts", response=201, auth=ops)
def start_draft(request: ActorRequest, body: NameIn) -> DraftView:
    return drafts.start_draft(actor=request.auth, name=body.name, now=clock.now())


@router.post("/rule-drafts/{int:draft_id}/adopt", auth=ops)
def adopt_draft(request: ActorRequest, draft_id: int) -> DraftView:
    """Put the rules of a draft in force: all or none."""
    return drafts.adopt_draft(actor=request.auth, draft_id=draft_id, now=clock.now())


@router.post("/rule-drafts/{int:draft_id}/discard", auth=ops)
def discard_draft(request: ActorRequest, draft_id: int) -> DraftView:
    return drafts.discard_draft(actor=request.auth, draft_id=draft_id, now=clock.now())


@router.post("/price-simulations", auth=ops)
def simulate_prices(request: ActorRequest, body: SimulationIn) -> list[PreviewRow]:
    """The price list as it would be, with the steps behind each price; excluded and broken SKUs with the reason."""
    return price_lists.preview_price_list(
        sku_ids=body.sku_ids,
        terms=_sale_terms(body.terms, body.at),
        at=body.at,
        tiers=body.tiers,
        draft_id=body.draft_id,
    )


@router.post("/price-comparisons", auth=ops)
def compare_rule_sets(request: ActorRequest, body: ComparisonIn) -> Comparison:
    """Two sets of rules over the same SKUs: what changes per tier, and how prices and margins are distributed."""
    return compare_rules(
        sku_ids=body.sku_ids,
        terms=_sale_terms(body.terms, body.at),
        other_terms=None if body.other_terms is None else _sale_terms(body.other_terms, body.at),
        at=body.at,
        base_id=body.base_id,
        other_id=body.other_id,
        tier=body.tier,
    )


@router.get("/price-lists/{int:list_id}/rows", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_rows(request: ActorRequest, list_id: int, page: Query[PageQuery], tier: int | None = None) -> Page[FrozenRow]:
    return price_lists.list_frozen_rows(list_id, tier=tier, cursor=page.cursor, limit=page.limit)


@router.get("/price-lists/{int:list_id}/differences", auth=ops)
def list_differences(request: ActorRequest, list_id: int) -> list[PriceDifference]:
    """Where the present rules give another price than the list froze; at most 500 rows."""
    return price_lists.list_price_differences(list_id=list_id)


@router.get("/price-lists/{int:list_id}/why", auth=RoleAuth(Role.OPS, Role.FINANCE))
def explain_price(request: ActorRequest, list_id: int, sku_id: int, tier: int) -> list[ExplainedStep]:
    """The steps behind a frozen price, complete."""
    return price_lists.explain_price(list_id=list_id, sku_id=sku_id, tier=tier, role=request.auth.role)


def _sale_terms(data: dict[str, Any], at: datetime) -> SaleTerms:
    try:
        terms = SaleTerms.from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as cause:
        raise InvalidPriceTerms(faults_zh="无法识别的条款", faults_en="terms that cannot be read") from cause
    checks.require_valid_sale_terms(terms, at=at)
    return terms
