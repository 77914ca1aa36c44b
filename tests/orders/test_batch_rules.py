"""Placements that are decided together get what they would get one after another (ORDER-17)."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from flashsales.rules import Offer, Phase, QuantityTerms
from orders.rules.batches import Decision, Placement, decide, decide_batch
from orders.rules.credit import Credit
from orders.rules.lines import RequestedUnits, Take

INVITER = 90
PRICES = {1: 700, 2: 1_100, 3: 2_500}
SALES = {1: 1, 2: 1, 3: 2}
RESELLERS = (1, 2, 3)
SHARING = (1, 2)
"""They are trial members of one inviter."""


@dataclass
class Store:
    """The truth from which each placement is read afresh: what is left, what each reseller took, and what she has not paid."""

    available: dict[int, int]
    item_limits: dict[int, int | None]
    sale_limits: dict[int, int | None]
    unpaid: dict[int, int]
    wallets: dict[int, int]
    limit_fen: int
    terms: QuantityTerms | None
    item_taken: dict[tuple[int, int], int] = field(default_factory=dict)
    sale_taken: dict[tuple[int, int], int] = field(default_factory=dict)

    def placement(self, reseller_id: int, lines: tuple[RequestedUnits, ...], take: Take) -> Placement:
        shares = reseller_id in SHARING
        return Placement(
            reseller_id=reseller_id,
            lines=lines,
            take=take,
            offers={line.item_id: self._offer(reseller_id, line.item_id) for line in lines if line.item_id in PRICES},
            credit=Credit(
                limit_fen=self.limit_fen,
                unpaid_fen=self.unpaid[reseller_id],
                wallet_fen=self.wallets[reseller_id],
                expired=3 if reseller_id == 3 else 0,
                others_unpaid_fen=self._others_unpaid_fen(reseller_id) if shares else None,
            ),
            sharing_inviter_id=INVITER if shares else None,
            shared_unpaid_fen=self.unpaid[reseller_id] if shares else 0,
        )

    def write(self, placement: Placement, decision: Decision) -> None:
        if not decision.is_accepted:
            return
        reseller_id = placement.reseller_id
        for line, given_units in zip(placement.lines, decision.allocated, strict=True):
            if not given_units.units:
                continue
            item, sale = (line.item_id, reseller_id), (SALES[line.item_id], reseller_id)
            self.available[line.item_id] -= given_units.units
            self.item_taken[item] = self.item_taken.get(item, 0) + given_units.units
            self.sale_taken[sale] = self.sale_taken.get(sale, 0) + given_units.units
            self.unpaid[reseller_id] += given_units.units * PRICES[line.item_id]

    def _others_unpaid_fen(self, reseller_id: int) -> int:
        return sum(max(0, self.unpaid[other] - self.wallets[other]) for other in SHARING if other != reseller_id)

    def _offer(self, reseller_id: int, item_id: int) -> Offer:
        sale_id = SALES[item_id]
        return Offer(
            item_id=item_id,
            sale_id=sale_id,
            brand_id=1,
            style_id=item_id,
            sku_id=item_id,
            colour="黑",
            size="M",
            description=f"style {item_id}",
            sale_title="专场",
            phase=Phase.LIVE,
            price_fen=PRICES[item_id],
            available=self.available[item_id],
            item_limit=self.item_limits[item_id],
            item_taken=self.item_taken.get((item_id, reseller_id), 0),
            sale_limit=self.sale_limits[sale_id],
            sale_taken=self.sale_taken.get((sale_id, reseller_id), 0),
            quantity_terms=self.terms if item_id == 3 else None,
        )


fen = st.integers(0, 12_000)
limits = st.none() | st.integers(1, 6)
stores = st.builds(
    Store,
    available=st.fixed_dictionaries(dict.fromkeys(PRICES, st.integers(0, 9))),
    item_limits=st.fixed_dictionaries(dict.fromkeys(PRICES, limits)),
    sale_limits=st.fixed_dictionaries({1: limits, 2: limits}),
    unpaid=st.fixed_dictionaries(dict.fromkeys(RESELLERS, fen)),
    wallets=st.fixed_dictionaries(dict.fromkeys(RESELLERS, fen)),
    limit_fen=st.integers(1_000, 20_000),
    terms=st.sampled_from([None, QuantityTerms(2, 2)]),
)
lines = st.lists(
    st.builds(
        RequestedUnits,
        item_id=st.integers(1, 4),  # the last does not exist
        units=st.integers(1, 5),
        expected_price_fen=st.none() | st.sampled_from(sorted(PRICES.values())),
        recipient=st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
requests = st.lists(st.tuples(st.sampled_from(RESELLERS), lines, st.sampled_from(Take)), min_size=1, max_size=12)


@given(store=stores, asked=requests)
def test_decide_batch_equals_one_after_another(
    store: Store, asked: list[tuple[int, tuple[RequestedUnits, ...], Take]]
) -> None:
    together = decide_batch([store.placement(*each) for each in asked])
    for each, decision in zip(asked, together, strict=True):
        placement = store.placement(*each)  # read after everything before it was written
        alone = decide(placement.lines, take=placement.take, offers=placement.offers, credit=placement.credit)
        assert decision == alone
        store.write(placement, alone)
    assert min(store.available.values()) >= 0


def one(available: int) -> Store:
    plain = dict.fromkeys(RESELLERS, 0)
    no_limits = dict.fromkeys(PRICES, None)
    return Store({1: available, 2: 0, 3: 0}, no_limits, no_limits, plain, dict.fromkeys(RESELLERS, 99_999), 0, None)


def test_decide_batch_where_a_refused_placement_uses_up_nothing() -> None:
    """A running sum of all requests would refuse the last one: 5 + 2 > 3."""
    store = one(available=3)
    placements = [store.placement(1, (RequestedUnits(1, units),), Take.ALL) for units in (5, 2)]
    assert [each.is_accepted for each in decide_batch(placements)] == [False, True]


def test_decide_batch_counts_limits_within_the_batch() -> None:
    store = one(available=9)
    store.item_limits = store.item_limits | {1: 2}
    asked = [(1, 2), (1, 1), (2, 2)]
    placements = [store.placement(reseller, (RequestedUnits(1, units),), Take.ALL) for reseller, units in asked]
    assert [each.is_accepted for each in decide_batch(placements)] == [True, False, True]


def test_decide_batch_counts_what_others_of_the_inviter_ordered_before_her() -> None:
    store = replace(one(available=9), limit_fen=1_400, wallets={1: 0, 2: 700, 3: 0})
    placements = [store.placement(reseller, (RequestedUnits(1, 2),), Take.ALL) for reseller in (1, 2, 2)]
    decisions = decide_batch(placements)
    assert [each.is_accepted for each in decisions] == [True, False, False]
    assert decisions[1].credit.allowance_fen == 700
