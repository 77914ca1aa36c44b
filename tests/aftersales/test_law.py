"""The law of cases, without a framework (AFTER-3 to AFTER-7)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules import (
    OPEN_STATES,
    CaseAction,
    CaseReason,
    CaseState,
    CaseTerms,
    Returnability,
    accepted_reasons,
    can_refund_only,
    next_deadline,
    next_state,
    requires_evidence,
    returnability,
    window_ends_at,
)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = CaseTerms(7 * DAY, 2 * DAY, 7 * DAY, 10 * DAY, 100_00)
ENDED = frozenset(CaseState) - frozenset(OPEN_STATES)
spans = st.timedeltas(timedelta(0), timedelta(days=30))


def test_accepted_reasons_exclude_no_longer_wanted_for_cut_labels() -> None:
    assert set(accepted_reasons(label_cut=False)) == set(CaseReason)
    assert set(CaseReason) - set(accepted_reasons(label_cut=True)) == {CaseReason.NO_LONGER_WANTED}
    assert [reason for reason in CaseReason if not requires_evidence(reason)] == [CaseReason.NO_LONGER_WANTED]


@given(st.sampled_from(CaseState), st.lists(st.sampled_from(CaseAction), max_size=12))
def test_next_state_of_an_ended_case_is_none_for_every_action(state: CaseState, acts: list[CaseAction]) -> None:
    ended: CaseState | None = None
    for act in acts:
        state = next_state(state, act) or state
        ended = ended or (state if state in ENDED else None)
        assert ended is None or state is ended


@given(st.sampled_from(CaseState), st.sampled_from(CaseAction))
def test_next_state_is_refunded_only_after_a_request_or_sending_back(state: CaseState, act: CaseAction) -> None:
    if next_state(state, act) is CaseState.REFUNDED:
        assert (state, act) in {
            (CaseState.REQUESTED, CaseAction.REFUND_ONLY),
            (CaseState.SENT_BACK, CaseAction.REFUND),
            (CaseState.RECEIVED, CaseAction.REFUND),
        }


@pytest.mark.parametrize("state", list(CaseState))
def test_next_deadline_exists_exactly_for_open_states(state: CaseState) -> None:
    ways_out = {next_state(state, act) for act in CaseAction} - {None}
    assert (next_deadline(state, NOW, TERMS) is not None) == (state in OPEN_STATES) == bool(ways_out)


def test_expire_is_possible_for_approved_cases_only() -> None:
    assert [state for state in CaseState if next_state(state, CaseAction.EXPIRE)] == [CaseState.APPROVED]


@given(paid=spans, shipped=spans | st.none(), asked=spans, free=st.integers(-1, 5))
def test_returnability_from_shipping_to_the_end_of_the_window(
    paid: timedelta, shipped: timedelta | None, asked: timedelta, free: int
) -> None:
    paid_at, at = NOW + paid, NOW + asked
    shipped_at = None if shipped is None else paid_at + shipped
    found = returnability(paid_at=paid_at, shipped_at=shipped_at, returnable_units=free, at=at, window=TERMS.window)
    ends = window_ends_at(paid_at=paid_at, shipped_at=shipped_at, window=TERMS.window)
    assert ends == (shipped_at or paid_at) + 7 * DAY
    assert (found is Returnability.RETURNABLE) == (shipped_at is not None and at < ends and free > 0)


def test_returnability_at_the_end_of_the_window_is_too_late() -> None:
    asked = {"paid_at": NOW, "shipped_at": NOW + DAY, "returnable_units": 1, "window": TERMS.window}
    last = NOW + 8 * DAY - timedelta(microseconds=1)
    assert returnability(at=last, **asked) is Returnability.RETURNABLE  # type: ignore[arg-type]
    assert returnability(at=NOW + 8 * DAY, **asked) is Returnability.TOO_LATE  # type: ignore[arg-type]


@given(st.sampled_from(CaseReason), st.integers(1, 10**7))
def test_can_refund_only_small_complaints(reason: CaseReason, fen: int) -> None:
    allowed = can_refund_only(reason=reason, amount_fen=fen, terms=TERMS)
    assert allowed == (fen <= 100_00 and reason is not CaseReason.NO_LONGER_WANTED)
