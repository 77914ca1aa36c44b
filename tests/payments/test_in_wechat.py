"""Inside WeChat a payment is made on WeChat's sheet, for whom WeChat names (PAY-1, PAY-7)."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from embedded.wechat_pay import WeChatPay
from kernel.clock import set_to
from payments.models import Payment
from tests.builders import NOW, Daigou, Marketplace
from tests.own_cache import clear_own_cache
from tests.payments.wallets import AMOUNT, balances, call_back
from tests.wechat import wechat_server
from tests.wechat.wechat_server import APP_ID, SECRET, WeChat

pytestmark = pytest.mark.django_db
WECHAT = {"User-Agent": "Mozilla/5.0 (Linux; Android 9) Chrome/78.0 Mobile Safari/537.36 MicroMessenger/7.0.20"}


@pytest.fixture
def account(wechat_pay_service: WeChatPay, settings: Settings) -> Iterator[WeChat]:
    """An official account whose app the merchant takes payments for."""
    with wechat_server.run() as service:
        clear_own_cache()
        settings.WECHAT_APP_ID, settings.WECHAT_SECRET, settings.WECHAT_URL = APP_ID, SECRET, service.url
        yield service


@pytest.fixture
def amy(wechat_pay_service: WeChatPay) -> Daigou:
    return Marketplace().reseller()


@pytest.fixture
def phone(amy: Daigou) -> Client:
    client = Client(headers=WECHAT)
    client.force_login(Person.objects.get(pk=amy.actor.own_id))
    return client


def begin(phone: Client) -> Payment:
    with set_to(NOW):
        phone.post("/shop/wallet/", {"amount": "300", "key": "k", "way": "wechat_jsapi"})
    return Payment.objects.get()


def come_back(phone: Client, account: WeChat, payment: Payment, *, code: str = "code-1", state: str = "") -> str:
    with set_to(NOW):
        asked = phone.get(f"/shop/payments/{payment.pk}/authorize/")["Location"]
        query = parse_qs(urlsplit(asked).query)
        account.codes = {"code-1": "o-amy"}
        answer = phone.get(
            urlsplit(query["redirect_uri"][0]).path, {"code": code, "state": state or query["state"][0]}, follow=True
        )
    return answer.content.decode()


def test_payment_inside_wechat_is_made_on_its_sheet(
    wechat_pay_service: WeChatPay, account: WeChat, amy: Daigou, phone: Client
) -> None:
    payment = begin(phone)
    assert (payment.way, payment.pay_address, wechat_pay_service.orders) == ("wechat_jsapi", "", {})
    page = come_back(phone, account, payment)
    assert wechat_pay_service.orders[payment.number]["asked"]["payer"] == {"openid": "o-amy"}
    names = ("app_id", "timestamp", "nonce", "package", "signature")
    sheet = {name: re.findall(rf'data-{name.replace("_", "-")}="([^"]+)"', page)[0] for name in names}
    assert wechat_pay_service.takes_sheet(payment.number, sheet)
    assert not wechat_pay_service.takes_sheet(payment.number, sheet | {"nonce": "another"})
    wechat_pay_service.pay(payment.number)
    call_back(wechat_pay_service, payment.number)
    assert balances(amy) == (AMOUNT, AMOUNT)


@pytest.mark.parametrize(("options", "said"), [({"state": "forged"}, "没有确认"), ({"code": "used"}, "没有应答")])
def test_what_wechat_did_not_say_hands_nothing_over(
    wechat_pay_service: WeChatPay, account: WeChat, phone: Client, options: dict[str, str], said: str
) -> None:
    payment = begin(phone)
    assert said in come_back(phone, account, payment, **options)
    assert wechat_pay_service.orders == {}


def test_ways_inside_wechat_are_those_that_open_there(
    wechat_pay_service: WeChatPay, account: WeChat, phone: Client, settings: Settings
) -> None:
    with set_to(NOW):
        assert 'value="wechat_jsapi"' in phone.get("/shop/wallet/").content.decode()
        assert 'value="wechat_h5"' not in phone.get("/shop/wallet/").content.decode()
        assert 'value="wechat_jsapi"' not in phone.get("/shop/wallet/", headers={"User-Agent": "x"}).content.decode()
