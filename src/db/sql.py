"""Run SQL statements, for what the ORM cannot express or is too slow for.

With `prepared` PostgreSQL parses and plans a statement once for a connection, and then only runs it: for hot paths. Its values are sent
beside it, so a parameter needs a cast where its type cannot be known.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from django.db import connection, connections
from django.db.backends.utils import CursorWrapper

from db.prepared import prepared_cursor
from db.replica import alias_for_reading
from db.rows import row_builder

Row = TypeVar("Row")


def fetch(row_class: type[Row], statement: str, parameters: Mapping[str, Any], *, prepared: bool = False) -> list[Row]:
    """Run one statement and return its rows as instances of a dataclass, whose fields are exactly the columns."""
    with _cursor(prepared) as cursor:
        cursor.execute(statement, parameters)
        build = row_builder(row_class, [column.name for column in cursor.description or ()])
        return [build(row) for row in cursor.fetchall()]


def fetch_one(row_class: type[Row], statement: str, parameters: Mapping[str, Any]) -> Row:
    """The row of a statement that always has one. Raises ValueError if it has none or several."""
    [row] = fetch(row_class, statement, parameters)
    return row


def column(statement: str, parameters: Mapping[str, Any]) -> list[Any]:
    """Run one statement and return the values of its only column."""
    with _cursor(prepared=False) as cursor:
        cursor.execute(statement, parameters)
        return [value for (value,) in cursor.fetchall()]


def value(statement: str, parameters: Mapping[str, Any]) -> Any:
    """The only value of a statement that always has one row. Raises ValueError if it has none or several."""
    [only] = column(statement, parameters)
    return only


def rows(statement: str, parameters: Mapping[str, Any], *, prepared: bool = False) -> list[dict[str, Any]]:
    """Run one statement and return its rows as dicts by column name."""
    with _cursor(prepared) as cursor:
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


@contextmanager
def without_nested_loops() -> Iterator[None]:
    """Let PostgreSQL plan without nested loops where it can, inside a transaction.

    For statements that join sets which the same transaction has written: the statistics know nothing of them, the planner expects one row,
    and a set that is made anew for each row of another took minutes where a hash join takes a second.
    """
    execute("SET LOCAL enable_nestloop = off", {})
    yield
    execute("SET LOCAL enable_nestloop TO DEFAULT", {})


def _cursor(prepared: bool) -> AbstractContextManager[CursorWrapper]:
    return prepared_cursor() if prepared else connections[alias_for_reading()].cursor()
