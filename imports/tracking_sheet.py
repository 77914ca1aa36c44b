"""The list to ship out, and the tracking numbers that come back in it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import xlsxwriter

from imports import child, record_sheet
from imports.carriers import Carrier, CarrierTable, built_in_table
from imports.cells.numbers import parse_units
from imports.cells.text import BLANK_WORDS, MISSING, Problem, cell_problem, display_text, normalize, parse_style
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.record_sheet import RecordLine, RecordReading
from imports.report import FileRefused, Ignored, Progress
from imports.vocabulary import LISTS_SHEET
from imports.workbook.model import NoValue, Value, column_letters

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
    "line_no": "明细号 明细编号 LineNo",
    "short_units": "缺货数 缺货数量 缺货件数 缺货 ShortUnits",
    "labelling": "吊牌处理 剪标 Labelling",
    "carrier": "快递公司 物流公司 承运商 快递 物流 承运公司 快递名称 Carrier Courier",
    "tracking_no": "快递单号 运单号 物流单号 快递号 运单编号 物流编号 单号 快递编号 TrackingNo TrackingNumber Tracking",
}
_HEADINGS: Final = (
    ("发货单号", 18), ("收货人", 10), ("电话", 14), ("收货地址", 40), ("款号", 16), ("颜色", 10), ("尺码", 8), ("条码", 16),
    ("数量", 8), ("吊牌处理", 10), ("快递公司", 14), ("快递单号", 22), ("缺货数", 8), ("明细号", 10),
)  # fmt: skip
_LINES_BELOW: Final = 1000
_REQUIRED: Final = (("consignment_no",), ("carrier",), ("tracking_no",))
_TRACKING: Final = re.compile(r"(?=(?:.*\d){5})(?:\d{8,22}|(?!\d+\Z)[A-Za-z0-9]{8,30}|[A-Za-z]{1,5}-\d{8,20})\Z")
_TWICE: Final = re.compile(r"([A-Za-z]{1,5})\d{6,}\1\d{6,}\Z", re.IGNORECASE)
"""Two numbers of one carrier without anything between them."""
_GROUPED: Final = re.compile(r"(?:[A-Za-z]{1,5} [A-Za-z0-9]{8,25}|[A-Za-z0-9]{1,6}(?: [A-Za-z0-9]{1,6})+)\Z")
"""One number in groups, none of which could be a number itself: SF 1380013800012, 7712 3456 7890 1."""
_JD_PARCEL: Final = re.compile(
    r"(JD[A-Z0-9]{8,20}|[A-Z0-9]{8,20}(?=-\d{1,3}-\d{1,3}-\Z))-\d{1,3}-\d{1,3}-?\Z", re.IGNORECASE
)
"""A waybill of JD with the parcel's place in it: JD0118080218877-1-2- is the first of two parcels."""
_LABEL: Final = re.compile(r"^(?:no|(?:快递|物流|运)?单号|tracking)\s*[.:：]\s*", re.IGNORECASE)
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?e\+?\d{1,2}\Z", re.IGNORECASE)
_NOT_YET: Final = re.compile(r"(?:暂?未|待|暂不|还没|没有?)(?:发货?|出单|揽收|打单)\Z")
MAX_EXACT: Final = 1e15
"""Spreadsheet programs keep 15 digits of a number."""
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
    line_no: str = ""


@dataclass(frozen=True, slots=True)
class SkuText:
    """The SKU that a line names, each part as the sheet shows it; "" where the sheet has none."""

    style_no: str = ""
    colour: str = ""
    size: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class TrackingLine:
    """What one line of a sheet says of one parcel, or of units that are out of stock.

    Several lines of a consignment, and several of one SKU, may name different parcels. A line with `short_units` alone has no carrier and
    no number. `carrier` and `tracking_no` are as written, without surrounding blanks; `carrier_name` is the name in the table of carriers.
    `line_no` is the number of the order line where the sheet has it; `units` are those of the line, None where the sheet has none.
    """

    sheet: str | None
    row: int
    consignment_no: str
    line_no: str | None
    style_no: str
    colour: str
    size: str
    barcode: str
    units: int | None
    short_units: int | None
    carrier: str
    carrier_name: str
    tracking_no: str

    @property
    def goods(self) -> SkuText:
        return SkuText(self.style_no, self.colour, self.size, self.barcode)


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
    """`rows` are the lines with a parcel or with units out of stock. Lines without either are not shipped yet: ignored as `not_shipped`.

    `rows_without_number` holds every line that names a consignment and no usable number: this sheet does not ship its SKU.
    """

    rows: list[TrackingLine] = field(default_factory=list)
    rows_without_number: list[RowWithoutNumber] = field(default_factory=list)


def read(
    data: bytes,
    filename: str,
    *,
    answers: Answers | None = None,
    carriers: Sequence[Carrier] | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> TrackingReading:
    """Read a tracking sheet in this process. `carriers` are those that a line may name; None: the built-in ones."""
    reading = TrackingReading()
    table = built_in_table() if carriers is None else CarrierTable(carriers)
    try:
        for line in record_sheet.read_records(data, filename, _lookup, _REQUIRED, reading, answers, limits, progress):
            _add_row(line, table, reading)
        record_sheet.set_outcome(reading)
    except FileRefused as refused:
        return TrackingReading(outcome="refuse", reason=refused.code, details=refused.details)
    return reading


def read_in_child(
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    answers: Answers | None = None,
    carriers: Sequence[Carrier] | None = None,
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
            keywords={"answers": answers, "carriers": carriers},
            limits=limits,
            progress=progress,
        )
    except FileRefused as refused:
        return TrackingReading(outcome="refuse", reason=refused.code, details=refused.details)


def write(lines: Iterable[ShippingLine], carriers: Sequence[Carrier] | None = None) -> bytes:
    """The list to ship out as xlsx: everything locked but carrier, number and units out of stock; carriers by drop-down.

    The lines below are free, so that a line can be copied there for a second parcel.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("发货单")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True})
    below = book.add_format({"num_format": "@", "locked": False})
    text = book.add_format({"num_format": "@"})
    cut = book.add_format({"num_format": "@", "bg_color": "#FFE3E0", "bold": True})
    free = book.add_format({"num_format": "@", "locked": False, "bg_color": "#FFFBE6"})
    free_units = book.add_format({"num_format": "0", "locked": False, "bg_color": "#FFFBE6"})
    for column, (heading, width) in enumerate(_HEADINGS):
        sheet.set_column(column, column, width, below)
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
        sheet.write_blank(last, 12, None, free_units)
        sheet.write_string(last, 13, line.line_no, text)
    names = [carrier.name for carrier in (built_in_table().carriers if carriers is None else carriers)]
    _add_carrier_list(book, sheet, names, max(last, 1) + _LINES_BELOW)
    sheet.freeze_panes(1, 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    book.close()
    return out.getvalue()


def _add_carrier_list(book: Any, sheet: Any, names: list[str], last: int) -> None:
    """Offer the names for the column of carriers. They stand on a hidden sheet: a list in the cell itself has 255 characters at most."""
    lists = book.add_worksheet(LISTS_SHEET)
    for number, name in enumerate(names):
        lists.write_string(number, 0, name)
    lists.hide()
    source = f"='{LISTS_SHEET}'!$A$1:$A${max(1, len(names))}"
    sheet.data_validation(1, 10, last, 10, {"validate": "list", "source": source, "error_type": "warning"})


def parse_carrier(value: Value, carriers: CarrierTable | None = None) -> str | Problem:
    """A carrier by its full name, whatever alias or code was typed."""
    found = cell_problem(value)
    if found is not None:
        return found
    text = written(value)
    if not text:
        return MISSING
    carrier = (carriers or built_in_table()).find(text)
    return Problem("unknown_carrier") if carrier is None else carrier.name


def parse_tracking_number(value: Value) -> str | Problem:
    """A number of 8 to 30 letters and digits as written. Two numbers in a cell are a fault, never run together."""
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, float) and abs(value) >= MAX_EXACT:
        return Problem("precision_lost")
    text = _LABEL.sub("", written(value))
    if not text:
        return MISSING
    if _SCIENTIFIC.match(text):
        return Problem("precision_lost")
    if parcel := _JD_PARCEL.match(text):
        text = parcel.group(1)
    elif grouped := _GROUPED.match(text):
        text = grouped.group().replace(" ", "")
    return text if _TRACKING.match(text) and not _TWICE.match(text) else Problem("bad_tracking_number")


def written(value: Value) -> str:
    """What a cell of carrier or number says; "" for a blank one, a dash, and the 0 of a lookup that found nothing."""
    if value is None or (isinstance(value, float) and value == 0):
        return ""
    text = normalize(display_text(value)).strip("'` ")
    return "" if text == "0" or BLANK_WORDS.match(text) or _NOT_YET.match(text) else text


def parse_short_units(value: Value) -> int | Problem | None:
    """Units that are out of stock; None for a blank cell or 0."""
    if value is None or (isinstance(value, str) and not written(value)):
        return None
    units = parse_units(value)
    if isinstance(units, Problem):
        return None if units.value == 0 else units
    return units


def _add_row(line: RecordLine, carriers: CarrierTable, reading: TrackingReading) -> None:
    has_parcel = not (_is_unfilled(line.raw("carrier")) and _is_unfilled(line.raw("tracking_no")))
    short_units = line.parse("short_units", parse_short_units)
    if not (has_parcel or short_units or line.has_fault):
        reading.ignored.append(Ignored(line.sheet.name, line.number, "not_shipped", line.number))
        _add_row_without_number(line, reading, faulty=False)
        return
    number = line.parse("consignment_no", parse_style)
    name = code = None
    if has_parcel:
        name = line.parse("carrier", partial(parse_carrier, carriers=carriers))
        code = line.parse("tracking_no", parse_tracking_number)
    if line.has_fault or not has_parcel:
        _add_row_without_number(line, reading, faulty=line.has_fault)
    if line.has_fault:
        return
    goods = _goods(line)
    row = TrackingLine(
        sheet=line.sheet.name,
        row=line.number,
        consignment_no=str(number),
        line_no=_text(line, "line_no") or None,
        style_no=goods.style_no,
        colour=goods.colour,
        size=goods.size,
        barcode=goods.barcode,
        units=_units(line),
        short_units=None if short_units is None else int(str(short_units)),
        carrier=written(line.raw("carrier")) if has_parcel else "",
        carrier_name=str(name or ""),
        tracking_no=str(code or ""),
    )
    reading.rows.append(row)


def _is_unfilled(value: Value) -> bool:
    return value is None or (not isinstance(value, NoValue) and not written(value))


def _add_row_without_number(line: RecordLine, reading: TrackingReading, *, faulty: bool) -> None:
    number = parse_style(line.raw("consignment_no"))
    if isinstance(number, Problem):
        return
    column = column_letters(line.columns["tracking_no"]) if "tracking_no" in line.columns else None
    row = RowWithoutNumber(line.sheet.name, line.number, column, number, _goods(line), faulty)
    reading.rows_without_number.append(row)


def _units(line: RecordLine) -> int | None:
    units = parse_units(line.raw("units"))
    return units if isinstance(units, int) else None


def _text(line: RecordLine, name: str) -> str:
    return normalize(display_text(line.raw(name)))


def _goods(line: RecordLine) -> SkuText:
    return SkuText(*(_text(line, name) for name in ("style_no", "colour", "size", "barcode")))
