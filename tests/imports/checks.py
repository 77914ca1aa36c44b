"""What holds for every reading whatsoever."""

from __future__ import annotations

from imports.reasons.files import FILES
from imports.stock_sheet.rows import Reading


def every_line_is_accounted_for(reading: Reading) -> None:
    """Each line is in rows, faults or ignored, and in only one of them; in a matrix each cell, side by side each table's part."""
    rows = {(row.sheet, row.row) for row in reading.rows}
    row_cells = {(row.sheet, row.row, row.col.rstrip("0123456789") if row.col else None) for row in reading.rows}
    own: dict[
        tuple[str | None, int], set[str]
    ] = {}  # the columns of flat rows: with tables side by side, the other may have a fault
    for origin in reading.origins:
        letters = {column for column, _ in origin.columns.values()}
        for row in reading.rows[origin.start : origin.stop]:
            if row.col is None:
                own.setdefault((row.sheet, row.row), set()).update(letters)
    faulty = {(fault.sheet, fault.row) for fault in reading.faults}
    faulty_cells = {(fault.sheet, fault.row, fault.col) for fault in reading.faults}
    ignored: set[tuple[str | None, int]] = set()
    for entry in reading.ignored:
        for number in entry.rows():
            assert (entry.sheet, number) not in ignored, f"line {number} is ignored twice"
            ignored.add((entry.sheet, number))
    assert not ignored & rows
    assert not ignored & faulty
    assert not row_cells & faulty_cells
    for fault in reading.faults:
        assert fault.col is None or fault.col not in own.get((fault.sheet, fault.row), ())
        assert fault.col is not None or (fault.sheet, fault.row) not in own
    if reading.outcome == "refuse":
        return
    lines = {(sheet, number) for sheet, last in reading.lines.items() for number in range(1, last + 1)}
    assert rows | faulty | ignored == lines


def is_sane(reading: Reading) -> None:
    """An outcome with words for all that it says, a refusal with a reason that is known, and every line in one place."""
    assert reading.outcome in ("accept", "refuse", "ask_mapping")
    if reading.outcome == "refuse":
        assert reading.reason in FILES
    assert reading.message_zh
    assert reading.message_en
    for fault in reading.faults + reading.warnings:
        assert fault.message_zh
        assert fault.message_en
    every_line_is_accounted_for(reading)
