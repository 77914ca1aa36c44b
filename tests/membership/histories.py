"""Generated histories of members, for the properties of the rules and for their comparison with the SQL. No Django here."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kernel.period import month_of, month_period, next_month
from membership.rules.tier_evaluation import GrowthHistory
from membership.rules.tiers import Entry, GrowthKind, Tier, TierTable

CASES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
FIRST = date(2024, 1, 1)
JOINED = month_period(FIRST).starts_at + timedelta(hours=9)
MONTHS = 8
LAST = datetime(2024, 9, 20, tzinfo=UTC)
NEVER = datetime(2030, 1, 1, tzinfo=UTC)

SMALL = TierTable(
    from_month=date(2020, 1, 1),
    thresholds=(50, 200, 500, 900, 1500),
    keep_amounts=(0, 60, 150, 300, 500),
    keep_bonuses=(0, 5, 20, 40, 90),
    window_months=3,
)
"""A table with small figures, so that generated growth crosses every threshold often."""


_orders = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase, and what of it went back when: (at, milli).

    `ships_at` None: shipped as it is bought. What goes back before it ships is a shortage of the brand, or with `cancels` her own
    change of mind; NEVER ships means that it waits for good.
    """

    at: datetime
    milli: int
    refunds: tuple[tuple[datetime, int], ...] = ()
    ships_at: datetime | None = None
    cancels: bool = False
    order_id: int = field(default_factory=lambda: next(_orders))

    def entries(self) -> list[Entry]:
        month = month_of(self.at)
        pending = 0 if self.ships_at is None else self.milli
        entries = [
            Entry(self.at, GrowthKind.PURCHASE, self.milli, month, pending_milli=pending, order_id=self.order_id)
        ]
        before = [(at, milli) for at, milli in self.refunds if self.ships_at is not None and at < self.ships_at]
        kind = GrowthKind.CANCELLATION if self.cancels else GrowthKind.SHORTAGE
        for at, milli in before:
            entries.append(Entry(at, kind, -milli, month, pending_milli=-milli, order_id=self.order_id))
            pending -= milli
        if self.ships_at is not None and self.ships_at < NEVER and pending:
            entries.append(
                Entry(self.ships_at, GrowthKind.SHIPMENT, 0, month, pending_milli=-pending, order_id=self.order_id)
            )
        for at, milli in self.refunds[len(before) :]:
            entries.append(Entry(at, GrowthKind.REFUND, -milli, month, order_id=self.order_id))
        return entries

    def all_back_at(self, at: datetime) -> "Purchase":
        return replace(self, refunds=((at, self.milli),))


def instants(first: datetime = JOINED, last: datetime = LAST) -> st.SearchStrategy[datetime]:
    """Instants of the play, the edges of months among them: the very roll-over, and a millisecond to either side."""
    edges = [month_period(date(2024, number, 1)).starts_at for number in range(2, 10)]
    near = [edge + timedelta(milliseconds=shift) for edge in edges for shift in (-1, 0, 1)]
    return st.one_of(
        st.integers(0, int((last - first).total_seconds())).map(lambda seconds: first + timedelta(seconds=seconds)),
        st.sampled_from([first, *(instant for instant in near if first <= instant <= last)]),
    )


@st.composite
def purchases(draw: st.DrawFn, *, refunded: bool = True, shipped: bool = False) -> Purchase:
    """Any purchase; with `shipped` one whose goods are shipped as they are bought."""
    at = draw(instants())
    milli = draw(st.integers(1, 700))
    refunds: list[tuple[datetime, int]] = []
    hours = None if shipped else draw(st.sampled_from([None, 0, 5, 30, 200, 1500, 10**5]))
    ships_at = None if hours is None else min(at + timedelta(hours=hours), NEVER)
    if refunded and draw(st.booleans()):
        left = milli
        for _ in range(draw(st.integers(1, 2))):
            if left:
                part = draw(st.one_of(st.just(left), st.integers(1, left)))
                refunds.append((draw(st.one_of(instants(first=at), st.just(at + timedelta(hours=3)))), part))
                left -= part
    return Purchase(at, milli, tuple(sorted(refunds)), ships_at, draw(st.booleans()))


@st.composite
def others(draw: st.DrawFn) -> Entry:
    """Growth that is not bought, and matched tiers."""
    at = draw(instants())
    month = month_of(at)
    kind = draw(st.sampled_from([GrowthKind.INVITATION, GrowthKind.ADJUSTMENT, GrowthKind.TIER_MATCH]))
    if kind is GrowthKind.TIER_MATCH:
        until = month
        for _ in range(draw(st.integers(1, 4))):
            until = next_month(until)
        return Entry(at, kind, 0, month, draw(st.sampled_from(list(Tier)[1:])), until)
    return Entry(at, kind, draw(st.integers(1 if kind is GrowthKind.INVITATION else -300, 300)), month)


@st.composite
def tables(draw: st.DrawFn, *, from_month: date = date(2020, 1, 1)) -> TierTable:
    """A sound table."""
    thresholds, keep_amounts, keep_bonuses = [draw(st.integers(1, 200))], [0], [0]
    for _ in range(4):
        thresholds.append(thresholds[-1] + draw(st.integers(1, 500)))
        keep_amounts.append(max(1, keep_amounts[-1] + draw(st.integers(0, 250))))
        keep_bonuses.append(keep_bonuses[-1] + draw(st.integers(0, 40)))
    return TierTable(from_month, tuple(thresholds), tuple(keep_amounts), tuple(keep_bonuses), draw(st.integers(1, 5)))


@st.composite
def table_sequences(draw: st.DrawFn) -> list[TierTable]:
    """One table, or one that another replaces in the middle of the play."""
    first = draw(st.one_of(st.just(SMALL), tables()))
    if draw(st.booleans()):
        return [first]
    return [first, draw(tables(from_month=date(2024, draw(st.integers(2, 8)), 1)))]


def history(*parts: Purchase | Entry) -> GrowthHistory:
    entries: list[Entry] = []
    for part in parts:
        entries += part.entries() if isinstance(part, Purchase) else [part]
    return GrowthHistory(JOINED, tuple(sorted(entries, key=lambda entry: entry.at)))


def next_rollover_after(at: datetime) -> datetime:
    return month_period(next_month(month_of(at))).starts_at
