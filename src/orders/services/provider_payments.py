"""Payments through WeChat Pay and Alipay: what they pay is known here, the providers are below (PAY-1 to PAY-6)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor
from db.transactions import atomic_with_retry
from membership.selectors.people import require_reseller
from orders.selectors.provider_payments import list_orders_of_payment
from orders.services.order_payments import book_with_orders, end_useless_payments, require_same_purpose
from payments.rules.payments import CallbackOutcome, MerchantAccount, PaymentState, PaymentWay, Provider
from payments.selectors.payments import ProviderPaymentView, get_own_payment
from payments.services import callbacks, following
from payments.services.accounts import is_provider_on, open_client, open_wechat_client
from payments.services.booking import Booked, lock_payment
from payments.services.port import ProvenReport
from payments.services.starting import ProviderUnavailable, hand_over, open_payment
from payments.services.wechat_pay import PaymentSheet
from web.outbound import NoAnswer
from wechat.services.account import client as wechat_client
from wechat.services.client import WeChatRefused

TOP_UP_DESCRIPTION = "尾仓 · 钱包充值"
"""What the provider shows to whoever pays."""


def start_top_up(
    *, actor: Actor, amount_fen: int, way: PaymentWay, client_address: str, key: str, now: datetime
) -> ProviderPaymentView:
    """Begin a payment into the reseller's own wallet; the view says where she pays. The same key begins one payment (PAY-1).

    Where the provider did not answer, the same request asks it again with the same number.
    """
    payment_id = _open_top_up(actor=actor, amount_fen=amount_fen, way=way, key=key, now=now)
    return hand_over(payment_id=payment_id, description=TOP_UP_DESCRIPTION, client_address=client_address, now=now)


@atomic_with_retry
def _open_top_up(*, actor: Actor, amount_fen: int, way: PaymentWay, key: str, now: datetime) -> int:
    payment = open_payment(
        actor=actor,
        reseller_id=require_reseller(actor).id,
        way=way,
        amount_fen=amount_fen,
        key=key,
        expires_at=now + settings.PAYMENT_LIFE,
        now=now,
    )
    require_same_purpose(payment, order_ids=set())
    return payment.id


def receive_callback(*, provider: Provider, headers: Mapping[str, str], body: bytes, now: datetime) -> CallbackOutcome:
    """Take what a provider calls back with. Raises Forged where it did not sign it, NoAnswer where its keys cannot be loaded (PAY-4)."""
    callback = callbacks.read_callback(provider=provider, headers=headers, body=body, now=now)
    with open_client(provider) as client:
        return callbacks.take_callback(callback=callback, account=client.account, book=book, now=now)


def follow_payments(*, clock: Callable[[], datetime]) -> int:
    """Ask the providers about open payments, and close those whose time is over; returns how many (PAY-5)."""
    end_useless_payments(now=clock())
    return following.follow_payments(book=book, clock=clock)


def hand_over_in_wechat(
    *, actor: Actor, payment_id: int, code: str, client_address: str, now: datetime
) -> ProviderPaymentView:
    """Have WeChat take a payment of hers that is made inside WeChat; `code` is what WeChat's authorisation page gave."""
    buyer = require_reseller(actor)
    payment = get_own_payment(buyer.id, payment_id)
    try:
        with wechat_client() as wechat:
            openid = wechat.openid_of(code)
    except (NoAnswer, WeChatRefused) as why:
        raise ProviderUnavailable from why
    orders_count = len(list_orders_of_payment(payment.id))
    return hand_over(
        payment_id=payment.id,
        description=f"尾仓 · {orders_count} 张订单" if orders_count else TOP_UP_DESCRIPTION,
        client_address=client_address,
        openid=openid,
        now=now,
    )


def get_own_sheet(*, actor: Actor, payment_id: int) -> PaymentSheet | None:
    """What opens WeChat's sheet for an open payment of hers inside WeChat; None for any other."""
    buyer = require_reseller(actor)
    payment = get_own_payment(buyer.id, payment_id)
    is_open = payment.state is PaymentState.OPEN and payment.way is PaymentWay.WECHAT_JSAPI and payment.pay_address
    if not is_open or not is_provider_on(Provider.WECHAT):
        return None
    with open_wechat_client() as client:
        return client.sheet(payment.pay_address)


def check_own_payment(*, actor: Actor, payment_id: int, now: datetime) -> ProviderPaymentView:
    """Ask the provider about a payment of hers now, unless it was asked a moment ago (PAY-5)."""
    buyer = require_reseller(actor)
    payment = get_own_payment(buyer.id, payment_id)
    following.check_payment(payment_id=payment.id, book=book, now=now)
    return get_own_payment(buyer.id, payment_id)


@atomic_with_retry
def book(proven: ProvenReport, account: MerchantAccount, now: datetime) -> Booked:
    """Take a report of a payment: the money goes into the wallet once (PAY-3), and pays the orders that it is for (PAY-6)."""
    payment = lock_payment(proven.report.number)
    if payment is None:
        return Booked(CallbackOutcome.UNKNOWN_NUMBER)
    return book_with_orders(payment=payment, proven=proven, account=account, now=now)
