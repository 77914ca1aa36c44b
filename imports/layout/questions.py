"""The questions about a table that must be answered before it is read."""

from __future__ import annotations

from imports import fields
from imports.layout.table import Table
from imports.report import Candidate, Question
from imports.workbook.model import column_letters


def ask_for_missing(table: Table, by_field: dict[str, list[int]]) -> None:
    known = {question.field for question in table.questions}
    unclear = [c for c in by_field.get(fields.UNCLEAR_PRICE, []) if c not in table.columns.values()]
    for name in table.missing():
        if name in known:
            continue
        if name in (fields.TAG_PRICE, fields.BASE_PRICE) and unclear:
            table.questions.append(question_of(table, "ambiguous_layout", name, unclear))
        else:
            table.questions.append(question_of(table, "missing_column", name, _free_columns(table)))
    # A discount stands in for the supply price only if no unclear price could be it.
    if (
        fields.BASE_PRICE not in table.columns
        and fields.DISCOUNT in table.columns
        and unclear
        and fields.BASE_PRICE not in known
    ):
        table.questions.append(question_of(table, "ambiguous_layout", fields.BASE_PRICE, unclear))


def _free_columns(table: Table) -> list[int]:
    taken = {*table.columns.values(), *table.warehouses, *(c for row in table.header.sizes for c in row.labels)}
    costs = {c for c, meaning in table.header.meanings.items() if meaning.field in (fields.COST, fields.AMOUNT)}
    known = {
        c for c, m in table.header.meanings.items()
        if m.field in (fields.LOCATION, fields.CONDITION) or (m.field == fields.UNUSED and m.precedence == 0 and m.exact)
    }  # fmt: skip
    return [
        column for column in range(table.header.left, table.header.right + 1)
        if column not in taken and column not in costs and column not in known and table.samples(column)
    ]  # fmt: skip


def question_of(table: Table, code: str, name: str, columns: list[int]) -> Question:
    candidates = tuple(
        Candidate(column_letters(column), table.heading(column) or "", table.samples(column)) for column in columns
    )
    sheet = table.sheet
    if table.headless_fingerprint:
        return Question(sheet.name, sheet.numbers[0], "no_header", name, table.headless_fingerprint, candidates)
    return Question(
        sheet.name, sheet.numbers[table.header.last], code, name, table.fingerprint, candidates, table.header.headings
    )
