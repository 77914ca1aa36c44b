"""A matrix unfolded: one line in, one SKU per filled size out, each pointing at its own cell."""

from __future__ import annotations

from typing import Any

from imports import fields, vocabulary
from imports.cells.numbers import parse_units
from imports.cells.sizes import is_known_size
from imports.cells.text import Problem, display_text
from imports.layout.tables import Table
from imports.report import Ignored
from imports.stock_sheet.batch import Batch
from imports.stock_sheet.builder import ReadingBuilder
from imports.stock_sheet.parsed_once import ParsedOnce
from imports.stock_sheet.rows import COLUMNS
from imports.workbook.model import column_letters, is_blank


def expand_matrix(batch: Batch, builder: ReadingBuilder, line: list[bool]) -> dict[str, list[Any]]:  # noqa: C901
    """One SKU per filled size of each line; `line[at]` says that the line's own fields are right."""
    table = batch.table
    sheet = table.sheet
    out: dict[str, list[Any]] = {name: [] for name in (*COLUMNS, "at")}
    parsed_once = ParsedOnce(parse_units)
    headings = {column: label for sizes in table.header.sizes for column, label in sizes.labels.items()}
    total_column = table.columns.get(fields.TOTAL)
    merged = _merged_over(table, headings)
    strays = _columns_without_a_size(table, headings)
    _report_unknown_sizes(batch, builder, headings)
    for at, row in enumerate(batch.rows):
        if not batch.goods[at]:
            continue
        number = batch.numbers[at]
        labels = _labels_for(batch, at, builder) if line[at] else None
        found = 0
        faulty = line[at] and labels is None
        before = len(out["at"])
        for column in headings:
            value = row[column]
            if value is None:
                continue
            parsed: Any = parsed_once[value] if (number, column) not in merged else Problem("merged_quantity")
            if parsed.__class__ is Problem:
                if parsed.code == "missing_required":
                    continue
                if parsed.fatal:
                    faulty = True
                    builder.problem(sheet, number, column, headings[column], parsed, value)
                    continue
                if parsed.code != "zero_quantity":
                    builder.problem(sheet, number, column, headings[column], parsed, value)
                parsed = parsed.value
            found += parsed
            if labels is None:
                continue
            label = labels.get(column)
            if label is None:
                if parsed:
                    faulty = True
                    builder.fault(sheet, number, column, None, "unknown_size", value)
                continue
            out["at"].append(at)
            out["col"].append(f"{column_letters(column)}{number}")
            out["size"].append(label)
            out["quantity"].append(parsed)
        for column, code in strays.items():
            if not is_blank(row[column]) and line[at]:
                faulty = True
                heading = table.heading(column)
                builder.fault(sheet, number, column, heading, code, row[column] if heading is None else heading)
        if line[at] and not faulty and len(out["at"]) == before:
            builder.ignored.append(Ignored(sheet.name, number, "no_stock", number))
        if total_column is not None and not faulty:
            total = parsed_once[row[total_column]]
            said = total.value if isinstance(total, Problem) else total
            if isinstance(said, int) and said != found:
                builder.fault(
                    sheet, number, total_column, table.heading(total_column), "total_mismatch", float(said),
                    (str(found),), fatal=False,
                )  # fmt: skip
    return out


def _merged_over(table: Table, headings: dict[int, str]) -> set[tuple[int, int]]:
    """Cells that are merged over several sizes or lines: their units belong to none of them."""
    first, last = table.sheet.numbers[table.start], table.sheet.numbers[table.stop - 1]
    return {
        (top, left) for top, left, bottom, right in table.sheet.merges
        if left in headings and first <= top <= last and (bottom > top or any(c in headings for c in range(left + 1, right + 1)))
    }  # fmt: skip


def _columns_without_a_size(table: Table, headings: dict[int, str]) -> dict[int, str]:
    """Columns among the sizes over which nothing, or no size, is written, and why: what stands there must not be lost."""
    known = {*headings, *table.header.texts, *table.header.meanings}
    nameless = [column for column in range(min(headings), max(headings)) if column not in known]
    return {**dict.fromkeys(nameless, "unknown_size"), **table.wrong_sizes}


def _report_unknown_sizes(batch: Batch, builder: ReadingBuilder, headings: dict[int, str]) -> None:
    sheet, header = batch.table.sheet, batch.table.header
    for column, label in headings.items():
        if not is_known_size(label):
            builder.fault(sheet, sheet.numbers[header.last], column, label, "unknown_size", label, fatal=False)


def _labels_for(batch: Batch, at: int, builder: ReadingBuilder) -> dict[int, str] | None:
    """The row of sizes that this line uses; a fault and None if it names none of them."""
    sizes = batch.table.header.sizes
    if len(sizes) == 1:
        return sizes[0].labels
    column = batch.table.header.group_column
    value = None if column is None else batch.rows[at][column]
    group = vocabulary.fold_heading(display_text(value))
    named = [(vocabulary.fold_heading(row.group), row) for row in sizes if row.group is not None]
    for name, row in named:
        if name == group:
            return row.labels
    for name, row in named:
        if group and (group in name or name in group):
            return row.labels
    unnamed = [row for row in sizes if row.group is None]
    if len(unnamed) == 1 and (not group or len(_unnamed_groups(batch)) == 1):
        return unnamed[0].labels
    builder.fault(
        batch.table.sheet, batch.numbers[at], column, batch.table.heading(column), "unknown_size", value
    )  # fmt: skip
    return None


def _unnamed_groups(batch: Batch) -> set[str]:
    """The size groups that the lines name and the heading does not; a single one can only be the unnamed row's."""
    named = [vocabulary.fold_heading(row.group) for row in batch.table.header.sizes if row.group is not None]
    column = batch.table.header.group_column
    if column is None:
        return set()
    found = {
        vocabulary.fold_heading(display_text(row[column]))
        for row, good in zip(batch.rows, batch.goods, strict=True)
        if good
    }
    return {text for text in found if text and not any(text in name or name in text for name in named)}
