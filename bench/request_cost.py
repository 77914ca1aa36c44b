"""What a request costs the web process: processor time and time to answer, beside a POST that does nothing.

    python3 noxfile.py -s bench -- request_cost
    python -m demo.run_inside bench/request_cost.py --skus 1000000 --resellers 500 --seconds 4 --repeats 5

One web process of the service on granian over `--skus` live SKUs in sales of a thousand each; load from another process, over 64
connections that are kept open, all kinds of requests in a shuffled order in each repeat. The processor time is that of the web process
(user and system), without PostgreSQL's. `alone_ms` is the median time to answer on one connection. It rolls nothing back: run it on an
empty database. Targets: of the POST's processor time at most 2.5 for a request with a token, 4 for a grab, 8 for a page of 24 goods;
60 ms for the shop's pages and a share page at 1,000,000 live SKUs.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import platform
import random
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command

from accounts.models import Person
from accounts.rules import Actor, Role
from bench import finder
from bench.integrity import fill
from bench.opening import Answer, load, make_buyers, served
from bench.opening import requests_of as opening_requests
from flashsales.models import StyleListing
from flashsales.selectors import first_page
from forwarding.services import forwards, prices
from inventory.models import Upload
from kernel import clock
from tests.browser.seed_database import session_of
from tests.browser.sessions import open_sessions
from tests.builders import Marketplace

CONNECTIONS = 64
GOODS = 24
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What was measured of one kind of request, in each repeat."""

    cpu_ms: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)


def main() -> int | str:
    options = argparse.ArgumentParser()
    options.add_argument("--skus", type=int, default=1_000_000)
    options.add_argument("--resellers", type=int, default=500)
    options.add_argument("--seconds", type=float, default=4)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if Upload.objects.exists():
        return "Run the benchmark on an empty database."
    now = clock.now()
    fill(asked.skus, lines=20, now=now)
    finder.prepare()
    kinds = requests_of(make_buyers(asked.resellers))
    first_page.keep_first_page(at=clock.now())
    costs = {name: Cost() for name in kinds}
    with served(workers=1, threads=4, together=64) as (port, server_id):
        worker_id = only_child(server_id)
        for requests in kinds.values():
            load(port, CONNECTIONS, 0.5, requests)
        for _ in range(asked.repeats):
            for name in random.sample(list(kinds), len(kinds)):
                measure(costs[name], port, worker_id, asked.seconds, kinds[name])
        memory_mb = resident_mb(worker_id)
    table = {name: told(cost, costs["nothing"]) for name, cost in costs.items()}
    result = {
        "bench": "request_cost",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "options": {name: value for name, value in vars(asked).items() if name != "out"},
        "memory_mb": memory_mb,
        "table": table,
    }
    text = json.dumps(result, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if asked.out:
        asked.out.write_text(text + "\n")
    failed = {name: cost.statuses for name, cost in costs.items() if set(cost.statuses) - {"200", "201"}}
    return f"not all were answered: {failed}" if failed else 0


def measure(cost: Cost, port: int, worker_id: int, seconds: float, requests: list[str]) -> None:
    before = cpu_seconds(worker_id)
    answer = load(port, CONNECTIONS, seconds, requests)
    cost.cpu_ms.append(1000 * (cpu_seconds(worker_id) - before) / answer["answered"])
    alone = load(port, 1, seconds / 4, requests)
    cost.alone_ms.append(alone["p50_ms"])
    for status, count in [*answer["statuses"].items(), *alone["statuses"].items()]:
        cost.statuses[status] = cost.statuses.get(status, 0) + count


def told(cost: Cost, nothing: Cost) -> Answer:
    cpu_ms = statistics.median(cost.cpu_ms)
    return {
        "cpu_ms": round(cpu_ms, 2),
        "ratio": round(cpu_ms / statistics.median(nothing.cpu_ms), 2),
        "alone_ms": round(statistics.median(cost.alone_ms), 1),
        "statuses": cost.statuses,
    }


def requests_of(buyers: list[tuple[str, int, int]]) -> dict[str, list[str]]:
    """By kind the requests, one after another."""
    random.seed(1)
    styles = random.sample(list(StyleListing.objects.filter(tier=0).values_list("sale_id", "style_id")[:50_000]), 50)
    token = buyers[0][0]
    cookie = signed_in(Person.objects.get(login="opening0"))
    opening = opening_requests(Marketplace(now=clock.now()), buyers)
    return {
        "nothing": opening["nothing"],
        "with a token": [get("/api/v1/me", f"Authorization: Bearer {token}")],
        "grab": opening["100 SKUs"],
        "24 goods, API": [get(f"/api/v1/styles?limit={GOODS}", f"Authorization: Bearer {token}")],
        "24 goods, page": [get("/shop/styles/", cookie)],
        "goods by words, page": [get("/shop/styles/?words=%E5%A4%A7%E8%A1%A3&sort=discount", cookie)],
        "shop's home": [get("/shop/", cookie)],
        "style": [get(f"/shop/sales/{sale_id}/styles/{style_id}/", cookie) for sale_id, style_id in styles],
        "share page": [get(f"/f/{token}/", "") for token in shared(Person.objects.get(login="opening0"), styles[:10])],
    }


def get(path: str, header: str) -> str:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html", "Accept-Encoding: gzip", header]
    return "\r\n".join(filter(None, lines)) + "\r\n\r\n"


def signed_in(person: Person) -> str:
    Person.objects.filter(pk=person.pk).update(password="!")
    open_sessions()
    return f"Cookie: sessionid={session_of(person.login)}"


def shared(person: Person, styles: list[tuple[int, int]]) -> list[str]:
    """Tokens of forwards of single styles, each with a retail price."""
    actor, now = Actor(person.pk, Role.RESELLER, person.name), clock.now()
    tokens = []
    for sale_id, style_id in styles:
        prices.set_retail_price(actor=actor, sale_id=sale_id, style_id=style_id, price_fen=299_00, now=now)
        tokens.append(forwards.create_forward(actor=actor, sale_id=sale_id, style_id=style_id, now=now).token)
    return tokens


def only_child(parent_id: int) -> int:
    [child_id] = Path(f"/proc/{parent_id}/task/{parent_id}/children").read_text().split()
    return int(child_id)


def cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(process_id: int) -> float:
    [line] = [each for each in Path(f"/proc/{process_id}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    sys.exit(main())
