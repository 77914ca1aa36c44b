"""Many drop-ship orders of a reseller in one workbook: recipients and what each gets."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import xlsxwriter

from imports import child, record_sheet
from imports.cells.barcodes import parse_barcode
from imports.cells.numbers import parse_units
from imports.cells.sizes import parse_size
from imports.cells.text import (
    MISSING,
    Problem,
    cell_problem,
    display_text,
    normalize,
    parse_colour,
    parse_style,
    parse_text,
)
from imports.contact import read_contact, read_phone
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.record_sheet import RecordLine, RecordReading
from imports.report import FileRefused, Progress
from imports.workbook.model import Sheet, Value, is_blank

_VOCABULARY: Final = {
    "order_ref": "订单号 订单编号 外部订单号 客户订单号 OrderNo Order",
    "recipient": "收货人 收件人 姓名 收货人姓名 收件人姓名 客户姓名 联系人 Recipient Name",
    "phone": "电话 联系电话 收件人电话 收货人电话 联系方式 Phone Tel",
    "mobile": "手机 手机号 手机号码 收件人手机 收货人手机 Mobile",
    "address2": "地址2 地址二 详细地址2 收货地址2 Address2 AddressLine2",
    "address": "收货地址 地址 详细地址 收件地址 收件人地址 收货人地址 Address",
    "contact": "收货信息 收件信息 收货人信息 收件人信息 姓名电话地址",
    "province": "省 省份 Province",
    "city": "市 城市 City",
    "district": "区 县 区县 区/县 District",
    "style_no": "款号 货号 商品款号 StyleNo Style",
    "colour": "颜色 颜色名称 Colour Color",
    "size": "尺码 规格 码数 Size",
    "barcode": "条码 条形码 商品条码 69码 Barcode",
    "units": "数量 件数 购买数量 下单数量 Units Qty Quantity",
    "remark": "备注 买家留言 Remark",
    "name": "品名 商品名称 商品",
}
_HEADINGS: Final = (
    ("订单号", "order_ref", 16), ("收货人*", "recipient", 10), ("电话*", "phone", 14), ("收货地址*", "address", 44),
    ("款号", "style_no", 16), ("颜色", "colour", 10), ("尺码", "size", 8), ("条码", "barcode", 16), ("数量*", "units", 8),
    ("备注", "remark", 20),
)  # fmt: skip
_REQUIRED: Final = (
    ("recipient", "contact"), ("phone", "mobile", "contact"), ("address", "contact"), ("style_no", "barcode"), ("units",),
)  # fmt: skip
_POSTCODE = re.compile(r"\d{6}\Z")
_REPEATED: Final = (
    "recipient", "phone", "mobile", "address", "address2", "contact", "province", "city", "district", "order_ref",
)  # fmt: skip
_lookup = record_sheet.heading_lookup(_VOCABULARY)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One ordered line: a SKU by barcode, or by style number with size and, where given, colour."""

    sheet: str | None
    row: int
    order_ref: str | None
    recipient: str
    phone: str
    address: str
    style_no: str | None
    colour: str | None
    size: str | None
    barcode: str | None
    units: int
    remark: str | None = None


@dataclass(slots=True)
class OrderReading(RecordReading):
    rows: list[OrderRow] = field(default_factory=list)


def read(
    data: bytes,
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> OrderReading:
    """Read an order sheet in this process. Lines without recipient go to the recipient above on the same sheet, and say so."""
    reading = OrderReading()
    last: dict[str, Value] = {}
    sheet: Sheet | None = None
    try:
        for line in record_sheet.read_records(data, filename, _lookup, _REQUIRED, reading, answers, limits, progress):
            last = _carry_down(line, last if line.sheet is sheet else {})
            sheet = line.sheet
            _add_row(line, reading)
        record_sheet.set_outcome(reading)
    except FileRefused as refused:
        return OrderReading(outcome="refuse", reason=refused.code, details=refused.details)
    return reading


def read_in_child(
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> OrderReading:
    """The same in a child process with limits of memory and time."""
    try:
        return child.read_in_child(
            "orders", OrderReading, source, filename, keywords={"answers": answers}, limits=limits, progress=progress
        )
    except FileRefused as refused:
        return OrderReading(outcome="refuse", reason=refused.code, details=refused.details)


def write(rows: Iterable[OrderRow]) -> bytes:
    """Orders as an xlsx that `read` takes back; with no rows, the template."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("代发订单")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
    text = book.add_format({"num_format": "@"})
    for column, (heading, _, width) in enumerate(_HEADINGS):
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, heading, head)
    for number, row in enumerate(rows, 1):
        for column, (_, name, _) in enumerate(_HEADINGS):
            value = getattr(row, name)
            if name == "units":
                sheet.write_number(number, column, value)
            elif value is not None:
                sheet.write_string(number, column, value, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def parse_phone(value: Value) -> str | Problem:
    """An 11-digit mobile number or a landline with its area code, with its extension behind a hyphen."""
    if cell_problem(value) is not None or value is None:
        return cell_problem(value) or MISSING
    text = normalize(display_text(value)).lstrip("'")
    if not text:
        return MISSING
    return read_phone(text) or Problem("bad_phone")


def parse_address(value: Value) -> str | Problem:
    """An address with at least a place and a street in it."""
    if cell_problem(value) is not None or value is None:
        return cell_problem(value) or MISSING
    text = normalize(display_text(value))
    if not text:
        return MISSING
    return text if len(text) >= 6 and not text.isdigit() else Problem("bad_address")


def split_contact(text: str) -> tuple[str, str, str] | None:
    """Name, phone and address out of one pasted text; None when one of them is missing, or more than a postcode is left over."""
    read = read_contact(text)
    left_out = [word for word in read.left_out if not _POSTCODE.match(word)]
    return (read.name, read.phone, read.address) if read.complete and not left_out else None


def _carry_down(line: RecordLine, last: dict[str, Value]) -> dict[str, Value]:
    names = [name for name in _REPEATED if name in line.columns]
    present: dict[str, Value] = {name: line.raw(name) for name in names}
    if any(not is_blank(value) for value in present.values()) or not last:
        return present
    for name, value in last.items():
        if value is not None and name in line.columns:
            line.row[line.columns[name]] = value
    line.fault("recipient" if "recipient" in line.columns else "contact", "filled_down", fatal=False)
    return last


def _add_row(line: RecordLine, reading: OrderReading) -> None:
    recipient, number, place = _contact(line)
    barcode = line.parse("barcode", parse_barcode) if "barcode" in line.columns else None
    style = colour = size = None
    if barcode is None or not is_blank(line.raw("style_no")):
        style = line.parse("style_no" if "style_no" in line.columns else "barcode", parse_style)
        colour = line.parse("colour", parse_colour)
        if "size" in line.columns and (barcode is None or not is_blank(line.raw("size"))):
            size = line.parse("size", parse_size)
    units = line.parse("units", _units)
    if not line.has_fault:
        reading.rows.append(
            OrderRow(
                line.sheet.name, line.number, _text(line, "order_ref"), str(recipient), str(number), str(place),
                _optional(style), _optional(colour), _optional(size), _optional(barcode), int(str(units)), _text(line, "remark"),
            )
        )  # fmt: skip


def _contact(line: RecordLine) -> tuple[object, object, object]:
    if "contact" in line.columns and not {"phone", "mobile"} & line.columns.keys():
        parts = split_contact(display_text(line.raw("contact")))
        if parts is None:
            line.fault("contact", "missing_required" if is_blank(line.raw("contact")) else "bad_address")
            return None, None, None
        return parts
    who = line.parse("recipient", _name)
    has_mobile = "mobile" in line.columns and ("phone" not in line.columns or not is_blank(line.raw("mobile")))
    number = line.parse("mobile" if has_mobile else "phone", parse_phone)
    regions = "".join(str(line.parse(name, _place) or "") for name in ("province", "city", "district"))
    place = line.parse("address", _street if regions else parse_address)
    second = line.parse("address2", _place)
    if place and second:
        place = f"{place}{second}"
    return who, number, f"{regions}{place}" if regions and place and not str(place).startswith(regions) else place


def _name(value: Value) -> str | Problem:
    """A name; a cell without a readable value is a fault."""
    found = parse_text(value)
    if isinstance(found, Problem) and found.value is None:
        return Problem(found.code, *found.details)
    return MISSING if found is None else found


def _place(value: Value) -> str | Problem:
    """A part of an address that may be blank, but not damaged."""
    return cell_problem(value) or normalize(display_text(value))


def _street(value: Value) -> str | Problem:
    """What is left of an address whose province, city and district stand in columns of their own."""
    return _place(value) or MISSING


def _units(value: Value) -> int | Problem:
    found = parse_units(value)
    if isinstance(found, Problem) and found.code == "zero_quantity":
        return Problem("zero_quantity")
    return found


def _text(line: RecordLine, name: str) -> str | None:
    if name not in line.columns:
        return None
    found = line.parse(name, parse_text)
    return None if found is None else str(found)


def _optional(value: object) -> str | None:
    return None if value is None else str(value)
