"""The id of the request or task at work, so that log lines, audit entries and refusals of one act can be found together."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id at work here, or "" outside of any."""
    return _current.get()


@contextmanager
def use_request_id(offered: str = "") -> Iterator[str]:
    """Work under the id that a caller offered, where it is harmless text, or under a fresh one."""
    request_id = offered if _SAFE.match(offered) else _fresh()
    token = _current.set(request_id)
    try:
        yield request_id
    finally:
        _current.reset(token)


def _fresh() -> str:
    # It is no secret: a generator of this process is enough, and a system call for each request costs more.
    return f"{random.getrandbits(128):032x}"
