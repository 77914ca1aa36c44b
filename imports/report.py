"""The parts of a reading: faults, ignored lines, questions, progress. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from imports import reasons

Outcome = Literal["accept", "refuse", "ask_mapping"]
IgnoredWhy = Literal[
    "blank", "card", "category_line", "contact", "duplicate", "example_row", "footer", "header", "hidden_sheet", "instruction", "no_stock",
    "no_table", "not_open", "not_shipped", "note", "repeated_header", "size_chart", "subtotal", "summary", "summary_sheet", "summed",
    "title", "total", "unanswered",
]  # fmt: skip
"""What a line is that is no item (docs/rules/imports.md, Known non-rows)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell (or line) that is wrong, or, among warnings, that was read and should be checked.

    `row` is 1-based as the spreadsheet program shows it, `col` the column's letters (None: the whole line),
    `header` the column's heading as written, `value` the cell as written. `details` fill the sentence.
    """

    sheet: str | None
    row: int
    col: str | None
    header: str | None
    code: str
    value: str | None
    details: tuple[str, ...] = ()

    @property
    def message_zh(self) -> str:
        return reasons.message(self.code, "zh", self.value, self.details)

    @property
    def message_en(self) -> str:
        return reasons.message(self.code, "en", self.value, self.details)

    @property
    def message(self) -> str:
        return f"{self.message_zh} {self.message_en}"

    @property
    def hint_zh(self) -> str:
        return reasons.hint(self.code, "zh")

    @property
    def hint_en(self) -> str:
        return reasons.hint(self.code, "en")

    @property
    def hint(self) -> str:
        return f"{self.hint_zh} {self.hint_en}"


Tone = Literal["wrong", "partly", "done"]
"""How a place of an annotated copy is filled: red, amber, green."""


@dataclass(frozen=True, slots=True)
class FaultWithText(Fault):
    """What the caller found in the rows: it has its own sentences (`words`: message and hint in Chinese and English).

    `tone` is another than wrong where it says what was done with a line.
    """

    words: tuple[str, str, str, str] = ("", "", "", "")
    tone: Tone = "wrong"

    @property
    def message_zh(self) -> str:
        return self.words[0]

    @property
    def message_en(self) -> str:
        return self.words[1]

    @property
    def hint_zh(self) -> str:
        return self.words[2]

    @property
    def hint_en(self) -> str:
        return self.words[3]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Lines that are neither items nor faults. `to_row` is inclusive and equals `row` for a single line."""

    sheet: str | None
    row: int
    why: IgnoredWhy
    to_row: int

    def rows(self) -> range:
        return range(self.row, self.to_row + 1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may be the answer to a question."""

    col: str
    header: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Which column is `field`? Answer by `{fingerprint: {col: field}}`; the field `ignore` drops a column.

    `headings` are those of the whole table, as written, so that the question can be answered without the file at hand.
    """

    sheet: str | None
    row: int
    code: str
    field: str
    fingerprint: str
    candidates: tuple[Candidate, ...]
    headings: tuple[str, ...] = ()

    @property
    def message_zh(self) -> str:
        return reasons.question(self.code, self.field, "zh")

    @property
    def message_en(self) -> str:
        return reasons.question(self.code, self.field, "en")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is: `stage` is opening, reading or checking; `done` of `lines` are finished."""

    stage: str
    lines: int
    done: int
    faults: int
    seconds_left: float | None = None


class FileRefused(Exception):
    """The whole file cannot be read; `code` is a file reason of `reasons.FILES`."""

    def __init__(self, code: str, *details: str) -> None:
        super().__init__(code, *details)
        self.code = code
        self.details = tuple(details)
