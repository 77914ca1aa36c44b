"""Lines that leave style and prices to the first line of their group (IMPORT-13)."""

from __future__ import annotations

from imports import fields
from imports.cells.text import MISSING, Problem
from imports.stock_sheet.table_lines import TableLines

GROUP_FIELDS = (fields.STYLE_NO, fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT)
"""What the first line of a group may give for all its lines."""
GROUP_TEXT_FIELDS = ("name", "category", "season", "year", "gender", "brand")


def fill_groups(lines: TableLines) -> None:
    """Fill the lines of a group that give style and prices on its first line only. A lone blank stays a fault."""
    columns = {name: lines.columns[name].values for name in GROUP_FIELDS if name in lines.columns}
    if len(columns) < 2 or not lines.style_no.has_problem():
        return
    own = [lines.columns[name].values for name in (fields.SIZE, fields.QUANTITY) if name in lines.columns]
    styles, place = lines.style_no.values, lines.style_no.place
    first: int | None = None  # the line that a group is filled from
    for at, is_item in enumerate(lines.is_item):
        if not is_item:
            if lines.table.start + at not in lines.table.repeats:
                first = at if at in lines.group_heads else None
            continue
        has_head = first in lines.group_heads
        # Below a head only the style number must be missing: prices on the line are the line's own.
        if (styles[at] is MISSING and has_head) or all(values[at] is MISSING for values in columns.values()):
            if first is None or any(values[at] is MISSING for values in own):
                continue
            _fill_line(lines, at, first, list(columns))
            heading = lines.table.heading(place)
            lines.report(at, place, Problem("filled_down", fatal=False), value=heading)
            if has_head:
                continue
        if not any(isinstance(value := values[at], Problem) and value.fatal for values in columns.values()):
            first = at


def _fill_line(lines: TableLines, at: int, first: int, names: list[str]) -> None:
    """Give the fields that a line leaves empty the values of the first line of its group."""
    for name in names:
        values = lines.columns[name].values
        if values[at] is MISSING:
            values[at] = values[first]
    colour = lines.columns.get(fields.COLOUR)
    if colour is not None and colour.values[at] is None:
        colour.values[at] = colour.values[first]
    for name in GROUP_TEXT_FIELDS:
        place = lines.place(name)
        if place is not None and lines.rows[at][place] is None:
            lines.rows[at][place] = lines.rows[first][place]
