"""Order sheets as resellers and marketplaces write them (IMPORT-23, IMPORT-25)."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from imports import order_sheet
from imports.order_cells import is_closed
from imports.order_sheet import GOODS_SHEET, OfferedGoods, OrderReading
from tests.imports.builders import Formula, Styled, csv, ean, uncomputed, xlsx

HEADINGS = ["订单号", "收货人", "电话", "收货地址", "款号", "颜色", "尺码", "数量", "备注"]
ADDRESS = "浙江省杭州市西湖区文三路1号"
CONTACT = f"王小美 13900139000 {ADDRESS}"


def read(lines: Any, **keywords: Any) -> OrderReading:
    data = lines if isinstance(lines, bytes) else xlsx(lines)
    return order_sheet.read(data, "订单.xlsx", **keywords)


def line(**changed: Any) -> list[Any]:
    values: dict[str, Any] = {
        "订单号": "D1", "收货人": "王小美", "电话": "13900139000", "收货地址": ADDRESS, "款号": "A1", "颜色": "黑", "尺码": "M",
        "数量": 1.0,
        "备注": None,
    } | changed  # fmt: skip
    return list(values.values())


def faults(reading: OrderReading) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.col, fault.code) for fault in reading.faults]


@pytest.mark.parametrize(
    "headings",
    [
        ["收货人/提货人", "收货人手机号/提货人手机号", "详细收货地址/提货地址", "商品编码", "商品规格", "商品数量"],
        ["收货人姓名", "联系手机", "收货地址 ", "商家编码", "规格属性", "宝贝数量"],
        ["收件人", "收件人手机", "收件人地址", "货号", "颜色/尺码", "购买数量"],
        ["*姓名", "*手机号码\n（11位）", "*详细地址", "*款号", "规格", "*数量（大于0的整数）"],
        ["Recipient", "Mobile", "Address", "Style No.", "颜色 尺码", "Qty"],
        ["收货联系人", "收货手机号", "收货人详细地址", "款式编码", "销售属性", "下单数量"],
    ],
)
def test_read_knows_the_headings_of_marketplaces(headings: list[str]) -> None:
    reading = read([headings, ["王小美", "13900139000", ADDRESS, "A1", "黑色,M", 2.0]])
    assert [(r.recipient, r.phone, r.address, r.style_no, r.colour, r.size, r.units) for r in reading.rows] == [
        ("王小美", "13900139000", ADDRESS, "A1", "黑色", "M", 2)
    ]
    assert (reading.outcome, reading.faults) == ("accept", [])


EXPORT = [
    "商品",
    "订单号",
    "订单状态",
    "商品总价(元)",
    "商品数量(件)",
    "收货人",
    "手机",
    "省",
    "市",
    "区",
    "街道",
    "商品规格",
    "商家编码-SKU维度",
    "商家编码-商品维度",
    "售后状态",
    "买家留言",
    "商家备注",
]


def exported(status: str, after_sale: str = "无售后或售后取消") -> list[Any]:
    return [
        "连衣裙",
        "250101-1\t",
        status,
        "99.00",
        "1",
        "王小美",
        "13900139000",
        "浙江省",
        "杭州市",
        "西湖区",
        "文三路1号",
        "黑色,M",
        "A1-黑-M\t",
        "A1\t",
        after_sale,
        "快点",
        "加急",
    ]


def test_read_takes_the_open_orders_of_an_export() -> None:
    reading = order_sheet.read(csv([EXPORT, exported("待发货")]), "订单.csv")
    assert [(r.order_ref, r.address, r.style_no, r.colour, r.size, r.units, r.remark) for r in reading.rows] == [
        ("250101-1", ADDRESS, "A1", "黑色", "M", 1, "快点；加急")
    ]
    assert reading.faults == []


@pytest.mark.parametrize(
    ("status", "after_sale"),
    [
        ("已取消", ""),
        ("交易关闭", ""),
        ("已关闭，退款成功", ""),
        ("待发货", "退款成功"),
        ("待发货", "退款中"),
        ("待发货", "售后处理中，待商家处理"),
        ("已发货", ""),
        ("卖家已发货，等待买家确认", ""),
        ("交易成功", ""),
        ("已签收", ""),
        ("待付款", ""),
        ("等待买家付款", ""),
        ("TRADE_CLOSED", ""),
        ("Cancelled", ""),
        ("Shipped", ""),
        ("已完成", ""),
        ("作废", ""),
        ("部分发货", ""),
        ("待发货", "退货退款"),
    ],
)
def test_read_orders_nothing_that_is_cancelled_refunded_unpaid_or_sent(status: str, after_sale: str) -> None:
    reading = order_sheet.read(csv([EXPORT, exported(status, after_sale), exported("待发货")]), "订单.csv")
    assert [row.row for row in reading.rows] == [3]
    assert [(w.row, w.code) for w in reading.warnings if w.code != "unused_column"] == [(2, "order_not_open")]
    assert [(entry.row, entry.why) for entry in reading.ignored] == [(1, "header"), (2, "not_open")]


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("待发货", "订单状态"),
        ("买家已付款，等待卖家发货", "订单状态"),
        ("已付款", "订单状态"),
        ("未发货", "发货状态"),
        ("备货中", "订单状态"),
        ("", "售后状态"),
        ("无售后或售后取消", "售后状态"),
        ("未申请退款", "退款状态"),
        ("无退款", "退款状态"),
        ("退款关闭", "退款状态"),
        ("否", "是否退款"),
        ("售后关闭", "售后状态"),
        ("PAID", "Status"),
        ("没有申请退款", "退款状态"),
        ("不退款", "退款状态"),
    ],
)
def test_is_closed_leaves_open_what_is_to_be_sent(status: str, heading: str) -> None:
    assert not is_closed(status, heading)


def test_read_leaves_out_the_lines_below_a_cancelled_order_that_belong_to_it() -> None:
    headings = [*HEADINGS, "订单状态"]
    more = [None, None, None, None, "A2", "白", "L", 1.0, None, None]
    reading = read([headings, [*line(), "已取消"], more, [*line(订单号="D2"), "待发货"], more])
    assert [(row.row, row.order_ref) for row in reading.rows] == [(4, "D2"), (5, "D2")]


@pytest.mark.parametrize("between", [[None], ["合计", None, None, None, None, None, None, 1.0], HEADINGS])
def test_read_carries_a_recipient_over_no_gap_total_or_heading(between: list[Any]) -> None:
    more = [None, None, None, None, "A2", "白", "L", 1.0]
    reading = read([HEADINGS, line(), more, between, more])
    assert [(row.row, row.recipient) for row in reading.rows] == [(2, "王小美"), (3, "王小美")]
    assert {(fault.row, fault.code) for fault in reading.faults} == {(5, "missing_required")}
    assert [(w.row, w.col, w.code) for w in reading.warnings] == [(3, "B", "filled_down")]


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"收货人": "#N/A"}, "B", "formula_error"),
        ({"收货人": "None"}, "B", "missing_required"),
        ({"收货人": "-"}, "B", "missing_required"),
        ({"收货人": "王*美"}, "B", "masked_text"),
        ({"收货人": "13900139000"}, "B", "bad_name"),
        ({"电话": "138****8001"}, "C", "masked_text"),
        ({"电话": "1.39E+10"}, "C", "precision_lost"),
        ({"电话": "13900139000/13700137000"}, "C", "bad_phone"),
        ({"收货地址": "#REF!"}, "D", "formula_error"),
        ({"收货地址": "浙江省杭州市****"}, "D", "masked_text"),
        ({"订单号": 5113837045333047045.0}, "A", "precision_lost"),
        ({"订单号": "5.11384E+18"}, "A", "precision_lost"),
        ({"订单号": "#N/A"}, "A", "formula_error"),
        ({"尺码": "S-XL"}, "G", "size_range"),
        ({"数量": "#VALUE!"}, "H", "formula_error"),
        ({"数量": 1.5}, "H", "fractional_quantity"),
        ({"款号": 7712345678901234.0}, "E", "precision_lost"),
    ],
)
def test_read_reports_a_damaged_cell_where_it_stands(changed: dict[str, Any], column: str, code: str) -> None:
    reading = read([HEADINGS, line(**changed), line(订单号="D2")])
    assert faults(reading) == [(2, column, code)]
    assert [row.order_ref for row in reading.rows] == ["D2"]


@pytest.mark.parametrize("heading", HEADINGS[:-1])
def test_read_reports_a_formula_without_result_in_every_column(heading: str) -> None:
    data = uncomputed(xlsx([HEADINGS, line(**{heading: Formula("=A1")}), line(订单号="D2")]))
    reading = read(data)
    assert faults(reading) == [(2, "ABCDEFGH"[HEADINGS.index(heading)], "formula_no_value")]


@pytest.mark.parametrize(
    "remark",
    ["包装照上次样例", "please add a sample", "放前台，例如快递柜也行", "样品请放盒里", "sample", "例", "如：门口"],
)
def test_read_takes_no_order_for_an_example_because_of_a_word_in_its_remark(remark: str) -> None:
    assert [row.remark for row in read([HEADINGS, line(备注=remark)]).rows] == [remark]


@pytest.mark.parametrize(
    "changed", [{"订单号": "示例"}, {"收货人": "例：张三"}, {"订单号": "示例 D001"}, {"款号": "示例，可删除"}]
)
def test_read_leaves_the_example_of_a_template_out_and_says_so(changed: dict[str, Any]) -> None:
    reading = read([HEADINGS, line(**changed), line(订单号="D2")])
    assert [row.order_ref for row in reading.rows] == ["D2"]
    assert [(w.row, w.code) for w in reading.warnings] == [(2, "example_row")]


@pytest.mark.parametrize(
    ("text", "colour", "size"),
    [
        ("黑色;M", "黑色", "M"),
        ("黑,M", "黑", "M"),
        ("颜色分类:黑色;尺码:L", "黑色", "L"),
        ("尺码：XL；颜色：雾霾蓝", "雾霾蓝", "XL"),
        ("黑色/165/88A", "黑色", "165/88A"),
        ("黑色-M", "黑色", "M"),
        ("黑色 2XL", "黑色", "2XL"),
        ("【黑色】M", "黑色", "M"),
        ("黑色M码", "黑色", "M"),
        ("M/黑色", "黑色", "M"),
        ("黑色|均码", "黑色", "均码"),
        ("M", None, "M"),
        ("165/88A", None, "165/88A"),
        ("酒红 米白;38", "酒红 米白", "38"),
    ],
)
@pytest.mark.parametrize("heading", ["规格", "商品规格"])
def test_read_splits_colour_and_size(heading: str, text: str, colour: str | None, size: str) -> None:
    headings = ["收货人", "电话", "收货地址", "款号", heading, "数量"]
    reading = read([headings, ["王小美", "13900139000", ADDRESS, "A1", text, 1.0]])
    assert [(row.colour, row.size) for row in reading.rows] == [(colour, size)]


def test_read_reports_a_colour_that_differs_from_the_specification() -> None:
    headings = ["收货人", "电话", "收货地址", "款号", "颜色", "规格", "数量"]
    start = ["王小美", "13900139000", ADDRESS, "A1"]
    reading = read([headings, [*start, "白色", "黑色;M", 1.0], [*start, "黑色", "黑色;M", 1.0]])
    assert faults(reading) == [(2, "E", "colour_conflict")]
    assert [(row.colour, row.size) for row in reading.rows] == [("黑色", "M")]


@pytest.mark.parametrize(
    ("headings", "parts", "address"),
    [
        (["省", "市", "区", "详细地址"], ["浙江省", "杭州市", "西湖区", "文三路1号"], ADDRESS),
        (["省", "市", "区", "街道"], ["浙江省", "杭州市", "西湖区", "文三路1号"], ADDRESS),
        (["省", "市", "区", "收货地址"], ["浙江省", "杭州市", "西湖区", ADDRESS], ADDRESS),
        (["省", "市", "区", "详细地址"], ["浙江省", "杭州市", "西湖区", "西湖区文三路1号"], ADDRESS),
        (
            ["省", "市", "区", "收货地址"],
            ["浙江省", "杭州市", "西湖区", "浙江 杭州 西湖区 文三路1号"],
            "浙江 杭州 西湖区 文三路1号",
        ),
        (["所在地区", "详细地址"], ["浙江省/杭州市/西湖区", "文三路1号"], ADDRESS),
        (["省市区", "详细地址"], ["浙江省 杭州市 西湖区", "文三路1号"], ADDRESS),
        (
            ["城市", "省份", "地址", "地址2"],
            ["杭州市", "浙江省", "文三路478号", "华星时代广场A座1201"],
            "浙江省杭州市文三路478号华星时代广场A座1201",
        ),
        (
            ["省", "市", "区", "街道", "详细地址"],
            ["上海市", "上海市", "徐汇区", "湖南路街道", "武康路1号"],
            "上海市徐汇区湖南路街道武康路1号",
        ),
        (["地址1", "地址2"], [ADDRESS, None], ADDRESS),
    ],
)
def test_read_joins_the_columns_of_an_address_and_says_nothing_twice(
    headings: list[str], parts: list[Any], address: str
) -> None:
    reading = read(
        [["收货人", "手机", *headings, "款号", "尺码", "数量"], ["王小美", "13900139000", *parts, "A1", "M", 1.0]]
    )
    assert [row.address for row in reading.rows] == [address]


def test_read_reports_an_address_in_another_province_than_its_column_says() -> None:
    headings = ["收货人", "手机", "省", "收货地址", "款号", "尺码", "数量"]
    reading = read([headings, ["王小美", "13900139000", "江苏省", ADDRESS, "A1", "M", 1.0]])
    assert faults(reading) == [(2, "D", "region_mismatch")]


@pytest.mark.parametrize("heading", ["收货信息", "姓名/电话/地址", "姓名电话地址", "收货地址"])
def test_read_takes_a_recipient_pasted_into_one_cell(heading: str) -> None:
    headings = [heading, "款号", "尺码", "数量"]
    reading = read([headings, [CONTACT, "A1", "M", 1.0], [CONTACT, "A1", "L", 1.0], ["路人甲", "A1", "L", 1.0]])
    assert [(row.recipient, row.phone, row.address) for row in reading.rows] == [("王小美", "13900139000", ADDRESS)] * 2
    assert faults(reading) == [(4, "A", "bad_contact")]


def test_read_fills_blank_columns_of_a_recipient_from_the_cell_with_all_of_it() -> None:
    headings = ["收货人", "电话", "收货地址", "收货信息", "款号", "尺码", "数量"]
    reading = read(
        [headings, [None, None, None, CONTACT, "A1", "M", 1.0], ["李四", "13700137000", ADDRESS, None, "A1", "L", 1.0]]
    )
    assert [(row.recipient, row.phone) for row in reading.rows] == [("王小美", "13900139000"), ("李四", "13700137000")]


def test_read_asks_which_of_two_columns_is_the_recipient() -> None:
    headings = ["收货人", "收件人", "电话", "收货地址", "款号", "尺码", "数量"]
    lines = [headings, ["王小美", "李四", "13900139000", ADDRESS, "A1", "M", 1.0]]
    reading = read(lines)
    assert [(q.code, q.field, [c.header for c in q.candidates]) for q in reading.questions] == [
        ("duplicate_header", "recipient", ["收货人", "收件人"])
    ]
    answered = read(lines, answers={reading.questions[0].fingerprint: {"B": "recipient"}})
    assert [row.recipient for row in answered.rows] == ["李四"]


def test_read_warns_of_an_order_that_is_there_twice_and_keeps_both() -> None:
    reading = read([HEADINGS, line(), line(), line(尺码="L")])
    assert [row.row for row in reading.rows] == [2, 3, 4]
    assert [(w.row, w.code, w.details) for w in reading.warnings] == [(3, "repeated_order", ("2",))]


def test_read_reports_hidden_lines() -> None:
    reading = read(xlsx([HEADINGS, line(), line(订单号="D2")], hidden_rows=[3]))
    assert [row.order_ref for row in reading.rows] == ["D1", "D2"]
    assert [(w.row, w.code) for w in reading.warnings] == [(3, "hidden_row")]


def test_read_takes_goods_by_barcode_and_by_words() -> None:
    headings = [*HEADINGS, "条码"]
    reading = read(
        [headings, [*line(款号=None, 颜色=None, 尺码=None), ean(1)], [*line(订单号="D2", 款号="小香风"), None]]
    )
    assert [(row.style_no, row.size, row.barcode) for row in reading.rows] == [
        (None, None, ean(1)),
        ("小香风", "M", None),
    ]


def test_the_template_lists_the_goods_of_a_sale_on_a_second_sheet_that_is_not_read() -> None:
    goods = [
        OfferedGoods("A1", "针织衫", "黑", "M", ean(1), "59.90", 3, "6 件起批（可混色混码）"),
        OfferedGoods("A1", "=1+1", "黑", "L", "", "59.90"),
    ]
    data = order_sheet.write([], goods)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["代发订单", GOODS_SHEET]
    assert [[cell.value for cell in row] for row in book[GOODS_SHEET]][1:] == [
        ["A1", "针织衫", "黑", "M", ean(1), "59.90", 3, "6 件起批（可混色混码）"],
        ["A1", "=1+1", "黑", "L", "", "59.90", None, ""],
    ]
    sheet = book["代发订单"]
    for column, value in enumerate([*line()[:7], None, *line()[7:]], 1):
        sheet.cell(2, column, value)
    filled = io.BytesIO()
    book.save(filled)
    reading = read(filled.getvalue())
    assert (reading.outcome, faults(reading)) == ("accept", [])


def test_read_reports_a_style_number_that_became_a_power_of_ten() -> None:
    reading = read([HEADINGS, line(款号=Styled(2400000.0, "0.00E+00")), line(订单号="D2")])
    assert faults(reading) == [(2, "E", "style_number_damaged")]


def test_read_orders_nothing_of_a_line_that_a_comma_has_shifted() -> None:
    heading = "收货人,电话,收货地址,款号,尺码,数量"
    text = f"{heading}\n王小美,13900139000,浙江省杭州市,文三路1号,A1,M,1\n李四,13900139000,{ADDRESS},A1,M,1\n"
    reading = order_sheet.read(text.encode(), "订单.csv")
    assert [row.recipient for row in reading.rows] == ["李四"]
    assert (2, "extra_cells") in {(fault.row, fault.code) for fault in reading.faults}
