"""A workbook of the headings and the faulty lines, for formats that cannot be marked in place."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange

from imports.annotated_copy.annotations import FILLS, Annotation, by_sheet, summary
from imports.annotated_copy.layouts import SheetLayout, layout_of
from imports.layout.table import Table
from imports.readings import AnyReading
from imports.report import Tone
from imports.size_charts.blocks import lay_out_charts
from imports.stock_sheet.rows import Reading
from imports.vocabulary import FAULTS_SHEET
from imports.workbook.model import NoValue, Row, Sheet, UnclosedQuote, Value, Workbook, column_index


def faulty_rows(
    workbook: Workbook | None, annotations: list[Annotation], reading: AnyReading, opening: Sequence[str] = ()
) -> bytes:
    """An xlsx that can be corrected and uploaded: text stays text, formulas are never written.

    Each line has its own copy of what merged cells, number formats and the first line of its group give.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    front = book.add_worksheet(FAULTS_SHEET)
    front.set_column(0, 1, 26)
    front.set_column(2, 3, 60)
    for number, line in enumerate(summary(reading, annotations, opening)):
        for column, text in enumerate(line):
            front.write_string(number, column, text[:32_000])
    grouped = by_sheet(annotations)
    filled = {(warning.sheet, warning.row) for warning in reading.warnings if warning.code == "filled_down"}
    used: set[str] = {FAULTS_SHEET.lower()}
    for sheet in workbook.sheets if workbook is not None else ():
        if sheet.name in grouped:
            target = book.add_worksheet(_sheet_name(sheet.name or "问题行", used))
            if isinstance(reading, Reading) and lay_out_charts(sheet) is not None:
                _copy_sheet(_CellFormats(book), target, sheet, grouped[sheet.name])
                continue
            _copy(
                layout_of(reading),
                _CellFormats(book),
                target,
                sheet,
                grouped[sheet.name],
                {row for name, row in filled if name == sheet.name},
            )
    book.close()
    return out.getvalue()


class _CellFormats:
    """The cell formats of a copy: number formats with a meaning (`Sheet.formats`) stay, marked cells are filled."""

    def __init__(self, book: Any) -> None:
        self.heading = book.add_format({"bold": True, "text_wrap": True})
        self._book = book
        self._made: dict[tuple[str, Tone | None], Any] = {}

    def of(self, display: str, tone: Tone | None) -> Any:
        if (display, tone) not in self._made:
            properties = {"bg_color": f"#{FILLS[tone]}"} if tone else {}
            if display == "percent":
                properties["num_format"] = "0.00%"
            elif display == "scientific":
                properties["num_format"] = "0.00E+00"
            elif display == "decimals:2":
                properties["num_format"] = "0.00"
            elif display.startswith("currency:"):
                properties["num_format"] = f'"{display.removeprefix("currency:")}" 0.00'
            self._made[display, tone] = self._book.add_format(properties) if properties else None
        return self._made[display, tone]


def _copy(
    layout: SheetLayout,
    cell_formats: _CellFormats,
    target: Any,
    sheet: Sheet,
    annotations: list[Annotation],
    filled: set[int],
) -> None:
    by_row: dict[int, list[Annotation]] = {}
    for one in annotations:
        by_row.setdefault(one.row, []).append(one)
    line = 0
    for table in layout.tables(sheet):
        faulty = [at for at in range(table.start, table.stop) if sheet.numbers[at] in by_row]
        if not faulty:
            continue
        line = _write_heading(cell_formats, target, line, table)
        layout.complete(table)
        for at in faulty:
            row = layout.with_group(table, at) if sheet.numbers[at] in filled else sheet.rows[at]
            _write_line(cell_formats, target, line, sheet, sheet.numbers[at], row, by_row[sheet.numbers[at]])
            line += 1
        line += 1


def _copy_sheet(cell_formats: _CellFormats, target: Any, sheet: Sheet, annotations: list[Annotation]) -> None:
    """Copy a sheet of size charts, line by line: a line of a chart says nothing without the others."""
    by_row: dict[int, list[Annotation]] = {}
    for one in annotations:
        by_row.setdefault(one.row, []).append(one)
    for top, left, bottom, right in sheet.merges:
        if bottom <= sheet.last_row and right < sheet.width and (top, left) != (bottom, right):
            with contextlib.suppress(OverlappingRange):
                target.merge_range(top - 1, left, bottom - 1, right, "")
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        _write_line(cell_formats, target, number - 1, sheet, number, row, by_row.get(number, []))


def _write_heading(cell_formats: _CellFormats, target: Any, line: int, table: Table) -> int:
    """Write the heading and return the line below it. Merged cells stay merged, because the reader needs them."""
    sheet, header = table.sheet, table.header
    at_line = {sheet.numbers[at]: line + at - header.first for at in range(header.first, header.last + 1)}
    for at in range(header.first, header.last + 1):
        for column, value in enumerate(sheet.rows[at]):
            _write(target, at_line[sheet.numbers[at]], column, value, cell_formats.heading)
    for top, left, bottom, right in (merge for number in at_line for merge in sheet.merges_at(number)):
        if bottom in at_line and right < sheet.width and (top, left) != (bottom, right):
            with contextlib.suppress(OverlappingRange):
                target.merge_range(at_line[top], left, at_line[bottom], right, "", cell_formats.heading)
            _write(target, at_line[top], left, sheet.value(top, left), cell_formats.heading)
    return line + len(at_line)


def _write_line(
    cell_formats: _CellFormats,
    target: Any,
    line: int,
    sheet: Sheet,
    number: int,
    row: Row,
    annotations: list[Annotation],
) -> None:
    by_column = {column_index(one.col) if one.col else 0: one for one in annotations}
    for column, value in enumerate(row):
        tone = by_column[column].tone if column in by_column else None
        properties = cell_formats.of(sheet.formats.get((number, column), ""), tone)
        _write(target, line, column, value, properties)
    for column, one in by_column.items():
        if column >= len(row) or row[column] is None:
            target.write_blank(line, column, None, cell_formats.of("", one.tone))
        note = f"原第 {one.row} 行 was row {one.row}\n{one.text()}"
        target.write_comment(line, column, note[:32_000], {"x_scale": 3, "y_scale": 2})


def _write(target: Any, row: int, column: int, value: Value, style: Any) -> None:
    if isinstance(value, UnclosedQuote):
        value = value.text
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
