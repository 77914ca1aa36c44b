"""Only people who are signed in may send more than a form. This is checked before the body is read."""

import io
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, close_old_connections

from accounts.permissions import bearer_token
from accounts.rules import SignInFirst
from accounts.selectors import find_actor_by_token
from config.failures import log_failure, refusal_of
from kernel import clock


def require_sign_in(environ: dict[str, Any]) -> None:
    """Refuse a request without a valid session or token. The endpoint checks what its sender may do."""
    request = WSGIRequest({**environ, "wsgi.input": io.BytesIO()})
    try:
        if not _is_signed_in(request):
            raise SignInFirst
    except Error as failure:
        refusal = refusal_of(failure)
        if refusal is None:
            raise
        log_failure(failure, refusal)
        raise refusal from failure
    finally:
        close_old_connections()


def _is_signed_in(request: WSGIRequest) -> bool:
    if "Authorization" in request.headers:
        return find_actor_by_token(bearer_token(request), at=clock.now()) is not None
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return get_user(request).is_authenticated
