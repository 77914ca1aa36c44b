"""The goods of a table become rows; what is wrong with them becomes faults, all of them."""

from __future__ import annotations

from itertools import compress
from typing import Any

from imports import fields
from imports.cells.text import Problem, display_text, has_problem, normalize
from imports.stock_sheet import context
from imports.stock_sheet.batch import Batch
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.matrix import expand_matrix
from imports.stock_sheet.texts import text_columns
from imports.workbook.model import is_blank


def finish(batch: Batch, builder: ReadingBuilder) -> None:
    """Add the table's rows and faults."""
    table = batch.table
    context.check_styles(batch)
    context.check_barcodes(batch, builder)
    context.check_swapped_text(batch)
    context.fill_groups(batch, builder)
    context.complete_base_prices(batch, builder)
    context.check_prices(batch)
    _merged_quantities(batch, builder)
    _report(batch, builder)
    report_hidden_parts(batch, builder)
    texts = text_columns(batch, builder)
    line = [good and not broken for good, broken in zip(batch.goods, batch.broken, strict=True)]
    places = _places(batch)
    if table.is_matrix:
        columns, lines = _matrix_columns(batch, builder, line, texts)
        builder.add(table, columns, [places[at] for at in lines])
    else:
        builder.add(table, _flat_columns(batch, line, texts), list(compress(places, line)))


def _places(batch: Batch) -> list[tuple[str, ...] | None]:
    """The warehouse, carton or batch that each line names; a blank one is the one above, as cartons are listed."""
    columns = batch.table.locations
    if not columns:
        return [None] * len(batch.rows)
    found: list[tuple[str, ...] | None] = []
    above: list[str] = [""] * len(columns)
    for row, good in zip(batch.rows, batch.goods, strict=True):
        if good:
            above = [
                normalize(display_text(row[column])) or before for column, before in zip(columns, above, strict=True)
            ]
        found.append(tuple(above) if any(above) else None)
    return found


def _report(batch: Batch, builder: ReadingBuilder) -> None:
    table, sheet = batch.table, batch.table.sheet
    for name in (*fields.REQUIRED, fields.DISCOUNT, fields.BARCODE, fields.COLOUR):
        values = batch.parsed.get(name)
        if values is None or not has_problem(values):
            continue
        column = table.columns.get(name)
        if column is None:
            column = _substitute_column(batch, name)
        heading = table.heading(column)
        for at, value in enumerate(values):
            if value.__class__ is not Problem or not batch.goods[at]:
                continue
            if name == fields.QUANTITY and at in batch.wrong_parts:
                for part, problem in batch.wrong_parts[at]:
                    builder.problem(sheet, batch.numbers[at], part, table.heading(part), problem, batch.rows[at][part])
                batch.broken[at] = True
                continue
            if value.code != "depends_on_tag" and not (
                name == fields.BASE_PRICE
                and column == table.columns.get(fields.DISCOUNT)
                and _is_reported_at_discount(batch, at)
            ):
                builder.problem(
                    sheet, batch.numbers[at], column, heading, value, None if column is None else batch.rows[at][column]
                )
            if value.fatal:
                batch.broken[at] = True
            else:
                values[at] = value.value
    _report_missing_colours(batch, builder)


def _report_missing_colours(batch: Batch, builder: ReadingBuilder) -> None:
    table = batch.table
    column = table.columns.get(fields.COLOUR)
    if column is not None and None in batch.parsed[fields.COLOUR]:
        for at, value in enumerate(batch.parsed[fields.COLOUR]):
            if value is None and batch.goods[at] and not batch.broken[at]:
                builder.fault(
                    table.sheet, batch.numbers[at], column, table.heading(column), "missing_colour", None, fatal=False
                )


def _is_reported_at_discount(batch: Batch, at: int) -> bool:
    """Whether the discount's own fault on this line will say it already."""
    rates = batch.parsed.get(fields.DISCOUNT)
    return rates is not None and rates[at].__class__ is Problem


def _substitute_column(batch: Batch, name: str) -> int | None:
    if name == fields.BASE_PRICE:
        return batch.column(fields.DISCOUNT)
    if name == fields.SIZE:
        return batch.column(fields.COLOUR_AND_SIZE)
    if name == fields.QUANTITY and batch.table.warehouses:
        return batch.table.warehouses[0]
    return batch.column(fields.COLOUR_AND_SIZE) if name == fields.COLOUR else None


def _merged_quantities(batch: Batch, builder: ReadingBuilder) -> None:
    """A quantity merged over several lines belongs to none of them."""
    column = batch.column(fields.QUANTITY)
    sheet = batch.table.sheet
    if column is None or batch.table.is_matrix or not sheet.merges:
        return
    numbers = {number: at for at, number in enumerate(batch.numbers)}
    for top, left, bottom, right in sheet.merges:
        if not (left <= column <= right and bottom > top):
            continue
        covered = [numbers[n] for n in range(top, min(bottom, top + 100_000) + 1) if n in numbers]
        covered = [at for at in covered if batch.goods[at]]
        if len(covered) > 1 and numbers.get(top) in covered:
            at = numbers[top]
            batch.broken[at] = True
            builder.fault(
                sheet, batch.numbers[at], column, batch.table.heading(column), "merged_quantity", batch.rows[at][column]
            )


def report_hidden_parts(batch: Batch, builder: ReadingBuilder) -> None:
    """Hidden lines and columns were read like others; each is a warning (IMPORT-14)."""
    table, sheet = batch.table, batch.table.sheet
    first = sheet.numbers[table.header.last]
    labels = {column: label for row in table.header.sizes for column, label in row.labels.items()}
    used = {*table.columns.values(), *table.warehouses, *labels}
    for column in sorted(used & sheet.hidden_columns):
        heading = labels.get(column) or table.heading(column)
        builder.fault(sheet, first, column, heading, "hidden_column", heading, fatal=False)
    if sheet.hidden_rows:
        for at, number in enumerate(batch.numbers):
            if batch.goods[at] and not batch.broken[at] and number in sheet.hidden_rows:
                builder.fault(sheet, number, None, None, "hidden_row", None, fatal=False)
    if sheet.external:
        used = set(table.columns.values())
        for at, number in enumerate(batch.numbers):
            if not batch.goods[at]:
                continue
            for column in used:
                if (number, column) in sheet.external and not is_blank(batch.rows[at][column]):
                    builder.fault(
                        sheet,
                        number,
                        column,
                        table.heading(column),
                        "external_link",
                        batch.rows[at][column],
                        fatal=False,
                    )


def _flat_columns(batch: Batch, line: list[bool], texts: dict[str, list[Any]]) -> dict[str, list[Any]]:
    count = sum(line)
    parsed = batch.parsed
    nothing: list[Any] = [None] * len(line)
    source: dict[str, list[Any]] = {
        "row": batch.numbers,
        "style_no": parsed[fields.STYLE_NO],
        "colour": parsed.get(fields.COLOUR, nothing),
        "size": parsed[fields.SIZE],
        "barcode": parsed.get(fields.BARCODE, nothing),
        "tag_price_fen": parsed[fields.TAG_PRICE],
        "base_price_fen": parsed[fields.BASE_PRICE],
        "quantity": parsed[fields.QUANTITY],
        **texts,
    }
    every = count == len(line)
    columns = {name: values[:] if every else list(compress(values, line)) for name, values in source.items()}
    columns["sheet"] = [batch.table.sheet.name] * count
    columns["col"] = [None] * count
    return columns


def _matrix_columns(
    batch: Batch, builder: ReadingBuilder, line: list[bool], texts: dict[str, list[Any]]
) -> tuple[dict[str, list[Any]], list[int]]:
    expanded = expand_matrix(batch, builder, line)
    places = expanded.pop("at")
    parsed = batch.parsed
    nothing: list[Any] = [None] * len(line)
    source: dict[str, list[Any]] = {
        "row": batch.numbers,
        "style_no": parsed[fields.STYLE_NO],
        "colour": parsed.get(fields.COLOUR, nothing),
        "tag_price_fen": parsed[fields.TAG_PRICE],
        "base_price_fen": parsed[fields.BASE_PRICE],
        **texts,
    }
    columns: dict[str, list[Any]] = {name: [values[at] for at in places] for name, values in source.items()}
    columns["sheet"] = [batch.table.sheet.name] * len(places)
    columns["barcode"] = [None] * len(places)
    for name in ("col", "size", "quantity"):
        columns[name] = expanded[name]
    return columns, places
