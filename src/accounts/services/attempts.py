"""Counting attempts at what strangers may try, such as signing in, in PostgreSQL (ACCOUNT-1, docs/decisions/0076)."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import AttemptCount
from db import sql
from kernel.refusal import TooMany
from web.client import client_network

WINDOW_OF_SWEEP = timedelta(hours=1)
"""No limit has a longer window."""


@dataclass(eq=False)
class TooManyAttempts(TooMany):
    code = "accounts.too_many_attempts"
    zh = "尝试次数太多，请 {minutes} 分钟后再试"
    en = "Too many attempts; try again in {minutes} min"

    def sentence(self, language: str = "zh") -> str:
        template = self.zh if language.startswith("zh") else self.en
        return template.format(minutes=-(-self.retry_after_seconds // 60))


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `max_attempts` of one kind by one subject within `window`, which begins with the first of them."""

    kind: str
    max_attempts: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit and whom it is counted for: an address, or a login together with an address."""

    limit: Limit
    subject: str

    @property
    def key(self) -> str:
        """What is kept in place of logins and addresses."""
        return hashlib.sha256(f"{self.limit.kind}\0{self.subject}".encode()).hexdigest()


def by_address(limit: Limit, address: str) -> Counter:
    return Counter(limit, client_network(address))


def by_login(limit: Limit, login: str, address: str) -> Counter:
    """Of one login from one address: whoever guesses at a login elsewhere does not shut its owner out."""
    return Counter(limit, f"{login}\0{client_network(address)}")


_COUNT = """
WITH wanted AS (
    SELECT * FROM unnest(%(keys)s::text[], %(limits)s::int[], %(cutoffs)s::timestamptz[]) AS w (key, max_attempts, cutoff)
), used_up AS (
    SELECT FROM accounts_attemptcount c JOIN wanted w ON w.key = c.key
    WHERE c.since > w.cutoff AND c.attempts >= w.max_attempts
)
INSERT INTO accounts_attemptcount AS c (key, since, attempts)
SELECT w.key, %(now)s, 1 FROM wanted w WHERE NOT EXISTS (SELECT FROM used_up) ORDER BY w.key
ON CONFLICT (key) DO UPDATE SET
    since = CASE WHEN c.since > (SELECT w.cutoff FROM wanted w WHERE w.key = c.key) THEN c.since ELSE excluded.since END,
    attempts = CASE WHEN c.since > (SELECT w.cutoff FROM wanted w WHERE w.key = c.key) THEN c.attempts + 1 ELSE 1 END
WHERE c.since <= (SELECT w.cutoff FROM wanted w WHERE w.key = c.key)
   OR c.attempts < (SELECT w.max_attempts FROM wanted w WHERE w.key = c.key)
RETURNING c.key
"""


def count_attempt(counters: Sequence[Counter], *, now: datetime) -> None:
    """Count one attempt for all of the counters, or none: refuses with TooManyAttempts where one of them is used up.

    It is counted before its outcome is known, so that attempts at one instant cannot slip past the limit together; `release` takes
    back the attempt of somebody who was right.
    """
    counted = sql.rows(
        _COUNT,
        {
            "keys": [each.key for each in counters],
            "limits": [each.limit.max_attempts for each in counters],
            "cutoffs": [now - each.limit.window for each in counters],
            "now": now,
        },
    )
    keys = {row["key"] for row in counted}
    if len(keys) == len(counters):
        return
    release([each for each in counters if each.key in keys])
    since = dict(AttemptCount.objects.filter(key__in=[each.key for each in counters]).values_list("key", "since"))
    ends = [since[each.key] + each.limit.window for each in counters if each.key in since and each.key not in keys]
    raise TooManyAttempts(retry_after_seconds=math.ceil((max(ends, default=now) - now).total_seconds()))


def release(counters: Sequence[Counter]) -> None:
    """Take one attempt back from each of the counters."""
    sql.execute(
        "UPDATE accounts_attemptcount SET attempts = attempts - 1 WHERE key = ANY(%(keys)s) AND attempts > 0",
        {"keys": sorted(each.key for each in counters)},
    )


def forget(counter: Counter) -> None:
    """Begin the count anew."""
    AttemptCount.objects.filter(key=counter.key).delete()


def sweep_attempts(*, now: datetime) -> int:
    """Delete counts whose window is over; gives how many. Safe at any time and twice."""
    deleted, _ = AttemptCount.objects.filter(since__lte=now - WINDOW_OF_SWEEP).delete()
    return deleted
