"""The platform's accounts at payment providers, from the settings (PAY-2). Without an account a provider is off."""

from django.conf import settings

from payments.rules import PROVIDER_OF, PaymentWay, Provider
from payments.services.port import ProviderClient
from payments.services.wechat_pay import WeChatPayAccount, WeChatPayClient

CALLBACK_PATHS = {Provider.WECHAT: "payments/wechat/"}
"""Where callbacks arrive, below the address of this service."""


def is_provider_on(provider: Provider) -> bool:
    return bool(settings.WECHAT_PAY_MERCHANT_ID) if provider is Provider.WECHAT else False


def ways_on() -> list[PaymentWay]:
    """The ways in which resellers can pay."""
    return [way for way in PaymentWay if is_provider_on(PROVIDER_OF[way])]


def open_client(provider: Provider) -> ProviderClient:
    """A client of a provider that is on."""
    account = WeChatPayAccount(
        app_id=settings.WECHAT_PAY_APP_ID,
        merchant_id=settings.WECHAT_PAY_MERCHANT_ID,
        serial=settings.WECHAT_PAY_SERIAL,
        private_key=settings.WECHAT_PAY_PRIVATE_KEY,
        api_v3_key=settings.WECHAT_PAY_API_V3_KEY,
        public_key_id=settings.WECHAT_PAY_PUBLIC_KEY_ID,
        public_key=settings.WECHAT_PAY_PUBLIC_KEY,
    )
    notify_url = f"{settings.SITE_URL.rstrip('/')}/{CALLBACK_PATHS[provider]}"
    return WeChatPayClient(account, url=settings.WECHAT_PAY_URL.rstrip("/"), notify_url=notify_url)
