"""One table → its columns parsed and its lines sorted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from imports import fields, vocabulary
from imports.cells.barcodes import are_valid_ean13, parse_barcode
from imports.cells.numbers import parse_discount, parse_price, parse_units, price_text
from imports.cells.sizes import parse_size
from imports.cells.text import MISSING, Problem, has_problem, normalize, parse_colour, parse_style
from imports.layout.tables import PIECES, Table
from imports.stock_sheet.batch import Batch, count_of
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.classify import classify_lines
from imports.stock_sheet.parsed_once import ParsedOnce
from imports.workbook import formats
from imports.workbook.model import Value, is_blank

_PARSERS: dict[str, Callable[[Value], Any]] = {
    fields.STYLE_NO: parse_style,
    fields.COLOUR: parse_colour,
    fields.SIZE: parse_size,
    fields.TAG_PRICE: parse_price,
    fields.BASE_PRICE: parse_price,
    fields.DISCOUNT: parse_discount,
    fields.QUANTITY: parse_units,
}


def read_table(table: Table, builder: ReadingBuilder) -> Batch:
    """Parse the table's columns and sort its lines. Raises HeaderFound for a heading among the goods."""
    sheet = table.sheet
    complete_cells(table)
    batch = Batch(table, sheet.rows[table.start : table.stop], sheet.numbers[table.start : table.stop])
    for name, parse in _PARSERS.items():
        column = batch.column(name)
        if column is not None:
            batch.parsed[name] = ParsedOnce(parse).of_column(batch.rows, column)
    column = batch.column(fields.BARCODE)
    if column is not None:
        batch.parsed[fields.BARCODE] = _barcodes([row[column] for row in batch.rows])
    _split_combined(batch)
    _apply_formats(batch)
    _refuse_shares_as_tags(batch)
    if table.warehouses:
        _sum_warehouses(batch)
    classify_lines(batch, builder)
    return batch


def _barcodes(values: list[Value]) -> list[Any]:
    """Each is another: what can be known of all at once need not be remembered of each."""
    parsed_once = ParsedOnce(parse_barcode)
    return [
        value if is_right else parsed_once[value]
        for value, is_right in zip(values, are_valid_ean13(values), strict=True)
    ]


def complete_cells(table: Table) -> None:
    """Write into each line what its merged cells and its number formats say of it."""
    _fill_merges(table)
    _apply_text_formats(table)


def _fill_merges(table: Table) -> None:
    """A cell merged down over several lines says the same for each; a quantity or barcode does not."""
    sheet = table.sheet
    if not sheet.merges:
        return
    never = {table.columns.get(fields.QUANTITY), table.columns.get(fields.BARCODE), *table.warehouses}
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


def _apply_text_formats(table: Table) -> None:
    """Style numbers, sizes and codes of which the number format says a part: 7 that is shown as BX00007."""
    sheet = table.sheet
    names = (fields.STYLE_NO, fields.COLOUR, fields.SIZE, fields.BARCODE)
    columns = [table.columns[name] for name in names if name in table.columns]
    for at in range(table.start, table.stop) if sheet.formats else ():
        for column in columns:
            value, said = sheet.rows[at][column], sheet.formats.get((sheet.numbers[at], column), "")
            if isinstance(value, float) and said.startswith("around:"):
                sheet.rows[at][column] = formats.with_its_text(value, said) or value


def _split_combined(batch: Batch) -> None:
    """颜色及规格 such as 黑色;L holds the colour and, last, the size."""
    column = batch.column(fields.COLOUR_AND_SIZE)
    if column is None or fields.SIZE in batch.parsed:
        return
    sizes: list[Any] = []
    colours: list[Any] = []
    for row in batch.rows:
        value = row[column]
        pieces = [piece for piece in PIECES.split(normalize(value)) if piece] if isinstance(value, str) else []
        if len(pieces) >= 2:
            sizes.append(parse_size(pieces[-1].rpartition(":")[2]))
            colours.append(parse_colour("/".join(piece.rpartition(":")[2] for piece in pieces[:-1])))
        else:
            sizes.append(MISSING if is_blank(value) else Problem("bad_size"))
            colours.append(None)
    batch.parsed[fields.SIZE] = sizes
    if fields.COLOUR not in batch.parsed:
        batch.parsed[fields.COLOUR] = colours


def _apply_formats(batch: Batch) -> None:
    """Numbers whose display says more than the number: per cent, foreign money, two decimals."""
    table = batch.table
    sheet = table.sheet
    for name in (fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT):
        column = batch.column(name)
        if column is None:
            continue
        if name != fields.DISCOUNT and vocabulary.currency_of(table.heading(column) or "") is not None:
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
                rate = parse_discount(value, percent=True)
                if name == fields.DISCOUNT:
                    batch.parsed[name][at] = rate
                else:
                    batch.parsed[name][at] = (
                        Problem("discount", value=rate) if isinstance(rate, Decimal) else Problem("bad_number")
                    )
            elif said.startswith("currency:") and name != fields.DISCOUNT:
                batch.parsed[name][at] = Problem("foreign_currency")
            elif said == "decimals:2" and isinstance(parsed, Problem) and parsed.code == "too_many_decimals":
                text = price_text(parsed.value)
                batch.parsed[name][at] = Problem("rounded_price", text, value=parsed.value, fatal=False)


def _refuse_shares_as_tags(batch: Batch) -> None:
    """A tag price of 2.5折 is a share of nothing."""
    tags = batch.parsed.get(fields.TAG_PRICE, [])
    for at, tag in enumerate(tags) if has_problem(tags) else ():
        if tag.__class__ is Problem and tag.code == "discount":
            tags[at] = Problem("bad_number")


def _sum_warehouses(batch: Batch) -> None:
    table = batch.table
    parsed_once = ParsedOnce(parse_units)
    total_column = batch.column(fields.TOTAL)
    sums: list[Any] = []
    for row in batch.rows:
        parts = [parsed_once[row[column]] for column in table.warehouses]
        bad = [
            (column, p)
            for column, p in zip(table.warehouses, parts, strict=True)
            if isinstance(p, Problem) and p.fatal and p.code != "missing_required"
        ]
        if bad:
            batch.wrong_parts[len(sums)] = bad
            sums.append(bad[0][1])
        elif all(isinstance(part, Problem) and part.fatal for part in parts):
            sums.append(MISSING if total_column is None else parsed_once[row[total_column]])
        else:
            found = sum(map(count_of, parts))
            sums.append(parse_units(float(found)))
    batch.parsed[fields.QUANTITY] = sums
