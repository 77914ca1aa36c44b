"""What tests of payments do and look at."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from embedded.wechat_pay import WeChatPay
from integrity.selectors.checks import violations_of
from kernel.clock import set_to
from ledger.models import LedgerAccount
from orders.services.provider_payments import follow_payments, start_top_up
from payments.models import Payment
from payments.rules.payments import PaymentWay
from payments.selectors.payments import ProviderPaymentView
from payments.services.following_refunds import follow_refunds
from tests.builders import NOW, Daigou

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
AMOUNT = 300_00
_keys = itertools.count(1)


def begin(
    daigou: Daigou,
    amount_fen: int = AMOUNT,
    *,
    way: PaymentWay = PaymentWay.WECHAT_QR,
    key: str | None = None,
    now: datetime = NOW,
) -> ProviderPaymentView:
    return start_top_up(
        actor=daigou.actor,
        amount_fen=amount_fen,
        way=way,
        client_address="203.0.113.7",
        key=f"payment-{next(_keys)}" if key is None else key,
        now=now,
    )


def call_back(service: WeChatPay, number: str, *, at: datetime = NOW, **options: Any) -> int:
    """Let WeChat call back at this time; gives the status of our answer."""
    headers, body = service.notice(number, **{"signed_at": at, **options})
    return send(headers, body, at=at)


def send(headers: dict[str, str], body: bytes, *, at: datetime = NOW) -> int:
    with set_to(at):
        answer = Client().post("/payments/wechat/", body, content_type="application/json", headers=headers)
    return answer.status_code


def sweep(at: datetime) -> int:
    return follow_payments(clock=lambda: at)


def follow(at: datetime) -> int:
    """Ask the providers for refunds, and about them, at this time."""
    return follow_refunds(clock=lambda: at)


def balances(daigou: Daigou) -> tuple[int, int]:
    """What her wallet holds, and what WeChat holds for the platform."""
    found = dict(LedgerAccount.objects.filter(owner_id__in=[0, daigou.id]).values_list("kind", "balance_fen"))
    return found.get("wallet", 0), -found.get("wechat_clearing", 0)


def state_of(number: str) -> str:
    return Payment.objects.get(number=number).state


def is_sound() -> bool:
    return not [*violations_of("payments"), *violations_of("ledger")]
