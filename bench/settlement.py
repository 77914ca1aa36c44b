"""Settling a sale against adding up its lines: `python bench/settlement.py [--lines 100000] [--rounds 5]`.

Fills an empty database: `--lines` paid and shipped order lines of one sale, one per order; every tenth was refunded in part. A round is taken back at its end. It adds up the lines by one bare aggregate, generates the statement, sends it (which writes an item
per line) and settles it. Target: sending and settling take at most 5 times the bare aggregate, in one run. The ratio is that of the
medians.
"""
# ruff: noqa: E402, E501 - Django is set up before its models are imported; one statement a line; statements are composed of column names

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from flashsales.services.ending import close_ended
from orders.selectors.sold import iterate_paid_lines
from settlement.rules.statements import total_lines
from settlement.services import statements
from tests.builders import HOUR, NOW, Marketplace, item_of

END = NOW + 48 * HOUR
LATER = END + timedelta(days=8)
BARE = """
SELECT sum(l.units), sum(l.refunded_units), sum(l.units * l.price_fen), sum(l.refunded_units * l.price_fen + l.refund_adjustment_fen),
       sum((l.units - l.refunded_units) * l.payable_fen + l.payable_adjustment_fen), sum(l.carrier_claim_fen)
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE l.sale_id = %s AND o.state = 'paid'
"""


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    market = Marketplace()
    sale_id = fill(market, asked.lines)
    seconds: dict[str, list[float]] = {"aggregate": [], "generate": [], "send": [], "settle": []}
    for _ in range(asked.rounds):
        play(market, sale_id, seconds)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    bare = medians["aggregate"]
    ratio = (medians["send"] + medians["settle"]) / bare
    figures = {
        "bench": "settlement",
        "lines": asked.lines,
        **{f"{name}_ms": round(each * 1000, 1) for name, each in medians.items()},
        "generate_ratio": round(medians["generate"] / bare, 2),
        "line_by_line_ratio": round(timed(lambda: total_lines(iterate_paid_lines(sale_id))) / bare, 1),
        "ratio": round(ratio, 2),
        "asked": 5,
    }
    print(json.dumps(figures))
    if asked.lines >= 100_000 and ratio > 5:
        sys.exit("Settling a sale took more than five times the bare aggregate.")


def play(market: Marketplace, sale_id: int, seconds: dict[str, list[float]]) -> None:
    """One round, taken back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            seconds["aggregate"].append(timed(lambda: cursor.execute(BARE, [sale_id])))
        drawn = statements.generate_statement(actor=market.finance, sale_id=sale_id, now=LATER)
        again = partial(statements.generate_statement, actor=market.finance, sale_id=sale_id, now=LATER)
        seconds["generate"].append(timed(again))
        seconds["send"].append(timed(partial(statements.send, actor=market.finance, statement_id=drawn.id, now=LATER)))
        statements.confirm(actor=market.clerk, statement_id=drawn.id, now=LATER)
        settle = partial(statements.settle, actor=market.finance, statement_id=drawn.id, now=LATER)
        seconds["settle"].append(timed(settle))
        transaction.set_rollback(True)


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def fill(market: Marketplace, lines: int) -> int:
    """An ended sale with so many lines, copied from one real order by sets; the brand's payable is booked as one sum."""
    sku = market.sku(units=10)
    sale_id = market.sale(sku)
    order = market.paid_order(market.reseller(wallet_fen=10_000_00), item_of(sale_id, sku))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        copy(cursor, order.id, lines)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(
            "UPDATE orders_orderline SET shipped_units = units, shipped_at = %s WHERE sale_id = %s", [END, sale_id]
        )
        cursor.execute(
            "UPDATE ledger_account SET balance_fen = (SELECT sum((units - refunded_units) * payable_fen) FROM orders_orderline WHERE sale_id = %s)"
            " WHERE kind = 'brand_payable'", [sale_id],
        )  # fmt: skip
        cursor.execute("VACUUM ANALYZE orders_orderline, orders_order")
    close_ended(now=END)
    return sale_id


def copy(cursor: CursorWrapper, order_id: int, lines: int) -> None:
    """Copies of an order and of its line; every tenth line has a unit that was refunded."""
    columns = {table: ", ".join(_columns(cursor, table)) for table in ("orders_order", "orders_orderline")}
    of_order, of_line = columns["orders_order"], columns["orders_orderline"]
    read_line = ", ".join(f"l.{name}" for name in _columns(cursor, "orders_orderline"))
    cursor.execute(
        f"INSERT INTO orders_order (key, {of_order}) SELECT 'bench-' || n, {of_order} FROM orders_order, generate_series(1, %s) AS n WHERE id = %s",
        [lines, order_id],
    )  # fmt: skip
    cursor.execute(
        f"INSERT INTO orders_orderline (order_id, units, refunded_units, {of_line})"
        f" SELECT o.id, 3, (o.id %% 10 = 0)::int, {read_line} FROM orders_orderline l, orders_order o"
        " WHERE l.order_id = %s AND o.key LIKE 'bench-%%' ORDER BY o.id",
        [order_id],
    )  # fmt: skip


def _columns(cursor: CursorWrapper, table: str) -> list[str]:
    """The columns that a copy has in common with its original."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    own = {"id", "key", "order_id", "units", "refunded_units"}
    return [name for (name,) in cursor.fetchall() if name not in own]


if __name__ == "__main__":
    main()
