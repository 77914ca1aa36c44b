"""The types of the integrity check: checks that look for rows which break an invariant, and violations that name these rows.

See docs/rules/integrity.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Violation:
    """One row that breaks an invariant. `invariant` is its number, 1 to 7; `what` says in English what was expected and what was found.

    `code` is that of the check which found it.
    """

    invariant: int
    table: str
    row_id: int
    what: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One SQL statement whose rows break an invariant: a set, read at one snapshot, nothing written.

    `code` is stable. `statement` selects `id` of rows of `table`, and the columns that `message` names in braces. In a statement,
    `changed_orders(o.id)` is replaced: by true in a full run, and in a run over changes by a test whether the order has changed
    (`integrity.sql`). A statement without such a text reads everything in both kinds of run.
    """

    code: str
    invariant: int
    table: str
    message: str
    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def violation(self, row: Mapping[str, Any]) -> Violation:
        return Violation(self.invariant, self.table, row["id"], self.message.format(**row), self.code)


Read = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]
"""Runs a statement, in which `changed_orders(o.id)` is replaced as in a check, and returns its rows by column name."""


@dataclass(frozen=True, slots=True)
class ComputedCheck:
    """A check that takes more than one statement. `find` yields violations one by one, so that they need not fit into memory."""

    code: str
    find: Callable[[Read], Iterable[Violation]]
