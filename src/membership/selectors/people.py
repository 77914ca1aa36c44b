"""Resellers, their codes and whom they invited."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from accounts.rules import Actor, NotAllowed, Role
from db import sql
from kernel.period import month_of
from kernel.refusal import Missing
from membership.models import InvitationCode, InvitationReward, MonthTurn, Reseller
from membership.rules.invitations import InvitationTerms, RewardState
from membership.rules.tiers import DEFAULT_TABLE, Tier, whole_growth
from membership.selectors.histories import NoSuchReseller, tier_now, tiers_at
from web.pagination import Page, paginate


@dataclass(eq=False)
class NotAReseller(NotAllowed):
    """Only resellers have a membership."""


@dataclass(eq=False)
class InvalidCode(Missing):
    code = "membership.code_invalid"
    zh = "没有这个邀请码，请核对后重新填写"
    en = "There is no such invitation code; check it and enter it again"


@dataclass(eq=False)
class CodeExpired(InvalidCode):
    code = "membership.code_expired"
    zh = "这个邀请码已在 {expired_at} 过期，请向邀请您的人要一个新的"
    en = "This invitation code expired at {expired_at}; ask whoever invited you for a new one"
    expired_at: datetime


@dataclass(eq=False)
class CodeUsedUp(InvalidCode):
    code = "membership.code_used_up"
    zh = "这个邀请码的 {uses} 个名额已用完，请向邀请您的人要一个新的"
    en = "All {uses} uses of this invitation code are taken; ask whoever invited you for a new one"
    uses: int


@dataclass(eq=False)
class CodeWithdrawn(InvalidCode):
    code = "membership.code_withdrawn"
    zh = "这个邀请码已停用，请向平台或另一位会员要一个新的"
    en = "This invitation code was withdrawn; ask the platform or another member for a new one"


@dataclass(eq=False)
class CodeOfNoVip(InvalidCode):
    code = "membership.code_of_no_vip"
    zh = "邀请您的会员现在不是 VIP，她的邀请码暂时不能用，请向平台或另一位会员要一个"
    en = (
        "The member who invited you is no VIP now, so her codes do not work; ask the platform or another member for one"
    )


@dataclass(frozen=True, slots=True)
class ResellerView:
    """A member, without her tier, which depends on the instant: see `MemberView`. `growth` whole, rounded down."""

    id: int
    person_id: int
    name: str
    growth: int
    joined_at: datetime
    invited_by_id: int | None


@dataclass(frozen=True, slots=True)
class MemberView(ResellerView):
    """A member with the tier that the rules give her at the instant she was asked for."""

    tier: Tier


@dataclass(frozen=True, slots=True)
class BuyerView:
    """A member who grabs: her tier at that instant, who invited her, and what her tier may hold without having paid."""

    id: int
    tier: Tier
    invited_by_id: int | None
    unpaid_limit_fen: int


@dataclass(frozen=True, slots=True)
class CodeView:
    """An invitation code. `alive` at the time it was asked for."""

    id: int
    code: str
    reseller_id: int | None
    uses: int
    used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def alive(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at and self.used < self.uses


@dataclass(frozen=True, slots=True)
class InviteeView:
    """Somebody whom a reseller invited, and what that gave her. Nothing of what the invitee buys is told."""

    name: str
    joined_at: datetime
    reward_state: RewardState | None
    growth: int


def reseller_of(actor: Actor) -> ResellerView:
    """The membership of the person who acts; refuses whoever is not a reseller."""
    return reseller_view(_row_of(actor))


def member_of(actor: Actor, at: datetime) -> MemberView:
    """The membership of the person who acts, with the tier that the rules give at `at`."""
    row = _row_of(actor)
    return _member_view(row, tier_now(row.pk, at))


_BUYER = """
SELECT r.id, r.tier, r.invited_by_id,
       r.turned_month >= %(month)s
       OR EXISTS (SELECT 1 FROM membership_monthturn t WHERE t.month >= %(month)s AND t.done_through_id >= r.id) AS turned,
       (SELECT v.unpaid_limits_fen FROM membership_tiertableversion v WHERE v.from_month <= %(month)s
        ORDER BY v.from_month DESC LIMIT 1) AS limits
FROM membership_reseller r WHERE r.person_id = %(person)s
"""


def buyer_of(actor: Actor, at: datetime) -> BuyerView:
    """What a grab must know of the person who acts, in one statement once her turn has been carried out."""
    asked = {"month": month_of(at), "person": actor.own_id}
    found = sql.rows(_BUYER, asked) if actor.role is Role.RESELLER else []
    if not found:
        raise NotAReseller(role=actor.role.value)
    [row] = found
    tier = Tier(row["tier"]) if row["turned"] else tier_now(row["id"], at)
    limits = row["limits"] or DEFAULT_TABLE.unpaid_limits_fen
    return BuyerView(row["id"], tier, row["invited_by_id"], limits[tier])


def reseller(reseller_id: int) -> ResellerView:
    return reseller_view(_row(reseller_id))


def member(reseller_id: int, at: datetime) -> MemberView:
    return _member_view(_row(reseller_id), tier_now(reseller_id, at))


def members(
    *, at: datetime, tier: int | None = None, name: str = "", words: str = "", cursor: str = "", limit: int = 50
) -> Page[MemberView]:
    """Members with their tiers at `at`, the newest first.

    `words` are a part of a name, the beginning of a sign-in name or phone, or a member's number.

    While the month's turn is being carried out, a page of one tier may hold fewer than `size` though more follow.
    """
    rows = Reseller.objects.select_related("person")
    if name:
        rows = rows.filter(person__name__contains=name)
    if words:
        rows = rows.filter(_called(words.strip()))
    if tier is not None:
        turned = Exists(MonthTurn.objects.filter(month__gte=month_of(at), done_through_id__gte=OuterRef("pk")))
        not_turned = Q(turned_month__lt=month_of(at)) & ~Q(turned)
        rows = rows.filter(Q(tier=tier) | not_turned)
    page = paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=_same)
    tiers = tiers_at([row.pk for row in page.items], at)
    found = [_member_view(row, tiers[row.pk]) for row in page.items]
    return Page([view for view in found if tier is None or view.tier == tier], page.next_cursor)


def invitation_terms() -> InvitationTerms:
    return InvitationTerms.of(getattr(settings, "INVITATION_TERMS", {}))


def _called(words: str) -> Q:
    number = int(words) if words.isascii() and words.isdigit() and len(words) < 16 else 0
    login = words.lower()
    phone = login.removeprefix("+86").replace(" ", "").replace("-", "")
    by_login = Q(person__login__startswith=login) | Q(person__login=phone)
    return Q(pk=number) | Q(person__name__icontains=words) | by_login


def codes_of(actor: Actor) -> list[CodeView]:
    """The codes of the reseller who acts, the newest first."""
    return [code_view(row) for row in InvitationCode.objects.filter(reseller_id=reseller_of(actor).id).order_by("-id")]


def codes(*, cursor: str = "", limit: int = 50) -> Page[CodeView]:
    """All codes, for ops, the newest first."""
    return paginate(InvitationCode.objects.all(), order=("-id",), cursor=cursor, limit=limit, view=code_view)


def invitees_of(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[InviteeView]:
    """Whom a reseller invited herself; there is no deeper question to ask (GROWTH-16)."""
    rows = Reseller.objects.filter(invited_by=reseller_id).select_related("person", "reward_for_inviter")
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=_invitee_view)


def reseller_view(row: Reseller) -> ResellerView:
    return ResellerView(
        id=row.pk,
        person_id=row.person_id,
        name=row.person.name,
        growth=whole_growth(row.growth_milli),
        joined_at=row.joined_at,
        invited_by_id=row.invited_by_id,
    )


def _member_view(row: Reseller, tier: Tier) -> MemberView:
    return MemberView(
        id=row.pk,
        person_id=row.person_id,
        name=row.person.name,
        growth=whole_growth(row.growth_milli),
        joined_at=row.joined_at,
        invited_by_id=row.invited_by_id,
        tier=tier,
    )


def _row_of(actor: Actor) -> Reseller:
    found = (
        Reseller.objects.select_related("person").filter(person_id=actor.own_id).first()
        if actor.role is Role.RESELLER
        else None
    )
    if found is None:
        raise NotAReseller(role=actor.role.value)
    return found


def _row(reseller_id: int) -> Reseller:
    found = Reseller.objects.select_related("person").filter(pk=reseller_id).first()
    if found is None:
        raise NoSuchReseller(reseller_id=reseller_id)
    return found


def _same(row: Reseller) -> Reseller:
    return row


def code_view(row: InvitationCode) -> CodeView:
    house = row.reseller_id is None
    return CodeView(
        id=row.pk,
        code=row.code,
        reseller_id=row.reseller_id,
        # A code of ops may have been issued for more than is allowed now.
        uses=max(row.used, min(row.uses, invitation_terms().uses_per_house_code)) if house else row.uses,
        used=row.used,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _invitee_view(row: Reseller) -> InviteeView:
    reward: InvitationReward | None = getattr(row, "reward_for_inviter", None)
    return InviteeView(
        name=row.person.name,
        joined_at=row.joined_at,
        reward_state=RewardState(reward.state) if reward else None,
        growth=whole_growth(reward.milli) if reward else 0,
    )
