"""The pages and the API on which a reseller tops up through a provider (PAY-1, PAY-5)."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from embedded.wechat_pay import WeChatPay
from kernel.clock import set_to
from payments.models import Payment
from tests.builders import NOW, Daigou, Marketplace
from tests.payments.wallets import AMOUNT, SECOND, balances, begin, call_back

pytestmark = pytest.mark.django_db
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1"}


def browser(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def test_wallet_begins_a_payment_that_a_computer_shows_as_a_code(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    with set_to(NOW):
        answer = browser(amy).post("/shop/wallet/", {"amount": "300", "key": "k", "way": "wechat_qr"})
        payment = Payment.objects.get()
        assert (payment.amount_fen, payment.way) == (AMOUNT, "wechat_qr")
        assert answer["Location"] == f"/shop/payments/{payment.pk}/"
        page = browser(amy).get(answer["Location"]).content.decode()
        assert "data:image/svg+xml" in page
        assert "every 3s" in page
        again = browser(amy).post("/shop/wallet/", {"amount": "300", "key": "k", "way": "wechat_qr"})
        assert again["Location"] == answer["Location"]


def test_phone_is_led_to_the_provider(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    with set_to(NOW):
        browser(amy).post("/shop/wallet/", {"amount": "300", "key": "k", "way": "wechat_h5"}, headers=PHONE)
        payment = Payment.objects.get()
        page = browser(amy).get(f"/shop/payments/{payment.pk}/", headers=PHONE).content.decode()
    assert payment.way == "wechat_h5"
    assert f'href="{payment.pay_address}"' in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"amount": "300", "key": "k", "way": "wechat_h5"}, "这种方式"),
        ({"amount": "300", "key": "k"}, "这种方式"),
        ({"amount": "0", "key": "k", "way": "wechat_qr"}, "50,000.00"),
        ({"amount": "三百", "key": "k", "way": "wechat_qr"}, "请填写金额"),
        ({"amount": "300", "way": "wechat_qr"}, "必填"),
    ],
)
def test_wallet_says_what_is_wrong(wechat_pay_service: WeChatPay, form: dict[str, str], said: str) -> None:
    amy = Marketplace().reseller()
    with set_to(NOW):
        page = browser(amy).post("/shop/wallet/", form).content.decode()
    assert said in page
    assert not Payment.objects.exists()


def test_wallet_without_providers_offers_none(wechat_pay_service: WeChatPay, settings: Settings) -> None:
    settings.WECHAT_PAY_MERCHANT_ID = ""
    assert 'id="top-up"' not in browser(Marketplace().reseller()).get("/shop/wallet/").content.decode()


def test_page_says_what_became_of_the_payment(wechat_pay_service: WeChatPay) -> None:
    market = Marketplace()
    amy, bea = market.reseller(), market.reseller()
    payment = begin(amy)
    state = f"/shop/payments/{payment.id}/state/"
    with set_to(NOW):
        assert "等待付款" in browser(amy).get(state).content.decode()
        assert browser(bea).get(state).status_code == 404
    wechat_pay_service.pay(payment.number)
    with set_to(NOW + 5 * SECOND):
        checked = browser(amy).post(f"/shop/payments/{payment.id}/").content.decode()
    assert "已付款" in checked
    assert "every 3s" not in checked
    assert balances(amy) == (AMOUNT, AMOUNT)


def test_wallet_lists_what_is_not_finished_and_what_came_in(wechat_pay_service: WeChatPay) -> None:
    amy = Marketplace().reseller()
    first, second = begin(amy), begin(amy)
    wechat_pay_service.pay(first.number)
    call_back(wechat_pay_service, first.number)
    with set_to(NOW):
        page = browser(amy).get("/shop/wallet/").content.decode()
    assert f"/shop/payments/{second.id}/" in page
    # Only the entry that booked it leads to the finished one.
    assert page.count(f'href="/shop/payments/{first.id}/"') == 1
    assert f"在线付款 {first.id}" in page
    assert f"在线付款 {second.id}" not in page
    assert "在线充值" in page


def test_api_begins_shows_and_checks_a_payment(wechat_pay_service: WeChatPay) -> None:
    market = Marketplace()
    amy, bea = browser(market.reseller()), browser(market.reseller())
    with set_to(NOW):
        assert amy.get("/api/v1/payment-ways").json() == ["wechat_qr", "wechat_h5", "wechat_jsapi"]
        body = {"amount": "300.00", "way": "wechat_qr", "key": "k"}
        begun = amy.post("/api/v1/wallet/top-ups", body, content_type="application/json")
        assert begun.status_code == 201
        payment = begun.json()
        assert (payment["amount"], payment["state"]) == ("300.00", "open")
        address = f"/api/v1/provider-payments/{payment['id']}"
        assert amy.get(address).json() == payment
        assert bea.get(address).json()["code"] == "payments.no_such_payment"
        wechat_pay_service.pay(payment["number"])
        assert amy.post(f"{address}/check").json()["state"] == "paid"
