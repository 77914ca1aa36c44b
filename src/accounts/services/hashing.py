"""Hashing of passwords, of which only a few run at once (ACCOUNT-3): it is slow on purpose, and anybody may ask for it by signing in."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Person
from kernel.refusal import Busy

WAIT_SECONDS = 2.0


@dataclass(eq=False)
class TooManyHashes(Busy):
    code = "accounts.too_many_hashes"
    zh = "现在登录的人太多，请稍等一秒再试"
    en = "Too many people are signing in at this moment; try again in a second"


class HashLimiter:
    """At most `running` hashes at once in this process; `waiting` further callers wait for their turn, the next is refused at once.

    A caller that waits holds a request thread, so that `places`, running and waiting together, must stay below the number of threads.
    """

    def __init__(self, *, running: int, waiting: int, wait_seconds: float) -> None:
        self.places = running + waiting
        self._places = threading.BoundedSemaphore(self.places)
        self._turns = threading.BoundedSemaphore(running)
        self._wait_seconds = wait_seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be one of those who hash or wait. Refuses with TooManyHashes at once where all places are taken."""
        if not self._places.acquire(blocking=False):
            raise TooManyHashes
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hash, having a place. Refuses with TooManyHashes where the turn does not come in time."""
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise TooManyHashes
        try:
            yield
        finally:
            self._turns.release()


@functools.cache
def _limiter(running: int, waiting: int) -> HashLimiter:
    return HashLimiter(running=running, waiting=waiting, wait_seconds=WAIT_SECONDS)


def limiter() -> HashLimiter:
    """The one of this process. Half of the request threads are left to requests that hash nothing."""
    running = settings.CONCURRENT_HASHES
    return _limiter(running, max(0, settings.WEB_THREADS // 2 - running))


def hash_password(password: str) -> str:
    """The encoded hash of a new password. Refuses with TooManyHashes."""
    with limiter().place(), limiter().turn():
        return make_password(password)


def is_password_of(person: Person | None, password: str) -> bool:
    """Whether the password is this person's; False for None, after as much work. The caller has a place.

    Refuses with TooManyHashes. A hash of an earlier kind is replaced by one of the present kind.
    """
    with limiter().turn():
        if person is None:
            make_password(password)
            return False
        before = person.password

        def replace(same: str) -> None:
            Person.objects.filter(pk=person.pk, password=before).update(password=make_password(same))

        return check_password(password, before, replace)
