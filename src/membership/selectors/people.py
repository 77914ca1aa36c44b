"""Resellers, their codes and whom they invited."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from accounts.rules import Actor, NotAllowed, Role
from db.rows import view_of
from kernel.period import month_of
from kernel.refusal import Missing
from membership.models import InvitationCode, InvitationReward, MonthRollover, Reseller
from membership.rules.invitations import InvitationTerms, RewardState
from membership.rules.tiers import DEFAULT_TABLE, Tier, whole_growth
from membership.selectors.histories import NoSuchReseller, get_tier, tiers_at
from membership.sql.tiers import StoredBuyer, stored_buyer, stored_buyers, stored_member
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NotAReseller(NotAllowed):
    """Only resellers have a membership."""


class InvalidCode(Missing):
    code = "membership.code_invalid"
    zh = "没有这个邀请码，请核对后重新填写"
    en = "There is no such invitation code; check it and enter it again"


class CodeExpired(InvalidCode):
    code = "membership.code_expired"
    zh = "这个邀请码已在 {expired_at} 过期，请向邀请您的人要一个新的"
    en = "This invitation code expired at {expired_at}; ask whoever invited you for a new one"
    expired_at: datetime


class CodeUsedUp(InvalidCode):
    code = "membership.code_used_up"
    zh = "这个邀请码的 {uses} 个名额已用完，请向邀请您的人要一个新的"
    en = "All {uses} uses of this invitation code are taken; ask whoever invited you for a new one"
    uses: int


class CodeWithdrawn(InvalidCode):
    code = "membership.code_withdrawn"
    zh = "这个邀请码已停用，请向平台或另一位会员要一个新的"
    en = "This invitation code was withdrawn; ask the platform or another member for a new one"


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
    person_id: Annotated[int, PAGES_ONLY]
    name: str
    growth: int
    joined_at: datetime
    invited_by_id: int | None


@dataclass(frozen=True, slots=True)
class MemberView(ResellerView):
    """A member with the tier that the rules give her at the instant of the question."""

    tier: Tier


@dataclass(frozen=True, slots=True)
class BuyerView:
    """A member who grabs: her tier at that instant, who invited her, and up to what amount her orders may be unpaid."""

    id: int
    tier: Tier
    invited_by_id: int | None
    unpaid_limit_fen: int


@dataclass(frozen=True, slots=True)
class CodeView:
    """An invitation code, of a member or (`reseller_id` None) of the platform."""

    id: int
    code: str
    reseller_id: int | None
    uses: int
    used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at and self.used < self.uses


@dataclass(frozen=True, slots=True)
class InviteeView:
    """Somebody whom a reseller invited, and the growth that it gave her. It holds nothing of what the invitee buys.

    `reward`: waiting, granted, capped or void; None before the invitee has bought.
    """

    name: str
    joined_at: datetime
    reward: str | None
    growth: int


def require_reseller(actor: Actor) -> ResellerView:
    """The membership of the person who acts. Refuses a person who is not a reseller."""
    return _reseller_view(_require_row(actor))


def require_member(actor: Actor, at: datetime) -> MemberView:
    """The membership of the person who acts, with the tier that the rules give at `at`. Refuses a person who is not a reseller.

    One statement once her roll-over has been carried out.
    """
    row = stored_member(person_id=actor.own_id, month=month_of(at)) if actor.role is Role.RESELLER else None
    if row is None:
        raise NotAReseller(role=actor.role.value)
    tier = Tier(row.tier) if row.is_rolled_over else get_tier(row.id, at)
    return view_of(MemberView, row, growth=whole_growth(row.growth_milli), tier=tier)


def require_buyer(actor: Actor, at: datetime) -> BuyerView:
    """What a grab needs of the person who acts, in one statement once her roll-over has been carried out."""
    row = stored_buyer(person_id=actor.own_id, month=month_of(at)) if actor.role is Role.RESELLER else None
    if row is None:
        raise NotAReseller(role=actor.role.value)
    tier = Tier(row.tier) if row.is_rolled_over else get_tier(row.reseller_id, at)
    return _buyer(row, tier)


def find_buyers(person_ids: Collection[int], at: datetime) -> dict[int, BuyerView]:
    """By person, what grabs of one moment need of the people who are resellers, in one statement.

    Members whom this month's roll-over has not reached are missing: `require_buyer` finds their tier.
    """
    rows = stored_buyers(person_ids=person_ids, month=month_of(at))
    return {row.person_id: _buyer(row, Tier(row.tier)) for row in rows if row.is_rolled_over}


def _buyer(row: StoredBuyer, tier: Tier) -> BuyerView:
    limits_fen = row.unpaid_limits_fen or DEFAULT_TABLE.unpaid_limits_fen
    return BuyerView(row.reseller_id, tier, row.invited_by_id, limits_fen[tier])


def get_reseller(reseller_id: int) -> ResellerView:
    return _reseller_view(_get_row(reseller_id))


def get_member(reseller_id: int, at: datetime) -> MemberView:
    return _member_view(_get_row(reseller_id), get_tier(reseller_id, at))


def person_ids_of_resellers(reseller_ids: Collection[int]) -> dict[int, int]:
    """Who signs in as these resellers, by their ids; people who were deactivated are left out."""
    rows = Reseller.objects.filter(pk__in=reseller_ids, person__is_active=True)
    return dict(rows.values_list("pk", "person_id"))


def ids_of_tier(tier: int, *, at: datetime) -> list[int]:
    """The active resellers of a tier, by the rules at `at` for those of whom a roll-over is due."""
    rows = Reseller.objects.filter(person__is_active=True)
    due = rows.filter(_is_due(at)).values_list("pk", flat=True)
    stored = rows.exclude(_is_due(at)).filter(tier=tier).values_list("pk", flat=True)
    of_due = [reseller_id for reseller_id, own in tiers_at(due, at).items() if own == tier] if due else []
    return sorted([*stored, *of_due])


def is_account_closed(reseller_id: int) -> bool:
    """Whether the account of a reseller was closed (MONEY-17)."""
    return Reseller.objects.filter(pk=reseller_id, person__closed_at__isnull=False).exists()


def closed_resellers(reseller_ids: Collection[int]) -> set[int]:
    """Which of these have a closed account, in one statement."""
    closed = Reseller.objects.filter(pk__in=reseller_ids, person__closed_at__isnull=False)
    return set(closed.values_list("pk", flat=True))


def names_of_resellers(reseller_ids: Collection[int]) -> dict[int, str]:
    """The names of resellers by their ids, in one statement."""
    return dict(Reseller.objects.filter(pk__in=reseller_ids).values_list("pk", "person__name"))


def list_members(
    *, at: datetime, tier: int | None = None, name: str = "", search: str = "", cursor: str = "", limit: int = 50
) -> Page[MemberView]:
    """Members with their tiers at `at`, the newest first.

    `search` is a part of a name, the beginning of a sign-in name or telephone number, or a member's number. While the month's roll-over
    is being carried out, a page of one tier may hold fewer members than `limit` though more follow.
    """
    rows = Reseller.objects.select_related("person")
    if name:
        rows = rows.filter(person__name__contains=name)
    if search:
        rows = rows.filter(_matches(search.strip()))
    if tier is not None:
        rows = rows.filter(Q(tier=tier) | _is_due(at))
    page = paginate(rows, name="membership.members", order=("-id",), cursor=cursor, limit=limit, view=_same)
    tiers = tiers_at([row.pk for row in page.items], at)
    views = [_member_view(row, tiers[row.pk]) for row in page.items]
    return Page([view for view in views if tier is None or view.tier == tier], page.next_cursor)


def _is_due(at: datetime) -> Q:
    """Members whom the roll-over of this month has not reached."""
    rolled_over = MonthRollover.objects.filter(month__gte=month_of(at), done_through_id__gte=OuterRef("pk"))
    return Q(rolled_over_through__lt=month_of(at)) & ~Q(Exists(rolled_over))


def invitation_terms() -> InvitationTerms:
    return InvitationTerms.of(getattr(settings, "INVITATION_TERMS", {}))


def _matches(search: str) -> Q:
    number = int(search) if search.isascii() and search.isdigit() and len(search) < 16 else 0
    login = search.lower()
    phone = login.removeprefix("+86").replace(" ", "").replace("-", "")
    by_login = Q(person__login__startswith=login) | Q(person__login=phone)
    return Q(pk=number) | Q(person__name__icontains=search) | by_login


def list_own_codes(actor: Actor) -> list[CodeView]:
    """The codes of the reseller who acts, the newest first."""
    rows = InvitationCode.objects.filter(reseller_id=require_reseller(actor).id).order_by("-id")
    return [code_view(row) for row in rows]


def list_codes(*, cursor: str = "", limit: int = 50) -> Page[CodeView]:
    """All codes, for ops, the newest first."""
    return paginate(
        InvitationCode.objects.all(),
        name="membership.codes",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=code_view,
    )


def list_invitees(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[InviteeView]:
    """Whom a reseller invited herself. There is no second level (GROWTH-16)."""
    rows = Reseller.objects.filter(invited_by=reseller_id).select_related("person", "reward_for_inviter")
    return paginate(
        rows, name=f"membership.invitees:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=_invitee_view
    )


def _reseller_view(row: Reseller) -> ResellerView:
    return view_of(ResellerView, row, name=row.person.name, growth=whole_growth(row.growth_milli))


def _member_view(row: Reseller, tier: Tier) -> MemberView:
    return view_of(MemberView, row, name=row.person.name, growth=whole_growth(row.growth_milli), tier=tier)


def _require_row(actor: Actor) -> Reseller:
    rows = Reseller.objects.select_related("person")
    row = rows.filter(person_id=actor.own_id).first() if actor.role is Role.RESELLER else None
    if row is None:
        raise NotAReseller(role=actor.role.value)
    return row


def _get_row(reseller_id: int) -> Reseller:
    row = Reseller.objects.select_related("person").filter(pk=reseller_id).first()
    if row is None:
        raise NoSuchReseller(reseller_id=reseller_id)
    return row


def _same(row: Reseller) -> Reseller:
    return row


def code_view(row: InvitationCode) -> CodeView:
    is_of_platform = row.reseller_id is None
    return view_of(
        CodeView,
        row,
        # A code of ops may have been issued for more than is allowed now.
        uses=max(row.used, min(row.uses, invitation_terms().uses_per_platform_code)) if is_of_platform else row.uses,
    )


def _invitee_view(row: Reseller) -> InviteeView:
    reward: InvitationReward | None = getattr(row, "reward_for_inviter", None)
    return InviteeView(
        name=row.person.name,
        joined_at=row.joined_at,
        reward=RewardState(reward.state).name.lower() if reward else None,
        growth=whole_growth(reward.milli) if reward else 0,
    )
