"""Refunds to the source that are begun, followed and given up at the same instant move their money once (PAY-8, PAY-10)."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, transaction

from accounts.rules import SYSTEM
from aftersales.services.refunds import refund_unshipped
from embedded.wechat_pay import WeChatPay
from kernel.refusal import Refusal
from ledger.models import LedgerAccount, Posting
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import lock_accounts, post
from orders.selectors.source_refunds import get_left_fen
from orders.services.order_payments import start_order_payment
from orders.services.source_refunds import choose_refunds, return_to_source
from payments.models import Payment, ProviderRefund
from payments.rules.payments import PaymentWay
from payments.services.booking import lock_payments
from payments.services.refunding import give_up_refund
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.contention.concurrency import run_concurrently
from tests.contention.deadlocks import Row, in_a_deadlock
from tests.payments.conftest import running_wechat_pay, wechat_pay_service  # noqa: F401 - fixtures
from tests.payments.wallets import call_back, follow
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
MINUTE = timedelta(minutes=1)


class Shop:
    """Amy paid four pieces through WeChat Pay."""

    def __init__(self, service: WeChatPay) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=5, base_price_fen=10_00)
        self.amy: Daigou = self.market.reseller()
        self.order = self.amy.grab(item_of(self.market.sale(sku), sku), 4)
        self.line = self.order.lines[0]
        self.payment = start_order_payment(
            actor=self.amy.actor,
            order_ids=[self.order.id],
            expected_total_fen=None,
            way=PaymentWay.WECHAT_QR,
            client_address="203.0.113.7",
            key="k",
            now=NOW,
        )
        service.pay(self.payment.number)
        call_back(service, self.payment.number)

    def refund(self, key: str) -> None:
        refund_unshipped(actor=self.market.ops, line_id=self.line.id, units=1, note="", key=key, now=NOW)

    def return_all(self) -> None:
        """She taps the button of the page; a tap that comes too late is refused."""
        try:
            return_to_source(
                actor=self.amy.actor, payment_id=self.payment.id, expected_fen=2 * self.line.price_fen, now=NOW
            )
        except Refusal:
            return


@pytest.fixture
def shop(wechat_pay_service: WeChatPay) -> Shop:  # noqa: F811
    return Shop(wechat_pay_service)


def balance(kind: str, owner_id: int = 0) -> int:
    return LedgerAccount.objects.filter(kind=kind, owner_id=owner_id).values_list("balance_fen", flat=True).first() or 0


def return_unguarded(shop: Shop, note: str, gate: threading.Barrier) -> None:
    """What would happen without the lock of the payment: what is left of it is read, and sent. The gate stands between."""
    left_fen = get_left_fen(shop.payment.id)
    gate.wait(timeout=20)
    post(
        kind=PostingKind.REFUND_TO_SOURCE,
        key=f"unguarded:{note}",
        cause="provider_refund:1",
        entries=[
            EntryDraft(AccountRef(AccountKind.WALLET, shop.amy.id), -left_fen),
            EntryDraft(AccountRef(AccountKind.REFUND_IN_TRANSIT, shop.amy.id), left_fen),
        ],
        actor=SYSTEM,
        now=NOW,
    )


def test_control_without_the_lock_money_is_sent_twice(shop: Shop) -> None:
    choose_refunds(actor=shop.amy.actor, to_wallet=True, now=NOW)
    shop.refund("a")
    shop.market.top_up(shop.amy, 500_00)
    # A posting that creates an account locks it after the others; services try such a deadlock again, this control does not.
    LedgerAccount.objects.create(kind="refund_in_transit", owner_id=shop.amy.id)
    gate = threading.Barrier(4)
    run_concurrently([partial(return_unguarded, shop, str(each), gate) for each in range(4)])
    assert balance("refund_in_transit", shop.amy.id) > shop.line.price_fen


def test_taps_and_refunds_at_once_send_what_was_paid_once(shop: Shop) -> None:
    choose_refunds(actor=shop.amy.actor, to_wallet=True, now=NOW)
    shop.refund("a")
    shop.refund("b")
    shop.market.top_up(shop.amy, 500_00)
    choose_refunds(actor=shop.amy.actor, to_wallet=False, now=NOW)
    run_concurrently(
        [*(shop.return_all for _ in range(4)), *(partial(shop.refund, key) for key in ("c", "c", "d", "d"))]
    )
    sent_fen = balance("refund_in_transit", shop.amy.id)
    assert sent_fen == Payment.objects.get().refunded_fen
    assert sent_fen in (2 * shop.line.price_fen, 4 * shop.line.price_fen)
    assert balance("wallet", shop.amy.id) == 500_00 + 4 * shop.line.price_fen - sent_fen
    assert all_violations() == []


def test_sweeps_and_giving_up_at_once_end_a_refund_once(wechat_pay_service: WeChatPay, shop: Shop) -> None:  # noqa: F811
    shop.refund("a")
    follow(NOW)
    refund = ProviderRefund.objects.get()
    wechat_pay_service.refunds.end(refund.number)
    run_concurrently(
        [
            *(partial(follow, NOW + MINUTE) for _ in range(3)),
            *(partial(give_up_refund, actor=SYSTEM, refund_id=refund.pk, now=NOW + MINUTE) for _ in range(3)),
        ]
    )
    ends = Posting.objects.filter(kind__in=("refund_paid_out", "refund_came_back"))
    assert ends.count() == 1
    assert balance("refund_in_transit", shop.amy.id) == 0
    assert all_violations() == []


def test_refund_waits_for_the_payment_before_it_locks_the_wallet(shop: Shop) -> None:
    """Decision 270: a report about a refund holds the payment and goes on to the wallet; the refund holds no wallet while it waits."""
    wallet = LedgerAccount.objects.get(kind="wallet", owner_id=shop.amy.id).pk
    payment: Row = ("payments_payment", shop.payment.id)
    account: Row = ("ledger_account", wallet)

    def wallet_first() -> None:
        """The control: the accounts are locked before the payment, as refunds once did."""
        with transaction.atomic():
            lock_accounts([AccountRef(AccountKind.WALLET, shop.amy.id)])
            lock_payments([shop.payment.id])

    assert isinstance(in_a_deadlock(wallet_first, early=account, late=payment).error, OperationalError)

    def refund() -> None:
        # In a transaction around it the service does not try again, so that a deadlock would show.
        with transaction.atomic():
            shop.refund("a")

    assert in_a_deadlock(refund, early=account, late=payment).error is None
    assert balance("refund_in_transit", shop.amy.id) == shop.line.price_fen
    assert all_violations() == []
