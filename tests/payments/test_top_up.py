"""A wallet is topped up through WeChat Pay, end to end over HTTP (PAY-1, PAY-2, PAY-3, PAY-5)."""

import pytest
from pytest_django import Settings

from accounts.models import AuditEntry
from embedded.stand_in import Refused
from embedded.wechat_pay import WeChatPay
from kernel.refusal import Refusal
from orders.services.provider_payments import check_own_payment
from payments.models import Payment, ProviderEvent
from payments.rules.payments import PaymentWay
from payments.selectors.payments import NoSuchPayment
from payments.services.starting import (
    AmountOutOfRange,
    InvalidKey,
    KeyUsed,
    ProviderIsOff,
    ProviderRefusedPayment,
    ProviderUnavailable,
    TooManyOpen,
)
from tests.builders import HOUR, NOW, Marketplace
from tests.payments.wallets import AMOUNT, MINUTE, SECOND, balances, begin, call_back, is_sound, state_of, sweep

pytestmark = pytest.mark.django_db


def test_top_up_books_what_was_paid_once(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy)
    assert payment.pay_address.startswith(wechat_pay_service.url)
    assert balances(amy) == (0, 0)
    wechat_pay_service.pay(payment.number)
    assert call_back(wechat_pay_service, payment.number, event_id="E1") == 204
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert call_back(wechat_pay_service, payment.number, event_id="E1") == 204
    assert call_back(wechat_pay_service, payment.number, event_id="E2") == 204
    assert sweep(NOW + MINUTE) == 0
    assert balances(amy) == (AMOUNT, AMOUNT)
    events = ProviderEvent.objects.order_by("pk").values_list("event_id", "outcome", "times")
    assert list(events) == [("E1", "booked", 2), ("E2", "known", 1)]
    row = Payment.objects.get(number=payment.number)
    assert (row.state, row.booked_at, row.transaction_id != "", "SUCCESS" in row.proof) == ("paid", NOW, True, True)
    assert is_sound()


def test_phone_is_given_a_link_of_wechat(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy, way=PaymentWay.WECHAT_H5)
    asked = wechat_pay_service.orders[payment.number]["asked"]
    assert asked["scene_info"] == {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    assert asked["notify_url"] == "https://weicang.example/payments/wechat/"
    assert asked["time_expire"] == "2026-11-22T12:30:00+08:00"


def test_sweep_finds_a_payment_whose_callback_was_lost(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy)
    assert sweep(NOW + 11 * SECOND) == 1
    assert state_of(payment.number) == "open"
    wechat_pay_service.pay(payment.number)
    assert sweep(NOW + 20 * SECOND) == 0
    assert sweep(NOW + 22 * SECOND) == 1
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert is_sound()


def test_sweep_asks_less_and_less_often(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    begin(amy)
    asked_at = [at for at in range(0, 1795, 5) if sweep(NOW + at * SECOND)]
    assert asked_at == [10, 20, 40, 80, 160, 320, 620, 920, 1220, 1520]


def test_payment_is_closed_at_the_provider_when_its_time_is_over(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy)
    sweep(NOW + 30 * MINUTE)
    assert state_of(payment.number) == "closed"
    assert wechat_pay_service.orders[payment.number]["trade_state"] == "CLOSED"
    with pytest.raises(Refused):
        wechat_pay_service.pay(payment.number)
    assert is_sound()


def test_payment_that_was_made_just_before_closing_is_booked(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy)
    wechat_pay_service.pay(payment.number)
    assert sweep(NOW + 30 * MINUTE) == 1
    assert state_of(payment.number) == "paid"
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_money_for_a_closed_payment_is_booked(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy)
    order = wechat_pay_service.orders[payment.number]
    sweep(NOW + 30 * MINUTE)
    order["trade_state"] = "NOTPAY"
    wechat_pay_service.pay(payment.number)
    assert call_back(wechat_pay_service, payment.number, at=NOW + HOUR) == 204
    assert state_of(payment.number) == "paid"
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert is_sound()


def test_payment_that_the_provider_never_heard_of_is_closed(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    wechat_pay_service.faults = ["500"]
    with pytest.raises(ProviderUnavailable):
        begin(amy)
    payment = Payment.objects.get()
    assert (payment.state, payment.pay_address) == ("open", "")
    sweep(NOW + 20 * MINUTE)
    assert state_of(payment.number) == "open"
    sweep(NOW + 30 * MINUTE)
    assert state_of(payment.number) == "closed"


@pytest.mark.parametrize("fault", ["500", "closed", "taken", "html", "unsigned", "forged"])
def test_provider_that_does_not_answer_is_asked_again_with_the_same_number(
    wechat_pay_service: WeChatPay, fault: str
) -> None:
    amy = Marketplace().reseller()
    begin(amy)
    wechat_pay_service.faults = [fault]
    with pytest.raises(ProviderUnavailable):
        begin(amy, key="again")
    assert begin(amy, key="again").pay_address
    assert (Payment.objects.count(), len(wechat_pay_service.orders)) == (2, 2)


@pytest.mark.parametrize("fault", ["500", "closed", "html", "unsigned", "forged"])
def test_sweep_believes_nothing_that_is_not_signed(wechat_pay_service: WeChatPay, fault: str) -> None:
    amy = Marketplace().reseller()
    payment = begin(amy)
    wechat_pay_service.pay(payment.number)
    wechat_pay_service.faults = [fault]
    assert sweep(NOW + 11 * SECOND) == 1
    assert (state_of(payment.number), balances(amy)) == ("open", (0, 0))
    sweep(NOW + 30 * SECOND)
    assert (state_of(payment.number), balances(amy)) == ("paid", (AMOUNT, AMOUNT))


def test_run_ends_where_the_provider_is_away(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    for _ in range(5):
        begin(amy)
    wechat_pay_service.faults = ["500"] * 5
    assert sweep(NOW + 11 * SECOND) == 3


def test_start_payment_with_the_same_key_starts_one(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    first, second = begin(amy, key="k"), begin(amy, key="k", now=NOW + SECOND)
    assert first == second
    with pytest.raises(KeyUsed) as refused:
        begin(amy, AMOUNT + 1, key="k")
    assert refused.value.amount_fen == AMOUNT
    assert Payment.objects.count() == 1
    assert AuditEntry.objects.filter(action="payments.start").count() == 1


@pytest.mark.parametrize(
    ("amount_fen", "key", "refusal"),
    [
        (0, "k", AmountOutOfRange),
        (-1, "k", AmountOutOfRange),
        (50_000_01, "k", AmountOutOfRange),
        (1, "", InvalidKey),
        (1, "k" * 65, InvalidKey),
    ],
)
def test_start_payment_refuses_what_makes_no_sense(
    wechat_pay_service: WeChatPay, amount_fen: int, key: str, refusal: type[Refusal]
) -> None:
    amy = Marketplace().reseller()
    with pytest.raises(refusal):
        begin(amy, amount_fen, key=key)
    assert not Payment.objects.exists()


def test_start_payment_refuses_more_than_so_many_open_ones(wechat_pay_service: WeChatPay, settings: Settings) -> None:
    settings.MAX_OPEN_PAYMENTS = 2
    amy = Marketplace().reseller()
    begin(amy)
    begin(amy)
    with pytest.raises(TooManyOpen):
        begin(amy)
    assert Payment.objects.count() == 2


def test_start_payment_refuses_a_provider_that_is_off(wechat_pay_service: WeChatPay, settings: Settings) -> None:
    settings.WECHAT_PAY_MERCHANT_ID = ""
    with pytest.raises(ProviderIsOff):
        begin(Marketplace().reseller())
    assert sweep(NOW) == 0


def test_start_payment_that_the_provider_refuses_is_said(wechat_pay_service: WeChatPay, settings: Settings) -> None:
    settings.WECHAT_PAY_APP_ID = "wx-of-another-account"
    with pytest.raises(ProviderRefusedPayment):
        begin(Marketplace().reseller())


def test_check_own_payment_asks_once_in_a_while(wechat_pay_service: WeChatPay) -> None:
    market = Marketplace()
    amy, bea = market.reseller(), market.reseller()
    payment = begin(amy)
    with pytest.raises(NoSuchPayment):
        check_own_payment(actor=bea.actor, payment_id=payment.id, now=NOW)
    assert check_own_payment(actor=amy.actor, payment_id=payment.id, now=NOW).state == "open"
    wechat_pay_service.pay(payment.number)
    assert check_own_payment(actor=amy.actor, payment_id=payment.id, now=NOW + SECOND).state == "open"
    assert check_own_payment(actor=amy.actor, payment_id=payment.id, now=NOW + 3 * SECOND).state == "paid"
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_merchant_with_a_public_key_of_wechat_needs_no_certificates(
    wechat_pay_service: WeChatPay, settings: Settings
) -> None:
    settings.WECHAT_PAY_PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026"
    settings.WECHAT_PAY_PUBLIC_KEY = wechat_pay_service.public_pem
    serial, wechat_pay_service.serial = wechat_pay_service.serial, settings.WECHAT_PAY_PUBLIC_KEY_ID
    try:
        amy = Marketplace().reseller()
        payment = begin(amy)
        wechat_pay_service.pay(payment.number)
        assert call_back(wechat_pay_service, payment.number) == 204
        assert balances(amy) == (AMOUNT, AMOUNT)
        assert "GET /v3/certificates" not in wechat_pay_service.requests
    finally:
        wechat_pay_service.serial = serial
