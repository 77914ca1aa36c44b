"""A size chart as a workbook has it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_LINES: Final = 30
"""The heading included."""
MAX_COLUMNS: Final = 10
MAX_CELL: Final = 20
"""Characters of a cell."""
MAX_CAPTION: Final = 40
"""A longer text above a chart is a note."""


@dataclass(frozen=True, slots=True)
class ChartTable:
    """One size chart: `lines` of equally many texts, the heading first, then one per size, which is the first column.

    What it is for: `style_no` or `category` where a column or a label says so. Otherwise `captions` are the texts that stand by it, the
    nearest first, without words such as 尺码表; where there are none it is for all goods, or for what its sheet is named after. `row`
    and `col` are the place that says what it is for, or its heading.
    """

    sheet: str | None
    row: int
    col: str
    lines: tuple[tuple[str, ...], ...]
    style_no: str = ""
    category: str = ""
    captions: tuple[str, ...] = ()
