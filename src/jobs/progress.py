"""The step that a worker is at, kept in Redis: what a transaction writes to the database is seen by others at its end only.

Nothing depends on it. Where Redis is away or has forgotten the step, nobody is told of it.
"""

from contextlib import suppress
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

KEPT_SECONDS: Final = 3600


def write_step(key: str, step: str) -> None:
    with suppress(RedisError):
        cache.set(key, step, timeout=KEPT_SECONDS)


def read_step(key: str) -> str | None:
    try:
        step = cache.get(key)
    except RedisError:
        return None
    return step if isinstance(step, str) else None
