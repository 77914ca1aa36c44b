"""The only module that reads the clock.

Entry points (pages, endpoints, tasks, commands) call `now()`; services receive the time as a parameter.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_set_to: datetime | None = None


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _set_to or datetime.now(UTC)


@contextmanager
def set_to(instant: datetime) -> Iterator[None]:
    """Stop the clock of this process at an instant, for tests that play 48 hours in a second."""
    global _set_to  # noqa: PLW0603 - a process has one clock
    before, _set_to = _set_to, instant.astimezone(UTC)
    try:
        yield
    finally:
        _set_to = before


def run() -> bool:
    """Let the clock of this process run, after a test that stopped it; whether it was stopped."""
    global _set_to
    was_stopped, _set_to = _set_to is not None, None
    return was_stopped
