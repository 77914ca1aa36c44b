"""A stock workbook → a Reading: sheet by sheet, table by table, with every line accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from imports import vocabulary
from imports.cells.text import Problem
from imports.layout.answers import AnsweredLayouts
from imports.layout.assign import assign_fields
from imports.layout.header import Header
from imports.layout.lines import ignore_why
from imports.layout.table import Answers, Table
from imports.layout.tables import tables_of
from imports.limits import Limits
from imports.report import Fault, FileRefused, Ignored, Progress
from imports.size_charts.blocks import Layout, lay_out_charts
from imports.size_charts.reader import read_charts
from imports.stock_sheet.accounting import check_all_lines_accounted
from imports.stock_sheet.builder import ReadingBuilder, Snapshot
from imports.stock_sheet.classify import HeaderFound
from imports.stock_sheet.duplicates import drop_duplicates, drop_summaries
from imports.stock_sheet.outcome import set_outcome
from imports.stock_sheet.read_table import read_table
from imports.stock_sheet.rows import Reading
from imports.stock_sheet.similar_colours import report_similar_colours
from imports.workbook import open_workbook
from imports.workbook.model import Sheet, Workbook, is_blank

_MANY_MISSING = 2
_OWN_SHEETS = (vocabulary.FAULTS_SHEET, vocabulary.LISTS_SHEET)
_MAX_MISSED_HEADINGS = 100
"""For each the sheet is read anew."""


def read(
    data: bytes, filename: str, *, answers: Answers | None, limits: Limits, progress: Callable[[Progress], None] | None
) -> Reading:
    """Read in this process. Any bytes give a Reading; nothing is raised for the content of the file."""
    report = progress or (lambda _: None)
    report(Progress("opening", 0, 0, 0))
    try:
        workbook = open_workbook(
            data, filename, limits=limits, on_progress=lambda done: report(Progress("reading", 0, done, 0))
        )
        return _read_workbook(workbook, AnsweredLayouts(answers), limits, report)
    except FileRefused as refused:
        return Reading("refuse", refused.code, refused.details)
    except RecursionError:
        return Reading("refuse", "malformed")
    except MemoryError:
        return Reading("refuse", "memory_limit")


def _read_workbook(
    workbook: Workbook, answers: AnsweredLayouts, limits: Limits, report: Callable[[Progress], None]
) -> Reading:
    total = sum(len(sheet.rows) for sheet in workbook.sheets)
    if total == 0:
        raise FileRefused("empty")
    _number_equal_names(workbook)
    builder = ReadingBuilder(limits, lambda done, faults: report(Progress("checking", total, done, faults)))
    for code, details in workbook.notes:
        builder.warnings.append(Fault(None, 0, None, None, code, None, details))
    _ignore_hidden_sheets(workbook, builder)
    charts_of_sheet = _size_charts(workbook)
    tables_of_sheet = {
        id(sheet): _tables(sheet, answers)
        for sheet in workbook.sheets
        if sheet.visibility == "visible" and id(sheet) not in charts_of_sheet
    }
    tables = [table for sheet_tables in tables_of_sheet.values() for table in sheet_tables]
    complete = any(not table.questions for table in tables)
    for sheet in workbook.sheets:
        if sheet.visibility == "visible":
            builder.lines[sheet.name] = sheet.last_row
            layout = charts_of_sheet.get(id(sheet))
            if layout is not None:
                builder.size_charts += read_charts(sheet, layout, builder)
                builder.done += len(sheet.rows)
                continue
            _read_sheet(sheet, tables_of_sheet[id(sheet)], answers, builder, complete)
    drop_summaries(builder)
    drop_duplicates(builder)
    report_similar_colours(builder)
    return _conclude(workbook, builder, tables)


def _size_charts(workbook: Workbook) -> dict[int, Layout]:
    """The sheets, by identity, that hold size charts and no stock (IMPORT-26)."""
    found: dict[int, Layout] = {}
    for sheet in workbook.sheets:
        if sheet.visibility == "visible" and sheet.name not in _OWN_SHEETS:
            layout = lay_out_charts(sheet)
            if layout is not None:
                found[id(sheet)] = layout
    return found


def _number_equal_names(workbook: Workbook) -> None:
    """Number sheets of the same name, which only damaged or handmade files have: the place of a fault needs a unique name."""
    seen: set[str | None] = set()
    for sheet in workbook.sheets:
        name, number = sheet.name, 1
        while name in seen:
            number += 1
            name = f"{sheet.name} ({number})"
        sheet.name = name
        seen.add(name)


def _ignore_hidden_sheets(workbook: Workbook, builder: ReadingBuilder) -> None:
    for sheet in workbook.sheets:
        if sheet.visibility == "visible" or not sheet.rows:
            continue
        builder.lines[sheet.name] = sheet.last_row
        builder.ignore(sheet, 1, "hidden_sheet", sheet.last_row)
        if any(not table.questions and table.line_count() for table in tables_of(sheet)):
            builder.report(sheet, 1, None, None, Problem("hidden_sheet", fatal=False), sheet.name)


def _tables(sheet: Sheet, answers: AnsweredLayouts) -> list[Table]:
    if sheet.name in _OWN_SHEETS:
        return []
    tables = tables_of(sheet, answers)
    if tables or not sheet.rows:
        return tables
    return _headless_tables(sheet, answers)


def _headless_tables(sheet: Sheet, answers: AnsweredLayouts) -> list[Table]:
    """A table without a heading, recognised by its shape; its columns are asked for, and the answers remembered."""
    shape = [row for row in sheet.rows if sum(not is_blank(value) for value in row) >= 4]
    numeric = [
        row
        for row in shape
        if sum(
            isinstance(value, float) or str(value).strip().replace(".", "").isdigit()
            for value in row
            if value is not None
        )
        >= 2
    ]
    if len(numeric) < 2 or len(numeric) * 2 < len(sheet.rows):
        return []
    header = Header(first=0, last=-1, left=0, right=sheet.width - 1)
    kinds = "".join("n" if isinstance(value, float) else "t" if value else "-" for value in numeric[0])
    fingerprint = hashlib.sha256(f"headless:{sheet.width}:{kinds}".encode()).hexdigest()[:24]
    table = Table(sheet, header, 0, len(sheet.rows), headless_fingerprint=fingerprint)
    assign_fields(table, answers.of(table))
    return [table]


def _read_sheet(
    sheet: Sheet, tables: list[Table], answers: AnsweredLayouts, builder: ReadingBuilder, complete: bool
) -> None:
    for low, high in sheet.blank_rows():
        builder.ignore(sheet, low, "blank", high)
    if not tables:
        for number in sheet.numbers:
            builder.ignore(sheet, number, "no_table")
        builder.done += len(sheet.rows)
        return
    forced: set[int] = set()
    while True:
        before = builder.snapshot()
        try:
            _read_tables(sheet, tables, builder, complete)
        except HeaderFound as header:
            if header.at in forced or len(forced) == _MAX_MISSED_HEADINGS:
                raise FileRefused("ambiguous_layout") from None
            forced.add(header.at)
            builder.restore(before)
            tables = tables_of(sheet, answers, frozenset(forced))
        else:
            builder.done += len(sheet.rows)
            builder.on_progress(builder.done, len(builder.faults))
            return


def _read_tables(sheet: Sheet, tables: list[Table], builder: ReadingBuilder, complete: bool) -> None:
    before = builder.snapshot()
    _ignore_lines_before(sheet, tables, builder)
    for table in tables:
        for place, zh, en in table.unused:
            builder.report_unused(table, place, zh, en)
        if not table.questions:
            read_table(table, builder)
            continue
        is_summary = complete and _is_summary(table)
        if is_summary:
            summary = Problem("summary_sheet", fatal=False)
            builder.report(sheet, _heading_line(table), None, None, summary, sheet.name)
        else:
            builder.ask(table)
        for at in range(table.start, table.stop):
            builder.ignore(sheet, sheet.numbers[at], "summary" if is_summary else "unanswered")
    _merge_side_by_side(tables, builder, before)


def _heading_line(table: Table) -> int:
    return table.sheet.numbers[max(0, table.header.last)]


def _ignore_lines_before(sheet: Sheet, tables: list[Table], builder: ReadingBuilder) -> None:
    first = min(table.header.first for table in tables)
    for at in range(first):
        why = ignore_why(sheet.rows[at], "before", first=at == 0)
        builder.ignore(sheet, sheet.numbers[at], why)
    for at in sorted({at for table in tables for at in range(table.header.first, table.header.last + 1)}):
        builder.ignore(sheet, sheet.numbers[at], "header")


def _is_summary(table: Table) -> bool:
    """Whether a table sums up others: its sheet is named so, or it lacks most of the columns that items need."""
    if table.sheet.name and vocabulary.SUMMARY_SHEET.search(table.sheet.name):
        return True
    return len(table.missing()) >= _MANY_MISSING


def _merge_side_by_side(tables: list[Table], builder: ReadingBuilder, before: Snapshot) -> None:
    """With tables side by side a line is blank for one and an item for the other: the item decides.

    `before` is the state before the sheet was read.
    """
    if len({table.header.first for table in tables}) == len(tables):
        return
    used = set(builder.rows.columns["row"][before.rows :])
    used |= {fault.row for fault in builder.faults[before.faults :]}
    by_row: dict[int, Ignored] = {}
    for entry in builder.ignored[before.ignored :]:
        if entry.row not in used and (entry.row not in by_row or by_row[entry.row].why == "blank"):
            by_row[entry.row] = entry
    builder.ignored[before.ignored :] = by_row.values()


def _conclude(workbook: Workbook, builder: ReadingBuilder, tables: list[Table]) -> Reading:
    order = {sheet.name: at for at, sheet in reversed(list(enumerate(workbook.sheets)))}
    builder.faults.sort(
        key=lambda fault: (order.get(fault.sheet, -1), fault.row, len(fault.col or ""), fault.col or "")
    )
    builder.ignored.sort(key=lambda entry: (order.get(entry.sheet, -1), entry.row))
    reading = Reading(
        "accept",
        kind=workbook.kind,
        rows=builder.rows,
        faults=builder.faults,
        warnings=builder.warnings,
        ignored=builder.ignored,
        questions=builder.questions,
        lines=builder.lines,
        origins=builder.origins(),
        notes=workbook.notes,
        size_charts=builder.size_charts,
    )
    check_all_lines_accounted(reading)
    used = {digest for digest in builder.rows.columns["picture"] if digest}
    used.update(digest for more in builder.rows.columns["more_pictures"] if more for digest in more)
    reading.pictures = {digest: workbook.pictures[digest] for digest in used if digest in workbook.pictures}
    set_outcome(reading, workbook, tables)
    return reading
