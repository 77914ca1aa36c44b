"""A WSGI application that tells what it was sent, served as the service is, with limits that tests can wait for.

`python -m tests.config.echo --fd N`
"""

import hashlib
import io
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from config.adapter import Application, Limits
from config.server import serve
from web.rate_limits import Limits as RateLimits
from web.rate_limits import RateLimiter
from web.request_bodies import Pace, TooManyBodies

KB = 1024
WITHOUT_FILE, WITH_FILE, ON_DISK = 100 * KB, 1024 * KB, 1500 * KB
SECONDS, BYTES_PER_SECOND = 0.6, 2000
STREAMED_BYTES = 24 * 1024 * KB
TOLD = ("HTTP_X_TWICE", "HTTP_COOKIE", "HTTP_X_PLAIN", "REMOTE_ADDR", "SERVER_PORT", "CONTENT_TYPE", "CONTENT_LENGTH")


class Streamed:
    streaming = True

    def __iter__(self) -> Iterator[bytes]:
        return (b"s" * 4096 for _ in range(STREAMED_BYTES // 4096))


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"].encode("latin-1").decode()
    if path == "/streamed":
        start_response("200 OK", [("Content-Length", str(STREAMED_BYTES))])
        return Streamed()
    if path == "/refused":
        start_response("403 Forbidden", [("Content-Length", "2")])
        return [b"no"]
    if path == "/broken":
        raise ZeroDivisionError
    body = environ["wsgi.input"].read()
    told = {
        "path": path,
        "query": environ["QUERY_STRING"],
        "method": environ["REQUEST_METHOD"],
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "on_disk": not isinstance(environ["wsgi.input"], io.BytesIO),
        "underscored": environ.get("HTTP_X_FORWARDED_PROTO", ""),
    } | {name: environ[name] for name in TOLD if name in environ}
    content = json.dumps(told).encode()
    start_response("200 OK", [("Content-Length", str(len(content))), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [content]


def may_send_large(environ: dict[str, Any]) -> Callable[[], None]:
    """Of those who are counted, one at a time."""
    if "HTTP_X_STRANGER" in environ:
        raise TooManyBodies
    if "HTTP_X_COUNTED" not in environ:
        return lambda: None
    if counted:
        raise TooManyBodies
    counted.append(True)
    return counted.clear


counted: list[bool] = []


application = Application(
    wsgi,
    threads=1,
    limits=Limits(without_file=WITHOUT_FILE, with_file=WITH_FILE, all_in_memory=4 * 1024 * KB, all_on_disk=ON_DISK),
    takes_file=lambda path: path == "/file",
    may_send_large=may_send_large,
    rate_limiter=RateLimiter(RateLimits(0, 0, 0), session_cookie="sessionid", trusted_proxies=0),
    pace=Pace(seconds=SECONDS, bytes_per_second=BYTES_PER_SECOND),
)

if __name__ != "__main__" and "ECHO_IMPORTS_SLOWLY" in os.environ:
    Path(os.environ["ECHO_IMPORTS_SLOWLY"]).touch()
    time.sleep(1)

if __name__ == "__main__":
    tempfile.tempdir = sys.argv[3]
    serve(
        socket.socket(fileno=int(sys.argv[2])),
        workers=1,
        application="tests.config.echo:application",
        header_seconds=SECONDS,
    )
