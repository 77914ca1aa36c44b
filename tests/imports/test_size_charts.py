"""Size charts on sheets of their own in a stock workbook (IMPORT-26)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports import stock_sheet
from imports.annotated_copy.annotate import annotate
from imports.size_charts.chart import MAX_COLUMNS, MAX_LINES, ChartTable
from imports.size_charts.words import bare_caption, heading_with_unit, labelled, unit_of_caption
from imports.stock_sheet.rows import Reading
from tests.imports.builders import HEADER, Formula, goods, xlsx
from tests.imports.checks import every_line_is_accounted_for

STOCK: list[list[Any]] = [list(HEADER), *goods(8)]
Sheet = list[list[Any]]
LINES = (("尺码", "胸围", "衣长"), ("S", "88", "60"), ("M", "92", "62.5"))


def read(*sheets: tuple[str, Sheet], stock: bool = True, merges: tuple[str, ...] = ()) -> Reading:
    """The reading of a workbook with these sheets, behind one of stock."""
    every: list[tuple[str, Sheet]] = [("库存", STOCK)] if stock else []
    every += sheets
    reading = stock_sheet.read(xlsx(dict(every), merges=merges), "库存.xlsx")
    every_line_is_accounted_for(reading)
    assert reading.outcome == "accept"
    assert len(reading.rows) == (8 if stock else 0)
    return reading


def charts(reading: Reading) -> list[tuple[str, str, tuple[str, ...], tuple[tuple[str, ...], ...]]]:
    assert [(each.row, each.col, each.code) for each in (*reading.faults, *reading.warnings)] == []
    return [(each.style_no, each.category, each.captions, each.lines) for each in reading.size_charts]


# IMPORT-26
def test_a_sheet_of_one_chart_is_read_beside_the_stock() -> None:
    reading = read(("尺码表", [["尺码", "胸围", "衣长"], ["S", 88.0, 60.0], ["M", "92", 62.5]]))
    assert charts(reading) == [("", "", (), LINES)]
    assert (reading.size_charts[0].sheet, reading.size_charts[0].row, reading.size_charts[0].col) == ("尺码表", 1, "A")
    assert {entry.why for entry in reading.ignored if entry.sheet == "尺码表"} == {"size_chart"}


def test_charts_below_each_other_take_their_captions() -> None:
    sheet: Sheet = [
        ["青禾 2026 尺码表（单位：厘米）"],
        [],
        ["款号：ST24A10000"],
        ["尺码", "胸围", "衣长"],
        ["S", 88.0, 60.0],
        ["M", 92.0, 62.5],
        ["注：手工测量，误差 1-3cm"],
        [],
        ["连衣裙尺码表"],
        ["部位", "S", "M"],
        ["胸围", 88.0, 92.0],
        ["衣长", 60.0, 62.5],
        ["体重(斤)", "90～100", "100-110"],
    ]
    with_unit = (("尺码", "胸围(cm)", "衣长(cm)"), *LINES[1:])
    turned = (("尺码", "胸围(cm)", "衣长(cm)", "体重(斤)"), ("S", "88", "60", "90-100"), ("M", "92", "62.5", "100-110"))
    assert charts(read(("Sheet2", sheet))) == [
        ("ST24A10000", "", (), with_unit),
        ("", "", ("连衣裙",), turned),
    ]


def test_charts_beside_each_other_and_merged_style_numbers() -> None:
    sheet: Sheet = [
        ["款号", "尺码", "胸围", None, "类目", "尺码", "脚长"],
        ["A100", "S", 88.0, None, "鞋", 35.0, 22.5],
        [None, "M", 92.0, None, None, 36.0, 23.0],
        ["A101", "S", 80.0],
    ]
    assert charts(read(("尺寸", sheet), stock=False, merges=("A2:A3",))) == [
        ("A100", "", (), (("尺码", "胸围"), ("S", "88"), ("M", "92"))),
        ("A101", "", (), (("尺码", "胸围"), ("S", "80"))),
        ("", "鞋", (), (("尺码", "脚长"), ("35", "22.5"), ("36", "23"))),
    ]


def test_a_column_without_heading_says_what_each_chart_is_for() -> None:
    sheet: Sheet = [
        [None, "尺码", "腰围(inch)"],
        ["牛仔裤", "27", "27-28"],
        [None, "28", "28-29"],
        ["短裤", "27", "26-27"],
    ]
    found = charts(read(("size chart", sheet)))
    assert [(captions, lines[0]) for _, _, captions, lines in found] == [
        (("牛仔裤",), ("尺码", "腰围(英寸)")),
        (("短裤",), ("尺码", "腰围(英寸)")),
    ]


def test_captions_beside_each_other_end_the_chart_above() -> None:
    sheet: Sheet = [
        ["款号", "尺码", "胸围"],
        ["A1", "S", 88.0],
        ["外套类尺码表", None, "女鞋"],
        ["部位", "S", None, "尺码", "脚长"],
        ["衣长", "60-62", None, "35", 22.5],
    ]
    assert [each[0:3] for each in charts(read(("尺码表", sheet)))] == [
        ("A1", "", ()),
        ("", "", ("外套类",)),
        ("", "", ()),
    ]


def test_a_merged_measurement_holds_for_all_its_sizes() -> None:
    sheet: Sheet = [["尺码", "袖长"], ["S", 20.0], ["M", None]]
    assert charts(read(("尺码表", sheet), stock=False, merges=("B2:B3",)))[0][3] == (
        ("尺码", "袖长"),
        ("S", "20"),
        ("M", "20"),
    )


def test_a_chart_of_other_size_systems_is_read_where_the_sheet_is_named_so() -> None:
    sheet: Sheet = [["尺码", "欧码", "美码"], ["S", 36.0, "4-6"], ["M", 38.0, 8.0]]
    assert charts(read(("尺码对照表", sheet)))[0][3] == (("尺码", "欧码", "美码"), ("S", "36", "4-6"), ("M", "38", "8"))


def test_a_stock_sheet_with_measurements_is_stock() -> None:
    lines = [[*line, 88.0, 60.0] for line in goods(8)]
    for name in ("库存", "尺码表"):
        reading = stock_sheet.read(xlsx({name: [[*HEADER, "胸围", "衣长"], *lines]}), "库存.xlsx")
        assert (reading.outcome, len(reading.rows), reading.size_charts) == ("accept", 8, [])
        assert [(each.code, each.header) for each in reading.warnings] == [
            ("unused_column", "胸围"),
            ("unused_column", "衣长"),
        ]


def test_a_chart_below_the_stock_stays_an_appendix() -> None:
    reading = stock_sheet.read(xlsx([*STOCK, ["合计"], ["尺码表"], ["尺码", "胸围"], ["S", 88.0]]), "库存.xlsx")
    assert (reading.outcome, len(reading.rows), reading.size_charts) == ("accept", 8, [])


def test_a_workbook_of_charts_alone_is_accepted_and_one_without_stock_heading_refused() -> None:
    chart: Sheet = [["尺码", "胸围"], ["S", 88.0]]
    assert len(read(("尺码表", chart), stock=False).size_charts) == 1
    broken = stock_sheet.read(xlsx({"库存": [["你好"], ["A1"]], "尺码表": chart}), "库存.xlsx")
    assert (broken.outcome, broken.reason) == ("refuse", "no_header")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (0.0, "bad_measure"),
        (8800.0, "bad_measure"),
        (-3.0, "bad_measure"),
        ("92-88", "bad_measure"),
        ("0", "bad_measure"),
        (dt.date(2026, 3, 5), "measure_became_date"),
        ("5-Mar", "measure_became_date"),
        (Formula("=A1", "#REF!"), "formula_error"),
        ("这一格写了太多太多的说明所以放不进尺码表里", "chart_text_too_long"),
    ],
)
def test_a_wrong_measurement_is_a_fault_at_its_cell_and_leaves_its_chart_out(cell: Any, code: str) -> None:
    sheet: Sheet = [
        ["款号", "尺码", "胸围", "衣长"],
        ["A1", "S", 88.0, 60.0],
        ["A2", "S", 88.0, cell],
        ["A2", "M", 90.0, 62.0],
    ]
    reading = read(("尺码表", sheet))
    assert [(each.sheet, each.row, each.col, each.header, each.code) for each in reading.faults] == [
        ("尺码表", 3, "D", "衣长", code)
    ]
    assert [each.style_no for each in reading.size_charts] == ["A1"]
    assert reading.faults[0].message_zh
    assert reading.faults[0].hint_en


def test_faults_of_sizes_headings_and_loose_lines() -> None:
    long = "很长很长很长很长很长很长很长很长很长的表头"
    sheet: Sheet = [
        ["款号", "尺码", "胸围", long],
        ["A1", None, 88.0, 60.0],
        ["A2", "S", 88.0, 61.0],
        ["A2", "S", 89.0, 61.0],
        ["A3", dt.date(2026, 5, 3), 88.0, 60.0],
        [],
        ["合计", None, None, None],
        [3.0, None, None, None, 5.0],
    ]
    reading = read(("尺码表", sheet))
    assert [(each.row, each.col, each.code) for each in reading.faults] == [
        (1, "D", "chart_text_too_long"),
        (2, "B", "missing_required"),
        (4, "B", "chart_size_twice"),
        (5, "B", "size_became_date"),
        (8, None, "chart_line_unread"),
    ]
    assert reading.size_charts == []


def test_a_chart_sheet_without_a_heading_and_a_heading_without_lines_are_warnings() -> None:
    assert [each.code for each in read(("尺码表", [["见图片"]])).warnings] == ["size_chart_unread"]
    assert [each.code for each in read(("尺码表", [["尺码", "胸围"]])).warnings] == ["chart_empty"]


def test_too_long_and_too_wide_charts_are_faults() -> None:
    long: Sheet = [["尺码", "胸围"], *[[f"{size}", 88.0] for size in range(30, 30 + MAX_LINES)]]
    assert [each.code for each in read(("尺码表", long)).faults] == ["chart_too_long"]
    wide: Sheet = [["尺码", *[f"胸围{at}" for at in range(MAX_COLUMNS)]], ["S", *[80.0] * MAX_COLUMNS]]
    assert [each.code for each in read(("尺码表", wide)).faults] == ["chart_too_wide"]


def test_the_faults_are_marked_in_the_annotated_copy() -> None:
    data = xlsx({"库存": STOCK, "尺码表": [["尺码", "胸围"], ["S", 0.0]]})
    reading = stock_sheet.read(data, "库存.xlsx")
    copy, _ = annotate(data, "库存.xlsx", reading)
    again = stock_sheet.read(copy, "库存-标注.xlsx")
    assert [(each.sheet, each.row, each.col) for each in again.faults] == [("尺码表", 2, "B")]


def test_a_file_that_cannot_be_marked_gives_its_whole_sheet_of_charts_back() -> None:
    lines: Sheet = [["款号", "尺码", "胸围"], ["A1", "S", 0.0], [None, "M", 90.0]]
    data = xlsx({"尺码表": lines}, merges=["A2:A3"])
    reading = stock_sheet.read(data, "库存.xlsx")
    copy, name = annotate(data, "库存.ods", replace(reading, kind="ods"))
    assert name == "库存-问题行.xlsx"
    again = stock_sheet.read(copy, name)
    assert [(each.sheet, each.row, each.col, each.code) for each in again.faults] == [("尺码表", 2, "C", "bad_measure")]


def test_a_child_process_reads_charts_too() -> None:
    data = xlsx({"库存": STOCK, "尺码表": [["尺码", "胸围"], ["S", 88.0]]})
    assert stock_sheet.read_in_child(data, "库存.xlsx").size_charts == [
        ChartTable("尺码表", 1, "A", (("尺码", "胸围"), ("S", "88")))
    ]


@pytest.mark.parametrize(
    ("text", "said", "unit"),
    [
        ("连衣裙尺码表（单位：cm）", "连衣裙", "cm"),
        ("通用尺码表", "", ""),
        ("尺码表 单位:厘米", "", "cm"),
        ("A100 尺码对照表(inch)", "A100", "英寸"),
        ("【女鞋】尺码参考 mm", "女鞋", "mm"),
        ("size chart", "", ""),
    ],
)
def test_bare_caption(text: str, said: str, unit: str) -> None:
    assert (bare_caption(text), unit_of_caption(text)) == (said, unit)


def test_labelled_and_heading_with_unit() -> None:
    assert labelled("款号： A100、A101 尺码表") == ("A100、A101", "")
    assert labelled("适用类目：连衣裙") == ("", "连衣裙")
    assert labelled("A100") == ("", "")
    assert heading_with_unit("胸围（CM）", "") == "胸围(cm)"
    assert heading_with_unit("胸围", "英寸") == "胸围(英寸)"
    assert heading_with_unit("体重(斤)", "cm") == "体重(斤)"
    assert heading_with_unit("推荐体重", "cm") == "推荐体重"
    assert heading_with_unit("欧码", "cm") == "欧码"


SIZES = ("XS", "S", "M", "L", "XL", "2XL", "均码")
MEASURES = ("胸围", "衣长", "肩宽", "袖长", "腰围")
measures = st.one_of(
    st.integers(1, 400).map(str),
    st.integers(1, 3999).map(lambda tenths: f"{tenths / 10:g}"),
    st.tuples(st.integers(1, 200), st.integers(200, 400)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    st.sampled_from(("可调节", "弹力")),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], ...]:
    sizes = draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=5, unique=True))
    names = draw(st.lists(st.sampled_from(MEASURES), min_size=1, max_size=4, unique=True))
    return (("尺码", *names), *[(size, *[draw(measures) for _ in names]) for size in sizes])


def written(lines: tuple[tuple[str, ...], ...], *, across: bool, numbers: bool) -> list[list[Any]]:
    """A chart as cells: sizes downwards or to the right, figures as numbers or as text."""
    cells: list[list[Any]] = [list(line) for line in lines]
    if numbers:
        cells = [cells[0], *[[line[0], *[_number(cell) for cell in line[1:]]] for line in cells[1:]]]
    if not across:
        return cells
    turned = [list(column) for column in zip(*cells, strict=True)]
    turned[0][0] = "部位"
    return turned


def _number(text: str) -> float | str:
    return float(text) if text.replace(".", "", 1).isdigit() else text


@given(
    st.lists(st.tuples(tables(), st.booleans(), st.booleans()), min_size=1, max_size=3),
    st.sampled_from(("below", "beside")),
    st.integers(0, 2),
)
def test_charts_that_are_written_are_read_again(
    wanted: list[tuple[tuple[tuple[str, ...], ...], bool, bool]], arranged: str, gap: int
) -> None:
    """Whatever their direction and place, charts come back cell by cell, and no line is lost."""
    parts = [
        [[f"款号：B{at}"], *written(lines, across=across, numbers=numbers)]
        for at, (lines, across, numbers) in enumerate(wanted)
    ]
    sheet: list[list[Any]] = []
    if arranged == "below":
        for part in parts:
            sheet += [*part, *[[] for _ in range(gap)]]
    else:
        width = [max(map(len, part)) for part in parts]
        for at in range(max(map(len, parts))):
            line: list[Any] = []
            for part, columns in zip(parts, width, strict=True):
                cells = part[at] if at < len(part) else []
                line += [*cells, *[None] * (columns - len(cells) + 1)]
            sheet.append(line)
    found = charts(read(("Sheet2", sheet), stock=False))
    assert [(style_no, lines) for style_no, _, _, lines in found] == [
        (f"B{at}", lines) for at, (lines, _, _) in enumerate(wanted)
    ]
