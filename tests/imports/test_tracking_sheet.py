"""Tracking sheets as brands' programs and marketplaces write them (IMPORT-23, IMPORT-24)."""

from __future__ import annotations

from typing import Any

import pytest

from imports import tracking_sheet
from imports.carriers import Carrier
from imports.tracking_sheet import ShippingLine, TrackingReading
from tests.imports.builders import Formula, Styled, csv, uncomputed, xlsx

SHORT = ["发货单号", "快递公司", "快递单号"]
LIST = [
    "发货单号",
    "收货人",
    "电话",
    "收货地址",
    "款号",
    "颜色",
    "尺码",
    "数量",
    "快递公司",
    "快递单号",
    "缺货数",
    "明细号",
]
SF, ZTO = "SF1380013800012", "77123456789012"


def read(lines: Any, **keywords: Any) -> TrackingReading:
    data = lines if isinstance(lines, bytes) else xlsx(lines)
    return tracking_sheet.read(data, "单号.xlsx", **keywords)


def parcels(reading: TrackingReading) -> list[tuple[int, str, str, str]]:
    return [(row.row, row.consignment_no, row.carrier_name, row.tracking_no) for row in reading.rows]


def faults(reading: TrackingReading) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.col, fault.code) for fault in reading.faults]


def line(number: Any = "7", carrier: Any = "顺丰", tracking_no: Any = SF, **others: Any) -> list[Any]:
    values: dict[str, Any] = {
        "收货人": "王小美", "电话": "13900139000", "收货地址": "浙江省杭州市西湖区文三路1号", "款号": "A1", "颜色": "黑", "尺码": "M",
        "数量": 2.0, "发货单号": number, "快递公司": carrier, "快递单号": tracking_no, "缺货数": None, "明细号": None,
    } | others  # fmt: skip
    return [values[heading] for heading in LIST]


@pytest.mark.parametrize(
    "headings",
    [
        ["发货单号", "快递公司编码", "运单号"],
        ["*发货单号（必填）", "*运输服务（必填）", "*跟踪号（必填）"],
        ["发货单号 ", "物流公司", "物流单号\t"],
        ["发货单号\nConsignment", "承运商\nCarrier", "快递单号\nTracking No"],
        ["ConsignmentNo", "Carrier", "Tracking Number"],
        ["发货单号", "配送公司", "电子面单号"],
        ["发货单编号", "物流商名称", "物流跟踪号"],
        ["发货单号", "物流公司代码", "快递运单号"],
        ["发货单号", "快递", "最终快递单号"],
    ],
)
def test_read_knows_the_headings_of_other_programs(headings: list[str]) -> None:
    reading = read([headings, ["7", "顺丰", SF], ["8", "ZTO", ZTO]])
    assert parcels(reading) == [(2, "7", "顺丰速运", SF), (3, "8", "中通快递", ZTO)]
    assert (reading.outcome, reading.faults) == ("accept", [])


@pytest.mark.parametrize("at", [0, 20, 40])
def test_read_finds_the_known_columns_among_sixty(at: int) -> None:
    others = [f"附加项{letter}{number}" for letter in "甲乙丙" for number in range(19)]
    headings = [*others[:at], "快递单号", *others[at : at + 9], "发货单号", *others[at + 9 :], "快递公司"]
    values = {"快递单号": SF, "发货单号": "7", "快递公司": "顺丰"}
    reading = read([headings, [values.get(heading, "x") for heading in headings]])
    assert parcels(reading) == [(2, "7", "顺丰速运", SF)]
    assert len([warning for warning in reading.warnings if warning.code == "unused_column"]) == len(headings) - 3


def test_read_asks_for_the_columns_that_an_export_of_orders_lacks() -> None:
    data = csv(
        [
            ["订单编号", "买家会员名", "收货人姓名", "联系手机", "物流单号 ", "物流公司"],
            ["100200300400500600", "n1", "王", "'13900139000'", f"No:{ZTO}", "中通快递"],
        ]
    )
    reading = tracking_sheet.read(data, "订单.csv")
    assert [(q.field, [c.header for c in q.candidates]) for q in reading.questions] == [
        ("consignment_no", ["订单编号", "买家会员名"])
    ]
    answered = tracking_sheet.read(
        data, "订单.csv", answers={reading.questions[0].fingerprint: {"A": "consignment_no"}}
    )
    assert parcels(answered) == [(2, "100200300400500600", "中通快递", ZTO)]


def test_read_asks_for_consignment_and_carrier_of_a_sheet_with_two_columns() -> None:
    reading = read([["订单号", "物流单号"], ["7", SF]])
    assert [(q.field, [c.header for c in q.candidates]) for q in reading.questions] == [
        ("consignment_no", ["订单号"]),
        ("carrier", ["订单号"]),
    ]
    fingerprint = reading.questions[0].fingerprint
    answered = read(
        [["订单号", "物流单号"], ["7", SF]], answers={fingerprint: {"订单号": "consignment_no", "=顺丰": "carrier"}}
    )
    assert parcels(answered) == [(2, "7", "顺丰速运", SF)]


@pytest.mark.parametrize(
    "lines", [[["单据", "送货方", "凭证"], ["7", "顺丰", SF]], [["7", "顺丰", SF], ["8", "中通", ZTO]]]
)
def test_read_asks_where_no_heading_is_known_or_there_is_none(lines: list[list[Any]]) -> None:
    reading = read(lines)
    assert [question.field for question in reading.questions] == ["consignment_no", "carrier", "tracking_no"]
    answers = {reading.questions[0].fingerprint: {"A": "consignment_no", "B": "carrier", "C": "tracking_no"}}
    assert (7, SF) in [(int(row.consignment_no), row.tracking_no) for row in read(lines, answers=answers).rows]


def test_read_takes_of_two_columns_for_one_field_the_one_that_is_filled() -> None:
    headings = [*SHORT, "物流公司", "运单号"]
    reading = read([headings, ["7", None, None, "中通", ZTO], ["8", "顺丰", SF, None, None]])
    assert parcels(reading) == [(2, "7", "中通快递", ZTO), (3, "8", "顺丰速运", SF)]


def test_read_asks_where_two_columns_for_one_field_contradict_each_other() -> None:
    headings = [*SHORT, "运单号"]
    lines = [headings, ["7", "顺丰", SF, "SF9990013800012"], ["8", "顺丰", "SF1380013800013", None]]
    reading = read(lines)
    assert [(q.code, q.field, [c.header for c in q.candidates]) for q in reading.questions] == [
        ("duplicate_header", "tracking_no", ["快递单号", "运单号"])
    ]
    answered = read(lines, answers={reading.questions[0].fingerprint: {"D": "ignore"}})
    assert [row.tracking_no for row in answered.rows] == [SF, "SF1380013800013"]


def test_read_takes_a_name_and_a_code_of_one_carrier_as_agreeing() -> None:
    reading = read(
        [["发货单号", "快递公司", "快递公司编码", "快递单号"], ["7", "顺丰速运", "SF", SF], ["8", None, "ZTO", ZTO]]
    )
    assert parcels(reading) == [(2, "7", "顺丰速运", SF), (3, "8", "中通快递", ZTO)]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("JD0118080218877-1-1-", "JD0118080218877"),
        ("JDVB01234567890-2-3-", "JDVB01234567890"),
        ("JDX000123456789-1-2", "JDX000123456789"),
        (" sf1380013800012 ", "sf1380013800012"),
        ("SF 1380013800012", SF),
        ("7712 3456 7890 12", ZTO),
        ("'77123456789012", ZTO),
        ('="77123456789012"', ZTO),
        ("='77123456789012'", ZTO),
        ("No:77123456789012", ZTO),
        ("运单号：77123456789012", ZTO),
        ("７７１２３４５６７８９０１２", ZTO),
        (77123456789012.0, ZTO),
    ],
)
def test_read_keeps_a_number_as_written_but_for_what_is_no_part_of_it(written: Any, number: str) -> None:
    assert [row.tracking_no for row in read([SHORT, ["7", "顺丰", written]]).rows] == [number]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (f"{SF}\nSF1380013800013", "bad_tracking_number"),
        (f"{ZTO} 77123456789013", "bad_tracking_number"),
        (f"{ZTO}、77123456789013", "bad_tracking_number"),
        (f"{ZTO}-77123456789013", "bad_tracking_number"),
        (f"{ZTO}/77123456789013", "bad_tracking_number"),
        (f"{SF}SF1380013800013", "bad_tracking_number"),
        (f"{ZTO}77123456789013", "bad_tracking_number"),
        (f"{ZTO} 2件", "bad_tracking_number"),
        ("补发", "bad_tracking_number"),
        ("7.71235E+13", "precision_lost"),
        (7712345678901234.0, "precision_lost"),
        ("#REF!", "formula_error"),
        ("13900139000", "number_of_other_column"),
        ("A1A1A1A1", "bad_tracking_number"),
    ],
)
def test_read_reports_a_cell_that_is_not_one_number(written: Any, code: str) -> None:
    reading = read([LIST, line(tracking_no=written), line("8", tracking_no="SF1380013800013")])
    assert faults(reading) == [(2, "J", code)]
    assert [row.consignment_no for row in reading.rows] == ["8"]


def test_read_reports_a_number_that_is_the_telephone_of_another_line() -> None:
    reading = read([LIST, line(tracking_no="13700137000"), line("8", 电话="13700137000", tracking_no=SF)])
    assert faults(reading) == [(2, "J", "number_of_other_column")]


def test_read_warns_of_a_number_like_a_mobile_and_of_one_of_another_carrier() -> None:
    reading = read([SHORT, ["7", "中通", "13900139000"], ["8", "中通", SF]])
    assert [(w.row, w.code, w.details) for w in reading.warnings] == [
        (2, "phone_like_number", ()),
        (3, "number_of_other_carrier", ("顺丰速运",)),
    ]
    assert len(reading.rows) == 2


@pytest.mark.parametrize("blank", [None, "", 0.0, "0", "-", "无", "/", "未发货", "待发货", "N/A"])
def test_read_takes_a_lookup_that_found_nothing_as_not_shipped(blank: Any) -> None:
    reading = read([LIST, line(), line("8", blank, blank)])
    assert (len(reading.rows), reading.faults) == (1, [])
    assert [(each.row, each.consignment_no, each.faulty) for each in reading.rows_without_number] == [(3, "8", False)]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [(1, "header"), (3, "not_shipped")]


def test_read_reports_formulas_that_were_not_calculated() -> None:
    formula = Formula("=VLOOKUP(A2,快递!A:C,2,0)")
    reading = read(
        uncomputed(
            xlsx({"发货单": [SHORT, ["7", formula, formula]], "快递": [["单", "公司", "号"], ["7", "顺丰", SF]]})
        )
    )
    assert faults(reading) == [(2, "B", "formula_no_value"), (2, "C", "formula_no_value")]
    assert (reading.rows, [each.faulty for each in reading.rows_without_number]) == ([], [True])


def test_read_reports_hidden_lines_columns_and_sheets() -> None:
    data = xlsx(
        {"发货单": [SHORT, ["7", "顺丰", SF], ["8", "中通", ZTO]], "旧": [SHORT, ["9", "顺丰", SF]]},
        hidden_rows=[3],
        hidden_columns=[1],
        hidden_sheets=["旧"],
    )
    reading = read(data)
    assert [row.consignment_no for row in reading.rows] == ["7", "8"]
    assert [(w.sheet, w.row, w.code) for w in reading.warnings] == [
        ("发货单", 1, "hidden_column"),
        ("发货单", 3, "hidden_row"),
        ("旧", 1, "hidden_sheet"),
    ]


def test_read_keeps_the_parcels_of_a_split_consignment_with_sku_and_units() -> None:
    reading = read(
        [
            LIST,
            line(明细号="51", 数量=1.0),
            line(款号="A2", 数量=3.0, tracking_no="SF1380013800013"),
            line(款号="A2", 数量=1.0, tracking_no=SF),
        ]
    )
    assert [(row.line_no, row.style_no, row.colour, row.size, row.units, row.tracking_no) for row in reading.rows] == [
        ("51", "A1", "黑", "M", 1, SF),
        (None, "A2", "黑", "M", 3, "SF1380013800013"),
        (None, "A2", "黑", "M", 1, SF),
    ]
    assert reading.faults == []


def test_read_counts_a_line_that_is_there_twice_once() -> None:
    reading = read([LIST, line(明细号="51"), line(明细号="51"), line(明细号="52")])
    assert [row.line_no for row in reading.rows] == ["51", "52"]
    assert [(w.row, w.code, w.details) for w in reading.warnings] == [(3, "duplicate_row", ("2",))]


def test_read_takes_units_out_of_stock_with_and_without_a_parcel() -> None:
    lines = [line(缺货数=1.0), line("8", None, None, 缺货数="2件"), line("9", None, None, 缺货数=0.0)]
    reading = read([LIST, *lines])
    assert [(row.consignment_no, row.short_units, row.tracking_no) for row in reading.rows] == [
        ("7", 1, SF),
        ("8", 2, ""),
    ]
    assert [each.consignment_no for each in reading.rows_without_number] == ["8", "9"]


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"缺货数": 3.0}, "K", "short_above_units"),
        ({"缺货数": -1.0}, "K", "negative_quantity"),
        ({"缺货数": "缺"}, "K", "bad_number"),
        ({"数量": 0.0}, "H", "zero_quantity"),
        ({"数量": "两"}, "H", "bad_number"),
        ({"发货单号": 5113837045333047045.0}, "A", "precision_lost"),
        ({"快递公司": "顺丰冷链"}, "I", "unknown_carrier"),
        ({"快递公司": None}, "I", "missing_required"),
        ({"快递单号": None}, "J", "missing_required"),
    ],
)
def test_read_reports_what_is_wrong_with_a_line_of_the_list(changed: dict[str, Any], column: str, code: str) -> None:
    values = dict(zip(LIST, line(), strict=True)) | changed
    reading = read([LIST, [values[heading] for heading in LIST], line("8", tracking_no="SF1380013800013")])
    assert faults(reading) == [(2, column, code)]
    assert [row.consignment_no for row in reading.rows] == ["8"]


def test_read_fills_a_merged_number_only_within_its_table() -> None:
    lines: list[list[Any]] = [SHORT, ["7", "顺丰", SF], [None, "中通", ZTO], SHORT, [None, "顺丰", "SF1380013800014"]]
    reading = read(xlsx(lines, merges=["A2:A3"]))
    assert parcels(reading) == [(2, "7", "顺丰速运", SF), (3, "7", "中通快递", ZTO)]
    assert faults(reading) == [(5, "A", "missing_required")]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [(1, "header"), (4, "repeated_header")]


def test_read_takes_the_number_format_of_a_consignment_number_as_part_of_it() -> None:
    assert [row.consignment_no for row in read([SHORT, [Styled(7, '"C"0000'), "顺丰", SF]]).rows] == ["C0007"]


def test_read_takes_templates_with_instructions_examples_and_totals() -> None:
    lines = [
        ["发货回传"],
        SHORT,
        ["必填", "必填，从列表选择", "必填，文本格式"],
        ["示例", "顺丰", SF],
        ["7", "顺丰", SF],
        ["合计", None, "1"],
        ["制表人：小李 日期：2026-11-28"],
    ]
    reading = read(lines)
    assert parcels(reading) == [(5, "7", "顺丰速运", SF)]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [
        (1, "title"),
        (2, "header"),
        (3, "instruction"),
        (4, "example_row"),
        (6, "total"),
        (7, "footer"),
    ]
    assert [(w.row, w.code) for w in reading.warnings] == [(4, "example_row")]


def test_read_splits_colour_and_size_of_one_column() -> None:
    reading = read(
        [["发货单号", "款号", "商品规格", "快递公司", "快递单号"], ["7", "A1", "颜色分类:黑色;尺码:L", "顺丰", SF]]
    )
    assert [(row.colour, row.size) for row in reading.rows] == [("黑色", "L")]


def test_read_takes_the_carriers_that_it_is_given() -> None:
    own = [Carrier("X", "飞毛腿快递", aliases=("飞毛腿",))]
    reading = read([SHORT, ["7", "飞毛腿", SF], ["8", "顺丰", SF]], carriers=own)
    assert parcels(reading) == [(2, "7", "飞毛腿快递", SF)]
    assert faults(reading) == [(3, "B", "unknown_carrier")]
    in_child = tracking_sheet.read_in_child(xlsx([SHORT, ["7", "飞毛腿", SF]]), "a.xlsx", carriers=own)
    assert [row.carrier_name for row in in_child.rows] == ["飞毛腿快递"]


def test_a_list_that_was_written_is_read_back_with_its_lines() -> None:
    lines = [
        ShippingLine(
            "7", "王", "13900139000", "浙江省杭州市", "A1", "黑", "M", None, 2, False, "顺丰", SF, line_no="51"
        ),
        ShippingLine("8", "王", "13900139000", "浙江省杭州市", "A1", "黑", "L", None, 1, False, line_no="52"),
    ]
    reading = tracking_sheet.read(tracking_sheet.write(lines), "发货单.xlsx")
    assert [(row.consignment_no, row.line_no, row.units, row.carrier, row.tracking_no) for row in reading.rows] == [
        ("7", "51", 2, "顺丰", SF)
    ]
    assert [each.consignment_no for each in reading.rows_without_number] == ["8"]
    assert (reading.faults, reading.warnings) == ([], [])


def test_read_reports_a_damaged_cell_of_the_goods() -> None:
    reading = read([LIST, line(款号="#N/A"), line("8", 颜色="锟斤拷", tracking_no="SF1380013800013")])
    assert faults(reading) == [(2, "E", "formula_error"), (3, "F", "encoding_damage")]
    assert reading.rows == []


def test_read_reports_lines_of_a_text_file_that_a_comma_has_shifted() -> None:
    text = "发货单号,收货地址,快递公司,快递单号\n7,浙江省杭州市,文三路1号,顺丰,SF1380013800012\n8,浙江省杭州市,顺丰,SF1380013800013\n"
    reading = tracking_sheet.read(text.encode(), "单号.csv")
    assert {(fault.row, fault.code) for fault in reading.faults if fault.code == "extra_cells"} == {(2, "extra_cells")}
    assert [row.consignment_no for row in reading.rows] == ["8"]


def test_read_loses_no_line_to_a_stray_quotation_mark() -> None:
    text = '发货单号,备注,快递公司,快递单号\n7,加急,顺丰,SF1380013800012\n8,"送到,顺丰,SF1380013800013\n9,无,顺丰,SF1380013800014\n'
    reading = tracking_sheet.read(text.encode(), "单号.csv")
    told = {row.row for row in reading.rows} | {fault.row for fault in reading.faults}
    assert told == {2, 3, 4}
    assert [(row.consignment_no, row.tracking_no) for row in reading.rows if row.row != 3] == [
        ("7", SF),
        ("9", "SF1380013800014"),
    ]


@pytest.mark.parametrize("heading", ["快递公司/单号", "快递信息", "物流公司、运单号"])
def test_read_splits_carrier_and_number_of_one_cell(heading: str) -> None:
    cells = [f"顺丰 {SF}", f"中通快递：{ZTO}", f"圆通{ZTO}", f"SF {SF}", None, f"顺丰冷链 {SF}", "顺丰"]
    reading = read([["发货单号", heading], *([str(at), cell] for at, cell in enumerate(cells))])
    assert parcels(reading) == [
        (2, "0", "顺丰速运", SF),
        (3, "1", "中通快递", ZTO),
        (4, "2", "圆通速递", ZTO),
        (5, "3", "顺丰速运", SF),
    ]
    assert faults(reading) == [(7, "B", "unknown_carrier"), (8, "B", "bad_tracking_number")]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [(1, "header"), (6, "not_shipped")]


def test_read_uses_no_number_of_a_return() -> None:
    headings = [*SHORT, "退货快递公司", "退货快递单号"]
    reading = read([headings, ["7", "顺丰", SF, "中通", ZTO]])
    assert parcels(reading) == [(2, "7", "顺丰速运", SF)]
    assert [w.value for w in reading.warnings] == ["退货快递公司", "退货快递单号"]


# IMPORT-24
def test_pieces_of_one_waybill_are_two_lines_and_no_duplicate() -> None:
    reading = read([LIST, *(line(tracking_no=f"JD0118080218877-{piece}-2-", carrier="京东") for piece in (1, 2))])
    assert [(row.tracking_no, row.piece) for row in reading.rows] == [
        ("JD0118080218877", "-1-2-"),
        ("JD0118080218877", "-2-2-"),
    ]
    assert (faults(reading), reading.warnings) == ([], [])


def test_the_same_piece_twice_is_a_duplicate() -> None:
    reading = read([LIST, *[line(tracking_no="JD0118080218877-1-2-", carrier="京东")] * 2])
    assert ([row.piece for row in reading.rows], [each.code for each in reading.warnings]) == (
        ["-1-2-"],
        ["duplicate_row"],
    )
