"""The monthly evaluation: which tier the growth of each month gives a member.

A roll-over evaluates every month from the first by what is known at that instant: growth that was taken back counts as never given, in
the month that it was given for (GROWTH-3). So the tier after a roll-over depends on monthly sums only, never on the order of entries.

Growth of goods that are not shipped yet is pending. Two tiers are evaluated side by side: the settled tier, which pending growth cannot
reach, and the earned tier, which pending growth raises by one step at most above the settled tier of its month (GROWTH-6). For keeping
a tier, all growth counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from kernel.period import month_of, month_period, next_month, previous_month
from membership.rules.tiers import Entry, GrowthKind, Tier, TierTable, table_in_force, tier_with_pending

HORIZON_MONTHS = 25
"""Longer than any window: with no more growth, a member who is not downgraded within it never is."""


@dataclass(frozen=True, slots=True)
class GrowthHistory:
    """What is known of a member: when she joined and her ledger. Keep bonuses in it are a record; the rules derive them."""

    joined_at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class MonthEvaluation:
    """One month as a roll-over evaluates it. Growth in milli.

    `earned_tier`: tier at the month's start by her own growth; `settled_tier`: the same without growth of goods that are not shipped;
    `month_milli`: new growth that counts for keeping; `bonus_milli`: what keeping the month before gave, credited at this month's
    start; `kept_tier`: the tier that this month's new growth keeps.
    """

    month: date
    earned_tier: Tier
    settled_tier: Tier
    month_milli: int
    bonus_milli: int
    kept_tier: Tier

    @property
    def growth_milli(self) -> int:
        return self.month_milli + self.bonus_milli

    @property
    def recorded_values(self) -> tuple[date, Tier, Tier, int]:
        """What the roll-over at the month's start writes."""
        return self.month, self.earned_tier, self.settled_tier, self.bonus_milli


@dataclass(frozen=True, slots=True)
class GrowthSums:
    """Growth in milli: all of it and that of the window, with and without what is pending."""

    total: int
    window: int
    pending_total: int
    pending_window: int

    def tier_reached(self, table: TierTable) -> Tier:
        return table.tier_reached(total_milli=self.total, window_milli=self.window)

    def settled_tier_reached(self, table: TierTable) -> Tier:
        """The tier that growth of shipped goods alone reaches."""
        return table.tier_reached(
            total_milli=self.total - self.pending_total, window_milli=self.window - self.pending_window
        )


@dataclass(slots=True)
class MonthlyFold:
    """The evaluation month by month, over the entries known so far: growth and pending growth per month, and tier matches."""

    joined_at: datetime
    tables: Sequence[TierTable]
    new_milli: dict[date, int] = field(default_factory=dict)
    pending_milli: dict[date, int] = field(default_factory=dict)
    tier_matches: list[Entry] = field(default_factory=list)
    tables_by_month: dict[date, TierTable] = field(default_factory=dict)

    def add_entries(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.kind is GrowthKind.TIER_MATCH:
                self.tier_matches.append(entry)
            elif entry.kind is not GrowthKind.KEEP_BONUS:
                self.new_milli[entry.month] = self.new_milli.get(entry.month, 0) + entry.milli
                if entry.pending_milli:
                    self.pending_milli[entry.month] = self.pending_milli.get(entry.month, 0) + entry.pending_milli

    def copy(self) -> "MonthlyFold":
        return replace(
            self,
            new_milli=dict(self.new_milli),
            pending_milli=dict(self.pending_milli),
            tier_matches=list(self.tier_matches),
        )

    def all_shipped(self) -> "MonthlyFold":
        return replace(self, pending_milli={})

    def evaluate(self, through: date, unchanged: Sequence[MonthEvaluation] = ()) -> list[MonthEvaluation]:
        """Evaluate month by month up to `through`, whose earned tier is what the roll-over at its start gives.

        `unchanged` are evaluations of months that no entry has changed since; the last of them is evaluated again, with its growth.
        """
        evaluations = list(unchanged)
        if evaluations:
            last = evaluations.pop()
            month, earned, settled, bonus = last.month, last.earned_tier, last.settled_tier, last.bonus_milli
        else:
            month, bonus = min([month_of(self.joined_at), *self.new_milli]), 0
            earned = settled = Tier.TRIAL
        bonuses = {each.month: each.bonus_milli for each in evaluations}
        while True:
            table, new = self.table_of(month), self.new_milli.get(month, 0)
            bonuses[month] = bonus
            # A table that begins with this month, or the bonus for the month before, may raise the tier at the roll-over (GROWTH-6).
            opening = self.sums_in(month, bonuses, before_its_entries=True)
            settled = max(settled, opening.settled_tier_reached(table))
            earned = tier_with_pending(max(earned, settled), settled=settled, reached=opening.tier_reached(table))
            kept = table.kept_tier(earned, self.matched_tier(month), new)
            evaluations.append(MonthEvaluation(month, earned, settled, new, bonus, kept))
            if month >= through:
                return evaluations
            closing = self.sums_in(month, bonuses)
            highest_settled = max(settled, closing.settled_tier_reached(table))
            settled = max(table.kept_tier(settled, self.matched_tier(month), new), closing.settled_tier_reached(table))
            earned = tier_with_pending(max(kept, settled), settled=highest_settled, reached=closing.tier_reached(table))
            bonus = table.keep_bonus(kept)  # GROWTH-10
            month = next_month(month)

    def sums_in(self, month: date, bonuses: dict[date, int], *, before_its_entries: bool = False) -> GrowthSums:
        """Growth up to a month and that of the month's window. With `before_its_entries`, at the very start of the month."""
        window_from = self.window_from(month)
        total = window = pending_total = pending_window = 0
        for each, milli in self.new_milli.items():
            if each < month or (each == month and not before_its_entries):
                pending = self.pending_milli.get(each, 0)
                total += milli
                pending_total += pending
                if each >= window_from:
                    window += milli
                    pending_window += pending
        for each, milli in bonuses.items():
            total += milli
            if each >= window_from:
                window += milli
        return GrowthSums(total, window, pending_total, pending_window)

    def displayed_tier(self, evaluation: MonthEvaluation) -> Tier:
        return max(evaluation.earned_tier, self.matched_tier(evaluation.month))

    def matched_tier(self, month: date) -> Tier:
        """The tier of a match that covers a month, as far as it is known (GROWTH-13)."""
        covering = [
            entry.tier for entry in self.tier_matches if entry.until is not None and entry.month <= month < entry.until
        ]
        return max(covering, default=Tier.TRIAL)

    def table_of(self, month: date) -> TierTable:
        if month not in self.tables_by_month:
            self.tables_by_month[month] = table_in_force(self.tables, month)
        return self.tables_by_month[month]

    def window_from(self, month: date) -> date:
        first = month
        for _ in range(self.table_of(month).window_months - 1):
            first = previous_month(first)
        return first

    def downgraded_at(self, month: date, tier: Tier) -> datetime | None:
        """The first roll-over after `month` at which a tier is lost if no growth is added (GROWTH-9)."""
        horizon = month
        for _ in range(HORIZON_MONTHS):
            horizon = next_month(horizon)
        for evaluation in self.evaluate(horizon):
            if evaluation.month > month and self.displayed_tier(evaluation) < tier:
                return month_period(evaluation.month).starts_at
        return None

    def milli_to_keep(self, month: date, tier: Tier) -> int:
        """Growth with which the next roll-over leaves a tier: what keeps it or what reaches it, whichever is less (GROWTH-11)."""
        *months, coming = self.evaluate(next_month(month))
        if self.displayed_tier(coming) >= tier:
            return 0
        table, present = self.table_of(month), months[-1]
        sums = self.sums_in(month, {each.month: each.bonus_milli for each in months})
        to_reach = table.milli_missing(tier, total_milli=sums.total, window_milli=sums.window)
        if tier < Tier.VIP2 or tier > self.displayed_tier(present):
            return to_reach
        return max(0, min(to_reach, table.keep_amount(tier) - present.month_milli))
