"""A reading as text for people, in Chinese and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from imports import reasons
from imports.readings import AnyReading
from imports.report import Fault, Question
from imports.stock_sheet.rows import Reading

_MAX_PRINTED = 20
"""Faults, and as many warnings; `check --json` prints all."""


def as_text(reading: AnyReading) -> Iterator[str]:
    """The lines of the report, each with its line feed."""
    lines = _refusal(reading) if reading.outcome == "refuse" else _report(reading)
    return (f"{line}\n" for line in lines)


def _refusal(reading: AnyReading) -> Iterator[str]:
    reason = reading.reason or "corrupt"
    yield f"拒绝 refused: {reason}"
    yield f"  {reasons.file_message(reason, 'zh', reading.details)} {reasons.hint(reason, 'zh')}"
    yield f"  {reasons.file_message(reason, 'en', reading.details)} {reasons.hint(reason, 'en')}"


def _report(reading: AnyReading) -> Iterator[str]:
    for sheet, lines in reading.lines.items():
        yield f"{sheet if sheet is not None else '—'}: {lines} 行 lines"
    rows: Sequence[Any] = getattr(reading, "rows", ())
    yield f"读入 read: {len(rows)}"
    if isinstance(reading, Reading):
        yield f"件数 units: {sum(reading.rows.columns['quantity'])}"
        if reading.size_charts:
            yield f"尺码表 size charts: {len(reading.size_charts)}"
    yield from _faults("错误 faults", reading.faults)
    yield from _faults("提醒 warnings", reading.warnings)
    unused = [fault.header or fault.col or "" for fault in reading.warnings if fault.code == "unused_column"]
    if unused:
        yield f"未使用的列 unused columns: {', '.join(dict.fromkeys(unused))}"
    ignored = Counter(entry.why for entry in reading.ignored)
    yield "略过 ignored: " + ", ".join(f"{why} {count}" for why, count in ignored.most_common())
    for question in reading.questions:
        yield from _question(question)


def _faults(title: str, faults: list[Fault]) -> Iterator[str]:
    yield f"{title}: {len(faults)}"
    for fault in faults[:_MAX_PRINTED]:
        yield f"  {fault.sheet or ''}!{fault.col or ''}{fault.row} [{fault.code}] {fault.message} {fault.hint}"
    if len(faults) > _MAX_PRINTED:
        yield f"  … {len(faults) - _MAX_PRINTED} more"


def _question(question: Question) -> Iterator[str]:
    yield f"？ {question.message_zh} {question.message_en}"
    if question.headings:
        yield f"    表头 headings: {' | '.join(question.headings)}"
    for candidate in question.candidates:
        yield f"    {candidate.col} “{candidate.header}”: {', '.join(candidate.samples)}"
