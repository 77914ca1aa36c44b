"""How often a network asks: counts that last a minute, under keyed hashes, so that no address is kept (FORWARD-6, WECHAT-4)."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from kernel import clock
from web.client import client_address, client_network

WINDOW_SECONDS = 60


def keyed_hash(purpose: str, value: str) -> str:
    """A keyed hash, so that neither a cookie nor an address is kept (FORWARD-6)."""
    return salted_hmac(purpose, value, algorithm="sha256").hexdigest()[:32]


def asks_too_often(request: HttpRequest, purpose: str, subject: object, *, limit: int) -> bool:
    """Count a request of this network about a subject, and say whether there were more than `limit` in a minute.

    True where the count cannot be kept.
    """
    minute = int(clock.now().timestamp() // WINDOW_SECONDS)
    name = keyed_hash(purpose, f"{minute} {subject} {client_network(client_address(request))}")
    try:
        cache.add(f"{purpose}:{name}", 0, timeout=2 * WINDOW_SECONDS)
        return bool(cache.incr(f"{purpose}:{name}") > limit)
    except (RedisError, ValueError):
        return True
