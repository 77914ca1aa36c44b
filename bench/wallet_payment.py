"""CPU of a payment from the wallet, and payments per second: `python bench/wallet_payment.py [--payments 60] [--rounds 3]`.

Orders of one line are grabbed first and not measured. In turns, within one run, 1, 2, 4 and 8 payers pay theirs, each a thread with a
connection of its own; all orders are of one brand, so all payments meet at two accounts. CPU is that of this process (`service`) and of
the server's process of the connection (`database`), measured with one payer. Target: at most 4 ms for the service, and with 8 payers no
fewer payments per second than with one. Uses the database that DATABASE_URL names and leaves its orders there.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import itertools
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["WEICANG_WEB_THREADS"] = "16"

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from orders.services.payment import pay
from tests.builders import Daigou, Marketplace, item_of

PAYERS = (1, 2, 4, 8)
_keys = itertools.count()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--payments", type=int, default=60, help="per payer and round")
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    market = Marketplace(now=clock.now())
    skus = [market.sku(units=500_000, base_price_fen=30_00) for _ in range(20)]
    sale_id = market.sale(*skus)
    items = [item_of(sale_id, sku) for sku in skus]
    daigous = [market.reseller(wallet_fen=10_000_000_00) for _ in range(max(PAYERS))]
    for daigou in daigous:
        pay(actor=daigou.actor, order_id=next(grabbed(daigou, items, 1)), now=clock.now())
    speeds: dict[int, list[float]] = {payers: [] for payers in PAYERS}
    service, database = [], []
    for _ in range(asked.rounds):
        for payers in PAYERS:
            orders = {daigou.id: list(grabbed(daigou, items, asked.payments)) for daigou in daigous[:payers]}
            speeds[payers].append(per_second(daigous[:payers], orders))
        own, server = cpu_of_one(daigous[0], list(grabbed(daigous[0], items, asked.payments)))
        service.append(own)
        database.append(server)
    medians = {payers: statistics.median(each) for payers, each in speeds.items()}
    figures = {
        "bench": "wallet_payment",
        "statements": statements(daigous[0], next(grabbed(daigous[0], items, 1))),
        "service_cpu_ms": round(statistics.median(service), 2),
        "database_cpu_ms": round(statistics.median(database), 2),
        "payments_per_second": {payers: round(each, 1) for payers, each in medians.items()},
        "ratio_to_one_payer": {payers: round(each / medians[1], 2) for payers, each in medians.items()},
        "asked_cpu_ms": 4,
        "rounds": asked.rounds,
        "load": os.getloadavg(),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def grabbed(daigou: Daigou, items: list[int], count: int) -> Iterator[int]:
    """New unpaid orders of a reseller, each of one unit."""
    for number in range(count):
        yield daigou.grab(items[number % len(items)], key=f"bench-{next(_keys)}", now=clock.now()).id


def per_second(daigous: list[Daigou], orders: dict[int, list[int]]) -> float:
    line = threading.Barrier(len(daigous) + 1)

    def payer(daigou: Daigou) -> None:
        connection.ensure_connection()
        line.wait()
        for order_id in orders[daigou.id]:
            pay(actor=daigou.actor, order_id=order_id, now=clock.now())
        connection.close()

    threads = [threading.Thread(target=payer, args=(daigou,)) for daigou in daigous]
    for thread in threads:
        thread.start()
    line.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(map(len, orders.values())) / (time.perf_counter() - started)


def cpu_of_one(daigou: Daigou, orders: list[int]) -> tuple[float, float]:
    """Milliseconds of CPU per payment: of this process, and of the server's process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    server_before, own_before = server_seconds(pid), time.process_time()
    for order_id in orders:
        pay(actor=daigou.actor, order_id=order_id, now=clock.now())
    own, server = time.process_time() - own_before, server_seconds(pid) - server_before
    return own / len(orders) * 1000, server / len(orders) * 1000


def server_seconds(pid: int) -> float:
    """User and system time of a process of this machine, in steps of 10 ms; 0 where the server runs elsewhere."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def statements(daigou: Daigou, order_id: int) -> int:
    """How many statements a payment runs besides BEGIN and COMMIT."""
    with CaptureQueriesContext(connection) as queries:
        pay(actor=daigou.actor, order_id=order_id, now=clock.now())
    return len([each for each in queries if each["sql"] not in ("BEGIN", "COMMIT")])


if __name__ == "__main__":
    main()
