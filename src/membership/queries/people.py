"""Resellers, their codes and whom they invited."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from accounts.rules import Actor, NotAllowed, Role
from kernel.period import month_of
from kernel.refusal import Missing
from membership.models import InvitationCode, InvitationReward, MonthTurn, Reseller
from membership.queries.histories import NoSuchReseller, tier_now, tiers_at
from membership.rules import RewardState, Tier, whole_growth
from wire.pages import Page, cut


@dataclass(eq=False)
class NotAReseller(NotAllowed):
    """Only resellers have a membership."""


@dataclass(eq=False)
class CodeNotGood(Missing):
    code = "membership.code_not_good"
    zh = "邀请码无效、已用完或已过期"
    en = "The invitation code is unknown, used up, revoked or expired"


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


def reseller(reseller_id: int) -> ResellerView:
    return reseller_view(_row(reseller_id))


def member(reseller_id: int, at: datetime) -> MemberView:
    return _member_view(_row(reseller_id), tier_now(reseller_id, at))


def members(
    *, at: datetime, tier: int | None = None, name: str = "", after: str = "", size: int = 50
) -> Page[MemberView]:
    """Members with their tiers at `at`, the newest first.

    While the month's turn is being carried out, a page of one tier may hold fewer than `size` though more follow.
    """
    rows = Reseller.objects.select_related("person")
    if name:
        rows = rows.filter(person__name__contains=name)
    if tier is not None:
        turned = Exists(MonthTurn.objects.filter(month__gte=month_of(at), done_through_id__gte=OuterRef("pk")))
        not_turned = Q(turned_month__lt=month_of(at)) & ~Q(turned)
        rows = rows.filter(Q(tier=tier) | not_turned)
    page = cut(rows, order=("-id",), after=after, size=size, view=_same)
    tiers = tiers_at([row.pk for row in page.items], at)
    found = [_member_view(row, tiers[row.pk]) for row in page.items]
    return Page([view for view in found if tier is None or view.tier == tier], page.next)


def codes_of(actor: Actor) -> list[CodeView]:
    """The codes of the reseller who acts, the newest first."""
    return [code_view(row) for row in InvitationCode.objects.filter(reseller_id=reseller_of(actor).id).order_by("-id")]


def codes(*, after: str = "", size: int = 50) -> Page[CodeView]:
    """All codes, for ops, the newest first."""
    return cut(InvitationCode.objects.all(), order=("-id",), after=after, size=size, view=code_view)


def invitees_of(reseller_id: int, *, after: str = "", size: int = 50) -> Page[InviteeView]:
    """Whom a reseller invited herself; there is no deeper question to ask (GROWTH-16)."""
    rows = Reseller.objects.filter(invited_by=reseller_id).select_related("person", "reward_for_inviter")
    return cut(rows, order=("-id",), after=after, size=size, view=_invitee_view)


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
    return CodeView(
        id=row.pk,
        code=row.code,
        reseller_id=row.reseller_id,
        uses=row.uses,
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
