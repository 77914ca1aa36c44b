"""Any sheet of texts and numbers gives a reading in which every line is a row, has a fault or is set aside (IMPORT-1, IMPORT-23)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports import order_sheet, tracking_sheet
from imports.order_sheet import OrderReading
from imports.tracking_sheet import TrackingReading
from tests.imports.builders import csv, xlsx

HEADINGS = st.sampled_from(
    [
        "发货单号",
        "快递公司",
        "快递单号",
        "运单号",
        "收货人",
        "电话",
        "手机",
        "收货地址",
        "详细地址",
        "省",
        "市",
        "区",
        "街道",
        "款号",
        "颜色",
        "尺码",
        "规格",
        "商品规格",
        "条码",
        "数量",
        "缺货数",
        "明细号",
        "订单号",
        "订单状态",
        "售后状态",
        "备注",
        "买家留言",
        "收货信息",
        "姓名/电话/地址",
        "快递公司编码",
        "地址2",
        "未知",
        "品名",
    ]
)
CELLS = st.sampled_from(
    [
        None,
        "",
        " ",
        "#N/A",
        "0",
        0.0,
        1.0,
        2.5,
        -1.0,
        7.7e12,
        1e18,
        "示例",
        "合计",
        "例：张三",
        "顺丰",
        "中通快递",
        "SF1380013800012",
        "77123456789012",
        "13900139000",
        "王小美",
        "浙江省杭州市西湖区文三路1号",
        "王小美 13900139000 浙江省杭州市西湖区文三路1号",
        "黑色;M",
        "M",
        "A1",
        "已取消",
        "退款成功",
        "无",
        "必填",
        "制表人：小李",
        "\n",
        "****",
        '="123"',
        "'abc'",
        "5.1E+18",
        "发货单号",
        "收货人",
        "数量",
        "快递单号",
        "\x01",
        "x" * 300,
    ]
)
SHEETS = st.integers(1, 10).flatmap(
    lambda width: st.tuples(
        st.lists(HEADINGS, min_size=width, max_size=width),
        st.lists(st.lists(CELLS, min_size=width, max_size=width + 1), max_size=8),
    )
)
READERS: dict[str, Callable[..., Any]] = {"tracking": tracking_sheet.read, "orders": order_sheet.read}


def every_line_is_in_one_place(reading: TrackingReading | OrderReading) -> None:
    assert reading.reason != "lines_lost"
    if reading.outcome == "refuse":
        return
    told = {(row.sheet, row.row) for row in reading.rows} | {(fault.sheet, fault.row) for fault in reading.faults}
    ignored = [(entry.sheet, number) for entry in reading.ignored for number in entry.rows()]
    assert len(ignored) == len(set(ignored))
    assert told.isdisjoint(ignored)
    lines = {(sheet, number) for sheet, last in reading.lines.items() for number in range(1, last + 1)}
    assert told | set(ignored) == lines
    for fault in reading.faults + reading.warnings:
        assert fault.message_zh
        assert fault.message_en


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
@settings(max_examples=150, deadline=None)
@given(sheet=SHEETS, answered=st.integers(0, 9))
def test_every_line_of_a_record_sheet_is_in_one_place(
    kind: str, form: str, sheet: tuple[list[str], list[list[Any]]], answered: int
) -> None:
    lines = [sheet[0], *sheet[1], sheet[0], *sheet[1][:2]]
    data = xlsx({"一": lines, "二": sheet[1]}) if form == "xlsx" else csv(lines)
    reading = READERS[kind](data, f"表.{form}")
    every_line_is_in_one_place(reading)
    for question in reading.questions:
        if question.candidates:
            chosen = question.candidates[answered % len(question.candidates)].col
            answers = {question.fingerprint: {chosen: question.field}}
            every_line_is_in_one_place(READERS[kind](data, f"表.{form}", answers=answers))


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "piece", ["1", "a-", "黑-", "黑 ", "1a", "退款 ", "浙江省", "收货人:", " ", "'", "[1]", "未", "SF1380013800012 "]
)
def test_a_long_text_in_any_cell_takes_no_time(kind: str, piece: str) -> None:
    headings = [
        "发货单号",
        "订单号",
        "收货人",
        "电话",
        "收货地址",
        "省",
        "款号",
        "规格",
        "数量",
        "快递公司",
        "快递单号",
        "缺货数",
        "订单状态",
        "收货信息",
    ]
    for column in range(len(headings)):
        line = ["1"] * len(headings)
        line[column] = (piece * 30_000)[:30_000] + "x"
        began = time.process_time()
        every_line_is_in_one_place(READERS[kind](csv([headings, line]), "表.csv"))
        assert time.process_time() - began < 1


@pytest.mark.parametrize("kind", READERS)
def test_a_text_file_in_a_wrong_encoding_is_refused_and_not_asked_about(kind: str) -> None:
    text = "发货单号,快递公司,快递单号\n1,顺丰,SF1380013800012\n2,顺丰,SF1380013800013\n"
    damaged = text.encode().decode("gb18030", "replace").encode()
    assert READERS[kind](damaged, "表.csv").reason == "encoding_damage"
