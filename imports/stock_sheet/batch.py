"""The goods of one table on their way to rows, column by column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from imports import fields
from imports.cells.text import Problem
from imports.layout.tables import Table
from imports.workbook.model import Row, Value


@dataclass(slots=True)
class Batch:
    """The goods of one table on their way to rows: parallel lists over its lines.

    `wrong_parts` are, by line, the warehouse columns that hold no quantity. `heads` are lines that only name the style of
    the lines below them.
    """

    table: Table
    rows: list[Row]
    numbers: list[int]
    parsed: dict[str, list[Any]] = field(default_factory=dict)
    goods: list[bool] = field(default_factory=list)
    broken: list[bool] = field(default_factory=list)
    categories: list[str | None] = field(default_factory=list)
    heads: set[int] = field(default_factory=set)
    wrong_parts: dict[int, list[tuple[int, Problem]]] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        return self.table.columns.get(name)

    def raw(self, name: str, at: int) -> Value:
        column = self.column(name)
        return None if column is None else self.rows[at][column]


def required_fields(table: Table) -> list[str]:
    """The fields without which a line of this table is no goods, in the order of its columns (IMPORT-6)."""
    names = [
        name for name in fields.REQUIRED if name in table.columns or (name == fields.QUANTITY and table.warehouses)
    ]
    if fields.COLOUR_AND_SIZE in table.columns:
        names.append(fields.SIZE)
    if table.is_matrix:
        names = [name for name in names if name not in (fields.SIZE, fields.QUANTITY)]
    return names


def count_of(parsed: Any) -> int:
    """The units of a parsed quantity; 0 where it holds none."""
    if isinstance(parsed, Problem):
        return parsed.value if isinstance(parsed.value, int) else 0
    return parsed if isinstance(parsed, int) else 0
