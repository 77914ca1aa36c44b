"""The rows of the test database as text, to be written again past triggers and foreign keys, which they obeyed the first time."""

import functools
from collections.abc import Collection, Iterable, Mapping

import pytest
from django.db import connection, transaction
from psycopg import sql

Rows = Mapping[str, frozenset[str]]
"""By table, each row as PostgreSQL writes a row as text."""

COLUMNS = """
    SELECT relname, array_agg(attname::text ORDER BY attnum)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' GROUP BY relname
"""


def require_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        if cursor.fetchone() != ("on",):
            pytest.exit("DATABASE_URL must name a superuser of PostgreSQL: the tests write rows past triggers.")


@functools.cache
def columns_by_table() -> dict[str, list[str]]:
    """All tables, each with the columns that can be inserted."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        return dict(cursor.fetchall())


def read_rows(tables: Iterable[str]) -> Rows:
    each = sql.SQL("SELECT {name}, array_agg(t::text) FROM {table} t")
    parts = [each.format(name=sql.Literal(table), table=sql.Identifier(table)) for table in tables]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts).as_string())
        return {table: frozenset(rows or ()) for table, rows in cursor.fetchall()}


def statements_between(before: Rows, after: Rows) -> str:
    """What turns the rows before into the rows after, for the tables of `after`. A superuser runs it in a transaction."""
    return _past_triggers(
        part
        for table, rows in after.items()
        for part in (_delete(table, before[table] - rows), _insert(table, rows - before[table]))
    )


def restore(migrated: Rows) -> None:
    """Bring back the rows of a migrated database after a test that committed. Only tables that have rows are touched.

    A flush of all tables, as Django does it, takes half a second, and saving the rows of the migrations one by one takes another half.
    """
    filled = _tables_with_rows()
    now = read_rows(table for table in filled if migrated[table])
    parts = [sql.SQL("DELETE FROM {};\n").format(sql.Identifier(t)).as_string() for t in filled if not migrated[t]]
    for table, rows in migrated.items():
        if rows != now.get(table, frozenset()):
            parts += [sql.SQL("DELETE FROM {};\n").format(sql.Identifier(table)).as_string(), _insert(table, rows)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_past_triggers(parts))
    with connection.cursor() as cursor:
        # By itself the session would tell of the deletions some seconds later, in the middle of another test.
        cursor.execute("SELECT pg_stat_force_next_flush()")


def vacuum() -> None:
    """Remove what tests left that were rolled back. By itself PostgreSQL would do so while a test fills a table, and count it as empty."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            tables = sql.SQL(", ").join(map(sql.Identifier, columns_by_table()))
            cursor.execute(sql.SQL("VACUUM {}").format(tables).as_string())


def _tables_with_rows() -> list[str]:
    each = sql.SQL("SELECT {name} WHERE EXISTS (SELECT 1 FROM {table})")
    parts = [each.format(name=sql.Literal(table), table=sql.Identifier(table)) for table in columns_by_table()]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts).as_string())
        return [table for (table,) in cursor.fetchall()]


def _past_triggers(parts: Iterable[str]) -> str:
    role = "SET LOCAL session_replication_role = {};\n"
    return "".join([role.format("replica"), *parts, role.format("origin")])


def _delete(table: str, rows: Collection[str]) -> str:
    if not rows:
        return ""
    statement = sql.SQL("DELETE FROM {table} t WHERE t::text = ANY({rows}::text[]);\n")
    return statement.format(table=sql.Identifier(table), rows=sql.Literal(sorted(rows))).as_string()


def _insert(table: str, rows: Collection[str]) -> str:
    if not rows:
        return ""
    columns = sql.SQL(", ").join(map(sql.Identifier, columns_by_table()[table]))
    statement = sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest({rows}::{table}[]);\n")
    return statement.format(table=sql.Identifier(table), columns=columns, rows=sql.Literal(sorted(rows))).as_string()
