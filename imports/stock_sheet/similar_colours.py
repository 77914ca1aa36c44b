"""Colours of one style that may be one colour under two names. They stay two, and a warning names both (IMPORT-22)."""

from __future__ import annotations

from collections import defaultdict

from imports import fields
from imports.cells.colours import fold_colour
from imports.cells.text import Problem
from imports.stock_sheet.builder import ReadingBuilder


def report_similar_colours(builder: ReadingBuilder) -> None:
    """Warn at the first row of each colour of a style that may be the same as one above it."""
    columns = builder.rows.columns
    names: dict[str, list[str]] = defaultdict(list)
    for colour in sorted(filter(None, set(columns["colour"]))):
        names[fold_colour(colour)].append(colour)
    folded = {colour: key for key, colours in names.items() if len(colours) > 1 for colour in colours}
    if not folded:
        return
    first_rows: dict[tuple[str, str], dict[str, int]] = {}
    for at, (style, colour) in enumerate(zip(columns["style_no"], columns["colour"], strict=True)):
        if colour not in folded:
            continue
        above = first_rows.setdefault((style, folded[colour]), {})
        if colour not in above:
            if above:
                _report(builder, at, *next(iter(above.items())))
            above[colour] = at


def _report(builder: ReadingBuilder, at: int, other: str, other_at: int) -> None:
    table = builder.tables[builder.table_of[at]]
    place = table.columns.get(fields.COLOUR, table.columns.get(fields.COLOUR_AND_SIZE))
    columns = builder.rows.columns
    problem = Problem("similar_colour", other, str(columns["row"][other_at]), fatal=False)
    builder.report(table.sheet, columns["row"][at], place, table.heading(place), problem, columns["colour"][at])
