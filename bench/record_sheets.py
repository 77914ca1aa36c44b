"""How long it takes to read a tracking sheet and an order sheet: `python bench/record_sheets.py [--lines 10000] [--rounds 5]`.

Compares, in turns within one run:

- raw: calamine returns the cells of a tracking sheet of 14 columns as Python lists;
- open: `open_workbook` returns them with what calamine does not tell (formulas, formats, hidden lines);
- read: `tracking_sheet.read` of the same bytes; target: at most 3 × raw;
- orders: `order_sheet.read` of an order sheet, in seconds; target: under 1 for 1,000 lines.

All are seconds of the processor, which other work on the machine disturbs less. Prints one line of JSON with the medians.
"""
# ruff: noqa: E402 - run as a file, it must find the project first

import argparse
import gc
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from python_calamine import CalamineWorkbook

from imports import order_sheet, tracking_sheet
from imports.order_sheet import OrderRow
from imports.tracking_sheet import ShippingLine
from imports.workbook import open_workbook

CARRIERS = (("顺丰", "SF{:013}"), ("中通快递", "77{:012}"), ("yto", "YT{:013}"))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=10_000)
    options.add_argument("--orders", type=int, default=1_000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    tracking, orders = tracking_workbook(asked.lines), order_workbook(asked.orders)
    acts: dict[str, Callable[[], Any]] = {
        "raw": lambda: CalamineWorkbook.from_filelike(io.BytesIO(tracking)).get_sheet_by_index(0).to_python(),
        "open": lambda: open_workbook(tracking, "a.xlsx"),
        "read": lambda: tracking_sheet.read(tracking, "a.xlsx"),
        "orders": lambda: order_sheet.read(orders, "a.xlsx"),
    }
    gc.disable()  # as in the child of a service that reads the files of strangers
    assert len(acts["read"]().rows) == asked.lines
    assert len(acts["orders"]().rows) == asked.orders
    rounds = [{name: timed(act) for name, act in acts.items()} for _ in range(asked.rounds)]
    seconds = {name: round(statistics.median(each[name] for each in rounds), 3) for name in acts}
    figures = {"ratio": round(seconds["read"] / seconds["raw"], 2), "asked_ratio": 3, "asked_orders_seconds": 1}
    print(
        json.dumps(
            {"bench": "record_sheets", "lines": asked.lines, "orders": asked.orders, "seconds": seconds} | figures
        )
    )


def timed(act: Callable[[], Any]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


def tracking_workbook(lines: int) -> bytes:
    """A list to ship out, filled in: two lines a consignment, every number different."""
    return tracking_sheet.write(
        ShippingLine(
            consignment_no=str(100_000 + at // 2),
            recipient=f"王小美{at % 500}",
            phone=f"139{at // 2:08}",
            address=f"浙江省杭州市西湖区文三路{at % 300}号",
            style_no=f"ST24A{at % 700:05}",
            colour=("黑", "白")[at % 2],
            size=("S", "M", "L")[at % 3],
            barcode=f"69{at:011}",
            units=1 + at % 3,
            cut_label=False,
            carrier=CARRIERS[at % 3][0],
            tracking_no=CARRIERS[at % 3][1].format(123_456_789 + at),
            line_no=str(5000 + at),
        )
        for at in range(lines)
    )


def order_workbook(lines: int) -> bytes:
    return order_sheet.write(
        OrderRow(
            sheet=None,
            row=0,
            order_ref=f"D{at}",
            recipient="王小美",
            phone=f"139{at:08}",
            address=f"浙江省杭州市西湖区文三路{at % 300}号",
            style_no=f"ST24A{at % 70:05}",
            colour="黑",
            size="M",
            barcode=None,
            units=1,
        )
        for at in range(lines)
    )


if __name__ == "__main__":
    main()
