"""Size charts as brands paste them: a heading line and a line per size, in columns (STOCK-16)."""

import re
from collections.abc import Sequence

MAX_CHART_ROWS = 30
MAX_CHART_COLUMNS = 10
MAX_CHART_CELL = 20
_SEPARATORS = re.compile(r"[,，|｜;；]| {2,}|\u3000+")
_ANY_SPACE = re.compile(r"\s+")

Chart = tuple[tuple[str, ...], ...]


class ChartFault(ValueError):
    """Why a text is no size chart; the argument names the line, from 1."""


def read_size_chart(text: str) -> Chart:
    """The lines of a pasted size chart, the heading first; () for an empty text.

    Columns are told apart by tabs, as Excel copies them, else by commas, bars or two spaces, and where a line has none of them by
    single spaces.
    Raises ChartFault for fewer than two lines, lines of other widths than the heading's, and too much of anything.
    """
    lines = [line.strip(" \r") for line in text.split("\n")]
    return check_size_chart([_cells(line) for line in lines if line.strip()])


def check_size_chart(lines: Sequence[Sequence[str]]) -> Chart:
    """The lines as a chart, each cell without blanks around it; () for none. Raises ChartFault as `read_size_chart`."""
    rows = [tuple(" ".join(cell.split()) for cell in line) for line in lines]
    if not rows:
        return ()
    if not 2 <= len(rows) <= MAX_CHART_ROWS:
        raise ChartFault(len(rows))
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width or not 2 <= width <= MAX_CHART_COLUMNS or any(len(cell) > MAX_CHART_CELL for cell in row):
            raise ChartFault(number)
    return tuple(rows)


def chart_text(chart: Sequence[Sequence[str]]) -> str:
    """A chart as it can be pasted again."""
    return "\n".join("\t".join(row) for row in chart)


def _cells(line: str) -> tuple[str, ...]:
    if "\t" in line:
        return tuple(line.split("\t"))
    return tuple(_SEPARATORS.split(line) if _SEPARATORS.search(line) else _ANY_SPACE.split(line))
