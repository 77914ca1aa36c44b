"""Joining with a code, issuing and revoking codes, and deciding rewards whose time has come."""

import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from accounts.rules import SYSTEM, Actor, NotAllowed, Role, require
from accounts.services import attempts, audit, people
from jobs.batches import run_each
from kernel.period import month_of, month_period
from kernel.refusal import Conflict, Forbidden, Invalid
from membership.models import InvitationCode, InvitationReward, Reseller
from membership.rules.invitations import MAX_CODE_LIFE, RewardState, code_as_issued, reward_outcome
from membership.rules.tiers import Kind, Tier
from membership.selectors.histories import tier_now
from membership.selectors.people import (
    CodeExpired,
    CodeOfNoVip,
    CodeUsedUp,
    CodeView,
    CodeWithdrawn,
    InvalidCode,
    code_view,
    invitation_terms,
    reseller_of,
)
from membership.services.growth import enter, locked
from membership.services.rewards import kept_fen

# Without the letters and digits that people mistake for one another.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
REWARDS_AT_ONCE = 200
JOIN_WINDOW = timedelta(hours=1)
OpenUntil = Callable[[Collection[int]], Mapping[int, datetime]]


@dataclass(eq=False)
class NotYetVip(Forbidden):
    code = "membership.not_yet_vip"
    zh = "升为 VIP 后才有邀请码"
    en = "Invitation codes are for VIPs"


@dataclass(eq=False)
class QuotaUsed(Conflict):
    code = "membership.quota_used"
    zh = "本月还可发出 {left} 个邀请名额"
    en = "{left} invitations are left for this month"
    left: int


@dataclass(eq=False)
class BadCode(Invalid):
    code = "membership.code_invalid_terms"
    zh = "邀请码的次数须为 1 至 {most}，有效期须在以后且不超过一年"
    en = "A code has 1 to {most} uses and expires in the future, within a year"
    most: int


def request_to_join(*, login: str, name: str, password: str, code: str, address: str, now: datetime) -> None:
    """What a stranger may do: `join`, without being told whether the login belongs to a member already (GROWTH-14).

    Where the login is taken nothing happens and nothing is said; whoever typed it finds out by signing in, where wrong passwords are
    counted. Attempts of one address are limited, whatever comes of them; refuses with `accounts.TooManyAttempts` beyond.
    """
    limit = attempts.Limit("join", settings.JOIN_ATTEMPTS_OF_ADDRESS, JOIN_WINDOW)
    attempts.count_attempt([attempts.by_address(limit, address)], now=now)
    with suppress(people.LoginTaken):
        join(login=login, name=name, password=password, code=code, now=now)


def join(*, login: str, name: str, password: str, code: str, now: datetime) -> Actor:
    """A stranger with an invitation code becomes a reseller on trial. No fee, nothing to buy first (GROWTH-14).

    The code may be typed with blanks, line breaks or full-width letters. Refuses one that is unknown, expired, used up, withdrawn, or of
    a member who is no VIP now, each in words of its own, and what `accounts.add_person` refuses.
    """
    # Before the password is hashed, which takes its time; the code is locked and looked at again afterwards.
    _good_code(InvitationCode.objects.all(), code, now)
    encoded = people.encode_new_password(login=login, name=name, role=Role.RESELLER, password=password)
    return _enter_member(login=login, name=name, encoded=encoded, code=code, now=now)


@transaction.atomic
def _enter_member(*, login: str, name: str, encoded: str, code: str, now: datetime) -> Actor:
    held = _good_code(InvitationCode.objects.select_for_update(of=("self",)), code, now)
    person = people.enter_person(actor=SYSTEM, login=login, name=name, role=Role.RESELLER, encoded=encoded, now=now)
    reseller = Reseller.objects.create(
        person_id=person.own_id,
        turned_month=month_of(now),
        joined_at=now,
        invited_by_id=held.reseller_id,
        joined_with=held,
    )
    InvitationCode.objects.filter(pk=held.pk).update(used=F("used") + 1)
    audit.record(
        actor=person,
        action="membership.join",
        kind="reseller",
        subject_id=reseller.pk,
        details={"code_id": held.pk},
        now=now,
    )
    return person


def _good_code(codes: QuerySet[InvitationCode], code: str, now: datetime) -> InvitationCode:
    """The code as its row, where it can be used now; a code of the house has no owner who could be deactivated."""
    found = codes.select_related("reseller__person").filter(code=code_as_issued(code)).first()
    if found is None:
        raise InvalidCode
    view = code_view(found)
    if view.revoked_at is not None or (found.reseller is not None and not found.reseller.person.is_active):
        raise CodeWithdrawn
    if now >= view.expires_at:
        raise CodeExpired(expired_at=view.expires_at)
    if view.used >= view.uses:
        raise CodeUsedUp(uses=view.uses)
    if found.reseller_id is not None and tier_now(found.reseller_id, now) < Tier.VIP1:
        raise CodeOfNoVip
    return found


@transaction.atomic
def issue_code(*, actor: Actor, uses: int, expires_at: datetime | None = None, now: datetime) -> CodeView:
    """A new invitation code: of the house for ops, of her own for a VIP within her quota of the month (GROWTH-14).

    It expires within a year. Refuses more uses than a code may have.
    """
    require(actor, Role.OPS, Role.RESELLER)
    terms = invitation_terms()
    expires_at = expires_at or now + terms.code_life
    most = terms.uses_per_month if actor.role is Role.RESELLER else terms.uses_per_house_code
    if not 1 <= uses <= most or not now < expires_at <= now + MAX_CODE_LIFE:
        raise BadCode(most=most)
    owner = _vip_within_quota(actor, uses, now) if actor.role is Role.RESELLER else None
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
    """End a code before its time: ops any, a reseller her own. Whoever joined with it stays."""
    require(actor, Role.OPS, Role.RESELLER)
    rows = InvitationCode.objects.select_for_update().filter(pk=code_id)
    if actor.role is Role.RESELLER:
        rows = rows.filter(reseller=reseller_of(actor).id)
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
    """Decide the rewards whose orders have stood their time (GROWTH-15, GROWTH-17); gives how many were granted.

    `open_until` tells of orders those that may still go back, and when to look again: the end of their after-sales window, or of a case.
    Each reward is decided in its own transaction: a sweep that is killed has decided some and leaves the others waiting.
    """
    require(actor, Role.OPS)
    granted, waiting = 0, InvitationReward.objects.filter(state=RewardState.WAITING, due_at__lte=now)
    while due := list(waiting.order_by("due_at", "id").values_list("due_at", "pk", "order_id")[:REWARDS_AT_ONCE]):
        granted += _decide_each({reward_id: order_id for _, reward_id, order_id in due}, open_until, now)
        # One that could not be decided still waits, and must not be asked for again and again.
        last_due_at, last_id, _ = due[-1]
        waiting = waiting.filter(Q(due_at__gt=last_due_at) | Q(due_at=last_due_at, pk__gt=last_id))
    return granted


def _decide_each(orders: dict[int, int], open_until: OpenUntil, now: datetime) -> int:
    """Decide rewards, or postpone those whose orders may still go back; one that fails stops none of the others. `orders` are by reward."""
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
    inviter = locked(inviter_id, now)
    reward = InvitationReward.objects.select_for_update().get(pk=reward_id)
    if reward.state != RewardState.WAITING or reward.due_at > now or reward.order_id != order_id:
        return False
    terms = invitation_terms()
    granted = InvitationReward.objects.filter(
        inviter=inviter, state=RewardState.GRANTED, decided_at__gte=month_period(month_of(now)).starts_at
    ).count()
    outcome = reward_outcome(
        kept_fen=kept_fen(reward.invitee_id, reward.order_id), granted_this_month=granted, terms=terms
    )
    reward.state, reward.decided_at = outcome, now
    reward.milli = terms.reward_milli if outcome is RewardState.GRANTED else 0
    reward.save(update_fields=["state", "decided_at", "milli"])
    if outcome is RewardState.GRANTED and reward.milli:
        enter(
            inviter,
            kind=Kind.INVITATION,
            milli=reward.milli,
            cause=f"reward/{reward.pk}/{order_id}",
            now=now,
            reward=reward,
        )
    return outcome is RewardState.GRANTED


def _vip_within_quota(actor: Actor, uses: int, now: datetime) -> Reseller:
    reseller_id = Reseller.objects.filter(person_id=actor.own_id).values_list("pk", flat=True).first()
    if reseller_id is None:
        raise NotAllowed(role=actor.role.value)
    reseller = locked(reseller_id, now)
    if reseller.tier < Tier.VIP1:
        raise NotYetVip
    issued = InvitationCode.objects.filter(
        reseller=reseller, created_at__gte=month_period(month_of(now)).starts_at
    ).aggregate(uses=Sum("uses"))["uses"]
    left = invitation_terms().uses_per_month - (issued or 0)
    if uses > left:
        raise QuotaUsed(left=max(0, left))
    return reseller
