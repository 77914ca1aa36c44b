"""Closing a day of a million postings against adding up its entries: `python bench/daily_close.py [--postings 1000000] [--rounds 3]`.

Fills an empty database: postings of one day, each with an entry of one of 10,000 wallets, of one of 50 brands and of the commission.
A round adds up the entries by kind of account with one bare aggregate, closes and adds up the day, and compares it; then it is taken
back. Target: closing, adding up and comparing take at most 5 times the bare aggregate, in one run. Then it reads, with the day closed,
the balance of the commission at noon and its statement. The ratio is that of the medians.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from kernel import clock
from kernel.period import Period, day_period, shanghai_date
from ledger.rules import COMMISSION
from ledger.selectors.statements import get_account_statement, get_balance_at, list_statement_entries
from ledger.services import close_due_days
from treasury.services.closes import compare_day

WALLETS, BRANDS = 10_000, 50
BARE = """
SELECT a.kind, count(*), sum(e.amount_fen) FILTER (WHERE e.amount_fen > 0), sum(e.amount_fen) FILTER (WHERE e.amount_fen < 0)
FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id JOIN ledger_account a ON a.id = e.account_id
WHERE p.at >= %s AND p.at < %s GROUP BY 1
"""
FILL = (
    "INSERT INTO ledger_account (kind, owner_id, balance_fen) SELECT 'wallet', n, 0 FROM generate_series(1, %(wallets)s) n",
    "INSERT INTO ledger_account (kind, owner_id, balance_fen) SELECT 'brand_payable', n, 0 FROM generate_series(1, %(brands)s) n",
    "INSERT INTO ledger_account (kind, owner_id, balance_fen) VALUES ('commission', 0, 0), ('clearing', 0, 0)",
    # A top-up of each wallet on the day before, and payments on the day.
    """
    INSERT INTO ledger_posting (id, at, kind, key, cause, note)
    SELECT %(postings)s + n, %(starts_at)s - interval '1 hour', 'top_up', 'top-up:' || n, 'reseller:' || n, ''
    FROM generate_series(1, %(wallets)s) n
    """,
    """
    INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
    SELECT %(postings)s + n, a.id, v.fen FROM generate_series(1, %(wallets)s) n
    CROSS JOIN LATERAL (VALUES ('wallet', n, 1000000), ('clearing', 0, -1000000)) v(kind, owner_id, fen)
    JOIN ledger_account a ON a.kind = v.kind AND a.owner_id = v.owner_id ORDER BY n
    """,
    """
    INSERT INTO ledger_posting (id, at, kind, key, cause, note)
    SELECT n, %(starts_at)s + interval '86399 seconds' * n / %(postings)s, 'payment', 'payment:order:' || n, 'order:' || n, ''
    FROM generate_series(1, %(postings)s) n
    """,
    """
    INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
    SELECT p.n, a.id, v.fen FROM (SELECT n, n %% %(wallets)s + 1 AS wallet, n %% %(brands)s + 1 AS brand
                                  FROM generate_series(1, %(postings)s) n) p
    CROSS JOIN LATERAL (VALUES ('wallet', p.wallet, -1000 - p.n %% 7), ('brand_payable', p.brand, 900),
                               ('commission', 0, 100 + p.n %% 7)) v(kind, owner_id, fen)
    JOIN ledger_account a ON a.kind = v.kind AND a.owner_id = v.owner_id ORDER BY p.n
    """,
    """
    UPDATE ledger_account a SET balance_fen = s.fen
    FROM (SELECT account_id, sum(amount_fen)::bigint AS fen FROM ledger_entry GROUP BY 1) s WHERE s.account_id = a.id
    """,
)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--postings", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    day = shanghai_date(clock.now()) - timedelta(days=3)
    period = day_period(day)
    fill(period, asked.postings)
    now = period.ends_at + timedelta(hours=2)
    seconds: dict[str, list[float]] = {"aggregate": [], "close": [], "compare": []}
    reads: dict[str, float] = {}
    for _ in range(asked.rounds):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
                seconds["aggregate"].append(timed(partial(cursor.execute, BARE, [period.starts_at, period.ends_at])))
            seconds["close"].append(timed(partial(close_due_days, now=now)))
            seconds["compare"].append(timed(partial(compare_day, day=day, now=now)))
            noon = period.starts_at + timedelta(hours=12)
            reads = {
                "balance_at_noon_ms": timed(partial(get_balance_at, COMMISSION, at=noon)),
                "statement_ms": timed(partial(get_account_statement, COMMISSION, first=day, last=day)),
                "page_of_entries_ms": timed(partial(list_statement_entries, COMMISSION, first=day, last=day)),
            }
            transaction.set_rollback(True)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    ratio = (medians["close"] + medians["compare"]) / medians["aggregate"]
    figures = {
        "bench": "daily_close",
        "postings": asked.postings,
        **{f"{name}_ms": round(each * 1000, 1) for name, each in medians.items()},
        **{name: round(each * 1000, 1) for name, each in reads.items()},
        "ratio": round(ratio, 2),
        "asked": 5,
        "load": os.getloadavg(),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    if asked.postings >= 1_000_000 and ratio > 5:
        sys.exit("The daily close took more than five times the bare aggregate.")


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def fill(period: Period, postings: int) -> None:
    parameters: dict[str, int | datetime] = {
        "wallets": min(WALLETS, postings),
        "brands": BRANDS,
        "postings": postings,
        "starts_at": period.starts_at,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        for statement in FILL:
            cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE ledger_account, ledger_posting, ledger_entry")


if __name__ == "__main__":
    main()
