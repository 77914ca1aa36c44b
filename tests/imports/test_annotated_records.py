"""The copy of a tracking or order sheet in which the faulty cells are marked (IMPORT-16, IMPORT-23)."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from imports import order_sheet, tracking_sheet
from imports.annotated_copy.annotate import annotate
from imports.annotated_copy.in_child import annotate_in_child
from imports.cli.main import main
from imports.vocabulary import FAULTS_SHEET
from tests.imports.builders import csv, xlsx

TRACKING: list[list[Any]] = [
    ["发货单号", "快递公司", "快递单号"],
    ["7", "顺丰冷链", "SF1380013800012"],
    ["8", "顺丰", "SF1380013800013"],
    ["9", "顺丰", "12"],
]
ORDERS: list[list[Any]] = [
    ["收货人", "电话", "收货地址", "款号", "尺码", "数量"],
    ["王小美", "13900139000", "浙江省杭州市西湖区文三路1号", "A1", "M", "1"],
    [None, None, None, "A2", "S-XL", "1"],
]
READERS: dict[str, Callable[..., Any]] = {"tracking": tracking_sheet.read, "orders": order_sheet.read}


@pytest.mark.parametrize(
    ("kind", "lines", "cells"), [("tracking", TRACKING, ("B2", "C4")), ("orders", ORDERS, ("E3",))]
)
def test_annotate_marks_the_faulty_cells_of_a_workbook(
    kind: str, lines: list[list[Any]], cells: tuple[str, ...]
) -> None:
    data = xlsx({"表": lines})
    reading = READERS[kind](data, "表.xlsx")
    copy, name = annotate(data, "表.xlsx", reading)
    assert name == "表-标注.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(copy))
    assert book.sheetnames == [FAULTS_SHEET, "表"]
    marked = [cell.coordinate for row in book["表"] for cell in row if cell.comment is not None]
    assert marked == list(cells)
    assert reading.message_zh in [row[0].value for row in book[FAULTS_SHEET].iter_rows()]
    in_child = annotate_in_child(data, "表.xlsx", kind=kind)
    assert (in_child.reason, in_child.name) == ("", name)


@pytest.mark.parametrize(
    ("kind", "lines", "mended"),
    [("tracking", TRACKING, {"B": "顺丰", "C": "SF1380013800014"}), ("orders", ORDERS, {"E": "M"})],
)
def test_faulty_lines_of_a_text_file_come_back_as_a_workbook_that_passes_when_mended(
    kind: str, lines: list[list[Any]], mended: dict[str, str]
) -> None:
    data = csv(lines)
    reading = READERS[kind](data, "表.csv")
    copy, name = annotate(data, "表.csv", reading)
    assert name == "表-问题行.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(copy))
    sheet = book[book.sheetnames[1]]
    assert sheet.max_row == 1 + len({fault.row for fault in reading.faults})
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.comment is not None:
                cell.value = mended[cell.coordinate.rstrip("0123456789")]
    out = io.BytesIO()
    book.save(out)
    again = READERS[kind](out.getvalue(), "表.xlsx")
    assert (again.outcome, again.faults, len(again.rows)) == ("accept", [], sheet.max_row - 1)


@pytest.mark.parametrize(("kind", "lines"), [("tracking", TRACKING), ("orders", ORDERS)])
def test_the_command_annotates_every_kind(tmp_path: Path, kind: str, lines: list[list[Any]]) -> None:
    (tmp_path / "表.xlsx").write_bytes(xlsx(lines))
    assert main(["annotate", str(tmp_path / "表.xlsx"), "--kind", kind]) == 1
    assert (tmp_path / "表-标注.xlsx").exists()
