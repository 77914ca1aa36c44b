"""Clients over HTTP in a process of their own: `python -m tests.faults.http_clients`. Standard library only.

Reads one JSON object from standard input: `port`, `seconds`, `clients`, each with `kind`, `address` (of the loopback network) and
`requests`, which it sends one after another, each as soon as the one before is answered; KEY in them is replaced by a new key. A client
without requests begins bodies that it never finishes. Writes how often each kind was answered with which status.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from itertools import cycle
from typing import Any
from uuid import uuid4

KEY = "KEY_OF_32_CHARACTERS_TO_REPLACE_"
UNFINISHED = b"POST /api/v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n"


class Clients:
    """All clients of a process."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked, self._end = asked, time.monotonic() + asked["seconds"]
        self.answers: Counter[str] = Counter()

    async def run(self) -> None:
        acts = [
            self._send(each["kind"], each["address"], [request.encode() for request in each["requests"]])
            if each["requests"]
            else self._never_finish(each["kind"], each["address"])
            for each in self._asked["clients"]
        ]
        await asyncio.gather(*acts)

    async def _connect(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._asked["port"], local_addr=(address, 0))

    async def _send(self, kind: str, address: str, requests: list[bytes]) -> None:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for request in cycle(requests):
            left = self._end - time.monotonic()
            if left <= 0:
                break
            try:
                streams = streams or await self._connect(address)
                reader, writer = streams
                writer.write(request.replace(KEY.encode(), uuid4().hex.encode()))
                status, closes = await asyncio.wait_for(_read_answer(reader), left + 1)
                self.answers[f"{kind} {status}"] += 1
            except (OSError, EOFError, TimeoutError, ValueError):
                closes = True
                self.answers[f"{kind} broken off"] += 1
            if closes and streams is not None:
                streams[1].close()
                streams = None
        if streams is not None:
            streams[1].close()

    async def _never_finish(self, kind: str, address: str) -> None:
        while time.monotonic() < self._end:
            try:
                reader, writer = await self._connect(address)
                writer.write(UNFINISHED)
                while time.monotonic() < self._end and not reader.at_eof():
                    writer.write(b" ")
                    await asyncio.sleep(0.2)
                writer.close()
            except OSError:
                await asyncio.sleep(0.2)
            self.answers[f"{kind} broken off"] += 1


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status, and whether the connection ends with this answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers.get("connection") == "close"


if __name__ == "__main__":
    clients = Clients(json.load(sys.stdin))
    asyncio.run(clients.run())
    json.dump(clients.answers, sys.stdout)
