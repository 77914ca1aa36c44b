"""A reading as the JSON of `check --json`. Its keys are relied on and do not change."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from imports import reasons
from imports.readings import AnyReading
from imports.reasons.reason import Language
from imports.report import Fault, Question
from imports.stock_sheet.rows import Reading, rows_json
from imports.tracking_sheet import SkuText, TrackingLine

_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_ENTRIES_IN_A_PIECE = 1000
_MAX_LISTED_LINES = 1000
"""A range of ignored lines is printed line by line up to so many, a longer one as one entry with `to_row`."""


def as_json(reading: AnyReading) -> Iterator[str]:
    """The reading as one JSON object, in pieces: a large one is never held as text."""
    head = {"outcome": reading.outcome, "reason": reading.reason}
    if reading.reason is not None:
        zh, en = (reasons.file_message(reading.reason, language, reading.details) for language in _LANGUAGES)
        head["message"] = f"{zh} {en}"
        head["hint"] = f"{reasons.hint(reading.reason, 'zh')} {reasons.hint(reading.reason, 'en')}"
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    yield from _join(_row_dicts(reading))
    yield '], "faults": ['
    yield from _join(_fault_json(fault) for fault in reading.faults)
    yield '], "warnings": ['
    yield from _join(_fault_json(fault) for fault in reading.warnings)
    yield '], "ignored": ['
    yield from _join(
        entry
        for ignored in reading.ignored
        for entry in _ignored_json(ignored.sheet, ignored.row, ignored.to_row, ignored.why)
    )
    yield '], "questions": ['
    yield from _join(_question_json(question) for question in reading.questions)
    yield "]"
    if isinstance(reading, Reading) and reading.size_charts:
        yield ', "size_charts": ['
        yield from _join(dataclasses.asdict(chart) for chart in reading.size_charts)
        yield "]"
    yield "}\n"


def _fault_json(fault: Fault) -> dict[str, Any]:
    """A fault or warning as JSON."""
    return {
        "sheet": fault.sheet,
        "row": fault.row,
        "col": fault.col,
        "header": fault.header,
        "code": fault.code,
        "value": fault.value,
        "message": fault.message,
        "hint": fault.hint,
    }


def _question_json(question: Question) -> dict[str, Any]:
    """A question as JSON, with the columns that may be the answer."""
    return {
        "sheet": question.sheet,
        "row": question.row,
        "code": question.code,
        "field": question.field,
        "fingerprint": question.fingerprint,
        "message": f"{question.message_zh} {question.message_en}",
        "headings": list(question.headings),
        "columns": [
            {"col": candidate.col, "header": candidate.header, "samples": list(candidate.samples)}
            for candidate in question.candidates
        ],
    }


def _ignored_json(sheet: str | None, row: int, to_row: int, why: str) -> Iterator[dict[str, Any]]:
    if to_row - row > _MAX_LISTED_LINES:
        yield {"sheet": sheet, "row": row, "to_row": to_row, "why": why}
        return
    for number in range(row, to_row + 1):
        yield {"sheet": sheet, "row": number, "why": why}


def _row_dicts(reading: AnyReading) -> Iterator[dict[str, Any]]:
    if isinstance(reading, Reading):
        yield from rows_json(reading.rows)
    else:
        yield from map(_record_json, getattr(reading, "rows", ()))


def _record_json(row: Any) -> dict[str, Any]:
    """A line of a tracking or order sheet. `carrier` is the carrier's full name, `carrier_written` what the sheet says."""
    if not isinstance(row, TrackingLine):
        return dataclasses.asdict(row)
    entry = dataclasses.asdict(row)
    names = [each.name for each in dataclasses.fields(SkuText)]
    entry["carrier_written"], entry["carrier"] = entry["carrier"], entry.pop("carrier_name")
    return entry | {"goods": {name: entry.pop(name) for name in names}}


def _join(entries: Iterator[dict[str, Any]]) -> Iterator[str]:
    """The entries of a JSON list without its brackets, so many in a piece."""
    separator = ""
    while piece := list(islice(entries, _ENTRIES_IN_A_PIECE)):
        yield separator + json.dumps(piece, ensure_ascii=False)[1:-1]
        separator = ", "
