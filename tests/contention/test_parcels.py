"""Shipping that races: against refunds, shortages, corrections, and the same list sent twice (ORDER-4, AFTER-2)."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction

from aftersales.models.refunds import Refund
from aftersales.services.refunds import Shortage, refund_unshipped, report_short, report_short_total
from kernel.refusal import Refusal
from membership.models import GrowthEntry
from membership.rules.tiers import GrowthKind
from orders import sql
from orders.models.lines import OrderLine, ParcelLine
from orders.models.shipping import Consignment, Parcel
from orders.services import shipping
from orders.services.parcel_plan import LineUnits, Shipment, load_batch, plan_shipment
from orders.services.parcel_writes import write_batch
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def paid(units: int, consignments: int = 1) -> tuple[Marketplace, list[Consignment]]:
    """Paid consignments of one line each, of different resellers."""
    market = Marketplace()
    sku = market.sku(units=100, base_price_fen=100_00)
    item = item_of(market.sale(sku), sku)
    for _ in range(consignments):
        market.paid_order(market.reseller(wallet_fen=20_000_00), item, units)
    return market, list(Consignment.objects.order_by("pk"))


def figures() -> list[tuple[int, int, int, int]]:
    rows = OrderLine.objects.order_by("pk")
    return list(rows.values_list("units", "shipped_units", "cancelled_units", "short_units"))


def test_control_two_batches_without_the_lock_of_the_brand_ship_one_number_to_two_recipients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market, consignments = paid(1, consignments=2)
    Consignment.objects.filter(pk=consignments[1].pk).update(name="另一位")

    def ship_beside(each: Consignment, then: Callable[[], object]) -> None:
        with transaction.atomic():
            shipment = Shipment(each.pk, "顺丰", "SF1234567890")
            batch = load_batch(market.clerk, [shipment], NOW)
            plan_shipment(batch, shipment)
            then()
            write_batch(batch)

    monkeypatch.setattr(sql, "lock_shipping_of_brands", lambda _: None)
    other = partial(ship_beside, consignments[1], lambda: None)
    ship_beside(consignments[0], lambda: run_concurrently([other]))
    assert Parcel.objects.filter(waybill="SF1234567890").count() == 2


def test_one_number_for_two_recipients_at_once_is_taken_once() -> None:
    market, consignments = paid(1, consignments=6)
    for place, each in enumerate(consignments):
        Consignment.objects.filter(pk=each.pk).update(name=f"顾客{place}")
    acts = [
        partial(
            shipping.ship,
            actor=market.clerk,
            consignment_id=each.pk,
            carrier="顺丰",
            tracking_no="SF1234567890",
            now=NOW,
        )
        for each in consignments
    ]
    answers = run_concurrently(acts)
    assert sum(isinstance(answer, Refusal) for answer in answers) == 5
    assert Parcel.objects.count() == 1
    assert all_violations() == []


def test_the_same_list_at_once_ships_once() -> None:
    market, consignments = paid(3, consignments=5)
    shipments = [Shipment(each.pk, "顺丰", f"SF12345678{each.pk}") for each in consignments]
    orders = [shipments, shipments[::-1]] * 3
    answers = run_concurrently(
        [partial(shipping.ship_many, actor=market.clerk, shipments=each, now=NOW + HOUR) for each in orders]
    )
    states = [outcome.state.value for answer in answers for outcome in answer]  # type: ignore[attr-defined]
    assert (states.count("shipped"), states.count("unchanged")) == (5, 25)
    assert figures() == [(3, 3, 0, 0)] * 5
    assert (Parcel.objects.count(), ParcelLine.objects.count()) == (5, 5)
    assert GrowthEntry.objects.filter(kind=GrowthKind.SHIPMENT).count() == 5
    assert all_violations() == []


def test_units_of_a_line_that_are_shipped_refunded_and_short_at_once_are_each_counted_once() -> None:
    market, [consignment] = paid(5)
    [line] = OrderLine.objects.all()
    acts: list[Callable[[], object]] = [
        partial(
            shipping.ship,
            actor=market.clerk,
            consignment_id=consignment.pk,
            carrier="顺丰",
            tracking_no=f"SF123456789{place}",
            lines=[LineUnits(line.pk, 1)],
            now=NOW + HOUR,
        )
        for place in range(4)
    ]
    acts += [
        partial(refund_unshipped, actor=market.ops, line_id=line.pk, units=1, note="", key=f"r{place}", now=NOW + HOUR)
        for place in range(3)
    ]
    acts += [
        partial(
            report_short,
            actor=market.clerk,
            shortages=[Shortage(line.pk, 1)],
            note="",
            key=f"s{place}",
            now=NOW + HOUR,
        )
        for place in range(3)
    ]
    answers = run_concurrently(acts)
    assert sum(isinstance(answer, Refusal) for answer in answers) == 5
    [(units, shipped, cancelled, short)] = figures()
    assert (units, shipped + cancelled) == (5, 5)
    assert shipped == sum(ParcelLine.objects.values_list("units", flat=True))
    assert cancelled == sum(Refund.objects.values_list("units", flat=True))
    assert short == sum(Refund.objects.filter(reason="out_of_stock").values_list("units", flat=True))
    consignment.refresh_from_db()
    assert consignment.state == ("shipped" if shipped else "cancelled")
    assert all_violations() == []


def test_all_of_a_line_shipped_or_short_at_once_is_one_of_both() -> None:
    market, [consignment] = paid(2)
    [line] = OrderLine.objects.all()
    ship = partial(
        shipping.ship,
        actor=market.clerk,
        consignment_id=consignment.pk,
        carrier="顺丰",
        tracking_no="SF1234567890",
        now=NOW,
    )
    short = partial(report_short_total, actor=market.clerk, line_id=line.pk, units=2, now=NOW)
    answers = run_concurrently([ship, short] * 3)
    assert any(isinstance(answer, Refusal) for answer in answers)
    assert figures() in ([(2, 2, 0, 0)], [(2, 0, 2, 2)])
    assert all_violations() == []


def test_shortages_of_the_same_lines_in_another_order_at_once_do_not_deadlock() -> None:
    market, _ = paid(4, consignments=4)
    lines = list(OrderLine.objects.order_by("pk").values_list("pk", flat=True))
    acts = [
        partial(
            report_short,
            actor=market.clerk,
            shortages=[Shortage(line, 1) for line in (lines if place % 2 else lines[::-1])],
            note="",
            key=f"k{place % 2}",
            now=NOW,
        )
        for place in range(4)
    ]
    run_concurrently(acts)
    assert figures() == [(4, 0, 2, 2)] * 4
    assert all_violations() == []
