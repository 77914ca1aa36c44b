"""Lines of a statement as the comparison sees them, from the lines that lists are made of."""

from collections.abc import Sequence

from imports.reconciliation_sheet import FIGURES
from settlement.uploads.matching import ComparedLine, OtherLine
from tests.imports.reconciliation import Line


def compared(rows: Sequence[Line]) -> list[ComparedLine]:
    return [
        ComparedLine(
            row.line, row.order, row.style, row.colour, row.size, "", (f"SF{row.line}0001",),
            tuple(getattr(row, name) for name in FIGURES),
        )
        for row in rows
    ]  # fmt: skip


def elsewhere(row: Line, statement_id: int | None) -> OtherLine:
    """A line that the statement does not have."""
    return OtherLine(row.line, row.order, row.style, row.colour, row.size, "", (f"SF{row.line}0001",), statement_id)
