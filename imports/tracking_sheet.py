"""The list to ship out, and the tracking numbers that come back in it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import xlsxwriter

from imports import child, record_sheet
from imports.cells.text import MISSING, Problem, cell_problem, display_text, normalize, number_text, parse_style
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.record_sheet import RecordLine, RecordReading
from imports.report import Fault, FileRefused, Ignored, Progress
from imports.workbook.model import Value, column_letters, is_blank

CARRIERS: Final = {
    "顺丰速运": ("顺丰", "sf", "sfexpress", "顺丰快递"),
    "圆通速递": ("圆通", "yto", "圆通快递"),
    "中通快递": ("中通", "zto"),
    "申通快递": ("申通", "sto"),
    "韵达快递": ("韵达", "yd", "yunda", "韵达速递"),
    "极兔速递": ("极兔", "jt", "j&t", "jtexpress", "极兔快递"),
    "邮政EMS": ("ems", "邮政特快", "中国邮政ems"),
    "邮政快递包裹": ("邮政", "中国邮政", "邮政包裹", "邮政小包"),
    "京东快递": ("京东", "jd", "京东物流", "jdl"),
    "德邦快递": ("德邦", "dbl", "deppon", "德邦物流"),
    "百世快递": ("百世", "汇通", "百世汇通"),
    "菜鸟速递": ("菜鸟", "丹鸟", "菜鸟直送"),
    "优速快递": ("优速", "uc"),
    "天天快递": ("天天", "tt"),
    "宅急送": ("zjs",),
    "安能物流": ("安能",),
    "跨越速运": ("跨越",),
}

_VOCABULARY: Final = {
    "consignment_no": "发货单号 发货单 发货单编号 包裹号 ConsignmentNo Consignment",
    "recipient": "收货人 收件人 姓名 Recipient",
    "phone": "电话 联系电话 手机 手机号 Phone",
    "address": "收货地址 地址 详细地址 Address",
    "style_no": "款号 StyleNo Style",
    "colour": "颜色 Colour Color",
    "size": "尺码 Size",
    "barcode": "条码 条形码 Barcode",
    "units": "数量 件数 Units Qty",
    "labelling": "吊牌处理 剪标 Labelling",
    "carrier": "快递公司 物流公司 承运商 快递 物流 承运公司 快递名称 Carrier Courier",
    "tracking_no": "快递单号 运单号 物流单号 快递号 运单编号 物流编号 单号 快递编号 TrackingNo TrackingNumber Tracking",
}
_HEADINGS: Final = (
    ("发货单号", 18), ("收货人", 10), ("电话", 14), ("收货地址", 40), ("款号", 16), ("颜色", 10), ("尺码", 8), ("条码", 16),
    ("数量", 8), ("吊牌处理", 10), ("快递公司", 14), ("快递单号", 22),
)  # fmt: skip
_REQUIRED: Final = (("consignment_no",), ("carrier",), ("tracking_no",))
_TRACKING = re.compile(r"^[A-Za-z0-9]{8,30}$")
_lookup = record_sheet.heading_lookup(_VOCABULARY)


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """One line of the list to ship out. `cut_label` says that the label must be cut (剪标)."""

    consignment_no: str
    recipient: str
    phone: str
    address: str
    style_no: str
    colour: str | None
    size: str
    barcode: str | None
    units: int
    cut_label: bool
    carrier: str | None = None
    tracking_no: str | None = None


@dataclass(frozen=True, slots=True)
class SkuText:
    """The SKU that a line names, each part as the sheet shows it; "" where the sheet has none."""

    style_no: str = ""
    colour: str = ""
    size: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class TrackingRow:
    """The consignment of a line with its carrier's full name and its tracking number."""

    sheet: str | None
    row: int
    consignment_no: str
    carrier: str
    tracking_no: str
    goods: SkuText = SkuText()


@dataclass(frozen=True, slots=True)
class RowWithoutNumber:
    """A line of a consignment without a usable number. `faulty`: the reading has a fault for it; otherwise the cells are blank."""

    sheet: str | None
    row: int
    col: str | None
    consignment_no: str
    goods: SkuText
    faulty: bool


@dataclass(slots=True)
class TrackingReading(RecordReading):
    """Lines without carrier and number are not shipped yet: ignored as `not_shipped`.

    `rows_without_number` holds every line that names a consignment and no usable number: this sheet does not ship its SKU.
    """

    rows: list[TrackingRow] = field(default_factory=list)
    rows_without_number: list[RowWithoutNumber] = field(default_factory=list)


def read(
    data: bytes,
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> TrackingReading:
    """Read a tracking sheet in this process. Lines of one consignment must name the same parcel."""
    reading = TrackingReading()
    try:
        for line in record_sheet.read_records(data, filename, _lookup, _REQUIRED, reading, answers, limits, progress):
            _add_row(line, reading)
        record_sheet.set_outcome(reading)
    except FileRefused as refused:
        return TrackingReading(outcome="refuse", reason=refused.code, details=refused.details)
    _refuse_contradictions(reading)
    return reading


def read_in_child(
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> TrackingReading:
    """The same in a child process with limits of memory and time."""
    try:
        return child.read_in_child(
            "tracking",
            TrackingReading,
            source,
            filename,
            keywords={"answers": answers},
            limits=limits,
            progress=progress,
        )
    except FileRefused as refused:
        return TrackingReading(outcome="refuse", reason=refused.code, details=refused.details)


def write(lines: Iterable[ShippingLine]) -> bytes:
    """The list to ship out as xlsx: everything locked but carrier and number; carriers by drop-down."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("发货单")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    cut = book.add_format({"num_format": "@", "bg_color": "#FFE3E0", "bold": True})
    free = book.add_format({"num_format": "@", "locked": False, "bg_color": "#FFFBE6"})
    for column, (heading, width) in enumerate(_HEADINGS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    last = 0
    for last, line in enumerate(lines, 1):
        values: tuple[Any, ...] = (
            line.consignment_no, line.recipient, line.phone, line.address, line.style_no, line.colour or "", line.size,
            line.barcode or "",
        )  # fmt: skip
        for column, value in enumerate(values):
            sheet.write_string(last, column, value, text)
        sheet.write_number(last, 8, line.units)
        sheet.write_string(last, 9, "剪标" if line.cut_label else "保留吊牌", cut if line.cut_label else text)
        sheet.write_string(last, 10, line.carrier or "", free)
        sheet.write_string(last, 11, line.tracking_no or "", free)
    if last:
        sheet.data_validation(1, 10, last, 10, {"validate": "list", "source": list(CARRIERS), "error_type": "warning"})
    sheet.freeze_panes(1, 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    book.close()
    return out.getvalue()


def parse_carrier(value: Value) -> str | Problem:
    """A carrier by its full name, whatever short form was typed."""
    if cell_problem(value) is not None or value is None:
        return cell_problem(value) or MISSING
    text = normalize(display_text(value)).lower().replace(" ", "")
    if not text:
        return MISSING
    for name, short in CARRIERS.items():
        if text == name.lower() or text in short:
            return name
    for name, short in CARRIERS.items():
        if text.startswith(short[0]) and not text.isascii():
            return name
    return Problem("unknown_carrier")


def parse_tracking_number(value: Value) -> str | Problem:
    """A number of 8 to 30 letters and digits with all of them there."""
    if cell_problem(value) is not None or value is None:
        return cell_problem(value) or MISSING
    if isinstance(value, float):
        if abs(value) >= 1e15:
            return Problem("precision_lost")
        value = number_text(value)
    text = normalize(display_text(value)).lstrip("'").replace(" ", "").replace("-", "")
    if not text:
        return MISSING
    if re.match(r"^\d(\.\d+)?[eE]\+\d+$", text):
        return Problem("precision_lost")
    return text.upper() if _TRACKING.match(text) else Problem("bad_tracking_number")


def _add_row(line: RecordLine, reading: TrackingReading) -> None:
    if is_blank(line.raw("carrier")) and is_blank(line.raw("tracking_no")):
        reading.ignored.append(Ignored(line.sheet.name, line.number, "not_shipped", line.number))
        _add_row_without_number(line, reading, faulty=False)
        return
    number = line.parse("consignment_no", parse_style)
    by = line.parse("carrier", parse_carrier)
    code = line.parse("tracking_no", parse_tracking_number)
    if line.has_fault:
        _add_row_without_number(line, reading, faulty=True)
    else:
        row = TrackingRow(line.sheet.name, line.number, str(number), str(by), str(code), _goods(line))
        reading.rows.append(row)


def _add_row_without_number(line: RecordLine, reading: TrackingReading, *, faulty: bool) -> None:
    number = parse_style(line.raw("consignment_no"))
    if isinstance(number, Problem):
        return
    column = column_letters(line.columns["tracking_no"]) if "tracking_no" in line.columns else None
    row = RowWithoutNumber(line.sheet.name, line.number, column, number, _goods(line), faulty)
    reading.rows_without_number.append(row)


def _goods(line: RecordLine) -> SkuText:
    texts = (normalize(display_text(line.raw(name))) for name in ("style_no", "colour", "size", "barcode"))
    return SkuText(*texts)


def _refuse_contradictions(reading: TrackingReading) -> None:
    """All lines of a consignment must name one parcel; the first line is used, those that differ from it are faults."""
    first: dict[str, TrackingRow] = {}
    kept: list[TrackingRow] = []
    for row in reading.rows:
        before = first.setdefault(row.consignment_no, row)
        if (before.carrier, before.tracking_no) == (row.carrier, row.tracking_no):
            kept.append(row)
            continue
        reading.faults.append(
            Fault(row.sheet, row.row, None, "快递单号", "conflicting_tracking", row.tracking_no, (str(before.row),))
        )
        reading.rows_without_number.append(
            RowWithoutNumber(row.sheet, row.row, None, row.consignment_no, row.goods, faulty=True)
        )
    reading.rows = kept
