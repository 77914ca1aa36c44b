"""What limits the requests of people without an account: keyed hashes of who asks, and counts that last a minute (FORWARD-6)."""

from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from kernel import clock
from kernel.period import SHANGHAI
from web.client import client_address, client_network

WINDOW_SECONDS = 60


def keyed_hash(purpose: str, value: str) -> str:
    """A keyed hash, so that neither a cookie nor an address is kept (FORWARD-6)."""
    return salted_hmac(purpose, value, algorithm="sha256").hexdigest()[:32]


def network_hash(request: HttpRequest, now: datetime) -> str:
    """A keyed hash of the network address of whoever asks, which changes every day."""
    day = f"{now.astimezone(SHANGHAI):%Y-%m-%d}"
    return keyed_hash("forwarding.network", f"{day} {client_network(client_address(request))}")


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
