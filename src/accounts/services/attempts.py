"""Rate limits for what anonymous visitors may try, such as signing in, counted in PostgreSQL (ACCOUNT-1, docs/decisions/0076)."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import AttemptCount
from accounts.sql import count_attempts, uncount_attempts
from kernel.refusal import TooMany
from web.client import client_network

MAX_WINDOW = timedelta(hours=1)
"""No limit has a longer window."""


class TooManyAttempts(TooMany):
    code = "accounts.too_many_attempts"
    zh = "尝试次数太多，请 {minutes} 分钟后再试"
    en = "Too many attempts; try again in {minutes} min"

    def sentence(self, language: str = "zh") -> str:
        template = self.zh if language.startswith("zh") else self.en
        return template.format(minutes=-(-self.retry_after_seconds // 60))


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `max_attempts` of one kind by one subject within `window`, which begins with the first attempt."""

    kind: str
    max_attempts: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit and the subject that it is counted for: a network address, or a login together with one."""

    limit: Limit
    subject: str

    @property
    def key(self) -> str:
        """The hash that is stored instead of logins and addresses."""
        return hashlib.sha256(f"{self.limit.kind}\0{self.subject}".encode()).hexdigest()


def by_address(limit: Limit, address: str) -> Counter:
    return Counter(limit, client_network(address))


def by_login(limit: Limit, login: str, address: str) -> Counter:
    """Counted per login and address: somebody who guesses a login from elsewhere does not lock its owner out."""
    return Counter(limit, f"{login}\0{client_network(address)}")


def count_attempt(counters: Sequence[Counter], *, now: datetime) -> None:
    """Count one attempt for all of the counters, or for none: refuses with TooManyAttempts where one of them has reached its limit.

    The attempt is counted before its outcome is known, so that simultaneous attempts cannot exceed the limit together;
    `uncount_attempt` takes back the attempt of a person who was right.
    """
    counted = count_attempts(
        keys=[each.key for each in counters],
        limits=[each.limit.max_attempts for each in counters],
        cutoffs=[now - each.limit.window for each in counters],
        now=now,
    )
    if len(counted) == len(counters):
        return
    uncount_attempt([each for each in counters if each.key in counted])
    since = dict(AttemptCount.objects.filter(key__in=[each.key for each in counters]).values_list("key", "since"))
    ends = [since[each.key] + each.limit.window for each in counters if each.key in since and each.key not in counted]
    raise TooManyAttempts(retry_after_seconds=math.ceil((max(ends, default=now) - now).total_seconds()))


def uncount_attempt(counters: Sequence[Counter]) -> None:
    """Take one attempt back from each of the counters."""
    uncount_attempts(keys=[each.key for each in counters])


def reset_counter(counter: Counter) -> None:
    """Set a count back to zero."""
    AttemptCount.objects.filter(key=counter.key).delete()


def purge_attempt_counts(*, now: datetime) -> int:
    """Delete counts whose window is over; returns how many. Idempotent."""
    deleted, _ = AttemptCount.objects.filter(since__lte=now - MAX_WINDOW).delete()
    return deleted
