"""Growth: given for paid goods, taken back with refunds, adjusted by ops; a tier on probation. Going up is at once (GROWTH-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from accounts.rules import Actor, Role, require
from accounts.services import audit
from db import sql
from kernel.period import month_of, month_period, next_month, previous_month
from kernel.refusal import Conflict, Invalid, require_key
from membership.models import (
    GrowthCause,
    GrowthEntry,
    GrowthMonth,
    InvitationReward,
    Notice,
    Reseller,
    TierChange,
)
from membership.rules.invitations import RewardState
from membership.rules.standing import History, changes_judgement, outcome
from membership.rules.tiers import (
    Entry,
    Kind,
    Tier,
    TierTable,
    growth_of,
    growth_to_take_back,
    pending_to_settle,
    raised,
    table_in_force,
    whole_growth,
)
from membership.selectors.histories import NoSuchReseller, entry_of, history_of, tier_tables
from membership.services.rewards import await_reward, move_reward, rewarded_inviter
from membership.services.rollover import hold_month, turn_one

MAX_PROBATION_MONTHS = 6
MAX_KEY = 40
"""With what goes before it, a key fits into the cause of an entry."""


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
class GrowthKeyConflict(Conflict):
    code = "membership.growth_key_conflict"
    zh = "此请求编号已用于另一次成长值调整，这次没有调整"
    en = "The idempotency key was used for another adjustment of growth; nothing was adjusted"


@dataclass(eq=False)
class InvalidProbation(Invalid):
    code = "membership.invalid_probation"
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
    """Give growth for a paid order, once an order (GROWTH-1, GROWTH-2). Until its goods are shipped it is pending: it raises her by one
    step at most (GROWTH-6)."""
    assert amount_fen >= 0
    reseller = locked(reseller_id, now)
    tables = tier_tables()
    milli = growth_of(amount_fen, table_in_force(tables, month_of(now)))
    view = enter(
        reseller,
        kind=Kind.PURCHASE,
        milli=milli,
        pending_milli=milli,
        month=month_of(now),
        tables=tables,
        cause=f"order/{order_id}",
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )
    if view.given_milli:
        await_reward(reseller, order_id=order_id, paid_fen=amount_fen, now=now)
    return view


@transaction.atomic
def settle_shipment(*, reseller_id: int, order_id: int, shipment: str, amount_fen: int, now: datetime) -> GrowthView:
    """Goods of an order were shipped: their growth is pending no more, and what it reaches she has at once (GROWTH-6).

    `shipment` names the act of shipping, which counts once; `amount_fen` is what she paid for what it took.
    """
    reseller = locked(reseller_id, now)
    cause = f"shipment/{shipment}"
    order = _order_growth(reseller, order_id)
    if order is None or GrowthEntry.objects.filter(reseller=reseller, order_id=order_id, cause=cause).exists():
        # An order that cost nothing gave no growth; and a shipment counts once.
        return _unchanged(reseller)
    if not 0 <= amount_fen <= order.unshipped_fen:
        raise ValueError(f"{cause} ships {amount_fen} fen of order {order_id}, which has {order.unshipped_fen} to ship")
    return enter(
        reseller,
        kind=Kind.SHIPMENT,
        milli=0,
        pending_milli=-order.pending_share(amount_fen),
        month=order.purchase.month,
        cause=cause,
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )


@transaction.atomic
def take_back(
    *, reseller_id: int, order_id: int, refund_id: int, amount_fen: int, kind: Kind, now: datetime
) -> GrowthView:
    """Take back exactly what the refunded part of an order gave, once a refund (GROWTH-3).

    `kind`: a CANCELLATION of hers before shipping is for tiers as if never bought, at once; after a SHORTAGE of the brand and a REFUND
    of shipped goods her tier follows at the month's turn. Refuses more than the order was paid, or had to ship.
    """
    assert amount_fen >= 0
    assert kind in (Kind.CANCELLATION, Kind.SHORTAGE, Kind.REFUND)
    reseller = locked(reseller_id, now)
    cause = f"refund/{refund_id}"
    order = _order_growth(reseller, order_id)
    if order is None:
        raise NothingToTakeBack(order_id=order_id, amount_fen=amount_fen)
    if GrowthEntry.objects.filter(reseller=reseller, order_id=order_id, cause=cause).exists():
        return _unchanged(reseller)
    unshipped = kind is not Kind.REFUND
    if order.back_fen + amount_fen > order.paid_fen or (unshipped and amount_fen > order.unshipped_fen):
        raise NothingToTakeBack(order_id=order_id, amount_fen=amount_fen)
    if not amount_fen:
        return _unchanged(reseller)
    milli = growth_to_take_back(
        given_milli=order.purchase.milli,
        paid_fen=order.paid_fen,
        back_before_fen=order.back_fen,
        refund_fen=amount_fen,
    )
    view = enter(
        reseller,
        kind=kind,
        milli=-milli,
        pending_milli=-order.pending_share(amount_fen) if unshipped else 0,
        month=order.purchase.month,
        cause=cause,
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )
    inviter_id = rewarded_inviter(reseller, order_id=order_id)
    if inviter_id is not None:
        _take_back_reward(reseller, inviter_id, order_id=order_id, now=now)
    return view


@transaction.atomic
def adjust(*, actor: Actor, reseller_id: int, milli: int, reason: str, key: str, now: datetime) -> GrowthView:
    """Give or take growth by hand, with a reason (GROWTH-2); once a key, which is refused for another member or amount."""
    require(actor, Role.OPS)
    if not milli or not reason.strip() or len(reason) > 200:
        raise AdjustmentNeedsReason
    require_key(key, max_length=MAX_KEY)
    reseller = locked(reseller_id, now)
    cause = f"adjustment/{key}"
    view = enter(
        reseller,
        kind=Kind.ADJUSTMENT,
        milli=milli,
        cause=cause,
        now=now,
        reason=reason.strip(),
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
def put_on_probation(
    *, actor: Actor, reseller_id: int, tier: Tier, months: int, reason: str, now: datetime
) -> GrowthView:
    """Match the tier that somebody had elsewhere for some months, this one included; then she is judged (GROWTH-13)."""
    require(actor, Role.OPS)
    if not reason.strip() or len(reason) > 200:
        raise AdjustmentNeedsReason
    reseller = locked(reseller_id, now)
    if tier <= reseller.tier or not 1 <= months <= MAX_PROBATION_MONTHS:
        raise InvalidProbation(tier=Tier(reseller.tier).en)
    month = reseller.turned_month
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
    audit.record(
        actor=actor,
        action="membership.put_on_probation",
        kind="reseller",
        subject_id=reseller_id,
        details={"tier": int(tier), "until": until.isoformat(), "reason": reason},
        now=now,
    )
    return view


def _take_back_reward(invitee: Reseller, inviter_id: int, *, order_id: int, now: datetime) -> None:
    """The order that a reward rests on went back: growth that was granted is taken back, and the next order that stands takes its place.

    The inviter is locked before the reward, as where rewards are decided.
    """
    inviter = locked(inviter_id, now)
    reward = InvitationReward.objects.select_for_update().get(invitee=invitee)
    if reward.order_id != order_id or reward.state not in (RewardState.WAITING, RewardState.GRANTED):
        return
    granted = GrowthEntry.objects.filter(reward=reward, milli__gt=0).order_by("-id").first()
    if reward.state == RewardState.GRANTED and granted is not None:
        enter(
            inviter,
            kind=Kind.INVITATION,
            milli=-granted.milli,
            month=granted.month,
            cause=f"reward/{reward.pk}/{order_id}/back",
            now=now,
            reward=reward,
        )
    move_reward(reward)


def locked(reseller_id: int, now: datetime) -> Reseller:
    """Her row, locked, with all turns carried out that are due: the door to every change of growth.

    Its `turned_month` is the month that she is in for the ledger: the present one, or a later one where the turn was quicker than what
    is written now.
    """
    hold_month(now)
    reseller = Reseller.objects.select_for_update(no_key=True).filter(pk=reseller_id).first()
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
    pending_milli: int = 0,
    tables: Sequence[TierTable] = (),
    **details: Any,
) -> GrowthView:
    """Write one entry of the ledger, its share of the rollup, and the tier that she has by it. A cause counts once.

    `reseller` comes from `locked`. An entry is never older than one that was written before it, nor than the turn that she is past:
    a payment stamped before midnight and written after the turn counts for the month of its stamp, and that month is judged again.
    """
    if not sql.rows(
        "INSERT INTO membership_growthcause (cause) VALUES (%(cause)s) ON CONFLICT DO NOTHING RETURNING cause",
        {"cause": cause},
    ):
        return _unchanged(reseller)
    present = reseller.turned_month
    month = month or present
    at = max(now, month_period(present).starts_at, reseller.last_entry_at or now)
    row = GrowthEntry.objects.create(
        at=at,
        reseller=reseller,
        month=month,
        kind=kind,
        milli=milli,
        pending_milli=pending_milli,
        cause=cause,
        tier=tier or None,
        **details,
    )
    sql.execute(
        """INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli, pending_milli)
           VALUES (%(id)s, %(month)s, %(milli)s, 0, %(pending)s)
           ON CONFLICT (reseller_id, month) DO UPDATE
           SET new_milli = membership_growthmonth.new_milli + excluded.new_milli,
               pending_milli = membership_growthmonth.pending_milli + excluded.pending_milli""",
        {"id": reseller.pk, "month": month, "milli": milli, "pending": pending_milli},
    )
    before = Tier(reseller.tier)
    reseller.growth_milli += milli
    reseller.pending_milli += pending_milli
    reseller.last_entry_at = at
    tables = tables or tier_tables()
    if kind is Kind.CANCELLATION:
        _judge_anew(reseller, tables, at)
    elif month < present:
        _judge_earlier_month(reseller, entry_of(row), tables, at)
    else:
        reseller.tier = max(before, tier, _reached(reseller, tables))
    Reseller.objects.filter(pk=reseller.pk).update(
        growth_milli=reseller.growth_milli,
        pending_milli=reseller.pending_milli,
        last_entry_at=at,
        must_replay=reseller.must_replay,
        tier=reseller.tier,
        turn_tier=reseller.turn_tier,
        turn_firm_tier=reseller.turn_firm_tier,
    )
    if reseller.tier != before:
        _note_change(reseller, before, at)
    return GrowthView(reseller.pk, before, Tier(reseller.tier), whole_growth(reseller.growth_milli), milli)


def _judge_anew(reseller: Reseller, tables: Sequence[TierTable], at: datetime) -> None:
    """After a cancellation: her tier, what the last turn gave her and its bonuses as the law has them without what was cancelled."""
    lawful = outcome(history_of(reseller.pk), tables, at)
    reseller.tier, reseller.turn_tier, reseller.turn_firm_tier = lawful.tier, lawful.own, lawful.firm
    reseller.must_replay = lawful.stale
    rows = GrowthMonth.objects.filter(reseller=reseller).values_list("month", "bonus_milli")
    recorded = {month: bonus for month, bonus in rows if bonus}
    for month in sorted(recorded.keys() | {month for month, bonus in lawful.bonuses.items() if bonus}):
        difference = lawful.bonuses.get(month, 0) - recorded.get(month, 0)
        if difference:
            _correct_bonus(reseller, month, difference, at)


def _correct_bonus(reseller: Reseller, month: date, milli: int, at: datetime) -> None:
    """An entry that brings the recorded keep bonus of a month to what it is without what was cancelled (GROWTH-10)."""
    number = GrowthEntry.objects.filter(reseller=reseller, kind=Kind.KEEP_BONUS, month=month).count()
    cause = f"keep/{reseller.pk}/{month}/cancelled/{number}"
    GrowthCause.objects.create(cause=cause)
    GrowthEntry.objects.create(at=at, reseller=reseller, month=month, kind=Kind.KEEP_BONUS, milli=milli, cause=cause)
    sql.execute(
        """INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli)
           VALUES (%(id)s, %(month)s, 0, %(milli)s)
           ON CONFLICT (reseller_id, month) DO UPDATE
           SET bonus_milli = membership_growthmonth.bonus_milli + excluded.bonus_milli""",
        {"id": reseller.pk, "month": month, "milli": milli},
    )
    reseller.growth_milli += milli


def _judge_earlier_month(reseller: Reseller, entry: Entry, tables: Sequence[TierTable], at: datetime) -> None:
    """After an entry that counts for an earlier month: the next turn judges her months afresh, and what that raises is raised at once.

    Most shipments of an earlier month's goods change nothing that a turn gave; then the next turn has nothing to judge afresh.
    """
    if not entry.may_raise:
        reseller.must_replay = True
        return
    known = history_of(reseller.pk)
    reseller.tier = outcome(known, tables, at).tier
    if entry.kind is Kind.SHIPMENT and not reseller.must_replay:
        without = History(known.joined_at, known.entries[:-1])
        reseller.must_replay = changes_judgement(without, entry, tables, reseller.turned_month)
    else:
        reseller.must_replay = True


@dataclass(frozen=True, slots=True)
class _OrderGrowth:
    """What the ledger holds about an order. `back_fen`: refunded; `unshipped_fen`: neither shipped nor refunded; `pending_milli`: the
    growth of that."""

    purchase: GrowthEntry
    back_fen: int
    unshipped_fen: int
    pending_milli: int

    @property
    def paid_fen(self) -> int:
        return self.purchase.amount_fen or 0

    def pending_share(self, settled_fen: int) -> int:
        if not self.unshipped_fen:
            return self.pending_milli
        return pending_to_settle(
            pending_milli=self.pending_milli, unshipped_fen=self.unshipped_fen, settled_fen=settled_fen
        )


def _order_growth(reseller: Reseller, order_id: int) -> _OrderGrowth | None:
    """None for an order that gave no growth."""
    rows = list(GrowthEntry.objects.filter(reseller=reseller, order_id=order_id))
    purchase = next((row for row in rows if row.kind == Kind.PURCHASE), None)
    if purchase is None:
        return None
    sums = {kind: sum(row.amount_fen or 0 for row in rows if row.kind == kind) for kind in Kind}
    before_shipping = sums[Kind.CANCELLATION] + sums[Kind.SHORTAGE]
    return _OrderGrowth(
        purchase=purchase,
        back_fen=sums[Kind.REFUND] + before_shipping,
        unshipped_fen=(purchase.amount_fen or 0) - sums[Kind.SHIPMENT] - before_shipping,
        pending_milli=sum(row.pending_milli for row in rows),
    )


def _reached(reseller: Reseller, tables: Sequence[TierTable]) -> Tier:
    """The tier that her growth reaches now: goods that are not shipped yet raise by one step at most (GROWTH-6)."""
    month = reseller.turned_month
    table = table_in_force(tables, month)
    oldest = month
    for _ in range(table.window_months - 1):
        oldest = previous_month(oldest)
    sums = GrowthMonth.objects.filter(reseller=reseller, month__gte=oldest, month__lte=month).aggregate(
        counted=Sum(F("new_milli") + F("bonus_milli")), pending=Sum("pending_milli")
    )
    counted, pending = sums["counted"] or 0, sums["pending"] or 0
    reached = table.reached(total=reseller.growth_milli, counted=counted)
    firm = table.reached(total=reseller.growth_milli - reseller.pending_milli, counted=counted - pending)
    firm = max(Tier(reseller.turn_firm_tier), firm)
    return raised(firm, above=firm, reached=reached)


def _note_change(reseller: Reseller, before: Tier, at: datetime) -> None:
    TierChange.objects.create(reseller=reseller, at=at, before=before, after=reseller.tier, at_turn=False)
    Notice.objects.get_or_create(
        reseller=reseller,
        kind=Notice.RISEN if reseller.tier > before else Notice.FALLEN,
        turn=reseller.turned_month,
        after=reseller.tier,
        defaults={"at": at, "before": before},
    )


def _unchanged(reseller: Reseller) -> GrowthView:
    tier = Tier(reseller.tier)
    return GrowthView(reseller.pk, tier, tier, whole_growth(reseller.growth_milli), 0)
