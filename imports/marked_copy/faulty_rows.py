"""A workbook of the headings and the faulty lines, for the forms that cannot be marked in place."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import xlsxwriter

from imports.layout import tables_of
from imports.marked_copy.marks import Mark, by_sheet, summary
from imports.stock_sheet import Reading
from imports.vocabulary import MARKED_SHEET
from imports.workbook.model import NoValue, Sheet, Value, Workbook, column_index


def faulty_rows(workbook: Workbook | None, marks: list[Mark], reading: Reading) -> bytes:
    """An xlsx that can be mended and uploaded: text stays text, formulas are never written."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    front = book.add_worksheet(MARKED_SHEET)
    front.set_column(0, 1, 26)
    front.set_column(2, 3, 60)
    for number, line in enumerate(summary(reading, marks)):
        for column, text in enumerate(line):
            front.write_string(number, column, text[:32_000])
    grouped = by_sheet(marks)
    used: set[str] = {MARKED_SHEET.lower()}
    for sheet in workbook.sheets if workbook is not None else ():
        if sheet.name in grouped:
            _copy(book, sheet, grouped[sheet.name], used)
    book.close()
    return out.getvalue()


def _copy(book: Any, sheet: Sheet, marks: list[Mark], used: set[str]) -> None:
    name = _sheet_name(sheet.name or "问题行", used)
    target = book.add_worksheet(name)
    red = book.add_format({"bg_color": "#FFC7CE"})
    bold = book.add_format({"bold": True, "text_wrap": True})
    by_row: dict[int, list[Mark]] = {}
    for one in marks:
        by_row.setdefault(one.row, []).append(one)
    line = 0
    for table in tables_of(sheet):
        faulty = [at for at in range(table.start, table.stop) if sheet.numbers[at] in by_row]
        if not faulty:
            continue
        for at in range(table.header.first, table.header.last + 1):
            for column, value in enumerate(sheet.rows[at]):
                _write(target, line, column, value, bold)
            line += 1
        for at in faulty:
            own = {column_index(one.col) if one.col else 0: one for one in by_row[sheet.numbers[at]]}
            for column, value in enumerate(sheet.rows[at]):
                _write(target, line, column, value, red if column in own else None)
            for column, one in own.items():
                if column >= len(sheet.rows[at]) or sheet.rows[at][column] is None:
                    target.write_blank(line, column, None, red)
                note = f"原第 {one.row} 行 was row {one.row}\n{one.text()}"
                target.write_comment(line, column, note[:32_000], {"x_scale": 3, "y_scale": 2})
            line += 1
        line += 1


def _write(target: Any, row: int, column: int, value: Value, style: Any) -> None:
    if value is None or isinstance(value, NoValue):
        return
    if isinstance(value, float):
        target.write_number(row, column, value, style)
    elif isinstance(value, (dt.date, dt.time)):
        target.write_string(row, column, value.isoformat(), style)
    else:
        target.write_string(row, column, value[:32_000], style)


def _sheet_name(name: str, used: set[str]) -> str:
    bare = "".join("_" if char in "[]:*?/\\'" else char for char in name)[:28] or "Sheet"
    candidate, number = bare, 1
    while candidate.lower() in used:
        number += 1
        candidate = f"{bare}{number}"
    used.add(candidate.lower())
    return candidate
