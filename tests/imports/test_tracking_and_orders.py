"""The two other workbooks: tracking numbers of a brand, drop-ship orders of a reseller."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from imports import order_sheet, tracking_sheet
from imports.order_cells import split_contact
from imports.tracking_sheet import ShippingLine
from tests.imports.builders import ean, xlsx

HEAD = ["发货单号", "快递公司", "快递单号"]


def test_read_recognises_short_names_of_carriers_and_ignores_lines_not_shipped() -> None:
    reading = tracking_sheet.read(
        xlsx(
            [
                ["待发货清单"],
                HEAD,
                ["C1", "顺丰", "SF1234567890123"],
                ["C2", None, None],
                ["C3", "yto", 78123456789012.0],
            ]
        ),
        "a.xlsx",
    )
    assert [(r.row, r.consignment_no, r.carrier, r.carrier_name, r.tracking_no) for r in reading.rows] == [
        (3, "C1", "顺丰", "顺丰速运", "SF1234567890123"),
        (5, "C3", "yto", "圆通速递", "78123456789012"),
    ]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [(1, "title"), (2, "header"), (4, "not_shipped")]


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (["C1", "顺丰", None], "C", "missing_required"),
        (["C1", None, "SF1234567890123"], "B", "missing_required"),
        ([None, "顺丰", "SF1234567890123"], "A", "missing_required"),
        (["C1", "飞毛腿", "SF1234567890123"], "B", "unknown_carrier"),
        (["C1", "顺丰", "7.8123E+13"], "C", "precision_lost"),
        (["C1", "顺丰", 7812345678901234567.0], "C", "precision_lost"),
        (["C1", "顺丰", "12"], "C", "bad_tracking_number"),
        (["C1", "顺丰", "SF123456;SF654321"], "C", "bad_tracking_number"),
        (["C1", "顺丰", "#N/A"], "C", "formula_error"),
    ],
)
def test_read_reports_what_is_wrong_with_a_tracking_line(line: list[Any], column: str, code: str) -> None:
    reading = tracking_sheet.read(xlsx([HEAD, line, ["C9", "中通", "7512345678901"]]), "a.xlsx")
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(2, column, code)]
    assert [row.consignment_no for row in reading.rows] == ["C9"]


def test_read_keeps_every_parcel_of_a_consignment() -> None:
    reading = tracking_sheet.read(
        xlsx(
            [
                HEAD,
                ["C1", "顺丰", "SF1234567890123"],
                ["C1", "顺丰", "SF1234567890123"],
                ["C1", "中通", "7512345678901"],
            ]
        ),
        "a.xlsx",
    )
    assert reading.faults == []
    assert [(row.row, row.tracking_no) for row in reading.rows] == [
        (2, "SF1234567890123"),
        (3, "SF1234567890123"),
        (4, "7512345678901"),
    ]


def test_read_lists_lines_without_a_number_and_reports_formulas_without_result() -> None:
    lines: list[list[Any]] = [
        ["C1", "A1", "M", "顺丰", "SF1234567890123"],
        ["C1", "A1", "L", " ", None],
        ["C2", "A1", "L", "顺丰", "12"],
    ]
    reading = tracking_sheet.read(xlsx([["发货单号", "款号", "尺码", "快递公司", "快递单号"], *lines]), "a.xlsx")
    assert [(row.row, row.goods.size) for row in reading.rows] == [(2, "M")]
    assert [
        (each.row, each.col, each.consignment_no, each.goods.size, each.faulty) for each in reading.rows_without_number
    ] == [
        (3, "E", "C1", "L", False),
        (4, "E", "C2", "L", True),
    ]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [(1, "header"), (3, "not_shipped")]


def test_read_asks_for_the_column_of_tracking_numbers() -> None:
    reading = tracking_sheet.read(
        xlsx([["发货单号", "收货人", "快递公司", "号码"], ["C1", "张", "顺丰", "SF1234567890123"]]), "a.xlsx"
    )
    assert reading.outcome == "ask_mapping"
    assert [(q.field, [c.header for c in q.candidates]) for q in reading.questions] == [("tracking_no", ["号码"])]
    answered = tracking_sheet.read(
        xlsx([["发货单号", "收货人", "快递公司", "号码"], ["C1", "张", "顺丰", "SF1234567890123"]]), "a.xlsx",
        answers={reading.questions[0].fingerprint: {"D": "tracking_no"}},
    )  # fmt: skip
    assert len(answered.rows) == 1


def test_write_marks_labels_to_cut_and_locks_all_but_the_tracking() -> None:
    line = ShippingLine("C1", "=1+1", "13800000000", "浙江省杭州市一号", "A1", "黑", "M", ean(1), 2, True)
    book = openpyxl.load_workbook(io.BytesIO(tracking_sheet.write([line])))
    sheet = book.active
    assert sheet is not None
    values = [cell.value for cell in sheet[2]]
    assert values[:10] == ["C1", "=1+1", "13800000000", "浙江省杭州市一号", "A1", "黑", "M", ean(1), 2, "剪标"]
    assert sheet["B2"].data_type == "s"
    assert sheet["A2"].protection.locked
    assert not sheet["K2"].protection.locked


ORDER = ["订单号", "收货人", "电话", "收货地址", "款号", "颜色", "尺码", "数量"]
WISH = ["D1", "张三", 13812345678.0, "浙江省杭州市西湖区文三路1号", "A1", "黑", "M", 2.0]


def test_read_takes_orders_by_style_or_by_barcode() -> None:
    header = ["收货人", "手机", "地址", "条码", "数量"]
    reading = order_sheet.read(xlsx([header, ["张三", "138-1234-5678", "浙江省杭州市一号", ean(1), "2件"]]), "a.xlsx")
    assert [(r.recipient, r.phone, r.barcode, r.style_no, r.units) for r in reading.rows] == [
        ("张三", "13812345678", ean(1), None, 2)
    ]
    reading = order_sheet.read(xlsx([ORDER, WISH]), "a.xlsx")
    assert [(r.phone, r.style_no, r.size, r.units) for r in reading.rows] == [("13812345678", "A1", "M", 2)]


def test_read_takes_a_missing_recipient_from_above_with_a_warning() -> None:
    reading = order_sheet.read(xlsx([ORDER, WISH, [None, None, None, None, "B1", "白", "L", 1.0]]), "a.xlsx")
    assert [(r.recipient, r.style_no) for r in reading.rows] == [("张三", "A1"), ("张三", "B1")]
    assert [(w.row, w.code) for w in reading.warnings] == [(3, "filled_down")]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (1, None, "missing_required"), (2, "1381234", "bad_phone"), (3, "杭州", "bad_address"), (4, None, "missing_required"),
        (6, "S-XL", "size_range"), (7, 0.0, "zero_quantity"), (7, "两件", "bad_number"), (7, None, "missing_required"),
    ],
)  # fmt: skip
def test_read_reports_what_is_wrong_with_an_order(column: int, value: Any, code: str) -> None:
    line = [*WISH]
    line[column] = value
    reading = order_sheet.read(xlsx([ORDER, line, ["D2", *WISH[1:]]]), "a.xlsx")
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(2, "ABCDEFGH"[column], code)]
    assert [row.order_ref for row in reading.rows] == ["D2"]


@pytest.mark.parametrize(
    "text",
    [
        "张三 13812345678 浙江省杭州市西湖区文三路1号",
        "张三，138 1234 5678，浙江省杭州市西湖区文三路1号",
        "收货人：张三 电话：13812345678 地址：浙江省杭州市西湖区文三路1号",
        "浙江省杭州市西湖区文三路1号 张三 13812345678",
    ],
)
def test_split_contact_splits_pasted_text(text: str) -> None:
    assert split_contact(text) == ("张三", "13812345678", "浙江省杭州市西湖区文三路1号")


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("李二 18412345678-7804 湖北省荆门市泉口路1号", ("李二", "18412345678-7804", "湖北省荆门市泉口路1号")),
        ("Tom Lee 13800138008 上海市浦东新区张江路1号", ("Tom Lee", "13800138008", "上海市浦东新区张江路1号")),
        ("李四 13800138010 310012 杭州市西湖区文三路1号", ("李四", "13800138010", "杭州市西湖区文三路1号")),
        ("李四 13800138010 13987654321 杭州市西湖区文三路1号", None),
    ],
)
def test_split_contact_refuses_text_with_words_left_over(text: str, contact: tuple[str, str, str] | None) -> None:
    assert split_contact(text) == contact


def test_read_keeps_the_extension_of_a_number() -> None:
    reading = order_sheet.read(xlsx([ORDER, [*WISH[:2], "18412345678转7804", *WISH[3:]]]), "a.xlsx")
    assert [row.phone for row in reading.rows] == ["18412345678-7804"]


def test_read_takes_no_recipient_from_another_sheet() -> None:
    blank = [None, None, None, None, "B1", "白", "L", 1.0]
    book = xlsx({"周一": [ORDER, WISH], "周二": [ORDER, blank, WISH, blank]})
    reading = order_sheet.read(book, "a.xlsx")
    assert [(row.sheet, row.row, row.recipient) for row in reading.rows] == [
        ("周一", 2, "张三"),
        ("周二", 3, "张三"),
        ("周二", 4, "张三"),
    ]
    assert {(fault.sheet, fault.row, fault.code) for fault in reading.faults} == {("周二", 2, "missing_required")}


@pytest.mark.parametrize("column", [1, 3])
def test_read_refuses_an_address_from_a_formula_without_result(column: int) -> None:
    line = [*WISH]
    line[column] = "#N/A"
    reading = order_sheet.read(xlsx([ORDER, line]), "a.xlsx")
    assert (reading.rows, [(f.row, f.col, f.code) for f in reading.faults]) == (
        [],
        [(2, "ABCDEFGH"[column], "formula_error")],
    )


@pytest.mark.parametrize("broken", [2, 3, 5])
def test_read_refuses_an_address_with_a_damaged_part(broken: int) -> None:
    line: list[Any] = ["张三", "13812345678", "浙江省", "杭州市", "西湖区", "文三路1号", "A座1201", "A1", "M", 1.0]
    header = ["收货人", "电话", "省", "市", "区", "地址", "地址2", "款号", "尺码", "数量"]
    assert order_sheet.read(xlsx([header, line]), "a.xlsx").rows[0].address == "浙江省杭州市西湖区文三路1号A座1201"
    line[broken] = "#N/A"
    reading = order_sheet.read(xlsx([header, line]), "a.xlsx")
    assert (reading.rows, [(f.col, f.code) for f in reading.faults]) == ([], [("ABCDEFGHIJ"[broken], "formula_error")])


def test_read_takes_the_mobile_beside_a_landline_and_the_landline_where_there_is_none() -> None:
    header = ["收货人", "电话", "手机", "地址", "款号", "尺码", "数量"]
    rest = ["浙江省杭州市文三路1号", "A1", "M", 1.0]
    numbers: list[list[Any]] = [
        [None, "13812345678"],
        ["0571-88881234", "13812345679"],
        ["0571-88881235", None],
        [None, None],
    ]
    reading = order_sheet.read(xlsx([header, *(["张三", *pair, *rest] for pair in numbers)]), "a.xlsx")
    assert [row.phone for row in reading.rows] == ["13812345678", "13812345679", "0571-88881235"]
    assert [(f.row, f.code) for f in reading.faults] == [(5, "missing_required")]


def test_read_joins_province_city_and_district() -> None:
    header = ["收货人", "电话", "省", "市", "区", "详细地址", "款号", "尺码", "数量"]
    reading = order_sheet.read(
        xlsx([header, ["张三", "13812345678", "浙江省", "杭州市", "西湖区", "文三路1号", "A1", "M", 1.0]]), "a.xlsx"
    )
    assert reading.rows[0].address == "浙江省杭州市西湖区文三路1号"


def test_read_in_child_reads_both() -> None:
    assert len(tracking_sheet.read_in_child(xlsx([HEAD, ["C1", "顺丰", "SF1234567890123"]]), "a.xlsx").rows) == 1
    assert len(order_sheet.read_in_child(xlsx([ORDER, WISH]), "a.xlsx").rows) == 1
    assert order_sheet.read_in_child(b"", "a.xlsx").reason == "empty"
