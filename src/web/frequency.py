"""How often a network asks: counts that last a minute or an hour, under keyed hashes, so that no address is kept (FORWARD-6, WECHAT-4)."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from kernel import clock
from web.client import client_address, client_network

WINDOW_SECONDS = 60
HOUR_SECONDS = 3600


def keyed_hash(purpose: str, value: str) -> str:
    """A keyed hash, so that neither a cookie nor an address is kept (FORWARD-6)."""
    return salted_hmac(purpose, value, algorithm="sha256").hexdigest()[:32]


def asks_too_often(
    request: HttpRequest, purpose: str, subject: object, *, limit: int, seconds: int = WINDOW_SECONDS
) -> bool:
    """Count a request of this network about a subject, and say whether there were more than `limit` within `seconds`.

    True where the count cannot be kept.
    """
    return counts_too_many(
        purpose, f"{subject} {client_network(client_address(request))}", limit=limit, seconds=seconds
    )


def counts_too_many(purpose: str, subject: object, *, limit: int, seconds: int) -> bool:
    """As `asks_too_often`, of all networks together."""
    window = int(clock.now().timestamp() // seconds)
    name = keyed_hash(purpose, f"{window} {subject}")
    try:
        cache.add(f"{purpose}:{name}", 0, timeout=2 * seconds)
        return bool(cache.incr(f"{purpose}:{name}") > limit)
    except (RedisError, ValueError):
        return True
