"""Everything that a record sheet gives besides its rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from imports.reading_message import ReadingMessage
from imports.report import Fault, Ignored, Outcome, Question


@dataclass(slots=True)
class RecordReading(ReadingMessage):
    """The parts of a reading besides its rows; they mean the same as in `stock_sheet.rows.Reading`.

    `taken` is how many rows are used where the caller refused some.
    """

    outcome: Outcome = "accept"
    reason: str | None = None
    details: tuple[str, ...] = ()
    kind: str | None = None
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lines: dict[str | None, int] = field(default_factory=dict)
    notes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    taken: int | None = None
