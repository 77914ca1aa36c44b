"""Simulated buyers, as a process of its own: `python -m rehearsals.load`. Standard library only.

Reads one JSON object from standard input: `port`, `seconds`, `sale_id`, and `buyers`, each with `token`, `recipient_id`, `at` (seconds
after the begin) and `items`, the goods that she tries one after another. Each buyer opens the list of the sale, then grabs one unit; what
is refused is followed by her next goods, and a busy service is asked again when it says so.
Writes a line of JSON each second (`rehearsals.rules.Second`), and at the end one with `totals` and `codes`, how often a grab was refused
with which code. It ends as soon as all buyers are done, at the latest GRACE_SECONDS after the last has arrived.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rehearsals.until_parent_ends import end_with_parent

MAX_CONNECTIONS = 1_000
"""Buyers beyond them wait before they connect, as they would before a proxy."""
MAX_REPEATS = 5
GRACE_SECONDS = 30
ANSWER_SECONDS = 20
KINDS = ("pages", "accepted", "refused", "busy", "failed")


@dataclass(slots=True)
class Tally:
    """What happened in one second."""

    arrived: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    taken_ms: list[float] = field(default_factory=list)

    def told(self, second: int) -> dict[str, float]:
        taken = sorted(self.taken_ms)
        return {
            "second": second,
            "arrived": self.arrived,
            **{kind: self.counts[kind] for kind in KINDS},
            "p50_ms": round(_percentile(taken, 0.50), 1),
            "p99_ms": round(_percentile(taken, 0.99), 1),
        }


def _percentile(taken: list[float], share: float) -> float:
    return taken[min(int(len(taken) * share), len(taken) - 1)] if taken else 0.0


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        try:
            told = json.loads(self.body)
        except ValueError:
            return ""
        return str(told.get("code", "")) if isinstance(told, dict) else ""


class Load:
    """All buyers of a rehearsal."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.seconds: dict[int, Tally] = {}
        self.codes: Counter[str] = Counter()
        self.connections = asyncio.Semaphore(MAX_CONNECTIONS)
        self.begin = time.perf_counter()

    async def run(self) -> None:
        reporting = asyncio.create_task(self._report())
        buyers = [asyncio.create_task(self._buy(place, each)) for place, each in enumerate(self.asked["buyers"])]
        _done, late = await asyncio.wait(buyers, timeout=self.asked["seconds"] + GRACE_SECONDS)
        for each in late:
            each.cancel()
        reporting.cancel()
        await asyncio.gather(reporting, *late, return_exceptions=True)
        self._write_until(self._second() + 1)
        totals = sum((each.counts for each in self.seconds.values()), Counter[str]())
        _write({"totals": {kind: totals[kind] for kind in KINDS}, "codes": self.codes, "unfinished": len(late)})

    async def _buy(self, place: int, buyer: dict[str, Any]) -> None:
        await asyncio.sleep(max(0.0, buyer["at"] - (time.perf_counter() - self.begin)))
        self._tally().arrived += 1
        async with self.connections:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.asked["port"])
            except OSError:
                self._count("failed", 0.0)
                return
            try:
                await self._visit(place, buyer, reader, writer)
            finally:
                writer.close()

    async def _visit(
        self, place: int, buyer: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Her page, then her grabs, over one connection."""
        path = f"/api/v1/styles?sale_id={self.asked['sale_id']}&limit=24"
        page = await self._ask("GET", path, b"", buyer["token"], reader, writer)
        if page is None:
            return
        for number, item_id in enumerate(buyer["items"]):
            lines = [{"item_id": item_id, "units": 1, "recipient_id": buyer["recipient_id"]}]
            body = json.dumps({"key": f"rehearsal-{place}-{number}", "lines": lines}).encode()
            answer = await self._ask("POST", "/api/v1/orders", body, buyer["token"], reader, writer)
            if answer is None or answer.status == 201:
                return

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes,
        token: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> Answer | None:
        """The answer, after repeats where the service is busy; None where there is none."""
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        for _repeat in range(MAX_REPEATS):
            sent = time.perf_counter()
            try:
                writer.write(request)
                answer = await asyncio.wait_for(_read_answer(reader), ANSWER_SECONDS)
            except (OSError, EOFError, TimeoutError, ValueError):
                self._count("failed", 1000 * (time.perf_counter() - sent))
                return None
            kind = _kind(method, answer)
            self._count(kind, 1000 * (time.perf_counter() - sent))
            if method == "POST" and kind != "accepted":
                self.codes[answer.code or str(answer.status)] += 1
            if kind != "busy":
                return answer
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))
        return None

    def _count(self, kind: str, taken_ms: float) -> None:
        tally = self._tally()
        tally.counts[kind] += 1
        tally.taken_ms.append(taken_ms)

    def _second(self) -> int:
        return int(time.perf_counter() - self.begin)

    def _tally(self) -> Tally:
        return self.seconds.setdefault(self._second(), Tally())

    async def _report(self) -> None:
        """A line for each second that is over."""
        while True:
            await asyncio.sleep(1)
            self._write_until(self._second())

    _written = 0

    def _write_until(self, end: int) -> None:
        for second in range(self._written, end):
            _write(self.seconds.get(second, Tally()).told(second))
        self._written = max(self._written, end)


def _kind(method: str, answer: Answer) -> str:
    if answer.status in (429, 503):
        return "busy"
    if method == "GET":
        return "pages" if answer.status == 200 else "failed"
    if answer.status == 201:
        return "accepted"
    return "refused" if answer.status in (400, 404, 409, 422) else "failed"


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers["content-length"]))
    return Answer(int(head[0].split()[1]), headers, body)


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    read = json.loads(sys.stdin.readline())
    end_with_parent()
    asyncio.run(Load(read).run())
