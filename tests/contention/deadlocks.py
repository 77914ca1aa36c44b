"""A real deadlock between a service and a connection beside it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from psycopg import Connection, connect, sql

DEADLOCK_TIMEOUT_MS = 400
"""How long the other connection has to close the circle."""
Row = tuple[str, int]
"""A table and the id of one of its rows."""


@dataclass
class Answer:
    """What a service gave or raised."""

    result: object = None
    error: Exception | None = None


def in_a_deadlock(act: Callable[[], object], *, early: Row, late: Row) -> Answer:
    """Run `act`, which locks the row `early` before the row `late`, against a connection that locks them the other way round.

    PostgreSQL breaks off `act`: it looks for a deadlock first. The other connection then commits.
    """
    answer = Answer()
    pid: list[int] = []
    started = threading.Event()

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET deadlock_timeout = '{DEADLOCK_TIMEOUT_MS}ms'")
                cursor.execute("SELECT pg_backend_pid()")
                pid.extend(cursor.fetchone())
            started.set()
            answer.result = act()
        except Exception as error:  # noqa: BLE001 - what was raised is what the test asks for
            answer.error = error
        finally:
            started.set()
            with connection.cursor() as cursor:
                cursor.execute("RESET deadlock_timeout")
            connection.close()

    with _beside() as other:
        # Long, so that only the connection of the service looks for the deadlock; it looks once, when its wait has lasted this long.
        other.execute("SET deadlock_timeout = '20s'")
        _lock(other, late)
        thread = threading.Thread(target=run)
        thread.start()
        started.wait(timeout=20)
        _lock_once_blocked(other, pid[0], early)
        other.commit()
        thread.join(timeout=20)
    assert not thread.is_alive()
    return answer


def _beside() -> "Connection[tuple[object, ...]]":
    own = connection.settings_dict
    return connect(host=own["HOST"], port=own["PORT"], dbname=own["NAME"], user=own["USER"], password=own["PASSWORD"])


def _lock(other: "Connection[tuple[object, ...]]", row: Row) -> None:
    statement = sql.SQL("SELECT FROM {} WHERE id = %s FOR UPDATE").format(sql.Identifier(row[0]))
    assert len(other.execute(statement, [row[1]]).fetchall()) == 1, row


def _lock_once_blocked(other: "Connection[tuple[object, ...]]", pid: int, row: Row) -> None:
    """Wait until the service waits for the other row, then wait for its row: both in one statement.

    The service looks for a deadlock once, DEADLOCK_TIMEOUT_MS after it began to wait. When this process noticed the wait and asked for the
    lock in a second statement, a busy machine let that moment pass: nobody saw the deadlock until the 20 seconds of this connection were
    over, which was then the one to be broken off.
    """
    statement = sql.SQL(
        """
        DO $$ BEGIN
            FOR attempt IN 1..10000 LOOP
                IF cardinality(pg_blocking_pids({pid})) > 0 THEN
                    PERFORM FROM {table} WHERE id = {id} FOR UPDATE;
                    RETURN;
                END IF;
                PERFORM pg_sleep(0.002);
            END LOOP;
            RAISE EXCEPTION 'the service never waited for the row';
        END $$
        """
    )
    other.execute(statement.format(pid=sql.Literal(pid), table=sql.Identifier(row[0]), id=sql.Literal(row[1])))
