"""Answers about the columns of a layout, and of the same table in other blocks that differ in their sizes."""

from __future__ import annotations

from collections.abc import Mapping

from imports.layout.header import Header
from imports.layout.table import Answers, Table
from imports.workbook.model import column_index, column_letters


class AnsweredLayouts:
    """Answers by the fingerprint of a layout, carried to the blocks of the same table (`Table.family`) that follow it in the workbook.

    A table is asked about at its first block only.
    """

    def __init__(self, answers: Answers | None = None) -> None:
        self._answers = answers or {}
        self._of_family: dict[str, tuple[Header, Mapping[str, str]]] = {}

    def of(self, table: Table) -> Mapping[str, str]:
        """The answers for a table: {column letters or heading: field}."""
        own = self._answers.get(table.fingerprint)
        if own is not None:
            self._of_family.setdefault(table.family, (table.header, own))
            return own
        if table.family not in self._of_family:
            return {}
        header, answers = self._of_family[table.family]
        return {_moved(key, header, table.header): field for key, field in answers.items()}


def _moved(key: str, before: Header, after: Header) -> str:
    """The letters of a column of one block as those of the same column of another; a heading stays what it is."""
    if not (key.isascii() and key.isalpha() and len(key) <= 3):
        return key
    columns = sorted(before.texts)
    at = column_index(key)
    return column_letters(sorted(after.texts)[columns.index(at)]) if at in before.texts else key
