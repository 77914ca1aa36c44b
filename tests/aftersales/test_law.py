"""The law of cases, without a framework (AFTER-3 to AFTER-7)."""

import random
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
    Party,
    Returnability,
    accepted_reasons,
    can_refund_only,
    default_bearer,
    default_fault,
    full_amount_fen,
    is_return,
    next_deadline,
    next_state,
    refund_parts,
    requires_evidence,
    returnability,
    window_ends_at,
)
from orders.rules.refunds import RefundParts

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
    expected = {CaseReason.NO_LONGER_WANTED: False, CaseReason.MISSING: True}.get(reason, fen <= 100_00)
    assert allowed == expected


@given(
    units=st.integers(1, 20),
    payable=st.integers(0, 10**6),
    commission=st.integers(0, 10**6),
    dice=st.randoms(use_true_random=False),
)
def test_refund_parts_borne_by_the_brand_add_up_over_any_division(
    units: int, payable: int, commission: int, dice: random.Random
) -> None:
    """However the price of a line is cut into refunds, payable and commission end at exactly nothing kept (AFTER-10)."""
    price = payable + commission
    if not price:
        return
    borne = taken = kept_commission = 0
    while borne < units * price:
        amount = dice.randint(1, units * price - borne)
        parts = refund_parts(
            amount_fen=amount, borne_by=Party.BRAND, price_fen=price, payable_fen=payable, borne_by_brand_fen=borne
        )
        assert parts.amount_fen == amount
        assert min(parts.payable_fen, parts.commission_fen) >= 0
        assert parts.claim_fen == 0
        borne, taken, kept_commission = (
            borne + amount,
            taken + parts.payable_fen,
            kept_commission + parts.commission_fen,
        )
        assert taken <= units * payable
        assert kept_commission <= units * commission
    assert (taken, kept_commission) == (units * payable, units * commission)


@given(
    units=st.integers(1, 9), before=st.integers(0, 9), payable=st.integers(0, 10**6), commission=st.integers(1, 10**6)
)
def test_refund_parts_of_whole_units_are_exactly_their_parts(
    units: int, before: int, payable: int, commission: int
) -> None:
    price = payable + commission
    parts = refund_parts(
        amount_fen=units * price,
        borne_by=Party.BRAND,
        price_fen=price,
        payable_fen=payable,
        borne_by_brand_fen=before * price,
    )
    assert (parts.payable_fen, parts.commission_fen) == (units * payable, units * commission)


@given(amount=st.integers(1, 10**8), payable=st.integers(0, 10**6))
def test_refund_parts_borne_by_platform_or_carrier_leave_the_payable(amount: int, payable: int) -> None:
    terms = {"amount_fen": amount, "price_fen": payable + 1, "payable_fen": payable, "borne_by_brand_fen": 0}
    assert refund_parts(borne_by=Party.PLATFORM, **terms) == RefundParts(0, amount, 0)
    assert refund_parts(borne_by=Party.CARRIER, **terms) == RefundParts(0, 0, amount)
    with pytest.raises(ValueError, match="bears no refund"):
        refund_parts(borne_by=Party.RESELLER, **terms)


@given(
    units=st.integers(1, 9),
    others=st.integers(0, 9),
    price=st.integers(1, 10**6),
    dice=st.randoms(use_true_random=False),
)
def test_full_amount_never_exceeds_what_was_paid_and_not_refunded(
    units: int, others: int, price: int, dice: random.Random
) -> None:
    """AFTER-9: returning all units after any allowance gives back exactly the rest."""
    paid = (units + others) * price
    allowance = dice.randint(0, paid)
    amount = full_amount_fen(units=units, price_fen=price, refundable_fen=paid - allowance)
    assert 0 <= amount <= min(units * price, paid - allowance)
    if not others:
        assert amount == paid - allowance
    if not allowance:
        assert amount == units * price


def test_default_fault_and_bearer_of_each_reason() -> None:
    usual = {reason: (default_fault(reason), default_bearer(default_fault(reason))) for reason in CaseReason}
    assert usual == {
        CaseReason.NO_LONGER_WANTED: (Party.RESELLER, Party.BRAND),
        CaseReason.WRONG_GOODS: (Party.BRAND, Party.BRAND),
        CaseReason.FAULTY: (Party.BRAND, Party.BRAND),
        CaseReason.DAMAGED: (Party.CARRIER, Party.CARRIER),
        CaseReason.MISSING: (Party.BRAND, Party.BRAND),
    }


@given(st.sampled_from(CaseReason), st.lists(st.integers(1, 60_00), max_size=6))
def test_small_amounts_of_one_line_add_up_to_the_limit_at_most(reason: CaseReason, asked: list[int]) -> None:
    """AFTER-7: what was given before counts, in whatever pieces."""
    given_fen = 0
    for fen in asked:
        if can_refund_only(reason=reason, amount_fen=fen, terms=TERMS, given_fen=given_fen):
            given_fen += fen
    assert reason is CaseReason.MISSING or given_fen <= TERMS.max_refund_only_fen


@given(st.integers(1, 10**7))
def test_missing_goods_are_refunded_without_limit_and_never_sent_back(fen: int) -> None:
    assert can_refund_only(reason=CaseReason.MISSING, amount_fen=fen, terms=TERMS)
    assert [reason for reason in CaseReason if not is_return(reason)] == [CaseReason.MISSING]
