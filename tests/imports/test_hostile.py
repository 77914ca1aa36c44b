"""Small files that ask for much work end soon: what they ask for is bounded before it is walked (IMPORT-3)."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from imports import stock_sheet
from imports.annotated_copy.in_child import AnnotatedCopy, annotate_in_child
from imports.layout import headers
from imports.limits import DEFAULT
from imports.workbook.merges import without_overlaps
from imports.workbook.model import Merge
from tests.imports import hostile
from tests.imports.builders import HEADER, csv, goods, png, xlsx

SECONDS = 3.0 if sys.gettrace() is None else 15.0  # a coverage run traces every line
"""Of processor time; each took 5 to 120 before."""


# IMPORT-3
@pytest.mark.parametrize(
    ("name", "made", "said"),
    [
        ("a.xlsx", partial(hostile.merges_overlapping, 39_800, 2_000), ("accept", None, 2)),
        ("a.xlsx", partial(hostile.merges_quantity, 39_800, 2_000), ("accept", None, 1_999)),
        ("a.xlsx", partial(hostile.merges_under_pictures, 8_000, 8_000), ("accept", None, 1_000)),
        ("a.xlsx", partial(hostile.totals, 20_000), ("accept", None, 10_000)),
        ("a.xlsx", partial(hostile.one_part_many_sheets, 2), ("refuse", "malformed", 0)),
        ("a.ods", partial(hostile.ods_spaces, 60_000), ("refuse", "text_too_long", 0)),
        ("a.csv", partial(hostile.csv_one_field, 2_000_000), ("refuse", "text_too_long", 0)),
        ("a.xls", partial(hostile.html_one_cell, 2_000_000), ("refuse", "text_too_long", 0)),
        ("a.xls", partial(hostile.spreadsheetml_merges, 400), ("refuse", "malformed", 0)),
    ],
)
def test_read_ends_soon_for_any_hostile_file(
    name: str, made: Callable[[], bytes], said: tuple[str, str | None, int]
) -> None:
    data = made()
    began = time.process_time()
    reading = stock_sheet.read(data, name)
    assert time.process_time() - began < SECONDS
    assert (reading.outcome, reading.reason, len(reading.rows)) == said


def test_read_refuses_more_merges_than_the_limit() -> None:
    data = xlsx([HEADER, *goods()], merges=["A2:A3", "A4:A5", "A6:A7"])
    assert stock_sheet.read(data, "a.xlsx", limits=replace(DEFAULT, merges=3)).outcome == "accept"
    refused = stock_sheet.read(data, "a.xlsx", limits=replace(DEFAULT, merges=2))
    assert (refused.reason, refused.details) == ("too_many_merges", ("2",))
    assert "合并单元格超过 2 处" in refused.message_zh


def test_read_refuses_more_headings_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "MAX_HEADINGS", 4)
    block = [[*HEADER], *goods(1)]
    assert stock_sheet.read(csv(block * 4), "a.csv").outcome == "accept"
    assert stock_sheet.read(csv(block * 5), "a.csv").reason == "too_many_tables"


def test_read_asks_once_for_all_tables_of_one_layout() -> None:
    block: list[list[object]] = [
        ["款号", "颜色", "尺码", "库存"],
        ["A1", "黑", "M", 3.0],
        ["A1", "黑", "L", 3.0],
        ["合计", None, None, 6.0],
        [],
    ]
    lines = [[*line] for _ in range(3) for line in block]
    for at in range(3):
        lines[at * 5 + 1][0] = lines[at * 5 + 2][0] = f"A{at}"
    lines.insert(5, ["第二批"])
    reading = stock_sheet.read(xlsx({"甲": lines, "乙": lines}), "a.xlsx")
    assert [question.field for question in reading.questions] == ["tag_price", "base_price"]


boxes = st.tuples(st.integers(1, 12), st.integers(0, 8), st.integers(0, 4), st.integers(0, 4))


@given(st.lists(boxes.map(lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])), max_size=12))
def test_without_overlaps_keeps_merges_that_do_not_overlap(merges: list[Merge]) -> None:
    kept = without_overlaps(merges)
    covered: set[tuple[int, int]] = set()
    for merge in kept:
        assert covered.isdisjoint(cells_of(merge))
        covered |= cells_of(merge)
    for merge in merges:
        assert merge in kept or not covered.isdisjoint(cells_of(merge))
    assert without_overlaps(kept) == kept


def cells_of(merge: Merge) -> set[tuple[int, int]]:
    top, left, bottom, right = merge
    return {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}


# IMPORT-16
def test_annotate_in_child_says_why_there_is_no_copy() -> None:
    assert annotate_in_child(b"%PDF-1.7", "a.xlsx") == AnnotatedCopy(b"", "", "unsupported_format")
    limits = replace(DEFAULT, seconds=-60.0)  # passed before the child starts, however fast the machine is
    assert annotate_in_child(hostile.totals(200), "a.xlsx", limits=limits) == AnnotatedCopy(b"", "", "time_limit")


# IMPORT-18
def test_pictures_beyond_the_total_limit_are_left_out_with_a_warning() -> None:
    data = xlsx_with_pictures(3)
    size = len(png(0)) + len(png(1))
    reading = stock_sheet.read(data, "a.xlsx", limits=replace(DEFAULT, pictures_bytes=size))
    assert len(reading.pictures) == 2
    [said] = reading.warnings
    assert (said.code, said.details) == ("pictures_too_large", ("20", "0"))
    assert len(stock_sheet.read(data, "a.xlsx").pictures) == 3


def xlsx_with_pictures(count: int) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("库存")
    for number, line in enumerate([HEADER, *goods(count)]):
        sheet.write_row(number, 0, line)
        if number:
            sheet.insert_image(number, 8, f"{number}.png", {"image_data": io.BytesIO(png(number - 1))})
    book.close()
    return out.getvalue()
