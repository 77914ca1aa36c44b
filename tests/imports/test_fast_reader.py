"""The reader of large sheets says the same as the careful one."""

from __future__ import annotations

import io
import os
import pickle
import signal
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from imports import stock_sheet
from imports.limits import DEFAULT
from imports.workbook import ooxml
from imports.workbook.model import Row
from imports.workbook.ooxml import regular_rows
from imports.workbook.ooxml.parts import Parts
from imports.workbook.ooxml.regular_rows import IrregularSheet
from imports.workbook.package import Package
from tests.imports.builders import HEADER, Formula, Styled, goods, uncomputed, with_cell, xlsx
from tests.imports.test_pictures import workbook

WORKBOOKS = Path(__file__).parent / "workbooks"
LINES = goods()
BOOKS: dict[str, Any] = {
    **{path.name: path.read_bytes for path in WORKBOOKS.glob("*.xlsx")},
    "errors": lambda: xlsx([HEADER, *with_cell(LINES, 2, 6, Formula("=1/0", "#DIV/0!"))]),
    "uncomputed": lambda: uncomputed(xlsx([HEADER, *with_cell(LINES, 2, 6, Formula("=A1"))])),
    "uncalculated": lambda: xlsx([HEADER, *with_cell(LINES, 2, 6, Formula("=A1", 0.0))]),
    "calculated": lambda: xlsx([HEADER, *with_cell(with_cell(LINES, 2, 6, Formula("=A1", 0.0)), 3, 6, Formula("=A2", 6.0))]),
    "external": lambda: xlsx([HEADER, *with_cell(LINES, 2, 6, Formula("='[b.xlsx]S'!A1", 5.0))]),
    "formats": lambda: xlsx([HEADER, *[with_cell([line], 0, 5, Styled(0.25, "0%"))[0] for line in LINES]]),
    "zeros": lambda: xlsx([HEADER, *[with_cell([line], 0, 0, Styled(float(12 + at // 4), "00000"))[0] for at, line in enumerate(LINES)]]),
    "decimals": lambda: xlsx([HEADER, *with_cell(LINES, 2, 5, Styled(149.7533, "0.00"))]),
    "dollars": lambda: xlsx([HEADER, *with_cell(LINES, 2, 4, Styled(599.0, "[$$-409]#,##0.00"))]),
    "hidden": lambda: xlsx([HEADER, *LINES], hidden_rows=[3], hidden_columns=[1]),
    "merges": lambda: xlsx([["尾货"], HEADER, *LINES], merges=["A1:G1", "A3:A6"]),
    "booleans": lambda: xlsx([HEADER, *with_cell(LINES, 2, 6, True)]),
    "dates": lambda: xlsx([HEADER, *with_cell(LINES, 2, 2, Styled(45514.0, "m月d日"))]),
    "offset": lambda: xlsx([[], [], *[[None, None, *line] for line in [HEADER, *LINES]]]),
    "escapes": lambda: xlsx([HEADER, *with_cell(LINES, 2, 1, "a<b>&\"c\" _x0041_")]),
    "floating": lambda: workbook("floating"),
    "in cells": lambda: workbook("in the cell"),
}  # fmt: skip
REGULAR: dict[str, Callable[[], bytes]] = {
    "openpyxl": lambda: xlsx([HEADER, *LINES]),
    "text within": lambda: by_xlsxwriter(inline=True),
    "shared strings": lambda: by_xlsxwriter(inline=False),
}


@pytest.mark.parametrize("name", [*BOOKS, *REGULAR])
def test_fast_reader_agrees_with_the_careful_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (BOOKS | REGULAR)[name]()
    careful = stock_sheet.read(data, "a.xlsx")
    monkeypatch.setattr(ooxml, "FAST_BYTES", 0)
    monkeypatch.setattr(ooxml, "CALAMINE_BYTES", 0)
    assert stock_sheet.read(data, "a.xlsx") == careful


@pytest.mark.parametrize("name", [*REGULAR, "in cells"])
def test_regular_rows_by_two_processes_are_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (REGULAR | BOOKS)[name]()
    monkeypatch.setattr(ooxml, "FAST_BYTES", 0)
    monkeypatch.setattr(ooxml, "CALAMINE_BYTES", 0)
    one = stock_sheet.read(data, "a.xlsx")
    monkeypatch.setattr(regular_rows, "_MIN_BYTES_FOR_TWO_PROCESSES", 0)
    monkeypatch.setattr(regular_rows, "_PIECE_BYTES", 500)
    assert stock_sheet.read(data, "a.xlsx", limits=replace(DEFAULT, processes=2)) == one


@pytest.mark.parametrize("sent", [0, 40])
def test_a_sheet_whose_second_process_ends_early_is_read_by_another_reader(
    sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = REGULAR["openpyxl"]()
    monkeypatch.setattr(ooxml, "FAST_BYTES", 0)
    monkeypatch.setattr(ooxml, "CALAMINE_BYTES", 0)
    one = stock_sheet.read(data, "a.xlsx")
    died: list[int] = []

    def die(sending: int, work: Callable[[], object]) -> None:
        os.write(sending, pickle.dumps(work())[:sent])
        os.kill(os.getpid(), signal.SIGKILL)

    def fork() -> int:
        died.append(helper := forked())
        return helper

    forked = os.fork
    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(regular_rows, "_run_helper", die)
    monkeypatch.setattr(regular_rows, "_MIN_BYTES_FOR_TWO_PROCESSES", 0)
    assert stock_sheet.read(data, "a.xlsx", limits=replace(DEFAULT, processes=2)) == one
    assert len(died) == 1


@pytest.mark.parametrize("name", REGULAR)
def test_regular_rows_match_every_byte_of_common_programs(name: str) -> None:
    assert len(rows_of(REGULAR[name]())) == len(LINES) + 1


@pytest.mark.parametrize("written", [
    ('<row r="3"', '<row r="2"'),
    ('<c r="B3"', '<c r="B4"'),
    ('<c r="B3"', '<!-- --><c r="B3"'),
    ("</row><row", "</row> <c/><row"),
    ('<c r="A3"', '<c r="Z3"'),
    ('<c r="A3"', '<c vm="1" r="A3"'),
])  # fmt: skip
def test_regular_rows_refuse_a_byte_that_does_not_match(written: tuple[str, str]) -> None:
    with pytest.raises(IrregularSheet):
        rows_of(with_sheet(xlsx([HEADER, *LINES]), *written))


def rows_of(data: bytes) -> list[Row]:
    parts = Parts(Package(data, DEFAULT), DEFAULT)
    part = parts.sheets[0].part
    assert part is not None
    return regular_rows.regular_rows(parts.package.read(part), parts, DEFAULT, lambda _: None).rows


def with_sheet(data: bytes, old: str, new: str) -> bytes:
    """The workbook with a piece of its first sheet's XML changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            xml = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old.encode() in xml
                xml = xml.replace(old.encode(), new.encode(), 1)
            target.writestr(name, xml)
    return out.getvalue()


def by_xlsxwriter(*, inline: bool) -> bytes:
    """As the bench and the marked copies write: numbers, text, escapes, a date, a blank cell with a format."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": inline})
    sheet = book.add_worksheet()
    day, grey = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bg_color": "#cccccc"})
    for at, line in enumerate([HEADER, *LINES]):
        for column, value in enumerate(line):
            sheet.write(at, column, value)
        sheet.write(at, len(line), f"a<b>&\"'{at}\n")
        sheet.write_number(at, len(line) + 1, 45514 + at, day)
        sheet.write_blank(at, len(line) + 2, None, grey)
    book.close()
    return out.getvalue()
