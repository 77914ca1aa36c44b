"""The HTTP client of kuaidi100. It keeps nothing and logs neither what it sends nor what comes back."""

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import httpx

from tracking.services.kuaidi100 import (
    QUERY_PATH,
    SUBSCRIPTION_PATH,
    Account,
    Outcome,
    OutcomeKind,
    query_form,
    read_object,
    read_query_answer,
    read_subscription_answer,
    subscription_form,
)

MAX_ANSWER_BYTES = 512 * 1024
MAX_SECONDS = 15.0
"""For a whole answer; the timeouts below are for each of its parts."""
_TIMEOUT = httpx.Timeout(8.0, connect=4.0)


class NoAnswer(Exception):
    """There is no answer that can be used; the text says why and holds nothing that was sent."""


class Client:
    """Asks kuaidi100. Use it in a `with` block: it keeps its connection open for all questions."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_http" in vars(self):
            self._http.close()

    @cached_property
    def _http(self) -> httpx.Client:
        """Made for the first question: to read the certificates takes longer than to find out that there is nothing to ask."""
        return httpx.Client(timeout=_TIMEOUT, headers={"User-Agent": "weicang"})

    def subscribe(self, *, company: str, number: str, phone_tail: str) -> Outcome:
        form = subscription_form(self._account, company=company, number=number, phone_tail=phone_tail)
        try:
            return read_subscription_answer(self._post(SUBSCRIPTION_PATH, form))
        except NoAnswer as why:
            return Outcome(OutcomeKind.FAILED, str(why))

    def query(self, *, company: str, number: str, phone_tail: str) -> Outcome:
        form = query_form(self._account, company=company, number=number, phone_tail=phone_tail)
        try:
            return read_query_answer(self._post(QUERY_PATH, form))
        except NoAnswer as why:
            return Outcome(OutcomeKind.FAILED, str(why))

    def _post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that answers a form. Raises NoAnswer where there is none, it is too large, or takes too long."""
        body, ends_at = bytearray(), time.monotonic() + MAX_SECONDS
        try:
            with self._http.stream("POST", self._account.url + path, data=dict(form)) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise NoAnswer(f"http {answer.status_code}")
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > MAX_ANSWER_BYTES:
                        raise NoAnswer("too large")
                    if time.monotonic() > ends_at:
                        raise NoAnswer("too slow")
        except httpx.TimeoutException as error:
            raise NoAnswer("too slow") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer("no connection") from error
        found = read_object(bytes(body))
        if found is None:
            raise NoAnswer("unreadable")
        return found
