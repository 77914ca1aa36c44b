"""Sheets of one record per line with a vocabulary of their own: the common part of tracking and order sheets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from imports import fields, vocabulary
from imports.cells.text import Problem, display_text
from imports.layout.header import Header
from imports.layout.headers import find_headers
from imports.layout.lines import ignore_why, total_kind
from imports.layout.table import Answers
from imports.limits import Limits
from imports.report import Candidate, Fault, FileRefused, Ignored, Outcome, Progress, Question
from imports.vocabulary import Meaning
from imports.workbook import open_workbook
from imports.workbook.model import Row, Sheet, Value, column_index, column_letters, is_blank


@dataclass(slots=True)
class RecordReading:
    """The parts of a reading besides its rows; they mean the same as in `stock_sheet.rows.Reading`."""

    outcome: Outcome = "accept"
    reason: str | None = None
    details: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lines: dict[str | None, int] = field(default_factory=dict)


@dataclass(slots=True)
class RecordLine:
    """One line that may be a record; it collects whether it has a fault."""

    sheet: Sheet
    number: int
    row: Row
    columns: dict[str, int]
    header: Header
    reading: RecordReading
    has_fault: bool = False

    def raw(self, name: str) -> Value:
        column = self.columns.get(name)
        return None if column is None else self.row[column]

    def fault(self, name: str, code: str, details: tuple[str, ...] = (), *, fatal: bool = True) -> None:
        column = self.columns.get(name)
        value = self.raw(name)
        entry = Fault(
            self.sheet.name,
            self.number,
            None if column is None else column_letters(column),
            None if column is None else self.header.texts.get(column),
            code,
            None if value is None else display_text(value)[:200],
            details,
        )
        (self.reading.faults if fatal else self.reading.warnings).append(entry)
        self.has_fault = self.has_fault or fatal

    def parse(self, name: str, parser: Callable[[Value], object]) -> object:
        """The parsed cell, or None after its fault was reported. With a warning the value is used."""
        found = parser(self.raw(name))
        if not isinstance(found, Problem):
            return found
        self.fault(name, found.code, found.details, fatal=found.fatal)
        return None if found.fatal else found.value


def read_records(  # noqa: C901
    data: bytes,
    filename: str,
    lookup: Callable[[str], Meaning | None],
    required: tuple[tuple[str, ...], ...],
    reading: RecordReading,
    answers: Answers | None,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
) -> Iterator[RecordLine]:
    """The lines under the headings of every visible sheet; all other lines are recorded as ignored.

    `required` lists alternatives: of each tuple one field must have a column. Missing ones become questions.
    """
    report = progress or (lambda _: None)
    workbook = open_workbook(
        data, filename, limits=limits, on_progress=lambda done: report(Progress("reading", 0, done, 0))
    )
    total = sum(len(sheet.rows) for sheet in workbook.sheets)
    if not total:
        raise FileRefused("empty")
    for code, details in workbook.notes:
        reading.warnings.append(Fault(None, 0, None, None, code, None, details))
    any_header = False
    done = 0
    for sheet in workbook.sheets:
        reading.lines[sheet.name] = sheet.last_row
        if sheet.visibility != "visible":
            if sheet.rows:
                reading.ignored.append(Ignored(sheet.name, 1, "hidden_sheet", sheet.last_row))
            continue
        reading.ignored += [Ignored(sheet.name, low, "blank", high) for low, high in sheet.blank_rows()]
        headers = find_headers(sheet, lookup)
        any_header = any_header or bool(headers)
        if not headers:
            reading.ignored += [Ignored(sheet.name, number, "no_table", number) for number in sheet.numbers]
            continue
        for at in range(headers[0].first):
            why = ignore_why(sheet.rows[at], "before", first=at == 0)
            reading.ignored.append(Ignored(sheet.name, sheet.numbers[at], why, sheet.numbers[at]))
        for place, header in enumerate(headers):
            stop = headers[place + 1].first if place + 1 < len(headers) else len(sheet.rows)
            for at in range(header.first, header.last + 1):
                reading.ignored.append(Ignored(sheet.name, sheet.numbers[at], "header", sheet.numbers[at]))
            columns = _columns(header, (answers or {}).get(header.fingerprint, {}))
            if not _ask(sheet, header, columns, required, stop, reading):
                yield from _lines(sheet, header, columns, stop, reading)
            else:
                for at in range(header.last + 1, stop):
                    reading.ignored.append(Ignored(sheet.name, sheet.numbers[at], "unanswered", sheet.numbers[at]))
        done += len(sheet.rows)
        report(Progress("checking", total, done, len(reading.faults)))
    if not any_header:
        raise FileRefused("no_header")


def set_outcome(reading: RecordReading) -> None:
    """Set the outcome after all lines are read."""
    reading.ignored.sort(key=lambda entry: (entry.sheet or "", entry.row))
    if reading.questions:
        reading.outcome, reading.reason = "ask_mapping", reading.questions[0].code
        reading.details = fields.joined_names(question.field for question in reading.questions)


def heading_lookup(words_of_fields: Mapping[str, str]) -> Callable[[str], Meaning | None]:
    """The lookup that find_headers takes; earlier words of a field win over later ones."""
    table: dict[str, tuple[str, int]] = {}
    for name, words_by_precedence in words_of_fields.items():
        for precedence, word in enumerate(words_by_precedence.split()):
            table.setdefault(vocabulary.fold_heading(word), (name, precedence))

    def lookup(heading: str) -> Meaning | None:
        if len(heading) > 40:
            return None
        for text in vocabulary.bare_forms(heading):
            found = table.get(text)
            if found is not None:
                return Meaning(found[0], found[1], True)
        return None

    return lookup


def _columns(header: Header, answers: Mapping[str, str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for column, meaning in sorted(header.meanings.items(), key=lambda item: (item[1].precedence, item[0])):
        columns.setdefault(meaning.field, column)
    for key, name in answers.items():
        columns = {other: column for other, column in columns.items() if other != name}
        if key.isascii() and key.isalpha() and len(key) <= 3:
            columns[name] = column_index(key)
    return columns


def _ask(
    sheet: Sheet,
    header: Header,
    columns: dict[str, int],
    required: tuple[tuple[str, ...], ...],
    stop: int,
    reading: RecordReading,
) -> bool:
    is_missing = False
    for names in required:
        if any(name in columns for name in names):
            continue
        is_missing = True
        candidates: list[Candidate] = []
        for column in range(sheet.width):
            if column in columns.values():
                continue
            rows = sheet.rows[header.last + 1 : min(stop, header.last + 50)]
            samples = list(dict.fromkeys(display_text(row[column]) for row in rows if not is_blank(row[column])))[:5]
            if samples:
                candidates.append(Candidate(column_letters(column), header.texts.get(column, ""), tuple(samples)))
        number = sheet.numbers[header.last]
        reading.questions.append(
            Question(sheet.name, number, "missing_column", names[0], header.fingerprint, tuple(candidates))
        )
    return is_missing


def _lines(
    sheet: Sheet, header: Header, columns: dict[str, int], stop: int, reading: RecordReading
) -> Iterator[RecordLine]:
    for top, left, bottom, _ in sheet.merges:
        value = sheet.value(top, left)
        if bottom > top and left in columns.values() and not is_blank(value):
            for at in range(max(header.last + 1, bisect_right(sheet.numbers, top)), stop):
                if sheet.numbers[at] > bottom:
                    break
                if sheet.rows[at][left] is None:
                    sheet.rows[at][left] = value
    used = sorted(set(columns.values()))
    for at in range(header.last + 1, stop):
        row, number = sheet.rows[at], sheet.numbers[at]
        filled = [column for column in used if column < len(row) and not is_blank(row[column])]
        if not filled:
            is_whole_line_blank = all(is_blank(value) for value in row)
            reading.ignored.append(Ignored(sheet.name, number, "blank" if is_whole_line_blank else "note", number))
        elif total_kind(row) and len(filled) <= 3:
            reading.ignored.append(Ignored(sheet.name, number, "total", number))
        elif (
            any(isinstance(v, str) and vocabulary.EXAMPLE_LABEL.search(v) for v in (row[c] for c in filled))
            and at - header.last < 4
        ):
            reading.ignored.append(Ignored(sheet.name, number, "example_row", number))
        else:
            yield RecordLine(sheet, number, row, columns, header, reading)
