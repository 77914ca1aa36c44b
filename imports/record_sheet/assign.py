"""Which column of a record table has which field: answers first, then headings, then what the columns hold (IMPORT-4, IMPORT-23)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Final

from imports import vocabulary
from imports.cells.text import display_text, normalize
from imports.layout.questions import question_of
from imports.layout.table import Table
from imports.record_sheet.kind import SheetKind
from imports.record_sheet.table import RecordTable
from imports.record_sheet.words import PATTERN_PRECEDENCE
from imports.vocabulary import Meaning
from imports.workbook.model import column_index, is_blank

_ANSWERED = -1
_CONSTANT = "="
_UNKNOWN = "不认识这个列名", "the heading is not known"
_NAMELESS = "没有列名", "it has no heading"


def assign_record_fields(table: RecordTable, kind: SheetKind, answers: Mapping[str, str]) -> None:
    """Give each field its column or columns, set aside what is not used, and ask about what is missing or contradicts itself."""
    ignored = _apply_answers(table, answers)
    by_field: dict[str, list[int]] = {}
    for column, meaning in sorted(table.header.meanings.items()):
        if column not in ignored:
            by_field.setdefault(meaning.field, []).append(column)
    for name, columns in by_field.items():
        if name in kind.several:
            table.several[name] = columns
        elif name not in kind.context:
            _choose(table, kind, name, columns)
    kind.adjust(table)
    _ask_for_missing(table, kind)
    _list_unused(table, kind)


def _apply_answers(table: RecordTable, answers: Mapping[str, str]) -> set[int]:
    """Enter the answers into the meanings; the columns that are to be ignored."""
    ignored: set[int] = set()
    for key, chosen in answers.items():
        if key.startswith(_CONSTANT) and len(key) > 1:
            table.constants[chosen] = key[1:]
            continue
        column = _column_of(table, key)
        if column is None:
            continue
        if chosen == "ignore":
            ignored.add(column)
            table.header.meanings.pop(column, None)
            table.unused.append((column, "按您的选择忽略", "ignored as you chose"))
            continue
        for other in [at for at, meaning in table.header.meanings.items() if meaning.field == chosen]:
            del table.header.meanings[other]
        table.header.meanings[column] = Meaning(chosen, _ANSWERED, True)
    return ignored


def _column_of(table: Table, key: str) -> int | None:
    if key.isascii() and key.isalpha() and len(key) <= 3:
        column = column_index(key)
        if column <= table.header.right:
            return column
    folded = vocabulary.fold_heading(key)
    return next((at for at, text in table.header.texts.items() if vocabulary.fold_heading(text) == folded), None)


def _choose(table: RecordTable, kind: SheetKind, name: str, columns: list[int]) -> None:
    """One column, or several of which each line fills at most one. Equal claims that contradict each other are asked about."""
    meanings = table.header.meanings
    columns = sorted(columns, key=lambda column: (meanings[column].precedence, column))
    filled = [column for column in columns if _is_filled(table, column)]
    if len(filled) < len(columns):
        columns = filled or columns[:1]
    if (
        len(columns) > 1
        and meanings[columns[-1]].precedence < PATTERN_PRECEDENCE
        and _agree(table, kind, name, columns)
    ):
        table.columns[name], table.sources[name] = columns[0], columns
        return
    best = [column for column in columns if meanings[column].precedence == meanings[columns[0]].precedence]
    if len(best) > 1 and _agree(table, kind, name, best):
        table.sources[name] = best
    elif len(best) > 1 and name in kind.asked:
        table.questions.append(question_of(table, "duplicate_header", name, best))
        return
    table.columns[name] = columns[0]
    for column in columns:
        if column not in table.sources.get(name, [columns[0]]):
            heading = table.heading(columns[0])
            table.unused.append((column, f"已用“{heading}”", f"'{heading}' was used"))


def _is_filled(table: Table, column: int) -> bool:
    return any(not is_blank(row[column]) for row in table.sheet.rows[table.start : table.stop])


_MAX_COMPARED: Final = 8
"""Columns for one field that are compared with each other; more are asked about."""


def _agree(table: Table, kind: SheetKind, name: str, columns: list[int]) -> bool:
    """Whether no line says two different things in these columns."""
    canonical: Callable[[str], object] = kind.canonical.get(name, str)
    if len(columns) > _MAX_COMPARED:
        return False
    rows = table.sheet.rows[table.start : table.stop]
    for one, other in combinations(columns, 2):
        for row in rows:
            first, second = row[one], row[other]
            if first is None or second is None or first == second or is_blank(first) or is_blank(second):
                continue
            if canonical(normalize(display_text(first))) != canonical(normalize(display_text(second))):
                return False
    return True


def _ask_for_missing(table: RecordTable, kind: SheetKind) -> None:
    asked = {question.field for question in table.questions}
    for names in kind.required:
        if any(name in table.columns or name in table.constants or name in asked for name in names):
            continue
        code = "no_header" if table.headless_fingerprint else "missing_column"
        table.questions.append(question_of(table, code, names[0], _free_columns(table, kind)))


def _free_columns(table: RecordTable, kind: SheetKind) -> list[int]:
    """The columns that may answer a question: those that are not used, likely ones first."""
    used = {*table.columns.values(), *(column for columns in table.sources.values() for column in columns)}
    used.update(column for columns in table.several.values() for column in columns)
    meanings = table.header.meanings
    free = [
        column for column in range(table.header.left, table.header.right + 1)
        if column not in used and table.samples(column)
        and (column not in meanings or meanings[column].field not in kind.context - kind.offered)
    ]  # fmt: skip
    return sorted(free, key=lambda column: (column not in meanings, column))


def _list_unused(table: RecordTable, kind: SheetKind) -> None:
    """Name every column with content that is neither read, nor known as context, nor asked about (IMPORT-19)."""
    used = {*table.columns.values(), *(column for columns in table.sources.values() for column in columns)}
    used.update(column for columns in table.several.values() for column in columns)
    used.update(column_index(candidate.col) for question in table.questions for candidate in question.candidates)
    used.update(column for column, _, _ in table.unused)
    for column in range(table.header.left, table.header.right + 1):
        meaning = table.header.meanings.get(column)
        if column in used or (meaning is not None and meaning.field in kind.context) or not _is_filled(table, column):
            continue
        table.unused.append((column, *(_UNKNOWN if column in table.header.texts else _NAMELESS)))
    table.unused.sort()
