"""The list to ship out, and the tracking numbers that come back in it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import xlsxwriter

from imports import child
from imports.carriers import Carrier, CarrierTable, built_in_table
from imports.cells.text import Problem
from imports.goods_text import split_colour_and_size
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.record_sheet.classify import classify_records
from imports.record_sheet.kind import SheetKind
from imports.record_sheet.lines import RecordLines, record_lines, report_hidden_parts, report_wide_lines
from imports.record_sheet.reader import RecordBuilder, read_records
from imports.record_sheet.reading import RecordReading
from imports.record_sheet.table import RecordTable
from imports.report import FileRefused, Progress
from imports.stock_sheet.column import ParsedOnce
from imports.tracking_cells import (
    parse_carrier,
    parse_goods,
    parse_reference,
    parse_required_reference,
    parse_short_units,
    parse_tracking_number,
    parse_units_of_line,
    piece_of,
    split_carrier_and_number,
    written,
)
from imports.tracking_checks import (
    report_contradicting_units,
    report_numbers_of_other_columns,
    report_other_carriers,
)
from imports.tracking_words import LOOKUP
from imports.vocabulary import LISTS_SHEET
from imports.workbook.model import NoValue, Value, column_letters

_HEADINGS: Final = (
    ("发货单号", 18), ("收货人", 10), ("电话", 14), ("收货地址", 40), ("款号", 16), ("颜色", 10), ("尺码", 8), ("条码", 16),
    ("数量", 8), ("吊牌处理", 10), ("快递公司", 14), ("快递单号", 22), ("缺货数", 8), ("明细号", 10), ("备注", 24),
)  # fmt: skip
_LINES_BELOW: Final = 1000
_FIELDS: Final = (
    "consignment_no", "line_no", "style_no", "colour", "size", "goods_text", "barcode", "units", "short_units", "carrier", "tracking_no",
    "recipient", "phone", "address",
)  # fmt: skip
_GOODS: Final = ("style_no", "colour", "size", "barcode")
_NO_PARCEL: Final = ("", "", "")


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """One line of the list to ship out. `cut_label`: the label must be cut (剪标). `remark`: what the reseller tells the brand."""

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
    remark: str = ""


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
    `tracking_no` is the waybill; `piece` is what JD writes behind it for one of several pieces (`-1-2-`).
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
    piece: str = ""

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
    names = built_in_table() if carriers is None else CarrierTable(carriers)
    try:
        read_records(
            data, filename, sheet_kind(names), partial(_read_table, carriers=names, reading=reading), reading,
            answers=answers, limits=limits, progress=progress,
        )  # fmt: skip
    except FileRefused as refused:
        return TrackingReading(outcome="refuse", reason=refused.code, details=refused.details)
    return reading


def _adjust(table: RecordTable) -> None:
    """快递公司/单号: one column gives both fields where the sheet has no other."""
    place = table.columns.pop("carrier_and_number", None)
    if place is not None and table.columns.keys().isdisjoint(("carrier", "tracking_no")):
        table.columns["carrier"] = table.columns["tracking_no"] = place


def sheet_kind(carriers: CarrierTable) -> SheetKind:
    """The rules of tracking sheets. A sheet may name carriers in two columns, by name and by code."""

    def canonical(text: str) -> object:
        return carriers.find(text) or written(text)

    return SheetKind(
        lookup=LOOKUP,
        required=(("consignment_no",), ("carrier",), ("tracking_no",)),
        asked=frozenset({"consignment_no", "line_no", "carrier", "tracking_no", "units", "short_units"}),
        context=frozenset({"order_no", "labelling", "remark", "status", "name", "shipping_method"}),
        offered=frozenset({"order_no"}),
        several=frozenset({"recipient", "phone", "address"}),
        adjust=_adjust,
        canonical={"carrier": canonical, "tracking_no": written},
    )


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
        sheet.write_string(last, 14, line.remark, text)
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


def _read_table(
    table: RecordTable, builder: RecordBuilder, *, carriers: CarrierTable, reading: TrackingReading
) -> None:
    """Parse, classify, check, report, add: the same steps as for a table of a stock sheet."""
    lines = record_lines(table, builder)
    classify_records(lines, _FIELDS)
    if lines.place("carrier") is not None and lines.place("carrier") == lines.place("tracking_no"):
        pairs = [split_carrier_and_number(value) for value in lines.cells("carrier")]
        lines.set_cells("carrier", [pair[0] for pair in pairs])
        lines.set_cells("tracking_no", [pair[1] for pair in pairs])
    unfilled = _unfilled_lines(lines)
    lines.parse("consignment_no", parse_required_reference)
    lines.parse("line_no", parse_reference)
    lines.parse("units", parse_units_of_line)
    lines.parse("short_units", parse_short_units)
    lines.parse("carrier", partial(parse_carrier, carriers=carriers))
    lines.parse("tracking_no", parse_tracking_number)
    numbered = [is_record and not is_unfilled for is_record, is_unfilled in zip(lines.is_record, unfilled, strict=True)]
    unshipped = _ignore_unshipped(lines, numbered)
    report_wide_lines(lines)
    for name in _GOODS:
        lines.parse(name, parse_goods)
    lines.report_problems("consignment_no", "line_no", "units", "short_units", *_GOODS)
    _report_parcel_problems(lines, numbered)
    report_numbers_of_other_columns(lines, numbered)
    report_other_carriers(lines, numbered, carriers)
    report_contradicting_units(lines, numbered)
    report_hidden_parts(lines)
    _add_rows(lines, numbered, unshipped, builder, reading)


def _unfilled_lines(lines: RecordLines) -> list[bool]:
    """The lines in which neither carrier nor number says anything."""
    is_blank_cell = ParsedOnce(_is_unfilled)
    pairs = zip(lines.cells("carrier"), lines.cells("tracking_no"), strict=True)
    has_constant = "carrier" in lines.table.constants
    return [is_blank_cell[number] and (has_constant or is_blank_cell[carrier]) for carrier, number in pairs]


def _is_unfilled(value: Value) -> bool:
    return value is None or (not isinstance(value, NoValue) and not written(value))


def _ignore_unshipped(lines: RecordLines, numbered: list[bool]) -> set[int]:
    """Set the lines aside that name neither a parcel nor units out of stock; their indexes."""
    unshipped = {
        at for at, short_units in enumerate(lines.parsed["short_units"])
        if lines.is_record[at] and not numbered[at] and short_units is None
    }  # fmt: skip
    for at in unshipped:
        lines.ignore(at, "not_shipped")
    return unshipped


def _report_parcel_problems(lines: RecordLines, numbered: list[bool]) -> None:
    for name in ("carrier", "tracking_no"):
        values = lines.parsed[name]
        for at, value in enumerate(values):
            if isinstance(value, Problem):
                if numbered[at]:
                    lines.report(at, name, value)
                values[at] = None


def _add_rows(
    lines: RecordLines, numbered: list[bool], unshipped: set[int], builder: RecordBuilder, reading: TrackingReading
) -> None:
    sheet = lines.table.sheet.name
    goods = _goods(lines)
    carriers, pieces = lines.text("carrier", written), lines.text("tracking_no", piece_of)
    parsed = lines.parsed
    seen: dict[tuple[Any, ...], int] = {}
    columns = ("consignment_no", "line_no", "units", "short_units", "carrier", "tracking_no")
    values = list(zip(*(parsed[name] for name in columns), strict=True))
    used = builder.used.setdefault(sheet, set())
    for at in lines.records():
        number, consignment_no = lines.numbers[at], values[at][0]
        _, line_no, units, short_units, carrier_name, tracking_no = values[at]
        sku = goods[at]
        if line_no or any(sku):
            first = seen.setdefault((values[at], sku, pieces[at]), number)
            if first != number:
                lines.report(at, None, Problem("duplicate_row", str(first), fatal=False))
                lines.ignore(at, "duplicate")
                continue
        parcel = (carriers[at], carrier_name or "", tracking_no or "") if numbered[at] else _NO_PARCEL
        parts = *sku, units, short_units, *parcel, pieces[at] if numbered[at] else ""
        reading.rows.append(TrackingLine(sheet, number, consignment_no, line_no, *parts))
        used.add(number)
    if unshipped or not all(numbered) or any(lines.is_rejected):
        _add_rows_without_number(lines, numbered, unshipped, goods, reading)


def _add_rows_without_number(
    lines: RecordLines,
    numbered: list[bool],
    unshipped: set[int],
    goods: list[tuple[str, str, str, str]],
    reading: TrackingReading,
) -> None:
    """Every line of a consignment that this sheet does not ship: left blank, faulty, or with units out of stock alone."""
    for at, number in enumerate(lines.parsed["consignment_no"]):
        is_faulty = lines.is_record[at] and lines.is_rejected[at]
        if not number or not (at in unshipped or is_faulty or (lines.is_record[at] and not numbered[at])):
            continue
        place = lines.place("tracking_no", at)
        column = None if place is None else column_letters(place)
        row = RowWithoutNumber(
            lines.table.sheet.name, lines.numbers[at], column, number, SkuText(*goods[at]), is_faulty
        )
        reading.rows_without_number.append(row)


def _goods(lines: RecordLines) -> list[tuple[str, str, str, str]]:
    """Style number, colour, size and barcode of each line, as the sheet shows them."""
    columns = [[part or "" for part in lines.parsed[name]] for name in _GOODS]
    goods = list(zip(*columns, strict=True))
    if lines.has("goods_text"):
        texts = ParsedOnce(split_colour_and_size)
        for at, value in enumerate(lines.cells("goods_text")):
            style_no, colour, size, barcode = goods[at]
            both = texts[value]
            goods[at] = (style_no, colour or both[0] or "", size or both[1] or "", barcode)
    return goods
