"""How long it takes to check and to apply a stock workbook: `python bench/imports.py [--rows 100000] [--rounds 5] [--times 5]`.

Compares, in turns within one run, on a workbook of 14 columns:

- raw read: calamine returns the cells as Python lists; raw copy: these rows, COPYed as text into a plain table;
- check: `python -m imports check`, with the start of its processes; target: under 2 × the raw read;
- first: a whole upload of new SKUs (receive, parse in a child process, validate, match, preview, apply); target: at most 1.35 × (raw read +
  raw copy) at 100,000 rows, and at most 350 MB in the worker and in its child;
- again: the same file once more; target: no slower than the first;
- a workbook `--times` as long, in LONG_ROUNDS; target: seconds and memory grow at most in proportion (0 leaves it out). The growth of the
  raw work on the same machine is printed beside it.

Each round begins with a checkpoint where the database allows it, so that no round pays for the writes of an earlier one. Uses the database
that DATABASE_URL names and leaves brands there.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import contextlib
import csv
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
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
from django.db import ProgrammingError, connection
from python_calamine import CalamineWorkbook

from accounts.rules import SYSTEM, Actor
from brands import services as brands
from config.celery import freeze_loaded_objects
from inventory.uploads import apply, receive, selectors
from inventory.uploads.parse import prewarm, read_upload
from kernel import clock

HEADINGS = (
    "款号", "品名", "类目", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存", "年份", "季节", "性别", "品牌", "备注",
)  # fmt: skip
reader_peaks_kb: list[int] = []
"""Of each check, which reads as the worker's child does; the raw reader's memory is not ours."""
LONG_ROUNDS = 3
SIZES, COLOURS = ("S", "M", "L", "XL", "2XL"), ("黑色", "白色")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--times", type=int, default=5)
    options.add_argument("--raw", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.raw:
        print(json.dumps(raw_read_and_copy(asked.raw)))
        return
    call_command("migrate", verbosity=0)
    freeze_loaded_objects()
    prewarm()  # as in a worker that has read before
    rounds = [one_round(asked.rows, turn) for turn in range(asked.rounds)]
    seconds = medians(rounds)
    at_least = seconds["raw_read"] + seconds["raw_copy"]
    say("imports.check", asked.rows, seconds, ratio=seconds["check"] / seconds["raw_read"], asked_ratio=2)
    say("imports.landing", asked.rows, seconds, ratio=seconds["first"] / at_least, asked_ratio=1.35, **peaks())
    say("imports.again", asked.rows, seconds, ratio=seconds["again"] / seconds["first"], asked_ratio=1)
    if asked.times:
        rows = asked.rows * asked.times
        long = medians([one_round(rows, asked.rounds + turn) for turn in range(LONG_ROUNDS)])
        grown = {
            "ratio": long["first"] / seconds["first"],
            "raw_ratio": (long["raw_read"] + long["raw_copy"]) / at_least,
        }
        say("imports.growth", rows, long, asked_ratio=asked.times, **grown, **peaks())


def one_round(rows: int, turn: int) -> dict[str, float]:
    """Seconds of each way, on a workbook that no round before has seen."""
    data = workbook(rows, turn)
    clerk, parts = new_clerk(), dict[str, float]()
    settle()
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(data)
        file.flush()
        found = raw(file.name) | {"check": timed(partial(check, file.name))}
    found |= {"first": timed(partial(land, clerk, data, parts)), "again": timed(partial(land, clerk, data, {}))} | parts
    print(json.dumps({"turn": turn, "rows": rows} | rounded(found)), flush=True)
    return found


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def say(bench: str, rows: int, seconds: dict[str, float], **figures: float) -> None:
    told = {"bench": bench, "rows": rows, "seconds": rounded(seconds)} | rounded(figures)
    print(json.dumps(told), flush=True)


def rounded(figures: dict[str, float]) -> dict[str, float]:
    """To two places, for print only: what takes milliseconds would be a divisor of zero."""
    return {name: round(figure, 2) for name, figure in figures.items()}


def settle() -> None:
    """Have what was written before on disk; a role that may not ask for that goes on without."""
    with contextlib.suppress(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def peaks() -> dict[str, int]:
    """The most memory that this process, the worker, and any process that ever read for it had."""
    return {
        "worker_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "reader_peak_mb": max(reader_peaks_kb) // 1024,
        "asked_mb": 350,
    }


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


def raw(workbook_path: str) -> dict[str, float]:
    """As little as can be done, in a process of its own: what it holds in memory is no worker's."""
    done = subprocess.run([sys.executable, __file__, "--raw", workbook_path], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def raw_read_and_copy(workbook_path: str) -> dict[str, float]:
    """Read the cells, and COPY them into one plain table of text without a key."""
    cells: list[list[Any]] = []
    read = timed(lambda: cells.extend(CalamineWorkbook.from_path(workbook_path).get_sheet_by_index(0).to_python()))
    columns = ", ".join(f"c{n} text" for n in range(len(HEADINGS)))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bench_raw; CREATE TABLE bench_raw ({columns})")

    def copy_all() -> None:
        with connection.cursor() as cursor, cursor.cursor.copy("COPY bench_raw FROM STDIN (FORMAT csv)") as copy:
            buffer = io.StringIO()
            csv.writer(buffer).writerows(cells[1:])
            copy.write(buffer.getvalue())

    return {"raw_read": read, "raw_copy": timed(copy_all)}


def check(workbook_path: str) -> None:
    command = [sys.executable, "-m", "imports", "check", workbook_path]
    checking = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(checking.pid, 0)
    checking.returncode = os.waitstatus_to_exitcode(status)
    assert checking.returncode == 0
    reader_peaks_kb.append(used.ru_maxrss)


def new_clerk() -> Actor:
    name, now = uuid.uuid4().hex[:12], clock.now()
    brand = brands.create_application(
        actor=SYSTEM,
        name=name,
        annual_sales_fen=30_000_000_00,
        offline_shops=80,
        commission_rate=Decimal("0.15"),
        now=now,
    )
    brands.admit_brand(actor=SYSTEM, brand_id=brand.id, now=now)
    return brands.add_clerk(
        actor=SYSTEM, brand_id=brand.id, login=name, name="bench", password=f"bench-{name}", now=now
    )


def land(clerk: Actor, data: bytes, parts: dict[str, float]) -> None:
    started = time.perf_counter()
    view = receive.receive_upload(actor=clerk, filename="bench.xlsx", chunks=[data], now=datetime.now(UTC))
    assert read_upload(upload_id=view.id, clock=clock.now)
    prewarm()
    parts["preview"] = time.perf_counter() - started
    seen = selectors.get_upload(view.id)
    assert not seen.faults, selectors.faults_of_upload(view.id, limit=3).items
    apply.apply_upload(actor=clerk, upload_id=view.id, confirm_prices=True, now=clock.now())
    parts["landing"] = time.perf_counter() - started - parts["preview"]


def timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
