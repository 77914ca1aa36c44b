"""One payment that its callbacks, the sweep and its closing hear of at the same instant is booked once (PAY-3, PAY-5)."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.rules import SYSTEM
from embedded.wechat_pay import WeChatPay
from kernel.clock import set_to
from ledger.models import Posting
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import post
from orders.services import order_payments
from orders.services.order_payments import start_order_payment
from orders.services.provider_payments import check_own_payment
from payments.models import Payment, ProviderEvent
from payments.rules.payments import PaymentWay
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.contention.concurrency import run_concurrently
from tests.payments.conftest import running_wechat_pay, wechat_pay_service  # noqa: F401 - fixtures
from tests.payments.wallets import AMOUNT, balances, begin, send, sweep
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
END = NOW + timedelta(minutes=30)


@pytest.fixture
def amy(wechat_pay_service: WeChatPay) -> Daigou:  # noqa: F811
    return Marketplace().reseller()


def book_unguarded(payment_id: int, note: str) -> None:
    """What would happen without the lock and the state: every report of money is booked."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.state == "open":
        post(
            kind=PostingKind.PROVIDER_PAYMENT,
            key=f"unguarded:{note}",
            cause=f"provider_payment:{payment_id}",
            entries=[
                EntryDraft(AccountRef(AccountKind.WALLET, payment.reseller_id), AMOUNT),
                EntryDraft(AccountRef(AccountKind.WECHAT_CLEARING), -AMOUNT),
            ],
            actor=SYSTEM,
            now=NOW,
        )


def test_control_without_the_lock_money_is_booked_twice(amy: Daigou) -> None:
    payment = begin(amy)
    run_concurrently([partial(book_unguarded, payment.id, str(each)) for each in range(4)])
    assert balances(amy)[0] > AMOUNT


def begin_at_once(market: Marketplace) -> int:
    """Six tabs begin a payment of one order; how many of these payments are still to be paid."""
    amy = market.reseller()
    sku = market.sku(units=1, base_price_fen=10_00)
    order = amy.grab(item_of(market.sale(sku), sku), 1)
    acts = [
        partial(
            start_order_payment,
            actor=amy.actor,
            order_ids=[order.id],
            expected_total_fen=None,
            way=PaymentWay.WECHAT_QR,
            client_address="203.0.113.7",
            key=f"tab-{tab}",
            now=NOW,
        )
        for tab in range(6)
    ]
    run_concurrently(acts)
    return Payment.objects.filter(reseller_id=amy.id, state="open", expires_at__gt=NOW).count()


def test_control_without_the_lock_several_payments_of_an_order_are_begun(
    wechat_pay_service: WeChatPay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_payments, "lock_payer", lambda _: None)
    assert begin_at_once(Marketplace()) > 1


def test_of_payments_that_are_begun_at_once_for_an_order_one_stays_open(wechat_pay_service: WeChatPay) -> None:  # noqa: F811
    assert begin_at_once(Marketplace()) == 1
    assert all_violations() == []


def test_callbacks_sweeps_and_closing_at_once_book_once(wechat_pay_service: WeChatPay, amy: Daigou) -> None:  # noqa: F811
    payment = begin(amy)
    wechat_pay_service.pay(payment.number)
    notices = [wechat_pay_service.notice(payment.number, event_id=f"E{each % 2}", signed_at=END) for each in range(4)]
    # Each callback sets the clock, and back to what it found: only where all find the same does it run again at the end.
    with set_to(END):
        run_concurrently(
            [
                *(partial(send, headers, body, at=END) for headers, body in notices),
                *(partial(sweep, END) for _ in range(3)),
                *(partial(check_own_payment, actor=amy.actor, payment_id=payment.id, now=END) for _ in range(3)),
            ]
        )
    assert balances(amy) == (AMOUNT, AMOUNT)
    assert Posting.objects.filter(kind="provider_payment").count() == 1
    assert Payment.objects.get().state == "paid"
    assert sorted(ProviderEvent.objects.values_list("event_id", "times")) == [("E0", 2), ("E1", 2)]
    assert all_violations() == []


def test_same_key_at_once_starts_one_payment(wechat_pay_service: WeChatPay, amy: Daigou) -> None:  # noqa: F811
    run_concurrently([partial(begin, amy, key="same") for _ in range(6)])
    assert Payment.objects.count() == len(wechat_pay_service.orders) == 1
