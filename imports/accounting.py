"""The check that no line of a workbook is lost or counted twice (IMPORT-1)."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from imports.report import FileRefused, Ignored

_log = logging.getLogger("imports")


def check_lines(
    kind: str | None, lines: Mapping[str | None, int], used: Mapping[str | None, set[int]], ignored: Sequence[Ignored]
) -> None:
    """Check that each line of each sheet is either in use or once in `ignored`.

    If it is not, the reader has a bug: the whole file is refused, and the log names the sheets. `ignored` is in the order of the lines.
    """
    ignored_of: dict[str | None, list[Ignored]] = {name: [] for name in (*lines, *used)}
    for entry in ignored:
        ignored_of.setdefault(entry.sheet, []).append(entry)
    wrong = [
        name
        for name, entries in ignored_of.items()
        if not _covers_each_line_once(lines.get(name, 0), used.get(name, set()), entries)
    ]
    if wrong:
        _log.error("lines were lost or counted twice on sheets %s of a %s", wrong, kind)
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
