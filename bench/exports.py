"""How long it takes to send lists as files: `python bench/exports.py [--rows 100000] [--rounds 3]`.

Compares, in turns within one run, on the same cells (14 columns of texts, numbers, amounts and times):

- library: XlsxWriter with constant memory writes a workbook, which is whole only when the last row is known;
- xlsx, csv: `imports.exports` streams the file;

and the growth of memory while a file of the rows is streamed, over one of a tenth of them. The target (decision 140) is at
most 1.5 × the library, the reading of the rows included, and flat memory.
"""

# ruff: noqa: E402 - the path is set before our modules are imported

import argparse
import io
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

import xlsxwriter

from imports.exports.columns import Cell, Column, Kind
from imports.exports.csv_file import stream_csv
from imports.exports.xlsx_file import stream_xlsx
from kernel.period import SHANGHAI

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
        "library": partial(by_library, asked.rows),
        "xlsx": partial(streamed, "xlsx", asked.rows),
        "csv": partial(streamed, "csv", asked.rows),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(asked.rounds):
        for name, way in ways.items():
            began = time.process_time()
            way()
            seconds[name].append(time.process_time() - began)
    medians = {name: round(statistics.median(each), 2) for name, each in seconds.items()}
    for name in ("xlsx", "csv"):
        growth = peak_kb(name, asked.rows) - peak_kb(name, asked.rows // 10)
        found = {"ratio": round(medians[name] / medians["library"], 2), "asked_ratio": 1.5, "peak_growth_kb": growth}
        print(json.dumps({"bench": f"exports.{name}", "rows": asked.rows, "cpu_seconds": medians} | found), flush=True)


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


def by_library(count: int) -> int:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(
        packed, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("订单")
    money, moment = book.add_format({"num_format": "0.00"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, [column.heading for column in COLUMNS])
    kinds = [column.kind for column in COLUMNS]
    for at, row in enumerate(rows_of(count), 1):
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
