"""Columns with values that are not used, each with the reason (IMPORT-19)."""

from __future__ import annotations

from collections.abc import Mapping

from imports import fields
from imports.layout.table import Table
from imports.vocabulary import Meaning
from imports.workbook.model import column_index, is_blank

_MAX_COLUMNS_BESIDE = 50
_MIN_ITEM_CELLS = 3
_WHY_UNUSED = {
    fields.UNUSED: ("平台用不到", "the service has no use for it"),
    fields.AMOUNT: ("金额由数量和价格得出", "amounts follow from quantities and prices"),
    fields.TOTAL: ("合计不读取", "totals are not read"),
    fields.WAREHOUSE: ("不是数量", "it holds no quantities"),
    fields.UNCLEAR_PRICE: ("含义不明的价格", "a price of unclear meaning"),
    fields.COLOUR_CODE: ("已用颜色列", "the colour was used"),
    fields.SIZE: ("尺码取自横排的表头", "the sizes are those of the heading"),
    fields.SIZE_GROUP: ("每行已有尺码", "each line has its size"),
    "brand": ("品牌以上传的账号为准", "the brand is that of whoever uploads"),
}
_UNUSED_FIELDS = ("brand", fields.COLOUR_CODE)


def list_unused_columns(table: Table, meanings: Mapping[int, Meaning]) -> None:
    """List every column with values that is not read; pictures and remarks are checked cell by cell later."""
    header = table.header
    used = {column for name, column in table.columns.items() if name not in _UNUSED_FIELDS}
    used |= {*table.warehouses, *table.parts, *table.locations, *table.remarks, *table.wrong_sizes}
    used.update(column for row in header.sizes for column in row.labels)
    if header.sizes and header.group_column is not None:
        used.add(header.group_column)
    elif not header.sizes and fields.SIZE_GROUP in table.columns:
        used.discard(table.columns[fields.SIZE_GROUP])
    if header.sizes and fields.SIZE in table.columns and fields.SIZE_GROUP in table.columns:
        used.discard(table.columns[fields.SIZE])
    used.update(column_index(candidate.col) for question in table.questions for candidate in question.candidates)
    listed = {column for column, _, _ in table.unused}
    for column in sorted(set(header.texts) - used - listed):
        meaning = meanings.get(column)
        if (meaning is None or meaning.field != fields.SIZE_PARENT) and table.samples(column):
            why = ("不认识这个列名", "the heading is not known")
            table.unused.append((column, *(why if meaning is None else _WHY_UNUSED.get(meaning.field, why))))


def list_unnamed_columns(table: Table, edge: int) -> None:
    """List the columns up to the `edge` that have values in lines of items, but no heading."""
    header = table.header
    sizes = [column for row in header.sizes for column in row.labels]
    between = range(min(sizes), max(sizes)) if sizes else range(0)  # there it is a fault of its line
    nameless = [
        column for column in range(header.left, min(edge, header.right + _MAX_COLUMNS_BESIDE))
        if column not in header.texts and column not in header.meanings and column not in sizes and column not in between
    ]  # fmt: skip
    if not nameless:
        return
    goods = [column for column in table.columns.values() if column < table.sheet.width]
    for column in nameless:
        filled = (row for row in table.sheet.rows[table.start : table.stop] if not is_blank(row[column]))
        if any(sum(not is_blank(row[at]) for at in goods) >= _MIN_ITEM_CELLS for row in filled):
            table.unused.append((column, "没有列名", "it has no heading"))
