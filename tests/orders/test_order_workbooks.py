"""ORDER-4 by workbook: the list goes out, and comes back with tracking numbers."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from aftersales.models.refunds import Refund
from aftersales.services import shipping_workbooks
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from kernel.clock import set_to
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment, Parcel
from orders.selectors.consignments import list_consignments
from orders.services import grab, order_workbooks, payment, shipping, shipping_workbook
from orders.services.placing import GrabLine
from orders.services.refund import AlreadyShipped
from tests.builders import NOW, Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def paid(market: Marketplace, *units: int) -> None:
    """As many consignments as there are figures: each of another reseller, with so many units."""
    sku_id = market.sku(units=100)
    sale_id = market.sale(sku_id)
    for each in units:
        market.paid_order(market.reseller(wallet_fen=100_000_00), item_of(sale_id, sku_id), each)


def paid_together(market: Marketplace, *sizes: str) -> list[int]:
    """One consignment with one unit of each size; gives the ids of its lines."""
    skus = [market.sku(units=10, style_no="QH26", size=size) for size in sizes]
    sale_id = market.sale(*skus)
    buyer = market.reseller(wallet_fen=100_000_00)
    wanted = [GrabLine(item_of(sale_id, sku), 1, buyer.recipient_id) for sku in skus]
    order = grab.grab(actor=buyer.actor, lines=wanted, key="together", now=NOW)
    return [line.id for line in payment.pay(actor=buyer.actor, order_id=order.id, now=NOW).lines]


def states(market: Marketplace) -> list[tuple[str, ...]]:
    """The state of each consignment with the numbers of its parcels."""
    found = Consignment.objects.filter(brand=market.brand_id).order_by("pk")
    return [(each.state, *each.parcels.order_by("pk").values_list("tracking_no", flat=True)) for each in found]


def lines_of(market: Marketplace) -> list[tuple[int, int, int, int]]:
    """Units, shipped, cancelled and short units of each line."""
    rows = OrderLine.objects.filter(brand=market.brand_id).order_by("pk")
    return list(rows.values_list("units", "shipped_units", "cancelled_units", "short_units"))


def send(market: Marketplace, data: bytes) -> order_workbooks.ShippingResult:
    return shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)


def without_row(data: bytes, row: int) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.worksheets[0].delete_rows(row)
    return packed(book)


def packed(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def the_list(market: Marketplace) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(shipping_workbook.write_shipping_list(actor=market.clerk, now=NOW)))


def filled(market: Marketplace, *parcels: tuple[str, str]) -> bytes:
    """The list as a clerk fills it in: carrier and number, line by line."""
    book = the_list(market)
    sheet = book.worksheets[0]
    for row, (carrier, number) in enumerate(parcels, start=2):
        sheet.cell(row, 11, carrier)
        sheet.cell(row, 12, number)
    return packed(book)


def numbers(market: Marketplace) -> dict[int, str]:
    found = list_consignments(at=NOW, brand_id=market.brand_id).items
    return {each.id: each.tracking_no for each in found}


def test_write_shipping_list_holds_only_what_shipping_needs(market: Marketplace) -> None:
    paid(market, 2)
    rows = list(the_list(market).worksheets[0].iter_rows(values_only=True))
    (consignment,) = list_consignments(at=NOW, brand_id=market.brand_id).items
    line = consignment.lines[0]
    said = (str(consignment.id), "王小美", "13800138000", consignment.address, line.style_no, "黑", "M", "")
    assert rows[1][:8] == said
    assert str(rows[1][8]) == "2"


def test_ship_by_workbook_ships_the_named_consignments(market: Marketplace) -> None:
    paid(market, 1, 2, 3)
    data = filled(market, ("顺丰", "SF1234567890"), ("", ""), ("中通", "73112345678901"))
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, done.faults) == (2, [])
    assert sorted(numbers(market).values()) == ["", "73112345678901", "SF1234567890"]


def test_ship_by_workbook_again_changes_nothing(market: Marketplace) -> None:
    paid(market, 1)
    data = filled(market, ("顺丰", "SF1234567890"))
    shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    before = numbers(market)
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, done.unchanged, done.faults, numbers(market)) == (0, 1, [], before)


def test_ship_by_workbook_accepts_a_number_that_was_typed_before(market: Marketplace) -> None:
    paid(market, 1)
    [parcel] = numbers(market)
    shipping.ship(actor=market.clerk, consignment_id=parcel, carrier="顺丰", tracking_no="sf1234567890", now=NOW)
    csv = f"发货单号,快递公司,快递单号\n{parcel},顺丰速运,SF1234567890\n".encode()
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=csv, now=NOW)
    assert (done.shipped, done.unchanged, done.faults) == (0, 1, [])
    assert states(market) == [("shipped", "sf1234567890")]
    assert Parcel.objects.count() == 1


def test_ship_by_workbook_reports_a_wrong_row_and_ships_the_others(market: Marketplace) -> None:
    paid(market, 1, 1)
    data = filled(market, ("顺丰", "12"), ("顺丰", "SF1234567890"))
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert done.shipped == 1
    assert [(fault.row, fault.code) for fault in done.faults] == [(2, "bad_tracking_number")]


# ORDER-4
def test_ship_by_workbook_leaves_a_line_without_a_number_to_ship(market: Marketplace) -> None:
    first, second = paid_together(market, "M", "L")
    paid(market, 1)
    done = send(market, filled(market, ("顺丰", "SF1234567890"), ("", ""), ("中通", "73112345678901")))
    assert (done.shipped, done.parcels, done.faults) == (2, 2, [])
    assert states(market) == [("partly_shipped", "SF1234567890"), ("shipped", "73112345678901")]
    assert lines_of(market) == [(1, 1, 0, 0), (1, 0, 0, 0), (1, 1, 0, 0)]
    number = min(Consignment.objects.values_list("pk", flat=True))
    assert [(each.consignment_id, each.line_id, each.sku_name, each.units) for each in done.left] == [
        (number, second, "QH26 黑 L", 1)
    ]
    # What is left can still be reported short, and the shipped line cannot.
    with pytest.raises(AlreadyShipped):
        report_out_of_stock(actor=market.clerk, line_id=first, units=1, note="", key="short", now=NOW)
    report_out_of_stock(actor=market.clerk, line_id=second, units=1, note="", key="short", now=NOW)
    assert states(market)[0] == ("shipped", "SF1234567890")
    assert all_violations() == []


# ORDER-4
def test_ship_by_workbook_ships_a_consignment_in_two_parcels(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    data = filled(market, ("顺丰", "SF1234567890"), ("中通", "73112345678901"))
    done = send(market, data)
    assert (done.shipped, done.parcels, done.faults, done.left) == (1, 2, [], [])
    assert states(market) == [("shipped", "SF1234567890", "73112345678901")]
    again = send(market, data)
    assert (again.shipped, again.parcels, again.unchanged, again.faults) == (0, 0, 1, [])
    assert Parcel.objects.count() == 2
    assert all_violations() == []


def test_ship_by_workbook_splits_the_units_of_a_line(market: Marketplace) -> None:
    paid(market, 3)
    book = the_list(market)
    sheet = book.worksheets[0]
    for row, (units, number) in enumerate(((1, "SF1234567890"), (2, "SF1234567891")), start=2):
        for column in range(1, 15):
            sheet.cell(row, column, sheet.cell(2, column).value)
        sheet.cell(row, 9, units)
        sheet.cell(row, 11, "顺丰")
        sheet.cell(row, 12, number)
    data = packed(book)
    done = send(market, data)
    assert (done.shipped, done.parcels, done.faults) == (1, 2, [])
    held = Parcel.objects.order_by("pk").values_list("tracking_no", "lines__units")
    assert list(held) == [("SF1234567890", 1), ("SF1234567891", 2)]
    assert (send(market, data).unchanged, Parcel.objects.count()) == (1, 2)


def test_ship_by_workbook_names_units_that_were_refunded_since(market: Marketplace) -> None:
    paid(market, 3)
    data = filled(market, ("顺丰", "SF1234567890"))
    [line] = OrderLine.objects.all()
    refund_unshipped(actor=market.ops, line_id=line.pk, units=1, note="", key="k", now=NOW)
    for _ in range(2):
        done = send(market, data)
        [told] = done.warnings
        assert (told.row, told.header, told.value, told.code) == (2, "数量", "3", "orders.refunded_since_list")
        assert told.message_zh == f"清单下载后 {line.sku.style.style_no} 黑 M 退款 1 件，这些不要发出"
        assert done.faults == []
    assert lines_of(market) == [(3, 2, 1, 0)]
    assert all_violations() == []


def test_ship_by_workbook_refuses_goods_that_were_refunded(market: Marketplace) -> None:
    first, second = paid_together(market, "M", "L")
    data = filled(market, ("顺丰", "SF1234567890"), ("顺丰", "SF1234567890"))
    refund_unshipped(actor=market.ops, line_id=second, units=1, note="", key="k", now=NOW)
    done = send(market, data)
    assert [(fault.row, fault.code) for fault in done.faults] == [(3, "orders.units_refunded")]
    assert states(market) == [("shipped", "SF1234567890")]
    assert OrderLine.objects.get(pk=first).shipped_units == 1


def test_ship_by_workbook_reports_units_short_once(market: Marketplace) -> None:
    paid(market, 3)
    book = the_list(market)
    for column, value in ((11, "顺丰"), (12, "SF1234567890"), (13, 1)):
        book.worksheets[0].cell(2, column, value)
    data = packed(book)
    done = send(market, data)
    assert (done.shipped, done.short, done.faults, done.warnings) == (1, 1, [], [])
    again = send(market, data)
    assert (again.shipped, again.unchanged, again.short, again.faults) == (0, 1, 0, [])
    assert lines_of(market) == [(3, 2, 1, 1)]
    assert [(each.units, each.reason) for each in Refund.objects.all()] == [(1, "out_of_stock")]
    assert all_violations() == []


def test_ship_by_workbook_with_more_units_short_than_ordered_refuses_the_row(market: Marketplace) -> None:
    paid(market, 3)
    book = the_list(market)
    for column, value in ((11, "顺丰"), (12, "SF1234567890"), (13, 4)):
        book.worksheets[0].cell(2, column, value)
    done = send(market, packed(book))
    assert [(fault.row, fault.code) for fault in done.faults] == [(2, "short_above_units")]
    assert (lines_of(market), states(market)) == ([(3, 0, 0, 0)], [("to_ship",)])


def test_ship_by_workbook_ships_the_good_rows_of_a_consignment(market: Marketplace) -> None:
    for each in range(3):
        paid_together(market, f"{each}M", f"{each}L")
    good = [("顺丰", f"SF123456789{each}") for each in range(3)]
    bad = [("顺丰", "12"), ("顺丰", ""), ("飞毛腿", "SF1234567892")]
    done = send(market, filled(market, *(parcel for pair in zip(good, bad, strict=True) for parcel in pair)))
    assert (done.shipped, states(market)) == (3, [("partly_shipped", number) for _, number in good])
    assert [(fault.row, fault.code) for fault in done.faults] == [
        (3, "bad_tracking_number"),
        (5, "missing_required"),
        (7, "unknown_carrier"),
    ]


def test_ship_by_workbook_leaves_a_deleted_row_to_ship(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    data = filled(market, ("顺丰", "SF1234567890"), ("", ""))
    done = send(market, without_row(data, 3))
    assert (done.shipped, states(market)) == (1, [("partly_shipped", "SF1234567890")])
    assert [each.sku_name for each in done.left] == ["QH26 黑 L"]


def test_ship_by_workbook_without_skus_covers_all_lines_of_a_consignment(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    number = f"00{Consignment.objects.get().pk}"
    csv = f"发货单号,快递公司,快递单号\n{number},顺丰,SF1234567890\n".encode()
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=csv, now=NOW)
    assert (done.shipped, done.faults, states(market)) == (1, [], [("shipped", "SF1234567890")])


def test_ship_by_workbook_without_skus_refuses_two_numbers_for_a_consignment(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    number = Consignment.objects.get().pk
    csv = f"发货单号,快递公司,快递单号\n{number},顺丰,SF1234567890\n{number},顺丰,SF1234567891\n".encode()
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=csv, now=NOW)
    assert [(fault.row, fault.code) for fault in done.faults] == [
        (2, "orders.goods_not_named"),
        (3, "orders.goods_not_named"),
    ]
    assert states(market) == [("to_ship",)]


def test_ship_by_workbook_refuses_goods_of_another_consignment(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    number = Consignment.objects.get().pk
    csv = f"发货单号,款号,颜色,尺码,快递公司,快递单号\n{number},QH26,黑,XL,顺丰,SF1234567890\n".encode()
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=csv, now=NOW)
    [fault] = done.faults
    assert (fault.code, fault.value, states(market)) == (
        "orders.no_such_goods_in_consignment",
        "QH26 黑 XL",
        [("to_ship",)],
    )


@pytest.mark.parametrize("address", ["/portal/shipping/workbooks/", "/api/v1/consignments/workbook"])
def test_page_and_api_name_the_line_without_a_number(market: Marketplace, address: str) -> None:
    paid_together(market, "M", "L")
    upload = SimpleUploadedFile("清单.xlsx", filled(market, ("顺丰", "SF1234567890"), ("", "")))
    client = Client()
    client.force_login(Person.objects.get(pk=market.clerk.own_id))
    with set_to(NOW):
        answer = client.post(address, {"file": upload}, follow=True)
    assert answer.status_code == 200
    if address.startswith("/api/"):
        assert [line["sku_name"] for line in answer.json()["left"]] == ["QH26 黑 L"]
    else:
        assert "QH26 黑 L ×1" in answer.content.decode()
    assert states(market) == [("partly_shipped", "SF1234567890")]


def test_ship_by_workbook_with_a_number_of_another_recipient_ships_nothing(market: Marketplace) -> None:
    paid(market, 1, 1)
    Consignment.objects.filter(pk=max(numbers(market))).update(name="另一位")
    data = filled(market, ("顺丰", "SF1234567890"), ("顺丰", "sf1234567890"))
    done = shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert done.shipped == 1
    (fault,) = done.faults
    assert (fault.row, fault.header, fault.value, fault.code) == (
        3,
        "快递单号",
        "sf1234567890",
        "orders.tracking_number_taken",
    )
    assert sorted(numbers(market).values()) == ["", "SF1234567890"]


def test_ship_by_workbook_of_another_brands_consignment_is_missing(market: Marketplace) -> None:
    paid(market, 1)
    data = filled(market, ("顺丰", "SF1234567890"))
    stranger = market.new_clerk(market.brand())
    done = shipping_workbooks.ship_by_workbook(actor=stranger, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, [fault.code for fault in done.faults]) == (0, ["orders.no_such_consignment"])
    assert list(numbers(market).values()) == [""]


def test_ship_by_workbook_refuses_a_file_that_is_no_shipping_list(market: Marketplace) -> None:
    with pytest.raises(order_workbooks.UnreadableTrackingWorkbook):
        shipping_workbooks.ship_by_workbook(
            actor=market.clerk, filename="a.png", data=b"\x89PNG\r\n\x1a\n" + bytes(99), now=NOW
        )


JD = "JD0118080218877"


def shipped_units() -> list[tuple[str, str, int]]:
    """Number, waybill and units of each parcel."""
    return [
        (each.tracking_no, each.waybill, sum(line.units for line in each.lines.all()))
        for each in Parcel.objects.order_by("pk").prefetch_related("lines")
    ]


# ORDER-9
def test_ship_by_workbook_keeps_two_pieces_of_one_waybill_apart(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    data = filled(market, ("京东", f"{JD}-1-2-"), ("京东", f"{JD}-2-2-"))
    for shipped, unchanged in ((1, 0), (0, 1)):
        done = send(market, data)
        assert (done.shipped, done.unchanged, done.faults, done.left) == (shipped, unchanged, [], [])
    assert shipped_units() == [(f"{JD}-1-2-", JD, 1), (f"{JD}-2-2-", JD, 1)]
    assert all_violations() == []


def test_ship_by_workbook_ships_the_units_of_a_line_in_two_pieces(market: Marketplace) -> None:
    paid(market, 2)
    [consignment_id] = numbers(market)
    line_id = OrderLine.objects.get().pk
    rows = "".join(f"{consignment_id},{line_id},1,京东,{JD}-{piece}-2-\n" for piece in (1, 2))
    done = send_csv(market, f"发货单号,明细号,数量,快递公司,快递单号\n{rows}")
    assert (done.shipped, done.parcels, done.faults, done.warnings, done.left) == (1, 2, [], [], [])
    assert shipped_units() == [(f"{JD}-1-2-", JD, 1), (f"{JD}-2-2-", JD, 1)]


@pytest.mark.parametrize("names_the_goods", [True, False])
def test_ship_by_workbook_records_a_further_box_of_the_same_goods(market: Marketplace, names_the_goods: bool) -> None:
    """One unit in two boxes: both numbers are kept, the unit is shipped once, and the list again changes nothing."""
    paid(market, 1)
    [consignment_id] = numbers(market)
    heading, line = ("明细号,", f"{OrderLine.objects.get().pk},") if names_the_goods else ("", "")
    rows = "".join(f"{consignment_id},{line}京东,{JD}-{piece}-2-\n" for piece in (1, 2))
    for shipped, unchanged in ((1, 0), (0, 1)):
        done = send_csv(market, f"发货单号,{heading}快递公司,快递单号\n{rows}")
        assert (done.shipped, done.unchanged, done.faults) == (shipped, unchanged, [])
    assert shipped_units() == [(f"{JD}-1-2-", JD, 1), (f"{JD}-2-2-", JD, 0)]
    assert lines_of(market) == [(1, 1, 0, 0)]
    assert all_violations() == []


def test_ship_by_workbook_refuses_a_piece_of_another_recipients_waybill(market: Marketplace) -> None:
    paid(market, 1, 1)
    Consignment.objects.filter(pk=max(numbers(market))).update(name="另一位")
    done = send(market, filled(market, ("京东", f"{JD}-1-2-"), ("京东", f"{JD}-2-2-")))
    assert (done.shipped, [each.code for each in done.faults]) == (1, ["orders.tracking_number_taken"])
    assert shipped_units() == [(f"{JD}-1-2-", JD, 1)]


def send_csv(market: Marketplace, text: str) -> order_workbooks.ShippingResult:
    return shipping_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=text.encode(), now=NOW)


# ORDER-4
def test_ship_by_workbook_needs_as_many_statements_for_twenty_lines_as_for_two(market: Marketplace) -> None:
    counts = []
    for number, consignments in enumerate((2, 20)):
        paid(market, *[1] * consignments)
        data = filled(market, *(("顺丰", f"SF{number}0000000{place:03d}") for place in range(consignments)))
        with CaptureQueriesContext(connection) as queries:
            assert send(market, data).parcels == consignments
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 39
