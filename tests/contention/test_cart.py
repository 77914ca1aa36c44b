"""Carts that race: for the last units, and paying against paying, expiring and cancelling (ORDER-7, ORDER-8)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from ledger.models import Posting
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.selectors.orders import OrderView, get_wallet_balance_fen
from orders.services.cart import change_units, swap_item
from orders.services.grab import OrderNotUnpaid, cancel_unpaid, expire_unpaid
from orders.services.payment import PaymentView, TotalChanged, pay_orders
from orders.services.placing import GrabLine, place_orders
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

WALLET_FEN = 1_000_00


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def items_of(market: Marketplace, count: int, units: int) -> list[int]:
    skus = [market.sku(units=units, base_price_fen=10_00) for _ in range(count)]
    sale = market.sale(*skus)
    return [item_of(sale, sku) for sku in skus]


def test_place_orders_of_what_is_left_by_many_carts_gives_each_unit_once(market: Marketplace) -> None:
    items = items_of(market, count=6, units=5)
    buyers = [market.reseller() for _ in range(8)]

    def place(number: int, buyer: Daigou) -> OrderView:
        # Half of them ask for the items in the opposite order: the locks must not depend on it.
        order = items if number % 2 else items[::-1]
        lines = [GrabLine(item, 2, buyer.recipient_id) for item in order]
        return place_orders(actor=buyer.actor, lines=lines, key="cart", take=Take.WHAT_IS_LEFT, now=NOW)

    answers = run_concurrently([partial(place, number, buyer) for number, buyer in enumerate(buyers)])
    placed = [answer for answer in answers if isinstance(answer, OrderView)]
    assert [units_of(item) for item in items] == [(5, 0, 5, 0)] * 6
    assert sum(order.units for order in placed) == 30
    for order in placed:
        assert order.units + sum(each.units for each in order.refused_lines) == 12
    assert [violation.what for violation in all_violations()] == []


def test_place_orders_with_the_same_key_at_once_places_one_order(market: Marketplace) -> None:
    items = items_of(market, count=3, units=5)
    buyer = market.reseller()
    lines = [GrabLine(item, 4, buyer.recipient_id) for item in items]
    for take in Take:
        place = partial(
            place_orders, actor=buyer.actor, lines=lines[: 2 if take is Take.ALL else 3], key=take.value, now=NOW
        )
        answers = run_concurrently([partial(place, take=take)] * 6)
        assert len({answer.id for answer in answers if isinstance(answer, OrderView)}) == 1
        assert not any(isinstance(answer, Exception) for answer in answers)
    assert Order.objects.count() == 2


class Cart:
    def __init__(self, market: Marketplace) -> None:
        self.items = items_of(market, count=3, units=9)
        self.daigou = market.reseller(wallet_fen=WALLET_FEN)
        self.orders = [self.daigou.grab(item, 2).id for item in self.items]

    def pay(self, ids: list[int] | None = None, after: timedelta = timedelta(0)) -> Callable[[], PaymentView]:
        return lambda: pay_orders(actor=self.daigou.actor, order_ids=ids or self.orders, now=NOW + after)

    def cancel(self, order_id: int) -> Callable[[], OrderView]:
        return lambda: cancel_unpaid(actor=self.daigou.actor, order_id=order_id, now=NOW)

    def require_all_paid_or_none(self) -> bool:
        """Whether the orders were paid; money and units say the same as the states."""
        paid = Order.objects.filter(state="paid").count()
        assert paid in (0, 3)
        assert Posting.objects.filter(kind="payment").count() == paid
        assert get_wallet_balance_fen(self.daigou.id) == WALLET_FEN - paid * 20_00
        assert [units_of(item)[3] for item in self.items] == [2 if paid else 0] * 3
        assert OrderLine.objects.filter(consignment__isnull=False).count() == paid
        assert [violation.what for violation in all_violations()] == []
        return paid == 3


def test_pay_orders_twice_at_once_pays_once(market: Marketplace) -> None:
    cart = Cart(market)
    answers = run_concurrently([cart.pay(cart.orders[::step]) for step in (1, -1) for _ in range(3)])
    assert all(isinstance(answer, PaymentView) for answer in answers)
    assert cart.require_all_paid_or_none()


def test_pay_orders_against_a_payment_of_one_of_them(market: Marketplace) -> None:
    cart = Cart(market)
    answers = run_concurrently([cart.pay(), cart.pay(cart.orders[1:2])])
    whole, single = answers
    assert isinstance(single, PaymentView)
    states = set(Order.objects.values_list("state", flat=True))
    if isinstance(whole, PaymentView):
        assert states == {"paid"}
    else:
        assert isinstance(whole, OrderNotUnpaid)
        assert Order.objects.filter(state="paid").count() == 1
    assert [violation.what for violation in all_violations()] == []


@pytest.mark.parametrize("attempt", range(3))
def test_pay_orders_against_a_cancellation(market: Marketplace, attempt: int) -> None:
    cart = Cart(market)
    payment, cancelled = run_concurrently([cart.pay(), cart.cancel(cart.orders[attempt])])
    if cart.require_all_paid_or_none():
        assert isinstance(cancelled, OrderNotUnpaid)
    else:
        assert isinstance(payment, OrderNotUnpaid)
        assert isinstance(cancelled, OrderView)


def test_pay_orders_against_their_expiry(market: Marketplace) -> None:
    cart = Cart(market)
    end = timedelta(minutes=15)
    expire = partial(expire_unpaid, now=NOW + end)
    payment, *_ = run_concurrently([cart.pay(after=end - timedelta(seconds=1)), expire, expire])
    if cart.require_all_paid_or_none():
        assert isinstance(payment, PaymentView)
    else:
        assert isinstance(payment, OrderNotUnpaid)
        # What the payment had locked at that instant is left to the next run of the job.
        expire()
        assert set(Order.objects.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("units", [0, 1, 5])
def test_pay_orders_against_a_change_of_units(market: Marketplace, units: int) -> None:
    cart = Cart(market)
    line = OrderLine.objects.get(order_id=cart.orders[1]).pk
    change = partial(change_units, actor=cart.daigou.actor, line_id=line, units=units, now=NOW)
    paying = partial(pay_orders, actor=cart.daigou.actor, order_ids=cart.orders, expected_total_fen=60_00, now=NOW)
    payment, changed = run_concurrently([paying, change])
    assert isinstance(payment, PaymentView) == isinstance(changed, OrderNotUnpaid)
    if isinstance(payment, PaymentView):
        assert cart.require_all_paid_or_none()
    else:
        # She is told that the sum is another, or that an order is gone; nothing was paid.
        assert isinstance(payment, TotalChanged | OrderNotUnpaid)
        assert not cart.require_all_paid_or_none()
        assert units_of(cart.items[1]) == (9, 9 - units, units, 0)


def test_swap_item_against_the_opposite_swap_and_a_payment(market: Marketplace) -> None:
    skus = [market.sku(units=4, base_price_fen=10_00, style_no="K1", size=size) for size in ("S", "M")]
    sale = market.sale(*skus)
    small, medium = (item_of(sale, sku) for sku in skus)
    buyers = [market.reseller(wallet_fen=WALLET_FEN) for _ in range(4)]
    orders = [buyer.grab(item, 2) for buyer, item in zip(buyers, [small, medium, small, medium], strict=True)]

    def swap(number: int) -> OrderView:
        line = orders[number].lines[0]
        other = medium if line.item_id == small else small
        return swap_item(actor=buyers[number].actor, line_id=line.id, item_id=other, now=NOW)

    def pay(number: int) -> PaymentView:
        return pay_orders(actor=buyers[number].actor, order_ids=[orders[number].id], now=NOW)

    run_concurrently([*(partial(swap, number) for number in range(4)), partial(pay, 0), partial(pay, 1)])
    # Both sizes were held to the last piece, so that no swap can succeed; nothing is lost by trying.
    assert [sum(units_of(item)[2:]) for item in (small, medium)] == [4, 4]
    assert Order.objects.filter(state="paid").count() == 2
    assert [violation.what for violation in all_violations()] == []


def test_swap_item_of_many_to_the_last_pieces_gives_each_once(market: Marketplace) -> None:
    skus = [
        market.sku(units=units, base_price_fen=10_00, style_no="K1", size=size) for size, units in (("S", 6), ("M", 3))
    ]
    sale = market.sale(*skus)
    small, medium = (item_of(sale, sku) for sku in skus)
    buyers = [market.reseller() for _ in range(6)]
    orders = [buyer.grab(small) for buyer in buyers]
    answers = run_concurrently(
        [
            partial(swap_item, actor=buyer.actor, line_id=order.lines[0].id, item_id=medium, now=NOW)
            for buyer, order in zip(buyers, orders, strict=True)
        ]
    )
    assert sum(isinstance(answer, OrderView) for answer in answers) == 3
    assert (units_of(small), units_of(medium)) == ((6, 3, 3, 0), (3, 0, 3, 0))
    assert [violation.what for violation in all_violations()] == []
