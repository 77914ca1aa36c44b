"""The rules of payments on generated reports (PAY-4, PAY-5)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from payments.rules.payments import (
    MAX_QUERY_DELAY,
    Difference,
    MerchantAccount,
    PaymentReport,
    Provider,
    ReportedState,
    difference,
    is_fresh,
    new_number,
    query_delay,
)

ACCOUNT = MerchantAccount(Provider.WECHAT, "wx1", "190")
words = st.sampled_from(["", "wx1", "190", "T1", "T2", "CNY", "USD"])
reports = st.builds(
    PaymentReport,
    number=st.just("P"),
    state=st.just(ReportedState.PAID),
    app_id=words,
    merchant_id=words,
    transaction_id=words,
    amount_fen=st.integers(-1, 3),
    currency=words,
)


@given(report=reports, amount_fen=st.integers(1, 3), booked=st.sampled_from(["", "T1"]))
def test_report_fits_only_where_everything_is_as_it_must_be(
    report: PaymentReport, amount_fen: int, booked: str
) -> None:
    fits = (
        (report.app_id, report.merchant_id, report.currency) == ("wx1", "190", "CNY")
        and report.amount_fen == amount_fen
        and report.transaction_id != ""
        and (booked == "" or report.transaction_id == booked)
    )
    assert (difference(report, ACCOUNT, amount_fen=amount_fen, transaction_id=booked) is None) is fits


def test_report_that_fits_and_one_of_each_difference() -> None:
    fitting = PaymentReport("P", ReportedState.PAID, "wx1", "190", "T1", 5, "CNY")
    assert difference(fitting, ACCOUNT, amount_fen=5) is None
    assert difference(fitting, ACCOUNT, amount_fen=5, transaction_id="T1") is None
    assert difference(fitting, ACCOUNT, amount_fen=5, transaction_id="T2") is Difference.TRANSACTION
    assert difference(fitting, ACCOUNT, amount_fen=6) is Difference.AMOUNT


@given(seconds=st.integers(-1000, 1000))
def test_signature_is_fresh_for_five_minutes_either_way(seconds: int) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert is_fresh(now + timedelta(seconds=seconds), now=now) is (abs(seconds) <= 300)


@given(count=st.integers(0, 10_000))
def test_query_delay_never_falls_and_is_bounded(count: int) -> None:
    assert timedelta(seconds=5) <= query_delay(count) <= query_delay(count + 1) <= MAX_QUERY_DELAY


def test_numbers_are_not_repeated_and_fit_both_providers() -> None:
    numbers = {new_number(datetime(2026, 11, 22, tzinfo=UTC)) for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(each.isalnum() and len(each) == 23 and each.startswith("P261122") for each in numbers)
