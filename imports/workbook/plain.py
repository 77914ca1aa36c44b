"""Any binary workbook by calamine alone: values and merged cells, no formats, no hidden rows."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import python_calamine

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook.model import Row, Sheet, Value, Workbook

_VISIBILITY = {"Hidden": "hidden", "VeryHidden": "very_hidden"}


def read_plainly(data: bytes, kind: str, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """Raises what calamine raises; refuses `too_many_rows`."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets: list[Sheet] = []
    for entry in book.sheets_metadata:
        if entry.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        table = book.get_sheet_by_name(entry.name)
        sheet = Sheet(name=entry.name, visibility=_VISIBILITY.get(str(entry.visible).rpartition(".")[2], "visible"))
        sheets.append(sheet)
        sheet.merges = [(a + 1, b, c + 1, d) for (a, b), (c, d) in table.merged_cell_ranges or ()]
        if table.start is None:
            continue
        if table.total_height > limits.lines * 2 or table.total_height * table.total_width > limits.cells:
            raise FileRefused("too_many_rows", str(limits.lines))
        left: Row = [None] * table.start[1]  # calamine's lines begin at the first used column
        for number, line in enumerate(table.iter_rows(), 1):
            row: Row = left + [plain(value) for value in line]
            if any(value is not None for value in row):
                sheet.numbers.append(number)
                sheet.rows.append(row)
                sheet.width = len(row)
            if number % 5000 == 0:
                on_progress(number)
        if len(sheet.rows) > limits.lines:
            raise FileRefused("too_many_rows", str(limits.lines))
    return Workbook(kind=kind, sheets=sheets)


def plain(value: Any) -> Value:
    """calamine's value as ours."""
    if value.__class__ is str:
        return value or None
    if value is True or value is False:
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value
    if isinstance(value, (dt.date, dt.time)):
        return value
    if isinstance(value, dt.timedelta):
        return value.total_seconds() / 86400
    return None if value is None else str(value)
