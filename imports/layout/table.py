"""One table of a sheet: its lines and the field of each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from imports import fields
from imports.cells.text import display_text
from imports.layout.header import Header
from imports.report import Question
from imports.workbook.model import Sheet

Answers = Mapping[str, Mapping[str, str]]
"""Answers to questions: {fingerprint of a layout: {column letters or heading: field}}."""
_SAMPLES = 5


@dataclass(slots=True)
class Table:
    """The items under one heading. `start` and `stop` bound its lines in `sheet.rows` (half open).

    `columns` says where each field is; `warehouses` are quantity columns to be summed, `parts` those whose sum has a
    column of its own; `wrong_sizes` are columns of units whose heading is no size any more, with the reason;
    `remarks` are columns that may name a defect; `locations` say in which warehouse, carton or batch a line's units lie;
    `unused` are columns set aside, with the reason in Chinese and English. `repeats` are the lines of the same heading printed again.
    """

    sheet: Sheet
    header: Header
    start: int
    stop: int
    columns: dict[str, int] = field(default_factory=dict)
    warehouses: list[int] = field(default_factory=list)
    locations: list[int] = field(default_factory=list)
    remarks: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    wrong_sizes: dict[int, str] = field(default_factory=dict)
    unused: list[tuple[int, str, str]] = field(default_factory=list)
    repeats: set[int] = field(default_factory=set)
    headless_fingerprint: str | None = None
    layout: str = ""
    questions: list[Question] = field(default_factory=list)

    @property
    def is_matrix(self) -> bool:
        return bool(self.header.sizes)

    def line_count(self) -> int:
        """Lines that the table spans, blank ones left out."""
        return max(0, self.stop - self.start)

    def heading(self, column: int | None) -> str | None:
        return None if column is None else self.header.texts.get(column)

    @property
    def fingerprint(self) -> str:
        """The key by which answers about this layout are remembered."""
        if not self.layout:
            self.layout = self.headless_fingerprint or self.header.fingerprint
        return self.layout

    @property
    def family(self) -> str:
        """The same for the blocks of one table that differ in their sizes only: they are asked about once."""
        return self.headless_fingerprint or self.header.family

    def missing(self) -> list[str]:
        """Required fields that no column has."""
        return [name for name in fields.REQUIRED if not self._has(name)]

    def _has(self, name: str) -> bool:
        if name in self.columns:
            return True
        if name in (fields.SIZE, fields.QUANTITY) and self.is_matrix:
            return True
        if name == fields.SIZE:
            return fields.COLOUR_AND_SIZE in self.columns
        if name == fields.QUANTITY:
            return bool(self.warehouses)
        return name == fields.BASE_PRICE and fields.DISCOUNT in self.columns

    def samples(self, column: int) -> tuple[str, ...]:
        samples: list[str] = []
        for row in self.sheet.rows[self.start : min(self.stop, self.start + 200)]:
            text = display_text(row[column]).strip() if column < len(row) else ""
            if text and text not in samples:
                samples.append(text[:60])
                if len(samples) == _SAMPLES:
                    break
        return tuple(samples)
