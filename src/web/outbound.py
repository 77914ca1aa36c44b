"""Requests to services of others, with a limit on the size of an answer and on the whole time it may take."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import httpx

MAX_ANSWER_BYTES = 512 * 1024
MAX_SECONDS = 15.0
"""For a whole answer; the timeouts below are for each of its parts."""
_TIMEOUT = httpx.Timeout(8.0, connect=4.0)


class NoAnswer(Exception):
    """There is no answer that can be used; the text says why and holds nothing that was sent."""


class NotSent(NoAnswer):
    """There is no answer because the question surely did not reach the service: there was no connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status. The names of `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OutboundClient:
    """Asks one service. Use it in a `with` block: it keeps its connection open for all questions. It logs nothing of what it sends."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_http" in vars(self):
            self._http.close()

    @cached_property
    def _http(self) -> httpx.Client:
        """Made for the first question: to read the certificates takes longer than to find out that there is nothing to ask."""
        return httpx.Client(timeout=_TIMEOUT, headers={"User-Agent": "weicang"})

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The body that answers with status 200. Raises NoAnswer where there is none, it is too large, or takes too long."""
        sent = {"params": query, "data": form, "json": document}
        given = {name: dict(value) for name, value in sent.items() if value is not None}
        return self._exchange(method, path, given, max_bytes=MAX_ANSWER_BYTES, any_status=False).body

    def exchange(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """The answer of any status to a body that is sent as it is: for services that sign what is sent and answered.

        Raises NoAnswer where there is none, it is too large, or takes too long.
        """
        given = {"headers": dict(headers), "content": content}
        return self._exchange(method, path, given, max_bytes=max_bytes, any_status=True)

    def _exchange(
        self, method: str, path: str, given: Mapping[str, Any], *, max_bytes: int, any_status: bool
    ) -> Answer:
        body, ends_at = bytearray(), time.monotonic() + MAX_SECONDS
        try:
            with self._http.stream(method, self._url + path, **given) as answer:
                if not any_status and answer.status_code != httpx.codes.OK:
                    raise NoAnswer(f"http {answer.status_code}")
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > max_bytes:
                        raise NoAnswer("too large")
                    if time.monotonic() > ends_at:
                        raise NoAnswer("too slow")
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status_code, headers, bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL) as error:
            raise NotSent("too slow" if isinstance(error, httpx.TimeoutException) else "no connection") from error
        except httpx.TimeoutException as error:
            raise NoAnswer("too slow") from error
        except httpx.HTTPError as error:
            raise NoAnswer("no connection") from error
