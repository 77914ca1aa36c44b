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
