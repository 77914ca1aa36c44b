"""The check that no line of a stock workbook is lost or counted twice."""

from __future__ import annotations

import logging

from imports.accounting import check_lines
from imports.report import FileRefused
from imports.stock_sheet.rows import Reading

_log = logging.getLogger("imports")


def check_all_lines_accounted(reading: Reading) -> None:
    """Check that every line is either in rows or faults, or once in ignored (IMPORT-1)."""
    numbers = reading.rows.columns["row"]
    used: dict[str | None, set[int]] = {name: set() for name in reading.lines}
    for origin in reading.origins:
        used.setdefault(origin.sheet, set()).update(numbers[origin.start : origin.stop])
    for fault in reading.faults:
        used.setdefault(fault.sheet, set()).add(fault.row)
    check_lines(reading.kind, reading.lines, used, reading.ignored)
    if sum(origin.stop - origin.start for origin in reading.origins) != len(numbers):
        _log.error("the rows of a %s are not those of its tables", reading.kind)
        raise FileRefused("lines_lost", "")
