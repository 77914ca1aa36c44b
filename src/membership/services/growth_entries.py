"""Writing one entry of the growth ledger, with the tier that a member has by it. Going up is at once (GROWTH-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import F, Sum

from kernel.period import month_of, month_period, previous_month
from membership.models import GrowthCause, GrowthEntry, GrowthMonth, Notice, Reseller, TierChange
from membership.rules.tier_evaluation import GrowthHistory, GrowthSums
from membership.rules.tier_status import changes_evaluation, member_state
from membership.rules.tiers import Entry, GrowthKind, Tier, TierTable, table_in_force, tier_with_pending, whole_growth
from membership.selectors.histories import NoSuchReseller, entry_from_row, get_growth_history, tier_tables
from membership.services.rollover import delay_rollover_until_commit, roll_over_member
from membership.sql.growth import add_to_month, claim_cause, claim_causes
from web.responses import PAGES_ONLY


@dataclass(frozen=True, slots=True)
class GrowthView:
    """What an entry did. `growth` whole; `given_milli` is 0 where the cause had been entered before."""

    reseller_id: int
    before: Tier
    tier: Tier
    growth: int
    given_milli: Annotated[int, PAGES_ONLY]


def lock_member(reseller_id: int, now: datetime) -> Reseller:
    """Her row, locked, with all roll-overs carried out that are due. Every change of growth begins here.

    Its `rolled_over_through` is the month that she is in for the ledger: the present one, or a later one where the roll-over was carried
    out before what is written now.
    """
    delay_rollover_until_commit(now)
    reseller = Reseller.objects.select_for_update(no_key=True).filter(pk=reseller_id).first()
    if reseller is None:
        raise NoSuchReseller(reseller_id=reseller_id)
    roll_over_member(reseller, month_of(now))
    return reseller


def add_growth_entry(
    reseller: Reseller,
    *,
    kind: GrowthKind,
    milli: int,
    cause: str,
    now: datetime,
    month: date | None = None,
    tier: Tier = Tier.TRIAL,
    pending_milli: int = 0,
    tables: Sequence[TierTable] = (),
    **details: Any,
) -> GrowthView:
    """Write one entry of the ledger, its share of the monthly rollup, and the tier that she has by it. A cause counts once.

    `reseller` comes from `lock_member`. An entry is never older than one that was written before it, nor than the last roll-over of the
    member: a payment stamped before midnight and written after the roll-over counts for the month of its stamp, which is evaluated again.
    """
    if not claim_cause(cause):
        return current_growth_view(reseller)
    present = reseller.rolled_over_through
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
    add_to_month(reseller_id=reseller.pk, month=month, new_milli=milli, pending_milli=pending_milli)
    before = Tier(reseller.tier)
    reseller.growth_milli += milli
    reseller.pending_milli += pending_milli
    reseller.last_entry_at = at
    tables = tables or tier_tables()
    if kind is GrowthKind.CANCELLATION:
        _evaluate_without_cancelled(reseller, tables, at)
    elif month < present:
        _evaluate_earlier_month(reseller, entry_from_row(row), tables, at)
    else:
        reseller.tier = max(before, tier, tiers_reached([reseller], tables)[reseller.pk])
    _save_growth(reseller)
    if reseller.tier != before:
        record_tier_change(reseller, before, at)
    return GrowthView(reseller.pk, before, Tier(reseller.tier), whole_growth(reseller.growth_milli), milli)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid order that gives growth: `milli` for `amount_fen`."""

    order_id: int
    amount_fen: int
    milli: int


def add_purchases(
    reseller: Reseller, purchases: Sequence[Purchase], *, tables: Sequence[TierTable], now: datetime
) -> list[Purchase]:
    """Write the growth of orders that were paid at one instant, and the tier that she has by all of it. Returns those not entered before.

    It gives what `add_growth_entry` gives one by one, because growth only adds up and her tier follows the sum; but it needs the same
    number of statements for any number of orders. `reseller` comes from `lock_member`, in the month of `now`.
    """
    claimed = claim_causes([f"order/{each.order_id}" for each in purchases])
    new = [each for each in purchases if f"order/{each.order_id}" in claimed]
    if not new:
        return []
    month, milli = reseller.rolled_over_through, sum(each.milli for each in new)
    at = max(now, month_period(month).starts_at, reseller.last_entry_at or now)
    GrowthEntry.objects.bulk_create(
        GrowthEntry(
            at=at,
            reseller=reseller,
            month=month,
            kind=GrowthKind.PURCHASE,
            milli=each.milli,
            pending_milli=each.milli,
            cause=f"order/{each.order_id}",
            order_id=each.order_id,
            amount_fen=each.amount_fen,
        )
        for each in new
    )
    add_to_month(reseller_id=reseller.pk, month=month, new_milli=milli, pending_milli=milli)
    before = Tier(reseller.tier)
    reseller.growth_milli += milli
    reseller.pending_milli += milli
    reseller.last_entry_at = at
    reseller.tier = max(before, tiers_reached([reseller], tables)[reseller.pk])
    _save_growth(reseller)
    if reseller.tier != before:
        record_tier_change(reseller, before, at)
    return new


def current_growth_view(reseller: Reseller) -> GrowthView:
    """What is answered where an entry had been written before."""
    tier = Tier(reseller.tier)
    return GrowthView(reseller.pk, tier, tier, whole_growth(reseller.growth_milli), 0)


def _save_growth(reseller: Reseller) -> None:
    Reseller.objects.filter(pk=reseller.pk).update(
        growth_milli=reseller.growth_milli,
        pending_milli=reseller.pending_milli,
        last_entry_at=reseller.last_entry_at,
        must_replay=reseller.must_replay,
        tier=reseller.tier,
        earned_tier=reseller.earned_tier,
        settled_tier=reseller.settled_tier,
    )


def _evaluate_without_cancelled(reseller: Reseller, tables: Sequence[TierTable], at: datetime) -> None:
    """After a cancellation: set her tier, that of the last roll-over and the bonuses as the rules give them without what was cancelled."""
    expected = member_state(get_growth_history(reseller.pk), tables, at)
    reseller.tier = expected.tier
    reseller.earned_tier, reseller.settled_tier = expected.earned_tier, expected.settled_tier
    reseller.must_replay = expected.must_replay
    rows = GrowthMonth.objects.filter(reseller=reseller).values_list("month", "bonus_milli")
    recorded = {month: bonus for month, bonus in rows if bonus}
    for month in sorted(recorded.keys() | {month for month, bonus in expected.bonuses.items() if bonus}):
        difference = expected.bonuses.get(month, 0) - recorded.get(month, 0)
        if difference:
            _correct_bonus(reseller, month, difference, at)


def _correct_bonus(reseller: Reseller, month: date, milli: int, at: datetime) -> None:
    """An entry that brings the recorded keep bonus of a month to what it is without what was cancelled (GROWTH-10)."""
    number = GrowthEntry.objects.filter(reseller=reseller, kind=GrowthKind.KEEP_BONUS, month=month).count()
    cause = f"keep/{reseller.pk}/{month}/cancelled/{number}"
    GrowthCause.objects.create(cause=cause)
    GrowthEntry.objects.create(
        at=at, reseller=reseller, month=month, kind=GrowthKind.KEEP_BONUS, milli=milli, cause=cause
    )
    add_to_month(reseller_id=reseller.pk, month=month, bonus_milli=milli)
    reseller.growth_milli += milli


def _evaluate_earlier_month(reseller: Reseller, entry: Entry, tables: Sequence[TierTable], at: datetime) -> None:
    """After an entry that counts for an earlier month: raise her tier at once, and let the next roll-over evaluate all months again.

    Most shipments of an earlier month's goods change nothing that a roll-over gave; then the next roll-over has nothing to repeat.
    """
    if not entry.may_raise:
        reseller.must_replay = True
        return
    history = get_growth_history(reseller.pk)
    reseller.tier = member_state(history, tables, at).tier
    if entry.kind is GrowthKind.SHIPMENT and not reseller.must_replay:
        history_before = GrowthHistory(history.joined_at, history.entries[:-1])
        reseller.must_replay = changes_evaluation(history_before, entry, tables, reseller.rolled_over_through)
    else:
        reseller.must_replay = True


def tiers_reached(resellers: Sequence[Reseller], tables: Sequence[TierTable]) -> dict[int, Tier]:
    """The tier that the growth of each member reaches now, by her id; goods not shipped yet raise by one step at most (GROWTH-6)."""
    of_month: dict[date, list[Reseller]] = {}
    for each in resellers:
        of_month.setdefault(each.rolled_over_through, []).append(each)
    reached = {}
    for month, members in of_month.items():
        table = table_in_force(tables, month)
        oldest = month
        for _ in range(table.window_months - 1):
            oldest = previous_month(oldest)
        rows = GrowthMonth.objects.filter(reseller__in=members, month__gte=oldest, month__lte=month)
        sums = rows.values_list("reseller_id").annotate(
            milli=Sum(F("new_milli") + F("bonus_milli")), pending=Sum("pending_milli")
        )
        in_window = {reseller_id: (milli, pending) for reseller_id, milli, pending in sums}
        for each in members:
            reached[each.pk] = _tier_of_sums(each, in_window.get(each.pk, (0, 0)), table)
    return reached


def _tier_of_sums(reseller: Reseller, in_window: tuple[int, int], table: TierTable) -> Tier:
    sums = GrowthSums(
        total=reseller.growth_milli,
        window=in_window[0],
        pending_total=reseller.pending_milli,
        pending_window=in_window[1],
    )
    settled = max(Tier(reseller.settled_tier), sums.settled_tier_reached(table))
    return tier_with_pending(settled, settled=settled, reached=sums.tier_reached(table))


def record_tier_change(reseller: Reseller, before: Tier, at: datetime) -> None:
    TierChange.objects.create(reseller=reseller, at=at, before=before, after=reseller.tier, at_rollover=False)
    Notice.objects.get_or_create(
        reseller=reseller,
        kind=Notice.UPGRADED if reseller.tier > before else Notice.DOWNGRADED,
        rollover_month=reseller.rolled_over_through,
        after=reseller.tier,
        defaults={"at": at, "before": before},
    )
