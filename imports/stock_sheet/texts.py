"""What a table says of its goods besides what makes them goods: names, seasons, remarks, pictures."""

from __future__ import annotations

import re
from itertools import compress
from typing import Any

from imports.cells.defects import parse_defect
from imports.cells.text import Problem, display_text, has_problem, normalize, parse_text
from imports.stock_sheet.batch import Batch
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.parsed_once import ParsedOnce
from imports.workbook.model import Value

_TEXT_FIELDS = ("name", "category", "season", "gender", "brand", "remark")
_MAX_COVERED_LINES = 1_000_000
"""Lines under floating pictures, each as often as one lies over it."""
_YEAR = re.compile(r"^(?:20)?(\d{2})\s*年?$")


def text_columns(batch: Batch, builder: ReadingBuilder) -> dict[str, list[Any]]:
    """Names, seasons, remarks of every line; what is odd in them is a warning, never the loss of a row."""
    table = batch.table
    found: dict[str, list[Any]] = {}
    for name in _TEXT_FIELDS:
        column = batch.column(name)
        if column is None:
            found[name] = (
                list(batch.categories) if name == "category" and batch.categories else [None] * len(batch.rows)
            )
            continue
        parsed_once = ParsedOnce(parse_text)
        values = parsed_once.of_column(batch.rows, column)
        for at, value in enumerate(values) if has_problem(parsed_once.values()) else ():
            if value.__class__ is Problem:
                if batch.goods[at]:
                    builder.problem(
                        table.sheet, batch.numbers[at], column, table.heading(column), value, batch.rows[at][column]
                    )
                values[at] = value.value
        found[name] = values
    column = batch.column("year")
    if column is None:
        found["year"] = [None] * len(batch.rows)
    else:
        found["year"] = ParsedOnce(_year).of_column(batch.rows, column)
    found["picture"] = _pictures(batch)
    found["defect"] = _defects(batch, builder)
    _report_picture_links(batch, builder)
    return found


def _defects(batch: Batch, builder: ReadingBuilder) -> list[str | None]:
    """What the remarks of each line say of a defect. Columns of remarks that say anything else are named as not used."""
    table = batch.table
    found: list[str | None] = [None] * len(batch.rows)
    for column in table.remarks:
        parsed_once = ParsedOnce(parse_defect)
        said = parsed_once.of_column(batch.rows, column)
        for at, text in enumerate(said) if any(parsed_once.values()) or "" in parsed_once.values() else ():
            if text is not None:
                found[at] = "；".join(dict.fromkeys(filter(None, (found[at], text))))
        if any(text == "" and good for text, good in zip(said, batch.goods, strict=True)):
            builder.unused(table, column, "只保留写明瑕疵的内容", "only what names a defect is kept")
    return found


def _is_link(value: Value) -> bool:
    """Text where a picture is expected, but for the formula that WPS keeps in a cell with a picture."""
    return isinstance(value, str) and "DISPIMG" not in value


def _report_picture_links(batch: Batch, builder: ReadingBuilder) -> None:
    column = batch.column("picture")
    if column is not None and any(_is_link(row[column]) for row in compress(batch.rows, batch.goods)):
        builder.unused(
            batch.table,
            column,
            "图片链接不会打开，请把图片插入表格",
            "links are not followed; insert the pictures themselves",
        )


def _year(value: Value) -> int | None:
    if isinstance(value, float) and value == int(value) and 1990 <= value <= 2100:
        return int(value)
    match = _YEAR.match(normalize(display_text(value))) if value is not None else None
    return 2000 + int(match.group(1)) if match else None


def _pictures(batch: Batch) -> list[str | None]:
    sheet = batch.table.sheet
    if not sheet.pictures and not sheet.floating:
        return [None] * len(batch.rows)
    left, right = batch.table.header.left, batch.table.header.right
    by_row: dict[int, str] = {}
    start, last = (batch.numbers[0], batch.numbers[-1]) if batch.numbers else (1, 0)
    covered = 0
    for first, end, column, digest in sheet.floating:
        if left <= column <= max(right, sheet.width + 5) and covered <= _MAX_COVERED_LINES:
            lines = range(max(first, start), min(end, last) + 1)
            covered += len(lines)
            for number in lines:
                by_row.setdefault(number, digest)
    merged = {(top, at): (top, bottom) for top, at, bottom, _ in sheet.merges}
    for (row, column), digest in sheet.pictures.items():
        if left <= column <= max(right, sheet.width):
            top, bottom = merged.get((row, column), (row, row))
            for number in range(top, min(bottom, max(last, top)) + 1):
                by_row[number] = digest
    return [by_row.get(number) for number in batch.numbers]
