"""Payments through WeChat Pay and Alipay: what they pay is known here, the providers are below (PAY-1 to PAY-6)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor
from db.transactions import atomic_with_retry
from membership.selectors.people import require_reseller
from orders.services.order_payments import book_with_orders, end_useless_payments
from payments.rules import CallbackOutcome, MerchantAccount, PaymentWay, Provider
from payments.selectors.payments import ProviderPaymentView, get_own_payment
from payments.services import callbacks, following
from payments.services.accounts import open_client
from payments.services.booking import Booked, lock_payment
from payments.services.port import ProvenReport
from payments.services.starting import start_payment

TOP_UP_DESCRIPTION = "尾仓 · 钱包充值"
"""What the provider shows to whoever pays."""


def start_top_up(
    *, actor: Actor, amount_fen: int, way: PaymentWay, client_address: str, key: str, now: datetime
) -> ProviderPaymentView:
    """Begin a payment into the reseller's own wallet; the view says where she pays. The same key begins one payment (PAY-1)."""
    buyer = require_reseller(actor)
    return start_payment(
        actor=actor,
        reseller_id=buyer.id,
        way=way,
        amount_fen=amount_fen,
        description=TOP_UP_DESCRIPTION,
        client_address=client_address,
        key=key,
        expires_at=now + settings.PAYMENT_LIFE,
        now=now,
    )


def receive_callback(*, provider: Provider, headers: Mapping[str, str], body: bytes, now: datetime) -> CallbackOutcome:
    """Take what a provider calls back with. Raises Forged where it did not sign it, NoAnswer where its keys cannot be loaded (PAY-4)."""
    callback = callbacks.read_callback(provider=provider, headers=headers, body=body, now=now)
    with open_client(provider) as client:
        return callbacks.take_callback(callback=callback, account=client.account, book=book, now=now)


def follow_payments(*, clock: Callable[[], datetime]) -> int:
    """Ask the providers about open payments, and close those whose time is over; returns how many (PAY-5)."""
    end_useless_payments(now=clock())
    return following.follow_payments(book=book, clock=clock)


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
