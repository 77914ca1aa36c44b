"""What happens around every request: an id, safe headers, a language, and refusals told as pages."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import ResolverMatch
from django.utils import translation

from config.failures import DatabaseAway, NoSuchAddress, note, plain_response, refusal_of
from kernel import request_id as request_ids
from kernel.refusal import Conflict, Invalid, InvalidText, Refusal
from web import client
from web.client import return_url
from web.uploads import NoFileTaken, RefuseFiles, match_takes_file

Next = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger("weicang.requests")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
LANGUAGE_COOKIE = "language"
COMPRESSED = frozenset({"text/html", "application/json", "text/csv"})


def request_id(get_response: Next) -> Next:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        with request_ids.working_under(request.headers.get("X-Request-ID", "")) as current:
            started = time.perf_counter()
            response = get_response(request)
            response["X-Request-ID"] = current
            if not request.path.startswith(("/static/", "/health/")):
                taken_ms = round((time.perf_counter() - started) * 1000, 1)
                log.info(
                    "%s %s %s",
                    request.method,
                    _path_without_secret(request),
                    response.status_code,
                    extra={"taken_ms": taken_ms, "address": client.client_address(request)},
                )
            return response

    return middleware


def _path_without_secret(request: HttpRequest) -> str:
    """The path for the log, without the secret of an address that is known only to whom it was sent."""
    secret = request.resolver_match.kwargs.get("token", "") if request.resolver_match else ""
    return request.path.replace(secret, "…") if secret else request.path


def security_headers(get_response: Next) -> Next:
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
    """Text is compressed; workbooks and pictures are already, and static files bring their own copy (docs/decisions/0071)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        return super().process_response(request, response) if kind in COMPRESSED else response


def language(get_response: Next) -> Next:
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

    def __init__(self, get_response: Next) -> None:
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
            request._mark_post_parse_error()  # type: ignore[attr-defined]  # lest the page that tells of it reads the form again
            return told(request, refusal)
        return None


class refusals:  # noqa: N801 - a middleware like the functions above; Django asks for a class where exceptions are handled
    """A refused page is told as a page (or, to htmx, as a fragment), with the status of its kind."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            return told(request, InvalidText())
        response = self.get_response(request)
        if request.path.startswith("/api/"):
            return _in_the_one_shape(request, response)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _is_looked_at(request):
            # The address of a form, opened by hand or out of a browser's history, has nothing to show.
            return redirect(return_url(request))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refusal = refusal_of(exception)
        if refusal is None:
            return None
        if refusal is not exception:
            note(exception, refusal)
        if request.path.startswith("/api/"):
            return plain_response(request, refusal)
        before = client.form_page_url(request) if request.method == "POST" else ""
        if before and isinstance(refusal, Invalid | Conflict) and not request.headers.get("HX-Request"):
            # What a button of a page asks for is refused on that page, not on one of its own.
            messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
            return redirect(before)
        return told(request, refusal)


def told(request: HttpRequest, refusal: Refusal) -> HttpResponse:
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


def _is_looked_at(request: HttpRequest) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


@dataclass(eq=False)
class NoSuchMethod(Refusal):
    status: ClassVar[int] = HTTPStatus.METHOD_NOT_ALLOWED
    code = "request.no_such_method"
    zh = "此地址不支持这种请求方法"
    en = "The address knows no such method"


_NO_ANSWER = {refusal.status: refusal for refusal in (NoSuchAddress(), NoSuchMethod())}


def _in_the_one_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What is refused before the API is reached in the shape of its refusals."""
    refusal = _NO_ANSWER.get(response.status_code)
    if refusal is None or response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    answer = plain_response(request, refusal)
    if "Allow" in response.headers:
        answer.headers["Allow"] = response.headers["Allow"]
    return answer
