"""How long a stock workbook takes to land: `python bench/imports.py [--rows 100000] [--rounds 5]`.

Compares, in turns within one run, (a) a raw calamine read with a raw COPY of the same rows, and (b) our whole way: reading in a child
process, validating, staging, matching, preview, landing. Asked: (b) at most 1.35 × (a) at 100,000 rows × 14 columns, and
at most 350 MB in the worker.
Works in the database that DATABASE_URL names, and leaves a brand there.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import csv
import io
import json
import os
import resource
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import xlsxwriter
from django.core.management import call_command
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from accounts.rules import SYSTEM, Actor
from brands import verbs as brands
from inventory import queries, verbs
from inventory.verbs.reading import read_upload
from kernel import clock

HEADINGS = (
    "款号", "品名", "类目", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存", "年份", "季节", "性别", "品牌", "备注",
)  # fmt: skip
SIZES, COLOURS = ("S", "M", "L", "XL", "2XL"), ("黑色", "白色")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    raw, first, again = [], [], []
    for turn in range(asked.rounds):
        data = workbook(asked.rows, turn)
        raw.append(timed(partial(raw_read_and_copy, data)))
        clerk = new_clerk()
        parts: dict[str, float] = {}
        first.append(timed(partial(land, clerk, data, parts)))
        again.append(timed(partial(land, clerk, data, {})))
        print(json.dumps({"turn": turn, "raw": raw[-1], "first": first[-1], "again": again[-1]} | parts), flush=True)
    print(
        json.dumps(
            {
                "bench": "imports.landing",
                "rows": asked.rows,
                "raw_seconds": statistics.median(raw),
                "first_seconds": statistics.median(first),
                "again_seconds": statistics.median(again),
                "ratio": round(statistics.median(first) / statistics.median(raw), 2),
                "asked_ratio": 1.35,
                "worker_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "child_peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
                "asked_mb": 350,
            }
        )
    )


def workbook(rows: int, turn: int) -> bytes:
    """An .xlsx of one row per SKU, ten a style, 14 columns; another for every turn."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"constant_memory": True})
    sheet = book.add_worksheet("库存")
    sheet.write_row(0, 0, HEADINGS)
    for n in range(rows):
        style = n // 10
        sheet.write_row(
            n + 1,
            0,
            [
                f"BX{turn}{style:06}", f"针织衫{style % 97}", "毛衣", COLOURS[n % 10 // 5], SIZES[n % 5], ean13(turn, n),
                399 + style % 100, 99.5 + style % 40, n % 30, 2024, "春", "女", "云杉", "",
            ],
        )  # fmt: skip
    book.close()
    return packed.getvalue()


def ean13(turn: int, n: int) -> str:
    digits = f"69{turn:02}{n:08}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return digits + str(-(odd + 3 * even) % 10)


def raw_read_and_copy(data: bytes) -> None:
    """As little as can be done: read the cells with calamine, COPY them into a plain table of text."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    columns = ", ".join(f"c{n} text" for n in range(len(HEADINGS)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bench_raw ({columns}) ON COMMIT DROP")
        with cursor.cursor.copy("COPY bench_raw FROM STDIN (FORMAT csv)") as copy:
            buffer = io.StringIO()
            csv.writer(buffer).writerows(rows[1:])
            copy.write(buffer.getvalue())


def new_clerk() -> Actor:
    name, now = uuid.uuid4().hex[:12], clock.now()
    brand = brands.apply(
        actor=SYSTEM,
        name=name,
        annual_sales_fen=30_000_000_00,
        offline_shops=80,
        commission_rate=Decimal("0.15"),
        now=now,
    )
    brands.admit(actor=SYSTEM, brand_id=brand.id, now=now)
    return brands.add_clerk(
        actor=SYSTEM, brand_id=brand.id, login=name, name="bench", password=f"bench-{name}", now=now
    )


def land(clerk: Actor, data: bytes, parts: dict[str, float]) -> None:
    started = time.perf_counter()
    view = verbs.receive_upload(actor=clerk, filename="bench.xlsx", chunks=[data], now=datetime.now(UTC))
    assert read_upload(upload_id=view.id, clock=clock.now)
    parts["preview"] = round(time.perf_counter() - started, 2)
    seen = queries.upload(view.id)
    assert not seen.faults, queries.faults_of_upload(view.id, size=3).items
    verbs.commit_upload(actor=clerk, upload_id=view.id, confirm_prices=True, now=clock.now())
    parts["landing"] = round(time.perf_counter() - started - parts["preview"], 2)


def timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return round(time.perf_counter() - started, 2)


if __name__ == "__main__":
    main()
