"""Lines of a table that are no items, distinguished from items with faults."""

from __future__ import annotations

import re
from typing import Final, Literal

from imports import fields, vocabulary
from imports.cells.numbers import parse_units
from imports.cells.sizes import is_known_size, size_label
from imports.cells.text import Problem, display_text, normalize, parse_style
from imports.layout.headers import is_header_line
from imports.layout.lines import LABEL_WITHIN, category_of, ignore_why, is_single_text, texts_of, total_kind
from imports.layout.size_rows import are_sizes_alone
from imports.layout.table import Table
from imports.report import IgnoredWhy
from imports.workbook.model import Row, Value, is_blank

HEADER: Final = "header"
_UNIT_CELL = re.compile(
    r"^[(\[]?(元|￥|¥|人民币|rmb|cny|件|双|条|个|套|pcs|文本|数字|整数|字符|cm|码|年|/|-|—)[)\]]?$", re.IGNORECASE
)
_SIGNATURE = re.compile("制表|审核|复核|经办|签字|签名|财务|仓管|主管|日期|盖章|负责人")
_EXAMPLE_NAME = re.compile("示例|样例|范例|填写样")


def kind_of_line(table: Table, row: Row, at: int, last_item: int) -> IgnoredWhy | None:
    """What a line is that is no item (`header` for a heading that begins another table); None if it is an item.

    `at` is the line's index in the sheet, `last_item` the index of the last line that surely is an item.
    """
    if any(isinstance(value, str) and len(value) > LABEL_WITHIN for value in row):
        row = [value[:LABEL_WITHIN] if isinstance(value, str) else value for value in row]
    left, right = table.header.left, table.header.right
    if at in table.repeats:
        return "repeated_header"
    if at in table.sheet.card_lines:
        return "card"
    cells = [value for value in row[left : right + 1] if not is_blank(value)]
    if not cells:
        return "blank"
    if is_header_line(row, left=left, right=right):
        return HEADER
    if table.is_matrix and _is_row_of_other_sizes(table, row, at):
        return HEADER
    size = _cell(table, row, fields.SIZE)
    total = total_kind(row, left, right)
    if total is not None and (is_blank(size) or table.is_matrix or len(cells) <= 4):
        return total
    if _is_example(table, row, at):
        return "example_row"
    if _is_instruction(table, row, at):
        return "instruction"
    single = is_single_text(row, left, right)
    if single is not None and not _is_style_number_alone(table, row, single):
        if at > last_item:
            return "footer"
        return "category_line" if category_of(single) else "note"
    return _kind_of_figures(table, row, "after" if at > last_item else "between")


def _is_row_of_other_sizes(table: Table, row: Row, at: int) -> bool:
    """A line of other sizes alone, over the columns of the sizes of a matrix: they hold for the lines below it."""
    if len(table.header.sizes) != 1:
        return False
    old = table.header.sizes[0].labels
    filled = {column: value for column, value in enumerate(row[: table.header.right + 1]) if not is_blank(value)}
    if not set(filled) <= set(old):
        return False
    labels = {column: label for column, value in filled.items() if (label := size_label(value)) is not None}
    if len(labels) != len(filled) or len(set(labels.values())) != len(labels) or labels == old:
        return False
    if not are_sizes_alone(row, labels):
        return False
    above = table.sheet.rows[table.start : at]
    sums = {
        column: sum(count for line in above if isinstance(count := parse_units(line[column]), int)) for column in labels
    }
    return any(sums[column] != row[column] for column in labels)


def _kind_of_figures(table: Table, row: Row, place: Literal["after", "between"]) -> IgnoredWhy | None:
    if _is_unlabelled_total(table, row):
        return "total"
    if _is_counted_category(table, row):
        return "category_line"
    return ignore_why(row, place) if _is_text_beside_the_goods(table, row) else None


def _cell(table: Table, row: Row, name: str) -> Value:
    column = table.columns.get(name)
    return None if column is None else row[column]


def _quantity_columns(table: Table) -> list[int]:
    columns = [column for sizes in table.header.sizes for column in sizes.labels]
    columns += table.warehouses
    if fields.QUANTITY in table.columns:
        columns.append(table.columns[fields.QUANTITY])
    return columns


def _is_example(table: Table, row: Row, at: int) -> bool:
    for name in (fields.STYLE_NO, "name", "remark", fields.BARCODE, fields.COLOUR):
        value = _cell(table, row, name)
        if isinstance(value, str) and (vocabulary.EXAMPLE_LABEL if name != "name" else _EXAMPLE_NAME).search(value):
            return True
    if at - table.start < 4:
        return any(
            vocabulary.EXAMPLE_LABEL.search(text) for text in texts_of(row, table.header.left, table.header.right)
        )
    return False


def _is_instruction(table: Table, row: Row, at: int) -> bool:
    texts = texts_of(row, table.header.left, table.header.right)
    filled = [value for value in row[table.header.left : table.header.right + 1] if not is_blank(value)]
    if at - table.start < 3 and len(filled) >= 2:
        if len(texts) == len(filled) and all(_UNIT_CELL.match(normalize(text)) for text in texts):
            return True
        if [normalize(display_text(value)) for value in filled] == [
            str(number) for number in range(1, len(filled) + 1)
        ]:
            return True
    instructions = sum(bool(vocabulary.INSTRUCTION_LABEL.search(normalize(text))) for text in texts)
    if at - table.start < 5 and instructions and instructions * 3 >= len(texts):
        return True
    value = _cell(table, row, fields.STYLE_NO)
    return isinstance(value, str) and bool(vocabulary.INSTRUCTION_LABEL.search(value)) and len(value) > 6


def _is_style_number_alone(table: Table, row: Row, text: str) -> bool:
    """A line with nothing but a style number is an incomplete item, not a caption."""
    return (
        _cell(table, row, fields.STYLE_NO) == text
        and any(c.isdigit() for c in text)
        and isinstance(parse_style(text), str)
        and (text.isascii() and " " not in text.strip())
    )


def _is_counted_category(table: Table, row: Row) -> bool:
    """A category's name where the style number should be, with the units of all its lines beside it."""
    value = _cell(table, row, fields.STYLE_NO)
    if not isinstance(value, str) or any(char.isdigit() for char in value) or len(normalize(value)) > 12:
        return False
    if is_blank(value) or isinstance(parse_units(_cell(table, row, fields.QUANTITY)), Problem):
        return False
    return all(
        is_blank(_cell(table, row, name))
        for name in (fields.SIZE, fields.COLOUR, fields.TAG_PRICE, fields.BASE_PRICE, fields.BARCODE)
    )


def _is_unlabelled_total(table: Table, row: Row) -> bool:
    """Nothing but numbers under quantities and amounts: the sum that a formula left at the foot."""
    allowed = set(_quantity_columns(table))
    allowed |= {
        c for c, m in table.header.meanings.items() if m.field in (fields.AMOUNT, fields.TOTAL, fields.WAREHOUSE)
    }
    filled = [c for c in range(table.header.left, min(table.header.right + 1, len(row))) if not is_blank(row[c])]
    return bool(filled) and all(column in allowed and isinstance(row[column], float) for column in filled)


def _is_text_beside_the_goods(table: Table, row: Row) -> bool:
    """Signatures, dates and remarks: a line without quantity, price, size and a style number in its column."""
    for column in _quantity_columns(table):
        if not is_blank(row[column]) and not isinstance(parse_units(row[column]), Problem):
            return False
    for name in (fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT):
        if isinstance(_cell(table, row, name), float):
            return False
    size = _cell(table, row, fields.SIZE)
    if isinstance(size, str) and is_known_size(normalize(size)):
        return False
    if isinstance(_cell(table, row, fields.BARCODE), float):
        return False
    value = _cell(table, row, fields.STYLE_NO)
    texts = texts_of(row, table.header.left, table.header.right)
    if is_blank(value) and sum(bool(_SIGNATURE.search(text)) for text in texts) >= 2:
        return True
    if is_blank(value):
        filled = sum(not is_blank(_cell(table, row, name)) for name in table.columns)
        return filled <= 2
    if not isinstance(value, str):
        return False
    text = normalize(value)
    reads = parse_style(value)
    return (
        isinstance(reads, Problem)
        or any(mark in text for mark in ":：；;。！")
        or (len(text) > 15 and any("\u4e00" <= char <= "\u9fff" for char in text))
    ) and sum(not is_blank(_cell(table, row, name)) for name in table.columns) <= 3
