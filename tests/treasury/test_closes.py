"""Closed days are compared with bills and balances; each difference is kept until it is gone (MONEY-15, MONEY-16)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from kernel.period import shanghai_date
from ledger.models import LedgerAccount
from ledger.rules import shown_fen
from ledger.selectors.days import NoSuchClosedDay, balances_by_kind
from ledger.services import close_due_days
from payments.models import ProviderBill, ProviderBillLine
from tests.builders import NOW, Marketplace, item_of
from tests.payments.made import make_bills, make_payments
from tests.violations import all_violations
from treasury.models import CloseDifference, DayComparison
from treasury.rules.closes import ComparisonState, Difference, DifferenceState, state_after
from treasury.selectors.closes import list_comparisons, list_differences
from treasury.services.closes import (
    DifferenceResolved,
    NoSuchDifference,
    compare_day,
    compare_days,
    explain_difference,
)

DAY = shanghai_date(NOW)
LATER = NOW + timedelta(days=1, hours=2)

figures = st.one_of(st.none(), st.integers(-9, 9))
differences = st.builds(Difference, st.just("x"), figures, figures)


@given(state=st.sampled_from(DifferenceState), known=differences, found=st.one_of(st.none(), differences))
def test_state_after_a_comparison(state: DifferenceState, known: Difference, found: Difference | None) -> None:
    after = state_after(state, known, found)
    assert (after is DifferenceState.RESOLVED) == (found is None)
    if found is not None:
        assert (after is DifferenceState.EXPLAINED) == (state is DifferenceState.EXPLAINED and found == known)


@pytest.mark.django_db
def test_a_day_without_payments_through_providers_agrees() -> None:
    market = Marketplace()
    sku = market.sku(units=3)
    market.paid_order(market.reseller(wallet_fen=5_000_00), item_of(market.sale(sku), sku))
    close_due_days(now=LATER)
    assert compare_days(now=LATER) == 1
    assert {each.state for each in list_comparisons([DAY])} == {ComparisonState.AGREES}
    assert not CloseDifference.objects.exists()
    assert [violation.what for violation in all_violations()] == []


@pytest.mark.django_db
def test_compare_day_refuses_a_day_that_is_not_closed() -> None:
    with pytest.raises(NoSuchClosedDay):
        compare_day(day=date(2026, 1, 1), now=NOW)
    assert not DayComparison.objects.exists()


@pytest.mark.django_db
def test_a_wrong_balance_is_a_difference_until_it_is_gone() -> None:
    market = Marketplace()
    daigou = market.reseller(wallet_fen=50_00)
    close_due_days(now=LATER)
    wallet = LedgerAccount.objects.filter(kind="wallet", owner_id=daigou.id)
    wallet.update(balance_fen=50_01)
    compare_day(day=DAY, now=LATER)
    compare_day(day=DAY, now=LATER + timedelta(hours=1))
    [found] = list_differences().items
    assert (found.subject, found.ledger_fen, found.other_fen, found.state, found.found_at) == (
        f"wallet:{daigou.id}", 50_00, 50_01, DifferenceState.OPEN, LATER,
    )  # fmt: skip
    explained = explain_difference(actor=market.finance, difference_id=found.id, explanation="手工改库", now=LATER)
    assert (explained.state, explained.explanation) == (DifferenceState.EXPLAINED, "手工改库")
    assert AuditEntry.objects.filter(action="treasury.explain_difference").count() == 1
    compare_day(day=DAY, now=LATER)
    assert list_differences().items[0].state is DifferenceState.EXPLAINED
    wallet.update(balance_fen=50_02)
    compare_day(day=DAY, now=LATER)
    assert list_differences().items[0].state is DifferenceState.OPEN
    wallet.update(balance_fen=50_00)
    compare_day(day=DAY, now=LATER)
    assert list_differences().items[0].state is DifferenceState.RESOLVED
    with pytest.raises(DifferenceResolved):
        explain_difference(actor=market.finance, difference_id=found.id, explanation="没了", now=LATER)
    assert list_differences().items[0].state is DifferenceState.RESOLVED


@pytest.mark.django_db
def test_explain_is_for_finance_and_for_a_difference_that_is_there() -> None:
    market = Marketplace()
    with pytest.raises(NotAllowed):
        explain_difference(actor=market.ops, difference_id=1, explanation="x", now=NOW)
    with pytest.raises(NoSuchDifference):
        explain_difference(actor=market.finance, difference_id=1, explanation="x", now=NOW)


@pytest.mark.django_db
def test_bills_are_compared_and_what_a_later_run_does_not_find_is_resolved() -> None:
    market = Marketplace()
    make_payments(market.reseller().id, now=NOW)
    make_bills(now=NOW)
    close_due_days(now=LATER)
    compare_day(day=DAY, now=LATER)
    compare_day(day=DAY, now=LATER)
    line = ProviderBillLine.objects.get(bill__kind="trade", kind="payment")
    [found] = [each for each in list_differences(limit=100).items if each.kind == "payment_not_booked"]
    assert (found.subject, found.ledger_fen, found.other_fen, found.state) == (
        line.number, None, line.amount_fen, DifferenceState.OPEN,
    )  # fmt: skip
    line.delete()
    compare_day(day=DAY, now=LATER)
    [gone] = [each for each in list_differences(limit=100).items if each.kind == "payment_not_booked"]
    assert (gone.id, gone.state, gone.resolved_at) == (found.id, DifferenceState.RESOLVED, LATER)


@pytest.mark.django_db
def test_a_bill_that_is_not_there_is_waited_for() -> None:
    market = Marketplace()
    make_payments(market.reseller().id, now=NOW)
    make_bills(now=NOW)
    ProviderBill.objects.filter(day=DAY, provider="wechat").update(
        state="wanted", taken_at=None, digest="", lines_count=0, fee_fen=0, to_bank_fen=0
    )
    close_due_days(now=LATER)
    compare_day(day=DAY, now=LATER)
    states = {each.compared.value: each.state for each in list_comparisons([DAY])}
    assert (states["wechat_bill"], states["wechat_balance"]) == (ComparisonState.WAITING, ComparisonState.WAITING)


@pytest.mark.django_db
def test_all_kinds_of_accounts_add_up_to_zero() -> None:
    market = Marketplace()
    make_payments(market.reseller(wallet_fen=50_00).id, now=NOW)
    assert sum(shown_fen(kind, fen) for kind, fen in balances_by_kind().items()) == 0
