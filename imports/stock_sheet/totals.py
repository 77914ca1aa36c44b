"""Totals that a sheet states, compared with the lines above them (IMPORT-15)."""

from __future__ import annotations

from imports import fields
from imports.cells.numbers import parse_units
from imports.cells.text import Problem
from imports.stock_sheet.column import ParsedOnce
from imports.stock_sheet.table_lines import TableLines, count_of


class RunningTotals:
    """Units since the top of a table and since its last subtotal, as far down as its lines are classified.

    `values` are the units of each line. `suspects` may turn out to be no items further down; the first `first_lines` are decided first.
    """

    def __init__(self, lines: TableLines, suspects: set[int], first_lines: int) -> None:
        self.values = _units_of_lines(lines)
        self._lines = lines
        self._suspects = suspects
        self._first_lines = first_lines
        self._added = self._units_above = self._units_at_mark = 0
        self._units_of_rest: int | None = None
        self._place = None if lines.table.is_matrix else lines.place(fields.QUANTITY)
        if self._place is None:
            self._place = lines.place(fields.TOTAL)

    def mark(self, at: int) -> None:
        """Begin a new part of the table below the line `at`."""
        self._units_at_mark = self._above(at + 1)

    def check(self, at: int, *, is_subtotal: bool) -> None:
        """Compare a total or subtotal with its part of the table, the whole table and all tables of the sheet so far."""
        stated, self.values[at] = self.values[at], 0
        if self._place is not None:
            stated = count_of(parse_units(self._lines.rows[at][self._place]))
        total = self._above(at)
        part = total - self._units_at_mark
        self.mark(at)
        if total == 0:  # a total above its lines
            total = self._below()
        of_sheet = total + self._lines.builder.units[self._lines.table.sheet.name]
        if stated not in (0, total, part, of_sheet):
            self._report(at, stated, part if is_subtotal else total)

    def check_group_head(self, at: int, size: int) -> None:
        """Compare the units that the head of a group states with those of the `size` lines below it."""
        stated, self.values[at] = self.values[at], 0
        units = sum(self.values[at + 1 : at + 1 + size])
        if stated not in (0, units):
            self._report(at, stated, units)

    def _above(self, stop: int) -> int:
        """Units of the items before the line `stop`, which are all classified; each line is added once."""
        for at in range(self._added, stop):
            if self._lines.is_item[at]:
                self._units_above += self.values[at]
        self._added = max(self._added, stop)
        return self._units_above

    def _below(self) -> int:
        """Units of all lines that are items as far as is known."""
        is_item, first = self._lines.is_item, self._first_lines
        head = sum(units for at, units in enumerate(self.values[:first]) if is_item[at] and at not in self._suspects)
        if self._units_of_rest is None:
            rest = enumerate(self.values[first:], first)
            self._units_of_rest = sum(units for at, units in rest if at not in self._suspects)
        return head + self._units_of_rest

    def _report(self, at: int, stated: int, units: int) -> None:
        mismatch = Problem("total_mismatch", str(units), fatal=False)
        self._lines.report(at, self._place, mismatch, value=float(stated))


def _units_of_lines(lines: TableLines) -> list[int]:
    if lines.table.is_matrix:
        places = {place for sizes in lines.table.header.sizes for place in sizes.labels}
        parsed = ParsedOnce(parse_units)
        return [sum(count_of(parsed[row[place]]) for place in places) for row in lines.rows]
    if fields.QUANTITY in lines.columns:
        return [units if units.__class__ is int else count_of(units) for units in lines.quantity.values]
    return [0] * len(lines.rows)
