"""Who comes when in a rehearsal, and what its seconds tell (REHEARSAL-3, REHEARSAL-4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsals.rules import (
    GRABS_OF_A_BUYER,
    SLOW_MS,
    Curve,
    Limit,
    Plan,
    Second,
    find_limit,
    plan_buyers,
    tiers_of_buyers,
)

PLAN = Plan(buyers=1000, seconds=100, curve=Curve.RUSH, web_processes=1, seed=7)


# REHEARSAL-3
@given(
    st.builds(
        Plan,
        buyers=st.integers(1, 200),
        seconds=st.integers(1, 300),
        curve=st.sampled_from(Curve),
        web_processes=st.just(1),
        seed=st.integers(0, 2**31),
    ),
    st.integers(1, 50),
)
def test_every_buyer_arrives_in_time_and_tries_goods_of_the_sale(plan: Plan, goods: int) -> None:
    planned = plan_buyers(plan, goods)
    assert len(planned) == plan.buyers
    assert planned == plan_buyers(plan, goods)
    assert [each.at for each in planned] == sorted(each.at for each in planned)
    for each in planned:
        assert 0 <= each.at <= plan.seconds
        assert 1 <= len(each.goods) <= GRABS_OF_A_BUYER
        assert len(set(each.goods)) == len(each.goods)
        assert set(each.goods) <= set(range(goods))


@pytest.mark.parametrize(
    ("curve", "in_first_second", "in_first_tenth"),
    [(Curve.AT_ONCE, 1000, 1000), (Curve.EVEN, 10, 100), (Curve.RUSH, 67, 500)],
)
def test_curve_says_how_many_come_at_first(curve: Curve, in_first_second: int, in_first_tenth: int) -> None:
    arrivals = [each.at for each in plan_buyers(replace(PLAN, curve=curve), 3)]
    assert sum(at < 1 for at in arrivals) == pytest.approx(in_first_second, abs=25)
    assert sum(at < 10 for at in arrivals) == pytest.approx(in_first_tenth, abs=50)


def test_some_goods_are_wanted_much_more_than_others() -> None:
    wanted = [each.goods[0] for each in plan_buyers(PLAN, 100)]
    by_number = sorted((wanted.count(place) for place in set(wanted)), reverse=True)
    assert by_number[0] > 5 * by_number[len(by_number) // 2]


def test_sale_without_goods_has_buyers_who_only_look() -> None:
    assert {each.goods for each in plan_buyers(PLAN, 0)} == {()}


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 1000)), st.integers(1, 500))
def test_tiers_come_in_the_shares_of_the_members(members: dict[int, int], buyers: int) -> None:
    tiers = tiers_of_buyers(members, buyers)
    assert len(tiers) == buyers
    total = sum(members.values())
    for tier in range(6):
        share = members.get(tier, 0) * buyers / total if total else (buyers if tier == 0 else 0)
        assert abs(tiers.count(tier) - share) < 1


def second(number: int, **values: float) -> Second:
    told = {"arrived": 0, "pages": 0, "accepted": 0, "refused": 0, "busy": 0, "failed": 0, "p50_ms": 1, "p99_ms": 2}
    return Second(second=number, **(told | values))  # type: ignore[arg-type]


# REHEARSAL-4
def test_limit_is_where_answers_became_slow_or_busy() -> None:
    seconds = [
        second(0, pages=100, accepted=50, p99_ms=SLOW_MS),
        second(1, pages=150, accepted=60, refused=30, p99_ms=SLOW_MS + 1),
        second(2, busy=5, failed=1),
    ]
    assert find_limit(seconds) == Limit(most_per_second=240, most_unhurried=150, slow_from=1, busy_from=2)
    assert find_limit([]) == Limit(0, 0, None, None)
