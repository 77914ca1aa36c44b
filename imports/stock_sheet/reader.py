"""A stock workbook → a Reading: sheet by sheet, table by table, with every line accounted for."""

from __future__ import annotations

import hashlib
import logging
from bisect import bisect_left
from collections.abc import Callable

from imports import fields, vocabulary
from imports.cells.text import Problem, is_garbled
from imports.layout.assign import assign_fields
from imports.layout.header import Header
from imports.layout.lines import ignore_why
from imports.layout.table import Answers, Table
from imports.layout.tables import tables_of
from imports.limits import Limits
from imports.report import Fault, FileRefused, Ignored, Progress
from imports.stock_sheet.builder import ReadingBuilder, Snapshot
from imports.stock_sheet.classify import HeaderFound
from imports.stock_sheet.duplicates import drop_duplicates, drop_summaries
from imports.stock_sheet.read_table import read_table
from imports.stock_sheet.rows import Reading
from imports.workbook import open_workbook
from imports.workbook.model import Sheet, Workbook, is_blank

_MANY_MISSING = 2
_MAX_MISSED_HEADINGS = 100
"""For each the sheet is read anew."""
_MAX_QUESTIONS = 50
_log = logging.getLogger("imports")


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
        return _read_workbook(workbook, answers or {}, limits, report)
    except FileRefused as refused:
        return Reading("refuse", refused.code, refused.details)
    except RecursionError:
        return Reading("refuse", "malformed")
    except MemoryError:
        return Reading("refuse", "memory_limit")


def _read_workbook(workbook: Workbook, answers: Answers, limits: Limits, report: Callable[[Progress], None]) -> Reading:
    total = sum(len(sheet.rows) for sheet in workbook.sheets)
    if total == 0:
        raise FileRefused("empty")
    _number_equal_names(workbook)
    builder = ReadingBuilder(limits, lambda done, faults: report(Progress("checking", total, done, faults)))
    for code, details in workbook.notes:
        builder.warnings.append(Fault(None, 0, None, None, code, None, details))
    _ignore_hidden_sheets(workbook, builder)
    tables_of_sheet = {id(sheet): _tables(sheet, answers) for sheet in workbook.sheets if sheet.visibility == "visible"}
    tables = [table for sheet_tables in tables_of_sheet.values() for table in sheet_tables]
    complete = any(not table.questions for table in tables)
    for sheet in workbook.sheets:
        if sheet.visibility == "visible":
            builder.lines[sheet.name] = sheet.last_row
            _read_sheet(sheet, tables_of_sheet[id(sheet)], answers, builder, complete)
    drop_summaries(builder)
    drop_duplicates(builder)
    return _conclude(workbook, builder, tables)


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


def _tables(sheet: Sheet, answers: Answers) -> list[Table]:
    if sheet.name in (vocabulary.FAULTS_SHEET, vocabulary.LISTS_SHEET):
        return []
    tables = tables_of(sheet, answers)
    if tables or not sheet.rows:
        return tables
    return _headless_tables(sheet, answers)


def _headless_tables(sheet: Sheet, answers: Answers) -> list[Table]:
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
    assign_fields(table, answers.get(fingerprint, {}))
    return [table]


def _read_sheet(sheet: Sheet, tables: list[Table], answers: Answers, builder: ReadingBuilder, complete: bool) -> None:
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
            _ask(table, builder)
        for at in range(table.start, table.stop):
            builder.ignore(sheet, sheet.numbers[at], "summary" if is_summary else "unanswered")
    _merge_side_by_side(tables, builder, before)


def _ask(table: Table, builder: ReadingBuilder) -> None:
    """Ask for each field once for all tables of one layout, and for at most _MAX_QUESTIONS together."""
    known = {(question.fingerprint, question.field) for question in builder.questions}
    new = [question for question in table.questions if (question.fingerprint, question.field) not in known]
    builder.questions += new[: _MAX_QUESTIONS - len(builder.questions)]


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
    )
    _check_all_lines_accounted(reading)
    used = {digest for digest in builder.rows.columns["picture"] if digest}
    reading.pictures = {digest: workbook.pictures[digest] for digest in used if digest in workbook.pictures}
    if all(table.headless_fingerprint for table in tables) and _is_garbled(workbook):
        reading.outcome, reading.reason = "refuse", "encoding_damage"
    elif builder.questions:
        reading.outcome, reading.reason = "ask_mapping", builder.questions[0].code
        if reading.reason == "missing_column":
            names = [question.field for question in builder.questions if question.code == "missing_column"]
            reading.details = fields.joined_names(names)
        elif reading.reason == "duplicate_header":
            reading.details = fields.joined_names([builder.questions[0].field])
    elif not tables:
        visible = any(sheet.rows for sheet in workbook.sheets if sheet.visibility == "visible")
        reading.outcome, reading.reason = "refuse", "no_header" if visible else "empty"
    elif not builder.rows and not builder.faults:
        reading.outcome, reading.reason = "refuse", "empty"
    elif not builder.rows and all(_is_uncomputed(fault) for fault in builder.faults):
        reading.outcome, reading.reason = "refuse", "formula_no_value"
    elif (
        not builder.rows
        and len(builder.faults) > 2
        and all(fault.code == "encoding_damage" for fault in builder.faults)
    ):
        reading.outcome, reading.reason = "refuse", "encoding_damage"
    if reading.outcome == "refuse":
        reading.questions = []
    return reading


def _is_garbled(workbook: Workbook) -> bool:
    """Whether the first lines are text that went through a wrong encoding, so that no heading can be known."""
    texts = [value for sheet in workbook.sheets for row in sheet.rows[:5] for value in row if isinstance(value, str)]
    foreign = [text for text in texts if not text.isascii()]
    lost = sum(bool(text) and not text.strip("?？") for text in texts)
    return lost >= 3 or (len(foreign) >= 3 and sum(map(is_garbled, foreign)) * 2 > len(foreign))


def _is_uncomputed(fault: Fault) -> bool:
    return fault.code == "formula_no_value"


def _check_all_lines_accounted(reading: Reading) -> None:
    """Check that every line is either in rows or faults, or once in ignored (IMPORT-1).

    If it is not, the reader has a bug: the whole file is refused, and the log names the sheets.
    """
    numbers = reading.rows.columns["row"]
    used: dict[str | None, set[int]] = {name: set() for name in reading.lines}
    for origin in reading.origins:
        used.setdefault(origin.sheet, set()).update(numbers[origin.start : origin.stop])
    for fault in reading.faults:
        used.setdefault(fault.sheet, set()).add(fault.row)
    ignored_of: dict[str | None, list[Ignored]] = {name: [] for name in used}
    for entry in reading.ignored:
        ignored_of.setdefault(entry.sheet, []).append(entry)
    wrong = [
        name
        for name, entries in ignored_of.items()
        if not _covers_each_line_once(reading.lines.get(name, 0), used.get(name, set()), entries)
    ]
    if wrong or sum(origin.stop - origin.start for origin in reading.origins) != len(numbers):
        _log.error("lines were lost or counted twice on sheets %s of a %s", wrong, reading.kind)
        raise FileRefused("lines_lost", "、".join(str(name or "") for name in wrong))


def _covers_each_line_once(last: int, used: set[int], ignored: list[Ignored]) -> bool:
    """Whether the lines in use and the ignored lines (in their order) are together 1 to `last`, each once."""
    if len(used) + sum(entry.to_row - entry.row + 1 for entry in ignored) != last:
        return False
    ordered: list[int] | None = None
    before = 0
    for entry in ignored:
        if entry.row <= before or entry.to_row > last:
            return False
        before = entry.to_row
        if entry.row == entry.to_row:
            if entry.row in used:
                return False
            continue
        if ordered is None:
            ordered = sorted(used)
        at = bisect_left(ordered, entry.row)
        if at < len(ordered) and ordered[at] <= entry.to_row:
            return False
    return not used or (min(used) >= 1 and max(used) <= last)
