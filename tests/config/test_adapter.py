"""The server that the service runs on, with an application that tells what it was sent: real sockets, real granian, bad clients."""

import hashlib
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import pytest

from config.server import listen
from embedded.process import wait_until
from tests.config.echo import BYTES_PER_SECOND, KB, SECONDS, STREAMED_BYTES, WITH_FILE, WITHOUT_FILE

ROOT = Path(__file__).resolve().parents[2]
PAUSE = 0.05
SLACK = 5.0
"""Seconds that a busy machine may take on top. What these tests look for would last for ever; `tests/demo` has the figure itself."""


class Connection:
    """A client that may misbehave."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def send(self, method: str, path: str, *headers: str, body: bytes = b"", length: int | None = None) -> None:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
        if body or length is not None:
            lines.append(f"Content-Length: {len(body) if length is None else length}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def answer(self) -> tuple[int, list[tuple[str, str]], bytes]:
        status = int(self.reader.readline().split()[1])
        headers = []
        while line := self.reader.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers.append((name, value))
        return status, headers, self.reader.read(int(dict(headers)["content-length"]))

    def close(self) -> None:
        self.reader.close()
        self.socket.close()

    def ended_after(self) -> float:
        """Seconds until the server ends the connection."""
        started = time.monotonic()
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return time.monotonic() - started


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


def started(listener: socket.socket, spool: Path, output: IO[str], **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.config.echo", "--fd", str(listener.fileno()), str(spool)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])} | environment,
        pass_fds=[listener.fileno()],
        stderr=output,
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "web.log"


@pytest.fixture(scope="module")
def port(spool: Path, log: Path) -> Iterator[int]:
    with listen("127.0.0.1", 0) as listener, log.open("w") as output:
        server = started(listener, spool, output)
        port = listener.getsockname()[1]
    try:
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


Connect = Callable[[], Connection]


@pytest.fixture
def connect(port: int) -> Iterator[Connect]:
    with ExitStack() as stack:

        def connected() -> Connection:
            connection = Connection(port)
            stack.callback(connection.close)
            return connection

        yield connected


def told(answer: tuple[int, list[tuple[str, str]], bytes]) -> Any:
    return json.loads(answer[2])


def alive(port: int) -> float:
    """Seconds that another client waits for an answer."""
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - started


def test_a_request_reaches_the_application_as_it_was_sent(port: int, connect: Connect) -> None:
    client = connect()
    client.send(
        "POST", "/%E4%BD%A0%20x?q=%E4%BD%A0&b=1", "X-Twice: 1", "X-Twice: 2", "Cookie: a=1", "Cookie: b=2",
        "Content-Type: text/plain", "X_Forwarded_Proto: https", body="你".encode(),
    )  # fmt: skip
    status, headers, content = client.answer()
    seen = json.loads(content)
    assert (status, seen["method"], seen["path"], seen["query"]) == (200, "POST", "/你 x", "q=%E4%BD%A0&b=1")
    assert (seen["HTTP_X_TWICE"], seen["HTTP_COOKIE"], seen["CONTENT_TYPE"]) == ("1,2", "a=1; b=2", "text/plain")
    assert (seen["REMOTE_ADDR"], seen["SERVER_PORT"], seen["underscored"]) == ("127.0.0.1", str(port), "")
    assert (seen["bytes"], seen["sha256"]) == (3, hashlib.sha256("你".encode()).hexdigest())
    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]


def test_a_head_request_is_answered_without_a_body(connect: Connect) -> None:
    client = connect()
    client.send("HEAD", "/")
    client.send("GET", "/")
    assert client.reader.readline().split()[1] == b"200"
    while client.reader.readline().strip():
        pass
    assert told(client.answer())["method"] == "GET"


def test_five_hundred_unfinished_bodies_delay_no_request_and_time_out(port: int, connect: Connect) -> None:
    """More than the server has threads, of which it has one."""
    idle = [connect() for _ in range(500)]
    for client in idle:
        client.send("POST", "/", body=b"{", length=1000)
    started = time.monotonic()
    waited = []
    waiting = {client.socket for client in idle}
    while waiting and time.monotonic() - started < 10:
        waited.append(alive(port))
        ready, _, _ = select.select(waiting, [], [], PAUSE)
        waiting -= {each for each in ready if each.recv(65536) == b""}
    assert not waiting
    assert max(waited) < SLACK
    assert time.monotonic() - started < SECONDS + SLACK


def test_an_unfinished_body_is_refused_as_json(connect: Connect) -> None:
    client = connect()
    client.send("POST", "/api/v1/orders", "Accept-Language: en", "X-Request-ID: abc", body=b"{", length=10)
    status, headers, content = client.answer()
    assert (status, dict(headers)["connection"], dict(headers)["x-request-id"]) == (408, "close", "abc")
    assert json.loads(content) == {
        "code": "request.timed_out",
        "message": "The request did not arrive in time; check the network and try again",
        "fields": {},
        "request_id": "abc",
    }
    assert client.ended_after() < SLACK


def test_a_body_that_trickles_is_ended(connect: Connect) -> None:
    client = connect()
    client.send("POST", "/", length=1000)
    started = time.monotonic()
    while not select.select([client.socket], [], [], PAUSE)[0]:
        client.socket.sendall(b"x")
    assert client.answer()[0] == 408
    assert SECONDS * 0.9 < time.monotonic() - started < SECONDS + SLACK


def test_a_body_that_keeps_to_the_minimum_rate_arrives(connect: Connect) -> None:
    client = connect()
    part = b"x" * int(BYTES_PER_SECOND * 0.1 * 1.5)
    client.send("POST", "/", length=10 * len(part))
    started = time.monotonic()
    for _ in range(10):
        time.sleep(0.1)
        client.socket.sendall(part)
    assert told(client.answer())["bytes"] == 10 * len(part)
    assert time.monotonic() - started > SECONDS


@pytest.mark.parametrize(("path", "limit"), [("/", WITHOUT_FILE), ("/file", WITH_FILE)])
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(connect: Connect, path: str, limit: int) -> None:
    client = connect()
    client.send("POST", path, "Expect: 100-continue", length=limit + 1)
    status, headers, content = client.answer()
    assert (status, dict(headers)["connection"], str(limit // KB).encode() in content) == (413, "close", True)


def test_an_anonymous_large_body_is_refused_before_it_is_sent(connect: Connect) -> None:
    client = connect()
    client.send("POST", "/file", "X-Stranger: 1", "Expect: 100-continue", length=70 * KB)
    assert client.answer()[0] == 503
    small = connect()
    small.send("POST", "/file", "X-Stranger: 1", body=b"x" * 60 * KB)
    assert told(small.answer())["bytes"] == 60 * KB


def test_the_place_of_a_body_is_given_back_however_its_request_ends(connect: Connect) -> None:
    first, second = connect(), connect()
    first.send("POST", "/file", "X-Counted: 1", body=b"x" * 70 * KB, length=80 * KB)
    time.sleep(PAUSE * 2)
    second.send("POST", "/file", "X-Counted: 1", "Expect: 100-continue", length=80 * KB)
    assert second.answer()[0] == 503
    assert first.answer()[0] == 408
    left = connect()
    left.send("POST", "/file", "X-Counted: 1", body=b"x" * 70 * KB, length=80 * KB)
    left.close()
    time.sleep(PAUSE * 4)
    for _ in range(2):
        whole = connect()
        whole.send("POST", "/file", "X-Counted: 1", body=b"x" * 80 * KB)
        assert told(whole.answer())["bytes"] == 80 * KB


def test_a_client_that_sends_too_much_reads_the_refusal(connect: Connect) -> None:
    client = connect()
    client.send("POST", "/api/v1/orders", body=b"x" * (WITHOUT_FILE * 5))
    status, _, content = client.answer()
    assert (status, json.loads(content)["fields"]) == (413, {"max_kb": WITHOUT_FILE // KB})
    assert client.ended_after() < SLACK


def test_a_large_file_waits_on_disk_and_leaves_nothing(connect: Connect, spool: Path) -> None:
    for _ in range(3):
        data = os.urandom(WITH_FILE)
        client = connect()
        client.send("POST", "/file", body=data)
        seen = told(client.answer())
        assert (seen["sha256"], seen["on_disk"]) == (hashlib.sha256(data).hexdigest(), True)
    # What stays is the server's own, the folder of its counts.
    assert [each.name for each in spool.iterdir() if not each.name.startswith("weicang-metrics-")] == []


def test_more_files_at_once_than_fit_are_refused_as_busy(connect: Connect) -> None:
    first, second = connect(), connect()
    first.send("POST", "/file", body=b"x" * (WITH_FILE - 1), length=WITH_FILE)
    time.sleep(PAUSE * 2)
    second.send("POST", "/file", body=b"x" * WITH_FILE)
    status, headers, _ = second.answer()
    assert (status, dict(headers)["retry-after"]) == (503, "5")
    first.socket.sendall(b"x")
    assert told(first.answer())["bytes"] == WITH_FILE
    third = connect()
    third.send("POST", "/file", body=b"x" * WITH_FILE)
    assert told(third.answer())["bytes"] == WITH_FILE


def test_a_refused_post_does_not_break_the_next_request_on_its_connection(connect: Connect) -> None:
    client = connect()
    for _ in range(100):
        client.send("POST", "/refused", length=20_000)
        time.sleep(0.001)
        client.socket.sendall(b"x" * 20_000)
        assert client.answer()[0] == 403
        client.send("GET", "/")
        assert client.answer()[0] == 200


def test_an_interrupted_body_reaches_no_view(port: int, connect: Connect) -> None:
    client = connect()
    client.send("POST", "/broken", body=b"half", length=8)
    client.socket.shutdown(socket.SHUT_WR)
    assert client.answer()[0] == 400
    assert alive(port) < SLACK


def test_an_exception_of_the_application_is_answered_and_the_server_continues(port: int, connect: Connect) -> None:
    client = connect()
    client.send("GET", "/broken")
    assert client.answer()[0] == 500
    assert alive(port) < SLACK


def test_a_chunked_body_is_refused(connect: Connect) -> None:
    client = connect()
    client.send("POST", "/api/v1/orders", "Transfer-Encoding: chunked")
    client.socket.sendall(b"2\r\n{}\r\n0\r\n\r\n")
    status, _, content = client.answer()
    assert (status, json.loads(content)["code"]) == (411, "request.length_required")


@pytest.mark.parametrize("begun", ["", "GET / HTTP/1.1\r\nHo"])
def test_a_connection_without_a_complete_header_is_closed(connect: Connect, begun: str) -> None:
    client = connect()
    client.socket.sendall(begun.encode())
    assert client.ended_after() < SECONDS + SLACK


def test_an_idle_connection_is_closed(connect: Connect) -> None:
    client = connect()
    client.send("GET", "/")
    assert client.answer()[0] == 200
    assert client.ended_after() < SECONDS + SLACK


def test_a_client_that_does_not_read_holds_no_thread(port: int, connect: Connect) -> None:
    client = connect()
    client.send("GET", "/streamed")
    time.sleep(PAUSE)
    assert alive(port) < SLACK
    status, _, content = client.answer()
    assert (status, len(content)) == (200, STREAMED_BYTES)


def test_a_client_that_leaves_in_the_middle_of_an_answer_holds_no_thread(
    port: int, connect: Connect, log: Path
) -> None:
    client = connect()
    client.send("GET", "/streamed")
    assert client.reader.read(1000)
    client.close()
    assert alive(port) < SLACK
    assert "Traceback" not in log.read_text()


def test_a_server_that_is_told_to_end_while_it_starts_ends(spool: Path, tmp_path: Path) -> None:
    importing = tmp_path / "importing"
    with listen("127.0.0.1", 0) as listener, (tmp_path / "web.log").open("w") as output:
        server = started(listener, spool, output, ECHO_IMPORTS_SLOWLY=str(importing))
        assert wait_until(importing.exists, 30)
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0
