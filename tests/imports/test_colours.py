"""IMPORT-22: colours that may be one colour are told, and a code beside the name is not the colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from imports import stock_sheet
from imports.cells.colours import fold_colour
from imports.stock_sheet.rows import Reading
from tests.imports.builders import xlsx
from tests.imports.checks import every_line_is_accounted_for


def read(heading: list[str], *lines: Sequence[Any]) -> Reading:
    reading = stock_sheet.read(xlsx([heading, *lines]), "库存.xlsx")
    every_line_is_accounted_for(reading)
    return reading


HEADING = ["款号", "颜色", "尺码", "吊牌价", "供货价", "库存"]


def test_read_keeps_similar_colours_apart_and_names_them() -> None:
    lines = [["A", colour, "M", 599.0, 149.75, 5.0] for colour in ("红", "紅", "红色", "黑")]
    reading = read(HEADING, *lines, ["B", "紅", "M", 599.0, 149.75, 5.0])
    assert [(row.style_no, row.colour) for row in reading.rows] == [
        ("A", "红"),
        ("A", "紅"),
        ("A", "红色"),
        ("A", "黑"),
        ("B", "紅"),
    ]
    assert [(each.row, each.col, each.code, each.value, each.details) for each in reading.warnings] == [
        (3, "B", "similar_colour", "紅", ("红", "2")),
        (4, "B", "similar_colour", "红色", ("红", "2")),
    ]


def test_read_names_a_similar_colour_once() -> None:
    lines = [["A", colour, size, 599.0, 149.75, 5.0] for colour in ("深灰", "深 灰色") for size in ("S", "M", "L")]
    assert [(each.row, each.code) for each in read(HEADING, *lines).warnings] == [(5, "similar_colour")]


@pytest.mark.parametrize(("one", "other"), [("紅", "红色"), ("NAVY", "navy"), ("軍綠色", "军绿"), ("米 白", "米白色")])
def test_fold_colour_joins_the_names_of_one_colour(one: str, other: str) -> None:
    assert fold_colour(one) == fold_colour(other)


@pytest.mark.parametrize(("one", "other"), [("红", "粉红"), ("色", "黑"), ("浅灰", "深灰"), ("01", "1")])
def test_fold_colour_keeps_colours_apart(one: str, other: str) -> None:
    assert fold_colour(one) != fold_colour(other)


@pytest.mark.parametrize("code", ["色码", "色号", "颜色编号", "颜色代码"])
@pytest.mark.parametrize("both", ["颜色及规格", "颜色规格", "规格属性"])
def test_read_takes_the_colour_beside_its_code_and_its_size(code: str, both: str) -> None:
    heading = ["款式编码", code, both, "码数", "牌价", "供价", "现有库存"]
    lines = [["BO24", 23.0, f"雾霾蓝;{size}", size, 599.0, 149.75, 5.0] for size in ("S", "M")]
    reading = read(heading, *lines, ["BO24", 24.0, "雾霾蓝", "L", 599.0, 149.75, 5.0])
    assert reading.faults == []
    assert [(row.colour, row.size) for row in reading.rows] == [("雾霾蓝", "S"), ("雾霾蓝", "M"), ("雾霾蓝", "L")]
    assert [(each.code, each.header) for each in reading.warnings] == [("unused_column", code)]


def test_read_takes_colour_and_size_from_one_column_beside_a_code() -> None:
    reading = read(
        ["款号", "色码", "颜色及规格", "吊牌价", "供货价", "库存"],
        ["A", 23.0, "颜色:雾霾蓝;尺码:S", 599.0, 149.75, 5.0],
    )
    assert [(row.colour, row.size) for row in reading.rows] == [("雾霾蓝", "S")]


def test_read_refuses_a_line_whose_two_sizes_differ() -> None:
    heading = ["款号", "颜色规格", "尺码", "吊牌价", "供货价", "库存"]
    reading = read(heading, ["A", "雾霾蓝;L", "M", 599.0, 149.75, 5.0], ["A", "雾霾蓝;S", "S", 599.0, 149.75, 5.0])
    assert [(fault.row, fault.col, fault.code, fault.details) for fault in reading.faults] == [
        (2, "B", "conflicting_size", ("M",))
    ]
    assert [row.row for row in reading.rows] == [3]
