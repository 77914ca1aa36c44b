"""ORDER-4 by workbook: the list goes out, and comes back with tracking numbers."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from aftersales.services.refunds import report_out_of_stock
from kernel.clock import set_to
from orders.models import Consignment
from orders.selectors.consignments import list_consignments
from orders.services import grab, order_workbooks, payment, shipping
from orders.services.placing import GrabLine
from tests.builders import NOW, Marketplace, item_of

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


def states(market: Marketplace) -> list[tuple[str, str]]:
    found = Consignment.objects.filter(brand=market.brand_id).order_by("pk")
    return list(found.values_list("state", "tracking_no"))


def send(market: Marketplace, data: bytes) -> order_workbooks.ShippingResult:
    return order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)


def without_row(data: bytes, row: int) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.worksheets[0].delete_rows(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def the_list(market: Marketplace) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(order_workbooks.write_shipping_list(actor=market.clerk, now=NOW)))


def filled(market: Marketplace, *parcels: tuple[str, str]) -> bytes:
    """The list as a clerk fills it in: carrier and number, line by line."""
    book = the_list(market)
    sheet = book.worksheets[0]
    for row, (carrier, number) in enumerate(parcels, start=2):
        sheet.cell(row, 11, carrier)
        sheet.cell(row, 12, number)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


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
    done = order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, done.faults) == (2, [])
    assert sorted(numbers(market).values()) == ["", "73112345678901", "SF1234567890"]


def test_ship_by_workbook_again_changes_nothing(market: Marketplace) -> None:
    paid(market, 1)
    data = filled(market, ("顺丰", "SF1234567890"))
    order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    before = numbers(market)
    done = order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, done.unchanged, done.faults, numbers(market)) == (0, 1, [], before)


def test_ship_by_workbook_accepts_a_number_that_was_typed_before(market: Marketplace) -> None:
    paid(market, 1)
    [parcel] = numbers(market)
    number = {"carrier": "顺丰", "tracking_no": "sf1234567890"}
    shipping.ship(actor=market.clerk, consignment_id=parcel, now=NOW, **number)
    csv = f"发货单号,快递公司,快递单号\n{parcel},顺丰速运,SF1234567890\n".encode()
    done = order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=csv, now=NOW)
    assert (done.shipped, done.unchanged, done.faults) == (0, 1, [])
    assert states(market) == [("shipped", "sf1234567890")]


def test_ship_by_workbook_reports_a_wrong_row_and_ships_the_others(market: Marketplace) -> None:
    paid(market, 1, 1)
    data = filled(market, ("顺丰", "12"), ("顺丰", "SF1234567890"))
    done = order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert done.shipped == 1
    assert [(fault.row, fault.code) for fault in done.faults] == [(2, "bad_tracking_number")]


# ORDER-4
def test_ship_by_workbook_with_a_number_for_some_lines_ships_nothing_of_the_consignment(
    market: Marketplace,
) -> None:
    paid_together(market, "M", "L")
    paid(market, 1)
    done = send(market, filled(market, ("顺丰", "SF1234567890"), ("", ""), ("中通", "73112345678901")))
    assert (done.shipped, states(market)) == (1, [("to_ship", ""), ("shipped", "73112345678901")])
    (fault,) = done.faults
    number = min(numbers(market))
    assert (fault.sheet, fault.row, fault.col, fault.header) == ("发货单", 3, "L", "快递单号")
    assert fault.code == "orders.line_without_tracking_number"
    assert fault.message_zh == f"发货单 {number} 的 QH26 黑 L ×1 没有快递单号，整张发货单没有发货"
    assert "报缺货" in fault.hint_zh
    assert "Shipping" in fault.hint_en


def test_ship_by_workbook_with_a_faulty_row_ships_nothing_of_the_consignment(market: Marketplace) -> None:
    for each in range(4):
        paid_together(market, f"{each}M", f"{each}L")
    good = [("顺丰", f"SF123456789{each}") for each in range(4)]
    bad = [("顺丰", "12"), ("顺丰", ""), ("飞毛腿", "SF1234567892"), ("中通", "73112345678901")]
    done = send(market, filled(market, *(parcel for pair in zip(good, bad, strict=True) for parcel in pair)))
    assert (done.shipped, states(market)) == (0, [("to_ship", "")] * 4)
    assert [(fault.row, fault.code) for fault in done.faults] == [
        (3, "bad_tracking_number"),
        (5, "missing_required"),
        (7, "unknown_carrier"),
        (9, "conflicting_tracking"),
    ]
    for fault, number in zip(done.faults, sorted(numbers(market)), strict=True):
        assert fault.message_zh.endswith(f"整张发货单 {number} 没有发货。")


def test_ship_by_workbook_counts_a_deleted_row_as_one_without_a_number(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    data = filled(market, ("顺丰", "SF1234567890"), ("", ""))
    done = send(market, without_row(data, 3))
    assert (done.shipped, states(market)) == (0, [("to_ship", "")])
    (fault,) = done.faults
    assert (fault.row, fault.code) == (2, "orders.line_without_tracking_number")
    assert "QH26 黑 L ×1" in fault.message_zh


def test_ship_by_workbook_without_skus_covers_all_lines_of_a_consignment(market: Marketplace) -> None:
    paid_together(market, "M", "L")
    number = f"00{min(numbers(market))}"
    csv = f"发货单号,快递公司,快递单号\n{number},顺丰,SF1234567890\n".encode()
    done = order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.csv", data=csv, now=NOW)
    assert (done.shipped, done.faults, states(market)) == (1, [], [("shipped", "SF1234567890")])


def test_ship_by_workbook_ignores_a_blank_row_of_refunded_units(market: Marketplace) -> None:
    _, second = paid_together(market, "M", "L")
    data = filled(market, ("顺丰", "SF1234567890"), ("", ""))
    report_out_of_stock(actor=market.clerk, line_id=second, units=1, note="", key="short", now=NOW)
    done = send(market, data)
    assert (done.shipped, done.faults, states(market)) == (1, [], [("shipped", "SF1234567890")])


def test_report_out_of_stock_after_a_refused_row(market: Marketplace) -> None:
    _, second = paid_together(market, "M", "L")
    data = filled(market, ("顺丰", "SF1234567890"), ("", ""))
    assert send(market, data).shipped == 0
    report_out_of_stock(actor=market.clerk, line_id=second, units=1, note="", key="short", now=NOW)
    assert send(market, data).shipped == 1


@pytest.mark.parametrize("address", ["/portal/shipping/", "/api/v1/consignments/workbook"])
def test_page_and_api_report_the_row_without_a_number(market: Marketplace, address: str) -> None:
    paid_together(market, "M", "L")
    upload = SimpleUploadedFile("清单.xlsx", filled(market, ("顺丰", "SF1234567890"), ("", "")))
    client = Client()
    client.force_login(Person.objects.get(pk=market.clerk.own_id))
    with set_to(NOW):
        answer = client.post(address, {"file": upload})
    assert answer.status_code == 200
    said = f"发货单 {min(numbers(market))} 的 QH26 黑 L ×1 没有快递单号，整张发货单没有发货"
    if address.startswith("/api/"):
        assert [fault["message_zh"] for fault in answer.json()["faults"]] == [said]
    else:
        assert said in answer.content.decode()
    assert states(market) == [("to_ship", "")]


def test_ship_by_workbook_with_a_number_of_another_recipient_ships_nothing(market: Marketplace) -> None:
    paid(market, 1, 1)
    Consignment.objects.filter(pk=max(numbers(market))).update(name="另一位")
    data = filled(market, ("顺丰", "SF1234567890"), ("顺丰", "sf1234567890"))
    done = order_workbooks.ship_by_workbook(actor=market.clerk, filename="清单.xlsx", data=data, now=NOW)
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
    done = order_workbooks.ship_by_workbook(actor=stranger, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, [fault.code for fault in done.faults]) == (0, ["orders.no_such_consignment"])
    assert list(numbers(market).values()) == [""]


def test_ship_by_workbook_refuses_a_file_that_is_no_shipping_list(market: Marketplace) -> None:
    with pytest.raises(order_workbooks.UnreadableTrackingWorkbook):
        order_workbooks.ship_by_workbook(
            actor=market.clerk, filename="a.png", data=b"\x89PNG\r\n\x1a\n" + bytes(99), now=NOW
        )
