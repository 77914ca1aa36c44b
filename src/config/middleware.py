"""What happens around every request: an id, safe headers, a language, and refusals told as pages."""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation

from kernel import request_id as request_ids
from kernel.refusal import NoText, Refusal
from wire.origin import page_before

Next = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger("weicang.requests")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
LANGUAGE_COOKIE = "language"


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
                    extra={"taken_ms": taken_ms},
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
        return response

    return middleware


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


class refusals:  # noqa: N801 - a middleware like the functions above; Django asks for a class where exceptions are handled
    """A refused page is told as a page (or, to htmx, as a fragment), with the status of its kind."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            return self._told(request, NoText())
        response = self.get_response(request)
        if request.path.startswith("/api/"):
            return _in_the_one_shape(request, response)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _is_looked_at(request):
            # The address of a form, opened by hand or out of a browser's history, has nothing to show.
            return redirect(page_before(request))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return self._told(request, exception) if isinstance(exception, Refusal) else None

    def _told(self, request: HttpRequest, refusal: Refusal) -> HttpResponse:
        fragment = bool(request.headers.get("HX-Request"))
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


_NO_ANSWER = {
    HTTPStatus.NOT_FOUND: ("request.no_such_address", "没有这个地址", "There is no such address"),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "request.no_such_method",
        "此地址不支持这种请求方法",
        "The address knows no such method",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "request.failed",
        "出错了，我们会查明；请稍后再试",
        "Something broke; it is in our logs. Try again later",
    ),
}


def _in_the_one_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What is refused before the API is reached, or breaks within it, in the shape of its refusals."""
    told = _NO_ANSWER.get(HTTPStatus(response.status_code))
    if told is None or response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    code, zh, en = told
    english = request.headers.get("Accept-Language", "").lower().startswith("en")
    body = {"code": code, "message": en if english else zh, "fields": {}, "request_id": request_ids.current()}
    answer = JsonResponse(body, status=response.status_code, json_dumps_params={"ensure_ascii": False})
    if "Allow" in response.headers:
        answer.headers["Allow"] = response.headers["Allow"]
    return answer
