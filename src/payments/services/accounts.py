"""The platform's accounts at payment providers, from the settings (PAY-2). Without an account a provider is off."""

from django.conf import settings

from payments.rules.payments import PROVIDER_OF, PaymentWay, Provider
from payments.services.alipay import AlipayAccount, AlipayClient
from payments.services.port import ProviderClient
from payments.services.wechat_pay import WeChatPayClient
from payments.services.wechat_transport import WeChatPayAccount

CALLBACK_PATHS = {Provider.WECHAT: "payments/wechat/", Provider.ALIPAY: "payments/alipay/"}
"""Where callbacks arrive, below the address of this service."""
PAYMENT_PAGE_PATH = "shop/payments/{id}/"
"""The page of a payment, below the address of this service."""


def is_provider_on(provider: Provider) -> bool:
    accounts = {Provider.WECHAT: settings.WECHAT_PAY_MERCHANT_ID, Provider.ALIPAY: settings.ALIPAY_APP_ID}
    return bool(accounts[provider])


def ways_on() -> list[PaymentWay]:
    """The ways in which resellers can pay."""
    return [way for way in PaymentWay if is_provider_on(PROVIDER_OF[way])]


def open_client(provider: Provider) -> ProviderClient:
    """A client of a provider that is on."""
    return open_wechat_client() if provider is Provider.WECHAT else _alipay_client()


def payment_page(payment_id: int) -> str:
    return _address(PAYMENT_PAGE_PATH.format(id=payment_id))


def _address(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}/{path}"


def open_wechat_client() -> WeChatPayClient:
    """A client of WeChat Pay, which is on."""
    account = WeChatPayAccount(
        app_id=settings.WECHAT_PAY_APP_ID,
        merchant_id=settings.WECHAT_PAY_MERCHANT_ID,
        serial=settings.WECHAT_PAY_SERIAL,
        private_key=settings.WECHAT_PAY_PRIVATE_KEY,
        api_v3_key=settings.WECHAT_PAY_API_V3_KEY,
        public_key_id=settings.WECHAT_PAY_PUBLIC_KEY_ID,
        public_key=settings.WECHAT_PAY_PUBLIC_KEY,
    )
    return WeChatPayClient(
        account, url=settings.WECHAT_PAY_URL.rstrip("/"), notify_url=_address(CALLBACK_PATHS[Provider.WECHAT])
    )


def _alipay_client() -> AlipayClient:
    account = AlipayAccount(
        app_id=settings.ALIPAY_APP_ID,
        seller_id=settings.ALIPAY_SELLER_ID,
        private_key=settings.ALIPAY_PRIVATE_KEY,
        public_key=settings.ALIPAY_PUBLIC_KEY,
    )
    return AlipayClient(account, url=settings.ALIPAY_URL, notify_url=_address(CALLBACK_PATHS[Provider.ALIPAY]))
