"""Hashing of passwords, limited to a few at a time (ACCOUNT-3): it is slow on purpose, and anybody can start it by signing in."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Person
from kernel.refusal import Busy

WAIT_SECONDS = 2.0


class TooManyHashes(Busy):
    code = "accounts.too_many_hashes"
    zh = "现在登录的人太多，请稍等一秒再试"
    en = "Too many people are signing in at this moment; try again in a second"


class HashLimiter:
    """At most `max_running` hashes at a time in this process; `max_waiting` further callers wait, and the next is refused at once.

    A caller that waits holds a request thread: `max_callers`, running and waiting together, must stay below the number of threads.
    """

    def __init__(self, *, max_running: int, max_waiting: int, wait_seconds: float) -> None:
        self.max_callers = max_running + max_waiting
        self._callers = threading.BoundedSemaphore(self.max_callers)
        self._running = threading.BoundedSemaphore(max_running)
        self._wait_seconds = wait_seconds

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Count as a caller that hashes or waits. Refuses with TooManyHashes at once where there are `max_callers` already."""
        if not self._callers.acquire(blocking=False):
            raise TooManyHashes
        try:
            yield
        finally:
            self._callers.release()

    @contextmanager
    def run(self) -> Iterator[None]:
        """Wait until a hash may run; only for admitted callers. Refuses with TooManyHashes after `wait_seconds`."""
        if not self._running.acquire(timeout=self._wait_seconds):
            raise TooManyHashes
        try:
            yield
        finally:
            self._running.release()


@functools.cache
def _limiter(max_running: int, max_waiting: int) -> HashLimiter:
    return HashLimiter(max_running=max_running, max_waiting=max_waiting, wait_seconds=WAIT_SECONDS)


def limiter() -> HashLimiter:
    """The limiter of this process. Half of the request threads are left to requests that hash nothing."""
    max_running = settings.CONCURRENT_HASHES
    return _limiter(max_running, max(0, settings.WEB_THREADS // 2 - max_running))


def hash_password(password: str) -> str:
    """The encoded hash of a new password. Refuses with TooManyHashes."""
    with limiter().admit(), limiter().run():
        return make_password(password)


def is_password_of(person: Person | None, password: str) -> bool:
    """Whether the password is this person's; False for None, after the same work. The caller is admitted by the limiter.

    Refuses with TooManyHashes. A hash by an earlier method is replaced by one of the present method.
    """
    with limiter().run():
        if person is None:
            make_password(password)
            return False
        before = person.password

        def replace(same: str) -> None:
            Person.objects.filter(pk=person.pk, password=before).update(password=make_password(same))

        return check_password(password, before, replace)
