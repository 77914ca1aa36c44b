"""The cache of this process alone. Django's `cache.clear()` empties the whole database of Redis, that of the other workers too."""

import os

from django.conf import settings
from redis import Redis


def clear_own_cache() -> None:
    """Delete every key of this process from the cache, and no key of another worker of pytest-xdist."""
    with Redis.from_url(settings.REDIS_URL) as client:
        keys = list(client.scan_iter(match=f"{os.environ['WEICANG_CACHE_PREFIX']}:*", count=1000))
        if keys:
            client.delete(*keys)
