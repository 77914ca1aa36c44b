"""The stand-ins for WeChat Pay and Alipay, one for all tests, and accounts at them."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from embedded import alipay, wechat_pay
from embedded.alipay import Alipay
from embedded.wechat_pay import WeChatPay
from payments.services.wechat_transport import forget_certificates
from tests.builders import NOW

SITE = "https://weicang.example"


@pytest.fixture(scope="session")
def running_wechat_pay() -> Iterator[WeChatPay]:
    with wechat_pay.run() as service:
        yield service


@pytest.fixture
def wechat_pay_service(running_wechat_pay: WeChatPay, settings: Settings) -> WeChatPay:
    """The service without memory of earlier tests, whose clock shows NOW, and settings with an account at it."""
    service = running_wechat_pay
    service.forget()
    service.now = lambda: NOW
    forget_certificates()
    settings.SITE_URL, settings.WECHAT_PAY_URL = SITE, service.url
    settings.WECHAT_PAY_APP_ID = service.merchant.app_id
    settings.WECHAT_PAY_MERCHANT_ID = service.merchant.merchant_id
    settings.WECHAT_PAY_SERIAL = service.merchant.serial
    settings.WECHAT_PAY_PRIVATE_KEY = service.merchant.private_pem
    settings.WECHAT_PAY_API_V3_KEY = service.merchant.api_v3_key
    settings.WECHAT_PAY_PUBLIC_KEY_ID = settings.WECHAT_PAY_PUBLIC_KEY = ""
    return service


@pytest.fixture(scope="session")
def running_alipay() -> Iterator[Alipay]:
    with alipay.run() as service:
        yield service


@pytest.fixture
def alipay_service(running_alipay: Alipay, settings: Settings) -> Alipay:
    """The service without memory of earlier tests, whose clock shows NOW, and settings with an account at it."""
    service = running_alipay
    service.forget()
    service.now = lambda: NOW
    settings.SITE_URL, settings.ALIPAY_URL = SITE, service.url
    settings.ALIPAY_APP_ID, settings.ALIPAY_SELLER_ID = service.app.app_id, service.app.seller_id
    settings.ALIPAY_PRIVATE_KEY, settings.ALIPAY_PUBLIC_KEY = service.app.private_pem, service.public_pem
    return service
