"""Many drop-ship orders of a reseller in one workbook: recipients and what each gets."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Final

import xlsxwriter

from imports import child
from imports.cells.barcodes import parse_barcode
from imports.cells.text import MISSING, Problem, display_text, fold_case, parse_colour, parse_text
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.order_cells import (
    is_closed,
    is_doubtful_address,
    join_address,
    parse_colour_and_size,
    parse_contact,
    parse_goods_style,
    parse_name,
    parse_ordered_units,
    parse_phone,
    parse_place,
    split_contact,
    split_region,
)
from imports.order_words import LOOKUP
from imports.record_sheet.classify import classify_records
from imports.record_sheet.kind import SheetKind
from imports.record_sheet.lines import RecordLines, record_lines, report_hidden_parts, report_wide_lines
from imports.record_sheet.reader import RecordBuilder, read_records
from imports.record_sheet.reading import RecordReading
from imports.record_sheet.table import RecordTable
from imports.report import FileRefused, Progress
from imports.tracking_cells import parse_reference
from imports.workbook.model import Value, is_blank

GOODS_SHEET: Final = "可订商品 Goods"
_HEADINGS: Final = (
    ("订单号", "order_ref", 16), ("收货人*", "recipient", 10), ("电话*", "phone", 14), ("收货地址*", "address", 44),
    ("款号", "style_no", 16), ("颜色", "colour", 10), ("尺码", "size", 8), ("条码", "barcode", 16), ("数量*", "units", 8),
    ("备注", "remark", 20),
)  # fmt: skip
_GOODS_HEADINGS: Final = (
    ("款号", 16), ("品名", 22), ("颜色", 10), ("尺码", 10), ("条码", 16), ("拿货价", 10), ("可订数", 8),
    ("订量要求", 28),
)  # fmt: skip
_LEVELS: Final = ("province", "city", "district", "region", "town")
_CONTACT: Final = ("recipient", "phone", "mobile", "address", "address2", "contact", *_LEVELS)
REPEATED: Final = (*_CONTACT, "order_ref")
_FIELDS: Final = (*REPEATED, "style_no", "colour", "size", "colour_and_size", "barcode", "units", "remark", "name")
_MIN_CONTACTS: Final = 0.5
"""Of the cells of a column of addresses, where the sheet has no column for names: each holds a whole recipient."""


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


@dataclass(frozen=True, slots=True)
class OfferedGoods:
    """A SKU that can be ordered, for the second sheet of the template. `price` is in yuan; `available` are units, None where not told.

    `terms`: in words in which quantities the style is ordered, empty for single pieces.
    """

    style_no: str
    name: str
    colour: str
    size: str
    barcode: str
    price: str
    available: int | None = None
    terms: str = ""


@dataclass(slots=True)
class OrderReading(RecordReading):
    """`rows` are the ordered lines. Orders that are cancelled, refunded, unpaid or sent are ignored as `not_open`, with a warning."""

    NOUNS: ClassVar[tuple[str, str]] = ("行订单", "order lines")

    rows: list[OrderRow] = field(default_factory=list)


def _adjust(table: RecordTable) -> None:
    """地址 without 姓名 and 电话 beside it holds whole recipients, if most of its cells do."""
    place = table.columns.get("address")
    if place is None or not table.columns.keys().isdisjoint(("recipient", "phone", "mobile", "contact")):
        return
    texts = [display_text(row[place]) for row in table.sheet.rows[table.start : min(table.stop, table.start + 50)]]
    filled = [text for text in texts if text.strip()]
    if filled and sum(split_contact(text) is not None for text in filled) > len(filled) * _MIN_CONTACTS:
        table.columns["contact"] = table.columns.pop("address")


KIND: Final = SheetKind(
    lookup=LOOKUP,
    required=(
        ("recipient", "contact"), ("mobile", "phone", "contact"), ("address", "contact", "town"), ("style_no", "barcode"), ("units",),
    ),
    asked=frozenset(
        {
            "recipient", "phone", "mobile", "address", "address2", "contact", "style_no", "barcode", "units", "size", "colour",
            "colour_and_size",
        }
    ),
    context=frozenset({"sku_code", "name"}),
    offered=frozenset({"sku_code", "name"}),
    several=frozenset({"status", "remark"}),
    adjust=_adjust,
    skipped=frozenset({GOODS_SHEET}),
)  # fmt: skip


def read(
    data: bytes,
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> OrderReading:
    """Read an order sheet in this process. Lines without recipient go to the recipient above in the same table, and say so."""
    reading = OrderReading()
    try:
        read_records(
            data, filename, KIND, partial(_read_table, reading=reading), reading, answers=answers, limits=limits, progress=progress
        )  # fmt: skip
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


def write(rows: Iterable[OrderRow], goods: Sequence[OfferedGoods] = ()) -> bytes:
    """Orders as an xlsx that `read` takes back; with no rows, the template. `goods` stand on a second sheet to choose from."""
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
    if goods:
        _write_goods(book.add_worksheet(GOODS_SHEET), goods, head, text)
    book.close()
    return out.getvalue()


def _write_goods(sheet: Any, goods: Sequence[OfferedGoods], head: Any, text: Any) -> None:
    for column, (heading, width) in enumerate(_GOODS_HEADINGS):
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, heading, head)
    for number, sku in enumerate(goods, 1):
        for column, value in enumerate((sku.style_no, sku.name, sku.colour, sku.size, sku.barcode, sku.price)):
            sheet.write_string(number, column, value, text)
        if sku.available is not None:
            sheet.write_number(number, len(_GOODS_HEADINGS) - 2, sku.available)
        sheet.write_string(number, len(_GOODS_HEADINGS) - 1, sku.terms, text)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(goods), len(_GOODS_HEADINGS) - 1)


def _read_table(table: RecordTable, builder: RecordBuilder, *, reading: OrderReading) -> None:
    """Parse, classify, check, report, add: the same steps as for a table of a stock sheet."""
    lines = record_lines(table, builder)
    classify_records(lines, _FIELDS)
    _carry_down(lines)
    _ignore_closed(lines)
    report_wide_lines(lines)
    lines.parse("order_ref", parse_reference)
    lines.parse("units", parse_ordered_units)
    _parse_goods(lines)
    recipients = _parse_recipients(lines)
    lines.report_problems("order_ref", "style_no", "colour", "size", "barcode", "units")
    remarks = _remarks(lines)
    report_hidden_parts(lines)
    _add_rows(lines, recipients, remarks, builder, reading)


def _carry_down(lines: RecordLines) -> None:
    """Give lines without any part of a recipient the one of the line above. A blank line, a total or a heading ends that."""
    names = [name for name in REPEATED if lines.has(name)]
    columns = [lines.cells(name) for name in names]
    statuses = lines.table.several.get("status", [])
    first_name = next((name for name in names if name in ("recipient", "contact")), names[0])
    above: int | None = None
    for at, number in enumerate(lines.numbers):
        if not lines.is_record[at] or (at and lines.numbers[at - 1] != number - 1):
            above = None
        if not lines.is_record[at]:
            continue
        if any(not is_blank(values[at]) for values in columns):
            above = at
        elif above is not None:
            for values in columns:
                values[at] = values[above]
            for place in statuses:
                if is_blank(lines.rows[at][place]):
                    lines.rows[at][place] = lines.rows[above][place]
            filled = Problem("filled_down", fatal=False)
            lines.report(at, first_name, filled, value=lines.table.heading(lines.place(first_name)))


def _ignore_closed(lines: RecordLines) -> None:
    """Orders of an export that are cancelled, refunded, unpaid or already sent do not become orders."""
    for place in lines.table.several.get("status", []):
        heading = lines.table.heading(place) or ""
        for at, row in enumerate(lines.rows):
            status = display_text(row[place])
            if lines.is_record[at] and is_closed(status, heading):
                lines.report(at, None, Problem("order_not_open", fatal=False), place=place)
                lines.ignore(at, "not_open")


def _parse_goods(lines: RecordLines) -> None:
    """Style, colour, size and barcode. A line with a barcode needs no style; 规格 may hold colour and size."""
    barcodes = lines.parse("barcode", parse_barcode)
    styles = lines.parse("style_no", parse_goods_style)
    _refuse_scientific_styles(lines, styles)
    colours = lines.parse("colour", parse_colour)
    both = "colour_and_size" if lines.has("colour_and_size") else "size"
    pairs = lines.parse(both, parse_colour_and_size)
    sizes: list[Any] = [None] * len(pairs)
    own_sizes = lines.parse("size", parse_colour_and_size) if both != "size" and lines.has("size") else None
    for at, (colour, size) in enumerate(pairs):
        if own_sizes is not None and own_sizes[at][1] is not None:
            size = own_sizes[at][1]
        sizes[at] = MISSING if size is None and lines.has(both) else size
        if colour is not None and colours[at] is None:
            colours[at] = colour
        elif colour is not None and isinstance(colours[at], str) and fold_case(colour) != fold_case(colours[at]):
            colours[at] = Problem("colour_conflict", colour)
        if barcodes[at] is not None:  # the barcode tells the SKU; what else is blank is not missed
            styles[at] = None if styles[at] is MISSING else styles[at]
            sizes[at] = None if sizes[at] is MISSING else sizes[at]
    lines.parsed["size"] = sizes
    if both != "size" and not lines.has("size"):
        lines.table.columns["size"] = lines.table.columns[both]
    if not lines.has("style_no"):
        _require_barcodes(lines, barcodes, styles)


def _refuse_scientific_styles(lines: RecordLines, styles: list[Any]) -> None:
    """24E05 in a number cell is shown as 2.40E+06 and was no number when it was typed."""
    place, formats_of = lines.place("style_no"), lines.table.sheet.formats
    if place is None or not formats_of:
        return
    for at, number in enumerate(lines.numbers):
        if formats_of.get((number, place)) == "scientific" and isinstance(lines.rows[at][place], float):
            styles[at] = Problem("style_number_damaged")


def _require_barcodes(lines: RecordLines, barcodes: list[Any], styles: list[Any]) -> None:
    for at, barcode in enumerate(barcodes):
        styles[at] = None
        if barcode is None:
            barcodes[at] = MISSING


def _parse_recipients(lines: RecordLines) -> list[tuple[str, str, str] | None]:
    """Name, telephone and address of each line, from columns of their own or from one cell; faults are reported."""
    names = lines.parse("recipient", parse_name)
    numbers = [_phone_cell(pair) for pair in zip(lines.cells("mobile"), lines.cells("phone"), strict=True)]
    contacts = lines.parse("contact", parse_contact)
    levels = [lines.parse(name, parse_place) for name in _LEVELS]
    streets, seconds = lines.parse("address", parse_place), lines.parse("address2", parse_place)
    recipients: list[tuple[str, str, str] | None] = [None] * len(names)
    for at in range(len(names)):
        if not lines.is_record[at]:
            continue
        name, phone = names[at], numbers[at]
        parts = [column[at] for column in levels]
        address = _address(lines, at, parts, streets[at], seconds[at])
        contact = contacts[at]
        if contact is not None and MISSING in (name, phone, address):
            if isinstance(contact, Problem):
                lines.report(at, "contact", contact)
                continue
            name, phone, address = (
                read if own is MISSING else own for own, read in zip((name, phone, address), contact, strict=True)
            )
        recipients[at] = _checked(lines, at, name, phone, address)
    return recipients


def _phone_cell(pair: tuple[Value, Value]) -> str | Problem:
    """The mobile number where there is one, else the other."""
    mobile = parse_phone(pair[0])
    return parse_phone(pair[1]) if mobile is MISSING else mobile


def _address(lines: RecordLines, at: int, levels: list[Any], street: Any, second: Any) -> str | Problem:
    """The address of its parts; a damaged part is reported where it stands."""
    for name, part in zip((*_LEVELS, "address", "address2"), (*levels, street, second), strict=True):
        if isinstance(part, Problem):
            lines.report(at, name, part)
            return Problem("reported")
    province, city, district, region, town = levels
    if not street and town and not lines.has("address"):
        street, town = town, ""
    return join_address([province, city, district, split_region(region), town], street, second)


def _checked(lines: RecordLines, at: int, name: Any, phone: Any, address: Any) -> tuple[str, str, str] | None:
    """Report what is wrong with the parts of a recipient; None where anything is."""
    fallback = "contact" if lines.has("contact") else None
    place_of = {"recipient": name, "phone": phone, "address": address}
    for field_name, value in place_of.items():
        if not isinstance(value, Problem) or value.code == "reported":
            continue
        own = field_name
        if field_name == "phone" and (not lines.has("phone") or not is_blank(lines.cells("mobile")[at])):
            own = "mobile"
        if field_name == "address" and not lines.has("address"):
            own = "town"
        if not lines.has(own):
            own = fallback or own
        lines.report(at, own, value)
        if not value.fatal and field_name == "recipient":
            name = value.value
    if any(isinstance(value, Problem) for value in (name, phone, address)):
        return None
    if is_doubtful_address(str(address)):
        place = next(field for field in ("address", "town", "contact", *_LEVELS, "recipient") if lines.has(field))
        lines.report(at, place, Problem("doubtful_address", fatal=False), value=str(address))
    return str(name), str(phone), str(address)


def _remarks(lines: RecordLines) -> list[str | None]:
    """The remarks of each line, those of several columns joined."""
    remarks: list[str | None] = [None] * len(lines.rows)
    for place in lines.table.several.get("remark", []):
        for at, row in enumerate(lines.rows):
            text = parse_text(row[place]) if lines.is_record[at] else None
            if isinstance(text, Problem):
                lines.report(at, None, text, place=place)
                text = text.value
            if text:
                before = remarks[at]
                remarks[at] = text if before is None or before == text else f"{before}；{text}"
    return remarks


def _add_rows(
    lines: RecordLines,
    recipients: list[tuple[str, str, str] | None],
    remarks: list[str | None],
    builder: RecordBuilder,
    reading: OrderReading,
) -> None:
    sheet, parsed = lines.table.sheet.name, lines.parsed
    used = builder.used.setdefault(sheet, set())
    seen: dict[tuple[Any, ...], int] = {}
    for at in lines.records():
        recipient = recipients[at]
        if recipient is None:
            raise ValueError(f"line {lines.numbers[at]} has neither a recipient nor a fault")
        row = OrderRow(
            sheet, lines.numbers[at], parsed["order_ref"][at], *recipient, parsed["style_no"][at], parsed["colour"][at],
            parsed["size"][at], parsed["barcode"][at], parsed["units"][at], remarks[at],
        )  # fmt: skip
        key = (row.order_ref, *recipient, row.style_no, row.colour, row.size, row.barcode)
        if (first := seen.setdefault(key, row.row)) != row.row:
            lines.report(at, None, Problem("repeated_order", str(first), fatal=False))
        used.add(row.row)
        reading.rows.append(row)
