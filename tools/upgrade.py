"""`nox -s upgrade`: from the release before to this tree, while clients of the old one go on reading, grabbing and cancelling.

The old code plays its demo, so that every table has rows, and serves. The new code migrates the database, a new web serves on the same
socket, and the old one is told to end. Every request must be answered as it would have been without all this, everything that was
acknowledged must be there afterwards, and all invariants must hold.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from embedded import Services, default_folder, start_all

ROOT = Path(__file__).resolve().parents[1]
METRICS_TOKEN = "only-for-the-test-of-upgrades"
CLIENTS = 4
SECONDS_BEFORE_AND_AFTER = 5.0
READY_SECONDS = 120.0


class Failed(Exception):
    """What did not go as it must; the message says it."""


@dataclass
class Release:
    """A tree of the service and a Python that has what it needs."""

    tree: Path
    python: Path
    environ: dict[str, str]

    def command(self, *arguments: str) -> dict[str, Any]:
        """What subprocess is to run."""
        path = os.pathsep.join([str(self.tree / "src"), str(self.tree)])
        return {"args": [str(self.python), *arguments], "cwd": self.tree, "env": self.environ | {"PYTHONPATH": path}}

    def run(self, *arguments: str) -> float:
        """Run to the end; returns the seconds that it took."""
        began = time.monotonic()
        if subprocess.run(**self.command(*arguments), check=False).returncode != 0:
            raise Failed(f"{' '.join(arguments)} failed in {self.tree}")
        return time.monotonic() - began

    def serve(self, listener: socket.socket) -> "subprocess.Popen[bytes]":
        fd = listener.fileno()
        command = self.command("-m", "config.server", f"--fd={fd}", "--workers=2")
        return subprocess.Popen(**command, pass_fds=[fd], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@dataclass
class Load:
    """Clients that read a sale, grab one unit and cancel the order, each request on a connection of its own.

    A request whose connection breaks before its answer is sent once more, with the same key, as every client of ours does.
    """

    port: int
    token: str
    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    orders: set[int] = field(default_factory=set)
    slowest: float = 0.0
    _ends: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        item, recipient = self._choose()
        threads = [threading.Thread(target=self._work, args=(item, recipient)) for _ in range(CLIENTS)]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            self._ends.set()
            for each in threads:
                each.join()

    def _choose(self) -> tuple[int, int]:
        person = {"name": "Ann Lee", "phone": "13812345678", "address": "浙江省杭州市西湖区文三路 1 号"}
        recipient = self.ask("POST", "/recipients", person)["id"]
        sale = next(each for each in self.ask("GET", "/sales/open")["items"] if each["phase"] == "live")
        for style in self.ask("GET", f"/styles?sale_id={sale['id']}")["items"]:
            items = self.ask("GET", f"/sales/{sale['id']}/styles/{style['style_id']}")["items"]
            for item in items:
                if (item["max_units"] or 0) >= CLIENTS:
                    return item["item_id"], recipient
        raise Failed("the demo of the old release has no item left with enough units")

    def _work(self, item: int, recipient: int) -> None:
        while not self._ends.is_set():
            with suppress(Failed):
                self.ask("GET", "/sales/open")
                line = {"item_id": item, "units": 1, "recipient_id": recipient}
                order = self.ask("POST", "/orders", {"key": uuid4().hex, "lines": [line]})["id"]
                self.orders.add(order)
                self.ask("POST", f"/orders/{order}/cancel")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        began = time.monotonic()
        try:
            status, content = self._send(method, path, body)
        except (OSError, http.client.HTTPException) as problem:
            self.broken.append(f"{method} {path}: {problem!r}")
            status, content = self._send(method, path, body)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[f"{method} {status}"] += 1
        if status >= 300:
            self.unexpected.append(f"{method} {path} {status}: {content[:300].decode()}")
            raise Failed(self.unexpected[-1])
        return json.loads(content)

    def _send(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if method == "GET" else json.dumps({} if body is None else body)
        try:
            connection.request(method, f"/api/v1{path}", content, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def upgrade(old: Release, new: Release, services: Services) -> None:
    seconds = old.run("-m", "demo", "--once")
    print(f"The old release has played its demo, {seconds:.0f} s.", flush=True)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port = listener.getsockname()[1]
        webs = [old.serve(listener)]
        try:
            load = Load(port, _token(port, Path(old.environ["WEICANG_HOME"])))
            with load.running():
                time.sleep(SECONDS_BEFORE_AND_AFTER)
                before = load.answers.total()
                seconds = new.run("manage.py", "migrate", "--verbosity=0")
                time.sleep(SECONDS_BEFORE_AND_AFTER)
                print(
                    f"Migrated in {seconds:.1f} s, while the old web answered {load.answers.total() - before}.",
                    flush=True,
                )
                webs.append(new.serve(listener))
                _wait_until_new_answers(port)
                webs[0].send_signal(signal.SIGTERM)
                webs[0].wait(60)
                _require_new(port)
                before = load.answers.total()
                time.sleep(SECONDS_BEFORE_AND_AFTER)
                print(f"The old web has ended; the new one answered {load.answers.total() - before} more.", flush=True)
        finally:
            for each in webs:
                each.terminate()
            for each in webs:
                each.wait(60)
    _report(load)
    _require_orders(load.orders, services.database_url)
    new.run("manage.py", "check_integrity")


def _token(port: int, home: Path) -> str:
    people = json.loads((home / "demo-walk.json").read_text("utf-8"))["people"]
    reseller = next(each for each in people if each["path"].startswith("/shop"))
    sign_in = {"login": reseller["login"], "password": reseller["password"], "label": "upgrade"}
    return str(Load(port, "").ask("POST", "/tokens", sign_in)["token"])


def _tells_metrics(port: int) -> bool:
    """Whether the web that took this connection is of the new release: only it was told the token."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait_until_new_answers(port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while not _tells_metrics(port):
        if time.monotonic() > until:
            raise Failed(f"the new web did not answer within {READY_SECONDS:.0f} s")
        time.sleep(0.1)


def _require_new(port: int) -> None:
    if not all(_tells_metrics(port) for _ in range(20)):
        raise Failed("the old web still answers")


def _report(load: Load) -> None:
    print(f"{load.answers.total()} answers, the slowest after {load.slowest:.1f} s: {dict(load.answers)}")
    for each in load.broken:
        print(f"connection broken before its answer, sent again: {each}")
    if load.unexpected:
        raise Failed("\n".join([f"{len(load.unexpected)} requests were refused:", *load.unexpected[:10]]))
    if len(load.broken) > CLIENTS:
        raise Failed(f"{len(load.broken)} connections broke: more than one for each client")


def _require_orders(orders: set[int], url: str) -> None:
    with psycopg.connect(url) as database:
        found = database.execute("SELECT id FROM orders_order WHERE id = ANY(%s)", [list(orders)]).fetchall()
    missing = orders - {order for (order,) in found}
    if missing or not orders:
        raise Failed(f"{len(missing)} of {len(orders)} acknowledged orders are missing: {sorted(missing)[:10]}")
    print(f"All {len(orders)} acknowledged orders are there.", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Upgrade the old release to this tree under load.")
    parser.add_argument("tree", type=Path, help="of the old release")
    parser.add_argument("python", type=Path, help="that has what the old release needs")
    options = parser.parse_args()
    folder = default_folder()
    with start_all(folder) as services:
        environ = os.environ | {
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
            "WEICANG_SECRET_KEY": uuid4().hex + uuid4().hex,
            "WEICANG_HOME": str(folder / "demo"),
            "WEICANG_DATA": str(folder / "demo" / "data"),
            "WEICANG_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUTF8": "1",
        }
        old = Release(options.tree, options.python, environ)
        new = Release(ROOT, Path(sys.executable), environ | {"WEICANG_METRICS_TOKEN": METRICS_TOKEN})
        try:
            upgrade(old, new, services)
        except Failed as problem:
            print(f"The upgrade failed: {problem}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
