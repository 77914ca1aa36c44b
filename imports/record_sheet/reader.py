"""A workbook of records → its tables, each handed to the reader of its kind, with every line accounted for (IMPORT-23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from imports import fields, vocabulary
from imports.accounting import check_lines
from imports.cells.text import Problem
from imports.layout.header import Header
from imports.layout.lines import ignore_why
from imports.layout.table import Answers
from imports.limits import Limits
from imports.record_sheet.assign import assign_record_fields
from imports.record_sheet.headings import find_record_headings, heading_by_shape, headless_table_header
from imports.record_sheet.kind import SheetKind
from imports.record_sheet.reading import RecordReading
from imports.record_sheet.table import RecordTable
from imports.report import Fault, FileRefused, Progress
from imports.report_builder import ReportBuilder
from imports.stock_sheet.outcome import is_garbled_workbook
from imports.workbook import open_workbook
from imports.workbook.model import Sheet, Workbook

_SKIPPED = frozenset({vocabulary.FAULTS_SHEET, vocabulary.LISTS_SHEET})
_MANY_MISSING = 2


@dataclass(slots=True)
class RecordBuilder(ReportBuilder):
    """Collects the reports of all tables; `used` are the lines that gave rows, by sheet."""

    used: dict[str | None, set[int]] = field(default_factory=dict)


def read_records(
    data: bytes,
    filename: str,
    kind: SheetKind,
    read_table: Callable[[RecordTable, RecordBuilder], None],
    reading: RecordReading,
    *,
    answers: Answers | None,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Fill the reading with everything but rows, which `read_table` adds. Raises FileRefused."""
    report = progress or (lambda _: None)
    report(Progress("opening", 0, 0, 0))
    workbook = open_workbook(
        data, filename, limits=limits, on_progress=lambda done: report(Progress("reading", 0, done, 0))
    )
    total = sum(len(sheet.rows) for sheet in workbook.sheets)
    if not total:
        raise FileRefused("empty")
    builder = RecordBuilder(limits, lambda done, faults: report(Progress("checking", total, done, faults)))
    reading.kind, reading.notes = workbook.kind, workbook.notes
    for code, details in workbook.notes:
        builder.warnings.append(Fault(None, 0, None, None, code, None, details))
    _number_equal_names(workbook)
    tables_of_sheet = {id(sheet): record_tables(sheet, kind, answers or {}) for sheet in workbook.sheets}
    if not any(tables_of_sheet.values()):
        if is_garbled_workbook(workbook):
            raise FileRefused("encoding_damage")
        tables_of_sheet = {id(sheet): table_by_shape(sheet, kind, answers or {}) for sheet in workbook.sheets}
    for sheet in workbook.sheets:
        _read_sheet(sheet, tables_of_sheet, builder, read_table)
    _conclude(workbook, builder, reading, any(tables_of_sheet.values()))


def record_tables(sheet: Sheet, kind: SheetKind, answers: Answers) -> list[RecordTable]:
    """The tables of a sheet, by the words of their headings. A heading printed again begins a new table."""
    if sheet.name in _SKIPPED | kind.skipped:
        return []
    headers = find_record_headings(sheet, kind.lookup)
    if not headers:
        return []
    stops = [header.first for header in headers[1:]] + [len(sheet.rows)]
    tables = [RecordTable(sheet, header, header.last + 1, stop) for header, stop in zip(headers, stops, strict=True)]
    for table in tables:
        assign_record_fields(table, kind, answers.get(table.fingerprint, {}))
    return tables


def table_by_shape(sheet: Sheet, kind: SheetKind, answers: Answers) -> list[RecordTable]:
    """What looks like a table though no heading is known, or data without any heading. Its columns are asked for."""
    if sheet.visibility != "visible" or sheet.name in _SKIPPED | kind.skipped:
        return []
    header = heading_by_shape(sheet, kind.lookup)
    if header is not None:
        table = RecordTable(sheet, header, header.last + 1, len(sheet.rows))
    elif (headless := headless_table_header(sheet)) is not None:
        table = RecordTable(sheet, headless[0], 0, len(sheet.rows), headless_fingerprint=headless[1])
    else:
        return []
    assign_record_fields(table, kind, answers.get(table.fingerprint, {}))
    return [table]


def _number_equal_names(workbook: Workbook) -> None:
    """Number sheets of the same name: the place of a fault needs a unique name."""
    seen: set[str | None] = set()
    for sheet in workbook.sheets:
        name, number = sheet.name, 1
        while name in seen:
            number += 1
            name = f"{sheet.name} ({number})"
        sheet.name = name
        seen.add(name)


def _read_sheet(
    sheet: Sheet,
    tables_of_sheet: dict[int, list[RecordTable]],
    builder: RecordBuilder,
    read_table: Callable[[RecordTable, RecordBuilder], None],
) -> None:
    builder.lines[sheet.name] = sheet.last_row
    tables = tables_of_sheet[id(sheet)]
    if sheet.visibility != "visible":
        if sheet.rows:
            builder.ignore(sheet, 1, "hidden_sheet", sheet.last_row)
        if any(not table.questions and table.line_count() for table in tables):
            builder.report(sheet, 1, None, None, Problem("hidden_sheet", fatal=False), sheet.name)
        return
    for low, high in sheet.blank_rows():
        builder.ignore(sheet, low, "blank", high)
    if not tables:
        for number in sheet.numbers:
            builder.ignore(sheet, number, "no_table")
    else:
        _ignore_lines_before(sheet, tables, builder)
    complete = any(not each.questions for others in tables_of_sheet.values() for each in others)
    for table in tables:
        _read_table(table, builder, read_table, complete)
    builder.done += len(sheet.rows)
    builder.on_progress(builder.done, len(builder.faults))


def _ignore_lines_before(sheet: Sheet, tables: list[RecordTable], builder: RecordBuilder) -> None:
    for at in range(tables[0].header.first):
        builder.ignore(sheet, sheet.numbers[at], ignore_why(sheet.rows[at], "before", first=at == 0))
    before: Header | None = None
    for table in tables:
        header = table.header
        is_repeated = before is not None and header.same_as(before)
        for at in range(header.first, header.last + 1):
            builder.ignore(sheet, sheet.numbers[at], "repeated_header" if is_repeated else "header")
        before = header


def _read_table(
    table: RecordTable,
    builder: RecordBuilder,
    read_table: Callable[[RecordTable, RecordBuilder], None],
    complete: bool,
) -> None:
    for place, zh, en in table.unused:
        builder.report_unused(table, place, zh, en)
    if not table.questions:
        read_table(table, builder)
        return
    sheet = table.sheet
    is_other = complete and (len(table.questions) >= _MANY_MISSING or _is_summary(table))
    if is_other:
        summary = Problem("summary_sheet", fatal=False)
        builder.report(sheet, sheet.numbers[max(0, table.header.last)], None, None, summary, sheet.name)
    else:
        builder.ask(table)
    for at in range(table.start, table.stop):
        builder.ignore(sheet, sheet.numbers[at], "summary" if is_other else "unanswered")


def _is_summary(table: RecordTable) -> bool:
    return bool(table.sheet.name and vocabulary.SUMMARY_SHEET.search(table.sheet.name))


def _conclude(workbook: Workbook, builder: RecordBuilder, reading: RecordReading, any_table: bool) -> None:
    order = {sheet.name: at for at, sheet in reversed(list(enumerate(workbook.sheets)))}
    builder.faults.sort(
        key=lambda fault: (order.get(fault.sheet, -1), fault.row, len(fault.col or ""), fault.col or "")
    )
    builder.ignored.sort(key=lambda entry: (order.get(entry.sheet, -1), entry.row))
    for fault in builder.faults:
        builder.used.setdefault(fault.sheet, set()).add(fault.row)
    check_lines(workbook.kind, builder.lines, builder.used, builder.ignored)
    reading.faults, reading.warnings, reading.ignored = builder.faults, builder.warnings, builder.ignored
    reading.questions, reading.lines = builder.questions, builder.lines
    if not any_table:
        raise FileRefused("no_header")
    if reading.questions:
        first = reading.questions[0]
        reading.outcome, reading.reason = "ask_mapping", first.code
        reading.details = fields.joined_names(question.field for question in reading.questions)
