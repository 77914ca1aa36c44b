"""Everything that a record sheet gives besides its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from imports import reasons
from imports.reasons.reason import Language
from imports.report import Fault, Ignored, Outcome, Question


@dataclass(slots=True)
class RecordReading:
    """The parts of a reading besides its rows; they mean the same as in `stock_sheet.rows.Reading`.

    `taken` is how many rows are used where the caller refused some. `NOUNS` name a row in Chinese and English.
    """

    NOUNS: ClassVar[tuple[str, str]] = ("行", "lines")

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

    @property
    def message_zh(self) -> str:
        return self._message("zh")

    @property
    def message_en(self) -> str:
        return self._message("en")

    @property
    def message(self) -> str:
        return f"{self.message_zh} {self.message_en}"

    def _message(self, language: Language) -> str:
        if self.reason is not None:
            return f"{reasons.file_message(self.reason, language, self.details)} {reasons.hint(self.reason, language)}"
        rows: Sequence[Any] = getattr(self, "rows", ())
        count, faults = len(rows) if self.taken is None else self.taken, len(self.faults)
        zh, en = self.NOUNS
        if language == "zh":
            return f"读入 {count} {zh}，{faults} 处需要修改。"
        return f"{count} {en} read, {faults} places to mend."
