"""When each background job last ran to its end, kept in Redis for the monitoring: nothing else depends on it.

A Redis that has lost it makes every job look as late as if it had never run since; the next run of each job ends that.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

_FAILURES: Final = "job-failures"
_RUN: Final = "job-run"
_KNOWN_SINCE: Final = "job-runs-known-since"


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a job that ended without an exception."""

    started_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Runs:
    """What is known of jobs by their names. A job that is missing in `last` has not ended well since `known_since`."""

    known_since: datetime
    last: Mapping[str, Run]
    failures: Mapping[str, int]


def record_success(job: str, *, started_at: datetime, seconds: float) -> None:
    with suppress(RedisError):
        cache.set(f"{_RUN}:{job}", Run(started_at, seconds), timeout=None)


def record_failure(job: str) -> None:
    with suppress(RedisError):
        key = f"{_FAILURES}:{job}"
        cache.add(key, 0, timeout=None)
        cache.incr(key)


def read_runs(jobs: Collection[str], *, now: datetime) -> Runs:
    """Raises RedisError where Redis is away."""
    cache.add(_KNOWN_SINCE, now, timeout=None)
    runs = cache.get_many([f"{_RUN}:{job}" for job in jobs])
    failures = cache.get_many([f"{_FAILURES}:{job}" for job in jobs])
    return Runs(
        cache.get(_KNOWN_SINCE, now),
        {key.removeprefix(f"{_RUN}:"): run for key, run in runs.items()},
        {key.removeprefix(f"{_FAILURES}:"): count for key, count in failures.items()},
    )
