"""A sale that clashes with another is refused before it locks anything: payments, grabs and refunds in flight go on (SALE-2)."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from aftersales.services import refunds
from db import sql
from flashsales.models import Sale, SaleItem
from flashsales.services import ending, publishing
from flashsales.services.windows import AlreadyOnSale
from inventory.services.stock import lock_and_read_free_units
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.services import payment as orders_payment
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], object]) -> "Future[object]":
    def run() -> object:
        try:
            return act()
        finally:
            connection.close()

    return pool.submit(run)


def until_waiting(sessions: int) -> None:
    """Until so many sessions of this database wait for a lock."""
    for _ in range(1000):
        sql.rows("SELECT pg_stat_clear_snapshot()", {})
        [row] = sql.rows(
            """SELECT count(DISTINCT l.pid) AS n FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
               WHERE NOT l.granted AND a.datname = current_database()""",
            {},
        )
        if row["n"] >= sessions:
            return
        time.sleep(0.01)
    raise AssertionError(f"{sessions} sessions should be waiting")


def lock_keys(skus: list[int]) -> None:
    """Lock SKUs so that no row may refer to them anew: what stops a grab as it commits."""
    sql.execute("SELECT id FROM inventory_sku WHERE id = ANY(%(skus)s) ORDER BY id FOR UPDATE", {"skus": skus})


def in_flight(market: Marketplace, *items: int) -> list[Callable[[], object]]:
    """A payment of the first item, a grab of the second, a refund of the third."""
    daigou = market.reseller(wallet_fen=5000_00)
    unpaid = daigou.grab(items[0])
    acts: list[Callable[[], object]] = [lambda: orders_payment.pay(actor=daigou.actor, order_id=unpaid.id, now=NOW)]
    if len(items) > 1:
        acts.append(lambda: daigou.grab(items[1], key="in flight"))
        line = OrderLine.objects.get(order=market.paid_order(daigou, items[2]).id)
        acts.append(
            lambda: refunds.refund_unshipped(
                actor=market.ops, line_id=line.pk, units=1, note="不要了", key="in flight", now=NOW
            )
        )
    return acts


def test_control_a_clash_found_by_the_constraint_aborts_a_payment() -> None:
    market = Marketplace()
    sku = market.sku(units=10)
    item = item_of(market.sale(sku, units=5), sku)
    clashing = Sale.objects.get(pk=market.draft(sku, units=5))
    [act] = in_flight(market, item)

    def pay() -> object:
        with transaction.atomic():  # so that it is not repeated by itself
            # A session looks for a deadlock once, so long after it began to wait; by then there must be one.
            sql.execute("SET LOCAL deadlock_timeout = '3s'", {})
            return act()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            sql.execute("SET LOCAL deadlock_timeout = '60s'", {})
            lock_and_read_free_units([sku])
            payment = in_thread(pool, pay)
            until_waiting(1)
            with pytest.raises(IntegrityError), transaction.atomic():
                SaleItem.objects.filter(sale=clashing).update(sale_window=(clashing.starts_at, clashing.ends_at))
            transaction.set_rollback(True)
        with pytest.raises(OperationalError, match="deadlock"):
            payment.result(timeout=30)


def test_publish_and_extend_refuse_a_clash_at_once_and_abort_nothing_in_flight() -> None:
    market = Marketplace()
    skus = [market.sku(units=10) for _ in range(3)]
    live = market.sale(*skus, units=5)
    clashing = market.draft(*skus, units=5, starts_at=NOW + HOUR)
    market.sale(*skus, units=2, starts_at=NOW + 48 * HOUR)
    acts = in_flight(market, *(item_of(live, sku) for sku in skus))
    stood = stands()

    def refused(act: Callable[[], object]) -> object:
        def without_waiting() -> None:
            with transaction.atomic():
                sql.execute("SET LOCAL lock_timeout = '5s'", {})
                act()

        with pytest.raises(AlreadyOnSale) as refusal:
            without_waiting()
        return sorted({each["sku_id"] for each in refusal.value.skus})

    def publish() -> object:
        return refused(lambda: publishing.publish(actor=market.ops, sale_id=clashing, now=NOW))

    def extend() -> object:
        ends_at = NOW + 49 * HOUR
        return refused(lambda: ending.extend(actor=market.ops, sale_id=live, ends_at=ends_at, reason="卖得好", now=NOW))

    with ThreadPoolExecutor(len(acts) + 2) as pool:
        with transaction.atomic():
            # Somebody holds the SKUs: the grab is stopped where it holds its item, payment and refund also hold the sale in share mode.
            lock_keys(skus)
            flying = [in_thread(pool, act) for act in acts]
            until_waiting(len(acts))
            assert in_thread(pool, publish).result(timeout=30) == skus
        for each in flying:
            each.result(timeout=30)
        assert in_thread(pool, extend).result(timeout=30) == skus
    assert stands() == stood
    assert [units_of(item_of(live, sku)) for sku in skus] == [(4, 0, 1), (4, 1, 0), (5, 0, 0)]
    assert all_violations() == []


def test_extend_refuses_a_clash_without_waiting_for_a_grab_in_flight() -> None:
    market = Marketplace()
    sku = market.sku(units=10)
    live = market.sale(sku, units=5)
    market.sale(sku, units=2, starts_at=NOW + 48 * HOUR)
    daigou = market.reseller()

    def extend() -> None:
        with transaction.atomic():
            sql.execute("SET LOCAL lock_timeout = '5s'", {})
            ending.extend(actor=market.ops, sale_id=live, ends_at=NOW + 49 * HOUR, reason="卖得好", now=NOW)

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            lock_keys([sku])
            grab = in_thread(pool, lambda: daigou.grab(item_of(live, sku)))
            until_waiting(1)
            with pytest.raises(AlreadyOnSale):
                in_thread(pool, extend).result(timeout=30)
        grab.result(timeout=30)
    assert Order.objects.count() == 1
    assert all_violations() == []


def test_control_a_grab_waits_for_who_locks_the_keys_of_its_skus() -> None:
    market = Marketplace()
    sku = market.sku(units=10)
    item, daigou = item_of(market.sale(sku, units=5), sku), market.reseller()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_keys([sku])
            grab = in_thread(pool, lambda: daigou.grab(item))
            until_waiting(1)
            assert not grab.done()
        grab.result(timeout=30)
    assert Order.objects.count() == 1


def test_a_grab_does_not_wait_for_a_publication_of_its_skus_in_another_sale() -> None:
    market = Marketplace()
    sku = market.sku(units=10)
    item, daigou = item_of(market.sale(sku, units=5), sku), market.reseller()
    later = market.draft(sku, units=3, starts_at=NOW + 48 * HOUR)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        publishing.publish(actor=market.ops, sale_id=later, now=NOW)
        # The publication holds its locks until it commits.
        in_thread(pool, lambda: daigou.grab(item)).result(timeout=10)
    assert (Order.objects.count(), Sale.objects.get(pk=later).state) == (1, "published")
    assert [units_of(item), units_of(item_of(later, sku))] == [(4, 1, 0), (3, 0, 0)]
    assert all_violations() == []


def test_publishing_and_extending_at_the_same_instant_one_is_refused_and_nothing_in_flight_is_aborted() -> None:
    market = Marketplace()
    skus = [market.sku(units=100) for _ in range(3)]
    live = market.sale(*skus, units=50)
    later = market.draft(*skus, units=20, starts_at=NOW + 48 * HOUR)
    same = market.draft(*skus, units=20, starts_at=NOW + 49 * HOUR)
    flying = [act for _ in range(2) for act in in_flight(market, *(item_of(live, sku) for sku in skus))]
    ends_at = NOW + 50 * HOUR
    answers = run_concurrently(
        [
            lambda: publishing.publish(actor=market.ops, sale_id=later, now=NOW),
            lambda: publishing.publish(actor=market.ops, sale_id=same, now=NOW),
            lambda: ending.extend(actor=market.ops, sale_id=live, ends_at=ends_at, reason="卖得好", now=NOW),
            *flying,
        ]
    )
    # The extension clashes with either publication, and they with each other.
    assert sorted(type(answer).__name__ == "AlreadyOnSale" for answer in answers[:3]) == [False, True, True]
    assert not [answer for answer in answers[3:] if isinstance(answer, Refusal)]
    assert all_violations() == []


def stands() -> list[object]:
    """Windows, states and price lists of all sales."""
    return list(Sale.objects.order_by("pk").values_list("state", "ends_at", "price_list_id"))


def units_of(item_id: int) -> tuple[int, int, int]:
    item = SaleItem.objects.get(pk=item_id)
    return item.available, item.held, item.sold
