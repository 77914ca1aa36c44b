"""Which lines of a record table are records, and what the other lines are."""

from __future__ import annotations

import re
from typing import Final

from imports import vocabulary
from imports.cells.text import Problem, normalize
from imports.layout.lines import LABEL_WITHIN, is_single_text, texts_of, total_kind
from imports.record_sheet.lines import RecordLines
from imports.report import IgnoredWhy
from imports.workbook.model import Row, is_blank

EXAMPLE_CELL: Final = re.compile(
    r"[(【\[]?\s*(?:(?:示例|样例|范例|填写样例)(?:\s.*|行.*)?|(?:示例|样例|范例|填写样例|例|example|sample)\s*(?:[)】\]:,;].*)?)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""A cell that only says that its line is an example, as templates do: 示例, 例：张三, 示例行，可删除."""
_FIRST_LINES: Final = 4
_MAX_CELLS_OF_A_TOTAL: Final = 3
_HAS_DATA: Final = re.compile(r"\d{5,}")
_CLOSING: Final = re.compile(
    "制表|审核|复核|经办|签字|签名|盖章|负责人|打印|导出|日期|备注[:：]|说明[:：]|注[:：]|合计|共\\s*\\d+"
)


def classify_records(lines: RecordLines, names: tuple[str, ...]) -> None:
    """Set aside the lines that are no records. `names` are the fields of a record; a line without any of them is none."""
    table = lines.table
    used = sorted({place for name in names for place in table.sources.get(name, [table.columns.get(name, -1)])} - {-1})
    keys = [place for place in used if place not in (table.columns.get("remark"), table.columns.get("name"))]
    for at, row in enumerate(lines.rows):
        if at >= _FIRST_LINES and _begins_as_record(row, used):
            continue
        why = _kind(row, at, used, keys)
        if why is not None:
            lines.ignore(at, why)
            if why == "example_row":
                lines.report(at, None, Problem("example_row", fatal=False))
    if table.stop < len(table.sheet.rows):
        _ignore_title_of_next(lines)


def _ignore_title_of_next(lines: RecordLines) -> None:
    """Set aside the lines of one text right above the heading of the next table: they are its title."""
    for at in range(len(lines.rows) - 1, -1, -1):
        text = is_single_text(lines.rows[at]) if lines.is_record[at] else None
        if text is not None and not text.isascii():
            lines.ignore(at, "title")
        elif lines.is_record[at]:
            break


def _begins_as_record(row: Row, used: list[int]) -> bool:
    """Whether the first used cell is a number or a code, as nearly all are, and another is filled: no total and no note begins so."""
    first = row[used[0]]
    is_code = first.__class__ is float or (
        isinstance(first, str) and first.isascii() and first.isalnum() and not first.isalpha()
    )
    return is_code and any(row[column] is not None for column in used[1:])


def _kind(row: Row, at: int, used: list[int], keys: list[int]) -> IgnoredWhy | None:
    filled = sum(not is_blank(row[column]) for column in used)
    if not filled:
        return "blank" if all(is_blank(value) for value in row) else "note"
    if filled <= _MAX_CELLS_OF_A_TOTAL and total_kind(row) is not None:
        return "total"
    if at < _FIRST_LINES:
        if _is_instruction(row):
            return "instruction"
        if any(isinstance(value := row[key], str) and EXAMPLE_CELL.match(normalize(value)) for key in keys):
            return "example_row"
    single = is_single_text(row)
    if single is not None and _CLOSING.search(single[:LABEL_WITHIN]):
        return "footer"
    return None


def _is_instruction(row: Row) -> bool:
    """必填, 选填, 文本格式 under the headings: texts without data, a third of which tell how to fill in."""
    filled = [value for value in row if not is_blank(value)]
    texts = [normalize(text) for text in texts_of(row)]
    if len(texts) != len(filled) or any(_HAS_DATA.search(text) for text in texts):
        return False
    return sum(bool(vocabulary.INSTRUCTION_LABEL.search(text)) for text in texts) * 3 >= len(texts) > 0
