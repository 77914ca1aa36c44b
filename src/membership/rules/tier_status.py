"""The tier of a member at an instant: since when, until when, what comes next, and every change before.

The functions replay a history of growth entry by entry and roll-over by roll-over, knowing at each instant only what was known then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kernel.period import month_of, month_period, next_month
from membership.rules.tier_evaluation import GrowthHistory, GrowthSums, MonthEvaluation, MonthlyFold
from membership.rules.tiers import Entry, GrowthKind, Tier, TierTable, tier_with_pending


@dataclass(frozen=True, slots=True)
class RolloverForecast:
    """What the next roll-over does if no growth is added; `bonus_milli` is the keep bonus that it gives."""

    rollover_at: datetime
    tier: Tier
    bonus_milli: int


@dataclass(frozen=True, slots=True)
class TierStatus:
    """The tier of a member at an instant. Growth in milli.

    `safe_until`: the roll-over that downgrades her if she adds no growth, None if none does. `milli_to_next_tier`: growth still missing
    to the next tier (None at the top); with `next_tier_needs_shipping` it is reached only when goods that she has paid for are shipped.
    `milli_to_keep_tier`: growth still missing this month to keep this tier at the next roll-over, if all goods are shipped by then.
    `tier_after_shipping`: her tier once everything that she has paid for is shipped. `is_tier_matched`: a tier match raises her tier.
    """

    tier: Tier
    since: datetime
    safe_until: datetime | None
    growth_milli: int
    window_milli: int
    month_milli: int
    next_tier: Tier | None
    milli_to_next_tier: int | None
    next_tier_needs_shipping: bool
    milli_to_keep_tier: int
    tier_after_shipping: Tier
    is_tier_matched: bool


@dataclass(frozen=True, slots=True)
class MemberState:
    """What the database holds of a member when all entries and roll-overs up to an instant are carried out.

    `earned_tier` and `settled_tier` are those of the last roll-over; `must_replay` says that the next one evaluates all months again.
    `bonuses` are the keep bonuses by month, in milli; `changes` every change of tier, beginning with joining.
    """

    tier: Tier
    month: date
    earned_tier: Tier
    settled_tier: Tier
    bonuses: dict[date, int]
    must_replay: bool
    changes: list[tuple[datetime, Tier]]


def tier_status(history: GrowthHistory, tables: Sequence[TierTable], at: datetime) -> TierStatus:
    """The tier of a member at `at`, from what was known by then (GROWTH-5 to GROWTH-11)."""
    replay = _Replay(history, tables, at)
    member = replay.member
    fold, month = member.fold, member.month
    since, tier = replay.changes[-1]
    table, sums = fold.table_of(month), member.sums()
    next_tier = Tier(tier + 1) if tier < max(Tier) else None
    missing = (
        None if next_tier is None else table.milli_missing(next_tier, total_milli=sums.total, window_milli=sums.window)
    )
    return TierStatus(
        tier=tier,
        since=since,
        safe_until=fold.downgraded_at(month, tier),
        growth_milli=sums.total,
        window_milli=sums.window,
        month_milli=fold.new_milli.get(month, 0),
        next_tier=next_tier,
        milli_to_next_tier=missing,
        next_tier_needs_shipping=next_tier is not None and next_tier > member.settled_tier() + 1,
        milli_to_keep_tier=fold.all_shipped().milli_to_keep(month, tier),
        tier_after_shipping=max(tier, sums.tier_reached(table)),
        is_tier_matched=fold.matched_tier(month) > member.evaluations[-1].earned_tier,
    )


def member_state(history: GrowthHistory, tables: Sequence[TierTable], at: datetime) -> MemberState:
    """What the database holds of a member at `at` when every entry and every roll-over has been carried out (GROWTH-18)."""
    replay = _Replay(history, tables, at)
    member = replay.member
    return MemberState(
        tier=member.tier,
        month=member.month,
        earned_tier=member.evaluations[-1].earned_tier,
        settled_tier=member.evaluations[-1].settled_tier,
        bonuses={each.month: each.bonus_milli for each in member.evaluations},
        must_replay=member.must_replay,
        changes=replay.changes,
    )


def forecast_rollover(history: GrowthHistory, tables: Sequence[TierTable], at: datetime) -> RolloverForecast:
    """What the roll-over at the end of this month does if no growth is added: the evaluation of the roll-over itself (GROWTH-12)."""
    fold = MonthlyFold(history.joined_at, tables)
    fold.add_entries(entry for entry in history.entries if entry.at <= at)
    coming = next_month(month_of(at))
    evaluation = fold.evaluate(coming)[-1]
    return RolloverForecast(
        rollover_at=month_period(coming).starts_at,
        tier=fold.displayed_tier(evaluation),
        bonus_milli=evaluation.bonus_milli,
    )


def evaluate_months(history: GrowthHistory, tables: Sequence[TierTable], month: date) -> list[MonthEvaluation]:
    """Every month up to `month` as the roll-over at its start evaluates them."""
    fold = MonthlyFold(history.joined_at, tables)
    rollover_at = month_period(month).starts_at
    fold.add_entries(entry for entry in history.entries if entry.at < rollover_at)
    return fold.evaluate(month)


def changes_evaluation(history: GrowthHistory, entry: Entry, tables: Sequence[TierTable], month: date) -> bool:
    """Whether `entry`, which counts for an earlier month, changes what the roll-overs up to `month` gave."""
    fold = MonthlyFold(history.joined_at, tables)
    fold.add_entries(history.entries)
    before = [each.recorded_values for each in fold.evaluate(month)]
    fold.add_entries([entry])
    return before != [each.recorded_values for each in fold.evaluate(month)]


def tier_changes(history: GrowthHistory, tables: Sequence[TierTable], at: datetime) -> list[tuple[datetime, Tier]]:
    """Every change of tier up to `at`, oldest first, beginning with joining (GROWTH-6).

    Up is at once; down is at a roll-over, or with a cancellation before shipping.
    """
    return _Replay(history, tables, at).changes


@dataclass(slots=True)
class _Member:
    """A member in a month after some entries, each known when it came. `tier` is what she has now."""

    fold: MonthlyFold
    month: date
    evaluations: list[MonthEvaluation]
    tier: Tier
    must_replay: bool = False

    def copy(self) -> "_Member":
        return replace(self, fold=self.fold.copy(), evaluations=list(self.evaluations))

    def add_entry(self, entry: Entry) -> None:
        self.fold.add_entries([entry])
        raised_to = Tier.TRIAL
        if entry.month < self.month:
            # The next roll-over evaluates the earlier month again; a tier that this raises is raised at once.
            self.must_replay = True
            if entry.may_raise:
                raised_to = self.fold.displayed_tier(self.fold.evaluate(self.month)[-1])
        matched = entry.tier if entry.kind is GrowthKind.TIER_MATCH else Tier.TRIAL
        settled = self.settled_tier()
        earned = tier_with_pending(
            settled, settled=settled, reached=self.sums().tier_reached(self.fold.table_of(self.month))
        )
        self.tier = max(self.tier, earned, raised_to, matched)

    def roll_over(self) -> None:
        self.month = next_month(self.month)
        self.evaluations = self.fold.evaluate(self.month, () if self.must_replay else self.evaluations)
        self.must_replay = False
        self.tier = self.fold.displayed_tier(self.evaluations[-1])

    def sums(self) -> GrowthSums:
        """Growth that counts now: entries known so far, and bonuses as the last roll-over gave them."""
        return self.fold.sums_in(self.month, {each.month: each.bonus_milli for each in self.evaluations})

    def settled_tier(self) -> Tier:
        return max(self.evaluations[-1].settled_tier, self.sums().settled_tier_reached(self.fold.table_of(self.month)))


class _Replay:
    """From joining to an instant, roll-over by roll-over and entry by entry, knowing at each only what was known then.

    A cancellation takes the replay back to the month of the purchase and repeats it without what was cancelled (GROWTH-3).
    """

    def __init__(self, history: GrowthHistory, tables: Sequence[TierTable], at: datetime) -> None:
        known = sorted((entry for entry in history.entries if entry.at <= at), key=_instant_of)
        first = min([month_of(history.joined_at), *(month_of(entry.at) for entry in known[:1])])
        fold = MonthlyFold(history.joined_at, tables)
        self.member = _Member(fold, first, fold.evaluate(first), Tier.TRIAL)
        self.member.tier = fold.displayed_tier(self.member.evaluations[-1])
        self.entries: list[Entry] = []
        self.changes: list[tuple[datetime, Tier]] = [(history.joined_at, Tier.TRIAL)]
        # The member at the start of each month, and how many entries came before.
        self.month_starts: dict[date, tuple[_Member, int]] = {first: (self.member.copy(), 0)}
        for entry in known:
            self._roll_over_to(month_of(entry.at))
            if entry.kind is GrowthKind.CANCELLATION:
                self._cancel(entry)
            else:
                self.entries.append(entry)
                self.member.add_entry(entry)
            self._note_change(entry.at)
        self._roll_over_to(month_of(at))

    def _roll_over_to(self, month: date) -> None:
        while self.member.month < month:
            self._roll_over()
            self._note_change(month_period(self.member.month).starts_at)

    def _roll_over(self) -> None:
        self.member.roll_over()
        self.month_starts[self.member.month] = (self.member.copy(), len(self.entries))

    def _cancel(self, cancelled: Entry) -> None:
        """Go back to the month of the purchase and repeat the entries since, as if what is cancelled had never been bought."""
        purchases = (
            number
            for number, entry in enumerate(self.entries)
            if entry.kind is GrowthKind.PURCHASE and entry.order_id == cancelled.order_id
        )
        position = next(purchases, None)
        if position is None:
            # Without a purchase the ledger is inconsistent; the growth is taken back as any other.
            self.entries.append(cancelled)
            self.member.add_entry(cancelled)
            return
        purchase = self.entries[position]
        self.entries[position] = replace(
            purchase,
            milli=purchase.milli + cancelled.milli,
            pending_milli=purchase.pending_milli + cancelled.pending_milli,
        )
        present = self.member.month
        start, entries_before = self.month_starts[month_of(purchase.at)]
        repeated, self.entries = self.entries[entries_before:], self.entries[:entries_before]
        self.member = start.copy()
        for entry in repeated:
            while self.member.month < month_of(entry.at):
                self._roll_over()
            self.entries.append(entry)
            self.member.add_entry(entry)
        while self.member.month < present:
            self._roll_over()

    def _note_change(self, at: datetime) -> None:
        if self.member.tier != self.changes[-1][1]:
            self.changes.append((max(at, self.changes[0][0]), self.member.tier))


def _instant_of(entry: Entry) -> datetime:
    return entry.at
