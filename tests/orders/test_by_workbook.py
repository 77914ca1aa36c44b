"""ORDER-4 by workbook: the list goes out, and comes back with tracking numbers."""

import io

import openpyxl
import pytest

from orders import verbs
from orders.models import Consignment
from orders.queries import consignments
from tests.builders import NOW, House, item_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


def paid(house: House, *units: int) -> None:
    """As many consignments as there are figures: each of another reseller, with so many units."""
    sku_id = house.sku(units=100)
    sale_id = house.sale(sku_id)
    for each in units:
        house.paid_order(house.reseller(wallet_fen=100_000_00), item_of(sale_id, sku_id), each)


def the_list(house: House) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(verbs.shipping_list(actor=house.clerk, now=NOW)))


def filled(house: House, *parcels: tuple[str, str]) -> bytes:
    """The list as a clerk fills it in: carrier and number, line by line."""
    book = the_list(house)
    sheet = book.worksheets[0]
    for row, (carrier, number) in enumerate(parcels, start=2):
        sheet.cell(row, 11, carrier)
        sheet.cell(row, 12, number)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def numbers(house: House) -> dict[int, str]:
    found = consignments(at=NOW, brand_id=house.brand_id).items
    return {each.id: each.tracking_no for each in found}


def test_the_list_holds_what_shipping_needs_and_no_more(house: House) -> None:
    paid(house, 2)
    rows = list(the_list(house).worksheets[0].iter_rows(values_only=True))
    (consignment,) = consignments(at=NOW, brand_id=house.brand_id).items
    line = consignment.lines[0]
    said = (str(consignment.id), "王小美", "13800138000", consignment.address, line.style_no, "黑", "M", "")
    assert rows[1][:8] == said
    assert str(rows[1][8]) == "2"


def test_the_list_that_comes_back_ships_what_it_names(house: House) -> None:
    paid(house, 1, 2, 3)
    data = filled(house, ("顺丰", "SF1234567890"), ("", ""), ("中通", "73112345678901"))
    done = verbs.ship_by_workbook(actor=house.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, done.faults) == (2, [])
    assert sorted(numbers(house).values()) == ["", "73112345678901", "SF1234567890"]


def test_the_same_list_again_changes_nothing(house: House) -> None:
    paid(house, 1)
    data = filled(house, ("顺丰", "SF1234567890"))
    verbs.ship_by_workbook(actor=house.clerk, filename="清单.xlsx", data=data, now=NOW)
    before = numbers(house)
    done = verbs.ship_by_workbook(actor=house.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, done.unchanged, done.faults, numbers(house)) == (0, 1, [], before)


def test_a_wrong_line_is_told_and_the_others_ship(house: House) -> None:
    paid(house, 1, 1)
    data = filled(house, ("顺丰", "12"), ("顺丰", "SF1234567890"))
    done = verbs.ship_by_workbook(actor=house.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert done.shipped == 1
    assert [(fault.row, fault.code) for fault in done.faults] == [(2, "bad_tracking_number")]


def test_a_number_copied_one_line_too_far_ships_nothing(house: House) -> None:
    paid(house, 1, 1)
    Consignment.objects.filter(pk=max(numbers(house))).update(name="另一位")
    data = filled(house, ("顺丰", "SF1234567890"), ("顺丰", "sf1234567890"))
    done = verbs.ship_by_workbook(actor=house.clerk, filename="清单.xlsx", data=data, now=NOW)
    assert done.shipped == 1
    (fault,) = done.faults
    assert (fault.row, fault.header, fault.value, fault.code) == (3, "快递单号", "SF1234567890", "orders.number_taken")
    assert sorted(numbers(house).values()) == ["", "SF1234567890"]


def test_another_brands_consignments_do_not_exist(house: House) -> None:
    paid(house, 1)
    data = filled(house, ("顺丰", "SF1234567890"))
    stranger = house.new_clerk(house.brand())
    done = verbs.ship_by_workbook(actor=stranger, filename="清单.xlsx", data=data, now=NOW)
    assert (done.shipped, [fault.code for fault in done.faults]) == (0, ["orders.no_such_consignment"])
    assert list(numbers(house).values()) == [""]


def test_a_file_that_is_no_list_is_refused(house: House) -> None:
    with pytest.raises(verbs.UnreadableTracking):
        verbs.ship_by_workbook(actor=house.clerk, filename="a.png", data=b"\x89PNG\r\n\x1a\n" + bytes(99), now=NOW)
