"""One table → its columns parsed and its lines sorted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from imports import cells
from imports import vocabulary as words
from imports.cells import MISSING, Problem
from imports.layout.tables import PIECES, Table
from imports.stock_sheet.batch import Batch, count_of
from imports.stock_sheet.memo import Memo
from imports.stock_sheet.sheetbook import Account
from imports.stock_sheet.sorting import sort_lines
from imports.workbook import formats
from imports.workbook.model import Value, is_blank

_PARSERS: dict[str, Callable[[Value], Any]] = {
    words.STYLE: cells.style,
    words.COLOUR: cells.colour,
    words.SIZE: cells.size,
    words.TAG: cells.price,
    words.BASE: cells.price,
    words.DISCOUNT: cells.discount,
    words.QUANTITY: cells.units,
}


def read_table(table: Table, account: Account) -> Batch:
    """Parse the table's columns and sort its lines. Raises NewHeader for a heading among the goods."""
    sheet = table.sheet
    spell_out(table)
    batch = Batch(table, sheet.rows[table.start : table.stop], sheet.numbers[table.start : table.stop])
    for name, parse in _PARSERS.items():
        column = batch.column(name)
        if column is not None:
            batch.parsed[name] = Memo(parse).of_column(batch.rows, column)
    column = batch.column(words.BARCODE)
    if column is not None:
        batch.parsed[words.BARCODE] = _barcodes([row[column] for row in batch.rows])
    _split_combined(batch)
    _apply_formats(batch)
    _refuse_shares_as_tags(batch)
    if table.warehouses:
        _sum_warehouses(batch)
    sort_lines(batch, account)
    return batch


def _barcodes(values: list[Value]) -> list[Any]:
    """Each is another: what can be known of all at once need not be remembered of each."""
    memo = Memo(cells.barcode)
    return [
        value if is_right else memo[value] for value, is_right in zip(values, cells.right_ean13(values), strict=True)
    ]


def spell_out(table: Table) -> None:
    """Write into each line what its merged cells and its number formats say of it."""
    _fill_merges(table)
    _write_as_shown(table)


def _fill_merges(table: Table) -> None:
    """A cell merged down over several lines says the same for each; a quantity or barcode does not."""
    sheet = table.sheet
    if not sheet.merges:
        return
    never = {table.columns.get(words.QUANTITY), table.columns.get(words.BARCODE), *table.warehouses}
    never |= {column for row in table.header.sizes for column in row.labels}
    used = {*table.columns.values(), *table.locations, *table.remarks} - never
    if not table.rows_between():
        return
    first, last = sheet.numbers[table.start], sheet.numbers[table.stop - 1]
    for top, left, bottom, _ in sheet.merges:
        if top >= bottom or left not in used or bottom < first or top > last:
            continue
        value = sheet.value(top, left)
        if is_blank(value):
            continue
        at = sheet.index_of(top)
        assert at is not None
        for index in range(max(at + 1, table.start), table.stop):
            if sheet.numbers[index] > bottom:
                break
            if sheet.rows[index][left] is None:
                sheet.rows[index][left] = value


def _write_as_shown(table: Table) -> None:
    """Style numbers, sizes and codes of which the number format says a part: 7 that is shown as BX00007."""
    sheet = table.sheet
    names = (words.STYLE, words.COLOUR, words.SIZE, words.BARCODE)
    columns = [table.columns[name] for name in names if name in table.columns]
    for at in range(table.start, table.stop) if sheet.formats else ():
        for column in columns:
            value, said = sheet.rows[at][column], sheet.formats.get((sheet.numbers[at], column), "")
            if isinstance(value, float) and said.startswith("around:"):
                sheet.rows[at][column] = formats.with_its_text(value, said) or value


def _split_combined(batch: Batch) -> None:
    """颜色及规格 such as 黑色;L holds the colour and, last, the size."""
    column = batch.column(words.COLOUR_AND_SIZE)
    if column is None or words.SIZE in batch.parsed:
        return
    sizes: list[Any] = []
    colours: list[Any] = []
    for row in batch.rows:
        value = row[column]
        pieces = [piece for piece in PIECES.split(cells.tidy(value)) if piece] if isinstance(value, str) else []
        if len(pieces) >= 2:
            sizes.append(cells.size(pieces[-1].rpartition(":")[2]))
            colours.append(cells.colour("/".join(piece.rpartition(":")[2] for piece in pieces[:-1])))
        else:
            sizes.append(MISSING if is_blank(value) else Problem("bad_size"))
            colours.append(None)
    batch.parsed[words.SIZE] = sizes
    if words.COLOUR not in batch.parsed:
        batch.parsed[words.COLOUR] = colours


def _apply_formats(batch: Batch) -> None:
    """Numbers whose display says more than the number: per cent, foreign money, two decimals."""
    table = batch.table
    sheet = table.sheet
    for name in (words.TAG, words.BASE, words.DISCOUNT):
        column = batch.column(name)
        if column is None:
            continue
        if name != words.DISCOUNT and words.currency_of(table.heading(column) or "") is not None:
            batch.parsed[name] = [
                value if isinstance(value, Problem) else Problem("foreign_currency") for value in batch.parsed[name]
            ]
        if not sheet.formats:
            continue
        for at, number in enumerate(batch.numbers):
            said = sheet.formats.get((number, column))
            if said is None:
                continue
            value = batch.rows[at][column]
            if not isinstance(value, float):
                continue
            parsed = batch.parsed[name][at]
            if said == "percent":
                rate = cells.discount(value, percent=True)
                if name == words.DISCOUNT:
                    batch.parsed[name][at] = rate
                else:
                    batch.parsed[name][at] = (
                        Problem("discount", value=rate) if isinstance(rate, Decimal) else Problem("bad_number")
                    )
            elif said.startswith("currency:") and name != words.DISCOUNT:
                batch.parsed[name][at] = Problem("foreign_currency")
            elif said == "decimals:2" and isinstance(parsed, Problem) and parsed.code == "too_many_decimals":
                text = cells.price_text(parsed.value)
                batch.parsed[name][at] = Problem("rounded_price", text, value=parsed.value, fatal=False)


def _refuse_shares_as_tags(batch: Batch) -> None:
    """A tag price of 2.5折 is a share of nothing."""
    tags = batch.parsed.get(words.TAG, [])
    for at, tag in enumerate(tags) if cells.has_problem(tags) else ():
        if tag.__class__ is Problem and tag.code == "discount":
            tags[at] = Problem("bad_number")


def _sum_warehouses(batch: Batch) -> None:
    table = batch.table
    memo = Memo(cells.units)
    total_column = batch.column(words.TOTAL)
    sums: list[Any] = []
    for row in batch.rows:
        parts = [memo[row[column]] for column in table.warehouses]
        bad = [
            (column, p)
            for column, p in zip(table.warehouses, parts, strict=True)
            if isinstance(p, Problem) and p.fatal and p.code != "missing_required"
        ]
        if bad:
            batch.wrong_parts[len(sums)] = bad
            sums.append(bad[0][1])
        elif all(isinstance(part, Problem) and part.fatal for part in parts):
            sums.append(MISSING if total_column is None else memo[row[total_column]])
        else:
            found = sum(map(count_of, parts))
            sums.append(cells.units(float(found)))
    batch.parsed[words.QUANTITY] = sums
