"""Growth: given for paid goods, taken back with refunds, adjusted by ops; a tier on probation. Going up is at once (GROWTH-6)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from accounts import verbs as accounts
from accounts.rules import Actor, Role, require
from kernel.period import month_of, next_month, previous_month
from kernel.refusal import Conflict, Invalid
from membership.models import GrowthEntry, GrowthMonth, Notice, Reseller, TierChange
from membership.queries.people import NoSuchReseller
from membership.queries.standings import tier_tables
from membership.rules import (
    Kind,
    Tier,
    growth_of,
    growth_to_take_back,
    table_in_force,
    whole_growth,
)
from membership.verbs.rewards import await_reward, move_reward
from membership.verbs.turn import turn_one
from wire import sql

LONGEST_PROBATION_MONTHS = 6


@dataclass(eq=False)
class NothingToTakeBack(Conflict):
    code = "membership.nothing_to_take_back"
    zh = "订单 {order_id} 没有这么多成长值可以收回（¥{amount}）"
    en = "Order {order_id} did not give growth for ¥{amount} that could be taken back"
    order_id: int
    amount_fen: int


@dataclass(eq=False)
class AdjustmentNeedsReason(Invalid):
    code = "membership.adjustment_needs_reason"
    zh = "调整成长值须写明原因（最多 200 字），且不能为零"
    en = "An adjustment of growth needs a reason (at most 200 characters) and must not be zero"


@dataclass(eq=False)
class BadProbation(Invalid):
    code = "membership.bad_probation"
    zh = "试用等级须高于现有等级 {tier}，期限为 1 至 6 个月"
    en = "A tier on probation is above the present one ({tier}) and lasts 1 to 6 months"
    tier: str


@dataclass(eq=False)
class AlreadyOnProbation(Conflict):
    code = "membership.already_on_probation"
    zh = "该代购的试用等级到 {until} 才结束"
    en = "This reseller is on probation until {until} already"
    until: date


@dataclass(frozen=True, slots=True)
class GrowthView:
    """What an entry did. `growth` whole; `given_milli` is 0 where the cause had been entered before."""

    reseller_id: int
    before: Tier
    tier: Tier
    growth: int
    given_milli: int


@transaction.atomic
def credit_purchase(*, reseller_id: int, order_id: int, amount_fen: int, now: datetime) -> GrowthView:
    """Give growth for a paid order, once an order (GROWTH-1, GROWTH-2); what she reaches by it she has at once."""
    assert amount_fen >= 0
    reseller = locked(reseller_id, now)
    milli = growth_of(amount_fen, table_in_force(tier_tables(), month_of(now)))
    view = enter(
        reseller,
        kind=Kind.PURCHASE,
        milli=milli,
        cause=f"order/{order_id}",
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )
    if view.given_milli:
        await_reward(reseller, order_id=order_id, paid_fen=amount_fen, now=now)
    return view


@transaction.atomic
def take_back(*, reseller_id: int, order_id: int, refund_id: int, amount_fen: int, now: datetime) -> GrowthView:
    """Take back exactly what the refunded part of an order gave, once a refund (GROWTH-3). Her tier falls at a turn, not now.

    Refuses more than the order was paid.
    """
    assert amount_fen >= 0
    reseller = locked(reseller_id, now)
    cause = f"refund/{refund_id}"
    purchase = GrowthEntry.objects.filter(reseller=reseller, order_id=order_id, kind=Kind.PURCHASE).first()
    refunds = GrowthEntry.objects.filter(reseller=reseller, order_id=order_id, kind=Kind.REFUND)
    if refunds.filter(cause=cause).exists():
        return _unchanged(reseller)
    back = refunds.aggregate(sum=Sum("amount_fen"))["sum"] or 0
    if purchase is None or back + amount_fen > (purchase.amount_fen or 0):
        raise NothingToTakeBack(order_id=order_id, amount_fen=amount_fen)
    if not amount_fen:
        return _unchanged(reseller)
    assert purchase.amount_fen
    milli = growth_to_take_back(
        given_milli=purchase.milli, paid_fen=purchase.amount_fen, back_before_fen=back, refund_fen=amount_fen
    )
    view = enter(
        reseller,
        kind=Kind.REFUND,
        milli=-milli,
        month=purchase.month,
        cause=cause,
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )
    move_reward(reseller, order_id=order_id)
    return view


@transaction.atomic
def adjust(*, actor: Actor, reseller_id: int, milli: int, reason: str, key: str, now: datetime) -> GrowthView:
    """Give or take growth by hand, with a reason (GROWTH-2); once a key."""
    require(actor, Role.OPS)
    if not milli or not reason.strip() or len(reason) > 200:
        raise AdjustmentNeedsReason
    reseller = locked(reseller_id, now)
    view = enter(
        reseller,
        kind=Kind.ADJUSTMENT,
        milli=milli,
        cause=f"adjustment/{key[:40]}",
        now=now,
        reason=reason.strip(),
        entered_by_id=actor.person_id,
    )
    if view.given_milli:
        accounts.record(
            actor=actor,
            verb="membership.adjust",
            kind="reseller",
            subject_id=reseller_id,
            details={"milli": milli, "reason": reason},
            now=now,
        )
    return view


@transaction.atomic
def put_on_probation(
    *, actor: Actor, reseller_id: int, tier: Tier, months: int, reason: str, now: datetime
) -> GrowthView:
    """Match the tier that somebody had elsewhere for some months, this one included; then she is judged (GROWTH-13)."""
    require(actor, Role.OPS)
    if not reason.strip() or len(reason) > 200:
        raise AdjustmentNeedsReason
    reseller = locked(reseller_id, now)
    if tier <= reseller.tier or not 1 <= months <= LONGEST_PROBATION_MONTHS:
        raise BadProbation(tier=Tier(reseller.tier).en)
    month = month_of(now)
    running = GrowthEntry.objects.filter(reseller=reseller, kind=Kind.PROBATION, until__gt=month).first()
    if running is not None and running.until is not None:
        raise AlreadyOnProbation(until=running.until)
    until = month
    for _ in range(months):
        until = next_month(until)
    view = enter(
        reseller,
        kind=Kind.PROBATION,
        milli=0,
        cause=f"probation/{reseller_id}/{month}",
        now=now,
        tier=tier,
        until=until,
        reason=reason.strip(),
        entered_by_id=actor.person_id,
    )
    accounts.record(
        actor=actor,
        verb="membership.put_on_probation",
        kind="reseller",
        subject_id=reseller_id,
        details={"tier": int(tier), "until": until.isoformat(), "reason": reason},
        now=now,
    )
    return view


def locked(reseller_id: int, now: datetime) -> Reseller:
    """Her row, locked, with all turns carried out that are due: the door to every change of growth."""
    reseller = Reseller.objects.select_for_update().filter(pk=reseller_id).first()
    if reseller is None:
        raise NoSuchReseller(reseller_id=reseller_id)
    turn_one(reseller, month_of(now))
    return reseller


def enter(
    reseller: Reseller,
    *,
    kind: Kind,
    milli: int,
    cause: str,
    now: datetime,
    month: date | None = None,
    tier: Tier = Tier.TRIAL,
    **details: Any,
) -> GrowthView:
    """Write one entry of the ledger, its share of the rollup, and what she reaches by it. A cause that was entered before does nothing."""
    if not sql.rows(
        "INSERT INTO membership_growthcause (cause) VALUES (%(cause)s) ON CONFLICT DO NOTHING RETURNING cause",
        {"cause": cause},
    ):
        return _unchanged(reseller)
    month = month or month_of(now)
    GrowthEntry.objects.create(
        at=now, reseller=reseller, month=month, kind=kind, milli=milli, cause=cause, tier=tier or None, **details
    )
    sql.execute(
        """INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli) VALUES (%(id)s, %(month)s, %(milli)s, 0)
           ON CONFLICT (reseller_id, month) DO UPDATE
           SET new_milli = membership_growthmonth.new_milli + excluded.new_milli""",
        {"id": reseller.pk, "month": month, "milli": milli},
    )
    before = Tier(reseller.tier)
    reseller.growth_milli += milli
    reseller.must_replay = reseller.must_replay or month < month_of(now)
    reseller.tier = max(before, tier, _reached(reseller, now))
    Reseller.objects.filter(pk=reseller.pk).update(
        growth_milli=F("growth_milli") + milli, must_replay=reseller.must_replay, tier=reseller.tier
    )
    if reseller.tier > before:
        _note_rise(reseller, before, now)
    return GrowthView(reseller.pk, before, Tier(reseller.tier), whole_growth(reseller.growth_milli), milli)


def _reached(reseller: Reseller, now: datetime) -> Tier:
    month = month_of(now)
    table = table_in_force(tier_tables(), month)
    oldest = month
    for _ in range(table.window_months - 1):
        oldest = previous_month(oldest)
    sums = GrowthMonth.objects.filter(reseller=reseller, month__gte=oldest, month__lte=month).aggregate(
        counted=Sum(F("new_milli") + F("bonus_milli"))
    )
    return table.reached(total=reseller.growth_milli, counted=sums["counted"] or 0)


def _note_rise(reseller: Reseller, before: Tier, now: datetime) -> None:
    TierChange.objects.create(reseller=reseller, at=now, before=before, after=reseller.tier, at_turn=False)
    Notice.objects.get_or_create(
        reseller=reseller,
        kind=Notice.RISEN,
        turn=month_of(now),
        after=reseller.tier,
        defaults={"at": now, "before": before},
    )


def _unchanged(reseller: Reseller) -> GrowthView:
    tier = Tier(reseller.tier)
    return GrowthView(reseller.pk, tier, tier, whole_growth(reseller.growth_milli), 0)
