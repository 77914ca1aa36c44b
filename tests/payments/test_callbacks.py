"""Callbacks of WeChat Pay that are forged, old, repeated, or tell something else than what was to be paid (PAY-4)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from embedded.wechat_pay import WeChatPay
from payments.models import Payment, ProviderEvent
from payments.services.starting import TooManyOpen
from payments.services.wechat_transport import CERTIFICATES_PATH, forget_certificates
from tests.builders import HOUR, NOW, Daigou, Marketplace
from tests.payments.wallets import AMOUNT, MINUTE, SECOND, balances, begin, call_back, is_sound, send, state_of, sweep

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def amy(wechat_pay_service: WeChatPay) -> Daigou:
    return Marketplace().reseller()


@pytest.fixture
def number(wechat_pay_service: WeChatPay, amy: Daigou) -> str:
    """A payment that was made and not called back."""
    payment = begin(amy)
    wechat_pay_service.pay(payment.number)
    return payment.number


def untouched(daigou: Daigou) -> bool:
    return balances(daigou) == (0, 0) and Payment.objects.get().state == "open" and is_sound()


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"amount": {"total": AMOUNT - 1, "currency": "CNY"}}, "amount"),
        ({"amount": {"total": AMOUNT + 1, "currency": "CNY"}}, "amount"),
        ({"amount": {"total": float(AMOUNT), "currency": "CNY"}}, "amount"),
        ({"amount": {"total": str(AMOUNT), "currency": "CNY"}}, "amount"),
        ({"amount": {"total": True, "currency": "CNY"}}, "amount"),
        ({"amount": None}, "currency"),
        ({"amount": {"total": AMOUNT, "currency": "HKD"}}, "currency"),
        ({"appid": "wx-of-another-app"}, "app"),
        ({"mchid": "1900000999"}, "merchant"),
        ({"transaction_id": ""}, "transaction"),
    ],
)
def test_callback_that_differs_books_nothing_and_is_kept(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str, changes: dict[str, Any], difference: str
) -> None:
    assert call_back(wechat_pay_service, number, **changes) == 204
    assert untouched(amy)
    event = ProviderEvent.objects.get()
    assert (event.outcome, event.difference, event.number) == ("differs", difference, number)
    assert Payment.objects.get().difference == difference
    # What really was paid is found by asking.
    sweep(NOW + 11 * SECOND)
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert is_sound()


def test_forged_callbacks_are_refused_and_store_nothing(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str
) -> None:
    headers, body = wechat_pay_service.notice(number)
    changed = json.dumps(json.loads(body) | {"id": "another"}).encode()
    forged = [
        (headers, changed),
        ({**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}, body),
        ({**headers, "Wechatpay-Signature": ""}, body),
        ({**headers, "Wechatpay-Signature": "不是签名"}, body),
        ({**headers, "Wechatpay-Timestamp": str(int(headers["Wechatpay-Timestamp"]) + 1)}, body),
        ({**headers, "Wechatpay-Timestamp": "soon"}, body),
        ({**headers, "Wechatpay-Nonce": "another"}, body),
        ({**headers, "Wechatpay-Serial": "ABC"}, body),
        ({**headers, "Wechatpay-Serial": ""}, body),
        (headers, b""),
        (headers, b"\xff\xfe"),
        ({}, body),
    ]
    for sent, text in forged:
        assert send({"Content-Type": "application/json", **sent}, text) == 401, sent
    assert not ProviderEvent.objects.exists()
    assert untouched(amy)
    # The control: the genuine one books.
    assert send(headers, body) == 204
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_callback_that_another_merchant_could_read_is_refused(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str
) -> None:
    assert call_back(wechat_pay_service, number, api_v3_key="another-key-of-another-merchant!") == 401
    assert untouched(amy)


def test_unknown_serial_numbers_do_not_load_certificates_again_and_again(
    wechat_pay_service: WeChatPay, number: str
) -> None:
    headers, body = wechat_pay_service.notice(number)
    wechat_pay_service.requests.clear()
    for serial in range(20):
        send({**headers, "Wechatpay-Serial": f"{serial:X}"}, body)
    assert wechat_pay_service.requests.count(f"GET {CERTIFICATES_PATH}") == 0


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=1), 3 * DAY, -timedelta(minutes=6)])
def test_old_callback_is_not_believed_and_the_provider_is_asked(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str, age: timedelta
) -> None:
    Payment.objects.update(next_query_at=NOW + HOUR)
    assert call_back(wechat_pay_service, number, signed_at=NOW - age) == 204
    assert untouched(amy)
    assert ProviderEvent.objects.get().outcome == "stale"
    assert sweep(NOW) == 1
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_callback_of_exactly_five_minutes_books(wechat_pay_service: WeChatPay, amy: Daigou, number: str) -> None:
    assert call_back(wechat_pay_service, number, signed_at=NOW - 5 * MINUTE) == 204
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_callbacks_out_of_order_book_once(wechat_pay_service: WeChatPay, amy: Daigou, number: str) -> None:
    for state in ("NOTPAY", "SUCCESS", "CLOSED", "NOTPAY", "SUCCESS"):
        assert call_back(wechat_pay_service, number, trade_state=state) == 204
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert state_of(number) == "paid"
    outcomes = ProviderEvent.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["noted", "booked", "noted", "noted", "known"]
    assert is_sound()


def test_callback_of_an_unknown_number_is_kept(wechat_pay_service: WeChatPay, amy: Daigou, number: str) -> None:
    assert call_back(wechat_pay_service, number, out_trade_no="P000000NOBODY") == 204
    event = ProviderEvent.objects.get()
    assert (event.outcome, event.payment_id, event.number) == ("unknown_number", None, "P000000NOBODY")
    assert untouched(amy)


def test_second_money_for_one_payment_is_kept_and_not_booked(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str
) -> None:
    call_back(wechat_pay_service, number)
    assert call_back(wechat_pay_service, number, transaction_id="42000-another") == 204
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert ProviderEvent.objects.order_by("-pk")[0].difference == "transaction"


def test_money_of_one_transaction_is_booked_for_one_payment(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str
) -> None:
    call_back(wechat_pay_service, number)
    taken = Payment.objects.get(number=number).transaction_id
    other = begin(amy)
    wechat_pay_service.pay(other.number)
    assert call_back(wechat_pay_service, other.number, transaction_id=taken) == 204
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert state_of(other.number) == "open"


def test_other_events_are_kept_and_book_nothing(wechat_pay_service: WeChatPay, amy: Daigou, number: str) -> None:
    assert call_back(wechat_pay_service, number, event="SOMETHING.NEW") == 204
    assert ProviderEvent.objects.get().outcome == "noted"
    assert untouched(amy)


def test_callback_is_refused_while_certificates_cannot_be_loaded(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_certificates()
    wechat_pay_service.faults = ["500"]
    assert call_back(wechat_pay_service, number) == call_back(wechat_pay_service, number) == 503
    assert untouched(amy)
    # WeChat repeats it, and a minute later the certificates are tried again.
    monkeypatch.setattr("payments.services.wechat_transport._RELOAD_SECONDS", 0.0)
    assert call_back(wechat_pay_service, number) == 204
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_callback_is_refused_where_the_provider_is_off_or_it_is_large(
    wechat_pay_service: WeChatPay, number: str, settings: Settings
) -> None:
    headers, body = wechat_pay_service.notice(number)
    assert send(headers, body + b" " * 70_000) == 413
    assert Client().get("/payments/wechat/").status_code == 405
    settings.WECHAT_PAY_MERCHANT_ID = ""
    assert send(headers, body) == 404


# PAY-5
def test_payment_of_which_a_callback_differs_is_asked_about_after_its_time(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str
) -> None:
    call_back(wechat_pay_service, number, mchid="1900000999")
    assert sweep(NOW + 31 * MINUTE) == 1
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert Payment.objects.get().difference == ""
    assert is_sound()


# PAY-1
def test_payment_of_which_a_callback_differs_does_not_count_as_open(
    wechat_pay_service: WeChatPay, amy: Daigou, number: str, settings: Settings
) -> None:
    settings.MAX_OPEN_PAYMENTS = 1
    with pytest.raises(TooManyOpen):
        begin(amy)
    call_back(wechat_pay_service, number, mchid="1900000999")
    begin(amy)


# PAY-4
def test_certificates_that_cannot_be_loaded_are_tried_once_a_minute(wechat_pay_service: WeChatPay, number: str) -> None:
    headers, body = wechat_pay_service.notice(number)
    forget_certificates()
    wechat_pay_service.requests.clear()
    wechat_pay_service.faults = ["500"] * 5
    for _ in range(5):
        assert send(headers, body) >= 400
    # The stand-in was asked once.
    assert len(wechat_pay_service.faults) == 4


# PAY-4
@pytest.mark.parametrize("missing", ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"])
def test_callback_that_is_not_signed_loads_no_certificates(
    wechat_pay_service: WeChatPay, number: str, missing: str
) -> None:
    headers, body = wechat_pay_service.notice(number)
    forget_certificates()
    wechat_pay_service.requests.clear()
    assert send({**headers, missing: ""}, body) == 401
    assert wechat_pay_service.requests == []
