"""Who gets units that come back: the law of the waiting list, without a database (SALE-13, SALE-14)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flashsales.rules import QuantityTerms
from flashsales.rules.waiting import (
    QueuedEntry,
    entry_ends,
    possible_units,
    reserved_until,
    rests_until,
    share_out,
)

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)

entries = st.builds(
    QueuedEntry,
    entry_id=st.integers(1, 10**6),
    reseller_id=st.integers(1, 4),
    units=st.integers(1, 6),
    limit_units=st.none() | st.integers(0, 5),
    terms=st.none()
    | st.builds(QuantityTerms, min_units=st.just(1), multiple_of=st.integers(1, 3), per_sku=st.booleans()),
)
queues = st.lists(entries, max_size=8, unique_by=lambda entry: entry.entry_id)


@given(st.integers(0, 12), queues)
def test_share_out_gives_no_unit_twice_and_nobody_more_than_she_can_use(
    available: int, queue: list[QueuedEntry]
) -> None:
    shares = share_out(available, queue)
    by_id = {entry.entry_id: entry for entry in queue}
    assert sum(shares.values()) <= available
    for entry_id, units in shares.items():
        entry = by_id[entry_id]
        assert 0 < units <= entry.units
        assert entry.limit_units is None or units <= entry.limit_units
        assert entry.terms is None or not entry.terms.per_sku or entry.terms.allows(units)
    resellers = [by_id[entry_id].reseller_id for entry_id in shares]
    assert len(resellers) == len(set(resellers))


@given(st.integers(0, 12), queues)
def test_share_out_passes_nobody_over_who_asked_earlier(available: int, queue: list[QueuedEntry]) -> None:
    """An entry that gets fewer than it can use of all units has those before it to thank, and nobody behind it."""
    shares = share_out(available, queue)
    left = available
    served: set[int] = set()
    for entry in queue:
        expected = 0 if entry.reseller_id in served else possible_units(left, entry)
        assert shares.get(entry.entry_id, 0) == expected
        left -= expected
        if expected:
            served.add(entry.reseller_id)


@given(st.integers(0, 12), queues)
def test_share_out_leaves_only_units_that_nobody_in_the_queue_can_use(available: int, queue: list[QueuedEntry]) -> None:
    shares = share_out(available, queue)
    left = available - sum(shares.values())
    by_id = {entry.entry_id: entry.reseller_id for entry in queue}
    served = {by_id[entry_id] for entry_id in shares}
    assert all(possible_units(left, entry) == 0 for entry in queue if entry.reseller_id not in served)


def test_a_size_that_counts_by_itself_is_reserved_in_its_quantities_only() -> None:
    in_threes = QuantityTerms(min_units=3, multiple_of=3, per_sku=True)
    assert share_out(5, [QueuedEntry(1, 1, 6, terms=in_threes), QueuedEntry(2, 2, 6)]) == {1: 3, 2: 2}
    assert share_out(2, [QueuedEntry(1, 1, 6, terms=in_threes), QueuedEntry(2, 2, 1)]) == {2: 1}
    assert share_out(2, [QueuedEntry(1, 1, 6, terms=QuantityTerms(min_units=3, multiple_of=3))]) == {1: 2}


def test_a_reservation_never_outlasts_the_sale() -> None:
    life = timedelta(minutes=15)
    assert reserved_until(NOON, life=life, sale_ends_at=NOON + timedelta(hours=1)) == NOON + life
    assert reserved_until(NOON, life=life, sale_ends_at=NOON + timedelta(minutes=4)) == NOON + timedelta(minutes=4)


def test_a_lapse_at_night_rests_until_the_morning_and_one_by_day_ends_the_entry() -> None:
    def at(hour: int, minute: int = 0) -> datetime:
        """An hour of 22 November in China."""
        return datetime(2026, 11, 22, hour, minute, tzinfo=UTC) - timedelta(hours=8)

    assert rests_until(at(22, 59)) is None
    assert rests_until(at(23)) == at(8) + timedelta(days=1)
    assert rests_until(at(0)) == at(8)
    assert rests_until(at(7, 59)) == at(8)
    assert rests_until(at(8)) is None
    assert rests_until(NOON) is None


def test_an_entry_ends_with_all_its_units_or_when_she_takes_fewer_than_she_could() -> None:
    assert entry_ends(wanted_units=3, reserved_units=3, taken_units=3)
    assert entry_ends(wanted_units=5, reserved_units=3, taken_units=2)
    assert not entry_ends(wanted_units=5, reserved_units=3, taken_units=3)
