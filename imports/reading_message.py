"""The sentence about a workbook that was read: why it was refused, or how many rows it gave and how many places are to be mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from imports import reasons
from imports.reasons.reason import Language
from imports.report import Fault


class ReadingMessage:
    """Gives a reading its sentence. `NOUNS` name a row in Chinese and English."""

    __slots__ = ()

    NOUNS: ClassVar[tuple[str, str]] = ("行", "lines")

    reason: str | None
    details: tuple[str, ...]
    faults: list[Fault]
    taken: int | None

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
