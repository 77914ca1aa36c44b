"""The cache of this process alone. Django's `clear_own_cache()` empties the whole database of Redis, that of the other workers too."""

from django.conf import settings
from redis import Redis


def clear_own_cache() -> None:
    """Delete every key of this process from the cache, and no key of another worker of pytest-xdist."""
    options = settings.CACHES["default"]
    with Redis.from_url(str(options["LOCATION"])) as client:
        keys = list(client.scan_iter(match=f"{options['KEY_PREFIX']}:*", count=1000))
        if keys:
            client.delete(*keys)
