"""What the integrity check is made of: statements that look for rows which break an invariant, and the rows that they name.

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

    `code` is stable. `statement` gives a row `id` of `table`, and the columns that `says` names in braces. Where it stands, the text
    `changed_orders(o.id)` is true in a full run; in a run over what changed since the last clean one it is whether the id is among
    those that changed (`integrity.changes`). A statement without it reads everything in both kinds of run.
    """

    code: str
    invariant: int
    table: str
    says: str
    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def violation(self, row: Mapping[str, Any]) -> Violation:
        return Violation(self.invariant, self.table, row["id"], self.says.format(**row), self.code)


Read = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]
"""Runs a statement, in which `changed_orders(o.id)` means what it means in a check, and gives its rows by column name."""


@dataclass(frozen=True, slots=True)
class ComputedCheck:
    """A check that takes more than one statement: what `find` gives is read in order and need not fit into memory."""

    code: str
    find: Callable[[Read], Iterable[Violation]]
