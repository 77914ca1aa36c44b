"""The account of one reading while it is being made: rows, faults, warnings, and where every line went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from imports.cells import Problem, shown
from imports.limits import Limits
from imports.report import Fault, Ignored, Question, Refused
from imports.stock_sheet.rows import COLUMNS, Rows
from imports.workbook.model import Sheet, Value, column_letters

_LONGEST_VALUE = 200


@dataclass(slots=True)
class Account:
    """Collects what the tables of a workbook give. `tick` is told the lines dealt with and faults so far."""

    limits: Limits
    tick: Callable[[int, int], None]
    rows: Rows = field(default_factory=Rows)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lines: dict[str | None, int] = field(default_factory=dict)
    done: int = 0

    def fault(
        self,
        sheet: Sheet,
        row: int,
        column: int | None,
        heading: str | None,
        code: str,
        value: Value,
        details: tuple[str, ...] = (),
        *,
        fatal: bool = True,
    ) -> None:
        """Report a cell; `fatal` faults cost the row, others are warnings."""
        if column is not None and sheet.real_width is not None and column >= sheet.real_width:
            column = None
        entry = Fault(
            sheet.name,
            row,
            None if column is None else column_letters(column),
            heading,
            code,
            None if value is None else shown(value)[:_LONGEST_VALUE],
            details,
        )
        target = self.faults if fatal else self.warnings
        if len(target) >= self.limits.faults:
            if fatal:
                raise Refused("too_many_rows", str(self.limits.faults))
            return
        target.append(entry)

    def problem(
        self, sheet: Sheet, row: int, column: int | None, heading: str | None, problem: Problem, value: Value
    ) -> None:
        self.fault(sheet, row, column, heading, problem.code, value, problem.details, fatal=problem.fatal)

    def add(self, columns: dict[str, list[Any]]) -> None:
        assert set(columns) == set(COLUMNS)
        self.rows.extend(columns)
