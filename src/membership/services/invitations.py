"""Joining with a code, issuing and revoking codes, and deciding due rewards."""

import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from accounts.rules import SYSTEM, Actor, NotAllowed, Role, require_roles
from accounts.services import attempts, audit, people
from jobs.batches import run_each
from kernel.period import month_of, month_period
from kernel.refusal import Conflict, Forbidden, Invalid
from membership.models import InvitationCode, InvitationReward, Reseller
from membership.rules.invitations import MAX_CODE_LIFE, RewardState, normalized_code, reward_outcome
from membership.rules.tiers import GrowthKind, Tier
from membership.selectors.histories import get_tier
from membership.selectors.people import (
    CodeExpired,
    CodeOfNoVip,
    CodeUsedUp,
    CodeView,
    CodeWithdrawn,
    InvalidCode,
    code_view,
    invitation_terms,
    require_reseller,
)
from membership.services.growth_entries import add_growth_entry, lock_member
from membership.services.rewards import unrefunded_fen

# Without letters and digits that people confuse with one another.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
REWARDS_PER_BATCH = 200
JOIN_WINDOW = timedelta(hours=1)
OpenUntil = Callable[[Collection[int]], Mapping[int, datetime]]


class NotYetVip(Forbidden):
    code = "membership.not_yet_vip"
    zh = "升为 VIP 后才有邀请码"
    en = "Invitation codes are for VIPs"


class QuotaUsed(Conflict):
    code = "membership.quota_used"
    zh = "本月还可发出 {left} 个邀请名额"
    en = "{left} invitations are left for this month"
    left: int


class InvalidCodeTerms(Invalid):
    code = "membership.code_invalid_terms"
    zh = "邀请码的次数须为 1 至 {max_uses}，有效期须在以后且不超过一年"
    en = "A code has 1 to {max_uses} uses and expires in the future, within a year"
    max_uses: int


def request_to_join(*, login: str, name: str, password: str, code: str, address: str, now: datetime) -> None:
    """`join` for an anonymous visitor, who is not told whether the login belongs to a member already (GROWTH-14).

    Where the login is taken nothing happens, and the answer is the same: the visitor finds out by signing in, where wrong passwords are
    counted. All attempts of one network address are limited together; more are refused with `accounts.TooManyAttempts`.
    """
    limit = attempts.Limit("join", settings.JOIN_ATTEMPTS_OF_ADDRESS, JOIN_WINDOW)
    attempts.count_attempt([attempts.by_address(limit, address)], now=now)
    with suppress(people.LoginTaken):
        join(login=login, name=name, password=password, code=code, now=now)


def join(*, login: str, name: str, password: str, code: str, now: datetime) -> Actor:
    """Make somebody with an invitation code a reseller on trial. There is no fee and nothing to buy first (GROWTH-14).

    The code may contain blanks, line breaks or full-width letters. Refuses a code that is unknown, expired, used up, withdrawn, or of a
    member who is no VIP now, each with its own refusal, and what `accounts.add_person` refuses.
    """
    # A wrong code is refused before the password is hashed, which is slow; afterwards the code is locked and checked again.
    _require_valid_code(InvitationCode.objects.all(), code, now)
    encoded = people.hash_new_password(login=login, name=name, role=Role.RESELLER, password=password)
    return _create_member(login=login, name=name, encoded=encoded, code=code, now=now)


@transaction.atomic
def _create_member(*, login: str, name: str, encoded: str, code: str, now: datetime) -> Actor:
    invitation = _require_valid_code(InvitationCode.objects.select_for_update(of=("self",)), code, now)
    person = people.add_person_with_hash(
        actor=SYSTEM, login=login, name=name, role=Role.RESELLER, encoded=encoded, now=now
    )
    reseller = Reseller.objects.create(
        person_id=person.own_id,
        rolled_over_through=month_of(now),
        joined_at=now,
        invited_by_id=invitation.reseller_id,
        joined_with=invitation,
    )
    InvitationCode.objects.filter(pk=invitation.pk).update(used=F("used") + 1)
    audit.record(
        actor=person,
        action="membership.join",
        kind="reseller",
        subject_id=reseller.pk,
        details={"code_id": invitation.pk},
        now=now,
    )
    return person


def _require_valid_code(codes: QuerySet[InvitationCode], code: str, now: datetime) -> InvitationCode:
    """The row of a code that can be used now. A code of the platform has no owner who could be deactivated."""
    row = codes.select_related("reseller__person").filter(code=normalized_code(code)).first()
    if row is None:
        raise InvalidCode
    view = code_view(row)
    if view.revoked_at is not None or (row.reseller is not None and not row.reseller.person.is_active):
        raise CodeWithdrawn
    if now >= view.expires_at:
        raise CodeExpired(expired_at=view.expires_at)
    if view.used >= view.uses:
        raise CodeUsedUp(uses=view.uses)
    if row.reseller_id is not None and get_tier(row.reseller_id, now) < Tier.VIP1:
        raise CodeOfNoVip
    return row


@transaction.atomic
def issue_code(*, actor: Actor, uses: int, expires_at: datetime | None = None, now: datetime) -> CodeView:
    """A new invitation code: of the platform for ops, of her own for a VIP within her quota of the month (GROWTH-14).

    It expires within a year. Refuses more uses than a code may have.
    """
    require_roles(actor, Role.OPS, Role.RESELLER)
    terms = invitation_terms()
    expires_at = expires_at or now + terms.code_life
    max_uses = terms.uses_per_month if actor.role is Role.RESELLER else terms.uses_per_platform_code
    if not 1 <= uses <= max_uses or not now < expires_at <= now + MAX_CODE_LIFE:
        raise InvalidCodeTerms(max_uses=max_uses)
    owner = _require_vip_within_quota(actor, uses, now) if actor.role is Role.RESELLER else None
    row = InvitationCode.objects.create(
        code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
        reseller=owner,
        issued_by_id=actor.person_id,
        uses=uses,
        created_at=now,
        expires_at=expires_at,
    )
    audit.record(
        actor=actor,
        action="membership.issue_code",
        kind="invitation_code",
        subject_id=row.pk,
        details={"uses": uses},
        now=now,
    )
    return code_view(row)


@transaction.atomic
def revoke_code(*, actor: Actor, code_id: int, now: datetime) -> CodeView:
    """Withdraw a code: ops any, a reseller her own. Members who joined with it stay."""
    require_roles(actor, Role.OPS, Role.RESELLER)
    rows = InvitationCode.objects.select_for_update().filter(pk=code_id)
    if actor.role is Role.RESELLER:
        rows = rows.filter(reseller=require_reseller(actor).id)
    row = rows.first()
    if row is None:
        raise InvalidCode
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.record(
            actor=actor,
            action="membership.revoke_code",
            kind="invitation_code",
            subject_id=row.pk,
            details={"used": row.used},
            now=now,
        )
    return code_view(row)


def grant_due_rewards(*, actor: Actor, now: datetime, open_until: OpenUntil) -> int:
    """Decide the rewards whose waiting time is over (GROWTH-15, GROWTH-17); returns how many were granted.

    `open_until` returns, of some orders, those that may still be returned, with the time to check again: the end of the after-sales
    window, or of a case. Each reward is decided in its own transaction: a sweep that is killed leaves the others waiting.
    """
    require_roles(actor, Role.OPS)
    granted, waiting = 0, InvitationReward.objects.filter(state=RewardState.WAITING, due_at__lte=now)
    while due := list(waiting.order_by("due_at", "id").values_list("due_at", "pk", "order_id")[:REWARDS_PER_BATCH]):
        granted += _decide_each({reward_id: order_id for _, reward_id, order_id in due}, open_until, now)
        # A reward that could not be decided still waits; the next batch begins behind it, or the loop would never end.
        last_due_at, last_id, _ = due[-1]
        waiting = waiting.filter(Q(due_at__gt=last_due_at) | Q(due_at=last_due_at, pk__gt=last_id))
    return granted


def _decide_each(orders: dict[int, int], open_until: OpenUntil, now: datetime) -> int:
    """Decide rewards, or postpone those whose orders may still be returned; a failure stops none of the others. `orders` by reward."""
    still_open = open_until(list(orders.values()))

    def decide(reward_id: int) -> bool:
        order_id = orders[reward_id]
        if order_id not in still_open:
            return _decide(reward_id, order_id, now)
        _postpone(reward_id, order_id, max(still_open[order_id], now + timedelta(minutes=1)))
        return False

    return run_each(decide, orders, job="membership.grant_due_rewards")


def _postpone(reward_id: int, order_id: int, until: datetime) -> None:
    waiting = InvitationReward.objects.filter(pk=reward_id, order_id=order_id, state=RewardState.WAITING)
    waiting.update(due_at=until)


@transaction.atomic
def _decide(reward_id: int, order_id: int, now: datetime) -> bool:
    inviter_id = InvitationReward.objects.values_list("inviter_id", flat=True).get(pk=reward_id)
    inviter = lock_member(inviter_id, now)
    reward = InvitationReward.objects.select_for_update().get(pk=reward_id)
    if reward.state != RewardState.WAITING or reward.due_at > now or reward.order_id != order_id:
        return False
    terms = invitation_terms()
    granted = InvitationReward.objects.filter(
        inviter=inviter, state=RewardState.GRANTED, decided_at__gte=month_period(month_of(now)).starts_at
    ).count()
    outcome = reward_outcome(
        unrefunded_fen=unrefunded_fen(reward.invitee_id, reward.order_id), granted_this_month=granted, terms=terms
    )
    reward.state, reward.decided_at = outcome, now
    reward.milli = terms.reward_milli if outcome is RewardState.GRANTED else 0
    reward.save(update_fields=["state", "decided_at", "milli"])
    if outcome is RewardState.GRANTED and reward.milli:
        add_growth_entry(
            inviter,
            kind=GrowthKind.INVITATION,
            milli=reward.milli,
            cause=f"reward/{reward.pk}/{order_id}",
            now=now,
            reward=reward,
        )
    return outcome is RewardState.GRANTED


def _require_vip_within_quota(actor: Actor, uses: int, now: datetime) -> Reseller:
    reseller_id = Reseller.objects.filter(person_id=actor.own_id).values_list("pk", flat=True).first()
    if reseller_id is None:
        raise NotAllowed(role=actor.role.value)
    reseller = lock_member(reseller_id, now)
    if reseller.tier < Tier.VIP1:
        raise NotYetVip
    issued = InvitationCode.objects.filter(
        reseller=reseller, created_at__gte=month_period(month_of(now)).starts_at
    ).aggregate(uses=Sum("uses"))["uses"]
    left = invitation_terms().uses_per_month - (issued or 0)
    if uses > left:
        raise QuotaUsed(left=max(0, left))
    return reseller
