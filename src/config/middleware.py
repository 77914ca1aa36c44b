"""What happens around every request: an id, safe headers, a language, and refusals as pages."""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib import messages
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import ResolverMatch
from django.utils import translation

from config.failures import DatabaseAway, NoSuchAddress, log_failure, plain_response, refusal_of
from config.metrics import count_request
from db import replica
from kernel import request_id as request_ids
from kernel.refusal import Conflict, Invalid, InvalidText, Refusal
from web import client
from web.client import return_url
from web.later import LaterResponse
from web.uploads import NoFileTaken, RefuseFiles, match_takes_file

GetResponse = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger("weicang.requests")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
LANGUAGE_COOKIE = "language"
CHANGED_COOKIE = "changed"
SECONDS_BEYOND_LAG = 2
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COMPRESSED = frozenset({"text/html", "application/json", "text/csv"})


def request_id(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        with request_ids.use_request_id(request.headers.get("X-Request-ID", "")) as current:
            started = time.perf_counter()
            response = get_response(request)
            response["X-Request-ID"] = current
            note = partial(_note_answer, request, started)
            if isinstance(response, LaterResponse):
                response.note_answer = note
            else:
                note(response.status_code)
            return response

    return middleware


def _note_answer(request: HttpRequest, started: float, status: int) -> None:
    if request.path.startswith(("/static/", "/health/", "/metrics")):
        return
    seconds = time.perf_counter() - started
    count_request(request, status, seconds)
    log.info(
        "%s %s %s",
        request.method,
        _path_without_secret(request),
        status,
        extra={"taken_ms": round(seconds * 1000, 1), "address": client.client_address(request)},
    )


def _path_without_secret(request: HttpRequest) -> str:
    """The path for the log, without the secret of an address that is known only to whom it was sent."""
    secret = request.resolver_match.kwargs.get("token", "") if request.resolver_match else ""
    return request.path.replace(secret, "…") if secret else request.path


def security_headers(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        # Pages and answers are somebody's own; what may be kept says so itself, as static files and pictures do.
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


class compression(GZipMiddleware):  # noqa: N801 - see `refusals`
    """Compresses text. Workbooks and pictures are compressed already, and static files have a compressed copy (docs/decisions/0071)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        return super().process_response(request, response) if kind in COMPRESSED else response


def own_changes(get_response: GetResponse) -> GetResponse:
    """Whatever changes something reads the primary, and so does whoever is signed in and has just changed something: for as long as a
    replica may be behind.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        changes = request.method not in SAFE_METHODS
        with replica.only_primary() if changes or CHANGED_COOKIE in request.COOKIES else nullcontext():
            response = get_response(request)
        if changes and settings.SESSION_COOKIE_NAME in request.COOKIES:
            cast("HttpResponse", response).set_cookie(
                CHANGED_COOKIE,
                "1",
                max_age=settings.REPLICA_MAX_LAG + SECONDS_BEYOND_LAG,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


def language(get_response: GetResponse) -> GetResponse:
    """Chinese, unless this visitor chose English: phones of daigou abroad announce languages that their owners do not read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        chosen = "en" if request.COOKIES.get(LANGUAGE_COOKIE) == "en" else "zh-hans"
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
            response.headers.setdefault("Content-Language", chosen)
            return response

    return middleware


class form_files:  # noqa: N801 - see `refusals`
    """Stands before the check of CSRF tokens, which reads forms: a form that takes no file refuses one before it is kept anywhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        is_form = request.content_type == "multipart/form-data" and not request.path.startswith("/api/")
        if not is_form or match_takes_file(cast("ResolverMatch", request.resolver_match)):
            return None
        request.upload_handlers = [RefuseFiles(request)]
        try:
            len(request.FILES)
        except NoFileTaken as refusal:
            request._mark_post_parse_error()  # type: ignore[attr-defined]  # so that the page of the refusal does not read the form again
            return refusal_response(request, refusal)
        return None


class refusals:  # noqa: N801 - a middleware like the functions above; Django asks for a class where exceptions are handled
    """Answers a refusal with a page (or, to htmx, with a fragment) and the status of its kind."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            return refusal_response(request, InvalidText())
        response = self.get_response(request)
        if isinstance(response, LaterResponse):
            response.answer_error = partial(self._answer_later_error, request)
            return response
        if request.path.startswith("/api/"):
            return _as_api_refusal(request, response)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _expects_page(request):
            # The address of a form was opened by hand or from the history of a browser.
            return HttpResponseRedirect(return_url(request))
        return response

    def _answer_later_error(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        """As to an exception of a view, of which Django asks this middleware itself."""
        with translation.override(request.LANGUAGE_CODE):
            return self.process_exception(request, exception) or response_for_exception(request, exception)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refusal = refusal_of(exception)
        if refusal is None:
            return None
        if refusal is not exception:
            log_failure(exception, refusal)
        if request.path.startswith("/api/"):
            return plain_response(request, refusal)
        before = client.form_page_url(request) if request.method == "POST" else ""
        if before and isinstance(refusal, Invalid | Conflict) and not request.headers.get("HX-Request"):
            # A form is refused on its own page, not on a separate one.
            messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
            return HttpResponseRedirect(before)
        return refusal_response(request, refusal)


def refusal_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as a page, or to htmx as a fragment."""
    fragment = bool(request.headers.get("HX-Request"))
    if isinstance(refusal, DatabaseAway) and not fragment:
        # The page would look for who is signed in.
        return plain_response(request, refusal)
    response = render(
        request,
        "refusal_fragment.html" if fragment else "refusal.html",
        {"refusal": refusal, "sentence": refusal.sentence(request.LANGUAGE_CODE)},
        status=refusal.status,
    )
    for name, value in refusal.headers().items():
        response[name] = value
    return response


def _expects_page(request: HttpRequest) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


class NoSuchMethod(Refusal):
    status: ClassVar[int] = HTTPStatus.METHOD_NOT_ALLOWED
    code = "request.no_such_method"
    zh = "此地址不支持这种请求方法"
    en = "The address knows no such method"


_REFUSAL_OF_STATUS = {refusal.status: refusal for refusal in (NoSuchAddress(), NoSuchMethod())}


def _as_api_refusal(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Give what is refused before the API is reached the shape of its refusals."""
    refusal = _REFUSAL_OF_STATUS.get(response.status_code)
    if refusal is None or response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    answer = plain_response(request, refusal)
    if "Allow" in response.headers:
        answer.headers["Allow"] = response.headers["Allow"]
    return answer
