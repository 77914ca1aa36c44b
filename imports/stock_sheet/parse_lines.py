"""The cells of one table parsed, column by column."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from imports import fields, vocabulary
from imports.cells.barcodes import are_valid_ean13, parse_barcode
from imports.cells.numbers import (
    THOUSANDS_OR_DECIMALS,
    parse_discount,
    parse_price,
    parse_units,
    price_text,
)
from imports.cells.sizes import is_known_size, parse_size
from imports.cells.text import MISSING, Problem, fold_case, normalize, parse_colour, parse_style
from imports.layout.assign import PIECES
from imports.layout.table import Table
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.column import Column, ParsedOnce
from imports.stock_sheet.size_spans import accept_spans
from imports.stock_sheet.table_lines import TableLines, count_of
from imports.workbook import formats
from imports.workbook.model import Value, is_blank

_PARSERS: Final[dict[str, Callable[[Value], Any]]] = {
    fields.STYLE_NO: parse_style,
    fields.COLOUR: parse_colour,
    fields.SIZE: parse_size,
    fields.TAG_PRICE: parse_price,
    fields.BASE_PRICE: parse_price,
    fields.DISCOUNT: parse_discount,
    fields.QUANTITY: parse_units,
}


def parse_lines(table: Table, builder: ReadingBuilder) -> TableLines:
    """The lines of a table with a column for each field that the sheet gives, in cells of its own or in others."""
    sheet = table.sheet
    complete_cells(table)
    rows = sheet.rows[table.start : table.stop]
    lines = TableLines(table, builder, rows, sheet.numbers[table.start : table.stop])
    for name, parse in _PARSERS.items():
        place = lines.place(name)
        if place is not None:
            lines.columns[name] = Column(ParsedOnce(parse).of_column(rows, place), place)
    place = lines.place(fields.BARCODE)
    if place is not None:
        lines.columns[fields.BARCODE] = Column(_barcodes([row[place] for row in rows]), place)
    _split_colour_and_size(lines)
    accept_spans(lines)
    _apply_formats(lines)
    _refuse_scientific_styles(lines)
    _refuse_discounts_as_tag_prices(lines)
    _refuse_ambiguous_numbers(lines)
    if table.warehouses:
        lines.columns[fields.QUANTITY] = _sum_of_warehouses(lines)
    return lines


def _barcodes(values: list[Value]) -> list[str | Problem | None]:
    """Each barcode occurs once, so valid ones are recognised all together and not remembered one by one."""
    parsed = ParsedOnce(parse_barcode)
    return [
        str(value) if is_valid else parsed[value]
        for value, is_valid in zip(values, are_valid_ean13(values), strict=True)
    ]


def complete_cells(table: Table) -> None:
    """Write into each line the values that its merged cells and its number formats give it."""
    _fill_merges(table)
    _apply_text_formats(table)


def _fill_merges(table: Table) -> None:
    """Copy a cell that is merged over several lines to each of them, except quantities and barcodes."""
    sheet = table.sheet
    if not sheet.merges:
        return
    never = {table.columns.get(fields.QUANTITY), table.columns.get(fields.BARCODE), *table.warehouses}
    never |= {column for row in table.header.sizes for column in row.labels}
    used = {*table.columns.values(), *table.locations, *table.remarks} - never
    if not table.line_count():
        return
    first, last = sheet.numbers[table.start], sheet.numbers[table.stop - 1]
    for top, left, bottom, _ in sheet.merges:
        if top >= bottom or left not in used or bottom < first or top > last:
            continue
        at, value = sheet.index_of(top), sheet.value(top, left)
        if at is None or is_blank(value):
            continue
        for index in range(max(at + 1, table.start), table.stop):
            if sheet.numbers[index] > bottom:
                break
            if sheet.rows[index][left] is None:
                sheet.rows[index][left] = value


def _apply_text_formats(table: Table) -> None:
    """Complete style numbers, sizes and codes of which the number format holds a part: 7 that is displayed as BX00007."""
    sheet = table.sheet
    names = (fields.STYLE_NO, fields.COLOUR, fields.SIZE, fields.BARCODE)
    columns = [table.columns[name] for name in names if name in table.columns]
    for at in range(table.start, table.stop) if sheet.formats else ():
        for column in columns:
            value, display = sheet.rows[at][column], sheet.formats.get((sheet.numbers[at], column), "")
            if isinstance(value, float) and display.startswith("around:"):
                sheet.rows[at][column] = formats.with_format_text(value, display) or value


def _split_colour_and_size(lines: TableLines) -> None:
    """颜色及规格 such as 黑色;L holds the colour and, last, the size; beside a column of sizes it gives the colour."""
    place = lines.place(fields.COLOUR_AND_SIZE)
    if place is None:
        return
    if fields.SIZE in lines.columns:
        if fields.COLOUR not in lines.columns:
            colours = [
                _colour_beside(row[place], size) for row, size in zip(lines.rows, lines.size.values, strict=True)
            ]
            lines.columns[fields.COLOUR] = Column(colours, place)
        return
    pairs = [_colour_and_size(row[place]) for row in lines.rows]
    lines.columns[fields.SIZE] = Column([size for _, size in pairs], place, derived=True)
    if fields.COLOUR not in lines.columns:
        lines.columns[fields.COLOUR] = Column([colour for colour, _ in pairs], place, derived=True)


def _colour_beside(value: Value, size: str | Problem) -> str | Problem | None:
    """The colour of 雾霾蓝;S beside the size S; a fault where the cell names another size than the line."""
    pieces = _pieces(value)
    if len(pieces) < 2:
        return parse_colour(value)
    colours, last = pieces[:-1], pieces[-1]
    if isinstance(size, str) and fold_case(last) == fold_case(size):
        return parse_colour("/".join(colours))
    if isinstance(size, str) and is_known_size(last) and not is_known_size(colours[-1]):
        return Problem("conflicting_size", size)
    return parse_colour(value)


def _pieces(value: Value) -> list[str]:
    """The parts of 颜色:黑色;尺码:L without what they are called."""
    texts = PIECES.split(normalize(value)) if isinstance(value, str) else []
    return [piece.rpartition(":")[2] for piece in texts if piece]


def _colour_and_size(value: Value) -> tuple[str | Problem | None, str | Problem]:
    pieces = _pieces(value)
    if len(pieces) < 2:
        return None, MISSING if is_blank(value) else Problem("bad_size")
    *colours, size = pieces
    return parse_colour("/".join(colours)), parse_size(size)


def _apply_formats(lines: TableLines) -> None:
    """Numbers whose number format adds a meaning: per cent, foreign currency, two decimals."""
    table, sheet = lines.table, lines.table.sheet
    for name in (fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT):
        column = lines.columns.get(name)
        if column is None:
            continue
        if name != fields.DISCOUNT and vocabulary.currency_of(table.heading(column.place) or "") is not None:
            column.values = [
                value if isinstance(value, Problem) else Problem("foreign_currency") for value in column.values
            ]
        for at, number in enumerate(lines.numbers) if sheet.formats else ():
            meaning = sheet.formats.get((number, column.place))
            value = lines.rows[at][column.place]
            if meaning is not None and isinstance(value, float):
                column.values[at] = _formatted(name, meaning, value, column.values[at])


def _refuse_scientific_styles(lines: TableLines) -> None:
    """24E05 that a spreadsheet program made 2.40E+06 of: the number does not tell the style number (IMPORT-8)."""
    column, formats_of = lines.style_no, lines.table.sheet.formats
    for at, number in enumerate(lines.numbers) if formats_of else ():
        if formats_of.get((number, column.place)) == "scientific" and isinstance(lines.rows[at][column.place], float):
            column.values[at] = Problem("style_number_damaged")


def _formatted(name: str, meaning: str, value: float, parsed: Any) -> Any:
    """The parsed cell of a price or discount, corrected by what its number format means."""
    if meaning == "percent":
        rate = parse_discount(value, percent=True)
        if name == fields.DISCOUNT:
            return rate
        return Problem("discount", value=rate) if isinstance(rate, Decimal) else Problem("bad_number")
    if meaning.startswith("currency:") and name != fields.DISCOUNT:
        return Problem("foreign_currency")
    if meaning == "decimals:2" and isinstance(parsed, Problem) and parsed.code == "too_many_decimals":
        return Problem("rounded_price", price_text(parsed.value), value=parsed.value, fatal=False)
    return parsed


def _refuse_discounts_as_tag_prices(lines: TableLines) -> None:
    """A tag price of 2.5折 has no price that it could be a share of."""
    for at, problem in lines.tag_price.problems():
        if problem.code == "discount":
            lines.tag_price.values[at] = Problem("bad_number")


def _refuse_ambiguous_numbers(lines: TableLines) -> None:
    """Where one number of a table has a decimal comma, 149,750 and 1.299 may be thousands or not (IMPORT-7)."""
    numeric = (fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT, fields.QUANTITY)
    columns = [lines.columns[name] for name in numeric if name in lines.columns]
    if not any(problem.code == "decimal_comma" for column in columns for _, problem in column.problems()):
        return
    for column in columns:
        for at, row in enumerate(lines.rows):
            value = row[column.place]
            if isinstance(value, str) and THOUSANDS_OR_DECIMALS.search(normalize(value)):
                column.values[at] = Problem("decimal_comma")


def _sum_of_warehouses(lines: TableLines) -> Column[int]:
    """The units of all warehouses of a line; where all are blank, those of the column of totals."""
    places, total_place = lines.table.warehouses, lines.place(fields.TOTAL)
    parsed = ParsedOnce(parse_units)
    sums: list[int | Problem] = []
    for at, row in enumerate(lines.rows):
        units = [parsed[row[place]] for place in places]
        bad = [
            (place, count)
            for place, count in zip(places, units, strict=True)
            if isinstance(count, Problem) and count.fatal and count.code != "missing_required"
        ]
        if bad:
            lines.bad_warehouses[at] = bad
            sums.append(bad[0][1])
        elif all(isinstance(count, Problem) and count.fatal for count in units):
            sums.append(MISSING if total_place is None else parsed[row[total_place]])
        else:
            sums.append(parse_units(float(sum(map(count_of, units)))))
    return Column(sums, places[0], derived=True)
