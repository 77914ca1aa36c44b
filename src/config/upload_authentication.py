"""Who may send more than a form: people who are signed in, and customers on a page that takes their files.

This is decided before the body is read (docs/decisions/0070, 0319).
"""

import io
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, close_old_connections
from django.urls import Resolver404, ResolverMatch, resolve

from accounts.permissions import bearer_token
from accounts.rules import SignInFirst
from accounts.selectors import find_actor_by_token
from config.failures import log_failure, refusal_of
from kernel import clock
from kernel.refusal import TooMany
from web.client import client_address, client_network
from web.frequency import HOUR_SECONDS, asks_too_often, counts_too_many
from web.request_bodies import MAX_BYTES_IN_MEMORY, FormTooLong, TooManyBodies

NETWORK_PER_HOUR = 60
"""Of one network; many phones of one carrier share an address."""
PAGE_PER_HOUR = 20


class TooManyUploads(TooMany):
    code = "request.too_many_uploads"
    zh = "这一小时里传得太多了，没有保存；请过一会儿再试，或直接联系卖家"
    en = "Too much was sent within an hour, and this was not saved; try again later, or ask the seller directly"


@dataclass
class CustomerBodies:
    """The bodies of customers that this process is receiving or working on, so that they leave room for people who are signed in."""

    of_all: int = 8
    of_network: int = 4
    of_page: int = 2
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, network: str, page: str) -> Callable[[], None]:
        """Count one more; what is returned ends it. Refuses where there are too many."""
        limits = {"all": self.of_all, f"network {network}": self.of_network, f"page {page}": self.of_page}
        with self._lock:
            if any(self._counts[name] >= limit for name, limit in limits.items()):
                raise TooManyBodies
            self._counts.update(limits.keys())
        return lambda: self._leave(list(limits))

    def _leave(self, names: list[str]) -> None:
        with self._lock:
            self._counts.subtract(names)
            self._counts += Counter()  # drops what is down to nothing


_customers = CustomerBodies()


def may_send_large(environ: dict[str, Any]) -> Callable[[], None]:
    """`admit` in a thread of its own, with a connection to the database that ends with it."""
    try:
        return admit(WSGIRequest({**environ, "wsgi.input": io.BytesIO()}))
    except Error as failure:
        refusal = refusal_of(failure)
        if refusal is None:
            raise
        log_failure(failure, refusal)
        raise refusal from failure
    finally:
        close_old_connections()


def admit(request: WSGIRequest) -> Callable[[], None]:
    """Refuse a request without a valid session or token, unless its page takes files of customers; the endpoint checks what its sender
    may do. What is returned must be called when the request is over."""
    return _nothing if _is_signed_in(request) else _admit_customer(request)


def _is_signed_in(request: WSGIRequest) -> bool:
    if "Authorization" in request.headers:
        return find_actor_by_token(bearer_token(request), at=clock.now()) is not None
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return get_user(request).is_authenticated


def _admit_customer(request: WSGIRequest) -> Callable[[], None]:
    match = _match(request.path_info)
    check = getattr(match.func, "check_customer_body", None) if match else None
    if match is None or check is None:
        if match is not None and getattr(match.func, "roles", ()) is None:
            raise FormTooLong(max_kb=MAX_BYTES_IN_MEMORY // 1024)
        raise SignInFirst
    # Counted before the address is looked up, so that guesses are limited too.
    if asks_too_often(request, "upload.network", "", limit=NETWORK_PER_HOUR, seconds=HOUR_SECONDS):
        raise TooManyUploads(retry_after_seconds=HOUR_SECONDS)
    check(length=int(request.META["CONTENT_LENGTH"]), **match.kwargs)
    page = f"{match.view_name} {match.kwargs}"
    if counts_too_many("upload.page", page, limit=PAGE_PER_HOUR, seconds=HOUR_SECONDS):
        raise TooManyUploads(retry_after_seconds=HOUR_SECONDS)
    return _customers.enter(client_network(client_address(request)), page)


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _nothing() -> None:
    pass
