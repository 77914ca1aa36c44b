"""From granian's RSGI interface to a WSGI application: each body is awaited on the event loop, then the application runs in a thread.

A thread that reads from the connection itself waits for as long as its client likes. Here a thread begins when the whole body is there
and ends before the answer travels, so slow clients hold no thread (docs/decisions/0070).
"""

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from granian._granian import RSGIProtocolClosed

from config import plain_answers
from config.logs import without_secrets
from kernel import request_id
from kernel.refusal import Refusal
from web.fair_turns import FairTurns
from web.later import MARK, LaterResponse
from web.rate_limits import SIGNED_IN, RateLimiter, Sender, Standing, TooManyRequests, rate_limit_headers
from web.request_bodies import (
    DEFAULT_PACE,
    MAX_BYTES_IN_MEMORY,
    BodyTimedOut,
    BodyTooLarge,
    Budget,
    LengthRequired,
    Pace,
    ReceivedBody,
)

log = logging.getLogger("weicang.server")

MAX_SECONDS_TO_TAKE_A_PART = 60.0
"""A client that takes nothing of a streamed answer for so long is left."""
MAX_SECONDS_TO_DISCARD = 10.0
SECONDS_TO_REFUSE = 1.0
"""Whoever has sent too many requests waits for the refusal of the next: a client that sends one after another is slowed, at no cost."""
MAX_REFUSALS_WAITING = 2000
"""Of a process. More than these are refused at once, and their connections closed."""
PART_BYTES = 64 * 1024

NOT_COUNTED = ("/static/", "/health/")
"""Files that browsers keep, and what asks whether the process lives."""

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Limits:
    """Bytes of one body, to an address that takes no file and to one that does, and of all bodies that a process holds."""

    without_file: int
    with_file: int
    all_in_memory: int
    all_on_disk: int


@dataclass(frozen=True)
class _Answer:
    """What Django answered: `whole`, or where it is streamed `parts`, each read in a thread."""

    status: int
    headers: Headers
    whole: bytes
    parts: Iterator[bytes] | None
    close: Callable[[], None]
    later: LaterResponse | None = None


class _ClientGone(Exception):
    """The connection ended before the body did."""


class Application:
    """An RSGI application that runs a WSGI one in `threads` threads.

    `takes_file` says whether a path may be sent a file; `may_send_large` is run in a thread and refuses a request whose sender may not
    send more than a form, before its body is read; what it returns is called when the request is over.
    """

    def __init__(
        self,
        wsgi: Wsgi,
        *,
        threads: int,
        limits: Limits,
        takes_file: Callable[[str], bool],
        may_send_large: Callable[[Environ], Callable[[], None]],
        rate_limiter: RateLimiter,
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        self._wsgi = wsgi
        self._threads = threads
        self._limits = limits
        self._takes_file = takes_file
        self._may_send_large = may_send_large
        self._rate_limiter = rate_limiter
        self._refusals_waiting = 0
        self._turns = FairTurns(threads)
        self._pace = pace
        self._budget = Budget(max_memory=limits.all_in_memory, max_disk=limits.all_on_disk)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="web")

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pool.shutdown()

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        environ = _environ(scope)
        sender = self._rate_limiter.sender_of(environ)
        standings = [] if scope.path.startswith(NOT_COUNTED) else self._rate_limiter.count(sender)
        if standings and standings[-1].retry_seconds:
            await self._refuse_too_many(proto, scope, environ, standings)
            return
        told = rate_limit_headers(standings) if scope.path.startswith("/api/") else []
        try:
            if "HTTP_TRANSFER_ENCODING" in environ:
                # granian gives a chunked body that broke off as one that ended: half a form would be taken for a whole one.
                raise LengthRequired
            length = int(environ.get("CONTENT_LENGTH", 0))
            if length == 0:
                environ["wsgi.input"] = io.BytesIO()
                await self._run_and_answer(proto, environ, sender, told)
                return
            takes_file, release = await self._admit(scope.path, environ, length)
            body = ReceivedBody(self._budget, may_spool=takes_file)
            try:
                await self._receive(proto, body, length)
                environ["wsgi.input"] = body.file()
                await self._run_and_answer(proto, environ, sender, told)
            finally:
                body.close()
                release()
        except Refusal as refusal:
            self._rate_limiter.note_malformed(sender)
            await self._refuse(proto, scope, environ, refusal)
        except _ClientGone:
            self._rate_limiter.note_malformed(sender)
            # Nobody reads it, but granian wants an answer.
            proto.response_empty(400, [("connection", "close")])

    async def _admit(self, path: str, environ: Environ, length: int) -> tuple[bool, Callable[[], None]]:
        """Whether a body of so many bytes may be kept on disk, and what to call when its request is over. Refuses one that is too
        large before any of it is read."""
        if length <= MAX_BYTES_IN_MEMORY:
            return False, _nothing
        takes_file = self._takes_file(path)
        limit = self._limits.with_file if takes_file else self._limits.without_file
        if length > limit:
            raise BodyTooLarge(max_kb=limit // 1024)
        return takes_file, await self._loop.run_in_executor(self._pool, self._may_send_large, environ)

    async def _receive(self, proto: Any, body: ReceivedBody, length: int) -> None:
        """Read a body to its end. Refuses one that is too slow; raises _ClientGone where it breaks off."""
        chunks = aiter(proto)
        started = last_bytes_at = self._loop.time()
        try:
            async with asyncio.timeout(None) as limit:
                while body.received < length:
                    limit.reschedule(
                        self._pace.deadline(started=started, last_bytes_at=last_bytes_at, received=body.received)
                    )
                    chunk = await anext(chunks)
                    last_bytes_at = self._loop.time()
                    body.append(chunk)
        except TimeoutError:
            raise BodyTimedOut from None
        except StopAsyncIteration:
            raise _ClientGone from None

    async def _run_and_answer(self, proto: Any, environ: Environ, sender: Sender, told: Headers) -> None:
        environ[MARK] = True
        await self._turns.take(sender.key)
        try:
            answer = await self._loop.run_in_executor(self._pool, _run, self._wsgi, environ)
        finally:
            self._turns.give_back()
        if answer.later is not None:
            answer = await self._finish(answer.later)
            environ[SIGNED_IN] = answer.status in (HTTPStatus.CREATED, HTTPStatus.CONFLICT)
        if environ.get(SIGNED_IN):
            self._rate_limiter.note_signed_in(sender)
        elif answer.status == HTTPStatus.UNAUTHORIZED:
            self._rate_limiter.note_not_signed_in(sender)
        if answer.parts is None:
            proto.response_bytes(answer.status, [*answer.headers, *told], answer.whole)
            return
        transport = proto.response_stream(answer.status, [*answer.headers, *told])
        try:
            while part := await self._loop.run_in_executor(self._pool, _next_part, answer.parts):
                async with asyncio.timeout(MAX_SECONDS_TO_TAKE_A_PART):
                    await transport.send_bytes(part)
        except (TimeoutError, RSGIProtocolClosed):
            log.info("the client did not take the whole answer")
        finally:
            await self._loop.run_in_executor(self._pool, answer.close)

    async def _finish(self, later: LaterResponse) -> _Answer:
        """The answer of a response whose outcome is waited for here, so that no thread waits."""
        outcome = asyncio.wrap_future(later.later.outcome)
        outcome.add_done_callback(_retrieve)
        await asyncio.wait([outcome], timeout=later.later.wait_seconds)
        if later.stop_waiting():
            return await self._loop.run_in_executor(self._pool, _finished, later)
        return _finished(later)

    async def _refuse(self, proto: Any, scope: Any, environ: Environ, refusal: Refusal) -> None:
        """Answer and close. Reading goes on for a while: closing at once could reset the connection before the answer arrives."""
        with request_id.use_request_id(environ.get("HTTP_X_REQUEST_ID", "")):
            status, headers, content = plain_answers.refused(
                refusal,
                path=scope.path,
                accept_language=environ.get("HTTP_ACCEPT_LANGUAGE", ""),
                is_htmx="HTTP_HX_REQUEST" in environ,
            )
            proto.response_bytes(status, [*headers, ("connection", "close")], content)
            log.info("%s %s %s", scope.method, without_secrets(scope.path), status, extra={"code": refusal.code})
        if not isinstance(refusal, BodyTimedOut):
            await self._discard(proto)

    async def _refuse_too_many(self, proto: Any, scope: Any, environ: Environ, standings: list[Standing]) -> None:
        """Answer 429 without a thread, and not at once."""
        refusal = TooManyRequests(retry_after_seconds=standings[-1].retry_seconds)
        with request_id.use_request_id(environ.get("HTTP_X_REQUEST_ID", "")):
            status, headers, content = plain_answers.refused(
                refusal,
                path=scope.path,
                accept_language=environ.get("HTTP_ACCEPT_LANGUAGE", ""),
                is_htmx="HTTP_HX_REQUEST" in environ,
            )
            if refused := self._rate_limiter.note_refusal():
                told = {"code": refusal.code, "policy": standings[-1].policy.name, "refused": refused}
                log.warning(
                    "too many requests; the last was %s %s", scope.method, without_secrets(scope.path), extra=told
                )
        headers += rate_limit_headers(standings)
        if self._refusals_waiting >= MAX_REFUSALS_WAITING:
            proto.response_bytes(status, [*headers, ("connection", "close")], content)
            return
        self._refusals_waiting += 1
        try:
            await asyncio.sleep(SECONDS_TO_REFUSE)
        finally:
            self._refusals_waiting -= 1
        if int(environ.get("CONTENT_LENGTH", 0)) <= MAX_BYTES_IN_MEMORY:
            proto.response_bytes(status, headers, content)
            return
        # More than the server reads by itself before the next request: as in `_refuse`.
        proto.response_bytes(status, [*headers, ("connection", "close")], content)
        await self._discard(proto)

    async def _discard(self, proto: Any) -> None:
        discarded = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_SECONDS_TO_DISCARD):
                async for chunk in proto:
                    discarded += len(chunk)
                    if discarded > self._limits.with_file:
                        return


def _run(wsgi: Wsgi, environ: Environ) -> _Answer:
    """Runs in a thread: the whole of Django's work for one request, but for the content of a streamed answer."""
    begun: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
        begun.append((int(status[:3]), headers))

    response = wsgi(environ, start_response)
    [(status, headers)] = begun
    close = getattr(response, "close", _nothing)
    if isinstance(response, LaterResponse):
        close()
        return _Answer(status, headers, b"", None, _nothing, response)
    if getattr(response, "streaming", False):
        return _Answer(status, headers, b"", iter(response), close)
    try:
        return _Answer(status, headers, b"".join(response), None, _nothing)
    finally:
        close()


def _retrieve(outcome: "asyncio.Future[Any]") -> None:
    """An exception is answered with; asyncio would log one that nobody has looked at."""
    if not outcome.cancelled():
        outcome.exception()


def _finished(later: LaterResponse) -> _Answer:
    response = later.finish()
    headers = [*response.items(), *(("Set-Cookie", each.output(header="")) for each in response.cookies.values())]
    try:
        return _Answer(response.status_code, headers, response.content, None, _nothing)
    finally:
        response.close()


def _next_part(chunks: Iterator[bytes]) -> bytes:
    """Runs in a thread: the next chunks of a streamed answer, some at once since each way to the event loop and back costs."""
    part = bytearray()
    for chunk in chunks:
        part += chunk
        if len(part) >= PART_BYTES:
            break
    return bytes(part)


def _nothing() -> None:
    pass


def _environ(scope: Any) -> Environ:
    """The request as PEP 3333 has it, all but its body."""
    client, _, _ = scope.client.rpartition(":")
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            # WSGI cannot tell it from the header with a hyphen, which a proxy may have set.
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ
