"""Membership, for programs: joining, one's own standing and codes; tier tables, growth and turns for ops."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.rules.tiers import MILLI, Tier, TierTable
from membership.selectors import histories, people, rollover, standings
from membership.selectors.standings import StandingView
from membership.services import growth as membership_growth
from membership.services import invitations, tier_tables
from membership.services import rollover as membership_rollover
from web.client import client_address
from web.money import YuanIn, YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Day, Input, Instant, Text, Whole, Word

router = Router(tags=["membership"])
ops = RoleAuth(Role.OPS)
reseller = RoleAuth(Role.RESELLER)


class JoinIn(Input):
    login: Word
    name: Word
    password: Text
    code: Word


class JoinOut(Schema):
    """What was asked for. Whether the login was free shows when one signs in."""

    login: str
    name: str


class TierOut(Schema):
    """What a tier asks: whole growth, and the yuan of goods that give it."""

    tier: int
    threshold: int
    threshold_goods: YuanOut = fen_of("threshold_fen")
    keep: int
    keep_goods: YuanOut = fen_of("keep_fen")
    bonus: int


class ForecastOut(Schema):
    """What the next turn does if nothing more happens."""

    turn_at: datetime
    tier: int
    bonus: int


class StandingOut(Schema):
    tier: int
    since: datetime
    safe_until: datetime | None
    on_probation: bool
    after_shipping: int = Field(description="her tier once everything that she has paid for is shipped")
    unpaid_limit: YuanOut = Field(description="what her unpaid orders may add up to; never less than her wallet")
    growth: int
    counted: int
    window_months: int
    month_growth: int
    next_tier: int | None
    next_needs: int | None
    next_needs_goods: YuanOut | None
    next_needs_shipping: bool = Field(
        description="what is bought now reaches the next tier only when goods are shipped"
    )
    keep_needs: int
    keep_needs_goods: YuanOut
    forecast: ForecastOut
    tiers: list[TierOut]


class GrowthEntryOut(Schema):
    """An entry of the growth ledger; `growth` with up to three decimals, negative where it was taken back."""

    id: int
    at: datetime
    kind: str
    growth: str
    month: date
    order_id: int | None
    reason: str
    tier: int | None
    until: date | None


class CodeOut(Schema):
    id: int
    code: str
    uses: int
    used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class CodeIn(Input):
    uses: Whole = Field(1, ge=1)
    expires_at: Instant | None = None


class InviteeOut(Schema):
    name: str
    joined_at: datetime
    reward: str | None
    growth: int


class NoticeOut(Schema):
    id: int
    kind: str
    at: datetime
    turn: date
    before: int
    after: int
    read_at: datetime | None


class ResellerOut(Schema):
    id: int
    name: str
    tier: int
    growth: int
    joined_at: datetime
    invited_by_id: int | None


class TierTableIn(Input):
    """Growth in whole growth, in the order VIP1 … VIP5."""

    from_month: Day
    thresholds: list[int] = Field(min_length=5, max_length=5)
    keeps: list[int] = Field(min_length=5, max_length=5)
    bonuses: list[int] = Field(min_length=5, max_length=5)
    window_months: Whole = 3
    fen_per_growth: Whole = 1000
    unpaid_limits: list[YuanIn] | None = Field(
        None,
        min_length=6,
        max_length=6,
        description="what trial, VIP1 … VIP5 may hold without having paid; left out, that of the latest table",
    )


class TierTableOut(Schema):
    from_month: date
    thresholds: list[int]
    keeps: list[int]
    bonuses: list[int]
    window_months: int
    fen_per_growth: int
    unpaid_limits: list[YuanOut]


class GrowthAdjustmentIn(Input):
    """`growth` whole, negative to take it; `key` makes a retry harmless."""

    growth: Whole
    reason: Text
    key: str = Field(min_length=1, max_length=40)


class ProbationIn(Input):
    tier: Whole = Field(ge=1, le=5)
    months: Whole = Field(ge=1, le=6)
    reason: Text


class GrowthOut(Schema):
    reseller_id: int
    before: int
    tier: int
    growth: int


class FallOut(Schema):
    """What the coming turn would do to a member if nothing more happened."""

    reseller_id: int
    name: str
    before: int
    after: int
    month_growth: int
    bonus: int


class TurnIn(Input):
    month: Day


class TurnOut(Schema):
    month: date
    started_at: datetime
    finished_at: datetime | None
    risen: int
    fallen: int
    bonuses: int


@router.post("/join", response={201: JoinOut}, auth=None)
def join(request: HttpRequest, body: JoinIn) -> Any:
    """Become a reseller with an invitation code. Free of charge.

    The answer is the same for a login that is taken: sign in to find out. Refused: 404 `membership.code_invalid`, 422 for names and
    passwords, 429 `accounts.too_many_attempts` with Retry-After, 503 `accounts.too_many_hashes` with Retry-After.
    """
    invitations.request_to_join(
        login=body.login,
        name=body.name,
        password=body.password,
        code=body.code,
        address=client_address(request),
        now=clock.now(),
    )
    return Status(201, {"login": body.login, "name": body.name})


@router.get("/membership", response=StandingOut, auth=reseller)
def my_standing(request: ActorRequest) -> Any:
    """Her tier, what it rests on, what comes next, and what each tier gives."""
    return _standing(standings.standing_view(people.reseller_of(request.auth).id, clock.now()))


@router.get("/membership/entries", response=PageOut[GrowthEntryOut], auth=reseller)
def my_entries(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """Her growth ledger, the newest entry first."""
    return _entries(people.reseller_of(request.auth).id, page)


@router.get("/membership/codes", response=list[CodeOut], auth=reseller)
def my_codes(request: ActorRequest) -> Any:
    return people.codes_of(request.auth)


@router.get("/membership/invitees", response=PageOut[InviteeOut], auth=reseller)
def my_invitees(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """Whom she invited herself, and the growth that it gave her. There is no second level."""
    found = people.invitees_of(people.reseller_of(request.auth).id, cursor=page.cursor, limit=page.limit)
    items = [
        {
            "name": each.name,
            "joined_at": each.joined_at,
            "reward": each.reward_state.name.lower() if each.reward_state else None,
            "growth": each.growth,
        }
        for each in found.items
    ]
    return {"items": items, "next_cursor": found.next_cursor}


@router.get("/membership/notices", response=list[NoticeOut], auth=reseller)
def my_notices(request: ActorRequest) -> Any:
    return standings.notices_of(request.auth, people.reseller_of(request.auth).id)


@router.post("/membership/notices/read", response={204: None}, auth=reseller)
def read_my_notices(request: ActorRequest) -> Status[None]:
    membership_rollover.read_notices(actor=request.auth, now=clock.now())
    return Status(204, None)


@router.post("/invitation-codes", response={201: CodeOut}, auth=RoleAuth(Role.OPS, Role.RESELLER))
def issue_code(request: ActorRequest, body: CodeIn) -> Any:
    """A new code: of the house for ops, of her own for a VIP within her quota of the month."""
    return Status(
        201, invitations.issue_code(actor=request.auth, uses=body.uses, expires_at=body.expires_at, now=clock.now())
    )


@router.delete("/invitation-codes/{code_id}", response=CodeOut, auth=RoleAuth(Role.OPS, Role.RESELLER))
def revoke_code(request: ActorRequest, code_id: int) -> Any:
    return invitations.revoke_code(actor=request.auth, code_id=code_id, now=clock.now())


@router.get("/invitation-codes", response=PageOut[CodeOut], auth=ops)
def list_codes(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return people.codes(cursor=page.cursor, limit=page.limit)


@router.get("/resellers", response=PageOut[ResellerOut], auth=ops)
def list_resellers(request: ActorRequest, page: Query[PageQuery], tier: int | None = None, name: Word = "") -> Any:
    return people.members(at=clock.now(), tier=tier, name=name, cursor=page.cursor, limit=page.limit)


@router.get("/resellers/{reseller_id}/standing", response=StandingOut, auth=ops)
def standing(request: ActorRequest, reseller_id: int, at: Instant | None = None) -> Any:
    """Where a member stands, or stood at any instant, by the law from her ledger."""
    return _standing(standings.standing_view(reseller_id, at or clock.now()))


@router.get("/resellers/{reseller_id}/entries", response=PageOut[GrowthEntryOut], auth=ops)
def entries(request: ActorRequest, reseller_id: int, page: Query[PageQuery]) -> Any:
    return _entries(reseller_id, page)


@router.post("/resellers/{reseller_id}/adjustments", response={201: GrowthOut}, auth=ops)
def adjust(request: ActorRequest, reseller_id: int, body: GrowthAdjustmentIn) -> Any:
    """Give or take growth by hand, with a reason."""
    return Status(
        201,
        membership_growth.adjust(
            actor=request.auth,
            reseller_id=reseller_id,
            milli=body.growth * MILLI,
            reason=body.reason,
            key=body.key,
            now=clock.now(),
        ),
    )


@router.post("/resellers/{reseller_id}/probation", response={201: GrowthOut}, auth=ops)
def put_on_probation(request: ActorRequest, reseller_id: int, body: ProbationIn) -> Any:
    """Match the tier that somebody had elsewhere, for some months."""
    return Status(
        201,
        membership_growth.put_on_probation(
            actor=request.auth,
            reseller_id=reseller_id,
            tier=Tier(body.tier),
            months=body.months,
            reason=body.reason,
            now=clock.now(),
        ),
    )


@router.get("/tier-tables", response=list[TierTableOut], auth=RoleAuth(Role.OPS, Role.RESELLER))
def list_tier_tables(request: ActorRequest) -> Any:
    """All versions, the earliest first, beginning with the default."""
    return [_table(table) for table in histories.tier_tables()]


@router.post("/tier-tables", response={201: TierTableOut}, auth=ops)
def enter_tier_table(request: ActorRequest, body: TierTableIn) -> Any:
    """Enter what the tiers ask, and what they may hold without having paid, from a month to come."""
    table = tier_tables.enter_tier_table(
        actor=request.auth,
        from_month=body.from_month,
        thresholds=[figure * MILLI for figure in body.thresholds],
        keeps=[figure * MILLI for figure in body.keeps],
        bonuses=[figure * MILLI for figure in body.bonuses],
        window_months=body.window_months,
        fen_per_growth=body.fen_per_growth,
        unpaid_limits_fen=body.unpaid_limits,
        now=clock.now(),
    )
    return Status(201, _table(table))


@router.get("/month-turns/preview", response=list[FallOut], auth=ops)
def preview_turn(request: ActorRequest) -> Any:
    """Who would fall, rise or be given a bonus if the month ended now; falls first, at most a thousand."""
    return [
        {
            "reseller_id": each.reseller_id,
            "name": each.name,
            "before": each.before,
            "after": each.after,
            "month_growth": each.month_milli // MILLI,
            "bonus": each.bonus_milli // MILLI,
        }
        for each in rollover.preview_turn(at=clock.now())
    ]


@router.get("/month-turns", response=PageOut[TurnOut], auth=ops)
def list_turns(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return rollover.turns(cursor=page.cursor, limit=page.limit)


@router.post("/month-turns", response=TurnOut, auth=ops)
def turn_month(request: ActorRequest, body: TurnIn) -> Any:
    """Carry out a turn that is due, or go on with one that stopped; a second time changes nothing."""
    return membership_rollover.turn_month(actor=request.auth, month=body.month, now=clock.now())


def _standing(view: StandingView) -> dict[str, Any]:
    law = view.standing
    return {
        "tier": law.tier,
        "since": law.since,
        "safe_until": law.safe_until,
        "on_probation": law.on_probation,
        "after_shipping": law.after_shipping,
        "unpaid_limit": view.unpaid_limit_fen,
        "growth": view.growth,
        "counted": view.counted,
        "window_months": view.window_months,
        "month_growth": view.month_growth,
        "next_tier": law.next_tier,
        "next_needs": view.next_needs,
        "next_needs_goods": view.next_needs_fen,
        "next_needs_shipping": law.next_needs_shipping,
        "keep_needs": view.keep_needs,
        "keep_needs_goods": view.keep_needs_fen,
        "forecast": {
            "turn_at": view.forecast.turn_at,
            "tier": view.forecast.tier,
            "bonus": view.forecast.bonus_milli // MILLI,
        },
        "tiers": view.tiers,
    }


def _entries(reseller_id: int, page: PageQuery) -> dict[str, Any]:
    found = standings.entries_of(reseller_id, cursor=page.cursor, limit=page.limit)
    items = [
        {
            "id": each.id,
            "at": each.at,
            "kind": each.kind.name.lower(),
            "growth": _growth(each.growth_milli),
            "month": each.month,
            "order_id": each.order_id,
            "reason": each.reason,
            "tier": each.tier,
            "until": each.until,
        }
        for each in found.items
    ]
    return {"items": items, "next_cursor": found.next_cursor}


def _growth(milli: int) -> str:
    whole, rest = divmod(abs(milli), MILLI)
    figure = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    return f"-{figure}" if milli < 0 else figure


def _table(table: TierTable) -> dict[str, Any]:
    return {
        "from_month": table.from_month,
        "thresholds": [figure // MILLI for figure in table.thresholds],
        "keeps": [figure // MILLI for figure in table.keeps],
        "bonuses": [figure // MILLI for figure in table.bonuses],
        "window_months": table.window_months,
        "fen_per_growth": table.fen_per_growth,
        "unpaid_limits": list(table.unpaid_limits_fen),
    }
