"""The clock of 24 hours, the picking list, and packing with a scanner (ORDER-4)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from aftersales.services.refunds import report_out_of_stock
from kernel.clock import set_to
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment, Parcel
from orders.rules.states import Urgency, urgency_of
from orders.selectors.shipping_desk import count_by_urgency, get_backlog, get_next_to_ship, get_picking_list
from orders.services import payment
from orders.services.placing import GrabLine, place_orders
from tests.builders import HOUR, NOW, Marketplace, item_of

pytestmark = pytest.mark.django_db


def market_with(*minutes_after: int) -> tuple[Marketplace, list[int]]:
    """Consignments of an M and two L each, paid so many minutes after NOW; gives their ids."""
    market = Marketplace()
    skus = [market.sku(units=50, style_no="QH26", size=size) for size in ("M", "L")]
    sale_id = market.sale(*skus)
    for place, minutes in enumerate(minutes_after):
        buyer, now = market.reseller(wallet_fen=10_000_00), NOW + timedelta(minutes=minutes)
        wanted = [
            GrabLine(item_of(sale_id, sku), units, buyer.recipient_id) for sku, units in zip(skus, (1, 2), strict=True)
        ]
        order = place_orders(actor=buyer.actor, lines=wanted, key=f"k{place}", now=now)
        payment.pay(actor=buyer.actor, order_id=order.id, now=now)
    return market, list(Consignment.objects.order_by("ship_by").values_list("pk", flat=True))


def client_of(market: Marketplace) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=market.clerk.own_id))
    return client


@pytest.mark.parametrize(
    ("left", "urgency"),
    [
        (timedelta(hours=24), Urgency.DUE),
        (timedelta(hours=4, seconds=1), Urgency.DUE),
        (timedelta(hours=4), Urgency.SOON),
        (timedelta(0), Urgency.SOON),
        (-timedelta(seconds=1), Urgency.LATE),
    ],
)
def test_urgency_by_the_time_left(left: timedelta, urgency: Urgency) -> None:
    assert urgency_of(ship_by=NOW + left, at=NOW) is urgency


def test_get_backlog_counts_by_hours_left() -> None:
    market, _ = market_with(0, 0, 60, 600)
    backlog = get_backlog(at=NOW + timedelta(hours=24, minutes=30), brand_id=market.brand_id)
    assert [(each.hours_left, each.urgency, each.consignments) for each in backlog] == [
        (-1, Urgency.LATE, 2),
        (0, Urgency.SOON, 1),
        (9, Urgency.DUE, 1),
    ]
    assert count_by_urgency(backlog) == {Urgency.LATE: 2, Urgency.SOON: 1, Urgency.DUE: 1}
    assert get_backlog(at=NOW, brand_id=market.brand()) == []


def test_get_picking_list_adds_up_what_is_left_by_style_and_size() -> None:
    market, _ = market_with(0, 0)
    assert [
        (each.style_no, each.size, each.units, each.consignments) for each in get_picking_list(market.brand_id)
    ] == [
        ("QH26", "L", 4, 2),
        ("QH26", "M", 2, 2),
    ]
    line = Consignment.objects.order_by("pk")[0].lines.get(units=2)
    report_out_of_stock(actor=market.clerk, line_id=line.pk, units=2, note="", key="k", now=NOW)
    assert [(each.size, each.units, each.consignments) for each in get_picking_list(market.brand_id)] == [
        ("L", 2, 1),
        ("M", 2, 2),
    ]
    assert "QH26" in client_of(market).get("/portal/shipping/picking/").content.decode()


def test_get_next_to_ship_goes_through_the_deadlines_and_begins_again() -> None:
    market, ids = market_with(0, 1, 2)
    seen: list[int] = []
    after: int | None = None
    for _ in range(4):
        view = get_next_to_ship(market.brand_id, at=NOW, after_id=after)
        assert view is not None
        after = view.id
        seen.append(view.id)
    assert seen == [*ids, ids[0]]


def test_scan_ships_and_goes_to_the_next_with_the_carrier_that_was_picked() -> None:
    market, ids = market_with(0, 1, 2)
    client = client_of(market)
    with set_to(NOW + HOUR):
        page = client.get("/portal/shipping/scan/").content.decode()
        assert f"发货单 {ids[0]}" in page
        address = "/portal/shipping/scan/"
        for place, shown in enumerate(ids):
            sent = {"consignment": shown, "carrier": "顺丰", "tracking_no": f"SF123456789012{place}"}
            answer = client.post(address, sent, follow=True)
            page = answer.content.decode()
            if place < 2:
                assert f"发货单 {ids[place + 1]}" in page
                assert 'value="顺丰"' in page
    assert list(Parcel.objects.order_by("pk").values_list("consignment_id", flat=True)) == ids
    assert "没有待发货的单子" in page


@pytest.mark.parametrize(("carrier", "offered"), [("", ["顺丰速运"]), ("圆通", ["顺丰速运", "圆通速递"])])
def test_scan_asks_where_the_number_is_not_of_the_picked_carrier(carrier: str, offered: list[str]) -> None:
    market, [only] = market_with(0)
    client = client_of(market)
    sent = {"consignment": only, "carrier": carrier, "tracking_no": "SF1234567890123"}
    with set_to(NOW + HOUR):
        answer = client.post("/portal/shipping/scan/", sent)
        assert [each.name for each in answer.context["scanned"].question] == offered
        assert not Parcel.objects.exists()
        client.post("/portal/shipping/scan/", sent | {"chosen": offered[-1]})
    assert Parcel.objects.get().carrier_name == offered[-1]


def test_scan_of_what_is_no_number_ships_nothing() -> None:
    market, [only] = market_with(0)
    with set_to(NOW + HOUR):
        answer = client_of(market).post(
            "/portal/shipping/scan/", {"consignment": only, "carrier": "顺丰", "tracking_no": "SF1 SF2"}
        )
    assert answer.status_code == 200
    assert answer.context["scanned"].refusal
    assert not Parcel.objects.exists()


def test_the_form_keeps_what_was_typed_beside_the_refusal() -> None:
    """With the units of a part lost, the next tap would ship everything."""
    market, [consignment_id] = market_with(0)
    client, page = client_of(market), "/portal/shipping/"
    lines = OrderLine.objects.order_by("pk")
    typed = {f"units-{line.pk}": str(1 - place) for place, line in enumerate(lines)}
    with set_to(NOW):
        client.post(f"{page}{consignment_id}/", {"carrier": "顺风", "tracking_no": "SF1234567890", **typed})
        shown = client.get(page).content.decode()
        again = client.get(page).content.decode()
    assert not Parcel.objects.exists()
    words = "不认识快递公司“顺风”，请从列表中选择，或请平台添加"
    assert shown.count(words) == 2  # at the top, and in the form
    fields = ['value="顺风"', 'value="SF1234567890"', f'name="units-{lines[0].pk}"', '<details class="text-sm" open>']
    assert [each in shown for each in fields] == [True] * 4
    assert re.search(rf'name="units-{lines[1].pk}"[^>]*value="0"', shown)
    assert [each in again for each in fields] == [False, False, True, False]
    with set_to(NOW):
        client.post(f"{page}{consignment_id}/", {"carrier": "顺丰", "tracking_no": "SF1234567890", **typed})
        parcel = Parcel.objects.get()
        client.post(f"{page}parcels/{parcel.pk}/tracking/", {"carrier": "顺风", "tracking_no": "SF1234567891"})
        shown = client.get(page).content.decode()
    assert 'value="SF1234567891"' in shown
    assert shown.count(words) == 2
    parcel.refresh_from_db()
    assert parcel.tracking_no == "SF1234567890"
