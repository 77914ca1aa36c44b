"""A workbook as addressed cells, whatever file it came in."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

ERROR_VALUES: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!"}
    | {"#GETTING_DATA", "#CONNECT!", "#BLOCKED!", "#UNKNOWN!"}
)


class NoValue:
    """A formula whose result the file does not hold."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NO_VALUE"

    def __str__(self) -> str:
        return ""


NO_VALUE: Final = NoValue()


class UnclosedQuote(NoValue):
    """A cell of a text file with a quotation mark that is not closed in its line; `last_line` is where the file closes it.

    Its text is not known: the mark may belong to it, or begin a text that goes on below.
    """

    __slots__ = ("last_line", "line", "text")

    def __init__(self, text: str, line: int, last_line: int) -> None:
        self.text, self.line, self.last_line = text, line, last_line

    def __str__(self) -> str:
        return self.text


Value = None | str | float | dt.datetime | dt.date | dt.time | NoValue
"""A cell: nothing, text (TRUE/FALSE for booleans, `#N/A` for errors), a number, a date, or NO_VALUE."""

Row = list[Value]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; rows 1-based, columns 0-based."""


@dataclass(slots=True)
class Sheet:
    """The lines of one sheet that hold anything. `numbers[i]` is the row number of `rows[i]`, ascending.

    Rows are padded to `width`. The sparse maps are keyed by (row number, column index).
    `formats` holds a number's display where it carries meaning: `percent`, `scientific`, `currency:USD`, `decimals:2`, `around:…`.
    `picture_ids` are pictures in cells as the cell names them, `pictures` their sha256 once resolved;
    `floating` are pictures that lie over rows first..last at a column. `heights` are points, where given.
    `zeroes` are formulas whose stored result is the zero of a program that does not calculate; `calculated`: a formula has
    another result.
    `lengths` are the cells of each line of a text file whose lines are not equally long.
    `card_lines` and `real_width` are set where `layout.cards` has laid out cards as tables.
    """

    name: str | None
    visibility: str = "visible"
    numbers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    width: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    external: set[tuple[int, int]] = field(default_factory=set)
    picture_ids: dict[tuple[int, int], str] = field(default_factory=dict)
    pictures: dict[tuple[int, int], str] = field(default_factory=dict)
    floating: list[tuple[int, int, int, str]] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    part: str | None = None
    zeroes: set[tuple[int, int]] = field(default_factory=set)
    calculated: bool = False
    card_lines: set[int] = field(default_factory=set)
    merges_of_line: dict[int, list[Merge]] = field(default_factory=dict)
    merges_over: dict[int, list[Merge]] = field(default_factory=dict)
    real_width: int | None = None
    lengths: list[int] = field(default_factory=list)

    @property
    def last_row(self) -> int:
        """The number of the last line that holds anything; 0 for an empty sheet."""
        return self.numbers[-1] if self.numbers else 0

    def index_of(self, number: int) -> int | None:
        """The index of the line `number` in `rows`, or None when it is blank."""
        at = bisect_left(self.numbers, number)
        return at if at < len(self.numbers) and self.numbers[at] == number else None

    def value(self, number: int, column: int) -> Value:
        at = self.index_of(number)
        if at is None or column >= len(self.rows[at]):
            return None
        return self.rows[at][column]

    def merges_at(self, number: int) -> list[Merge]:
        """The merges that begin on the line `number`."""
        if self.merges and not self.merges_of_line:
            for merge in self.merges:
                self.merges_of_line.setdefault(merge[0], []).append(merge)
        return self.merges_of_line.get(number, [])

    def clear_uncalculated_zeroes(self) -> None:
        """Where all formulas of the sheet have such a zero, none was ever calculated: they have no value (IMPORT-8)."""
        if self.calculated:
            return
        for number, column in self.zeroes:
            at = self.index_of(number)
            if at is not None and column < self.width:
                self.rows[at][column] = NO_VALUE

    def blank_rows(self) -> Iterator[tuple[int, int]]:
        """Ranges (first, last) of line numbers before the last line that hold nothing."""
        before = 0
        for number in self.numbers:
            if number > before + 1:
                yield before + 1, number - 1
            before = number


@dataclass(slots=True)
class Workbook:
    """An opened file. `kind` is its real form; `notes` are file reasons that do not stop the reading."""

    kind: str
    sheets: list[Sheet]
    notes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def is_blank(value: Value) -> bool:
    """Whether a cell is empty or has only white space and zero-width characters."""
    return value is None or (isinstance(value, str) and not value.strip(BLANKS))


BLANKS: Final = (
    " \t\r\n\x0b\x0c\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u2000\u2001\u2002\u2003\u2009\u202f"
)
