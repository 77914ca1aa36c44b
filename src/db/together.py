"""Writes of several apps in one statement, for hot paths: each write is a data-modifying common table expression of its app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db import sql


@dataclass(frozen=True, slots=True)
class Write:
    """An INSERT or UPDATE that other writes of a transaction may be run together with.

    `expressions` are its common table expressions (`name AS (…)`); their names and those of `parameters` begin with a word of the app,
    so that two writes do not share one. Writes that are run together do not see each other's rows.
    """

    expressions: str
    parameters: Mapping[str, Any]


def run_together(writes: Sequence[Write]) -> None:
    """Run writes in one statement. Raises ValueError where two of them have a parameter of the same name with different values."""
    parameters: dict[str, Any] = {}
    for write in writes:
        for name, value in write.parameters.items():
            if parameters.setdefault(name, value) is not value:
                raise ValueError(f"two writes have a parameter {name}")
    if writes:
        sql.rows(f"WITH {', '.join(write.expressions for write in writes)} SELECT 1 AS done", parameters)
