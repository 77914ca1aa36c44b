"""A workbook of orders previewed and committed: `python bench/order_workbook.py [--lines 1000] [--rounds 3]`.

Each round sends a workbook of `--lines` lines, each for a recipient of its own, of a hundred SKUs in two sales, and orders and pays all of
it. `preview` is what a worker does: read the file in a child process and match its lines; `match` is its part in the database; `commit` is
the order with its recipients and its payment. Targets for 1,000 lines on 2 cores: preview 3 s, commit 2 s.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports import order_sheet
from imports.order_sheet import OrderRow
from inventory.models import Sku
from kernel import clock
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.uploads import parse, receive
from orders.uploads.commit import commit_upload
from tests.builders import Daigou, Marketplace

SKUS = 100


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    market = Marketplace(now=clock.now())
    skus = [market.sku(units=100_000) for _ in range(SKUS)]
    market.sale(*skus[: SKUS // 2])
    market.sale(*skus[SKUS // 2 :])
    goods = list(Sku.objects.filter(pk__in=skus).values_list("style__style_no", "colour", "size"))
    seconds: dict[str, list[float]] = {"preview": [], "match": [], "commit": []}
    statements = 0
    for number in range(asked.rounds):
        daigou = market.reseller(wallet_fen=1_000_000_00 * asked.lines)
        upload_id = send(daigou, goods, asked.lines, number)
        seconds["preview"].append(timed(partial(parse.read_upload, upload_id=upload_id, clock=clock.now)))
        refresh = partial(receive.refresh_preview, actor=daigou.actor, upload_id=upload_id, now=clock.now())
        seconds["match"].append(timed(refresh))
        with CaptureQueriesContext(connection) as queries:
            seconds["commit"].append(timed(partial(commit, daigou, upload_id, asked.lines)))
        statements = len(queries)
    medians = {name: round(statistics.median(each), 3) for name, each in seconds.items()}
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"lines": asked.lines} | medians | {"statements_of_commit": statements, "load": load}))


def send(daigou: Daigou, goods: list[tuple[str, str, str]], lines: int, number: int) -> int:
    rows = [
        OrderRow(
            None, 0, f"N{number}-{at}", f"顾客{at}", f"139{number:02d}{at:06d}", f"浙江省杭州市西湖区文三路 {at} 号",
            *goods[at % len(goods)], None, 1 + at % 3, "轻放",
        )
        for at in range(1, lines + 1)
    ]  # fmt: skip
    data = order_sheet.write(rows)
    return receive.receive_upload(actor=daigou.actor, filename="订单.xlsx", chunks=[data], now=clock.now()).id


def commit(daigou: Daigou, upload_id: int, lines: int) -> None:
    result = commit_upload(actor=daigou.actor, upload_id=upload_id, take=Take.ALL, now=clock.now())
    assert result.order.state is OrderState.PAID
    assert len(result.order.lines) == lines


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
