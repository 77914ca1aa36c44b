"""Late payments that race: for the last units, with the job of expiry, with a cancellation, and with themselves (ORDER-15)."""

from datetime import timedelta
from functools import partial

import pytest

from kernel.refusal import Refusal
from ledger.models import Posting
from orders.models.orders import Order
from orders.models.payments import ReceivedPayment
from orders.selectors.orders import get_wallet_balance_fen
from orders.selectors.received_payments import ReceivedPaymentView
from orders.services.grab import cancel_unpaid, expire_unpaid
from orders.services.received_payments import receive_payment
from tests.builders import NOW, Daigou, Marketplace, all_violations_of_parts, approval_by, item_of, units_of
from tests.contention.concurrency import run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
LATE = NOW + timedelta(minutes=20)


class Shop:
    """Three resellers hold one of three pieces each, and do not pay in time."""

    def __init__(self) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=3, base_price_fen=10_00)
        self.item = item_of(self.market.sale(sku), sku)
        self.buyers = [self.market.reseller() for _ in range(3)]
        self.orders = [buyer.grab(self.item).id for buyer in self.buyers]

    def receive(self, number: int, reference: str = "") -> ReceivedPaymentView:
        return receive_payment(
            actor=self.market.finance,
            approval=approval_by(self.market.finance),
            order_id=self.orders[number],
            amount_fen=10_00,
            reference=reference or f"bank-{number}",
            now=LATE,
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_late_payments_for_the_last_units_and_grabs_sell_each_once(shop: Shop) -> None:
    expire_unpaid(now=LATE)
    # The control: an order that is only called paid again sells units that another holds.
    other = shop.market.reseller()
    other.grab(shop.item, 2, now=LATE)
    assert units_of(shop.item)[1] < len(shop.orders)
    answers = run_concurrently([partial(shop.receive, number) for number in range(3)])
    outcomes = [answer.outcome for answer in answers if isinstance(answer, ReceivedPaymentView)]
    assert sorted(outcomes) == ["paid_late", "sold_out", "sold_out"]
    assert units_of(shop.item) == (3, 0, 2, 1)
    assert sorted(get_wallet_balance_fen(buyer.id) for buyer in shop.buyers) == [0, 10_00, 10_00]
    assert all_violations_of_parts() == []


def test_one_reference_at_once_counts_once(shop: Shop) -> None:
    answers = run_concurrently([partial(shop.receive, number % 2, "same") for number in range(8)])
    assert Posting.objects.filter(kind="top_up").count() == ReceivedPayment.objects.count() == 1
    assert Order.objects.filter(state="paid").count() == 1
    received = [answer for answer in answers if isinstance(answer, ReceivedPaymentView)]
    assert len({answer.id for answer in received}) == 1
    assert all(isinstance(answer, ReceivedPaymentView | Refusal) for answer in answers)
    assert all_violations_of_parts() == []


def test_late_payment_against_expiry_and_cancellation_loses_nothing(shop: Shop) -> None:
    def cancel(number: int, buyer: Daigou) -> object:
        return cancel_unpaid(actor=buyer.actor, order_id=shop.orders[number], now=LATE)

    run_concurrently(
        [
            *(partial(shop.receive, number) for number in range(3)),
            *(partial(cancel, number, shop.buyers[number]) for number in range(2)),
            partial(expire_unpaid, now=LATE),
        ]
    )
    paid = Order.objects.filter(state="paid").count()
    assert units_of(shop.item)[2:] == (0, paid)
    assert sum(get_wallet_balance_fen(buyer.id) for buyer in shop.buyers) == (3 - paid) * 10_00
    assert all_violations_of_parts() == []
