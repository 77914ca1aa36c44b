"""Quantities in cells that are merged over several lines."""

from __future__ import annotations

from imports.cells.text import Problem
from imports.stock_sheet.table_lines import TableLines

_MAX_LINES = 100_000
"""Of one merged cell that are looked at."""


def check_merged_quantities(lines: TableLines) -> None:
    """A quantity merged over several lines belongs to none of them: its first line is rejected."""
    sheet, place = lines.table.sheet, lines.quantity.place
    if lines.quantity.derived or lines.table.is_matrix or not sheet.merges:
        return
    index_of = {number: at for at, number in enumerate(lines.numbers)}
    for top, left, bottom, right in sheet.merges:
        if not (left <= place <= right and bottom > top):
            continue
        numbers = range(top, min(bottom, top + _MAX_LINES) + 1)
        covered = [index_of[number] for number in numbers if number in index_of]
        covered = [at for at in covered if lines.is_item[at]]
        if len(covered) > 1 and index_of.get(top) in covered:
            at = index_of[top]
            lines.is_rejected[at] = True
            lines.report(at, place, Problem("merged_quantity"))
