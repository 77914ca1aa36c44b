"""A matrix expanded: one line in, one SKU per filled size out, each with the address of its cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress

from imports import fields, vocabulary
from imports.cells.numbers import parse_units
from imports.cells.size_spans import span_of
from imports.cells.sizes import is_known_size
from imports.cells.text import Problem, display_text
from imports.layout.table import Table
from imports.stock_sheet.column import ParsedOnce
from imports.stock_sheet.table_lines import TableLines
from imports.workbook.model import column_letters, is_blank


@dataclass(slots=True)
class MatrixCells:
    """The filled cells of a matrix, one entry per SKU: the index of its line, the address of its cell, its size and quantity."""

    line: list[int] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    size: list[str] = field(default_factory=list)
    quantity: list[int] = field(default_factory=list)


def expand_matrix(lines: TableLines, is_taken: list[bool]) -> MatrixCells:
    """One SKU per filled size of each line; `is_taken[at]` says that the other fields of the line are right."""
    table = lines.table
    headings = {place: label for sizes in table.header.sizes for place, label in sizes.labels.items()}
    merged = _merged_over(table, headings)
    strays = _columns_without_a_size(table, headings)
    parsed_units = ParsedOnce(parse_units)
    _report_unknown_sizes(lines, headings)
    cells = MatrixCells()
    for at, row in compress(enumerate(lines.rows), lines.is_item):
        labels = _labels_for(lines, at) if is_taken[at] else None
        has_fault = is_taken[at] and labels is None
        units, filled = 0, len(cells.line)
        for place, heading in headings.items():
            if row[place] is None:
                continue
            is_merged = (lines.numbers[at], place) in merged
            parsed = Problem("merged_quantity") if is_merged else parsed_units[row[place]]
            quantity = _accept(lines, at, place, heading, parsed)
            if quantity is None:
                has_fault = has_fault or not _is_blank(parsed)
                continue
            units += quantity
            if labels is None:
                continue
            if place in labels:
                cells.line.append(at)
                cells.address.append(f"{column_letters(place)}{lines.numbers[at]}")
                cells.size.append(labels[place])
                cells.quantity.append(quantity)
            elif quantity:
                has_fault = True
                lines.report(at, place, Problem("unknown_size"))
        if is_taken[at]:
            has_fault = _report_strays(lines, at, strays) or has_fault
            if not has_fault and len(cells.line) == filled:
                lines.builder.ignore(table.sheet, lines.numbers[at], "no_stock")
        if not has_fault:
            _compare_total(lines, at, units, parsed_units)
    return cells


def _accept(lines: TableLines, at: int, place: int, heading: str, parsed: int | Problem) -> int | None:
    """The units of a cell after its problem was reported; None where it has none."""
    if not isinstance(parsed, Problem):
        return parsed
    if _is_blank(parsed):
        return None
    if parsed.code != "zero_quantity":
        lines.report(at, place, parsed, heading=heading)
    return None if parsed.fatal else int(parsed.value)


def _is_blank(parsed: int | Problem) -> bool:
    return isinstance(parsed, Problem) and parsed.code == "missing_required"


def _report_strays(lines: TableLines, at: int, strays: dict[int, str]) -> bool:
    """Whether something stands in a column among the sizes that has no size of its own; it is reported."""
    filled = [(place, code) for place, code in strays.items() if not is_blank(lines.rows[at][place])]
    for place, code in filled:
        heading = lines.table.heading(place)
        lines.report(at, place, Problem(code), value=lines.rows[at][place] if heading is None else heading)
    return bool(filled)


def _compare_total(lines: TableLines, at: int, units: int, parsed_units: ParsedOnce[int | Problem]) -> None:
    place = lines.place(fields.TOTAL)
    if place is None:
        return
    total = parsed_units[lines.rows[at][place]]
    stated = total.value if isinstance(total, Problem) else total
    if isinstance(stated, int) and stated != units:
        lines.report(at, place, Problem("total_mismatch", str(units), fatal=False), value=float(stated))


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


def _report_unknown_sizes(lines: TableLines, headings: dict[int, str]) -> None:
    sheet = lines.table.sheet
    for place, label in headings.items():
        if not is_known_size(label):
            unknown = Problem("size_span" if span_of(label) else "unknown_size", fatal=False)
            lines.builder.report(sheet, sheet.numbers[lines.table.header.last], place, label, unknown, label)


def _labels_for(lines: TableLines, at: int) -> dict[int, str] | None:
    """The row of sizes that this line uses; a fault and None if it names none of them."""
    header = lines.table.header
    sizes, place = header.sizes, header.group_column
    if len(sizes) == 1:
        return sizes[0].labels
    group = vocabulary.fold_heading(display_text(None if place is None else lines.rows[at][place]))
    named = [(vocabulary.fold_heading(row.group), row) for row in sizes if row.group is not None]
    for name, row in named:
        if name == group:
            return row.labels
    for name, row in named:
        if group and (group in name or name in group):
            return row.labels
    unnamed = [row for row in sizes if row.group is None]
    if len(unnamed) == 1 and (not group or len(_unnamed_groups(lines)) == 1):
        return unnamed[0].labels
    lines.report(at, place, Problem("unknown_size"))
    return None


def _unnamed_groups(lines: TableLines) -> set[str]:
    """The size groups that the lines name and the heading does not; a single one can only be the unnamed row's."""
    header = lines.table.header
    place = header.group_column
    if place is None:
        return set()
    named = [vocabulary.fold_heading(row.group) for row in header.sizes if row.group is not None]
    groups = {vocabulary.fold_heading(display_text(row[place])) for row in compress(lines.rows, lines.is_item)}
    return {text for text in groups if text and not any(text in name or name in text for name in named)}
