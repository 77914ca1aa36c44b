"""The migration that turns one tracking number per consignment into parcels, on tables with rows."""

import importlib

import pytest
from django.db import connection

from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from orders.models.lines import OrderLine, ParcelLine
from orders.models.shipping import Consignment, Parcel
from orders.services import shipping
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
MOVE = importlib.import_module("orders.migrations.0007_move_tracking_numbers").MOVE


def as_it_was_before(*numbers: tuple[str, str]) -> list[int]:
    """Consignments of three units, of which one was refunded and one reported short before it was shipped with the old columns."""
    market = Marketplace()
    sku = market.sku(units=50)
    item = item_of(market.sale(sku), sku)
    for carrier, number in numbers:
        order = market.paid_order(market.reseller(wallet_fen=10_000_00), item, 3)
        line = order.lines[0].id
        refund_unshipped(actor=market.ops, line_id=line, units=1, note="", key="r", now=NOW)
        report_out_of_stock(actor=market.clerk, line_id=line, units=1, note="", key="s", now=NOW)
        consignment = Consignment.objects.get(order=order.id)
        if number:
            shipping.ship(
                actor=market.clerk,
                consignment_id=consignment.pk,
                carrier="顺丰",
                tracking_no=f"SF{order.id:010d}",
                now=NOW + HOUR,
            )
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE orders_consignment SET carrier = %s, tracking_no = %s WHERE id = %s",
                    [carrier, number, consignment.pk],
                )
    ParcelLine.objects.all().delete()
    Parcel.objects.all().delete()
    OrderLine.objects.update(shipped_units=0, cancelled_units=0, short_units=0, shipped_at=None)
    return list(Consignment.objects.order_by("pk").values_list("pk", flat=True))


def move() -> None:
    with connection.cursor() as cursor:
        cursor.execute(MOVE)


def test_shipped_consignments_become_parcels_and_lines_know_their_units() -> None:
    ids = as_it_was_before(("顺丰", "sf1234567890"), ("飞毛腿", "JD0118080218877-1-1-"), ("", ""))
    for _ in range(2):
        move()
        parcels = Parcel.objects.order_by("consignment_id").values_list(
            "consignment_id", "carrier__code", "carrier_name", "tracking_no", "waybill", "shipped_at", "lines__units"
        )
        assert list(parcels) == [
            (ids[0], "SF", "顺丰速运", "sf1234567890", "SF1234567890", NOW + HOUR, 1),
            (ids[1], None, "飞毛腿", "JD0118080218877-1-1-", "JD0118080218877", NOW + HOUR, 1),
        ]
        figures = OrderLine.objects.order_by("pk").values_list(
            "shipped_units", "cancelled_units", "short_units", "shipped_at"
        )
        assert list(figures) == [(1, 2, 1, NOW + HOUR), (1, 2, 1, NOW + HOUR), (0, 2, 1, None)]
    assert all_violations() == []
