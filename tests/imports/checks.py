"""What holds for every reading whatsoever."""

from __future__ import annotations

from imports.stock_sheet import Reading


def every_line_is_accounted_for(reading: Reading) -> None:
    """Each line is in rows, faults or ignored, and in only one of them; in a matrix, each cell."""
    rows = {(row.sheet, row.row) for row in reading.rows}
    row_cells = {(row.sheet, row.row, row.col.rstrip("0123456789") if row.col else None) for row in reading.rows}
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
    if not any(cell for *_, cell in row_cells):
        assert not rows & faulty
    if reading.outcome == "refuse":
        return
    lines = {(sheet, number) for sheet, last in reading.lines.items() for number in range(1, last + 1)}
    assert rows | faulty | ignored == lines
