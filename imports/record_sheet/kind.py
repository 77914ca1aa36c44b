"""What one kind of record sheet needs: its headings, its required fields, and how its tables are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from imports.record_sheet.table import RecordTable
from imports.record_sheet.words import HeadingWords


def _nothing(table: RecordTable) -> None:
    """No adjustment."""


@dataclass(frozen=True, slots=True)
class SheetKind:
    """The rules of one kind.

    `required` lists alternatives: of each tuple one field must have a column, or a question is asked for the first. `asked` are
    fields for which contradicting columns are asked about; of other fields the plainest heading counts. `context` are fields that are
    known and not read; `offered` are those of them that may answer a question. `several` are fields of which each column counts.
    `canonical` turns a text of a field into what two columns are compared by. `adjust` may reassign columns by what they hold, before
    anything is asked. `skipped` are names of sheets that hold no records.
    """

    lookup: HeadingWords
    required: tuple[tuple[str, ...], ...]
    asked: frozenset[str]
    context: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    canonical: dict[str, Callable[[str], Any]] = field(default_factory=dict)
    adjust: Callable[[RecordTable], None] = _nothing
    skipped: frozenset[str] = frozenset()
