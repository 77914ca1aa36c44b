"""Sheets of records with several tables, and cells that only look like a name, an address or a number (IMPORT-23 to IMPORT-25)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from imports import order_sheet, tracking_sheet
from tests.imports.builders import xlsx

ADDRESS = "浙江省杭州市西湖区文三路1号"
ORDERS = ["收货人", "手机", "收货地址", "款号", "颜色", "尺码", "数量"]
LEVELS = ["收货人", "手机", "省", "市", "区", "详细地址", "款号", "尺码", "数量"]
SF, ZTO = "SF1380013800012", "77123456789012"


def orders(lines: list[list[Any]]) -> order_sheet.OrderReading:
    return order_sheet.read(xlsx(lines), "订单.xlsx")


def order(**changed: Any) -> list[Any]:
    values = dict(zip(ORDERS, ["王小美", "13900139000", ADDRESS, "A1", "黑", "M", 1.0], strict=True)) | changed
    return list(values.values())


def codes(reading: order_sheet.OrderReading | tracking_sheet.TrackingReading) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.col, fault.code) for fault in reading.faults]


@pytest.mark.parametrize("between", [[], [[None] * 7], [["B店", *[None] * 6]], [[None] * 7, ["B店", *[None] * 6]]])
def test_a_table_below_with_other_words_is_read_by_its_own_heading(between: list[list[Any]]) -> None:
    reading = orders(
        [
            ORDERS,
            order(),
            *between,
            ["姓名", "电话", "地址", "货号", "码数", "颜色名称", "件数"],
            ["李雷", "13900139001", ADDRESS, "B2", "L", "红", 2.0],
        ]
    )
    assert [(row.recipient, row.style_no, row.colour, row.size, row.units) for row in reading.rows] == [
        ("王小美", "A1", "黑", "M", 1),
        ("李雷", "B2", "红", "L", 2),
    ]
    assert (reading.faults, [each.why for each in reading.ignored].count("title")) == (
        [],
        sum(any(value for value in row) for row in between),
    )


def test_the_columns_of_a_second_tracking_table_are_its_own() -> None:
    reading = tracking_sheet.read(
        xlsx(
            [
                ["发货单号", "快递公司", "快递单号"],
                ["7", "顺丰", SF],
                ["第二批", None, None],
                ["订单编号", "物流公司", "运单号", "发货单"],
                ["X1", "中通", ZTO, "8"],
            ]
        ),
        "单号.xlsx",
    )
    assert [(row.consignment_no, row.carrier_name, row.tracking_no) for row in reading.rows] == [
        ("7", "顺丰速运", SF),
        ("8", "中通快递", ZTO),
    ]
    assert (reading.faults, reading.rows_without_number) == ([], [])


def test_a_line_of_words_is_no_heading_of_another_table() -> None:
    reading = orders([ORDERS, order(), order(收货人="电话", 颜色="颜色", 尺码="均码")])
    assert [row.recipient for row in reading.rows] == ["王小美", "电话"]


@pytest.mark.parametrize("name", ["同上", "老客户", "跟上次一样", "老地址", "123", "0"])
def test_a_name_that_is_a_number_or_points_to_an_earlier_order_is_a_fault(name: str) -> None:
    reading = orders([ORDERS, order(收货人=name)])
    assert (reading.rows, codes(reading)) == ([], [(2, "A", "bad_name")])


@pytest.mark.parametrize("address", ["地址同上次一样", "还是上次那个地址", "老地址", "同上"])
def test_an_address_that_points_to_an_earlier_order_is_a_fault(address: str) -> None:
    reading = orders([ORDERS, order(收货地址=address)])
    assert (reading.rows, codes(reading)) == ([], [(2, "C", "bad_address")])


@pytest.mark.parametrize(
    ("levels", "street"),
    [
        (("浙江省", "杭州市", "西湖区"), "宁波市海曙区中山路1号"),
        (("浙江省", "杭州市", "西湖区"), "浙江省宁波市海曙区中山路1号"),
        (("浙江省", "杭州市", "西湖区"), "江苏省南京市鼓楼区中山路1号"),
        (("浙江省", "南京市", ""), "文三路1号"),
    ],
)
def test_an_address_in_another_city_than_its_columns_say_is_a_fault(levels: tuple[str, ...], street: str) -> None:
    reading = orders([LEVELS, ["王小美", "13900139000", *levels, street, "A1", "M", 1.0]])
    assert (reading.rows, codes(reading)) == ([], [(2, "F", "region_mismatch")])


@pytest.mark.parametrize(
    ("levels", "street", "address"),
    [
        (("浙江省", "金华市", "义乌市"), "义乌市稠城街道1号", "浙江省金华市义乌市稠城街道1号"),
        (("北京市", "北京市", "朝阳"), "双井街道1号", "北京市朝阳双井街道1号"),
        (("上海市", "上海市", "黄浦区"), "南京东路1号", "上海市黄浦区南京东路1号"),
        (("广东省", "东莞市", ""), "长安镇锦厦路1号", "广东省东莞市长安镇锦厦路1号"),
    ],
)
def test_a_district_or_street_with_the_name_of_another_place_is_none(
    levels: tuple[str, ...], street: str, address: str
) -> None:
    reading = orders([LEVELS, ["王小美", "13900139000", *levels, street, "A1", "M", 1.0]])
    assert ([row.address for row in reading.rows], reading.faults) == ([address], [])


@pytest.mark.parametrize(
    ("address", "is_told"),
    [
        ("文三路478号华星广场", True),
        ("浙江省杭州市西湖区", True),
        (ADDRESS, False),
        ("东莞市长安镇锦厦路1号", False),
        ("香港九龙旺角弥敦道1号", False),
        ("湖北省仙桃市干河街道1号", False),
    ],
)
def test_an_address_without_a_city_or_a_street_is_told(address: str, is_told: bool) -> None:
    reading = orders([ORDERS, order(收货地址=address)])
    assert ([row.address for row in reading.rows], reading.faults) == ([address], [])
    assert [(each.row, each.col, each.code) for each in reading.warnings] == (
        [(2, "C", "doubtful_address")] if is_told else []
    )


def test_colour_and_size_with_labels_between_blanks_are_split() -> None:
    reading = orders(
        [ORDERS, order(颜色=None, 尺码="颜色:米白 尺码:均码"), order(颜色=None, 尺码="颜色分类： 黑色  尺码： XL")]
    )
    assert [(row.colour, row.size) for row in reading.rows] == [("米白", "均码"), ("黑色", "XL")]
    assert (reading.faults, reading.warnings) == ([], [])


def test_a_size_that_became_a_date_is_told_as_such() -> None:
    reading = orders([ORDERS, order(尺码=dt.date(2026, 10, 12))])
    assert (reading.rows, codes(reading)) == ([], [(2, "F", "size_became_date")])


@pytest.mark.parametrize("status", ["待成团", "等待拼单成功", "拼团中"])
def test_a_group_purchase_that_is_not_complete_is_no_order(status: str) -> None:
    reading = orders([[*ORDERS, "订单状态"], [*order(), status], [*order(收货人="李雷"), "待发货"]])
    assert [row.recipient for row in reading.rows] == ["李雷"]
    assert [each.code for each in reading.warnings] == ["order_not_open"]


@pytest.mark.parametrize(
    ("phone", "number"),
    [("0571-88881234", "057188881234"), ("139 0013 9000", "13900139000"), ("+86 13900139000", "13900139000")],
)
def test_a_telephone_in_the_column_of_numbers_is_a_fault_however_it_is_written(phone: str, number: str) -> None:
    headings = ["发货单号", "收货人", "电话", "快递公司", "快递单号"]
    reading = tracking_sheet.read(xlsx([headings, ["7", "王小美", phone, "中通", number]]), "单号.xlsx")
    assert (reading.rows, codes(reading)) == ([], [(2, "E", "number_of_other_column")])
