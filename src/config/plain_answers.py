"""Answers that need nothing: no database, no session, no template, no manifest of static files.

Given where the service itself has a fault, and by the server before Django is reached.
"""

import html
import json
from http import HTTPStatus

from kernel import request_id
from kernel.refusal import Refusal, Unauthenticated

Answer = tuple[int, list[tuple[str, str]], bytes]
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The stylesheet and the mark by their plain names: where they are missing the page is read without them.
_PAGE = """<!doctype html>
<html lang="zh-hans" data-theme="weicang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>尾仓 Weicang</title>
<link rel="stylesheet" href="/static/weicang.css">
</head>
<body>
<main class="door items-center justify-center px-5 text-center">
<img src="/static/img/mark.svg" alt="" class="size-12">
<h1 class="mt-4 text-xl" data-notice data-refusal="{code}">{zh}</h1>
<p class="quiet-text mt-2" lang="en">{en}</p>
<p class="mt-6"><a class="btn btn-primary" href="/">首页 Home</a></p>
<p class="quiet-text mt-6">{request_id}</p>
</main>
</body>
</html>
"""


def refused(refusal: Refusal, *, path: str, accept_language: str, is_htmx: bool = False) -> Answer:
    """Status, headers and body of a refusal: JSON in its one shape for programs, a plain page in both languages for people.

    People who are not signed in are sent to where they can sign in.
    """
    headers = [("Cache-Control", "no-store"), ("X-Request-ID", request_id.current()), *refusal.headers().items()]
    if path.startswith(("/api/", "/health/")):
        headers.append(("Content-Type", "application/json; charset=utf-8"))
        return refusal.status, headers, refusal_json(refusal, english=accept_language.lower().startswith("en"))
    page = _PAGE.format(
        code=refusal.code,
        zh=html.escape(refusal.sentence("zh")),
        en=html.escape(refusal.sentence("en")),
        request_id=html.escape(request_id.current()),
    )
    headers.append(("Content-Type", "text/html; charset=utf-8"))
    if isinstance(refusal, Unauthenticated):
        headers.append(("HX-Redirect" if is_htmx else "Location", "/sign-in/"))
        return refusal.status if is_htmx else HTTPStatus.SEE_OTHER, headers, page.encode()
    headers.append(("Content-Security-Policy", CONTENT_SECURITY_POLICY))
    return refusal.status, headers, page.encode()


def refusal_json(refusal: Refusal, *, english: bool) -> bytes:
    body = {
        "code": refusal.code,
        "message": refusal.sentence("en" if english else "zh"),
        "fields": refusal.fields(),
        "request_id": request_id.current(),
    }
    return json.dumps(body, ensure_ascii=False, default=str).encode()
