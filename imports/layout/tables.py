"""The tables of a sheet, each with the field of every column and its questions."""

from __future__ import annotations

from bisect import bisect_right
from itertools import zip_longest

from imports.layout.answers import AnsweredLayouts
from imports.layout.assign import assign_fields
from imports.layout.cards import lay_out_cards
from imports.layout.headers import find_headers
from imports.layout.table import Table
from imports.layout.unused import list_unnamed_columns
from imports.report import FileRefused
from imports.workbook.model import Sheet

MAX_TABLES = 10_000
"""Of one sheet. Cards, of which a sheet may hold thousands, are tables too."""


def tables_of(
    sheet: Sheet, answers: AnsweredLayouts | None = None, forced: frozenset[int] = frozenset()
) -> list[Table]:
    """The tables of a sheet in order, each with its questions. Repeated headings do not begin a new table."""
    lay_out_cards(sheet)
    headers = find_headers(sheet, forced=forced)
    tables: list[Table] = []
    open_bands: list[Table] = []
    at = 0
    while at < len(headers):
        group = [header for header in headers[at:] if header.first == headers[at].first]
        at += len(group)
        line = group[0].first
        if len(open_bands) == len(group) and all(
            header.same_as(table.header) for header, table in zip(group, open_bands, strict=True)
        ):
            for table in open_bands:
                table.repeats.update(range(line, group[0].last + 1))
            continue
        for table in open_bands:
            table.stop = line
        open_bands = [Table(sheet, header, header.last + 1, len(sheet.rows)) for header in group]
        tables.extend(open_bands)
    tables = _without_captions(tables)
    if len(tables) > MAX_TABLES:
        raise FileRefused("too_many_tables", str(MAX_TABLES))
    beside: dict[int, list[int]] = {}
    for table in tables:
        beside.setdefault(table.start, []).append(table.header.left)
    for lefts in beside.values():
        lefts.sort()
    answers = answers or AnsweredLayouts()
    for table in tables:
        assign_fields(table, answers.of(table))
        lefts = beside[table.start]
        next_one = bisect_right(lefts, table.header.right)
        list_unnamed_columns(table, lefts[next_one] if next_one < len(lefts) else sheet.width)
    return tables


def _without_captions(tables: list[Table]) -> list[Table]:
    """Drop a heading directly above another: it names groups of columns and is no table."""
    result: list[Table] = []
    for table, after in zip_longest(tables, tables[1:]):
        if after is not None and not table.line_count() and after.header.first == table.stop:
            after.header.first = table.header.first
        else:
            result.append(table)
    return result
