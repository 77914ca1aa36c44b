"""The opening second: grabs over HTTP beside a POST that does nothing, in one run.

    python3 noxfile.py -s bench -- opening
    python -m demo.run_inside bench/opening.py --seconds 4 --repeats 5 --connections 64 --workers 2 --threads 32

Web processes of the service on granian, PostgreSQL with fsync on, load from another process over connections that are kept open. A third of
the grabs have two lines. Each repeat measures all kinds of work in a shuffled order; medians are told, and their ratios to the POST.
Targets: accepted grabs at least 0.5 of it with a p99 of at most 4 times its p99, refusals of sold-out goods at least 0.6.
After the run every accepted answer must have its order, and units and tallies must agree with the orders.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from accounts.models import ApiToken, Person
from accounts.rules import Role
from accounts.selectors import digest_of
from bench._http_load import KEY
from flashsales.models import SaleItem
from kernel import clock
from kernel.period import month_of
from membership.models import Reseller
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from tests.builders import Marketplace, item_of

Answer = dict[str, Any]


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--resellers", type=int, default=500)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--threads", type=int, default=32)
    options.add_argument("--seconds", type=float, default=4)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument(
        "--together", type=int, default=64, help="grabs in a transaction at most; 1 places each by itself"
    )
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    market = Marketplace(now=clock.now())
    buyers = make_buyers(asked.resellers)
    kinds = requests_of(market, buyers)
    measured: dict[str, list[Answer]] = {name: [] for name in kinds}
    with served(asked.workers, asked.threads, asked.together) as (port, _):
        for name in kinds:
            load(port, asked.connections, 1, kinds[name])
        for _ in range(asked.repeats):
            for name in random.sample(list(kinds), len(kinds)):
                measured[name].append(load(port, asked.connections, asked.seconds, kinds[name]))
    table = summary(measured)
    figures = {
        "bench": "opening",
        "machine": f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}",
        "options": {name: value for name, value in vars(asked).items() if name != "out"},
        "table": table,
        "orders": Order.objects.count(),
        "wrong": find_wrong(measured),
    }
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if asked.out:
        asked.out.write_text(text + "\n")
    return 1 if figures["wrong"] else 0


def make_buyers(count: int, *, tier: int = 5) -> list[tuple[str, int, int]]:
    """Members of a tier, by default the highest, with two recipients each: token, and the ids of the recipients."""
    now = clock.now()
    people = Person.objects.bulk_create(
        Person(login=f"opening{n}", name=f"代购 {n}", role=Role.RESELLER.value, created_at=now) for n in range(count)
    )
    tokens = [f"opening-token-{n}" for n in range(count)]
    ApiToken.objects.bulk_create(
        ApiToken(
            person=each, label="bench", digest=digest_of(token), created_at=now, expires_at=now + timedelta(days=9)
        )
        for each, token in zip(people, tokens, strict=True)
    )
    rows = Reseller.objects.bulk_create(
        Reseller(person=each, joined_at=now, tier=tier, rolled_over_through=month_of(now)) for each in people
    )
    places = Recipient.objects.bulk_create(
        Recipient(reseller=row, name=f"王小美{n}", phone="13800138000", address="浙江省杭州市西湖区文三路 1 号")
        for row in rows
        for n in (1, 2)
    )
    return [(token, places[2 * n].pk, places[2 * n + 1].pk) for n, token in enumerate(tokens)]


def requests_of(market: Marketplace, buyers: list[tuple[str, int, int]]) -> dict[str, list[str]]:
    """By kind of work the requests, one after another: a grab of every buyer, every third with two lines."""
    skus = [market.sku(units=500_000, tag_price_fen=2_000, base_price_fen=500) for _ in range(101)]
    gone = market.sku(units=1, tag_price_fen=2_000, base_price_fen=500)
    sale_id = market.sale(*skus, gone, item_limit=100_000, limit_units=1_000_000)
    items = [item_of(sale_id, sku) for sku in skus]
    sold_out = item_of(sale_id, gone)
    SaleItem.objects.filter(pk=sold_out).update(available=0, held=0, sold=0, returned=1, allotted=0)

    def grab(number: int, goods: list[int]) -> str:
        token, *recipients = buyers[number % len(buyers)]
        lines = 2 if number % 3 == 0 else 1
        body = {
            "key": KEY,
            "lines": [
                {"item_id": goods[(number + place) % len(goods)], "units": 1, "recipient_id": recipients[place]}
                for place in range(lines)
            ],
        }
        return http("/api/v1/orders", json.dumps(body), token)

    numbers = range(3 * len(buyers))
    return {
        "nothing": [http("/trivial/nothing", json.dumps({"key": KEY}), "")],
        "one hot SKU": [grab(number, items[:1]) for number in numbers],
        "100 SKUs": [grab(number, items[1:]) for number in numbers],
        "sold out": [grab(number, [sold_out]) for number in numbers],
    }


def http(path: str, body: str, token: str) -> str:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        + (f"Authorization: Bearer {token}\r\n" if token else "")
        + f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    )


@contextmanager
def served(workers: int, threads: int, together: int) -> Iterator[tuple[int, int]]:
    """The service on a free port of this machine: the port, and the id of the process that starts its web processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = {
        "DJANGO_SETTINGS_MODULE": "bench._opening_settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        "WEICANG_WEB_THREADS": str(threads),
        "WEICANG_GRABS_IN_A_BATCH": str(together),
        "WEICANG_REQUESTS_OF_PERSON": "0",
        "WEICANG_REQUESTS_OF_ADDRESS": "0",
        "WEICANG_FORMS_OF_ADDRESS": "0",
    }
    command = [sys.executable, "-m", "config.server", "--port", str(port), "--workers", str(workers)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings)
    try:
        wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(40)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the service did not answer")


def load(port: int, connections: int, seconds: float, requests: list[str]) -> Answer:
    asked = json.dumps({"port": port, "connections": connections, "seconds": seconds, "requests": requests})
    command = [sys.executable, str(ROOT / "bench" / "_http_load.py")]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    answer: Answer = json.loads(done.stdout)
    return answer


def summary(measured: dict[str, list[Answer]]) -> dict[str, dict[str, Any]]:
    """By kind of work: medians, and the ratios to the POST that does nothing."""
    table: dict[str, dict[str, Any]] = {}
    for name, answers in measured.items():
        per_second = statistics.median(each["per_second"] for each in answers)
        p99 = statistics.median(each["p99_ms"] for each in answers)
        statuses = {
            status: sum(each["statuses"].get(status, 0) for each in answers)
            for each in answers
            for status in each["statuses"]
        }
        table[name] = {"per_second": round(per_second, 1), "p99_ms": round(p99, 1), "statuses": statuses}
    for row in table.values():
        row["ratio"] = round(row["per_second"] / table["nothing"]["per_second"], 3)
        row["p99_ratio"] = round(row["p99_ms"] / table["nothing"]["p99_ms"], 2)
    return table


def find_wrong(measured: dict[str, list[Answer]]) -> list[str]:
    """What does not agree after the run."""
    wrong = []
    accepted = sum(each["statuses"].get("201", 0) for name in ("one hot SKU", "100 SKUs") for each in measured[name])
    if Order.objects.count() < accepted:
        wrong.append(f"{accepted} accepted answers, {Order.objects.count()} orders")
    held = SaleItem.objects.aggregate(units=Sum("held"))["units"]
    ordered = OrderLine.objects.aggregate(units=Sum("units"))["units"] or 0
    if held != ordered:
        wrong.append(f"{held} units held, {ordered} ordered")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT sum(units) FROM flashsales_itemtally), (SELECT sum(units) FROM flashsales_saletally)"
        )
        if set(cursor.fetchone()) != {held or None}:
            wrong.append("the tallies differ from what is held")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
