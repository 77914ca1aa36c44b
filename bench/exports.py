"""How long it takes to send lists as files: `python bench/exports.py [--rows 100000] [--rounds 3]`.

Compares, in turns within one run, on the same cells (14 columns of texts, numbers, amounts and times):

- library: XlsxWriter with constant memory writes a workbook, which is whole only when the last row is known;
- xlsx, csv: `imports.exports` streams the file;
- orders: the export of so many order lines of one reseller, read from the database and streamed as .xlsx, against XlsxWriter with the same
  cells that are read already (seconds on the clock, which include the work of the database);

and the growth of memory while a file of a fifth of the rows is streamed, over one of a fiftieth. Uses the database that
DATABASE_URL names and leaves its orders there. The target (decision 141) is at most 1.5 × the library, the reading of the rows included,
and flat memory.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import io
import json
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import xlsxwriter
from django.core.management import call_command
from django.db import connection

from imports.exports.columns import Cell, Column, Kind
from imports.exports.csv_file import stream_csv
from imports.exports.xlsx_file import stream_xlsx
from kernel import clock
from kernel.period import SHANGHAI
from orders.selectors.line_rows import list_own_line_rows
from shop.exports import ORDER_LINES
from tests.builders import Marketplace, item_of
from web.exports import FileFormat, every_view, stream_export

COLUMNS = tuple(
    Column(heading, kind)
    for heading, kind in (
        ("订单号", Kind.INTEGER), ("款号", Kind.CODE), ("品名", Kind.TEXT), ("颜色", Kind.TEXT), ("尺码", Kind.TEXT),
        ("件数", Kind.INTEGER), ("单价", Kind.MONEY), ("金额", Kind.MONEY), ("收货人", Kind.TEXT), ("电话", Kind.CODE), ("地址", Kind.TEXT),
        ("快递单号", Kind.CODE), ("下单时间", Kind.TIME), ("备注", Kind.TEXT),
    )
)  # fmt: skip
PLACED_AT = datetime(2026, 11, 29, 13, 5, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    ways: dict[str, Callable[[], int]] = {
        "library": lambda: by_library(COLUMNS, rows_of(asked.rows)),
        "xlsx": partial(streamed, "xlsx", asked.rows),
        "csv": partial(streamed, "csv", asked.rows),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(asked.rounds):
        for name, way in ways.items():
            began = time.process_time()
            way()
            seconds[name].append(time.process_time() - began)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    told = {name: round(each, 2) for name, each in medians.items()}
    for name in ("xlsx", "csv"):
        growth = peak_kb(name, asked.rows // 5) - peak_kb(name, asked.rows // 50)
        found = {"ratio": round(medians[name] / medians["library"], 2), "asked_ratio": 1.5, "peak_growth_kb": growth}
        print(json.dumps({"bench": f"exports.{name}", "rows": asked.rows, "cpu_seconds": told} | found), flush=True)
    export_of_orders(asked.rows, asked.rounds)


def export_of_orders(count: int, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    reseller_id = reseller_with_orders(count)
    page_of = partial(list_own_line_rows, reseller_id, at=clock.now())
    columns = tuple(Column(str(each.heading), each.kind) for each in ORDER_LINES.columns)
    cells = [[each.value(row) for each in ORDER_LINES.columns] for row in every_view(page_of)]
    seconds: dict[str, list[float]] = {"library": [], "export": []}
    sent = 0
    for _ in range(rounds):
        began = time.perf_counter()
        by_library(columns, cells)
        seconds["library"].append(time.perf_counter() - began)
        began = time.perf_counter()
        response = stream_export(ORDER_LINES, every_view(page_of), FileFormat.XLSX)
        sent = sum(len(piece) for piece in response)
        seconds["export"].append(time.perf_counter() - began)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    told = {name: round(each, 2) for name, each in medians.items()}
    found = {"ratio": round(medians["export"] / medians["library"], 2), "asked_ratio": 1.5, "mb": sent // 1_000_000}
    print(json.dumps({"bench": "exports.orders", "rows": len(cells), "seconds": told} | found), flush=True)


def reseller_with_orders(count: int) -> int:
    """A reseller with so many paid orders of one line, copied from one that she grabbed."""
    market = Marketplace(now=clock.now())
    sku = market.sku(units=100)
    sale_id = market.sale(sku)
    reseller = market.reseller(wallet_fen=10_000_000_00)
    order_id = reseller.grab(item_of(sale_id, sku), now=market.now).id
    with connection.cursor() as cursor:
        for table, changed in (
            ("orders_order", {"id": "id + n", "key": "'bench-' || n"}),
            ("orders_orderline", {"id": "id + n", "order_id": "order_id + n"}),
        ):
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            names = [name for (name,) in cursor.fetchall()]
            values = ", ".join(changed.get(name, name) for name in names)
            own = "id" if table == "orders_order" else "order_id"
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE"
                f" SELECT {values} FROM {table}, generate_series(1, %s) n WHERE {own} = %s",
                [count - 1, order_id],
            )
    return reseller.id


def rows_of(count: int) -> Iterator[Sequence[Cell]]:
    for n in range(count):
        yield (
            n, f"BX{n // 10:06}", f"针织衫{n % 97}", "雾霾蓝", "SML"[n % 3], n % 5 + 1, 14_975, 14_975 * (n % 5 + 1), f"王小{n % 89}",
            f"138{n:08}", f"浙江省杭州市西湖区文三路{n % 500}号", f"SF{n:013}", PLACED_AT + timedelta(seconds=n), None,
        )  # fmt: skip


def streamed(form: str, count: int) -> int:
    stream = stream_xlsx("订单", COLUMNS, rows_of(count), SHANGHAI)
    if form == "csv":
        stream = stream_csv(COLUMNS, rows_of(count), SHANGHAI)
    return sum(map(len, stream))


def by_library(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(
        packed, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("订单")
    money, moment = book.add_format({"num_format": "0.00"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, [column.heading for column in columns])
    kinds = [column.kind for column in columns]
    for at, row in enumerate(rows, 1):
        for place, (kind, cell) in enumerate(zip(kinds, row, strict=True)):
            if isinstance(cell, datetime):
                sheet.write_datetime(at, place, cell.astimezone(SHANGHAI).replace(tzinfo=None), moment)
            elif isinstance(cell, str):
                sheet.write_string(at, place, cell)
            elif cell is not None:
                sheet.write_number(at, place, *((cell / 100, money) if kind is Kind.MONEY else (cell,)))
    book.close()
    return len(packed.getvalue())


def peak_kb(form: str, count: int) -> int:
    """The most memory that Python had while a file was streamed."""
    tracemalloc.start()
    streamed(form, count)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak // 1024


if __name__ == "__main__":
    main()
