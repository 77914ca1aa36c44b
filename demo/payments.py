"""Payment providers of the demo: stand-ins on the loopback, on whose pages a person pays with money that is none."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from embedded import alipay, wechat_pay


@contextmanager
def run(folder: Path, base_url: str, environ: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """Run the stand-ins; gives the settings with which the service uses them. None where somebody has set up real ones."""
    if any(environ.get(f"WEICANG_{name}") for name in ("WECHAT_PAY_MERCHANT_ID", "ALIPAY_APP_ID")):
        yield {}
        return
    with wechat_pay.run() as wechat, alipay.run() as ali:
        wechat.refunds.end_when_asked = True
        keys = folder / "payment-keys"
        yield {
            "WEICANG_SITE_URL": environ.get("WEICANG_SITE_URL") or base_url,
            "WEICANG_WECHAT_PAY_URL": wechat.url,
            "WEICANG_WECHAT_PAY_APP_ID": wechat.merchant.app_id,
            "WEICANG_WECHAT_PAY_MERCHANT_ID": wechat.merchant.merchant_id,
            "WEICANG_WECHAT_PAY_SERIAL": wechat.merchant.serial,
            "WEICANG_WECHAT_PAY_PRIVATE_KEY_FILE": _written(keys / "wechat-merchant.pem", wechat.merchant.private_pem),
            "WEICANG_WECHAT_PAY_API_V3_KEY_FILE": _written(keys / "wechat-api-v3", wechat.merchant.api_v3_key),
            "WEICANG_ALIPAY_URL": ali.url,
            "WEICANG_ALIPAY_APP_ID": ali.app.app_id,
            "WEICANG_ALIPAY_SELLER_ID": ali.app.seller_id,
            "WEICANG_ALIPAY_PRIVATE_KEY_FILE": _written(keys / "alipay-app.pem", ali.app.private_pem),
            "WEICANG_ALIPAY_PUBLIC_KEY_FILE": _written(keys / "alipay.pem", ali.public_pem),
        }


def _written(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    return str(path)
