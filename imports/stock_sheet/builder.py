"""Collects rows, faults, warnings and ignored lines while a workbook is read."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from imports import fields
from imports.cells.text import Problem, display_text
from imports.layout.tables import Table
from imports.limits import Limits
from imports.report import Fault, FileRefused, Ignored, Question
from imports.stock_sheet.rows import COLUMNS, Origin, Rows
from imports.workbook.model import Sheet, Value, column_letters

_MAX_VALUE_LENGTH = 200


@dataclass(slots=True)
class ReadingBuilder:
    """Collects what the tables of a workbook give. `on_progress` is told the lines dealt with and faults so far.

    For each row `table_of` is its table, by its place in `tables`, and `place_of` the warehouse, carton or batch that
    its line names. `units` are those of the goods in the tables of each sheet that were sorted so far.
    """

    limits: Limits
    on_progress: Callable[[int, int], None]
    rows: Rows = field(default_factory=Rows)
    tables: list[Table] = field(default_factory=list)
    table_of: list[int] = field(default_factory=list)
    place_of: list[tuple[str, ...] | None] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lines: dict[str | None, int] = field(default_factory=dict)
    units: Counter[str | None] = field(default_factory=Counter)
    done: int = 0
    reported_unused: set[tuple[str | None, str, int]] = field(default_factory=set)

    def fault(
        self,
        sheet: Sheet,
        row: int,
        column: int | None,
        heading: str | None,
        code: str,
        value: Value,
        details: tuple[str, ...] = (),
        *,
        fatal: bool = True,
    ) -> None:
        """Report a cell; `fatal` faults cost the row, others are warnings."""
        if column is not None and sheet.real_width is not None and column >= sheet.real_width:
            column = None
        entry = Fault(
            sheet.name,
            row,
            None if column is None else column_letters(column),
            heading,
            code,
            None if value is None else display_text(value)[:_MAX_VALUE_LENGTH],
            details,
        )
        target = self.faults if fatal else self.warnings
        if len(target) >= self.limits.faults:
            if fatal:
                raise FileRefused("too_many_rows", str(self.limits.faults))
            return
        target.append(entry)

    def unused(self, table: Table, column: int, zh: str, en: str) -> None:
        """Say that a column was not used, once of all tables of one layout on a sheet (IMPORT-19)."""
        sheet = table.sheet
        place = sheet.name, table.fingerprint, column - table.header.left
        if place not in self.reported_unused:
            self.reported_unused.add(place)
            line = sheet.numbers[max(0, table.header.last)]
            heading = table.heading(column)
            self.fault(sheet, line, column, heading, "unused_column", heading, (zh, en), fatal=False)

    def problem(
        self, sheet: Sheet, row: int, column: int | None, heading: str | None, problem: Problem, value: Value
    ) -> None:
        self.fault(sheet, row, column, heading, problem.code, value, problem.details, fatal=problem.fatal)

    def add(self, table: Table, columns: dict[str, list[Any]], places: list[tuple[str, ...] | None]) -> None:
        """Rows of a table, and the place that the line of each names."""
        assert set(columns) == set(COLUMNS)
        assert len(places) == len(columns["row"])
        self.rows.extend(columns)
        self.table_of += [len(self.tables)] * len(places)
        self.place_of += places
        self.tables.append(table)

    def keep(self, rows: list[int]) -> None:
        """Keep only the rows at these places, in their order."""
        self.rows.keep(rows)
        self.table_of = [self.table_of[at] for at in rows]
        self.place_of = [self.place_of[at] for at in rows]

    def origins(self) -> list[Origin]:
        """The tables that the rows came from, in their order."""
        found: list[Origin] = []
        for number, table in enumerate(self.tables):
            start = bisect_left(self.table_of, number)
            stop = bisect_left(self.table_of, number + 1)
            if start < stop:
                found.append(Origin(table.sheet.name, start, stop, _places(table)))
        return found


def _places(table: Table) -> dict[str, tuple[str, str]]:
    width = table.sheet.real_width
    columns = dict(table.columns)
    if not table.is_matrix and table.warehouses:
        columns[fields.QUANTITY] = table.warehouses[0]
    if fields.COLOUR_AND_SIZE in columns:
        columns.setdefault(fields.SIZE, columns[fields.COLOUR_AND_SIZE])
        columns.setdefault(fields.COLOUR, columns[fields.COLOUR_AND_SIZE])
    if fields.DISCOUNT in columns:
        columns.setdefault(fields.BASE_PRICE, columns[fields.DISCOUNT])
    return {
        name: (column_letters(column), table.heading(column) or "")
        for name, column in columns.items()
        if width is None or column < width
    }
