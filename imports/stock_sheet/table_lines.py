"""The lines of one table, column by column, on their way to rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from imports import fields
from imports.cells.text import Problem
from imports.layout.table import Table
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.column import Column
from imports.workbook.model import Row, Value

CELL: Final = object()
"""The default of `TableLines.report`: the value of the cell itself is reported."""


@dataclass(slots=True)
class TableLines:
    """The lines of one table. Every list has one entry per line, and `at` is the index of a line in all of them.

    `is_item` says whether a line describes an item (otherwise it is a total, a note, ...), `is_rejected` whether an item has a
    fault and gives no row. `group_heads` are lines that only name the style of the lines below them; `categories` are announced
    by lines between the items. `bad_warehouses` are, by line, the warehouse columns that hold no quantity.
    """

    table: Table
    builder: ReadingBuilder
    rows: list[Row]
    numbers: list[int]
    columns: dict[str, Column[Any]] = field(default_factory=dict)
    is_item: list[bool] = field(default_factory=list)
    is_rejected: list[bool] = field(default_factory=list)
    categories: list[str | None] = field(default_factory=list)
    group_heads: set[int] = field(default_factory=set)
    bad_warehouses: dict[int, list[tuple[int, Problem]]] = field(default_factory=dict)

    @property
    def style_no(self) -> Column[str]:
        return self.columns[fields.STYLE_NO]

    @property
    def colour(self) -> Column[str | None]:
        return self.columns[fields.COLOUR]

    @property
    def size(self) -> Column[str]:
        return self.columns[fields.SIZE]

    @property
    def barcode(self) -> Column[str | None]:
        return self.columns[fields.BARCODE]

    @property
    def tag_price(self) -> Column[int]:
        return self.columns[fields.TAG_PRICE]

    @property
    def base_price(self) -> Column[int]:
        return self.columns[fields.BASE_PRICE]

    @property
    def discount(self) -> Column[Decimal | None]:
        return self.columns[fields.DISCOUNT]

    @property
    def quantity(self) -> Column[int]:
        return self.columns[fields.QUANTITY]

    def place(self, name: str) -> int | None:
        """The column of the sheet that has the field."""
        return self.table.columns.get(name)

    def cell(self, name: str, at: int) -> Value:
        place = self.place(name)
        return None if place is None else self.rows[at][place]

    def report(
        self, at: int, place: int | None, problem: Problem, *, heading: str | None = None, value: Any = CELL
    ) -> None:
        """Report the cell of a line; `heading` and `value` where they are not the column's and the cell's own."""
        if value is CELL:
            value = None if place is None else self.rows[at][place]
        if heading is None:
            heading = self.table.heading(place)
        self.builder.report(self.table.sheet, self.numbers[at], place, heading, problem, value)


def required_fields(table: Table) -> list[str]:
    """The fields without which a line of this table is no item, in the order of its columns (IMPORT-6)."""
    names = [
        name for name in fields.REQUIRED if name in table.columns or (name == fields.QUANTITY and table.warehouses)
    ]
    if fields.COLOUR_AND_SIZE in table.columns:
        names.append(fields.SIZE)
    if table.is_matrix:
        names = [name for name in names if name not in (fields.SIZE, fields.QUANTITY)]
    return names


def count_of(parsed: int | Problem) -> int:
    """The units of a parsed quantity; 0 where it holds none."""
    if isinstance(parsed, Problem):
        return parsed.value if isinstance(parsed.value, int) else 0
    return parsed
