"""A report that is no money of ours is ended with a reason, and no money moves (PAY-16)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEntry, Person
from embedded.wechat_pay import WeChatPay
from kernel.clock import set_to
from kernel.refusal import Refusal
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.provider_payments import book
from payments.models import Payment
from payments.rules.payments import MerchantAccount, PaymentReport, ReportedState
from payments.selectors.payments import count_undecided_payments, find_reported, list_payments
from payments.services.booking import Booked
from payments.services.differences import NoDifferenceToEnd, end_difference
from payments.services.port import ProvenReport
from payments.services.starting import TooManyOpen
from tests.builders import NOW, Daigou, Marketplace
from tests.payments.made import ACCOUNT, make_differing_payment
from tests.payments.wallets import MINUTE, SECOND, balances, begin, state_of, sweep
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def her(market: Marketplace) -> Daigou:
    return market.reseller()


def report(
    payment_id: int, *, account: MerchantAccount = ACCOUNT, currency: str = "CNY", now: datetime = NOW
) -> Booked:
    """What the provider says of the money of a payment, for an app and merchant, in a currency."""
    payment = Payment.objects.get(pk=payment_id)
    said = PaymentReport(
        payment.number,
        ReportedState.PAID,
        account.app_id,
        account.merchant_id,
        "T-1",
        payment.amount_fen,
        currency,
        now,
    )
    return book(ProvenReport(said, "{}"), ACCOUNT, now)


def of_another_app(her: Daigou) -> int:
    return make_differing_payment(her.id, amount_fen=100_00, arrived_fen=100_00, app_id="wx-other", now=NOW)


def test_an_ended_difference_is_listed_no_more_and_its_payment_is_closed(market: Marketplace, her: Daigou) -> None:
    payment_id = of_another_app(her)
    assert [each.id for each in list_payments(state="differs").items] == [payment_id]
    ended = end_difference(actor=market.finance, payment_id=payment_id, reason="是旧小程序的收款", now=LATER)
    assert (ended.difference, ended.ended_difference, ended.difference_reason, ended.state) == (
        "", "app", "是旧小程序的收款", "closed",
    )  # fmt: skip
    assert (list_payments(state="differs").items, count_undecided_payments(her.id)) == ([], 0)
    assert get_wallet_balance_fen(her.id) == 0
    entry = AuditEntry.objects.get(action="payments.end_difference")
    assert entry.details == {"difference": "app", "reason": "是旧小程序的收款"}
    assert all_violations() == []


def test_one_that_can_still_be_paid_stays_open(market: Marketplace, her: Daigou) -> None:
    payment_id = of_another_app(her)
    assert end_difference(actor=market.finance, payment_id=payment_id, reason="x", now=NOW).state == "open"


def test_one_that_was_ended_before_its_time_is_closed_when_it_is_over(
    wechat_pay_service: WeChatPay,
    market: Marketplace,
    her: Daigou,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PAY-16: until then WeChat is asked about it."""
    begun = begin(her)
    wechat_pay_service.pay(begun.number)
    monkeypatch.setattr(wechat_pay_service, "merchant", replace(wechat_pay_service.merchant, app_id="wx-other"))
    sweep(NOW + MINUTE)
    assert Payment.objects.get().difference == "app"
    assert end_difference(actor=market.finance, payment_id=begun.id, reason="x", now=NOW + MINUTE).state == "open"
    sweep(NOW + 30 * MINUTE - SECOND)
    assert (state_of(begun.number), count_undecided_payments(her.id)) == ("open", 1)
    assert sweep(NOW + 30 * MINUTE) == 1
    assert (state_of(begun.number), count_undecided_payments(her.id)) == ("closed", 0)
    assert sweep(LATER) == 0
    assert balances(her) == (0, 0)
    assert all_violations() == []


def test_one_that_was_ended_is_none_that_she_could_finish(
    wechat_pay_service: WeChatPay, market: Marketplace, her: Daigou, settings: Settings
) -> None:
    """PAY-1."""
    settings.MAX_OPEN_PAYMENTS = 1
    end_difference(actor=market.finance, payment_id=of_another_app(her), reason="x", now=NOW)
    assert begin(her).state.value == "open"
    with pytest.raises(TooManyOpen):
        begin(her)
    assert Payment.objects.count() == 2


def test_one_that_ended_early_stays_open_while_the_provider_takes_money(market: Marketplace, her: Daigou) -> None:
    """PAY-5: Alipay takes it until the end that it was told."""
    payment_id, until = of_another_app(her), NOW + 30 * MINUTE
    Payment.objects.filter(pk=payment_id).update(expires_at=NOW, provider_until=until)
    ended = end_difference(actor=market.finance, payment_id=payment_id, reason="x", now=until - SECOND)
    assert (ended.difference, ended.state) == ("", "open")


def test_one_that_is_ended_when_the_provider_takes_no_more_is_closed(market: Marketplace, her: Daigou) -> None:
    payment_id, until = of_another_app(her), NOW + 30 * MINUTE
    Payment.objects.filter(pk=payment_id).update(expires_at=NOW, provider_until=until)
    assert end_difference(actor=market.finance, payment_id=payment_id, reason="x", now=until).state == "closed"


def test_the_same_report_stays_ended_and_another_one_is_open(market: Marketplace, her: Daigou) -> None:
    payment_id = of_another_app(her)
    end_difference(actor=market.finance, payment_id=payment_id, reason="是旧小程序的收款", now=LATER)
    report(payment_id, account=replace(ACCOUNT, app_id="wx-other"), now=LATER)
    assert Payment.objects.get(pk=payment_id).difference == ""
    report(payment_id, currency="USD", now=LATER)
    assert Payment.objects.get(pk=payment_id).difference == "currency"
    assert all_violations() == []


def test_ending_a_second_difference_does_not_open_the_first(market: Marketplace, her: Daigou) -> None:
    payment_id = of_another_app(her)
    end_difference(actor=market.finance, payment_id=payment_id, reason="是旧小程序的收款", now=LATER)
    report(payment_id, currency="USD", now=LATER)
    end_difference(actor=market.finance, payment_id=payment_id, reason="不是人民币", now=LATER)
    report(payment_id, account=replace(ACCOUNT, app_id="wx-other"), now=LATER)
    row = Payment.objects.get(pk=payment_id)
    assert (row.difference, row.ended_difference, row.ended_before) == ("", "currency", ["app"])
    assert all_violations() == []


def test_another_amount_that_arrived_is_not_hidden_by_what_is_no_money_of_ours(
    market: Marketplace, her: Daigou
) -> None:
    """PAY-14, PAY-16."""
    payment_id = make_differing_payment(her.id, amount_fen=100_00, arrived_fen=90_00, now=NOW)
    report(payment_id, account=replace(ACCOUNT, app_id="wx-other"))
    assert Payment.objects.get(pk=payment_id).difference == "amount"
    with pytest.raises(NoDifferenceToEnd):
        end_difference(actor=market.finance, payment_id=payment_id, reason="x", now=LATER)
    assert (find_reported(payment_id).amount_fen, count_undecided_payments(her.id)) == (90_00, 1)
    assert all_violations() == []


def test_an_amount_that_was_hidden_before_waits_again(market: Marketplace, her: Daigou) -> None:
    payment_id = make_differing_payment(her.id, amount_fen=100_00, arrived_fen=90_00, now=NOW)
    Payment.objects.filter(pk=payment_id).update(difference="app")
    ended = end_difference(actor=market.finance, payment_id=payment_id, reason="是旧小程序的收款", now=LATER)
    assert (ended.difference, ended.ended_difference, ended.state) == ("amount", "app", "open")
    assert (find_reported(payment_id).amount_fen, count_undecided_payments(her.id)) == (90_00, 1)
    report(payment_id, account=replace(ACCOUNT, app_id="wx-other"), now=LATER)
    assert Payment.objects.get(pk=payment_id).difference == "amount"
    assert all_violations() == []


def test_money_that_fits_is_booked_after_all(market: Marketplace, her: Daigou) -> None:
    payment_id = of_another_app(her)
    end_difference(actor=market.finance, payment_id=payment_id, reason="是旧小程序的收款", now=LATER)
    report(payment_id, now=LATER)
    assert get_wallet_balance_fen(her.id) == 100_00
    assert all_violations() == []


def test_another_amount_is_not_ended_so_and_only_finance_end(market: Marketplace, her: Daigou) -> None:
    payment_id = make_differing_payment(her.id, amount_fen=100_00, arrived_fen=90_00, now=NOW)
    with pytest.raises(NoDifferenceToEnd):
        end_difference(actor=market.finance, payment_id=payment_id, reason="x", now=LATER)
    for actor in (market.ops, her.actor):
        with pytest.raises(Refusal):
            end_difference(actor=actor, payment_id=payment_id, reason="x", now=LATER)
    row = Payment.objects.get(pk=payment_id)
    assert (row.difference, row.ended_difference, row.state) == ("amount", "", "open")


def test_on_the_page_and_over_the_api(market: Marketplace, her: Daigou) -> None:
    payment_id = of_another_app(her)
    client = Client()
    client.force_login(Person.objects.get(pk=market.finance.own_id))
    page = reverse("console:payment", args=[payment_id])
    assert "不是我们的钱，了结这处不符" in client.get(page).content.decode()
    with set_to(LATER):
        typed = {"form_action": "end_difference", "end_difference-reason": "是旧小程序的收款"}
        assert client.post(page, typed).status_code == 302
    shown = client.get(page).content.decode()
    assert ("没有动钱。是旧小程序的收款" in shown, "了结这处不符" in shown) == (True, False)
    path = f"/api/v1/ops/provider-payments/{payment_id}/end-difference"
    refused = client.post(path, {"reason": "x"}, "application/json").json()
    assert refused["code"] == "payments.no_difference_to_end"
