import os
import signal
import socket
import stat
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from embedded import Server, valkey
from embedded.process import alive

pytestmark = pytest.mark.slow


def client(server: Server) -> "redis.Redis":
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_start_serves_with_a_password_and_an_append_only_file(folder: Path) -> None:
    server = valkey.start(folder / "valkey")
    try:
        with client(server) as connection:
            assert connection.info("server")["process_id"] == server.pid
            assert connection.config_get("appendonly") == {"appendonly": "yes"}
        port = urlsplit(server.url).port
        assert port is not None
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert stat.S_IMODE((folder / "valkey" / "valkey.conf").stat().st_mode) == 0o600
    finally:
        server.stop()
    assert not alive(server.pid)


@pytest.mark.faults
def test_start_after_kill_9_keeps_data_and_address(folder: Path) -> None:
    first = valkey.start(folder / "valkey")
    with client(first) as connection:
        connection.set("word", "kept")
    # The append-only file is flushed to the system at once and to the disk every second; a killed process
    # loses neither.
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()
    second = valkey.start(folder / "valkey")
    try:
        with client(second) as connection:
            assert connection.get("word") == "kept"
        assert second.url == first.url
    finally:
        second.stop()


@pytest.mark.faults
def test_start_ends_a_server_that_was_left_over(folder: Path) -> None:
    leftover = valkey.start(folder / "valkey")
    second = valkey.start(folder / "valkey")
    try:
        assert not leftover.running()
    finally:
        second.stop()


def test_start_takes_another_port_when_that_of_last_time_is_taken(folder: Path) -> None:
    first = valkey.start(folder / "valkey")
    first.stop()
    port = urlsplit(first.url).port
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        began = time.monotonic()
        second = valkey.start(folder / "valkey")
    try:
        assert urlsplit(second.url).port != port
        assert time.monotonic() - began < 10
    finally:
        second.stop()
