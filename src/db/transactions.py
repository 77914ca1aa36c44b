"""Transactions of services. A service that PostgreSQL aborted because of a deadlock is run a second time (docs/decisions/0100)."""

import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from kernel.refusal import Busy

SERIALIZATION_FAILURE, DEADLOCK_DETECTED = "40001", "40P01"
ATTEMPTS = 2
PAUSE_SECONDS = (0.05, 0.15)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
log = logging.getLogger("weicang.transactions")


class TransactionAborted(Busy):
    code = "request.transaction_aborted"
    zh = "同时操作的人太多，这一步没有做成，什么都没有变；请再试一次"
    en = "Too many did this at once; it was not done and nothing has changed. Try again"


def is_aborted(error: OperationalError) -> bool:
    """Whether PostgreSQL aborted the transaction because of a concurrent one, so that repeating it may succeed."""
    return _sqlstate(error) in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED)


def _sqlstate(error: OperationalError) -> str:
    return str(getattr(error.__cause__, "sqlstate", ""))


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all statements inside read the database as it was at the first of them, and write nothing (docs/decisions/0307).

    Inside a transaction that runs already it changes nothing: that one has read before.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def atomic_with_retry(service: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Run a service in a transaction, and a second time where a deadlock or a serialization failure aborted the first.

    Inside a caller's transaction the service runs in a savepoint and is not repeated: the abort discards the caller's work too, so only
    the caller can repeat it. Refuses with `TransactionAborted` (503) when the second attempt is aborted too.
    """

    @functools.wraps(service)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        if connection.in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                if not is_aborted(error):
                    raise
                details = {"service": service.__qualname__, "attempt": attempt, "sqlstate": _sqlstate(error)}
                log.warning("a transaction was aborted", extra=details)
                if attempt == ATTEMPTS:
                    raise TransactionAborted from error
                # The abort woke the other transaction. Without a pause the second attempt took the lock first, and the same
                # deadlock followed.
                time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - spreads attempts, keeps no secret
        raise AssertionError("the loop returns or raises")

    return run
