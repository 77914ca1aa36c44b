"""Values that a periodic job reads for all requests, kept in Redis."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

Value = TypeVar("Value")
KEPT_SECONDS = 3600
"""So long an old value is better than none."""


@dataclass(frozen=True)
class KeptValue(Generic[Value]):
    """A value under `key`. A request reads it anew where it is older than `max_age_seconds`: then the job is late.

    While one request does so the others go on with the old value, or with `empty` where there is none.
    """

    key: str
    max_age_seconds: int
    read: Callable[[datetime], Value]
    empty: Value

    def get(self, at: datetime) -> Value:
        try:
            read_at, kept = cache.get(self.key) or (None, self.empty)
            is_new = read_at is not None and 0 <= at.timestamp() - read_at < self.max_age_seconds
            if is_new or not cache.add(f"{self.key}:reading", 1, timeout=self.max_age_seconds):
                return kept
        except RedisError:
            return self.empty
        return self.refresh(at)

    def refresh(self, at: datetime) -> Value:
        """Read the value and keep it."""
        value = self.read(at)
        with suppress(RedisError):
            cache.set(self.key, (at.timestamp(), value), timeout=KEPT_SECONDS)
            cache.delete(f"{self.key}:reading")
        return value
