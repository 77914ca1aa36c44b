"""A wallet is topped up through Alipay, end to end over HTTP (PAY-2, PAY-3, PAY-4, PAY-5)."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client
from django.urls import reverse

from embedded.alipay import Alipay
from kernel.clock import set_to
from ledger.models import LedgerAccount
from payments.models import Payment, ProviderEvent
from payments.rules.payments import PaymentWay
from payments.selectors.payments import ProviderPaymentView
from payments.services.accounts import payment_page
from payments.services.booking import close_payment, end_early
from tests.builders import NOW, Daigou, Marketplace
from tests.payments.wallets import AMOUNT, MINUTE, SECOND, begin, is_sound, state_of, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def amy(alipay_service: Alipay) -> Daigou:
    return Marketplace().reseller()


@pytest.fixture
def payment(alipay_service: Alipay, amy: Daigou) -> ProviderPaymentView:
    """A payment that was made and not called back."""
    view = begin(amy, way=PaymentWay.ALIPAY_PAGE)
    alipay_service.pay(view.pay_address)
    return view


def balances(daigou: Daigou) -> tuple[int, int]:
    """What her wallet holds, and what Alipay holds for the platform."""
    found = dict(LedgerAccount.objects.filter(owner_id__in=[0, daigou.id]).values_list("kind", "balance_fen"))
    return found.get("wallet", 0), -found.get("alipay_clearing", 0)


def send(body: bytes) -> tuple[int, str]:
    with set_to(NOW):
        answer = Client().post("/payments/alipay/", body, content_type="application/x-www-form-urlencoded")
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("way", [PaymentWay.ALIPAY_PAGE, PaymentWay.ALIPAY_WAP])
def test_top_up_by_alipay_books_what_was_paid_once(alipay_service: Alipay, amy: Daigou, way: PaymentWay) -> None:
    payment = begin(amy, way=way)
    assert alipay_service.requests == []
    trade = alipay_service.pay(payment.pay_address)
    assert (trade["total_amount"], trade["notify_url"]) == ("300.00", "https://weicang.example/payments/alipay/")
    assert trade["return_url"] == f"https://weicang.example/shop/payments/{payment.id}/"
    notice = alipay_service.notice(payment.number)
    assert send(notice) == send(notice) == (200, "success")
    assert send(alipay_service.notice(payment.number)) == (200, "success")
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert list(ProviderEvent.objects.order_by("pk").values_list("outcome", "times")) == [("booked", 2), ("known", 1)]
    assert Payment.objects.get().paid_at == NOW
    assert is_sound()


def test_page_of_a_payment_is_where_alipay_leads_back(amy: Daigou) -> None:
    assert payment_page(7) == f"https://weicang.example{reverse('shop:payment', args=[7])}"


def test_sweep_finds_a_payment_at_alipay(alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView) -> None:
    assert sweep(NOW + 11 * SECOND) == 1
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert is_sound()


def test_payment_that_nobody_opened_is_closed(alipay_service: Alipay, amy: Daigou) -> None:
    payment = begin(amy, way=PaymentWay.ALIPAY_WAP)
    sweep(NOW + MINUTE)
    assert state_of(payment.number) == "open"
    sweep(NOW + 30 * MINUTE)
    assert state_of(payment.number) == "closed"
    alipay_service.now = lambda: NOW + 30 * MINUTE
    with pytest.raises(ValueError, match="time of the trade"):
        alipay_service.pay(payment.pay_address)


def test_payment_that_was_opened_and_not_made_is_closed_at_alipay(alipay_service: Alipay, amy: Daigou) -> None:
    payment = begin(amy, way=PaymentWay.ALIPAY_WAP)
    alipay_service.open_page(payment.pay_address)
    sweep(NOW + 30 * MINUTE)
    assert state_of(payment.number) == "closed"
    assert alipay_service.trades[payment.number]["trade_status"] == "TRADE_CLOSED"


def test_payment_that_was_made_just_before_closing_is_booked(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView
) -> None:
    sweep(NOW + 30 * MINUTE)
    assert balances(amy) == (AMOUNT, AMOUNT)


@pytest.mark.parametrize("fault", ["500", "closed", "taken", "html", "unsigned", "changed", "busy"])
def test_sweep_believes_nothing_that_is_not_signed(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView, fault: str
) -> None:
    alipay_service.faults = [fault]
    assert sweep(NOW + 11 * SECOND) == 1
    assert (state_of(payment.number), balances(amy)) == ("open", (0, 0))
    sweep(NOW + 30 * SECOND)
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_answer_with_a_brace_in_a_text_is_read(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView
) -> None:
    alipay_service.trades[payment.number]["subject"] = 'a } and " in a text'
    sweep(NOW + 11 * SECOND)
    assert balances(amy) == (AMOUNT, AMOUNT)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"total_amount": "299.99"}, "amount"),
        ({"total_amount": "300.001"}, "amount"),
        ({"total_amount": "3E2"}, "amount"),
        ({"total_amount": ""}, "amount"),
        ({"app_id": "2021000000000000"}, "app"),
        ({"seller_id": "2088000000000000"}, "merchant"),
        ({"trans_currency": "USD"}, "currency"),
        ({"trade_no": ""}, "transaction"),
    ],
)
def test_callback_of_alipay_that_differs_books_nothing_and_is_kept(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView, changes: dict[str, str], difference: str
) -> None:
    assert send(alipay_service.notice(payment.number, signed_at=NOW, **changes)) == (200, "success")
    assert balances(amy) == (0, 0)
    event = ProviderEvent.objects.get()
    assert (event.outcome, event.difference) == ("differs", difference)
    assert is_sound()


def test_forged_callbacks_of_alipay_are_refused_and_store_nothing(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView
) -> None:
    genuine = alipay_service.notice(payment.number)
    form = dict(parse_qsl(genuine.decode()))
    forged = [
        urlencode({**form, "total_amount": "1.00"}).encode(),
        urlencode({**form, "sign": ""}).encode(),
        urlencode({**form, "sign": "不是签名"}).encode(),
        urlencode({**form, "sign": "AAA"}).encode(),
        urlencode({**form, "sign_type": "RSA"}).encode(),
        urlencode({**form, "more": "1"}).encode(),
        genuine + b"&total_amount=1.00",
        b"",
        b"\xff\xfe",
        b"not a form",
    ]
    assert {send(each) for each in forged} == {(401, "failure")}
    assert not ProviderEvent.objects.exists()
    assert balances(amy) == (0, 0)
    assert send(genuine) == (200, "success")
    assert balances(amy) == (AMOUNT, AMOUNT)


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(days=3)])
def test_old_callback_of_alipay_is_not_believed_and_alipay_is_asked(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView, age: timedelta
) -> None:
    assert send(alipay_service.notice(payment.number, signed_at=NOW - age)) == (200, "success")
    assert (balances(amy), ProviderEvent.objects.get().outcome) == ((0, 0), "stale")
    assert sweep(NOW) == 1
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_callback_without_a_time_is_not_believed(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView
) -> None:
    assert send(alipay_service.notice(payment.number, notify_time="soon")) == (200, "success")
    assert (balances(amy), ProviderEvent.objects.get().outcome) == ((0, 0), "stale")


# PAY-5
def test_payment_that_ended_early_is_followed_until_the_time_that_alipay_was_told(
    alipay_service: Alipay, amy: Daigou
) -> None:
    payment = begin(amy, way=PaymentWay.ALIPAY_WAP)
    end_early(payment_ids=[payment.id], now=NOW + MINUTE)
    sweep(NOW + MINUTE)
    assert state_of(payment.number) == "open"
    alipay_service.pay(payment.pay_address)
    sweep(NOW + 2 * MINUTE)
    assert (state_of(payment.number), balances(amy)) == ("paid", (AMOUNT, AMOUNT))
    assert is_sound()


# PAY-5
def test_payment_that_ended_early_and_was_never_opened_is_closed_at_the_end(
    alipay_service: Alipay, amy: Daigou
) -> None:
    payment = begin(amy, way=PaymentWay.ALIPAY_WAP)
    end_early(payment_ids=[payment.id], now=NOW + MINUTE)
    sweep(NOW + 30 * MINUTE - SECOND)
    assert state_of(payment.number) == "open"
    sweep(NOW + 30 * MINUTE)
    assert state_of(payment.number) == "closed"


# PAY-4
def test_old_callback_of_money_for_a_closed_payment_has_alipay_asked(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView
) -> None:
    close_payment(payment_id=payment.id, now=NOW)
    assert send(alipay_service.notice(payment.number, signed_at=NOW - 6 * MINUTE)) == (200, "success")
    assert (balances(amy), ProviderEvent.objects.get().outcome) == ((0, 0), "stale")
    assert sweep(NOW) == 1
    assert (state_of(payment.number), balances(amy)) == ("paid", (AMOUNT, AMOUNT))
    assert is_sound()


# PAY-4
def test_old_callback_that_tells_of_no_money_leaves_a_payment_closed(
    alipay_service: Alipay, amy: Daigou, payment: ProviderPaymentView
) -> None:
    close_payment(payment_id=payment.id, now=NOW)
    notice = alipay_service.notice(payment.number, signed_at=NOW - 6 * MINUTE, trade_status="TRADE_CLOSED")
    assert send(notice) == (200, "success")
    assert (sweep(NOW), state_of(payment.number)) == (0, "closed")
