"""Shipping by workbook: the list of consignments to ship, sent back with tracking numbers. `shipping_workbook` writes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F

from accounts.rules import Actor
from brands.selectors.brands import require_own_brand
from imports import tracking_sheet
from imports.cells.text import normalize
from imports.layout.table import Answers
from imports.reasons import file_message
from imports.report import Fault, Progress
from imports.tracking_sheet import SkuText, TrackingLine, TrackingReading
from kernel.refusal import Conflict, Invalid, InvalidTracking, Missing, Refusal
from orders.models.lines import OrderLine
from orders.rules.parcels import MAX_SPELLING, carrier_key
from orders.selectors.carriers import UnknownCarrier, carriers_of_sheets
from orders.selectors.consignments import NoSuchConsignment
from orders.services.parcel_plan import LineUnits, Shipment, ShipmentOutcome, ShipmentState
from orders.services.shipping import ship_many
from orders.services.shipping_refusals import OtherCarrier, OtherUnitsInParcel, TooManyUnits, TrackingNumberTaken

BATCH = 1000
"""Rows that are shipped in one transaction."""


class UnreadableTrackingWorkbook(Invalid):
    code = "orders.unreadable_tracking_workbook"
    zh = "读不懂这个文件：{why_zh}请用下载的发货清单填写快递公司和单号后传回"
    en = "The file cannot be read: {why_en} Fill in carrier and number in the list that you downloaded, and send that"
    reason: str
    why_zh: str
    why_en: str


class NoSuchGoods(Missing):
    code = "orders.no_such_goods_in_consignment"
    zh = "发货单 {consignment_no} 里没有 {goods}"
    en = "There is no {goods} in consignment {consignment_no}"
    consignment_no: str
    goods: str


class GoodsNotNamed(Conflict):
    code = "orders.goods_not_named"
    zh = "发货单 {consignment_no} 填了 {numbers} 个单号，但没写每个包裹里是哪些货"
    en = "Consignment {consignment_no} has {numbers} numbers, and the rows do not say which goods are in which parcel"
    consignment_no: str
    numbers: int


class RefundedSinceList(Conflict):
    code = "orders.refunded_since_list"
    zh = "清单下载后 {sku_name} 退款 {units} 件，这些不要发出"
    en = "{units} units of {sku_name} were refunded after the list was made; do not send these"
    sku_name: str
    units: int


@dataclass(frozen=True, slots=True)
class RowMessage:
    """What is said of a row of the workbook, and where the row stands."""

    sheet: str
    row: int
    col: str
    header: str
    value: str
    code: str
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line of a consignment that the workbook names, with the units that are still to be shipped."""

    consignment_id: int
    line_id: int
    sku_name: str
    units: int


@dataclass(frozen=True, slots=True)
class ShippingResult:
    """What a workbook did.

    `shipped`: consignments of which something was shipped, in `parcels` parcels; `unchanged`: consignments whose rows had all been taken
    before; `short`: lines of which units were reported short; `faults`: rows that were refused; `warnings`: rows that were taken and of
    which something must be known; `left`: what is still to be shipped of the consignments that the workbook names.
    """

    shipped: int
    parcels: int
    unchanged: int
    short: int
    faults: list[RowMessage]
    warnings: list[RowMessage]
    left: list[LeftLine]


@dataclass(frozen=True, slots=True)
class ShortRow:
    """A row that says how many units of a line the brand does not have, of all that were ordered."""

    row: TrackingLine
    line_id: int
    units: int


@dataclass(slots=True)
class TrackingWorkbook:
    """A workbook that was read and matched with the brand's consignments. Nothing was written yet."""

    shipments: list[tuple[TrackingLine, Shipment]] = field(default_factory=list)
    shorts: list[ShortRow] = field(default_factory=list)
    faults: list[RowMessage] = field(default_factory=list)
    consignment_ids: list[int] = field(default_factory=list)


def read_tracking_sheet(
    *,
    filename: str,
    data: bytes,
    answers: Answers,
    spellings: Mapping[str, str],
    progress: Callable[[Progress], None] | None = None,
) -> TrackingReading:
    """Read a list that was sent back, with the carriers of the database.

    `answers` say which column means what (IMPORT-4), `spellings` which carrier a brand means by words that the table of carriers does not
    have: `{carrier_key: code}` (ORDER-13).
    """
    return tracking_sheet.read_in_child(
        data, filename, answers=answers, carriers=carriers_of_sheets(spellings), progress=progress
    )


def unknown_carriers(reading: TrackingReading) -> list[str]:
    """The texts of a sheet that should name a carrier and do not, as they were written, each once."""
    texts = [normalize(fault.value or "") for fault in reading.faults if fault.code == "unknown_carrier"]
    return list({carrier_key(text): text for text in reversed(texts) if 0 < len(text) <= MAX_SPELLING}.values())[::-1]


def match_tracking_sheet(*, actor: Actor, reading: TrackingReading) -> TrackingWorkbook:
    """Find the line of the brand's consignments that each row of a sheet means. Refuses a reading without rows."""
    brand = require_own_brand(actor)
    if reading.outcome != "accept":
        zh, en = _unreadable_messages(reading)
        raise UnreadableTrackingWorkbook(reason=reading.reason or "no_header", why_zh=zh, why_en=en)
    return _match(reading, brand.id)


def ship_rows(*, actor: Actor, workbook: TrackingWorkbook, short: int, now: datetime) -> ShippingResult:
    """Ship each row of a workbook on its own; `short` lines were reported short before. The same workbook again changes nothing.

    A line without a number stays to ship and is named in the result, never shipped with its consignment (ORDER-4).
    """
    outcomes: list[tuple[TrackingLine, ShipmentOutcome]] = []
    for start in range(0, len(workbook.shipments), BATCH):
        chunk = workbook.shipments[start : start + BATCH]
        made = ship_many(actor=actor, shipments=[shipment for _, shipment in chunk], now=now)
        outcomes += zip((row for row, _ in chunk), made, strict=True)
    shipped = [each.shipment for _, each in outcomes if each.state is ShipmentState.SHIPPED]
    shipped_ids = {each.consignment_id for each in shipped}
    taken_ids = {each.shipment.consignment_id for _, each in outcomes if each.state is ShipmentState.UNCHANGED}
    refusals = [refusal_message(row, each.refusal) for row, each in outcomes if each.refusal is not None]
    return ShippingResult(
        shipped=len(shipped_ids),
        parcels=len({(each.consignment_id, each.tracking_no.upper()) for each in shipped}),
        unchanged=len(taken_ids - shipped_ids),
        short=short,
        faults=sorted(workbook.faults + refusals, key=lambda each: (each.sheet, each.row)),
        warnings=[
            refusal_message(row, RefundedSinceList(sku_name=units.sku_name, units=units.units))
            for row, each in outcomes
            for units in each.refunded
        ],
        left=_load_left_lines(workbook.consignment_ids),
    )


def refusal_message(row: TrackingLine, refusal: Refusal) -> RowMessage:
    """What a refusal says of a row, at the cell that it is about."""
    header, value = _cell_of(row, refusal)
    return RowMessage(
        sheet=row.sheet or "",
        row=row.row,
        col="",
        header=header,
        value=value,
        code=refusal.code,
        message_zh=refusal.sentence("zh"),
        message_en=refusal.sentence("en"),
        hint_zh="",
        hint_en="",
    )


def _cell_of(row: TrackingLine, refusal: Refusal) -> tuple[str, str]:
    if isinstance(refusal, TrackingNumberTaken | InvalidTracking | GoodsNotNamed | OtherCarrier):
        return "快递单号", row.tracking_no
    if isinstance(refusal, UnknownCarrier):
        return "快递公司", row.carrier
    if isinstance(refusal, TooManyUnits | OtherUnitsInParcel | RefundedSinceList):
        return "数量", "" if row.units is None else str(row.units)
    if isinstance(refusal, NoSuchGoods):
        return "款号", _describe(row.goods)
    return "发货单号", row.consignment_no


@dataclass(frozen=True, slots=True)
class _ListedLine:
    """A line of one of the brand's consignments, as a row of the list names it."""

    line_id: int
    sku: SkuText

    def matches(self, named: SkuText) -> bool:
        if named.barcode and self.sku.barcode:
            return named.barcode == self.sku.barcode
        own = self.sku
        return (own.style_no, own.colour, own.size) == (named.style_no, named.colour, named.size)


def _match(reading: TrackingReading, brand_id: int) -> TrackingWorkbook:
    named = [
        *(row.consignment_no for row in reading.rows),
        *(row.consignment_no for row in reading.rows_without_number),
    ]
    lines = _load_lines(named, brand_id)
    workbook = TrackingWorkbook(
        faults=[_fault_message(fault) for fault in reading.faults], consignment_ids=sorted(lines)
    )
    unnamed = _numbers_without_goods(reading.rows)
    for row in reading.rows:
        try:
            line = _find_line(row, lines, unnamed)
        except Refusal as refusal:
            workbook.faults.append(refusal_message(row, refusal))
            continue
        _add_row(workbook, row, line)
    return workbook


def _add_row(workbook: TrackingWorkbook, row: TrackingLine, line: _ListedLine | None) -> None:
    if row.short_units and line is None:
        refusal = NoSuchGoods(consignment_no=row.consignment_no, goods=_describe(row.goods))
        workbook.faults.append(refusal_message(row, refusal))
        return
    if row.short_units and line is not None:
        workbook.shorts.append(ShortRow(row, line.line_id, row.short_units))
    if row.tracking_no:
        units = () if line is None else (LineUnits(line.line_id, _units_to_ship(row)),)
        shipment = Shipment(_consignment_id(row.consignment_no), row.carrier_name, row.tracking_no + row.piece, units)
        workbook.shipments.append((row, shipment))


def _units_to_ship(row: TrackingLine) -> int | None:
    return None if row.units is None else max(row.units - (row.short_units or 0), 0) or None


def _find_line(
    row: TrackingLine, lines: dict[int, list[_ListedLine]], unnamed: dict[str, set[str]]
) -> _ListedLine | None:
    """The line that a row means; None where it names no goods and so means all lines of its consignment."""
    consignment_id = _consignment_id(row.consignment_no)
    if consignment_id not in lines:
        raise NoSuchConsignment(consignment_id=consignment_id)
    if row.line_no:
        found = next((each for each in lines[consignment_id] if str(each.line_id) == row.line_no), None)
    elif any((row.style_no, row.barcode)):
        found = next((each for each in lines[consignment_id] if each.matches(row.goods)), None)
    else:
        numbers = unnamed[_without_leading_zeros(row.consignment_no)]
        if len(numbers) > 1:
            raise GoodsNotNamed(consignment_no=row.consignment_no, numbers=len(numbers))
        return None
    if found is None:
        raise NoSuchGoods(consignment_no=row.consignment_no, goods=_describe(row.goods) or row.line_no or "?")
    return found


def _numbers_without_goods(rows: Iterable[TrackingLine]) -> dict[str, set[str]]:
    """The numbers of the rows that name no goods, by consignment: with more than one, nobody knows what is in which parcel."""
    numbers: dict[str, set[str]] = {}
    for row in rows:
        if not any((row.line_no, row.style_no, row.barcode)):
            numbers.setdefault(_without_leading_zeros(row.consignment_no), set()).add(row.tracking_no.upper())
    return numbers


def _load_lines(numbers: Iterable[str], brand_id: int) -> dict[int, list[_ListedLine]]:
    """The lines of the brand's consignments that `numbers` name, by consignment."""
    ids = {int(number) for number in numbers if _is_number(number)}
    rows = (
        OrderLine.objects.filter(consignment__any_of=ids, brand=brand_id)
        .order_by("pk")
        .values_list("pk", "consignment_id", "sku__style__style_no", "sku__colour", "sku__size", "sku__barcode")
    )
    lines: dict[int, list[_ListedLine]] = {}
    for line_id, consignment_id, *texts in rows:
        sku = SkuText(*(normalize(text or "") for text in texts))
        lines.setdefault(consignment_id, []).append(_ListedLine(line_id, sku))
    return lines


def _load_left_lines(consignment_ids: Sequence[int]) -> list[LeftLine]:
    rows = (
        OrderLine.objects.filter(consignment__any_of=consignment_ids)
        .filter(units__gt=F("shipped_units") + F("cancelled_units") - F("resending_units"))
        .order_by("consignment_id", "pk")
        .values_list(
            "consignment_id", "pk", "sku__style__style_no", "sku__colour", "sku__size",
            "units", "shipped_units", "cancelled_units", "resending_units",
        )
    )  # fmt: skip
    return [
        LeftLine(
            consignment_id,
            line_id,
            _describe(SkuText(style_no, colour, size)),
            units - shipped - cancelled + resending,
        )
        for consignment_id, line_id, style_no, colour, size, units, shipped, cancelled, resending in rows
    ]


def _describe(goods: SkuText) -> str:
    return " ".join(part for part in (goods.style_no, goods.colour, goods.size) if part) or goods.barcode


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _without_leading_zeros(number: str) -> str:
    """The number of a consignment without leading zeros: 007 is 7."""
    return str(int(number)) if _is_number(number) else number


def _consignment_id(number: str) -> int:
    """The id that a number of a consignment means; 0, which none has, for any other text."""
    return int(number) if _is_number(number) else 0


def _fault_message(fault: Fault) -> RowMessage:
    return RowMessage(
        sheet=fault.sheet or "",
        row=fault.row,
        col=fault.col or "",
        header=fault.header or "",
        value=fault.value or "",
        code=fault.code,
        message_zh=fault.message_zh,
        message_en=fault.message_en,
        hint_zh=fault.hint_zh,
        hint_en=fault.hint_en,
    )


def _unreadable_messages(reading: TrackingReading) -> tuple[str, str]:
    if reading.questions:
        return reading.questions[0].message_zh, reading.questions[0].message_en
    code = reading.reason or "no_header"
    return file_message(code, "zh", reading.details), file_message(code, "en", reading.details)
