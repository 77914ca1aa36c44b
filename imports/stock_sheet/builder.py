"""Collects rows, faults, warnings and ignored lines while a workbook is read."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from imports import fields
from imports.layout.table import Table
from imports.report_builder import ReportBuilder
from imports.size_charts.chart import ChartTable
from imports.stock_sheet.rows import COLUMNS, Origin, Rows
from imports.workbook.model import column_letters


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a ReadingBuilder at one moment: how long its lists were, and copies of what is no list."""

    rows: int
    tables: int
    faults: int
    warnings: int
    ignored: int
    questions: int
    units: Counter[str | None]
    reported_unused: set[tuple[str | None, str, str]]
    asked: set[tuple[str, str]]


@dataclass(slots=True)
class ReadingBuilder(ReportBuilder):
    """Collects the rows and reports of all tables of a workbook.

    For each row `table_of` is the index of its table in `tables`, and `location_of` the warehouse, carton or batch that its line
    names. `units` are those of the items of each sheet in the tables that were classified so far.
    """

    rows: Rows = field(default_factory=Rows)
    tables: list[Table] = field(default_factory=list)
    table_of: list[int] = field(default_factory=list)
    location_of: list[tuple[str, ...] | None] = field(default_factory=list)
    units: Counter[str | None] = field(default_factory=Counter)
    size_charts: list[ChartTable] = field(default_factory=list)

    def add(self, table: Table, columns: dict[str, list[Any]], locations: list[tuple[str, ...] | None]) -> None:
        """Add the rows of a table, and the location that the line of each names."""
        if set(columns) != set(COLUMNS) or len(locations) != len(columns["row"]):
            raise ValueError(f"not the columns of a stock row: {sorted(columns)}")
        self.rows.extend(columns)
        self.table_of += [len(self.tables)] * len(locations)
        self.location_of += locations
        self.tables.append(table)

    def snapshot(self) -> Snapshot:
        """The present state, for `restore`."""
        return Snapshot(
            rows=len(self.rows),
            tables=len(self.tables),
            faults=len(self.faults),
            warnings=len(self.warnings),
            ignored=len(self.ignored),
            questions=len(self.questions),
            units=self.units.copy(),
            reported_unused=self.reported_unused.copy(),
            asked=self.asked.copy(),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Forget everything that was added since the snapshot."""
        self.rows.truncate(snapshot.rows)
        del self.table_of[snapshot.rows :], self.location_of[snapshot.rows :]
        del self.tables[snapshot.tables :]
        del self.faults[snapshot.faults :], self.warnings[snapshot.warnings :]
        del self.ignored[snapshot.ignored :], self.questions[snapshot.questions :]
        self.units, self.reported_unused = snapshot.units.copy(), snapshot.reported_unused.copy()
        self.asked = snapshot.asked.copy()

    def keep(self, rows: list[int]) -> None:
        """Keep only the rows at these places, in their order."""
        self.rows.keep(rows)
        self.table_of = [self.table_of[at] for at in rows]
        self.location_of = [self.location_of[at] for at in rows]

    def origins(self) -> list[Origin]:
        """The tables that the rows came from, in their order."""
        origins: list[Origin] = []
        for number, table in enumerate(self.tables):
            start = bisect_left(self.table_of, number)
            stop = bisect_left(self.table_of, number + 1)
            if start < stop:
                origins.append(Origin(table.sheet.name, start, stop, _column_headings(table)))
        return origins


def _column_headings(table: Table) -> dict[str, tuple[str, str]]:
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
