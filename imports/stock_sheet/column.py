"""A field of the lines of a table: for each line a value, or the problem of its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, TypeVar

from imports.cells.text import Problem
from imports.workbook.model import Row, Value

T = TypeVar("T")


@dataclass(slots=True)
class Column(Generic[T]):
    """`values` has one entry per line. `place` is the column of the sheet where its problems are reported.

    `derived`: the values come from cells of other fields, because the sheet has no column for this one.
    """

    values: list[T | Problem]
    place: int
    derived: bool = False

    def has_problem(self) -> bool:
        """Whether any line has a Problem; far cheaper than to look at each."""
        return Problem in set(map(type, self.values))

    def problems(self) -> Iterator[tuple[int, Problem]]:
        """The lines that have a Problem, by their index; the value of that line may be replaced meanwhile."""
        if self.has_problem():
            for at, value in enumerate(self.values):
                if isinstance(value, Problem):
                    yield at, value


class ParsedOnce(dict[Value, T]):
    """`parsed[value]` is `parse(value)`, computed when a value first occurs: a column has few distinct ones."""

    def __init__(self, parse: Callable[[Value], T]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, value: Value) -> T:
        parsed = self[value] = self._parse(value)
        return parsed

    def of_column(self, rows: Iterable[Row], place: int) -> list[T]:
        """The parsed cells of one column of the rows."""
        return list(map(self.__getitem__, map(itemgetter(place), rows)))
