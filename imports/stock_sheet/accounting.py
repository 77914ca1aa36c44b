"""The check that no line of a workbook is lost or counted twice."""

from __future__ import annotations

import logging
from bisect import bisect_left

from imports.report import FileRefused, Ignored
from imports.stock_sheet.rows import Reading

_log = logging.getLogger("imports")


def check_all_lines_accounted(reading: Reading) -> None:
    """Check that every line is either in rows or faults, or once in ignored (IMPORT-1).

    If it is not, the reader has a bug: the whole file is refused, and the log names the sheets.
    """
    numbers = reading.rows.columns["row"]
    used: dict[str | None, set[int]] = {name: set() for name in reading.lines}
    for origin in reading.origins:
        used.setdefault(origin.sheet, set()).update(numbers[origin.start : origin.stop])
    for fault in reading.faults:
        used.setdefault(fault.sheet, set()).add(fault.row)
    ignored_of: dict[str | None, list[Ignored]] = {name: [] for name in used}
    for entry in reading.ignored:
        ignored_of.setdefault(entry.sheet, []).append(entry)
    wrong = [
        name
        for name, entries in ignored_of.items()
        if not _covers_each_line_once(reading.lines.get(name, 0), used.get(name, set()), entries)
    ]
    if wrong or sum(origin.stop - origin.start for origin in reading.origins) != len(numbers):
        _log.error("lines were lost or counted twice on sheets %s of a %s", wrong, reading.kind)
        raise FileRefused("lines_lost", "、".join(str(name or "") for name in wrong))


def _covers_each_line_once(last: int, used: set[int], ignored: list[Ignored]) -> bool:
    """Whether the lines in use and the ignored lines (in their order) are together 1 to `last`, each once."""
    if len(used) + sum(entry.to_row - entry.row + 1 for entry in ignored) != last:
        return False
    ordered: list[int] | None = None
    before = 0
    for entry in ignored:
        if entry.row <= before or entry.to_row > last:
            return False
        before = entry.to_row
        if entry.row == entry.to_row:
            if entry.row in used:
                return False
            continue
        if ordered is None:
            ordered = sorted(used)
        at = bisect_left(ordered, entry.row)
        if at < len(ordered) and ordered[at] <= entry.to_row:
            return False
    return not used or (min(used) >= 1 and max(used) <= last)
