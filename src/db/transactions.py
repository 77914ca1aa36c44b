"""Transactions of services: what PostgreSQL broke off because two of them waited for each other is run once more."""

import functools
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from kernel.refusal import Busy

SERIALIZATION_FAILURE, DEADLOCK_DETECTED = "40001", "40P01"
ATTEMPTS = 2
PAUSE_SECONDS = (0.05, 0.15)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
log = logging.getLogger("weicang.transactions")


@dataclass(eq=False)
class TransactionAborted(Busy):
    code = "request.transaction_aborted"
    zh = "同时操作的人太多，这一步没有做成，什么都没有变；请再试一次"
    en = "Too many did this at once; it was not done and nothing has changed. Try again"


def is_aborted(error: OperationalError) -> bool:
    """Whether PostgreSQL rolled a transaction back for the sake of another one: the same again may succeed."""
    return _sqlstate(error) in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED)


def _sqlstate(error: OperationalError) -> str:
    return str(getattr(error.__cause__, "sqlstate", ""))


def atomic_with_retry(service: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Run a service in a transaction, and once more where a deadlock or a serialization failure broke the first one off.

    Inside a transaction of somebody else the service is a savepoint of it and is not repeated: what went before in that transaction
    is lost with it, so only its beginner can repeat it. Refuses (`BrokenOff`, 503) when the second attempt is broken off too.
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
                log.warning("a transaction was broken off", extra=details)
                if attempt == ATTEMPTS:
                    raise TransactionAborted from error
                # The other transaction has been woken, and needs a moment to take the lock before the second attempt asks for it.
                time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - spreads attempts, keeps no secret
        raise AssertionError("the loop returns or raises")

    return run
