"""A returned shipping list against reading it: `python bench/shipping.py [--lines 10000] [--rounds 3]`.

Fills an empty database: `--lines` paid order lines of one brand, two per consignment, of a hundred resellers. The list is filled with a
number per consignment and sent back. Target: shipping it takes at most 3 times the time of reading it (in a child process, as the
service does), in one run; sending it again, which changes nothing, takes less. The rounds run in turns, and the ratio is that of the
medians.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import io
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

import openpyxl
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from aftersales.services.shipping_workbooks import ship_by_workbook
from imports import tracking_sheet
from integrity.selectors.checks import all_violations
from orders.models.lines import OrderLine
from orders.models.recipients import Recipient
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_orders
from orders.services.shipping_workbook import write_shipping_list
from tests.builders import HOUR, NOW, Marketplace, item_of

RESELLERS = 100
LINES_PER_ORDER = 20


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    market = Marketplace()
    seconds: dict[str, list[float]] = {"read": [], "ship": [], "again": []}
    statements = 0
    for round_no in range(asked.rounds):
        fill(market, asked.lines)
        data = filled_list(market, round_no)
        seconds["read"].append(timed(partial(tracking_sheet.read_in_child, data, "list.xlsx")))
        with CaptureQueriesContext(connection) as queries:
            seconds["ship"].append(timed(partial(send, market, data)))
        statements = len(queries)
        seconds["again"].append(timed(partial(send, market, data)))
    shipped = OrderLine.objects.aggregate(n=Sum("shipped_units"))["n"]
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    figures = {
        "bench": "aftersales.ship_by_workbook",
        "lines": asked.lines,
        "shipped_units": shipped,
        "violations": len(all_violations()),
        "statements": statements,
        **{f"{name}_s": round(each, 2) for name, each in medians.items()},
        "ratio": round(medians["ship"] / medians["read"], 2),
        "again_ratio": round(medians["again"] / medians["read"], 2),
    }
    print(json.dumps(figures, ensure_ascii=False))
    if asked.lines >= 10_000 and figures["ratio"] > 3:
        sys.exit("Shipping a list took more than three times as long as reading it.")


def fill(market: Marketplace, lines: int) -> None:
    """Paid orders of two lines per recipient: of one sale, and of new resellers."""
    skus = [market.sku(units=lines, base_price_fen=10_00) for _ in range(2)]
    sale_id = market.sale(*skus)
    items = [item_of(sale_id, sku) for sku in skus]
    buyers = [market.reseller(wallet_fen=1_000_000_00) for _ in range(min(RESELLERS, -(-lines // 2)))]
    left = lines
    number = 0
    while left > 0:
        buyer = buyers[number % len(buyers)]
        recipients = Recipient.objects.bulk_create(
            Recipient(
                reseller_id=buyer.id,
                name=f"顾客{number}-{n}",
                phone="13800138000",
                address="浙江省杭州市西湖区文三路 1 号",
            )
            for n in range(min(LINES_PER_ORDER, left) // 2 or 1)
        )
        wanted = [GrabLine(item, 1, recipient.pk) for recipient in recipients for item in items]
        order = place_orders(actor=buyer.actor, lines=wanted, key=f"bench-{number}", now=NOW)
        pay(actor=buyer.actor, order_id=order.id, now=NOW)
        left -= len(wanted)
        number += 1


def filled_list(market: Marketplace, round_no: int) -> bytes:
    """The list as a brand sends it back: one number per consignment."""
    book = openpyxl.load_workbook(io.BytesIO(write_shipping_list(actor=market.clerk, now=NOW)))
    sheet = book.worksheets[0]
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value:
            sheet.cell(row, 11, "顺丰")
            sheet.cell(row, 12, f"SF{round_no}{int(str(sheet.cell(row, 1).value)):012d}")
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def send(market: Marketplace, data: bytes) -> None:
    done = ship_by_workbook(actor=market.clerk, filename="list.xlsx", data=data, now=NOW + HOUR)
    if done.faults or done.left:
        sys.exit(f"The list was not shipped as a whole: {done.faults[:3]} {done.left[:3]}")


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
