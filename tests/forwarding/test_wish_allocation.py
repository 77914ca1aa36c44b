"""Wishes share what is left, in their order, each in full or not at all (FORWARD-9)."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from flashsales.rules import Offer, Phase, Shortfall
from forwarding.rules.wishes import MAX_ORDERED_WISHES, allocate_wishes
from orders.rules.lines import AllocatedUnits, RequestedUnits, allocate

OFFER = Offer(1, 1, 1, 1, 1, "黑", "M", "goods", "sale", Phase.LIVE, 10, 5, None, 0, None, 0)
LINES = st.builds(RequestedUnits, st.integers(1, 3), st.integers(1, 4), st.sampled_from([None, None, 10, 11]))


def test_wish_that_cannot_be_had_in_full_leaves_its_units_and_its_money_to_others() -> None:
    wishes = [[RequestedUnits(1, 4)], [RequestedUnits(1, 2)], [RequestedUnits(1, 1)]]
    allocated = allocate_wishes(wishes, {1: OFFER}, allowance_fen=50)
    assert allocated == [
        [AllocatedUnits(4, None)],
        [AllocatedUnits(1, Shortfall.SOLD_OUT)],
        [AllocatedUnits(1, None)],
    ]


@given(
    wishes=st.lists(st.lists(LINES, min_size=1, max_size=3), max_size=6),
    available=st.lists(st.integers(0, 8), min_size=3, max_size=3),
    item_limit=st.none() | st.integers(0, 6),
    sale_limit=st.none() | st.integers(0, 12),
    allowance=st.none() | st.integers(-20, 200),
)
def test_allocate_wishes_gives_each_what_those_before_it_leave(
    wishes: list[list[RequestedUnits]],
    available: list[int],
    item_limit: int | None,
    sale_limit: int | None,
    allowance: int | None,
) -> None:
    """The same as allocating each wish anew after all lines of the wishes that were accepted before it."""
    offers = {
        number: replace(OFFER, item_id=number, available=units, item_limit=item_limit, sale_limit=sale_limit)
        for number, units in enumerate(available, 1)
    }
    accepted: list[RequestedUnits] = []
    expected = []
    for lines in wishes:
        got = allocate([*accepted, *lines], offers, allowance_fen=allowance)[len(accepted) :]
        if all(each.shortfall is None for each in got):
            accepted += lines
        expected.append(got)
    assert allocate_wishes(wishes, offers, allowance_fen=allowance) == expected


class CountingOffers(dict[int, Offer]):
    """Offers that count how often they are looked up."""

    lookups = 0

    def get(self, key: int, default: object = None) -> Offer | None:  # type: ignore[override]
        self.lookups += 1
        return super().get(key)

    def __getitem__(self, key: int) -> Offer:
        self.lookups += 1
        return super().__getitem__(key)


def lookups_of(wishes: Sequence[Sequence[RequestedUnits]]) -> int:
    offers = CountingOffers({1: replace(OFFER, available=10_000)})
    allocate_wishes(wishes, offers, allowance_fen=10**9)
    return offers.lookups


def test_allocate_wishes_looks_up_as_many_offers_per_wish_however_many_there_are() -> None:
    few, many = 10, MAX_ORDERED_WISHES
    assert lookups_of([[RequestedUnits(1, 1)]] * many) * few == lookups_of([[RequestedUnits(1, 1)]] * few) * many
