"""Many threads grab one SKU: first a grab without its guard, which must oversell, then the real one, which never does."""

import functools
import threading

import pytest
from django.db import transaction

from flashsales.models import SaleItem
from flashsales.services.ending import close_ended, end_early
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.states import OrderState
from orders.services import grab, payment
from orders.services.placing import GrabLine
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import THREADS, run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

UNITS = 5


def grab_without_a_guard(item_id: int, gate: threading.Barrier) -> int:
    """What a careless shop does: look, think, write back. The gate stands between, where the scheduler would strike by chance."""
    with transaction.atomic():
        item = SaleItem.objects.get(pk=item_id)
        left = item.available
        gate.wait(timeout=20)
        if left < 1:
            return 0
        SaleItem.objects.filter(pk=item_id).update(available=left - 1, held=UNITS - left + 1)
        return 1


def test_control_without_the_guard_units_are_oversold() -> None:
    market = Marketplace()
    sku = market.sku(units=UNITS)
    item = item_of(market.sale(sku), sku)
    gate = threading.Barrier(THREADS)
    sold = sum(1 for answer in run_concurrently([lambda: grab_without_a_guard(item, gate)] * THREADS) if answer == 1)
    assert sold > UNITS
    assert SaleItem.objects.get(pk=item).held < sold


# ORDER-1
def test_no_unit_is_sold_twice_and_no_accepted_grab_is_lost() -> None:
    market = Marketplace()
    sku = market.sku(units=UNITS)
    item = item_of(market.sale(sku), sku)
    daigous = [market.reseller() for _ in range(THREADS)]
    answers = run_concurrently([functools.partial(daigou.grab, item) for daigou in daigous])
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert len(answers) - len(refused) == UNITS == Order.objects.count()
    assert {refusal.code for refusal in refused} == {"flashsales.sold_out"}
    assert {getattr(refusal, "available", None) for refusal in refused} == {0}
    assert units_of(item) == (UNITS, 0, UNITS, 0)
    assert all_violations() == []


# ORDER-2
def test_one_key_tapped_many_times_at_once_is_one_order() -> None:
    market = Marketplace()
    sku = market.sku(units=UNITS)
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller()
    answers = run_concurrently([lambda: daigou.grab(item, 2, key="tap")] * THREADS)
    assert {getattr(answer, "id", None) for answer in answers} == {Order.objects.get().pk}
    assert units_of(item) == (UNITS, UNITS - 2, 2, 0)


# SALE-4
def test_a_limit_holds_over_grabs_at_the_same_instant() -> None:
    market = Marketplace()
    sku = market.sku(units=100)
    item = item_of(market.sale(sku, item_limit=3), sku)
    daigou = market.reseller()
    answers = run_concurrently([lambda: daigou.grab(item)] * THREADS)
    assert sum(not isinstance(answer, Refusal) for answer in answers) == 3
    assert units_of(item) == (100, 97, 3, 0)
    assert all_violations() == []


def test_grabs_of_two_skus_in_opposite_order_do_not_deadlock() -> None:
    market = Marketplace()
    one, two = market.sku(units=100), market.sku(units=100)
    sale_id = market.sale(one, two)
    items = [item_of(sale_id, one), item_of(sale_id, two)]

    def grab_both(daigou: Daigou, order: list[int]) -> object:
        lines = [GrabLine(item, 1, daigou.recipient_id) for item in order]
        return grab.grab(actor=daigou.actor, lines=lines, key="both", now=NOW)

    daigous = [market.reseller() for _ in range(THREADS)]
    acts = [
        functools.partial(grab_both, daigou, items if number % 2 else items[::-1])
        for number, daigou in enumerate(daigous)
    ]
    answers = run_concurrently(acts)
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert units_of(items[0]) == units_of(items[1]) == (100, 100 - THREADS, THREADS, 0)


def test_a_concurrent_payment_and_expiry_have_one_winner() -> None:
    market = Marketplace()
    sku = market.sku(units=UNITS)
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller(wallet_fen=5000_00)
    order = daigou.grab(item, 2)
    late = order.pay_before
    run_concurrently(
        [
            lambda: payment.pay(actor=daigou.actor, order_id=order.id, now=late - HOUR / 3600),
            lambda: grab.expire_unpaid(now=late),
        ]
    )
    state = Order.objects.get().state
    assert state in (OrderState.PAID.value, OrderState.CANCELLED.value)
    assert units_of(item) == ((5, 3, 0, 2) if state == OrderState.PAID.value else (5, 5, 0, 0))
    assert all_violations() == []


def test_grabs_while_the_sale_is_ended_succeed_or_are_refused() -> None:
    market = Marketplace()
    sku = market.sku(units=50)
    sale_id = market.sale(sku)
    item = item_of(sale_id, sku)
    daigous = [market.reseller() for _ in range(THREADS)]
    grabs = [functools.partial(daigou.grab, item, now=NOW + HOUR) for daigou in daigous]
    end = functools.partial(end_early, actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + HOUR)
    run_concurrently([*grabs, end])
    held = sum(OrderLine.objects.values_list("units", flat=True))
    assert units_of(item) == (held, 0, held, 0)
    assert all_violations() == []


def test_two_concurrent_sweeps_close_a_sale_once() -> None:
    market = Marketplace()
    sku = market.sku(units=5)
    market.sale(sku)
    answers = run_concurrently([lambda: close_ended(now=NOW + 49 * HOUR)] * 4)
    assert sum(answer for answer in answers if isinstance(answer, int)) == 1
    assert all_violations() == []
