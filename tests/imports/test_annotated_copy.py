"""The workbook that goes back to the brand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from imports import stock_sheet
from imports.annotated_copy.annotate import annotate
from imports.annotated_copy.template import template
from imports.vocabulary import FAULTS_SHEET
from tests.imports.binary_builders import xls
from tests.imports.builders import HEADER, csv, goods, ods, rewrite, spreadsheetml, with_cell, xlsx
from tests.imports.checks import every_line_is_accounted_for

WORKBOOKS = Path(__file__).parent / "workbooks"
SPOILED = with_cell(with_cell(with_cell(goods(), 1, 6, "多"), 4, 2, "S-XL"), 6, 5, None)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_annotate_fills_and_comments_each_wrong_cell_and_adds_a_summary() -> None:
    data = xlsx([["素棠尾货"], HEADER, *SPOILED])
    reading = stock_sheet.read(data, "库存.xlsx")
    marked, name = annotate(data, "库存.xlsx", reading)
    assert name == "库存-标注.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(marked))
    assert book.sheetnames == [FAULTS_SHEET, "库存"]
    sheet = book["库存"]
    for place, code in (("G4", "bad_number"), ("C7", "size_range"), ("F9", "missing_required")):
        assert sheet[place].fill.fgColor.rgb == "FFFFC7CE"
        assert code in sheet[place].comment.text
    assert sheet["G3"].comment is None
    assert sheet["G3"].fill.fill_type is None
    assert sheet["G4"].value == "多"
    text = "\n".join(str(cell.value) for row in book[FAULTS_SHEET] for cell in row if cell.value)
    assert "size_range" in text
    assert "库存!C7" in text


# IMPORT-16
def test_annotate_changes_no_other_part() -> None:
    data = rewrite(xlsx([HEADER, *SPOILED]), "xl/media/image1.png", b"picture")
    before, after = parts(data), parts(annotate(data, "a.xlsx", stock_sheet.read(data, "a.xlsx"))[0])
    touched = {
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/workbook.xml",
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
    }
    assert {name for name in before if before[name] != after[name]} == touched
    assert {name for name in after if name not in before and "weicang" not in name.lower()} == {
        "xl/worksheets/_rels/sheet1.xml.rels"
    }


# IMPORT-16
def test_annotate_gives_a_copy_that_passes_once_corrected() -> None:
    data = xlsx([HEADER, *SPOILED])
    marked, _ = annotate(data, "a.xlsx", stock_sheet.read(data, "a.xlsx"))
    again = stock_sheet.read(marked, "a.xlsx")
    assert [(f.row, f.col, f.code) for f in again.faults] == [
        (3, "G", "bad_number"),
        (6, "C", "size_range"),
        (8, "F", "missing_required"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(marked))
    sheet = book["库存"]
    sheet["G3"], sheet["C6"], sheet["F8"] = 4, "M", 174.75
    sheet["A6"] = "ST24B777"
    out = io.BytesIO()
    book.save(out)
    mended = stock_sheet.read(out.getvalue(), "a.xlsx")
    every_line_is_accounted_for(mended)
    assert mended.outcome == "accept"
    assert mended.faults == []
    assert len(mended.rows) == 8


def test_annotate_twice_keeps_one_summary_and_the_newest_comments() -> None:
    data = xlsx([HEADER, *SPOILED])
    once, _ = annotate(data, "a.xlsx", stock_sheet.read(data, "a.xlsx"))
    twice, _ = annotate(once, "a.xlsx", stock_sheet.read(once, "a.xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(twice))
    assert book.sheetnames == [FAULTS_SHEET, "库存"]
    assert book["库存"]["G3"].comment.text.count("bad_number") == 1


def test_annotate_keeps_the_comments_that_were_there() -> None:
    data = xlsx([HEADER, *SPOILED])
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["库存"]["A2"].comment = Comment("主推款", "王小姐")
    book["库存"]["G3"].comment = Comment("问仓库", "王小姐")
    out = io.BytesIO()
    book.save(out)
    marked, _ = annotate(out.getvalue(), "a.xlsx", stock_sheet.read(out.getvalue(), "a.xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(marked))["库存"]
    assert sheet["A2"].comment.text.strip() == "主推款"
    assert "问仓库" in sheet["G3"].comment.text
    assert "bad_number" in sheet["G3"].comment.text


@pytest.mark.parametrize("form", ["csv", "xls", "ods"])
def test_annotate_gives_the_faulty_lines_of_a_format_that_cannot_be_marked(form: str) -> None:
    lines = [list(HEADER), *SPOILED]
    writers: dict[str, Callable[[Any], bytes]] = {"csv": csv, "xls": xls, "ods": ods}
    data = writers[form](lines)
    reading = stock_sheet.read(data, f"库存.{form}")
    marked, name = annotate(data, f"库存.{form}", reading)
    assert name == "库存-问题行.xlsx"
    again = stock_sheet.read(marked, name)
    assert [(f.col, f.code) for f in again.faults] == [(f.col, f.code) for f in reading.faults]
    assert again.rows == []


# IMPORT-16, IMPORT-13
@pytest.mark.parametrize("form", ["merged", "group", "per cent"])
def test_faulty_rows_repeat_the_values_of_merged_cells_and_groups(form: str) -> None:
    spoiled = {
        "merged": (
            "<table><tr><th rowspan=2>款号<th rowspan=2>尺码<th colspan=2>价格<th rowspan=2>库存<tr><th>吊牌价<th>供货价"
            "<tr><td rowspan=2>A1<td>S<td rowspan=2>599<td rowspan=2>149.75<td>3<tr><td>M<td>多</table>"
        ).encode(),
        "group": csv(
            [
                ["款号", "尺码", "吊牌价", "供货价", "库存"],
                ["A1", "S", 599.0, 149.75, 3.0],
                [None, "M", None, None, "多"],
            ]
        ),
        "per cent": spreadsheetml([["款号", "尺码", "吊牌价", "供货价", "库存"], ["A1", "M", 599.0, 0.25, "多"]])
        .replace(
            b"<Worksheet", b'<Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style></Styles><Worksheet'
        )
        .replace(b'<Cell><Data ss:Type="Number">0.25', b'<Cell ss:StyleID="p"><Data ss:Type="Number">0.25'),
    }[form]
    reading = stock_sheet.read(spoiled, "a.xls")
    assert [fault.code for fault in reading.faults] == ["bad_number"]
    marked, name = annotate(spoiled, "a.xls", reading)
    book = openpyxl.load_workbook(io.BytesIO(marked))
    wrong = [
        cell for sheet in book for row in sheet for cell in row if cell.value == "多" and sheet.title != FAULTS_SHEET
    ]
    assert len(wrong) == 1
    wrong[0].value = 7
    mended = io.BytesIO()
    book.save(mended)
    again = stock_sheet.read(mended.getvalue(), name)
    assert again.faults == []
    assert [(row.style_no, row.size, row.tag_price_fen, row.base_price_fen, row.quantity) for row in again.rows] == [
        ("A1", "M", 599_00, 149_75, 7)
    ]


# IMPORT-16
def test_annotate_writes_no_formula() -> None:
    lines = with_cell(goods(), 1, 6, "=cmd|' /C calc'!A0")
    data = csv([HEADER, *lines])
    marked, _ = annotate(data, "a.csv", stock_sheet.read(data, "a.csv"))
    book = openpyxl.load_workbook(io.BytesIO(marked))
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


def test_template_is_read_back_without_faults() -> None:
    data = template(brand="素棠")
    empty = stock_sheet.read(data, "模板.xlsx")
    assert (empty.outcome, empty.reason) == ("refuse", "empty")
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["库存"]
    for number, line in enumerate(goods(), 5):
        for column, value in zip("ADEFGHI", line, strict=True):
            sheet[f"{column}{number}"] = value
    assert sheet.protection.sheet
    assert sheet["A2"].protection.locked
    assert not sheet["A4"].protection.locked
    assert not sheet.column_dimensions["A"].protection.locked
    assert len(sheet.data_validations.dataValidation) >= 4
    out = io.BytesIO()
    book.save(out)
    reading = stock_sheet.read(out.getvalue(), "模板.xlsx")
    every_line_is_accounted_for(reading)
    assert reading.outcome == "accept"
    assert reading.faults == []
    assert len(reading.rows) == 8
    assert [w.code for w in reading.warnings] == ["example_row"]
