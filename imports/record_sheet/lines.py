"""The lines of one record table, column by column, on their way to records."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, Final

from imports.cells.text import Problem
from imports.record_sheet.table import RecordTable
from imports.report import IgnoredWhy
from imports.report_builder import ReportBuilder
from imports.stock_sheet.column import ParsedOnce
from imports.workbook import formats
from imports.workbook.model import Row, Value, is_blank

_BLANK_COLUMN: Final = -1
_OF_ONE_LINE: Final = (
    "units", "short_units", "barcode", "line_no", "refunded_units", "sold", "refunded", "commission", "payable",
)  # fmt: skip


@dataclass(slots=True)
class RecordLines:
    """The lines of one table. Every list has one entry per line, and `at` is the index of a line in all of them.

    `is_record` says whether a line is a record (otherwise it is a total, a note, ...), `is_rejected` whether a record has a fault and gives
    no row. `parsed` are the columns that were parsed, by field.
    """

    table: RecordTable
    builder: ReportBuilder
    rows: list[Row]
    numbers: list[int]
    is_record: list[bool] = field(default_factory=list)
    is_rejected: list[bool] = field(default_factory=list)
    parsed: dict[str, list[Any]] = field(default_factory=dict)
    _cells: dict[str, list[Value]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.table.columns or name in self.table.constants

    def cells(self, name: str) -> list[Value]:
        """The cells of a field, one per line: of several columns the one that the line fills."""
        if name not in self._cells:
            self._cells[name] = self._load(name)
        return self._cells[name]

    def set_cells(self, name: str, values: list[Value]) -> None:
        """Give a field cells that were taken out of another one's."""
        self._cells[name] = values

    def place(self, name: str, at: int | None = None) -> int | None:
        """The column that gives the field, or that gives it on a line."""
        places = self.table.sources.get(name)
        if at is not None and places:
            return next((place for place in places if not is_blank(self.rows[at][place])), places[0])
        return self.table.columns.get(name)

    def parse(self, name: str, parse: Callable[[Value], Any]) -> list[Any]:
        """The parsed cells of a field; a Problem stays in its place until it is reported."""
        parsed = ParsedOnce(parse)
        values = [parsed[value] for value in self.cells(name)]
        self.parsed[name] = values
        return values

    def text(self, name: str, parse: Callable[[Value], str]) -> list[str]:
        """A field as text that is never a fault."""
        if not self.has(name):
            return [""] * len(self.rows)
        parsed = ParsedOnce(parse)
        return [parsed[value] for value in self.cells(name)]

    def report(
        self, at: int, name: str | None, problem: Problem, *, place: int | None = None, value: Value = None
    ) -> None:
        """Report the cell of a line, or the line where `name` and `place` are None. A fatal problem rejects the line."""
        if place is None and name is not None:
            place = self.place(name, at)
        if place is not None and value is None:
            value = self.rows[at][place]
        self.builder.report(self.table.sheet, self.numbers[at], place, self.table.heading(place), problem, value)
        if problem.fatal:
            self.is_rejected[at] = True

    def ignore(self, at: int, why: IgnoredWhy) -> None:
        """Set a line aside."""
        self.is_record[at] = False
        self.builder.ignore(self.table.sheet, self.numbers[at], why)

    def report_problems(self, *names: str) -> None:
        """Report what is wrong in these fields; a fatal problem rejects its line, the value of any other is taken."""
        for name in names:
            values = self.parsed.get(name)
            if values is None or Problem not in set(map(type, values)):
                continue
            for at, value in enumerate(values):
                if isinstance(value, Problem):
                    if self.is_record[at]:
                        self.report(at, name, value)
                    values[at] = None if value.fatal else value.value

    def records(self) -> list[int]:
        """The lines that are records without a fault so far."""
        return [
            at for at, (is_record, is_rejected) in enumerate(zip(self.is_record, self.is_rejected, strict=True))
            if is_record and not is_rejected
        ]  # fmt: skip

    def _load(self, name: str) -> list[Value]:
        constant = self.table.constants.get(name)
        places = self.table.sources.get(name) or [self.table.columns.get(name, _BLANK_COLUMN)]
        if places == [_BLANK_COLUMN]:
            return [constant] * len(self.rows)
        first = places[0]
        values = [
            clean(value) if (value := row[first]).__class__ is str and not value.isalnum() else value
            for row in self.rows
        ]
        for place in places[1:]:
            for at, value in enumerate(values):
                if is_blank(value):
                    values[at] = clean(self.rows[at][place])
        return values if constant is None else [constant if is_blank(value) else value for value in values]


def clean(value: Value) -> Value:
    """A cell without what programs put around text to keep it text: 'text, ="text", a tab behind it."""
    if value.__class__ is not str or (value.isalnum() and value.isascii()):
        return value
    text = str(value).strip("\t")
    if text.startswith(('="', "='")) and text.endswith(text[1]) and len(text) > 3:
        return text[2:-1]
    if text.startswith("'"):
        return text[1:].removesuffix("'")
    return text


def record_lines(table: RecordTable, builder: ReportBuilder) -> RecordLines:
    """The lines of a table, each with the values that merged cells and number formats give it."""
    fill_merges(table)
    _apply_text_formats(table)
    rows = table.sheet.rows[table.start : table.stop]
    lines = RecordLines(table, builder, rows, table.sheet.numbers[table.start : table.stop])
    lines.is_record, lines.is_rejected = [True] * len(rows), [False] * len(rows)
    return lines


def _used_columns(table: RecordTable) -> set[int]:
    used = set(table.columns.values())
    for columns in (*table.sources.values(), *table.several.values()):
        used.update(columns)
    return used


def fill_merges(table: RecordTable) -> None:
    """Copy a cell that is merged over several lines of this table to each of them. Units and amounts are not repeated."""
    sheet = table.sheet
    if not sheet.merges:
        return
    never = {table.columns.get(name) for name in _OF_ONE_LINE}
    used = _used_columns(table) - never
    for top, left, bottom, _ in sheet.merges:
        at = sheet.index_of(top)
        if top >= bottom or left not in used or at is None or not table.start <= at < table.stop:
            continue
        value = sheet.rows[at][left]
        if is_blank(value):
            continue
        for index in range(at + 1, min(table.stop, bisect_right(sheet.numbers, bottom))):
            if sheet.rows[index][left] is None:
                sheet.rows[index][left] = value


def _apply_text_formats(table: RecordTable) -> None:
    """Complete numbers of which the number format holds a part: 7 that is displayed as BX00007."""
    sheet = table.sheet
    if not sheet.formats:
        return
    columns = _used_columns(table)
    for (number, column), display in sheet.formats.items():
        at = sheet.index_of(number) if column in columns and display.startswith("around:") else None
        if at is not None and table.start <= at < table.stop and isinstance(value := sheet.rows[at][column], float):
            sheet.rows[at][column] = formats.with_format_text(value, display) or value


def report_wide_lines(lines: RecordLines) -> None:
    """Lines of a text file with more cells than their heading: a delimiter inside a text has moved its values to the right (IMPORT-20)."""
    sheet, header = lines.table.sheet, lines.table.header
    if not sheet.lengths or header.last < header.first:
        return
    width = max(sheet.lengths[at] for at in range(header.first, header.last + 1))
    for at, row in enumerate(lines.rows):
        length = sheet.lengths[lines.table.start + at]
        extra = [place for place in range(width, length) if not is_blank(row[place])]
        if extra and lines.is_record[at]:
            lines.report(at, None, Problem("extra_cells", str(width), str(length)), place=extra[0])


def report_hidden_parts(lines: RecordLines) -> None:
    """Hidden lines and columns and links to other files are read like others; each is a warning (IMPORT-14)."""
    table, sheet = lines.table, lines.table.sheet
    used = _used_columns(table)
    for place in sorted(used & sheet.hidden_columns):
        heading = table.heading(place)
        hidden = Problem("hidden_column", fatal=False)
        lines.builder.report(sheet, sheet.numbers[max(0, table.header.last)], place, heading, hidden, heading)
    for at, number in compress(enumerate(lines.numbers), lines.is_record) if sheet.hidden_rows else ():
        if number in sheet.hidden_rows:
            lines.report(at, None, Problem("hidden_row", fatal=False))
    for at, number in compress(enumerate(lines.numbers), lines.is_record) if sheet.external else ():
        for place in sorted(used):
            if (number, place) in sheet.external and not is_blank(lines.rows[at][place]):
                lines.report(at, None, Problem("external_link", fatal=False), place=place)
