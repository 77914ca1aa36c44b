"""What ops changes by hand: growth, and the tier that somebody had elsewhere."""

from datetime import date, datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from kernel.period import next_month
from kernel.refusal import Conflict, Invalid, require_key, require_reason
from membership.models import GrowthEntry
from membership.rules.tiers import GrowthKind, Tier
from membership.services.growth_entries import GrowthView, add_growth_entry, lock_member

MAX_MATCH_MONTHS = 6
MAX_REASON = 200
MAX_KEY = 40
"""With its prefix, a key fits into the cause of an entry."""


class ZeroAdjustment(Invalid):
    code = "membership.zero_adjustment"
    zh = "成长值增减不能为零"
    en = "An adjustment of growth must not be zero"


class GrowthKeyConflict(Conflict):
    code = "membership.growth_key_conflict"
    zh = "此请求编号已用于另一次成长值调整，这次没有调整"
    en = "The idempotency key was used for another adjustment of growth; nothing was adjusted"


class InvalidTierMatch(Invalid):
    code = "membership.invalid_tier_match"
    zh = "试用等级须高于现有等级 {tier}，期限为 1 至 6 个月"
    en = "A matched tier is above the present one ({tier}) and lasts 1 to 6 months"
    tier: str


class TierMatchRunning(Conflict):
    code = "membership.tier_match_running"
    zh = "该代购的试用等级到 {until} 才结束"
    en = "This reseller has a matched tier until {until} already"
    until: date


@transaction.atomic
def adjust_growth(*, actor: Actor, reseller_id: int, milli: int, reason: str, key: str, now: datetime) -> GrowthView:
    """Give or take growth by hand, with a reason (GROWTH-2). A key counts once; used for another member or amount it is refused."""
    require_roles(actor, Role.OPS)
    reason = require_reason(reason, max_length=MAX_REASON)
    if not milli:
        raise ZeroAdjustment
    require_key(key, max_length=MAX_KEY)
    reseller = lock_member(reseller_id, now)
    cause = f"adjustment/{key}"
    view = add_growth_entry(
        reseller,
        kind=GrowthKind.ADJUSTMENT,
        milli=milli,
        cause=cause,
        now=now,
        reason=reason,
        entered_by_id=actor.person_id,
    )
    if view.given_milli:
        audit.record(
            actor=actor,
            action="membership.adjust",
            kind="reseller",
            subject_id=reseller_id,
            details={"milli": milli, "reason": reason},
            now=now,
        )
    elif not GrowthEntry.objects.filter(reseller=reseller, cause=cause, milli=milli).exists():
        raise GrowthKeyConflict
    return view


@transaction.atomic
def match_tier(*, actor: Actor, reseller_id: int, tier: Tier, months: int, reason: str, now: datetime) -> GrowthView:
    """Give the tier that somebody had elsewhere for some months, this one included; then she keeps what she earns (GROWTH-13)."""
    require_roles(actor, Role.OPS)
    reason = require_reason(reason, max_length=MAX_REASON)
    reseller = lock_member(reseller_id, now)
    if tier <= reseller.tier or not 1 <= months <= MAX_MATCH_MONTHS:
        raise InvalidTierMatch(tier=Tier(reseller.tier).en)
    month = reseller.rolled_over_through
    running = GrowthEntry.objects.filter(reseller=reseller, kind=GrowthKind.TIER_MATCH, until__gt=month).first()
    if running is not None and running.until is not None:
        raise TierMatchRunning(until=running.until)
    until = month
    for _ in range(months):
        until = next_month(until)
    view = add_growth_entry(
        reseller,
        kind=GrowthKind.TIER_MATCH,
        milli=0,
        cause=f"tier_match/{reseller_id}/{month}",
        now=now,
        tier=tier,
        until=until,
        reason=reason,
        entered_by_id=actor.person_id,
    )
    audit.record(
        actor=actor,
        action="membership.match_tier",
        kind="reseller",
        subject_id=reseller_id,
        details={"tier": int(tier), "until": until.isoformat(), "reason": reason},
        now=now,
    )
    return view
