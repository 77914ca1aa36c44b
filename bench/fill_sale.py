"""How long it takes to fill a draft with all free stock and to publish it: `python bench/fill_sale.py [--skus 100000] [--rounds 3]`.

Each round drafts a sale of `--skus` SKUs of one brand, fills it, publishes it and cancels it, so that the stock is free again; all is
committed, because foreign keys are checked as a transaction ends. The brand has price controls of all kinds. Beside the seconds stand those
of processor time, of this process and of its PostgreSQL session together: one works while the other waits, so they are the seconds on a
machine that does nothing else. `--statements` lists what took longest in the last round. It rolls nothing back: run it on an empty
database. Targets for 100,000 SKUs on two cores: filled in 10 seconds, published in 20.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from bench.pricing import build_catalogue, enter_rules
from brands.models import Brand
from flashsales.models import SaleItem
from flashsales.services import ending, planning, publishing
from inventory.models import Sku
from tests.builders import Marketplace

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
UNITS = 20
MAX_STATEMENTS = 12


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--skus", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--statements", action="store_true", help="list the slowest statements of the last round")
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    if Brand.objects.exists():
        sys.exit("Run the benchmark on an empty database.")
    market = Marketplace(now=NOW)
    prepare(market, asked.skus)
    filled: list[Took] = []
    published: list[Took] = []
    watch = Statements()
    for number in range(asked.rounds):
        last = asked.statements and number == asked.rounds - 1
        sale_id = planning.schedule(
            actor=market.ops,
            brand_id=market.brand_id,
            title=f"专场 {number}",
            starts_at=NOW + timedelta(days=1),
            now=NOW,
        ).id
        with connection.execute_wrapper(watch) if last else nothing():
            filled.append(measure(lambda: planning.add_free_stock(actor=market.ops, sale_id=sale_id, now=NOW)))  # noqa: B023
            watch.begin("publish")
            published.append(measure(lambda: publishing.publish(actor=market.ops, sale_id=sale_id, now=NOW)))  # noqa: B023
        ending.cancel(actor=market.ops, sale_id=sale_id, reason="bench", now=NOW)
        with connection.cursor() as cursor:
            # The statistics are those of before the next sale, as they are where sales are rare; plans that trust them took minutes.
            cursor.execute("ANALYZE")
    result: dict[str, Any] = {
        "bench": "fill_sale",
        "skus": asked.skus,
        "offered": SaleItem.objects.count() // asked.rounds,
        "fill_seconds": median(each.seconds for each in filled),
        "fill_cpu_seconds": median(each.cpu_seconds for each in filled),
        "publish_seconds": median(each.seconds for each in published),
        "publish_cpu_seconds": median(each.cpu_seconds for each in published),
        "rounds": [[[each.seconds, each.cpu_seconds] for each in found] for found in (filled, published)],
        "asked_seconds": [10, 20],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))
    for step, took, statement in watch.slowest():
        print(f"{took:8.2f} s  {step:8} {statement}")
    if asked.out:
        asked.out.write_text(json.dumps(result, indent=2) + "\n")


def prepare(market: Marketplace, skus: int) -> None:
    """The catalogue of the benchmark of prices, as goods of a brand that may sell, with units on hand."""
    other_id, _sku_ids, style_ids = build_catalogue(skus)
    with connection.cursor() as cursor:
        for table in ("inventory_style", "inventory_sku"):
            cursor.execute(f"UPDATE {table} SET brand_id = %s WHERE brand_id = %s", [market.brand_id, other_id])
    Sku.objects.filter(brand_id=market.brand_id).update(on_hand=UNITS)
    Brand.objects.filter(pk=other_id).delete()
    enter_rules(market.brand_id, style_ids)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def nothing() -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Took:
    seconds: float
    cpu_seconds: float


def measure(act: Callable[[], object]) -> Took:
    began, cpu_began = time.perf_counter(), cpu_seconds()
    act()
    return Took(round(time.perf_counter() - began, 2), round(cpu_seconds() - cpu_began, 2))


def cpu_seconds() -> float:
    """Of this process and of its PostgreSQL session; of this process alone where the session is elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    ticks = sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) if stat.exists() else 0
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


class Statements:
    """An execution wrapper that adds up the seconds of each statement; what a commit takes is in none of them."""

    def __init__(self) -> None:
        self.step = "fill"
        self.took: dict[tuple[str, str], float] = {}

    def begin(self, step: str) -> None:
        self.step = step

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            key = (self.step, " ".join(sql.split())[:110])
            self.took[key] = self.took.get(key, 0.0) + time.perf_counter() - began

    def slowest(self) -> list[tuple[str, float, str]]:
        rows = [(step, took, statement) for (step, statement), took in self.took.items()]
        return sorted(rows, key=lambda each: -each[1])[:MAX_STATEMENTS]


if __name__ == "__main__":
    main()
