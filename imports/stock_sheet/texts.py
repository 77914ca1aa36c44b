"""Columns that an item may lack: names, seasons, remarks, defects, pictures."""

from __future__ import annotations

import re
from itertools import compress
from typing import Any

from imports import fields
from imports.cells.defects import parse_defect
from imports.cells.text import Problem, display_text, has_problem, normalize, parse_text
from imports.stock_sheet.column import ParsedOnce
from imports.stock_sheet.table_lines import TableLines
from imports.workbook.model import Value

_MAX_COVERED_LINES = 1_000_000
"""Lines under floating pictures, each as often as one lies over it."""
MAX_PICTURES = 9
"""Of one line: as many as a nine-grid shows."""
MAX_LINK = 1000
_LINK = re.compile(r"https?://[^\s,，;；|\"'<>]+", re.IGNORECASE)
_YEAR = re.compile(r"^(?:20)?(\d{2})\s*年?$")


def text_columns(lines: TableLines) -> dict[str, list[Any]]:
    """Names, seasons, remarks, pictures of every line; what is odd in them is a warning, never the loss of a row."""
    nothing: list[Any] = [None] * len(lines.rows)
    columns = {name: _texts(lines, name, nothing) for name in fields.TEXTS}
    if lines.place("category") is None and lines.categories:
        columns["category"] = lines.categories
    year = lines.place("year")
    columns["year"] = nothing if year is None else ParsedOnce(_year).of_column(lines.rows, year)
    columns["picture"], columns["more_pictures"] = _pictures(lines)
    columns["picture_links"] = _picture_links(lines)
    columns["defect"] = _defects(lines)
    return columns


def _texts(lines: TableLines, name: str, nothing: list[Any]) -> list[Any]:
    place = lines.place(name)
    if place is None:
        return nothing
    parsed = ParsedOnce(parse_text)
    values = parsed.of_column(lines.rows, place)
    for at, value in enumerate(values) if has_problem(parsed.values()) else ():
        if isinstance(value, Problem):
            if lines.is_item[at]:
                lines.report(at, place, value)
            values[at] = value.value
    return values


def _defects(lines: TableLines) -> list[str | None]:
    """The defects that the remarks of each line name. A column with any other remark is reported as not used."""
    defects: list[str | None] = [None] * len(lines.rows)
    for place in lines.table.remarks:
        parsed = ParsedOnce(parse_defect)
        remarks = parsed.of_column(lines.rows, place)
        for at, text in enumerate(remarks) if any(text is not None for text in parsed.values()) else ():
            if text is not None:
                defects[at] = "；".join(dict.fromkeys(filter(None, (defects[at], text))))
        if any(text == "" for text in compress(remarks, lines.is_item)):
            lines.builder.report_unused(lines.table, place, "只保留写明瑕疵的内容", "only what names a defect is kept")
    return defects


def _is_text(value: Value) -> bool:
    """Text where a picture is expected, but for the formula that WPS keeps in a cell with a picture."""
    return isinstance(value, str) and "DISPIMG" not in value


def _picture_links(lines: TableLines) -> list[tuple[str, ...] | None]:
    """The addresses that each line has in the column of pictures, at most MAX_PICTURES; a column with any other text is reported."""
    place = lines.place("picture")
    if place is None:
        return [None] * len(lines.rows)
    links = [_links(row[place]) for row in lines.rows]
    texts = (_is_text(row[place]) and not found for row, found in zip(lines.rows, links, strict=True))
    if any(compress(texts, lines.is_item)):
        zh, en = "图片列只认插入的图片和 http(s) 链接", "a column of pictures holds pictures or http(s) links"
        lines.builder.report_unused(lines.table, place, zh, en)
    return links


def _links(value: Value) -> tuple[str, ...] | None:
    if not _is_text(value):
        return None
    found = dict.fromkeys(each for each in _LINK.findall(str(value)) if len(each) <= MAX_LINK)
    return tuple(found)[:MAX_PICTURES] or None


def _year(value: Value) -> int | None:
    if isinstance(value, float) and value == int(value) and 1990 <= value <= 2100:
        return int(value)
    match = _YEAR.match(normalize(display_text(value))) if value is not None else None
    return 2000 + int(match.group(1)) if match else None


def _pictures(lines: TableLines) -> tuple[list[str | None], list[tuple[str, ...] | None]]:
    """The first picture of each line, and its further ones: pictures in cells by their columns, then those that lie over the line."""
    nothing: list[Any] = [None] * len(lines.rows)
    sheet, header = lines.table.sheet, lines.table.header
    if not sheet.pictures and not sheet.floating:
        return nothing, nothing
    left, right = header.left, header.right
    floating: dict[int, list[str]] = {}
    in_cells: dict[int, list[tuple[int, str]]] = {}
    start, last = (lines.numbers[0], lines.numbers[-1]) if lines.numbers else (1, 0)
    covered = 0
    for top_line, end, column, digest in sheet.floating:
        if left <= column <= max(right, sheet.width + 5) and covered <= _MAX_COVERED_LINES:
            numbers = range(max(top_line, start), min(end, last) + 1)
            covered += len(numbers)
            for number in numbers:
                floating.setdefault(number, []).append(digest)
    merged = {(top, at): (top, bottom) for top, at, bottom, _ in sheet.merges}
    for (row, column), digest in sheet.pictures.items():
        if left <= column <= max(right, sheet.width):
            top, bottom = merged.get((row, column), (row, row))
            for number in range(top, min(bottom, max(last, top)) + 1):
                in_cells.setdefault(number, []).append((column, digest))
    first: list[str | None] = []
    more: list[tuple[str, ...] | None] = []
    for number in lines.numbers:
        # A cell that belongs to the line says more than a picture that lies over it.
        found = [digest for _column, digest in sorted(in_cells.get(number, ()))] + floating.get(number, [])
        unique = list(dict.fromkeys(found))[:MAX_PICTURES]
        first.append(unique[0] if unique else None)
        more.append(tuple(unique[1:]) or None)
    return first, more
