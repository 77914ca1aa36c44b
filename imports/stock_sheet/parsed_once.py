"""A column is parsed once per distinct value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from imports.workbook.model import Row, Value


class ParsedOnce(dict[Value, Any]):
    """`parsed_once[value]` is `parse(value)`, computed the first time."""

    def __init__(self, parse: Callable[[Value], Any]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, value: Value) -> Any:
        found = self[value] = self._parse(value)
        return found

    def of_column(self, rows: Iterable[Row], column: int) -> list[Any]:
        """What one column of the rows says."""
        return list(map(self.__getitem__, map(itemgetter(column), rows)))
