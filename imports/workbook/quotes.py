"""The records of a delimited text, none of them swallowed by a quotation mark that somebody typed as an inch or by mistake (IMPORT-20).

A mark at the beginning of a field quotes everything up to the next mark, line breaks included. A single stray one makes one cell of many
lines. It is recognised by what it swallowed: a line break and as many delimiters as a row has.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from imports.workbook.model import UnclosedQuote, Value

_LINES_FOR_WIDTH = 500


class RecordReader:
    """Iterates over the records of a text; afterwards `strays` are the first and last lines of cells with a stray mark.

    Lines are counted as a spreadsheet program counts them: a record with quoted line breaks is one line.
    """

    def __init__(self, lines: list[str], delimiter: str, limit: int) -> None:
        self.strays: list[tuple[int, int]] = []
        self._lines = lines
        self._delimiter = delimiter
        self._limit = limit
        self._width: int | None = None
        self._closing_lines: dict[int, tuple[int, int]] = {}

    def __iter__(self) -> Iterator[Sequence[Value]]:
        """Each record once; raises csv.Error where a line is longer than the limit of a field."""
        start = number = 0
        while start < len(self._lines):
            reader = csv.reader(islice(self._lines, start, None), delimiter=self._delimiter)
            at, base = start, start
            start = len(self._lines)
            try:
                for record in reader:
                    number += 1
                    end = base + reader.line_num
                    if end - at > 1 or at in self._closing_lines or end == len(self._lines):
                        cells = self._with_strays(record, at, end, number)
                        if cells is None:
                            yield self._first_line_alone(at, end, number)
                            start = at + 1
                            break
                        yield cells
                    else:
                        yield record
                    at = end
            except csv.Error:
                if len(self._lines[at]) > self._limit:
                    raise
                number += 1
                yield self._first_line_alone(at, base + reader.line_num, number)
                start = at + 1

    def _with_strays(self, record: list[str], at: int, end: int, number: int) -> Sequence[Value] | None:
        """The record with its suspicious cells marked; None where the lines that it spans are records of their own."""
        if end - at == 1 and at in self._closing_lines:
            return _mark(self._split(self._lines[at]), *self._closing_lines[at])
        is_open = end == len(self._lines) and self._is_unclosed(at)
        if is_open or end - at == 1:
            return None if is_open else record
        width = self._most_common_width()
        swallowing = [
            place for place, cell in enumerate(record)
            if ("\n" in cell or "\r" in cell) and cell.count(self._delimiter) >= width - 1
        ]  # fmt: skip
        if not swallowing or width <= 1:
            return record
        if self._are_records(at, end, width):
            return None
        last = number + end - at - 1
        self.strays.append((number, last))
        return [
            UnclosedQuote(cell, number, last) if place in swallowing else cell or None
            for place, cell in enumerate(record)
        ]

    def _first_line_alone(self, at: int, end: int, number: int) -> list[Value]:
        """The first of the lines that a stray mark has swallowed, with the mark as a part of its cell."""
        lines = number, number + end - at - 1
        self.strays.append(lines)
        self._closing_lines.setdefault(end - 1, lines)
        return _mark(self._split(self._lines[at]), *lines)

    def _are_records(self, at: int, end: int, width: int) -> bool:
        """Whether the first line and most of the others are as wide as a row, each by itself."""
        fits = [len(self._split(line)) == width for line in self._lines[at:end]]
        return fits[0] and sum(fits[1:]) * 2 > len(fits) - 1

    def _is_unclosed(self, at: int) -> bool:
        try:
            for _ in csv.reader(self._lines[at:], delimiter=self._delimiter, strict=True):
                pass
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False

    def _split(self, line: str) -> list[str]:
        """The cells of a line by itself; where its marks do not fit together, they are a part of their cells."""
        line = line.rstrip("\r\n")
        try:
            return next(csv.reader([line], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return next(csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE), [])

    def _most_common_width(self) -> int:
        if self._width is None:
            widths = Counter(len(self._split(line)) for line in self._lines[:_LINES_FOR_WIDTH] if line.strip())
            self._width = max(widths, key=lambda width: (widths[width] * min(width, 20), width))
        return self._width


def _mark(cells: list[str], first: int, last: int) -> list[Value]:
    """Cells of which those with a mark too few are not known."""
    return [UnclosedQuote(cell, first, last) if cell.count('"') % 2 else cell or None for cell in cells]
