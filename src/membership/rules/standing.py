"""The law of standing: which tier a history of growth makes at an instant, since when, until when, and what comes next.

A month's turn judges every month from the first on what stands at that instant: growth that was taken back counts as never given, in
the month that it was given for (GROWTH-3). So the standing after a turn depends on monthly sums only, never on the order of entries.

Growth of goods that are not shipped yet is pending. Two tiers are judged side by side: `firm`, which pending growth cannot reach, and
`own`, which it can raise by one step at most above the firm tier of its month (GROWTH-6). For keeping, all growth counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from kernel.period import month_of, month_period, next_month, previous_month
from membership.rules.tiers import Entry, Kind, Tier, TierTable, raised, table_in_force

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

    `own`: tier at the month's start by her own growth; `firm`: the same without what goods that are not shipped yet can reach;
    `month_milli`: new growth that counts for keeping; `bonus_milli`: what keeping the month before gave, credited at this month's
    start; `kept`: the tier that this month's new growth keeps.
    """

    month: date
    own: Tier
    firm: Tier
    month_milli: int
    bonus_milli: int
    kept: Tier

    @property
    def growth_milli(self) -> int:
        return self.month_milli + self.bonus_milli

    @property
    def outcome(self) -> tuple[date, Tier, Tier, int]:
        """What the turn at the month's start writes down."""
        return self.month, self.own, self.firm, self.bonus_milli


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
    the next tier (None at the top); with `next_needs_shipping` it is reached only when goods that she has paid for are shipped.
    `keep_needs_milli`: growth still missing this month to keep this tier at the next turn, if all goods are shipped by then.
    `after_shipping`: her tier once everything that she has paid for is shipped.
    """

    tier: Tier
    since: datetime
    safe_until: datetime | None
    growth_milli: int
    counted_milli: int
    month_milli: int
    next_tier: Tier | None
    next_needs_milli: int | None
    next_needs_shipping: bool
    keep_needs_milli: int
    after_shipping: Tier
    on_probation: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the service has written down about a member at an instant: her tier, what the last turn gave, and whether the next must
    judge all months afresh. `bonuses` are the keep bonuses by month, in milli; `changes` every change of tier, beginning with joining."""

    tier: Tier
    month: date
    own: Tier
    firm: Tier
    bonuses: dict[date, int]
    stale: bool
    changes: list[tuple[datetime, Tier]]


def standing(history: History, tables: Sequence[TierTable], at: datetime) -> Standing:
    """Where a member stands at `at`, from what was known by then (GROWTH-5 to GROWTH-11)."""
    timeline = _Timeline(history, tables, at)
    walk = timeline.walk
    since, tier = timeline.changes[-1]
    month, table, growth = walk.month, walk.law.table(walk.month), walk.growth()
    next_tier = Tier(tier + 1) if tier < Tier.VIP5 else None
    missing = None if next_tier is None else table.missing(next_tier, total=growth.total, counted=growth.counted)
    return Standing(
        tier=tier,
        since=since,
        safe_until=walk.law.falls_at(month, tier),
        growth_milli=growth.total,
        counted_milli=growth.counted,
        month_milli=walk.law.nets.get(month, 0),
        next_tier=next_tier,
        next_needs_milli=missing,
        next_needs_shipping=next_tier is not None and next_tier > walk.firm() + 1,
        keep_needs_milli=walk.law.all_shipped().keep_needs(month, tier),
        after_shipping=max(tier, growth.reached(table)),
        on_probation=walk.law.probation(month) > walk.judged[-1].own,
    )


def outcome(history: History, tables: Sequence[TierTable], at: datetime) -> Outcome:
    """What stands written about a member at `at` when every entry and every turn has been carried out (GROWTH-18)."""
    timeline = _Timeline(history, tables, at)
    walk = timeline.walk
    return Outcome(
        tier=walk.tier,
        month=walk.month,
        own=walk.judged[-1].own,
        firm=walk.judged[-1].firm,
        bonuses={each.month: each.bonus_milli for each in walk.judged},
        stale=walk.stale,
        changes=timeline.changes,
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


def changes_judgement(history: History, entry: Entry, tables: Sequence[TierTable], month: date) -> bool:
    """Whether `entry`, which counts for an earlier month, changes what the turns up to `month` gave."""
    law = _Law(history.joined_at, tables)
    law.learn(history.entries)
    before = [each.outcome for each in law.judge(month)]
    law.learn([entry])
    return before != [each.outcome for each in law.judge(month)]


def path(history: History, tables: Sequence[TierTable], at: datetime) -> list[tuple[datetime, Tier]]:
    """Every change of tier up to `at`, oldest first, beginning with joining (GROWTH-6).

    Up is at once; down is at a turn, or with a cancellation before shipping.
    """
    return _Timeline(history, tables, at).changes


def tiers_between(history: History, tables: Sequence[TierTable], first: datetime, last: datetime) -> set[Tier]:
    """The tiers that she had from `first` to `last`, both included; also those that lasted for no time at one of these instants."""
    changes = path(history, tables, last)
    before = [tier for at, tier in changes if at < first]
    return {*before[-1:], *(tier for at, tier in changes if at >= first)}


@dataclass(frozen=True, slots=True)
class _Growth:
    """Growth in milli: all of it and that of the window, with and without what is pending."""

    total: int
    counted: int
    pending_total: int
    pending_counted: int

    def reached(self, table: TierTable) -> Tier:
        return table.reached(total=self.total, counted=self.counted)

    def firm(self, table: TierTable) -> Tier:
        """The tier that growth of shipped goods alone reaches."""
        return table.reached(total=self.total - self.pending_total, counted=self.counted - self.pending_counted)


@dataclass(slots=True)
class _Law:
    """The fold over months, with what is known so far: net and pending growth per month, and probations."""

    joined_at: datetime
    tables: Sequence[TierTable]
    nets: dict[date, int] = field(default_factory=dict)
    pending: dict[date, int] = field(default_factory=dict)
    probations: list[Entry] = field(default_factory=list)
    tables_by_month: dict[date, TierTable] = field(default_factory=dict)

    def learn(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.kind is Kind.PROBATION:
                self.probations.append(entry)
            elif entry.kind is not Kind.KEEP_BONUS:
                self.nets[entry.month] = self.nets.get(entry.month, 0) + entry.milli
                if entry.pending_milli:
                    self.pending[entry.month] = self.pending.get(entry.month, 0) + entry.pending_milli

    def copy(self) -> "_Law":
        return replace(self, nets=dict(self.nets), pending=dict(self.pending), probations=list(self.probations))

    def all_shipped(self) -> "_Law":
        return replace(self, pending={})

    def judge(self, through: date, so_far: Sequence[Judgement] = ()) -> list[Judgement]:
        """Judge month by month up to `through`, whose own tier is what the turn at its start gives.

        `so_far` are judgements of months that nothing has changed since; the last of them is judged again, with its growth.
        """
        judged = list(so_far)
        if judged:
            last = judged.pop()
            month, own, firm, bonus = last.month, last.own, last.firm, last.bonus_milli
        else:
            month, bonus = min([month_of(self.joined_at), *self.nets]), 0
            own = firm = Tier.TRIAL
        bonuses = {each.month: each.bonus_milli for each in judged}
        while True:
            table, new = self.table(month), self.nets.get(month, 0)
            bonuses[month] = bonus
            # A table that begins with this month, or the bonus for the month before, may lift at the turn itself (GROWTH-6).
            opening = self.growth(month, bonuses, before_its_entries=True)
            firm = max(firm, opening.firm(table))
            own = raised(max(own, firm), above=firm, reached=opening.reached(table))
            kept = table.kept_of(own, self.probation(month), new)
            judged.append(Judgement(month, own, firm, new, bonus, kept))
            if month >= through:
                return judged
            closing = self.growth(month, bonuses)
            above = max(firm, closing.firm(table))
            firm = max(table.kept_of(firm, self.probation(month), new), closing.firm(table))
            own = raised(max(kept, firm), above=above, reached=closing.reached(table))
            bonus = table.bonus(kept)  # GROWTH-10
            month = next_month(month)

    def growth(self, month: date, bonuses: dict[date, int], *, before_its_entries: bool = False) -> _Growth:
        """What stands in a month: all growth up to it, and that of its window. With `before_its_entries`, at its very start."""
        counted_from = self.window_from(month)
        total = counted = pending_total = pending_counted = 0
        for each, milli in self.nets.items():
            if each < month or (each == month and not before_its_entries):
                pending = self.pending.get(each, 0)
                total += milli
                pending_total += pending
                if each >= counted_from:
                    counted += milli
                    pending_counted += pending
        for each, milli in bonuses.items():
            total += milli
            if each >= counted_from:
                counted += milli
        return _Growth(total, counted, pending_total, pending_counted)

    def shown(self, judged: Judgement) -> Tier:
        return max(judged.own, self.probation(judged.month))

    def probation(self, month: date) -> Tier:
        """The tier on probation that covers a month, as far as it is known (GROWTH-13)."""
        covering = [
            entry.tier for entry in self.probations if entry.until is not None and entry.month <= month < entry.until
        ]
        return max(covering, default=Tier.TRIAL)

    def table(self, month: date) -> TierTable:
        if month not in self.tables_by_month:
            self.tables_by_month[month] = table_in_force(self.tables, month)
        return self.tables_by_month[month]

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
        """Growth that is enough for the next turn to leave a tier: what keeps it or what reaches it, the less (GROWTH-11)."""
        *months, coming = self.judge(next_month(month))
        if self.shown(coming) >= tier:
            return 0
        table, present = self.table(month), months[-1]
        growth = self.growth(month, {each.month: each.bonus_milli for each in months})
        to_reach = table.missing(tier, total=growth.total, counted=growth.counted)
        if tier < Tier.VIP2 or tier > self.shown(present):
            return to_reach
        return max(0, min(to_reach, table.keep(tier) - present.month_milli))


@dataclass(slots=True)
class _Walk:
    """Where a member stands in a month after some entries, each known when it came. `tier` is what she has now."""

    law: _Law
    month: date
    judged: list[Judgement]
    tier: Tier
    stale: bool = False

    def copy(self) -> "_Walk":
        return replace(self, law=self.law.copy(), judged=list(self.judged))

    def enter(self, entry: Entry) -> None:
        self.law.learn([entry])
        reached = Tier.TRIAL
        if entry.month < self.month:
            # An earlier month is judged afresh at the next turn; what that would raise is raised at once.
            self.stale = True
            if entry.may_raise:
                reached = self.law.shown(self.law.judge(self.month)[-1])
        probation = entry.tier if entry.kind is Kind.PROBATION else Tier.TRIAL
        firm = self.firm()
        own = raised(firm, above=firm, reached=self.growth().reached(self.law.table(self.month)))
        self.tier = max(self.tier, own, reached, probation)

    def turn(self) -> None:
        self.month = next_month(self.month)
        self.judged = self.law.judge(self.month, () if self.stale else self.judged)
        self.stale = False
        self.tier = self.law.shown(self.judged[-1])

    def growth(self) -> _Growth:
        """Growth that counts now: entries known so far, and bonuses as the last turn gave them."""
        return self.law.growth(self.month, {each.month: each.bonus_milli for each in self.judged})

    def firm(self) -> Tier:
        return max(self.judged[-1].firm, self.growth().firm(self.law.table(self.month)))


class _Timeline:
    """From joining to an instant, turn by turn and entry by entry, knowing at each only what was known then.

    With a cancellation the walk goes back to the month of the purchase and comes again without what was cancelled (GROWTH-3).
    """

    def __init__(self, history: History, tables: Sequence[TierTable], at: datetime) -> None:
        known = sorted((entry for entry in history.entries if entry.at <= at), key=_when)
        first = min([month_of(history.joined_at), *(month_of(entry.at) for entry in known[:1])])
        law = _Law(history.joined_at, tables)
        self.walk = _Walk(law, first, law.judge(first), Tier.TRIAL)
        self.walk.tier = law.shown(self.walk.judged[-1])
        self.entries: list[Entry] = []
        self.changes: list[tuple[datetime, Tier]] = [(history.joined_at, Tier.TRIAL)]
        # The walk at the start of each month, and how many entries came before.
        self.starts: dict[date, tuple[_Walk, int]] = {first: (self.walk.copy(), 0)}
        for entry in known:
            self._turn_to(month_of(entry.at))
            if entry.kind is Kind.CANCELLATION:
                self._cancel(entry)
            else:
                self.entries.append(entry)
                self.walk.enter(entry)
            self._note(entry.at)
        self._turn_to(month_of(at))

    def _turn_to(self, month: date) -> None:
        while self.walk.month < month:
            self._turn()
            self._note(month_period(self.walk.month).starts_at)

    def _turn(self) -> None:
        self.walk.turn()
        self.starts[self.walk.month] = (self.walk.copy(), len(self.entries))

    def _cancel(self, cancelled: Entry) -> None:
        """Go back to where the order was bought and come again as if what is cancelled had never been bought."""
        purchases = (
            number
            for number, entry in enumerate(self.entries)
            if entry.kind is Kind.PURCHASE and entry.order_id == cancelled.order_id
        )
        bought = next(purchases, None)
        if bought is None:
            # No purchase to undo: the ledger is broken, and its growth is taken back as any other.
            self.entries.append(cancelled)
            self.walk.enter(cancelled)
            return
        purchase = self.entries[bought]
        self.entries[bought] = replace(
            purchase,
            milli=purchase.milli + cancelled.milli,
            pending_milli=purchase.pending_milli + cancelled.pending_milli,
        )
        present = self.walk.month
        start, entered = self.starts[month_of(purchase.at)]
        again, self.entries = self.entries[entered:], self.entries[:entered]
        self.walk = start.copy()
        for entry in again:
            while self.walk.month < month_of(entry.at):
                self._turn()
            self.entries.append(entry)
            self.walk.enter(entry)
        while self.walk.month < present:
            self._turn()

    def _note(self, at: datetime) -> None:
        if self.walk.tier != self.changes[-1][1]:
            self.changes.append((max(at, self.changes[0][0]), self.walk.tier))


def _when(entry: Entry) -> datetime:
    return entry.at
