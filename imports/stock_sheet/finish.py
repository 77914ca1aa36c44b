"""The goods of a table become rows; what is wrong with them becomes faults, all of them."""

from __future__ import annotations

from itertools import compress
from typing import Any

from imports import vocabulary as words
from imports.cells import Problem, has_problem, shown, tidy
from imports.stock_sheet import context
from imports.stock_sheet.batch import Batch
from imports.stock_sheet.matrix import expand_matrix
from imports.stock_sheet.sheetbook import Account
from imports.stock_sheet.texts import text_columns
from imports.workbook.model import is_blank


def finish(batch: Batch, account: Account) -> None:
    """Add the table's rows and faults."""
    table = batch.table
    context.check_styles(batch)
    context.check_barcodes(batch, account)
    context.check_swapped_text(batch)
    context.fill_groups(batch, account)
    context.settle_prices(batch, account)
    context.check_prices(batch)
    _merged_quantities(batch, account)
    _report(batch, account)
    _say_what_was_hidden(batch, account)
    texts = text_columns(batch, account)
    line = [good and not broken for good, broken in zip(batch.goods, batch.broken, strict=True)]
    places = _places(batch)
    if table.is_matrix:
        columns, lines = _matrix_columns(batch, account, line, texts)
        account.add(table, columns, [places[at] for at in lines])
    else:
        account.add(table, _flat_columns(batch, line, texts), list(compress(places, line)))


def _places(batch: Batch) -> list[tuple[str, ...] | None]:
    """The warehouse, carton or batch that each line names; a blank one is the one above, as cartons are listed."""
    columns = batch.table.locations
    if not columns:
        return [None] * len(batch.rows)
    found: list[tuple[str, ...] | None] = []
    above: list[str] = [""] * len(columns)
    for row, good in zip(batch.rows, batch.goods, strict=True):
        if good:
            above = [tidy(shown(row[column])) or before for column, before in zip(columns, above, strict=True)]
        found.append(tuple(above) if any(above) else None)
    return found


def _report(batch: Batch, account: Account) -> None:
    table, sheet = batch.table, batch.table.sheet
    for name in (*words.REQUIRED, words.DISCOUNT, words.BARCODE, words.COLOUR):
        values = batch.parsed.get(name)
        if values is None or not has_problem(values):
            continue
        column = table.columns.get(name)
        if column is None:
            column = _stand_in(batch, name)
        heading = table.heading(column)
        for at, value in enumerate(values):
            if value.__class__ is not Problem or not batch.goods[at]:
                continue
            if name == words.QUANTITY and at in batch.wrong_parts:
                for part, problem in batch.wrong_parts[at]:
                    account.problem(sheet, batch.numbers[at], part, table.heading(part), problem, batch.rows[at][part])
                batch.broken[at] = True
                continue
            if value.code != "depends_on_tag" and not (
                name == words.BASE and column == table.columns.get(words.DISCOUNT) and _told(batch, at)
            ):
                account.problem(
                    sheet, batch.numbers[at], column, heading, value, None if column is None else batch.rows[at][column]
                )
            if value.fatal:
                batch.broken[at] = True
            else:
                values[at] = value.value
    _say_missing_colours(batch, account)


def _say_missing_colours(batch: Batch, account: Account) -> None:
    table = batch.table
    column = table.columns.get(words.COLOUR)
    if column is not None and None in batch.parsed[words.COLOUR]:
        for at, value in enumerate(batch.parsed[words.COLOUR]):
            if value is None and batch.goods[at] and not batch.broken[at]:
                account.fault(
                    table.sheet, batch.numbers[at], column, table.heading(column), "missing_colour", None, fatal=False
                )


def _told(batch: Batch, at: int) -> bool:
    """Whether the discount's own fault on this line will say it already."""
    rates = batch.parsed.get(words.DISCOUNT)
    return rates is not None and rates[at].__class__ is Problem


def _stand_in(batch: Batch, name: str) -> int | None:
    if name == words.BASE:
        return batch.column(words.DISCOUNT)
    if name == words.SIZE:
        return batch.column(words.COLOUR_AND_SIZE)
    if name == words.QUANTITY and batch.table.warehouses:
        return batch.table.warehouses[0]
    return batch.column(words.COLOUR_AND_SIZE) if name == words.COLOUR else None


def _merged_quantities(batch: Batch, account: Account) -> None:
    """A quantity merged over several lines belongs to none of them."""
    column = batch.column(words.QUANTITY)
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
            account.fault(
                sheet, batch.numbers[at], column, batch.table.heading(column), "merged_quantity", batch.rows[at][column]
            )


def _say_what_was_hidden(batch: Batch, account: Account) -> None:
    """Hidden lines and columns were read like others; the account says so (IMPORT-14)."""
    table, sheet = batch.table, batch.table.sheet
    first = sheet.numbers[table.header.last]
    labels = {column: label for row in table.header.sizes for column, label in row.labels.items()}
    used = {*table.columns.values(), *table.warehouses, *labels}
    for column in sorted(used & sheet.hidden_columns):
        heading = labels.get(column) or table.heading(column)
        account.fault(sheet, first, column, heading, "hidden_column", heading, fatal=False)
    if sheet.hidden_rows:
        for at, number in enumerate(batch.numbers):
            if batch.goods[at] and not batch.broken[at] and number in sheet.hidden_rows:
                account.fault(sheet, number, None, None, "hidden_row", None, fatal=False)
    if sheet.external:
        used = set(table.columns.values())
        for at, number in enumerate(batch.numbers):
            if not batch.goods[at]:
                continue
            for column in used:
                if (number, column) in sheet.external and not is_blank(batch.rows[at][column]):
                    account.fault(
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
        "style_no": parsed[words.STYLE],
        "colour": parsed.get(words.COLOUR, nothing),
        "size": parsed[words.SIZE],
        "barcode": parsed.get(words.BARCODE, nothing),
        "tag_price_fen": parsed[words.TAG],
        "base_price_fen": parsed[words.BASE],
        "quantity": parsed[words.QUANTITY],
        **texts,
    }
    every = count == len(line)
    columns = {name: values[:] if every else list(compress(values, line)) for name, values in source.items()}
    columns["sheet"] = [batch.table.sheet.name] * count
    columns["col"] = [None] * count
    return columns


def _matrix_columns(
    batch: Batch, account: Account, line: list[bool], texts: dict[str, list[Any]]
) -> tuple[dict[str, list[Any]], list[int]]:
    expanded = expand_matrix(batch, account, line)
    places = expanded.pop("at")
    parsed = batch.parsed
    nothing: list[Any] = [None] * len(line)
    source: dict[str, list[Any]] = {
        "row": batch.numbers,
        "style_no": parsed[words.STYLE],
        "colour": parsed.get(words.COLOUR, nothing),
        "tag_price_fen": parsed[words.TAG],
        "base_price_fen": parsed[words.BASE],
        **texts,
    }
    columns: dict[str, list[Any]] = {name: [values[at] for at in places] for name, values in source.items()}
    columns["sheet"] = [batch.table.sheet.name] * len(places)
    columns["barcode"] = [None] * len(places)
    for name in ("col", "size", "quantity"):
        columns[name] = expanded[name]
    return columns, places
