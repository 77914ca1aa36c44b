"""Whether a reading is accepted, refused or asks a question."""

from __future__ import annotations

from imports import fields, vocabulary
from imports.cells.garbled import is_garbled
from imports.layout.table import Table
from imports.stock_sheet.rows import Reading
from imports.workbook.model import Workbook

_MIN_DAMAGED_CELLS = 3


def set_outcome(reading: Reading, workbook: Workbook, tables: list[Table]) -> None:
    """Set outcome, reason and details by everything else in the reading."""
    refusal = _refusal(reading, workbook, tables)
    if refusal is not None:
        reading.outcome, reading.reason, reading.questions = "refuse", refusal, []
    elif reading.questions:
        first = reading.questions[0]
        reading.outcome, reading.reason = "ask_mapping", first.code
        if first.code == "missing_column":
            missing = [question.field for question in reading.questions if question.code == first.code]
            reading.details = fields.joined_names(missing)
        elif first.code == "duplicate_header":
            reading.details = fields.joined_names([first.field])


def _refusal(reading: Reading, workbook: Workbook, tables: list[Table]) -> str | None:
    """The reason why the whole file is refused, if it is."""
    if all(table.headless_fingerprint for table in tables) and is_garbled_workbook(workbook):
        return "encoding_damage"
    if reading.questions or _holds_size_charts_only(reading):
        return None
    if not tables:
        is_visible = any(sheet.rows for sheet in workbook.sheets if sheet.visibility == "visible")
        return "no_header" if is_visible else "empty"
    if reading.rows:
        return None
    codes = {fault.code for fault in reading.faults}
    if not codes:
        return "empty"
    if codes == {"formula_no_value"}:
        return "formula_no_value"
    is_damaged = codes == {"encoding_damage"} and len(reading.faults) >= _MIN_DAMAGED_CELLS
    return "encoding_damage" if is_damaged else None


def _holds_size_charts_only(reading: Reading) -> bool:
    """Whether there are size charts, and no other sheet on which stock was expected."""
    of_charts = {entry.sheet for entry in reading.ignored if entry.why == "size_chart"}
    unread = {entry.sheet for entry in reading.ignored if entry.why == "no_table"}
    if not of_charts or any(fault.sheet not in of_charts for fault in reading.faults):
        return False
    return all(vocabulary.SUMMARY_SHEET.search(name or "") for name in unread)


def is_garbled_workbook(workbook: Workbook) -> bool:
    """Whether the first lines are text that went through a wrong encoding, so that no heading can be known."""
    texts = [value for sheet in workbook.sheets for row in sheet.rows[:5] for value in row if isinstance(value, str)]
    foreign = [text for text in texts if not text.isascii()]
    lost = sum(bool(text) and not text.strip("?？") for text in texts)
    return lost >= 3 or (len(foreign) >= 3 and sum(map(is_garbled, foreign)) * 2 > len(foreign))
