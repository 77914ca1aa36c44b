"""Lines of a text file that are longer than their heading (IMPORT-20)."""

from __future__ import annotations

from imports.cells.text import Problem
from imports.stock_sheet.table_lines import TableLines
from imports.workbook.model import is_blank


def check_widths(lines: TableLines) -> None:
    """Reject a line with more cells than the heading: an unquoted delimiter, as in 599,00, has moved its values to the right."""
    sheet, header = lines.table.sheet, lines.table.header
    if not sheet.lengths:
        return
    width = max(sheet.lengths[at] for at in range(header.first, header.last + 1)) if header.last >= header.first else 0
    for at, row in enumerate(lines.rows):
        length = sheet.lengths[lines.table.start + at]
        if width and length > width and lines.is_item[at]:
            extra = [place for place in range(width, length) if not is_blank(row[place])]
            if extra:
                lines.is_rejected[at] = True
                lines.report(at, extra[0], Problem("extra_cells", str(width), str(length)))
