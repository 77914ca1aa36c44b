"""A cursor that prepares its statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

from db.replica import alias_for_reading


class _PreparedCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Prepares each statement at its first use, and binds the values in the server."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_PreparedCursor":
        try:
            super().execute(query, params, prepare=True, **options)
        except psycopg.errors.FeatureNotSupported:
            # A migration changed what the statement returns, and the connection keeps the plan of before: the pool must not hand it out.
            self.connection.close()
            raise
        return self


class _LoggedCursor(CursorDebugWrapper):
    """Logs the statement as it is prepared: the values are not in it."""

    def debug_sql(
        self, sql: Any = None, params: Any = None, use_last_executed_query: bool = False, many: bool = False
    ) -> Any:
        return super().debug_sql(sql, params, False, many)


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """As `connection.cursor()`. Nothing is prepared where `prepare_threshold` of the connection is None: the settings say so."""
    connection = connections[alias_for_reading()]
    connection.ensure_connection()
    connection.validate_thread_sharing()
    wrapper = _LoggedCursor if connection.queries_logged else CursorWrapper
    with _PreparedCursor(connection.connection) as cursor:
        yield wrapper(cursor, connection)
