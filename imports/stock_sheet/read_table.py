"""One table → its rows, faults and warnings: parse, classify, check, report, add."""

from __future__ import annotations

from itertools import compress
from typing import Any

from imports import fields
from imports.cells.text import Problem, display_text, normalize
from imports.layout.table import Table
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.checks import CHECKS
from imports.stock_sheet.classify import classify_lines
from imports.stock_sheet.matrix import expand_matrix
from imports.stock_sheet.parse_lines import parse_lines
from imports.stock_sheet.table_lines import TableLines
from imports.stock_sheet.texts import text_columns
from imports.workbook.model import is_blank

_FIELDS_THAT_MAY_LACK = (fields.COLOUR, fields.SIZE, fields.BARCODE, fields.QUANTITY)
_REPORTED_FIELDS = (*fields.REQUIRED, fields.DISCOUNT, fields.BARCODE, fields.COLOUR)


def read_table(table: Table, builder: ReadingBuilder) -> None:
    """Add the rows, faults, warnings and ignored lines of a table. Raises HeaderFound for a heading among its lines."""
    lines = parse_lines(table, builder)
    classify_lines(lines)
    for check in CHECKS:
        if check.needs <= lines.columns.keys():
            check.run(lines)
    _report_problems(lines)
    _report_missing_colours(lines)
    _report_hidden_parts(lines)
    _add_rows(lines)


def _report_problems(lines: TableLines) -> None:
    """Report what is left of problems; a fatal one rejects its line, the value of any other is taken."""
    for name in _REPORTED_FIELDS:
        column = lines.columns.get(name)
        if column is None:
            continue
        for at, problem in column.problems():
            if not lines.is_item[at]:
                continue
            if name == fields.QUANTITY and at in lines.bad_warehouses:
                for place, bad in lines.bad_warehouses[at]:
                    lines.report(at, place, bad)
            elif not _is_reported_elsewhere(lines, name, at, problem):
                lines.report(at, column.place, problem)
            if problem.fatal:
                lines.is_rejected[at] = True
            else:
                column.values[at] = problem.value


def _is_reported_elsewhere(lines: TableLines, name: str, at: int, problem: Problem) -> bool:
    """Whether a problem of a price follows from one of another column that is reported itself."""
    if problem.code == "depends_on_tag":
        return True
    is_derived = name == fields.BASE_PRICE and lines.base_price.derived
    return is_derived and isinstance(lines.discount.values[at], Problem)


def _report_missing_colours(lines: TableLines) -> None:
    column = lines.columns.get(fields.COLOUR)
    if column is None or column.derived or None not in column.values:
        return
    for at, colour in enumerate(column.values):
        if colour is None and lines.is_item[at] and not lines.is_rejected[at]:
            lines.report(at, column.place, Problem("missing_colour", fatal=False), value=None)


def _report_hidden_parts(lines: TableLines) -> None:
    """Hidden lines and columns and links to other files are read like others; each is a warning (IMPORT-14)."""
    table, sheet = lines.table, lines.table.sheet
    labels = {place: label for row in table.header.sizes for place, label in row.labels.items()}
    used = {*table.columns.values(), *table.warehouses, *labels}
    for place in sorted(used & sheet.hidden_columns):
        heading = labels.get(place) or table.heading(place)
        hidden = Problem("hidden_column", fatal=False)
        lines.builder.report(sheet, sheet.numbers[table.header.last], place, heading, hidden, heading)
    if sheet.hidden_rows:
        for at, number in enumerate(lines.numbers):
            if lines.is_item[at] and not lines.is_rejected[at] and number in sheet.hidden_rows:
                lines.report(at, None, Problem("hidden_row", fatal=False))
    if sheet.external:
        for at, number in compress(enumerate(lines.numbers), lines.is_item):
            for place in set(table.columns.values()):
                if (number, place) in sheet.external and not is_blank(lines.rows[at][place]):
                    lines.report(at, place, Problem("external_link", fatal=False))


def _add_rows(lines: TableLines) -> None:
    """Give the rows of all items that are not rejected to the builder: one a line, in a matrix one a filled size."""
    nothing: list[Any] = [None] * len(lines.rows)
    source: dict[str, list[Any]] = {
        "row": lines.numbers,
        "style_no": lines.style_no.values,
        "tag_price_fen": lines.tag_price.values,
        "base_price_fen": lines.base_price.values,
        **dict.fromkeys(_FIELDS_THAT_MAY_LACK, nothing),
        **{name: lines.columns[name].values for name in _FIELDS_THAT_MAY_LACK if name in lines.columns},
        **text_columns(lines),
        "col": nothing,
        "sheet": [lines.table.sheet.name] * len(lines.rows),
        "location": _locations(lines),
    }
    is_taken = [item and not rejected for item, rejected in zip(lines.is_item, lines.is_rejected, strict=True)]
    if lines.table.is_matrix:
        cells = expand_matrix(lines, is_taken)
        columns = {name: [values[at] for at in cells.line] for name, values in source.items()}
        columns |= {"size": cells.size, "quantity": cells.quantity, "col": cells.address}
    elif all(is_taken):
        columns = source
    else:
        columns = {name: list(compress(values, is_taken)) for name, values in source.items()}
    locations = columns.pop("location")
    lines.builder.add(lines.table, columns, locations)


def _locations(lines: TableLines) -> list[tuple[str, ...] | None]:
    """The warehouse, carton or batch that each line names; a blank one is the one above, as cartons are listed."""
    places = lines.table.locations
    if not places:
        return [None] * len(lines.rows)
    locations: list[tuple[str, ...] | None] = []
    above: list[str] = [""] * len(places)
    for row, is_item in zip(lines.rows, lines.is_item, strict=True):
        if is_item:
            above = [normalize(display_text(row[place])) or before for place, before in zip(places, above, strict=True)]
        locations.append(tuple(above) if any(above) else None)
    return locations
