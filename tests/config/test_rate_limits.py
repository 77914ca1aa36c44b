"""Too many requests are answered 429 by the running service, whatever else they are (docs/decisions/0321)."""

import http.client
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.config.service import serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(WEICANG_REQUESTS_OF_ADDRESS="5", WEICANG_FORMS_OF_ADDRESS="1") as port:
        yield port


Answer = tuple[int, dict[str, str], str]


def ask(port: int, source: str, method: str, path: str, body: str = "", **headers: str) -> Answer:
    """One request from an address of the loopback network."""
    sender = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    with closing(sender):
        sender.request(method, path, body, headers)
        answer = sender.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read().decode()


def test_a_program_is_told_its_limits_before_it_reaches_them_and_is_then_refused(port: int) -> None:
    """Forged tokens gain nothing: whoever is not known to be signed in counts by address."""
    answers = [
        ask(port, "127.0.0.2", "GET", "/api/v1/no-such-address", Authorization=f"Bearer {number}")
        for number in range(10)
    ]
    assert [status for status, _, _ in answers[:5]] == [404] * 5
    assert answers[0][1]["ratelimit-policy"] == '"address";q=5;w=10'
    assert '"address";r=4;' in answers[0][1]["ratelimit"]
    _, headers, body = next(answer for answer in answers if answer[0] == 429)
    assert 0 < int(headers["retry-after"]) <= 2
    assert '"address";r=0;' in headers["ratelimit"]
    assert '"code": "request.too_many"' in body
    assert headers["x-request-id"]
    assert ask(port, "127.0.0.9", "GET", "/api/v1/no-such-address")[0] == 404


def test_forms_of_strangers_are_refused_with_a_page_and_after_a_while(port: int) -> None:
    assert ask(port, "127.0.0.3", "POST", "/sign-in/", "login=a")[0] == 403  # no CSRF token
    began = time.monotonic()
    status, headers, body = ask(port, "127.0.0.3", "POST", "/sign-in/", "login=a")
    assert (status, time.monotonic() - began > 0.9) == (429, True)
    assert int(headers["retry-after"]) > 0
    assert 'data-refusal="request.too_many"' in body
    assert ask(port, "127.0.0.3", "GET", "/health/live")[0] == 200
    assert ask(port, "127.0.0.4", "POST", "/sign-in/", "login=a")[0] == 403


def test_a_connection_stays_open_after_a_refusal_with_a_body(port: int) -> None:
    """So that a program that waits as it is told goes on, and one that does not is slowed."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=("127.0.0.5", 0))) as sender:
        statuses = []
        for _ in range(3):
            sender.request("POST", "/api/v1/tokens", "{}", {"Content-Type": "application/json"})
            answer = sender.getresponse()
            answer.read()
            statuses.append(answer.status)
    assert statuses == [422, 429, 429]
