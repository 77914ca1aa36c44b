"""Collects the faults, warnings, ignored lines and questions of a workbook while it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from imports.cells.text import Problem, display_text
from imports.layout.table import Table
from imports.limits import Limits
from imports.report import Fault, FileRefused, Ignored, IgnoredWhy, Question
from imports.workbook.model import Sheet, Value, column_letters

_MAX_VALUE_LENGTH = 200
_MAX_QUESTIONS = 50


@dataclass(slots=True)
class ReportBuilder:
    """What a reading tells besides its rows. `lines` is the last line of each sheet.

    `asked` are the tables (by `Table.family`) and fields that are asked about.

    `on_progress` gets the lines read and the faults so far.
    """

    limits: Limits
    on_progress: Callable[[int, int], None]
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lines: dict[str | None, int] = field(default_factory=dict)
    done: int = 0
    reported_unused: set[tuple[str | None, str, str]] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def report(
        self, sheet: Sheet, row: int, place: int | None, heading: str | None, problem: Problem, value: Value
    ) -> None:
        """Report the problem of a cell, or of a line where `place` is None: a fatal one is a fault, any other a warning."""
        if place is not None and sheet.real_width is not None and place >= sheet.real_width:
            place = None  # a column that was added to the sheet while it was laid out
        column = None if place is None else column_letters(place)
        text = None if value is None else display_text(value)[:_MAX_VALUE_LENGTH]
        reported = self.faults if problem.fatal else self.warnings
        if len(reported) < self.limits.faults:
            reported.append(Fault(sheet.name, row, column, heading, problem.code, text, problem.details))
        elif problem.fatal:
            raise FileRefused("too_many_rows", str(self.limits.faults))

    def report_unused(self, table: Table, place: int, zh: str, en: str) -> None:
        """Report a column that is not used, once for all blocks of one table on a sheet (IMPORT-19)."""
        sheet, heading = table.sheet, table.heading(place)
        key = sheet.name, table.family, heading or str(place - table.header.left)
        if key not in self.reported_unused:
            self.reported_unused.add(key)
            unused = Problem("unused_column", zh, en, fatal=False)
            self.report(sheet, sheet.numbers[max(0, table.header.last)], place, heading, unused, heading)

    def ignore(self, sheet: Sheet, row: int, why: IgnoredWhy, to_row: int | None = None) -> None:
        """Record that a line, or the lines `row` to `to_row`, are no items."""
        self.ignored.append(Ignored(sheet.name, row, why, row if to_row is None else to_row))

    def ask(self, table: Table) -> None:
        """Ask for each field once for all blocks of one table, and for at most _MAX_QUESTIONS together."""
        for question in table.questions:
            key = table.family, question.field
            if key not in self.asked and len(self.questions) < _MAX_QUESTIONS:
                self.asked.add(key)
                self.questions.append(question)
