"""Answers that need nothing: no database, no session, no template, no manifest of static files.

Given where the service itself has a fault, and by the server before Django is reached.
"""

import html
import json

from kernel import request_id
from kernel.refusal import Refusal

Answer = tuple[int, list[tuple[str, str]], bytes]
_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>尾仓 Weicang</title>
</head>
<body>
<main>
<h1>尾仓 Weicang</h1>
<p data-refusal="{code}">{zh}</p>
<p lang="en">{en}</p>
<p><a href="/">首页 Home</a></p>
<p><small>{request_id}</small></p>
</main>
</body>
</html>
"""


def refused(refusal: Refusal, *, path: str, accept_language: str) -> Answer:
    """Status, headers and body of a refusal: JSON in its one shape for programs, a plain page in both languages for people."""
    headers = [("Cache-Control", "no-store"), ("X-Request-ID", request_id.current()), *refusal.headers().items()]
    if path.startswith(("/api/", "/health/")):
        headers.append(("Content-Type", "application/json; charset=utf-8"))
        return refusal.status, headers, refusal_json(refusal, english=accept_language.lower().startswith("en"))
    page = _PAGE.format(
        lang="zh-hans",
        code=refusal.code,
        zh=html.escape(refusal.sentence("zh")),
        en=html.escape(refusal.sentence("en")),
        request_id=request_id.current(),
    )
    headers.append(("Content-Type", "text/html; charset=utf-8"))
    headers.append(("Content-Security-Policy", "default-src 'none'"))
    return refusal.status, headers, page.encode()


def refusal_json(refusal: Refusal, *, english: bool) -> bytes:
    body = {
        "code": refusal.code,
        "message": refusal.sentence("en" if english else "zh"),
        "fields": refusal.fields(),
        "request_id": request_id.current(),
    }
    return json.dumps(body, ensure_ascii=False, default=str).encode()
