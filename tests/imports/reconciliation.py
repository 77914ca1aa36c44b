"""Reconciliation lists made by code: the lines of a statement in the shapes in which brands keep them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.imports.builders import Cell, xlsx

HEADINGS = {
    "order": ("订单号", "平台订单编号", "OrderNo"),
    "line": ("明细号", "订单明细号", "LineNo"),
    "style": ("款号", "货号", "Style"),
    "colour": ("颜色", "颜色名称", "Colour"),
    "size": ("尺码", "码数", "Size"),
    "units": ("售出件数", "数量", "Units"),
    "refunded_units": ("退款件数", "退货数量", "RefundedUnits"),
    "sold": ("成交额", "销售金额", "SalesAmount"),
    "refunded": ("退款额", "退款金额", "Refund"),
    "commission": ("佣金", "平台服务费", "Commission"),
    "payable": ("应结货款", "应付金额（元）", "Payable"),
}
"""By field: what brands call it."""
AMOUNTS = ("sold", "refunded", "commission", "payable")
FIELDS = tuple(HEADINGS)


@dataclass(frozen=True)
class Line:
    """A line of a statement. Amounts in fen."""

    order: int
    line: int
    style: str
    colour: str
    size: str
    units: int
    refunded_units: int
    sold: int
    refunded: int
    commission: int
    payable: int


def lines(count: int, *, start: int = 1) -> list[Line]:
    """Lines of orders of one, two and three lines; every seventh has a refund."""
    made = []
    for at in range(start, start + count):
        units, price, payable = 1 + at % 3, 9_900 + at % 17 * 111, 7_407 + at % 13 * 90
        back = 1 if at % 7 == 0 else 0
        sold, refunded, owed = units * price, back * price, (units - back) * payable
        made.append(
            Line(
                1000 + at // 2, 5000 + at, f"ST{100 + at % 9}", ("墨绿", "酒红")[at % 2], ("S", "M", "L")[at % 3],
                units, back, sold, refunded, sold - refunded - owed, owed,
            )
        )  # fmt: skip
    return made


def plain(name: str, value: Any) -> Cell:
    """A cell as our own workbook has it."""
    return value / 100 if name in AMOUNTS else str(value) if name in ("order", "line") else value


def text(name: str, value: Any) -> Cell:
    """A number as text with thousands, an apostrophe or full width."""
    if name in AMOUNTS:
        return f"￥{value / 100:,.2f}"
    if name in ("order", "line"):
        return f"'{value}"
    return (
        str(value).translate(str.maketrans("0123456789", "０１２３４５６７８９")) if name.endswith("units") else value
    )


def table(
    rows: Sequence[Line], names: Sequence[str] = FIELDS, *, words: int = 0, cell: Any = plain
) -> list[list[Cell]]:
    heading = [HEADINGS[name][words] for name in names]
    return [heading, *([cell(name, getattr(row, name)) for name in names] for row in rows)]


def workbook(rows: Sequence[Sequence[Cell]], **more: Any) -> bytes:
    return xlsx({"对账": rows}, **more)


def csv_file(rows: Sequence[Sequence[Cell]], encoding: str = "gbk") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)
