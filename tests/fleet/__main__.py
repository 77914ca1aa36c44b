"""`python -m tests.fleet [--seconds N] [--report FILE]`: the walk on a fleet, then kills under load, then the checks.

A web, a worker and the primary are killed by SIGKILL. Ends with status 1 where an acknowledged grab is lost, an upload does not finish,
an invariant breaks, or the walk does not pass.
"""

import argparse
import json
import os
import platform
import shutil
import ssl
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from demo import walk
from demo.people import Person, Refused
from demo.walk_record import SignIn, StepFailed
from embedded.process import ServerFailed
from tests.fleet import load
from tests.fleet.fleet import Fleet, running
from tests.fleet.machines import pgbouncer_version, wait_until_ready

BUYERS, CLIENTS = 200, 8
COUNTED_PAGES = 100


@dataclass(frozen=True, slots=True)
class Span:
    """A time of load: what was killed at its begin, and how many transactions the replica ran in it."""

    killed: str
    since: float
    until: float
    reads_of_replica: int


COLUMNS = (
    "killed", "seconds", "grabs acknowledged", "per second", "longest silence, s", "tried again after", "pages, of them not 200",
    "transactions of the replica",
)  # fmt: skip
NOTHING_WRONG = "nothing. Each acknowledged grab is stored once, and `check_integrity` is clean."
NO_LIMIT = 100_000
"""Requests per second of one address that nginx lets through: here all clients have one."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fleet")
    options.add_argument("--seconds", type=float, default=20, help="of load before, between and after the kills")
    options.add_argument("--report", type=Path, help="where to write what was measured, as Markdown")
    options.add_argument("--keep", action="store_true", help="keep the folders and logs of all machines")
    asked = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="weicang-fleet-"))
    folder.chmod(0o755)
    failed = True
    try:
        failed = bool(_play(folder, asked.seconds, asked.report))
    except (ServerFailed, StepFailed, Refused, httpx.HTTPError) as problem:
        say(str(problem))
    finally:
        if failed or asked.keep:
            say(f"The logs of all machines are in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


def say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - began:.1f} s")


def _play(folder: Path, seconds: float, report: Path | None) -> list[str]:
    """Everything in its order; gives what is wrong."""
    with ExitStack() as stack:
        began = time.monotonic()
        fleet = stack.enter_context(running(folder, requests_per_second=NO_LIMIT))
        say(f"The fleet serves at {fleet.nginx.url} after {time.monotonic() - began:.1f} s")
        wrong = check_edge(fleet)
        os.environ.update(fleet.environment)
        with timed("The walk"):
            people = walk.play(fleet.nginx.url, say=lambda line: say(f"  {line}"), data_folder=folder)
        with timed("Entering buyers and goods"):
            seeded = json.loads(fleet.run("-m", "tests.fleet.seed", str(BUYERS)))
        clerk = Person(fleet.nginx.url, next(each for each in people if each.path == "/portal/"), stack)
        reseller = next(each for each in people if each.path == "/shop/")
        journal = load.Journal()
        clients = [
            *_buyers(fleet, seeded),
            load.Uploader(clerk),
            *_visitors(fleet, Person(fleet.nginx.url, reseller, stack), reseller),
        ]
        costs = _costs_of_pages(fleet, [each for each in clients if isinstance(each, load.Visitor)])
        kills = _kill_under_load(fleet, journal, clients, seconds)
        wrong += check_end(fleet, folder, journal)
        text = report_text(journal, kills, costs, wrong)
        say(text)
        if report:
            report.write_text(text)
        return wrong


def check_edge(fleet: Fleet) -> list[str]:
    """What nginx does by itself: https only, static files, and a limit on sign-ins; and what the service adds behind it."""
    wrong = []
    context = ssl.create_default_context(cafile=str(fleet.nginx.certificate))
    with httpx.Client(base_url=fleet.nginx.url, verify=context, timeout=20) as http:
        page = http.get("/sign-in/")
        if page.headers.get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains; preload":
            wrong.append(f"Strict-Transport-Security is {page.headers.get('Strict-Transport-Security')}")
        static = http.get(next(part for part in page.text.split('"') if part.startswith("/static/")))
        if static.status_code != 200 or "immutable" not in static.headers.get("Cache-Control", ""):
            wrong.append(f"a static file: {static.status_code} {static.headers.get('Cache-Control')}")
        if static.headers.get("Server") != "nginx" or "X-Request-ID" in static.headers:
            wrong.append("a static file did not come from nginx itself")
        plain = httpx.get(f"http://127.0.0.1:{fleet.nginx.http_port}/shop/")
        if (plain.status_code, plain.headers.get("Location")) != (301, "https://127.0.0.1/shop/"):
            wrong.append(f"http is answered with {plain.status_code} to {plain.headers.get('Location')}")
        bodies = [http.post("/api/v1/tokens", json={}).status_code for _ in range(60)]
        if 429 not in bodies:
            wrong.append(f"60 sign-ins at once are let through: {Counter(bodies)}")
        time.sleep(12)  # until the limit lets the walk sign in
    return wrong


def _buyers(fleet: Fleet, seeded: dict[str, Any]) -> list[load.Client]:
    share = max(1, BUYERS // CLIENTS)
    return [
        load.Buyer(fleet.nginx.url, seeded["buyers"][place * share : (place + 1) * share], seeded["items"])
        for place in range(CLIENTS)
    ]


def _visitors(fleet: Fleet, daigou: Person, sign_in: SignIn) -> list[load.Client]:
    """A customer on a shared page, and the reseller in the list of goods: pages that are read from the replica."""
    [sale] = [each for each in daigou.get("/sales/open")["items"] if each["title"] == walk.RERUN]
    shared = daigou.post("/forwards", {"sale_id": sale["id"]})
    cookies = load.signed_in(fleet.nginx.url, sign_in)
    return [
        load.Visitor("a shared page of a sale", fleet.nginx.url, urlsplit(shared["address"]).path),
        load.Visitor("the list of goods", fleet.nginx.url, "/shop/styles/", cookies),
    ]


def _kill_web(fleet: Fleet) -> None:
    port, web = next(iter(fleet.webs.items()))
    web.kill()
    time.sleep(2)  # as RestartSec of its unit
    web.start()
    wait_until_ready(web, port)


def _kill_workers(fleet: Fleet) -> None:
    worker = fleet.workers["worker-1"]
    worker.kill()
    fleet.workers["periodic-1"].kill()
    time.sleep(2)
    worker.start()
    fleet.workers["periodic-1"].start()


def _kill_primary(fleet: Fleet) -> None:
    fleet.primary.kill()
    time.sleep(3)  # until somebody has decided that it will not come back
    fleet.promote_standby()


STEPS: tuple[tuple[str, Callable[[Fleet], None]], ...] = (
    ("nothing", lambda fleet: None),
    ("a web", _kill_web),
    ("two workers", _kill_workers),
    ("the primary", _kill_primary),
    ("the replica", lambda fleet: fleet.replica.kill()),
)


def _kill_under_load(fleet: Fleet, journal: load.Journal, clients: list[load.Client], seconds: float) -> list["Span"]:
    spans = []
    with load.running(journal, clients):
        for name, kill in STEPS:
            before, since = fleet.reads_of_replica(), time.monotonic()
            if name != "nothing":
                say(f"Killing {name}")
            kill(fleet)
            time.sleep(seconds)
            read = 0 if name == "the replica" else fleet.reads_of_replica() - before
            spans.append(Span(name, since, time.monotonic(), read))
    return spans


def check_end(fleet: Fleet, folder: Path, journal: load.Journal) -> list[str]:
    """What is wrong after the load."""
    wrong = []
    told = folder / "journal.json"
    told.write_text(json.dumps({key: order_id for key, (order_id, _) in journal.acknowledged.items()}))
    stored = json.loads(fleet.run("-m", "tests.fleet.check", str(told)))
    if stored["lost"]:
        wrong.append(f"{len(stored['lost'])} acknowledged grabs are lost")
    if journal.unanswered:
        wrong.append(f"{len(journal.unanswered)} grabs were never answered")
    unread = Counter(state for _, state in journal.uploads if state != "preview")
    if unread or not journal.uploads:
        wrong.append(f"uploads were not read: {dict(unread)}")
    try:
        fleet.run("manage.py", "check_integrity")
    except ServerFailed as broken:
        wrong.append(f"the integrity check: {broken}")
    return wrong


def _costs_of_pages(fleet: Fleet, visitors: list[load.Visitor]) -> dict[str, float]:
    """Processor time of the webs for one page, in ms, with nothing else going on."""
    costs = {}
    for visitor in visitors:
        visitor.open(COUNTED_PAGES)  # Both webs have then prepared what they prepare.
        before = fleet.processor_seconds_of_webs()
        visitor.open(COUNTED_PAGES)
        costs[visitor.name] = (fleet.processor_seconds_of_webs() - before) * 1000 / COUNTED_PAGES
    return costs


def report_text(journal: load.Journal, spans: list[Span], costs: dict[str, float], wrong: list[str]) -> str:
    lines = [
        "# The fleet under kills",
        "",
        _machine(),
        "",
        f"{CLIENTS} clients grab without a pause through nginx over https, a clerk uploads workbooks of {load.WORKBOOK_LINES} lines",
        "one after another, a customer opens a shared page and a reseller the list of goods, five times a second at most.",
        "All are killed by SIGKILL.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{' --- |' * len(COLUMNS)}",
        *(_row(journal, span) for span in spans),
        "",
        _totals(journal),
        "",
        "Processor time of the webs for one page: "
        + ", ".join(f"{name} {cost:.0f} ms" for name, cost in costs.items())
        + ".",
        "",
        f"Wrong: {'; '.join(wrong) or NOTHING_WRONG}",
        "",
    ]
    return "\n".join(lines)


def _machine() -> str:
    cores, python = os.cpu_count(), platform.python_version()
    pgbouncer = ".".join(map(str, pgbouncer_version()))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores for all machines and the load, Python {python}, PgBouncer {pgbouncer}, "
        f"load average {os.getloadavg()[2]:.0f} in the last quarter of an hour. "
        "`python3 noxfile.py -s fleet -- --report bench/results/fleet.md`."
    )


def _totals(journal: load.Journal) -> str:
    refused = ", ".join(f"{number} × {code}" for code, number in journal.refused.items())
    read = [took for took, state in journal.uploads if state == "preview"]
    return (
        f"{len(journal.acknowledged)} grabs acknowledged, {sum(journal.refused.values())} refused{f' ({refused})' if refused else ''}, "
        f"{len(journal.unanswered)} never answered; {len(journal.uploads)} workbooks uploaded, {len(read)} of them read, "
        f"the slowest in {max(read, default=0):.0f} s."
    )


def _row(journal: load.Journal, span: Span) -> str:
    seconds = span.until - span.since
    count = sum(span.since <= at <= span.until for _, at in journal.acknowledged.values())
    troubles = journal.troubles_between(span.since, span.until)
    pages = [told for at, told, _ in journal.pages if span.since <= at <= span.until]
    cells = (
        span.killed,
        f"{seconds:.0f}",
        count,
        f"{count / seconds:.0f}",
        f"{journal.longest_silence(span.since, span.until):.1f}",
        ", ".join(f"{number} × {what}" for what, number in troubles.most_common()) or "–",
        f"{len(pages)}, {sum(told != '200' for told in pages)}",
        span.reads_of_replica,
    )
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
