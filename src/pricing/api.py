"""Pricing, for programs: the rules of ops, the simulator, frozen lists, and why a price is what it is."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ninja import Field, Query, Router, Schema, Status

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from pricing.rules.controls import Action
from pricing.rules.terms import TIERS, Ending, SaleTerms
from pricing.selectors import compare as pricing_compare
from pricing.selectors import price_lists, price_rules
from pricing.services import checks, drafts, effects
from pricing.services import price_rules as pricing_price_rules
from pricing.services.checks import InvalidPriceTerms
from web.explanations import StepOut
from web.money import YuanIn, YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Day, Input, Instant, Rate, SmallObject, Whole, Word

router = Router(tags=["pricing"])
ops = RoleAuth(Role.OPS)
MAX_SIMULATED = 2000

ACTIONS = {"cut": Action.CUT, "raise": Action.RAISE, "exclude": Action.EXCLUDE}


class TermsIn(Input):
    """Discounts of trial, VIP1 … VIP5, as fractions ("0.02" is 2 %); ending: fen, jiao, yuan or nine."""

    discounts: list[Rate] = Field(min_length=TIERS, max_length=TIERS)
    margin_rate: Rate
    ending: Ending = Ending.FEN
    from_at: Instant | None = Field(None, description="from now on where it is not given")
    draft_id: Whole | None = None


class TermsOut(Schema):
    id: int
    from_at: datetime
    discounts: list[Decimal]
    margin_rate: Decimal
    ending: str


class TermsInForce(Schema):
    """The terms that hold at an instant; `platform_id` 0 is the default of the house."""

    platform_id: int
    discounts: list[Decimal]
    margin_rate: Decimal
    ending: str


class ControlIn(Input):
    """A floor for a brand's labelled goods: a share of the tag price or an amount, and what happens under it."""

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


class ControlOut(Schema):
    id: int
    brand_id: int
    brand: str
    scope: str
    scope_zh: str
    scope_en: str
    category_id: int | None
    season: str
    year: int | None
    style_id: int | None
    starts_on: date
    ends_on: date | None
    floor_rate: Decimal | None
    floor: YuanOut | None = fen_of("floor_fen")
    action: str
    cut_rate: Decimal
    draft_id: int | None
    withdrawn_at: datetime | None

    @staticmethod
    def resolve_scope(view: price_rules.ControlView) -> str:
        return view.scope.name.lower()

    @staticmethod
    def resolve_action(view: price_rules.ControlView) -> str:
        return view.action.name.lower()


class EndIn(Input):
    ends_on: Day


class CommissionIn(Input):
    rate: Rate
    from_at: Instant
    brand_id: Whole | None = None
    category_id: Whole | None = None
    draft_id: Whole | None = None


class CommissionOut(Schema):
    id: int
    brand_id: int | None
    category_id: int | None
    rate: Decimal
    from_at: datetime
    draft_id: int | None


class IdOut(Schema):
    id: int


class OutcomeOut(Schema):
    """SKUs before and after the change, and those in which the two differ."""

    before: int
    after: int
    newly: int
    no_longer: int


class EffectOut(Schema):
    """What a change of the rules does to goods at an instant, counted in SKUs; prices are those of the tier that pays least."""

    at: datetime
    goods: int
    cut: OutcomeOut
    raised: OutcomeOut
    excluded: OutcomeOut
    broken: OutcomeOut
    dearer: int
    cheaper: int


class NameIn(Input):
    name: Word


class DraftOut(Schema):
    id: int
    name: str
    created_at: datetime
    adopted_at: datetime | None
    discarded_at: datetime | None


class SimulationIn(Input):
    """Which goods to price, with which terms of a sale (`{}`: the platform's), at which instant; a draft's rules on top if named."""

    sku_ids: list[int] = Field(min_length=1, max_length=MAX_SIMULATED)
    terms: SmallObject = Field(default_factory=dict)
    at: Instant
    tiers: list[int] = Field(default_factory=lambda: list(range(TIERS)))
    draft_id: Whole | None = None


class PriceOut(Schema):
    sku_id: int
    style_no: str
    name: str
    colour: str
    size: str
    tier: int
    wholesale: YuanOut
    labelling: str
    retail_floor: YuanOut | None
    lowest: YuanOut
    brand_payable: YuanOut
    margin: YuanOut
    tag_price: YuanOut
    base_price: YuanOut
    excluded: bool
    broken: str | None
    steps: list[StepOut]


class ComparisonIn(Input):
    """Two sets of rules over the same goods; None is what holds."""

    sku_ids: list[int] = Field(min_length=1, max_length=100_000)
    terms: SmallObject = Field(default_factory=dict)
    other_terms: SmallObject | None = None
    at: Instant
    base_id: Whole | None = None
    other_id: Whole | None = None
    tier: Whole = Field(0, ge=0, lt=TIERS)


class TierDifferenceOut(Schema):
    tier: int
    dearer: int
    cheaper: int
    newly_cut: int
    no_longer_cut: int
    newly_excluded: int
    no_longer_excluded: int
    base_broken: int
    other_broken: int
    left_sum: YuanOut = fen_of("base_sum_fen")
    right_sum: YuanOut = fen_of("other_sum_fen")
    left_margin: YuanOut = fen_of("base_margin_fen")
    right_margin: YuanOut = fen_of("other_margin_fen")


class BucketOut(Schema):
    low: YuanOut = fen_of("from_fen")
    high: YuanOut = fen_of("to_fen")
    left: int
    right: int


class ComparisonOut(Schema):
    tiers: list[TierDifferenceOut]
    prices: list[BucketOut]
    margins: list[BucketOut]


class FrozenRowOut(Schema):
    sku_id: int
    tier: int
    wholesale: YuanOut = fen_of("wholesale_fen")
    labelling: str
    retail_floor: YuanOut | None = fen_of("retail_floor_fen")
    lowest: YuanOut = fen_of("lowest_fen")
    brand_payable: YuanOut = fen_of("brand_payable_fen")
    commission: YuanOut = fen_of("commission_fen")


class DifferenceOut(Schema):
    sku_id: int
    tier: int
    frozen: YuanOut | None = fen_of("frozen_fen")
    now: YuanOut | None = fen_of("now_fen")
    frozen_labelling: str | None
    now_labelling: str | None


@router.get("/platform-terms", response=PageOut[TermsOut], auth=ops)
def list_terms(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """Tier discounts, least margin and price ending over time, the latest first."""
    return price_rules.list_terms(cursor=page.cursor, limit=page.limit)


@router.get("/platform-terms/in-force", response=TermsInForce, auth=ops)
def terms_in_force(request: ActorRequest, at: Instant | None = None) -> Any:
    return price_rules.terms_at(at or clock.now())


@router.post("/platform-terms", response={201: TermsInForce}, auth=ops)
def enter_terms(request: ActorRequest, body: TermsIn) -> Any:
    """Enter terms from an instant on. Refused, with the goods named, where a discount eats the margin."""
    now = clock.now()
    return Status(
        201,
        pricing_price_rules.enter_platform_terms(
            actor=request.auth,
            discounts=body.discounts,
            margin_rate=body.margin_rate,
            ending=body.ending,
            from_at=body.from_at or now,
            draft_id=body.draft_id,
            now=now,
        ),
    )


@router.post("/platform-terms/effect", response=EffectOut, auth=ops)
def effect_of_terms(request: ActorRequest, body: TermsIn) -> Any:
    """What the same body would do if it were entered. Nothing is entered."""
    now = clock.now()
    return effects.effect_of_platform_terms(
        actor=request.auth,
        discounts=body.discounts,
        margin_rate=body.margin_rate,
        ending=body.ending,
        from_at=body.from_at or now,
        now=now,
    )


@router.get("/price-controls", response=PageOut[ControlOut], auth=ops)
def list_controls(
    request: ActorRequest, page: Query[PageQuery], brand_id: int | None = None, draft_id: int | None = None
) -> Any:
    return price_rules.list_controls(brand_id=brand_id, draft_id=draft_id, cursor=page.cursor, limit=page.limit)


@router.post("/price-controls", response={201: ControlOut}, auth=ops)
def enter_control(request: ActorRequest, body: ControlIn) -> Any:
    """Enter a price control. Refused, with the goods named, where it breaks a rule."""
    given = body.dict(exclude={"action", "floor"})
    return Status(
        201,
        pricing_price_rules.enter_control(
            actor=request.auth, action=ACTIONS[body.action], floor_fen=body.floor, now=clock.now(), **given
        ),
    )


@router.post("/price-controls/effect", response=EffectOut, auth=ops)
def effect_of_control(request: ActorRequest, body: ControlIn) -> Any:
    """What the same body would do to the goods of the brand if it were entered. Nothing is entered."""
    given = body.dict(exclude={"action", "floor", "draft_id"})
    return effects.effect_of_control(
        actor=request.auth, action=ACTIONS[body.action], floor_fen=body.floor, now=clock.now(), **given
    )


@router.post("/price-controls/{int:control_id}/end/effect", response=EffectOut, auth=ops)
def effect_of_end(request: ActorRequest, control_id: int, body: EndIn) -> Any:
    """What would change on the day after that last day. Nothing is changed."""
    return effects.effect_of_end(actor=request.auth, control_id=control_id, ends_on=body.ends_on, now=clock.now())


@router.get("/price-controls/{int:control_id}/withdrawal-effect", response=EffectOut, auth=ops)
def effect_of_withdrawal(request: ActorRequest, control_id: int) -> Any:
    """What withdrawing a control would do to the goods of its brand. Nothing is changed."""
    return effects.effect_of_withdrawal(actor=request.auth, control_id=control_id, now=clock.now())


@router.post("/price-controls/{control_id}/end", response=ControlOut, auth=ops)
def end_control(request: ActorRequest, control_id: int, body: EndIn) -> Any:
    return pricing_price_rules.end_control(
        actor=request.auth, control_id=control_id, ends_on=body.ends_on, now=clock.now()
    )


@router.delete("/price-controls/{control_id}", response=ControlOut, auth=ops)
def withdraw_control(request: ActorRequest, control_id: int) -> Any:
    """Withdraw a control; published prices stay as they are."""
    return pricing_price_rules.withdraw_control(actor=request.auth, control_id=control_id, now=clock.now())


@router.get("/commissions", response=PageOut[CommissionOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_commissions(request: ActorRequest, page: Query[PageQuery], draft_id: int | None = None) -> Any:
    return price_rules.list_commissions(draft_id=draft_id, cursor=page.cursor, limit=page.limit)


@router.post("/commissions", response={201: IdOut}, auth=ops)
def enter_commission(request: ActorRequest, body: CommissionIn) -> Any:
    return Status(201, {"id": pricing_price_rules.enter_commission(actor=request.auth, now=clock.now(), **body.dict())})


@router.post("/commissions/effect", response=EffectOut, auth=ops)
def effect_of_commission(request: ActorRequest, body: CommissionIn) -> Any:
    """What the same body would do if it were entered. Nothing is entered."""
    return effects.effect_of_commission(actor=request.auth, now=clock.now(), **body.dict(exclude={"draft_id"}))


@router.get("/rule-drafts/{int:draft_id}/effect", response=EffectOut, auth=ops)
def effect_of_adoption(request: ActorRequest, draft_id: int) -> Any:
    """What adopting a draft would do to goods in stock, once the last of its rules has begun."""
    return effects.effect_of_adoption(actor=request.auth, draft_id=draft_id, now=clock.now())


@router.get("/rule-drafts", response=PageOut[DraftOut], auth=ops)
def list_drafts(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return price_rules.list_drafts(cursor=page.cursor, limit=page.limit)


@router.post("/rule-drafts", response={201: DraftOut}, auth=ops)
def start_draft(request: ActorRequest, body: NameIn) -> Any:
    return Status(201, drafts.start_draft(actor=request.auth, name=body.name, now=clock.now()))


@router.post("/rule-drafts/{draft_id}/adopt", response=DraftOut, auth=ops)
def adopt_draft(request: ActorRequest, draft_id: int) -> Any:
    """Let a draft's rules hold: all or none."""
    return drafts.adopt_draft(actor=request.auth, draft_id=draft_id, now=clock.now())


@router.post("/rule-drafts/{draft_id}/discard", response=DraftOut, auth=ops)
def discard_draft(request: ActorRequest, draft_id: int) -> Any:
    return drafts.discard_draft(actor=request.auth, draft_id=draft_id, now=clock.now())


@router.post("/price-simulations", response=list[PriceOut], auth=ops)
def simulate(request: ActorRequest, body: SimulationIn) -> Any:
    """The price list as it would be, with the steps behind each price; excluded and broken goods with the reason."""
    rows = price_lists.preview_price_list(
        sku_ids=body.sku_ids,
        terms=_sale_terms(body.terms, body.at),
        at=body.at,
        tiers=body.tiers,
        draft_id=body.draft_id,
    )
    return [_price(row) for row in rows]


@router.post("/price-comparisons", response=ComparisonOut, auth=ops)
def compare(request: ActorRequest, body: ComparisonIn) -> Any:
    """Two sets of rules over the same goods: what changes per tier, and how prices and margins are distributed."""
    return pricing_compare.compare_rules(
        sku_ids=body.sku_ids,
        terms=_sale_terms(body.terms, body.at),
        other_terms=None if body.other_terms is None else _sale_terms(body.other_terms, body.at),
        at=body.at,
        base_id=body.base_id,
        other_id=body.other_id,
        tier=body.tier,
    )


@router.get("/price-lists/{list_id}/rows", response=PageOut[FrozenRowOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_rows(request: ActorRequest, list_id: int, page: Query[PageQuery], tier: int | None = None) -> Any:
    return price_lists.list_frozen_rows(list_id, tier=tier, cursor=page.cursor, limit=page.limit)


@router.get("/price-lists/{list_id}/differences", response=list[DifferenceOut], auth=ops)
def list_differences(request: ActorRequest, list_id: int) -> Any:
    """Where today's rules would price otherwise than the list froze; at most 500 rows."""
    return price_lists.list_price_differences(list_id=list_id)


@router.get("/price-lists/{list_id}/why", response=list[StepOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def why(request: ActorRequest, list_id: int, sku_id: int, tier: int) -> Any:
    """Why this price, with everything."""
    return price_lists.explain_price(list_id=list_id, sku_id=sku_id, tier=tier, role=request.auth.role)


def _sale_terms(data: dict[str, Any], at: datetime) -> SaleTerms:
    try:
        terms = SaleTerms.from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as cause:
        raise InvalidPriceTerms(faults_zh="无法识别的条款", faults_en="terms that cannot be read") from cause
    checks.require_valid_sale_terms(terms, at=at)
    return terms


def _price(row: price_lists.PreviewRow) -> dict[str, Any]:
    return {
        "sku_id": row.sku_id,
        "style_no": row.style_no,
        "name": row.name,
        "colour": row.colour,
        "size": row.size,
        "tier": row.tier,
        "wholesale": row.wholesale_fen,
        "labelling": row.labelling.value,
        "retail_floor": row.retail_floor_fen,
        "lowest": row.lowest_fen,
        "brand_payable": row.brand_payable_fen,
        "margin": row.commission_fen,
        "tag_price": row.tag_price_fen,
        "base_price": row.base_price_fen,
        "excluded": row.excluded,
        "broken": row.broken.value if row.broken else None,
        "steps": row.steps(),
    }
