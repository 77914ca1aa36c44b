"""The law of standing: which tier a history of growth makes at an instant, since when, until when, and what comes next.

A month's turn judges every month from the first on what stands at that instant: growth that was taken back counts as never given, in
the month that it was given for (GROWTH-3). So the standing after a turn depends on monthly sums only, never on the order of entries.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    month = month_of(at)
    known = _known(history, at)
    since, tier = _last_change(path(history, tables, at))
    months = _judge(history.joined_at, known, tables, through=month)
    table = table_in_force(tables, month)
    present = months[-1]
    total = sum(judged.growth_milli for judged in months)
    counted = _counted(months, table.window_months)
    next_tier = Tier(tier + 1) if tier < Tier.VIP5 else None
    return Standing(
        tier=tier,
        since=since,
        safe_until=_falls_at(history, known, tables, at, tier),
        growth_milli=total,
        counted_milli=counted,
        month_milli=present.month_milli,
        next_tier=next_tier,
        next_needs_milli=None if next_tier is None else _missing(table, next_tier, total, counted),
        keep_needs_milli=_keep_needs(
            history, known, tables, at, tier, _missing(table, tier, total, counted), present.month_milli
        ),
        on_probation=_probation(known, month) > present.own,
    )


def forecast(history: History, tables: Sequence[TierTable], at: datetime) -> Forecast:
    """What the turn at the end of this month does if nothing more happens: the very judgement of the turn (GROWTH-12)."""
    known = _known(history, at)
    coming = next_month(month_of(at))
    judged = _judge(history.joined_at, known, tables, through=coming)[-1]
    return Forecast(
        turn_at=month_period(coming).starts_at,
        tier=max(judged.own, _probation(known, coming)),
        bonus_milli=judged.bonus_milli,
    )


def judgements(history: History, tables: Sequence[TierTable], month: date) -> list[Judgement]:
    """Every month up to `month` as the turn at its start judges them."""
    turn = month_period(month).starts_at
    known = tuple(entry for entry in history.entries if entry.at < turn)
    return _judge(history.joined_at, known, tables, through=month)


def path(history: History, tables: Sequence[TierTable], at: datetime) -> list[tuple[datetime, Tier]]:
    """Every change of tier up to `at`, oldest first, beginning with joining: up at once, down only at a turn (GROWTH-6)."""
    changes: list[tuple[datetime, Tier]] = [(history.joined_at, Tier.TRIAL)]
    entries = sorted(_known(history, at), key=_when)
    month, last = month_of(history.joined_at), month_of(at)
    if entries:
        month = min(month, month_of(entries[0].at))
    while month <= last:
        _note(changes, month_period(month).starts_at, _tier_at_start(history, entries, tables, month))
        for entry, tier in _rises(history, entries, tables, month):
            if tier > changes[-1][1]:
                _note(changes, entry.at, tier)
        month = next_month(month)
    return changes


def _judge(
    joined_at: datetime, known: Sequence[Entry], tables: Sequence[TierTable], *, through: date
) -> list[Judgement]:
    """Judge each month in turn, from the first to `through` (whose own tier is what the turn at its start gives)."""
    nets: dict[date, int] = {}
    for entry in known:
        if entry.kind is not Kind.KEEP_BONUS:
            nets[entry.month] = nets.get(entry.month, 0) + entry.milli
    month = min([month_of(joined_at), *nets])
    judged: list[Judgement] = []
    own, bonus, total = Tier.TRIAL, 0, 0
    while True:
        table = table_in_force(tables, month)
        # A table that begins with this month, or the bonus for the month before, may lift at the turn itself (GROWTH-6).
        counted = _counted(judged, table.window_months - 1) + bonus
        own = max(own, table.reached(total=total + bonus, counted=counted))
        new = nets.get(month, 0)
        probation = _probation(known, month)
        kept = _kept(table, own, probation, new)
        judged.append(Judgement(month, own, new, bonus, kept))
        if month >= through:
            return judged
        total += new + bonus
        own = max(kept, table.reached(total=total, counted=_counted(judged, table.window_months)))
        bonus = table.bonus(kept)
        month = next_month(month)


def _kept(table: TierTable, own: Tier, probation: Tier, new: int) -> Tier:
    """The tier that a month's new growth keeps: her own, never below VIP1 once she has it, or one on probation (GROWTH-7, 8, 13)."""
    met = table.kept(new)
    return max(min(own, met), min(probation, met) if met >= Tier.VIP2 else Tier.TRIAL)


def _tier_at_start(history: History, entries: Sequence[Entry], tables: Sequence[TierTable], month: date) -> Tier:
    turn = month_period(month).starts_at
    known = [entry for entry in entries if entry.at < turn]
    return max(_judge(history.joined_at, known, tables, through=month)[-1].own, _probation(known, month))


def _rises(
    history: History, entries: Sequence[Entry], tables: Sequence[TierTable], month: date
) -> Iterator[tuple[Entry, Tier]]:
    """The tier that growth and probations reach right after each entry of a month."""
    period = month_period(month)
    known = [entry for entry in entries if entry.at < period.starts_at]
    table = table_in_force(tables, month)
    judged = _judge(history.joined_at, known, tables, through=month)
    total = sum(each.growth_milli for each in judged)
    counted = _counted(judged, table.window_months)
    oldest = _months_before(month, table.window_months - 1)
    for entry in entries:
        if not period.contains(entry.at):
            continue
        if entry.kind is not Kind.KEEP_BONUS:
            total += entry.milli
            counted += entry.milli if entry.month >= oldest else 0
        probation = entry.tier if entry.kind is Kind.PROBATION else Tier.TRIAL
        yield entry, max(table.reached(total=total, counted=counted), probation)


def _falls_at(
    history: History, known: Sequence[Entry], tables: Sequence[TierTable], at: datetime, tier: Tier
) -> datetime | None:
    month = month_of(at)
    far = month
    for _ in range(HORIZON_MONTHS):
        far = next_month(far)
    for judged in _judge(history.joined_at, known, tables, through=far):
        if judged.month > month and max(judged.own, _probation(known, judged.month)) < tier:
            return month_period(judged.month).starts_at
    return None


def _keep_needs(
    history: History,
    known: Sequence[Entry],
    tables: Sequence[TierTable],
    at: datetime,
    tier: Tier,
    missing_to_reach: int,
    month_milli: int,
) -> int:
    """Growth that, bought now, is enough for the next turn to leave her tier: what keeps it or what reaches it, the less of the two."""
    if forecast(History(history.joined_at, tuple(known)), tables, at).tier >= tier:
        return 0
    month = month_of(at)
    own = _judge(history.joined_at, known, tables, through=month)[-1].own
    table = table_in_force(tables, month)
    keeps = tier <= max(own, _probation(known, month)) and tier >= Tier.VIP2
    to_keep = table.keep(tier) - month_milli if keeps else missing_to_reach
    return max(0, min(to_keep, missing_to_reach))


def _missing(table: TierTable, tier: Tier, total: int, counted: int) -> int:
    if tier is Tier.TRIAL:
        return 0
    return max(0, table.threshold(tier) - (total if tier is Tier.VIP1 else counted))


def _counted(judged: Sequence[Judgement], months: int) -> int:
    return sum(each.growth_milli for each in judged[-months:]) if months > 0 else 0


def _probation(known: Sequence[Entry], month: date) -> Tier:
    """The tier on probation that covers a month, as far as it is known (GROWTH-13)."""
    return max(
        (
            entry.tier
            for entry in known
            if entry.kind is Kind.PROBATION and entry.until is not None and entry.month <= month < entry.until
        ),
        default=Tier.TRIAL,
    )


def _months_before(month: date, count: int) -> date:
    for _ in range(count):
        month = previous_month(month)
    return month


def _known(history: History, at: datetime) -> tuple[Entry, ...]:
    return tuple(entry for entry in history.entries if entry.at <= at)


def _when(entry: Entry) -> datetime:
    return entry.at


def _note(changes: list[tuple[datetime, Tier]], at: datetime, tier: Tier) -> None:
    if tier != changes[-1][1]:
        changes.append((max(at, changes[0][0]), tier))


def _last_change(changes: Sequence[tuple[datetime, Tier]]) -> tuple[datetime, Tier]:
    return changes[-1]
