"""The law of standing: which tier a history of growth makes at an instant, since when, until when, and what comes next.

A month's turn judges every month from the first on what stands at that instant: growth that was taken back counts as never given, in
the month that it was given for (GROWTH-3). So the standing after a turn depends on monthly sums only, never on the order of entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kernel.period import month_of, month_period, next_month, previous_month
from membership.rules.tiers import Entry, Kind, Tier, TierTable, table_in_force

HORIZON_MONTHS = 25
"""Longer than any window: with no more growth, whoever does not fall within it never falls."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a member: when she joined and her ledger. Keep bonuses in it are a record; the law derives them."""

    joined_at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One month as a turn sees it. Growth in milli.

    `own`: tier at the month's start by her own growth; `month_milli`: new growth that counts for keeping; `bonus_milli`: what keeping
    the month before gave, credited at this month's start; `kept`: the tier that this month's new growth keeps.
    """

    month: date
    own: Tier
    month_milli: int
    bonus_milli: int
    kept: Tier

    @property
    def growth_milli(self) -> int:
        return self.month_milli + self.bonus_milli


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the next turn does if nothing more happens; `bonus_milli` is what it gives for keeping."""

    turn_at: datetime
    tier: Tier
    bonus_milli: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands at an instant. Growth in milli.

    `safe_until`: the turn at which she falls if she does nothing more, None if at none. `next_needs_milli`: growth still missing to
    the next tier (None at the top); `keep_needs_milli`: growth still missing this month to keep this tier at the next turn.
    """

    tier: Tier
    since: datetime
    safe_until: datetime | None
    growth_milli: int
    counted_milli: int
    month_milli: int
    next_tier: Tier | None
    next_needs_milli: int | None
    keep_needs_milli: int
    on_probation: bool


def standing(history: History, tables: Sequence[TierTable], at: datetime) -> Standing:
    """Where a member stands at `at`, from what was known by then (GROWTH-5 to GROWTH-11)."""
    walk = _Walk(history, tables, at)
    walk.to_the_end()
    since, tier = walk.changes[-1]
    month, table = walk.month, walk.law.table(walk.month)
    total, counted = walk.growth(), walk.growth(walk.law.window_from(month))
    next_tier = Tier(tier + 1) if tier < Tier.VIP5 else None
    return Standing(
        tier=tier,
        since=since,
        safe_until=walk.law.falls_at(month, tier),
        growth_milli=total,
        counted_milli=counted,
        month_milli=walk.law.nets.get(month, 0),
        next_tier=next_tier,
        next_needs_milli=None if next_tier is None else table.missing(next_tier, total=total, counted=counted),
        keep_needs_milli=walk.law.keep_needs(month, tier),
        on_probation=walk.law.probation(month) > walk.judged[-1].own,
    )


def forecast(history: History, tables: Sequence[TierTable], at: datetime) -> Forecast:
    """What the turn at the end of this month does if nothing more happens: the very judgement of the turn (GROWTH-12)."""
    law = _Law(history.joined_at, tables)
    law.learn(entry for entry in history.entries if entry.at <= at)
    coming = next_month(month_of(at))
    judged = law.judge(coming)[-1]
    return Forecast(turn_at=month_period(coming).starts_at, tier=law.shown(judged), bonus_milli=judged.bonus_milli)


def judgements(history: History, tables: Sequence[TierTable], month: date) -> list[Judgement]:
    """Every month up to `month` as the turn at its start judges them."""
    law = _Law(history.joined_at, tables)
    turn = month_period(month).starts_at
    law.learn(entry for entry in history.entries if entry.at < turn)
    return law.judge(month)


def path(history: History, tables: Sequence[TierTable], at: datetime) -> list[tuple[datetime, Tier]]:
    """Every change of tier up to `at`, oldest first, beginning with joining: up at once, down only at a turn (GROWTH-6)."""
    walk = _Walk(history, tables, at)
    walk.to_the_end()
    return walk.changes


@dataclass(slots=True)
class _Law:
    """The fold over months, with what is known so far: net growth per month and probations."""

    joined_at: datetime
    tables: Sequence[TierTable]
    nets: dict[date, int] = field(default_factory=dict)
    probations: list[Entry] = field(default_factory=list)
    found: dict[date, TierTable] = field(default_factory=dict)

    def learn(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.kind is Kind.PROBATION:
                self.probations.append(entry)
            elif entry.kind is not Kind.KEEP_BONUS:
                self.nets[entry.month] = self.nets.get(entry.month, 0) + entry.milli

    def judge(self, through: date, so_far: Sequence[Judgement] = ()) -> list[Judgement]:
        """Judge month by month up to `through`, whose own tier is what the turn at its start gives.

        `so_far` are judgements of months that nothing has changed since; the last of them is judged again, with its growth.
        """
        judged = list(so_far)
        if judged:
            last = judged.pop()
            month, own, bonus = last.month, last.own, last.bonus_milli
        else:
            month, own, bonus = min([month_of(self.joined_at), *self.nets]), Tier.TRIAL, 0
        total = sum(each.growth_milli for each in judged)
        while True:
            table, new = self.table(month), self.nets.get(month, 0)
            # A table that begins with this month, or the bonus for the month before, may lift at the turn itself (GROWTH-6).
            counted = _sum_of_last(judged, table.window_months - 1) + bonus
            own = max(own, table.reached(total=total + bonus, counted=counted))
            kept = table.kept_of(own, self.probation(month), new)
            judged.append(Judgement(month, own, new, bonus, kept))
            if month >= through:
                return judged
            total += new + bonus
            own = max(kept, table.reached(total=total, counted=_sum_of_last(judged, table.window_months)))
            bonus = table.bonus(kept)  # GROWTH-10
            month = next_month(month)

    def shown(self, judged: Judgement) -> Tier:
        return max(judged.own, self.probation(judged.month))

    def probation(self, month: date) -> Tier:
        """The tier on probation that covers a month, as far as it is known (GROWTH-13)."""
        covering = [
            entry.tier for entry in self.probations if entry.until is not None and entry.month <= month < entry.until
        ]
        return max(covering, default=Tier.TRIAL)

    def table(self, month: date) -> TierTable:
        if month not in self.found:
            self.found[month] = table_in_force(self.tables, month)
        return self.found[month]

    def window_from(self, month: date) -> date:
        first = month
        for _ in range(self.table(month).window_months - 1):
            first = previous_month(first)
        return first

    def falls_at(self, month: date, tier: Tier) -> datetime | None:
        """The first turn after `month` at which, with nothing more, a tier would be lost (GROWTH-9)."""
        far = month
        for _ in range(HORIZON_MONTHS):
            far = next_month(far)
        for judged in self.judge(far):
            if judged.month > month and self.shown(judged) < tier:
                return month_period(judged.month).starts_at
        return None

    def keep_needs(self, month: date, tier: Tier) -> int:
        """Growth that, bought now, is enough for the next turn to leave a tier: what keeps it or what reaches it, the less."""
        *months, coming = self.judge(next_month(month))
        if self.shown(coming) >= tier:
            return 0
        table, present = self.table(month), months[-1]
        to_reach = table.missing(
            tier,
            total=sum(each.growth_milli for each in months),
            counted=_sum_of_last(months, table.window_months),
        )
        if tier < Tier.VIP2 or tier > self.shown(present):
            return to_reach
        return max(0, min(to_reach, table.keep(tier) - present.month_milli))


class _Walk:
    """From joining to an instant, turn by turn and entry by entry, knowing at each only what was known then."""

    def __init__(self, history: History, tables: Sequence[TierTable], at: datetime) -> None:
        self.law = _Law(history.joined_at, tables)
        self.entries = sorted((entry for entry in history.entries if entry.at <= at), key=_when)
        self.changes: list[tuple[datetime, Tier]] = [(history.joined_at, Tier.TRIAL)]
        first = min([month_of(history.joined_at), *(month_of(entry.at) for entry in self.entries[:1])])
        self.month, self.last = first, max(first, month_of(at))
        self.judged = self.law.judge(self.month)
        self.stale = False

    def to_the_end(self) -> None:
        waiting = list(reversed(self.entries))
        while True:
            ends_at = month_period(self.month).ends_at
            while waiting and waiting[-1].at < ends_at:
                self._enter(waiting.pop())
            if self.month == self.last:
                return
            self._turn()

    def growth(self, since: date = date.min) -> int:
        """Growth that counts for months from `since` on: entries known so far, and bonuses as the last turn gave them."""
        return sum(milli for month, milli in self.law.nets.items() if month >= since) + sum(
            each.bonus_milli for each in self.judged if each.month >= since
        )

    def _enter(self, entry: Entry) -> None:
        self.law.learn([entry])
        if entry.month < self.month:
            self.stale = True
        table = self.law.table(self.month)
        reached = table.reached(total=self.growth(), counted=self.growth(self.law.window_from(self.month)))
        probation = entry.tier if entry.kind is Kind.PROBATION else Tier.TRIAL
        self._note(entry.at, max(self.changes[-1][1], reached, probation))

    def _turn(self) -> None:
        coming = next_month(self.month)
        # Growth of an earlier month was taken back: every month is judged afresh.
        self.judged = self.law.judge(coming, () if self.stale else self.judged)
        self.month, self.stale = coming, False
        self._note(month_period(coming).starts_at, self.law.shown(self.judged[-1]))

    def _note(self, at: datetime, tier: Tier) -> None:
        if tier != self.changes[-1][1]:
            self.changes.append((max(at, self.changes[0][0]), tier))


def _sum_of_last(judged: Sequence[Judgement], months: int) -> int:
    return sum(each.growth_milli for each in judged[-months:]) if months > 0 else 0


def _when(entry: Entry) -> datetime:
    return entry.at
