"""Statements that the ORM cannot say: run, and read as named rows."""

from collections.abc import Mapping
from typing import Any

from django.db import connection


def rows(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one statement and give its rows as dicts by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def execute(statement: str, parameters: Mapping[str, Any]) -> int:
    """Run one statement and give the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def lift_statement_limit() -> None:
    """Let the statements of the running transaction take as long as they need: for work that grows with the data, asked for by hand."""
    if not connection.in_atomic_block:
        raise RuntimeError("the limit is lifted for a transaction, and none is running")
    execute("SET LOCAL statement_timeout = 0", {})
