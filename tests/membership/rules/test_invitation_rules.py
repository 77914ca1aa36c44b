"""The rules of invitations (GROWTH-14 to GROWTH-17)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.rules.invitations import InvalidInvitationTerms, InvitationTerms, RewardState, reward_outcome


@pytest.mark.parametrize(
    "asked",
    [
        {"levels": 2},
        {"second_level_milli": 1000},
        {"reward_fen": 500},
        {"reward_per_head_milli": 1000},
        {"min_order_fen": 0},
        {"waiting_days": 0},
        {"rewards_per_month": 0},
        {"rewards_per_month": 10**9},
        {"reward_milli": -1},
        {"reward_milli": True},
        {"reward_milli": "10"},
    ],
)
def test_terms_that_reward_headcount_levels_or_in_money_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(InvalidInvitationTerms):
        InvitationTerms.of(asked)


@given(st.integers(0, 10**9), st.integers(0, 2000), st.integers(1, 10**9), st.integers(1, 1000))
def test_reward_outcome_needs_an_unrefunded_order_and_room_under_the_cap(
    unrefunded: int, granted: int, least: int, cap: int
) -> None:
    terms = InvitationTerms(min_order_fen=least, rewards_per_month=cap)
    outcome = reward_outcome(unrefunded_fen=unrefunded, granted_this_month=granted, terms=terms)
    assert (outcome is RewardState.GRANTED) == (unrefunded >= least and granted < cap)
    assert (outcome is RewardState.VOID) == (unrefunded < least)
