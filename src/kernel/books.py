"""What the check of the books reports: a row that breaks one of the six invariants of the house (see docs/rules/books.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks an invariant. `invariant` is its number, 1 to 6; `what` says in English how."""

    invariant: int
    table: str
    row_id: int
    what: str
