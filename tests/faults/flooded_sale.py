"""How fast a sale goes on while hostile clients flood it: `python -m tests.faults.flooded_sale`.

In one run and on one installation buyers grab without a flood and with one, in turn; medians and their ratio are told. The same once more
without rate limits shows what they are for.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.faults.http_clients import KEY
from tests.faults.installation import ROOT, Installation, Seed, rows, running

BUYERS = 32
HOSTILE_CONNECTIONS = 64
SECONDS, REPEATS = 5.0, 3
TARGET = 0.7
FLOODED_BEFORE = 10.0
"""Seconds of flood before the buyers come: it has used up what it may send at once."""
OVERSIZED = 200 * 1024 * 1024
HOSTILE_ADDRESS = "127.0.0.66"
NO_LIMITS = {f"WEICANG_{name}": "0" for name in ("REQUESTS_OF_PERSON", "REQUESTS_OF_ADDRESS", "FORMS_OF_ADDRESS")}
Client = dict[str, Any]


@dataclass
class Measured:
    """Accepted grabs a second of each repeat, without and with a flood, and what the flood was answered."""

    calm: list[float] = field(default_factory=list)
    flooded: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(self.flooded) / statistics.median(self.calm)


def http(method: str, path: str, body: object, token: str, *, length: int | None = None) -> str:
    text = "" if body is None else json.dumps(body)
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        + (f"Authorization: Bearer {token}\r\n" if token else "")
        + f"Content-Length: {len(text.encode()) if length is None else length}\r\n\r\n{text}"
    )


def grab(
    token: str, recipient_id: int, item_id: int, *, key: str = KEY, units: int = 1, price: str | None = None
) -> str:
    line = {"item_id": item_id, "units": units, "recipient_id": recipient_id, "expected_price": price}
    return http("POST", "/api/v1/orders", {"key": key, "lines": [line]}, token)


def buyers(seed: Seed) -> list[Client]:
    """Each at home, with an address of her own."""
    return [
        {
            "kind": "buyer",
            "address": f"127.0.1.{number + 1}",
            "requests": [grab(token, recipient_id, item) for item in seed.items],
        }
        for number, (token, recipient_id) in enumerate(seed.buyers[1:])
    ]


def hostile_clients(seed: Seed, order_id: int) -> list[Client]:
    """A member and strangers at one address. `order_id` is the order of somebody else."""
    token, recipient_id = seed.buyers[0]
    item = seed.items[0]
    wish = http("POST", f"/s/{uuid4().hex}/", {"wish": 1}, "").replace("json", "x-www-form-urlencoded", 1)
    kinds = {
        "forged price": [grab(token, recipient_id, item, price="0.01")],
        "order of another": [http(*act, None, token) for act in orders_of_another(order_id)],
        "same key, other contents": [grab(token, recipient_id, item, key="the same", units=n) for n in (1, 2, 3)],
        "forged token": [grab(uuid4().hex, recipient_id, item) for _ in range(50)],
        "sign-in": [http("POST", "/api/v1/tokens", sign_in(number), "") for number in range(50)],
        "wish": [wish],
        "oversized body": [http("POST", "/api/v1/orders", None, token, length=OVERSIZED)],
        "unfinished body": [],
    }
    names = list(kinds)
    return [
        {"kind": name, "address": HOSTILE_ADDRESS, "requests": kinds[name]}
        for name in (names[number % len(names)] for number in range(HOSTILE_CONNECTIONS))
    ]


def orders_of_another(order_id: int) -> list[tuple[str, str]]:
    return [("GET", f"/api/v1/orders/{order_id}"), ("POST", f"/api/v1/orders/{order_id}/pay")]


def sign_in(number: int) -> dict[str, str]:
    return {"login": f"nobody{number}", "password": "wrong-password", "label": "x"}


def start(installation: Installation, clients: list[Client], seconds: float) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.http_clients"],
        cwd=ROOT,
        env=installation.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin:
        process.stdin.write(json.dumps({"port": installation.port, "seconds": seconds, "clients": clients}))
        process.stdin.close()
    return process


def answers_of(process: "subprocess.Popen[str]") -> Counter[str]:
    told = process.stdout.read() if process.stdout else ""
    process.wait(60)
    return Counter(json.loads(told))


def measure(installation: Installation, seed: Seed, *, seconds: float, repeats: int) -> Measured:
    """Buyers by themselves and with a flood beside them, in turn."""
    measured = Measured()
    answers_of(start(installation, buyers(seed), 2))
    of_another = rows(installation, "SELECT min(id) FROM orders_order")[0][0]
    before = rows(installation, "SELECT count(*) FROM orders_order")[0][0]
    accepted = 0
    for repeat in range(2 * repeats):
        is_flooded = repeat % 2 == 1
        flood = start(installation, hostile_clients(seed, of_another) if is_flooded else [], seconds + FLOODED_BEFORE)
        if is_flooded:
            time.sleep(FLOODED_BEFORE)
        told = answers_of(start(installation, buyers(seed), seconds))
        measured.answers += answers_of(flood)
        if set(told) != {"buyer 201"}:
            measured.wrong.append(f"buyers were answered {dict(told)}")
        accepted += told["buyer 201"]
        (measured.flooded if is_flooded else measured.calm).append(told["buyer 201"] / seconds)
    orders = rows(installation, "SELECT count(*) FROM orders_order")[0][0] - before
    # The flood's member may order what she really grabs: once under "the same" key.
    if not accepted <= orders <= accepted + measured.answers["same key, other contents 201"]:
        measured.wrong.append(f"{accepted} grabs of buyers were accepted, there are {orders} orders")
    return measured


def run(limits: dict[str, str], *, seconds: float, repeats: int) -> Measured:
    folder = Path(tempfile.mkdtemp(prefix="weicang-faults-"))
    try:
        with running(folder, buyers=BUYERS + 1, parts=("web",), settings=limits) as (installation, seed):
            return measure(installation, seed, seconds=seconds, repeats=repeats)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(measured: dict[str, Measured]) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        "# A sale under a flood",
        "",
        f"`python -m tests.faults.flooded_sale` on {machine}: {BUYERS} buyers, each at an address of her own, grab as",
        "fast as they are answered; two web processes, PostgreSQL with fsync.",
        f"The flood: {HOSTILE_CONNECTIONS} connections of one address, from the same machine.",
        "",
        "| | accepted grabs a second, calm | flooded | ratio (target 0.7) |",
        "| --- | --- | --- | --- |",
    ]
    for name, each in measured.items():
        calm, flooded = statistics.median(each.calm), statistics.median(each.flooded)
        lines.append(f"| {name} | {calm:.0f} | {flooded:.0f} | {each.ratio:.2f} |")
    for name, each in measured.items():
        told = ", ".join(f"{what}: {count}" for what, count in sorted(each.answers.items()))
        lines += ["", f"The flood was answered, {name}: {told}. Wrong: {'; '.join(each.wrong) or 'nothing'}."]
    return "\n".join([*lines, ""])


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.faults.flooded_sale")
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--repeats", type=int, default=REPEATS)
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    measured = {
        name: run(limits, seconds=asked.seconds, repeats=asked.repeats)
        for name, limits in (("with the default limits", {}), ("without limits", NO_LIMITS))
    }
    text = report(measured)
    sys.stdout.write(text)
    if asked.out:
        asked.out.write_text(text)
    limited = measured["with the default limits"]
    return 1 if limited.wrong or limited.ratio < TARGET else 0


if __name__ == "__main__":
    sys.exit(main())
