"""The monthly roll-over against a bare aggregate over the same rows: `python bench/membership.py [--members 1800000] [--entries 20000000]`.

The benchmark fills the database and rolls nothing back: run it on an empty database, or with `--filled` on one that an earlier run filled
and did not roll over. Targets: tiers computed from the ledger take at most 1.5 times the bare aggregate (`SELECT reseller_id, sum(milli)
… GROUP BY reseller_id`), from the monthly sums at most 0.7 times. The three run in turns, so that other load slows them alike; the ratios
are those of the medians over `--rounds`.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from accounts.rules import SYSTEM
from kernel.period import month_period
from membership.models import Reseller
from membership.selectors.histories import tier_tables
from membership.services import partitions, rollover
from membership.sql.evaluation import LEDGER, MEMBERS, ROLLUP, evaluated
from membership.sql.rollover import MAX_ID, rollover_terms

BARE = (
    "SELECT count(*), sum(s) FROM (SELECT reseller_id, sum(milli) AS s FROM membership_growthentry GROUP BY 1) AS bare"
)
FIRST = date(2025, 1, 1)
ROLLOVER = date(2026, 1, 1)
MONTHS = 12


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--members", type=int, default=1_800_000)
    options.add_argument("--entries", type=int, default=20_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--filled", action="store_true")
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    if Reseller.objects.exists() != asked.filled:
        sys.exit("Run the benchmark on an empty database, or with --filled on one that it has filled.")
    if not asked.filled:
        fill(asked.members, asked.entries)
    terms = rollover_terms(ROLLOVER, tier_tables(), first_id=0, last_id=MAX_ID).parameters()
    statement = "WITH {evaluated} SELECT count(*), sum(displayed_after) FROM evaluated"
    seconds = in_turns(
        asked.rounds,
        bare=lambda: count(BARE),
        ledger=lambda: count(statement.format(evaluated=evaluated(source=LEDGER, members=MEMBERS)), terms),
        rollup=lambda: count(statement.format(evaluated=evaluated(source=ROLLUP, members=MEMBERS)), terms),
    )
    bare, from_ledger, from_rollup = (statistics.median(seconds[name]) for name in ("bare", "ledger", "rollup"))
    started = time.perf_counter()
    view = rollover.roll_over_month(actor=SYSTEM, month=ROLLOVER, now=month_period(ROLLOVER).starts_at)
    carried_out = time.perf_counter() - started
    figures = {
        "bench": "membership.roll_over_month",
        "members": asked.members,
        "entries": asked.entries,
        "bare_aggregate_s": round(bare, 2),
        "evaluated_from_ledger_s": round(from_ledger, 2),
        "evaluated_from_rollup_s": round(from_rollup, 2),
        "roll_over_s": round(carried_out, 2),
        "ledger_ratio": round(from_ledger / bare, 2),
        "rollup_ratio": round(from_rollup / bare, 2),
        "carried_out_ratio": round(carried_out / bare, 2),
        "rounds": {name: [round(each, 2) for each in found] for name, found in seconds.items()},
        "asked": {"ledger_ratio": 1.5, "rollup_ratio": 0.7},
        "downgraded": view.downgraded,
        "upgraded": view.upgraded,
        "bonuses": view.bonuses,
        "peak_mb_of_this_process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(figures))


def fill(members: int, entries: int) -> None:
    """Members and a year of purchases, some of them large; the rollup, sums and tiers as the services would have left them."""
    partitions.open_months(now=month_period(ROLLOVER).starts_at, since=FIRST)
    year: dict[str, Any] = {
        "first": month_period(FIRST).starts_at,
        "days": 365 - 1,
        "members": members,
        "entries": entries,
        "month": FIRST,
    }
    for statement in FILL:
        with connection.cursor() as cursor:
            cursor.execute(statement, year)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE membership_growthentry")
        cursor.execute("VACUUM ANALYZE membership_growthmonth")
        cursor.execute("VACUUM ANALYZE membership_reseller")


FILL = (
    """INSERT INTO accounts_person (login, name, role, password, is_active, created_at)
       SELECT 'b' || n, 'b' || n, 'reseller', '', true, %(first)s FROM generate_series(1, %(members)s) AS n""",
    """INSERT INTO membership_reseller (person_id, tier, earned_tier, rolled_over_through, must_replay, growth_milli, joined_at)
       SELECT id, 0, 0, %(month)s, false, 0, %(first)s FROM accounts_person WHERE role = 'reseller' ORDER BY id""",
    "SELECT setseed(0.5)",
    """CREATE TEMPORARY TABLE drawn AS
       SELECT n, 1 + (n * 7919::bigint) %% %(members)s AS member,
              %(first)s::timestamptz + (n::float8 / %(entries)s * %(days)s) * interval '1 day' AS at,
              (20000 + 400000 * power(random(), 6))::bigint AS milli
       FROM generate_series(1, %(entries)s) AS n""",
    "INSERT INTO membership_growthcause (cause) SELECT 'order/' || n FROM drawn",
    "ALTER TABLE membership_growthentry DISABLE TRIGGER ALL",
    """INSERT INTO membership_growthentry (at, reseller_id, month, kind, milli, cause, amount_fen, order_id)
       SELECT at, member + (SELECT min(id) - 1 FROM membership_reseller),
              date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date, 1, milli, 'order/' || n, milli, n FROM drawn ORDER BY n""",
    "ALTER TABLE membership_growthentry ENABLE TRIGGER ALL",
    """INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli)
       SELECT reseller_id, month, sum(milli), 0 FROM membership_growthentry GROUP BY 1, 2 ORDER BY 2, 1""",
    """UPDATE membership_reseller AS r SET growth_milli = s.total, rolled_over_through = DATE '2025-12-01',
           tier = CASE WHEN counted >= 2000000 THEN 3 WHEN counted >= 500000 THEN 2 WHEN total >= 50000 THEN 1 ELSE 0 END,
           earned_tier = CASE WHEN counted >= 2000000 THEN 3 WHEN counted >= 500000 THEN 2 WHEN total >= 50000 THEN 1 ELSE 0 END,
           settled_tier =
               CASE WHEN counted >= 2000000 THEN 3 WHEN counted >= 500000 THEN 2 WHEN total >= 50000 THEN 1 ELSE 0 END
       FROM (SELECT reseller_id, sum(new_milli) AS total,
                    sum(new_milli) FILTER (WHERE month BETWEEN '2025-09-01' AND '2025-11-01') AS counted
             FROM membership_growthmonth GROUP BY 1) AS s WHERE s.reseller_id = r.id""",
    "UPDATE membership_reseller SET rolled_over_through = DATE '2025-12-01' WHERE rolled_over_through < '2025-12-01'",
    "DROP TABLE drawn",
)


def in_turns(rounds: int, **runs: Callable[[], Any]) -> dict[str, list[float]]:
    """The seconds of every run, one of each in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return seconds


def count(statement: str, parameters: dict[str, Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


if __name__ == "__main__":
    main()
