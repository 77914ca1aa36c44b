"""IMPORT-21: 35-38 is one size where the sheet uses it so, and several sizes where it does not."""

from __future__ import annotations

import pytest

from imports import stock_sheet
from imports.cells.size_spans import are_sizes, span_of
from imports.stock_sheet.rows import Reading
from tests.imports.builders import xlsx
from tests.imports.checks import every_line_is_accounted_for

HEADING = ["款号", "颜色", "尺码", "吊牌价", "供货价", "库存", "品名"]


def read(*lines: tuple[str, str] | tuple[str, str, str]) -> Reading:
    goods = [[style, "黑", size, 59.0, 15.0, 5.0, *name] for style, size, *name in lines]
    reading = stock_sheet.read(xlsx([HEADING, *goods]), "库存.xlsx")
    every_line_is_accounted_for(reading)
    return reading


@pytest.mark.parametrize(
    "lines",
    [
        [("A", "35-38"), ("A", "39-42"), ("A", "43-46")],
        [("A", "35~38码"), ("A", "39~42码")],
        [("A", "22-24"), ("A", "25-28")],
        [("A", "54-56"), ("A", "57-59"), ("B", "54-56")],
        [("A", "90-100"), ("A", "100-110"), ("A", "110-120"), ("B", "100"), ("B", "110")],
        [("A", "90-100"), ("B", "110-120")],
        [("A", "35-38", "男士棉袜")],
        [("A", "56-58", "渔夫帽"), ("B", "36", "鞋")],
        [("A", "35-38", "棉袜"), ("A", "39-42", "棉袜"), ("B", "36", "鞋"), ("B", "37", "鞋")],
    ],
)
def test_read_takes_spans_as_sizes(lines: list[tuple[str, str]]) -> None:
    reading = read(*lines)
    assert reading.faults == []
    assert [row.size for row in reading.rows] == [size for _, size, *_ in lines]
    assert [warning.code for warning in reading.warnings] == ["size_span"]


@pytest.mark.parametrize(
    "lines",
    [
        [("A", "26-30")],
        [("A", "35-39"), ("B", "36-40")],
        [("A", "26-30"), ("B", "31-36")],
        [("A", "90-160"), ("B", "90-150")],
        [("A", "35-38", "拖鞋")],
    ],
)
def test_read_refuses_spans_that_may_be_several_sizes(lines: list[tuple[str, str]]) -> None:
    reading = read(*lines)
    assert [fault.code for fault in reading.faults] == ["size_range"] * len(lines)
    assert len(reading.rows) == 0


def test_read_refuses_spans_beside_the_single_sizes_within_them() -> None:
    reading = read(("A", "35-38"), ("A", "39-42"), ("B", "36"), ("B", "37"))
    assert [(fault.row, fault.code) for fault in reading.faults] == [(2, "size_range"), (3, "size_range")]
    assert [row.size for row in reading.rows] == ["36", "37"]


@pytest.mark.parametrize("sizes", [("35-38", "39-42", "43-46"), ("90-100", "100-110"), ("54-56", "57-59", "60-62")])
def test_read_takes_spans_as_the_sizes_of_a_matrix(sizes: tuple[str, ...]) -> None:
    heading = ["款号", "颜色", "吊牌价", "供货价", *sizes]
    goods = [["A", "黑", 59.0, 15.0, *map(float, range(1, len(sizes) + 1))], ["B", "白", 59.0, 15.0, 4.0]]
    reading = stock_sheet.read(xlsx([heading, *goods]), "库存.xlsx")
    every_line_is_accounted_for(reading)
    assert reading.faults == []
    expected = [("A", size, quantity) for quantity, size in enumerate(sizes, 1)]
    assert [(row.style_no, row.size, row.quantity) for row in reading.rows] == [*expected, ("B", sizes[0], 4)]


def test_read_takes_the_span_behind_a_colour_as_a_size() -> None:
    heading = ["款号", "颜色规格", "吊牌价", "供货价", "库存"]
    goods = [["A", f"黑;{size}", 59.0, 15.0, 5.0] for size in ("35-38", "39-42")]
    reading = stock_sheet.read(xlsx([heading, *goods]), "库存.xlsx")
    assert [(row.colour, row.size) for row in reading.rows] == [("黑", "35-38"), ("黑", "39-42")]


@pytest.mark.parametrize(
    ("text", "span"),
    [("35-38", (35, 38)), ("35—38码", (35, 38)), ("90-100cm", (90, 100)), ("26-30", (26, 30)), ("90-160", None), ("S-L", None)],
)  # fmt: skip
def test_span_of_knows_feet_heads_and_heights(text: str, span: tuple[int, int] | None) -> None:
    assert span_of(text) == span


def test_are_sizes_compares_the_widths_of_different_styles() -> None:
    assert are_sizes([(35, 37), (38, 41)], of_one_style=True)
    assert not are_sizes([(35, 37), (38, 41)], of_one_style=False)
    assert not are_sizes([(35, 38), (37, 40)], of_one_style=True)
