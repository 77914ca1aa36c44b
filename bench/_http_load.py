"""Load over HTTP from a process of its own: requests over connections that are kept open, one after another on each.

Reads one JSON object from standard input: `port`, `connections`, `seconds`, and `requests`, texts of whole HTTP requests in which KEY_OF_32
characters are replaced by a fresh key. Writes one JSON object: `answered`, `per_second`, `statuses`, and the latencies `p50_ms`, `p99_ms`.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter
from itertools import cycle
from typing import Any

KEY = "KEY_OF_32_CHARACTERS_TO_REPLACE_"


class Connection:
    """One connection: at most one request is under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> int | None:
        """The status of the answer once all of it has arrived."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection that it was to keep open")
        self.received += part
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                return int(head[9:12]) if len(body) >= int(value) else None
        raise ValueError(f"an answer without a length: {head!r}")


def run(asked: dict[str, Any]) -> dict[str, Any]:
    halves = [tuple(part.encode() for part in request.split(KEY)) for request in asked["requests"]]
    waiting, number = cycle(halves), 0
    started, statuses, latencies = f"{time.time_ns():x}", Counter[int](), []
    connections = [Connection(asked["port"]) for _ in range(asked["connections"])]
    selector = selectors.DefaultSelector()

    def send(connection: Connection) -> None:
        nonlocal number
        number += 1
        key = f"{started}-{number}".ljust(len(KEY), "-").encode()
        connection.send(key.join(next(waiting)))

    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    begin = time.perf_counter()
    for connection in connections:
        send(connection)
    under_way = len(connections)
    while under_way:
        for event, _ in selector.select():
            connection = event.data
            status = connection.answer()
            if status is None:
                continue
            now = time.perf_counter()
            statuses[status] += 1
            latencies.append(now - connection.sent_at)
            if now - begin < asked["seconds"]:
                send(connection)
            else:
                under_way -= 1
    taken = time.perf_counter() - begin
    latencies.sort()
    return {
        "answered": len(latencies),
        "per_second": len(latencies) / taken,
        "statuses": dict(statuses),
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
