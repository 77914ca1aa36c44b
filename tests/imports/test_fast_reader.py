"""The reader of large sheets says the same as the careful one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports import stock_sheet
from imports.workbook import ooxml
from tests.imports.builders import HEADER, Formula, Styled, goods, uncomputed, with_cell, xlsx
from tests.imports.test_pictures import workbook

WORKBOOKS = Path(__file__).parent / "workbooks"
LINES = goods()
BOOKS: dict[str, Any] = {
    **{path.name: path.read_bytes for path in WORKBOOKS.glob("*.xlsx")},
    "errors": lambda: xlsx([HEADER, *with_cell(LINES, 2, 6, Formula("=1/0", "#DIV/0!"))]),
    "uncomputed": lambda: uncomputed(xlsx([HEADER, *with_cell(LINES, 2, 6, Formula("=A1"))])),
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


@pytest.mark.parametrize("name", BOOKS)
def test_fast_reader_agrees_with_the_careful_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = BOOKS[name]()
    careful = stock_sheet.read(data, "a.xlsx")
    monkeypatch.setattr(ooxml, "FAST_BYTES", 0)
    assert stock_sheet.read(data, "a.xlsx") == careful
