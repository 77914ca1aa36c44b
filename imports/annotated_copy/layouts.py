"""How the lines of each kind of sheet are found again and completed, for a copy of the faulty ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from imports import fields, order_sheet, tracking_sheet
from imports.carriers import built_in_table
from imports.layout.table import Table
from imports.layout.tables import tables_of
from imports.order_sheet import OrderReading
from imports.readings import AnyReading
from imports.record_sheet.kind import SheetKind
from imports.record_sheet.lines import fill_merges
from imports.record_sheet.reader import record_tables, table_by_shape
from imports.stock_sheet.fill_groups import GROUP_FIELDS, GROUP_TEXT_FIELDS
from imports.stock_sheet.parse_lines import complete_cells
from imports.stock_sheet.rows import Reading
from imports.workbook.model import Row, Sheet, is_blank


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """The tables of a sheet; `complete` writes what merged cells give into every line of one; `with_group` gives a line with what the
    reader took from the line above it.
    """

    tables: Callable[[Sheet], Sequence[Table]]
    complete: Callable[[Any], None]
    with_group: Callable[[Table, int], Row]


def layout_of(reading: AnyReading) -> SheetLayout:
    """The layout of the kind of sheet that a reading is of."""
    if isinstance(reading, Reading):
        return _STOCK
    return _ORDERS if isinstance(reading, OrderReading) else _TRACKING


def _with_style_group(table: Table, at: int) -> Row:
    """The line, completed with the values of the first line of its group of a style."""
    rows = table.sheet.rows
    line = list(rows[at])
    style = table.columns.get(fields.STYLE_NO)
    if style is None:  # a column that the brand had to name
        return line
    first = next(
        (rows[above] for above in range(at - 1, table.start - 1, -1) if not is_blank(rows[above][style])), line
    )
    for name in (*GROUP_FIELDS, fields.COLOUR, *GROUP_TEXT_FIELDS):
        column = table.columns.get(name)
        if column is not None and is_blank(line[column]):
            line[column] = first[column]
    return line


def _with_recipient(table: Table, at: int) -> Row:
    """The line, completed with the recipient of the line above that has one."""
    rows = table.sheet.rows
    line = list(rows[at])
    places = [table.columns[name] for name in order_sheet.REPEATED if name in table.columns]
    above = range(at - 1, table.start - 1, -1)
    first = next((rows[before] for before in above if any(not is_blank(rows[before][place]) for place in places)), line)
    for place in places:
        if is_blank(line[place]):
            line[place] = first[place]
    return line


def _as_it_is(table: Table, at: int) -> Row:
    return table.sheet.rows[at]


def _record_layout(kind: SheetKind, with_group: Callable[[Table, int], Row]) -> SheetLayout:
    def tables(sheet: Sheet) -> Sequence[Table]:
        return record_tables(sheet, kind, {}) or table_by_shape(sheet, kind, {})

    return SheetLayout(tables, fill_merges, with_group)


_STOCK: Final = SheetLayout(tables_of, complete_cells, _with_style_group)
_ORDERS: Final = _record_layout(order_sheet.KIND, _with_recipient)
_TRACKING: Final = _record_layout(tracking_sheet.sheet_kind(built_in_table()), _as_it_is)
