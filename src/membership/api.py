"""Membership, for programs: joining, one's own tier and codes; tier tables, growth and roll-overs for ops."""

from dataclasses import dataclass

from django.http import HttpRequest
from ninja import Field, Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.rules.tiers import MILLI, Tier, TierTable, table_in_force
from membership.selectors import histories, people, rollover, tier_status
from membership.selectors.people import CodeView, InviteeView, MemberView
from membership.selectors.rollover import RolloverView
from membership.selectors.tier_status import GrowthEntryView, MembershipView, NoticeView, TierTableView
from membership.services import adjustments, invitations, tier_tables
from membership.services import rollover as rollover_services
from membership.services.growth_entries import GrowthView
from membership.services.rollover import RolloverPreview
from web.client import client_address
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, Instant, Text, Whole, Word

router = ViewRouter(tags=["membership"])
ops = RoleAuth(Role.OPS)
reseller = RoleAuth(Role.RESELLER)


class JoinIn(Input):
    login: Word
    name: Word
    password: Text
    code: Word


@dataclass(frozen=True, slots=True)
class JoinRequestView:
    """What was requested. Whether the login was free shows when one signs in."""

    login: str
    name: str


class CodeIn(Input):
    uses: Whole = Field(1, ge=1)
    expires_at: Instant | None = None


class TierTableIn(Input):
    """Growth in whole growth, in the order VIP1 … VIP5."""

    from_month: Day
    thresholds: list[int] = Field(min_length=5, max_length=5)
    keep_amounts: list[int] = Field(min_length=5, max_length=5)
    keep_bonuses: list[int] = Field(min_length=5, max_length=5)
    window_months: Whole = 3
    fen_per_growth: Whole = 1000
    unpaid_limits: list[YuanIn] | None = Field(
        None,
        min_length=len(Tier),
        max_length=len(Tier),
        description="up to what amount the orders of trial, VIP1 … VIP5 may be unpaid; left out, that of the latest table",
    )

    def table(self) -> TierTable:
        limits = self.unpaid_limits or table_in_force(histories.tier_tables(), self.from_month).unpaid_limits_fen
        return TierTable(
            from_month=self.from_month,
            thresholds=tuple(growth * MILLI for growth in self.thresholds),
            keep_amounts=tuple(growth * MILLI for growth in self.keep_amounts),
            keep_bonuses=tuple(growth * MILLI for growth in self.keep_bonuses),
            window_months=self.window_months,
            fen_per_growth=self.fen_per_growth,
            unpaid_limits_fen=tuple(limits),
        )


class GrowthAdjustmentIn(Input):
    """`growth` whole, negative to take it; `key` makes a retry harmless."""

    growth: Whole
    reason: Text
    key: str = Field(min_length=1, max_length=40)


class TierMatchIn(Input):
    tier: Whole = Field(ge=1, le=5)
    months: Whole = Field(ge=1, le=6)
    reason: Text


class RolloverIn(Input):
    month: Day


@router.post("/join", response=201, auth=None)
def join(request: HttpRequest, body: JoinIn) -> JoinRequestView:
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
    return JoinRequestView(login=body.login, name=body.name)


@router.get("/membership", auth=reseller)
def get_own_membership(request: ActorRequest) -> MembershipView:
    """Her tier, the growth that gives it, what comes next, and what each tier requires."""
    return tier_status.get_membership(people.require_reseller(request.auth).id, clock.now())


@router.get("/membership/entries", auth=reseller)
def list_own_entries(request: ActorRequest, page: Query[PageQuery]) -> Page[GrowthEntryView]:
    """Her growth ledger, the newest entry first."""
    reseller_id = people.require_reseller(request.auth).id
    return tier_status.list_growth_entries(reseller_id, cursor=page.cursor, limit=page.limit)


@router.get("/membership/codes", auth=reseller)
def list_own_codes(request: ActorRequest) -> list[CodeView]:
    return people.list_own_codes(request.auth)


@router.get("/membership/invitees", auth=reseller)
def list_own_invitees(request: ActorRequest, page: Query[PageQuery]) -> Page[InviteeView]:
    """Whom she invited herself, and the growth that it gave her. There is no second level."""
    return people.list_invitees(people.require_reseller(request.auth).id, cursor=page.cursor, limit=page.limit)


@router.get("/membership/notices", auth=reseller)
def list_own_notices(request: ActorRequest) -> list[NoticeView]:
    return tier_status.list_notices(request.auth, people.require_reseller(request.auth).id)


@router.post("/membership/notices/read", auth=reseller)
def read_own_notices(request: ActorRequest) -> None:
    rollover_services.read_notices(actor=request.auth, now=clock.now())


@router.post("/invitation-codes", response=201, auth=RoleAuth(Role.OPS, Role.RESELLER))
def issue_code(request: ActorRequest, body: CodeIn) -> CodeView:
    """A new code: of the platform for ops, of her own for a VIP within her quota of the month."""
    return invitations.issue_code(actor=request.auth, uses=body.uses, expires_at=body.expires_at, now=clock.now())


@router.delete("/invitation-codes/{int:code_id}", auth=RoleAuth(Role.OPS, Role.RESELLER))
def revoke_code(request: ActorRequest, code_id: int) -> CodeView:
    return invitations.revoke_code(actor=request.auth, code_id=code_id, now=clock.now())


@router.get("/invitation-codes", auth=ops)
def list_codes(request: ActorRequest, page: Query[PageQuery]) -> Page[CodeView]:
    return people.list_codes(cursor=page.cursor, limit=page.limit)


@router.get("/resellers", auth=ops)
def list_resellers(
    request: ActorRequest, page: Query[PageQuery], tier: int | None = None, name: Word = ""
) -> Page[MemberView]:
    return people.list_members(at=clock.now(), tier=tier, name=name, cursor=page.cursor, limit=page.limit)


@router.get("/resellers/{int:reseller_id}/membership", auth=ops)
def get_membership(request: ActorRequest, reseller_id: int, at: Instant | None = None) -> MembershipView:
    """The tier of a member now or at any past instant, computed by the rules from her ledger."""
    return tier_status.get_membership(reseller_id, at or clock.now())


@router.get("/resellers/{int:reseller_id}/entries", auth=ops)
def list_entries(request: ActorRequest, reseller_id: int, page: Query[PageQuery]) -> Page[GrowthEntryView]:
    return tier_status.list_growth_entries(reseller_id, cursor=page.cursor, limit=page.limit)


@router.post("/resellers/{int:reseller_id}/adjustments", response=201, auth=ops)
def adjust_growth(request: ActorRequest, reseller_id: int, body: GrowthAdjustmentIn) -> GrowthView:
    """Give or take growth by hand, with a reason."""
    return adjustments.adjust_growth(
        actor=request.auth,
        reseller_id=reseller_id,
        milli=body.growth * MILLI,
        reason=body.reason,
        key=body.key,
        now=clock.now(),
    )


@router.post("/resellers/{int:reseller_id}/tier-match", response=201, auth=ops)
def match_tier(request: ActorRequest, reseller_id: int, body: TierMatchIn) -> GrowthView:
    """Match the tier that somebody had elsewhere, for some months."""
    return adjustments.match_tier(
        actor=request.auth,
        reseller_id=reseller_id,
        tier=Tier(body.tier),
        months=body.months,
        reason=body.reason,
        now=clock.now(),
    )


@router.get("/tier-tables", auth=RoleAuth(Role.OPS, Role.RESELLER))
def list_tier_tables(request: ActorRequest) -> list[TierTableView]:
    """All versions, the earliest first, beginning with the default."""
    return tier_status.list_tier_tables()


@router.post("/tier-tables", response=201, auth=ops)
def create_tier_table(request: ActorRequest, body: TierTableIn) -> TierTableView:
    """Set what the tiers require, and their unpaid limits, from a coming month on."""
    table = tier_tables.create_tier_table(actor=request.auth, table=body.table(), now=clock.now())
    return tier_status.tier_table_view(table)


@router.get("/month-rollovers/preview", auth=ops)
def preview_rollover(request: ActorRequest) -> list[RolloverPreview]:
    """Members who would be downgraded, upgraded or given a bonus if the month ended now; downgrades first, at most a thousand."""
    return rollover_services.preview_rollover(at=clock.now())


@router.get("/month-rollovers", auth=ops)
def list_rollovers(request: ActorRequest, page: Query[PageQuery]) -> Page[RolloverView]:
    return rollover.list_rollovers(cursor=page.cursor, limit=page.limit)


@router.post("/month-rollovers", auth=ops)
def roll_over_month(request: ActorRequest, body: RolloverIn) -> RolloverView:
    """Carry out a roll-over that is due, or continue one that stopped; a second time changes nothing."""
    return rollover_services.roll_over_month(actor=request.auth, month=body.month, now=clock.now())
