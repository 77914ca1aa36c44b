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


def fault_check(
    code: str, invariant: int, table: str, rows: str, faults: str, where: str = "true", **parameters: object
) -> Check:
    """A check that names the first fault of a row.

    `rows` is what stands between FROM and WHERE; its first alias is that of the rows of `table`, such as "k JOIN …". `faults` are the
    WHEN … THEN … of a CASE, and `where` restricts the rows that are looked at.
    """
    alias = rows.split(maxsplit=1)[0]
    statement = f"""
        SELECT {alias}.id, found.fault FROM {table} {rows}
        CROSS JOIN LATERAL (SELECT CASE {faults} END AS fault) AS found
        WHERE {where} AND found.fault IS NOT NULL
        """  # noqa: S608 - composed of constants
    return Check(code, invariant, table, "{fault}", statement, parameters)


def sum_check(
    code: str,
    invariant: int,
    table: str,
    message: str,
    column: str,
    parts: str,
    where: str = "true",
    **parameters: object,
) -> Check:
    """A check that a column of a table is the sum of its parts.

    `parts` is a query of (id of the row, amount of the part); a row without parts has the sum 0. `where` restricts the rows of `table`,
    whose alias is `t`. The message may name the columns of the row and `{expected}`, the sum.
    """
    statement = f"""
        SELECT t.*, coalesce(s.expected, 0) AS expected FROM {table} t
        LEFT JOIN (SELECT id, sum(amount) AS expected FROM ({parts}) AS part(id, amount) GROUP BY 1) s ON s.id = t.id
        WHERE {where} AND t.{column} <> coalesce(s.expected, 0)
        """  # noqa: S608 - composed of constants
    return Check(code, invariant, table, message, statement, parameters)


Read = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]
"""Runs a statement, in which `changed_orders(o.id)` is replaced as in a check, and returns its rows by column name."""


@dataclass(frozen=True, slots=True)
class ComputedCheck:
    """A check that takes more than one statement. `find` yields violations one by one, so that they need not fit into memory."""

    code: str
    find: Callable[[Read], Iterable[Violation]]
