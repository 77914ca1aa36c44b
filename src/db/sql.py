"""Run SQL statements, for what the ORM cannot express or is too slow for."""

from collections.abc import Mapping
from typing import Any

from django.db import connection


def rows(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one statement and return its rows as dicts by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def execute(statement: str, parameters: Mapping[str, Any]) -> int:
    """Run one statement and return the number of affected rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def lift_statement_limit() -> None:
    """Remove the statement timeout for the running transaction (docs/decisions/0072).

    For work that grows with the data and is started by hand.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the timeout is removed for a transaction, and none is running")
    execute("SET LOCAL statement_timeout = 0", {})
