"""Reads that may be a few seconds old, from a replica of the database (docs/decisions/0325).

`read` runs a query on the replica where there is one, it is not too far behind, and whoever asks has not changed anything just now; else on
the primary. All other statements, and all writes, go to the primary whatever they are called from.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections

from kernel.refusal import Missing

ALIAS: Final = "replica"
MEASURE_SECONDS: Final = 1.0
"""The distance is measured at most so often, by a process for all its threads."""
QUERY_CANCELED: Final = "57014"
RETRY_SECONDS: Final = 5.0
"""A replica that did not answer is left alone for so long."""

Result = TypeVar("Result")
log = logging.getLogger("weicang.replica")
_is_reading: ContextVar[bool] = ContextVar("replica_is_reading", default=False)
_only_primary: ContextVar[bool] = ContextVar("replica_only_primary", default=False)


class Distance:
    """How old what the replica shows may be.

    Each measurement asks the primary for its position in the write-ahead log and then the replica for the one up to which it has replayed.
    Whatever the replica has replayed, it shows all that the primary had committed when it was at that position: so the age is bounded
    by when the primary was last seen there. It needs no clock of another machine, and also holds for a replica that copies from
    another one, or that nobody sends anything any more.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._measuring = threading.Lock()
        self._next_at = float("-inf")
        self._positions: deque[tuple[float, int]] = deque(maxlen=120)
        self._shown_at = float("-inf")

    def age(self) -> float:
        """Seconds; infinite where it is not known."""
        if self._clock() >= self._next_at and self._measuring.acquire(blocking=False):
            try:
                self._measure()
            finally:
                self._measuring.release()
        return self._clock() - self._shown_at

    def lost(self) -> None:
        """The replica did not answer."""
        self._shown_at, self._next_at = float("-inf"), self._clock() + RETRY_SECONDS

    def _measure(self) -> None:
        now = self._clock()
        try:
            self._positions.append((now, _position(DEFAULT_DB_ALIAS, "pg_current_wal_lsn()")))
            replayed = _position(ALIAS, "pg_last_wal_replay_lsn()")
        except (OperationalError, InterfaceError) as problem:
            log.warning("the replica is not read", extra={"error": str(problem)[:200]})
            self.lost()
            return
        self._shown_at = max((at for at, position in self._positions if position <= replayed), default=float("-inf"))
        self._next_at = now + MEASURE_SECONDS


_distance = Distance()


def read(query: Callable[[], Result]) -> Result:
    """What a query returns that only reads; it may be `settings.REPLICA_MAX_LAG` old.

    A replica that fails is asked no more for a while, and the query is run on the primary. So is one that refuses with `Missing`: what it
    asks for may have been made a moment ago.
    """
    if not _may_read():
        return query()
    token = _is_reading.set(True)
    try:
        return query()
    except (OperationalError, InterfaceError) as problem:
        if getattr(problem.__cause__, "sqlstate", None) == QUERY_CANCELED:
            raise  # It is too slow for the primary too.
        log.warning("the replica failed", extra={"error": str(problem)[:200]})
        _distance.lost()
    except Missing:
        pass
    finally:
        _is_reading.reset(token)
    return query()


@contextmanager
def only_primary() -> Iterator[None]:
    """Let `read` ask the primary: for somebody who has just changed something."""
    token = _only_primary.set(True)
    try:
        yield
    finally:
        _only_primary.reset(token)


def alias_for_reading() -> str:
    """The connection on which a statement runs: in a transaction the primary, which alone has what was written in it."""
    return ALIAS if _is_reading.get() and not connections[DEFAULT_DB_ALIAS].in_atomic_block else DEFAULT_DB_ALIAS


class Router:
    """Django's choice of a connection for queries of the ORM."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return alias_for_reading()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        # Also for a row that was read from the replica.
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != ALIAS


def _may_read() -> bool:
    if ALIAS not in settings.DATABASES or _only_primary.get() or _is_reading.get():
        return False
    return not connections[DEFAULT_DB_ALIAS].in_atomic_block and _distance.age() <= settings.REPLICA_MAX_LAG


def _position(alias: str, function: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT pg_wal_lsn_diff({function}, '0/0')::bigint")
        return int(cursor.fetchone()[0])
