"""Shipping by workbook: the list of consignments to ship, and the same list sent back with tracking numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from brands.selectors.brands import require_own_brand
from imports import tracking_sheet
from imports.cells.text import normalize
from imports.reasons import file_message
from imports.report import Fault
from imports.tracking_sheet import RowWithoutNumber, ShippingLine, SkuText, TrackingLine, TrackingReading
from kernel.refusal import Conflict, Invalid, Refusal
from orders.models import Consignment, OrderLine
from orders.rules import ConsignmentState
from orders.selectors.consignments import ConsignmentView, NoSuchConsignment, list_consignments
from orders.services.shipping import TrackingNumberTaken, ship

PAGE = 100


class UnreadableTrackingWorkbook(Invalid):
    code = "orders.unreadable_tracking_workbook"
    zh = "读不懂这个文件：{why_zh}请用下载的发货清单填写快递公司和单号后传回"
    en = "The file cannot be read: {why_en} Fill in carrier and number in the list that you downloaded, and send that"
    reason: str
    why_zh: str
    why_en: str


class LineWithoutTrackingNumber(Conflict):
    code = "orders.line_without_tracking_number"
    zh = "发货单 {consignment_id} 的 {sku_name} 没有快递单号，整张发货单没有发货"
    en = "{sku_name} of consignment {consignment_id} has no tracking number, so nothing of the consignment was shipped"
    consignment_id: int
    sku_name: str


_HINT_ZH = "这张发货单的每一行都填上同一个快递公司和单号再传回；缺货发不出的，先在「发货」页报缺货，再传一次。"
_HINT_EN = (
    "Give every line of this consignment the same carrier and number and send the list again; report what is out of stock "
    "on the page “Shipping” first."
)


@dataclass(frozen=True, slots=True)
class TrackingFault:
    """Why a row of the workbook shipped nothing, and where in the workbook it stands."""

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
class ShippingResult:
    """How many consignments a workbook shipped, how many it had shipped before, and the rows that were refused."""

    shipped: int
    unchanged: int
    faults: list[TrackingFault]


def write_shipping_list(*, actor: Actor, now: datetime) -> bytes:
    """A workbook of the brand's consignments to ship, the most urgent first, with columns for carrier and tracking number (ORDER-4)."""
    return tracking_sheet.write(_shipping_list_lines(require_own_brand(actor).id, now))


def ship_by_workbook(*, actor: Actor, filename: str, data: bytes, now: datetime) -> ShippingResult:
    """Ship each consignment whose rows all name carrier and tracking number.

    A consignment with a row without a usable number stays unshipped, and the result names the row (ORDER-4). Other consignments are
    shipped all the same. The same workbook again changes nothing. Refuses a file that is no shipping list.
    """
    brand = require_own_brand(actor)
    reading = tracking_sheet.read_in_child(data, filename)
    if reading.outcome != "accept":
        zh, en = _unreadable_messages(reading)
        raise UnreadableTrackingWorkbook(reason=reading.reason or "no_header", why_zh=zh, why_en=en)
    numbered = _without_second_parcels(reading)
    shipped_before = _load_shipped_numbers(numbered)
    incomplete = _find_incomplete(reading, numbered, brand.id)
    faults = [
        *_reading_faults(reading, incomplete),
        *(fault for faults_of_one in incomplete.values() for fault in faults_of_one),
    ]
    shipped, unchanged, seen = 0, 0, set[str]()
    for row in numbered:
        number = _without_leading_zeros(row.consignment_no)
        if number in seen or number in incomplete:
            continue
        seen.add(number)
        try:
            ship(
                actor=actor,
                consignment_id=_parse_consignment_id(number),
                carrier=row.carrier_name,
                tracking_no=row.tracking_no,
                now=now,
            )
        except Refusal as refusal:
            faults.append(_refusal_fault(row, refusal))
        else:
            if number in shipped_before:
                unchanged += 1
            else:
                shipped += 1
    return ShippingResult(shipped, unchanged, sorted(faults, key=lambda each: (each.sheet, each.row)))


def _without_second_parcels(reading: TrackingReading) -> list[TrackingLine]:
    """The rows with a number. A consignment ships in one parcel: a row with another number than the first is a fault."""
    first: dict[str, TrackingLine] = {}
    kept: list[TrackingLine] = []
    for row in reading.rows:
        if not row.tracking_no:
            continue
        before = first.setdefault(row.consignment_no, row)
        if (before.carrier_name, before.tracking_no) == (row.carrier_name, row.tracking_no):
            kept.append(row)
            continue
        details = (str(before.row),)
        reading.faults.append(
            Fault(row.sheet, row.row, None, "快递单号", "conflicting_tracking", row.tracking_no, details)
        )
        reading.rows_without_number.append(
            RowWithoutNumber(row.sheet, row.row, None, row.consignment_no, row.goods, faulty=True)
        )
    return kept


@dataclass(frozen=True, slots=True)
class _UnshippedLine:
    """A line of a consignment to ship; `units` excludes refunded ones."""

    sku: SkuText
    units: int

    def matches(self, named: SkuText) -> bool:
        if named.barcode and self.sku.barcode:
            return named.barcode == self.sku.barcode
        own = self.sku
        return (own.style_no, own.colour, own.size) == (named.style_no, named.colour, named.size)

    @property
    def description(self) -> str:
        parts = (self.sku.style_no, self.sku.colour, self.sku.size)
        return " ".join([*(part for part in parts if part), f"×{self.units}"])


def _find_incomplete(
    reading: TrackingReading, rows: Sequence[TrackingLine], brand_id: int
) -> dict[str, list[TrackingFault]]:
    """Faults of the consignments to ship in which only some lines have a tracking number, by the number of the consignment."""
    numbered: dict[str, list[TrackingLine]] = {}
    for row in rows:
        numbered.setdefault(_without_leading_zeros(row.consignment_no), []).append(row)
    rows_without_number: dict[str, list[RowWithoutNumber]] = {}
    for each in reading.rows_without_number:
        rows_without_number.setdefault(_without_leading_zeros(each.consignment_no), []).append(each)
    to_ship = _load_unshipped_lines(numbered, brand_id)
    faults_of = {
        no: _missing_number_faults(no, numbered[no], rows_without_number.get(no, []), lines)
        for no, lines in to_ship.items()
    }
    return {no: faults for no, faults in faults_of.items() if faults is not None}


def _missing_number_faults(
    consignment_no: str,
    numbered: list[TrackingLine],
    rows_without_number: list[RowWithoutNumber],
    lines: list[_UnshippedLine],
) -> list[TrackingFault] | None:
    """Faults of the lines without a tracking number; None where every line has one and the consignment can be shipped.

    Rows of lines that were refunded in the meantime may be blank. Where the rows name their SKUs, a line whose row was deleted counts as
    one without a number. Where they name only consignments, a row stands for all lines of its consignment.
    """
    blocking = [each for each in rows_without_number if not _is_refunded(each.goods, lines)]
    rows_name_skus = all(any(line.matches(row.goods) for line in lines) for row in numbered)
    sent = [line for line in lines if any(line.matches(row.goods) for row in numbered)]
    absent = [
        line
        for line in lines
        if rows_name_skus and line.units and line not in sent and not any(line.matches(row.goods) for row in blocking)
    ]
    if not blocking and not absent:
        return None
    blank = [
        _missing_number_fault(consignment_no, each.sheet, each.row, each.col, _describe(each.goods, lines))
        for each in blocking
        if not each.faulty
    ]
    first = numbered[0]
    return blank + [
        _missing_number_fault(consignment_no, first.sheet, first.row, None, line.description) for line in absent
    ]


def _is_refunded(sku: SkuText, lines: list[_UnshippedLine]) -> bool:
    matching = [line for line in lines if line.matches(sku)]
    return bool(matching) and not any(line.units for line in matching)


def _describe(sku: SkuText, lines: list[_UnshippedLine]) -> str:
    description = next((line.description for line in lines if line.matches(sku)), "")
    return description or " ".join(part for part in (sku.style_no, sku.colour, sku.size) if part) or "?"


def _missing_number_fault(
    consignment_no: str, sheet: str | None, row: int, col: str | None, sku_name: str
) -> TrackingFault:
    refusal = LineWithoutTrackingNumber(consignment_id=int(consignment_no), sku_name=sku_name)
    return TrackingFault(
        sheet=sheet or "",
        row=row,
        col=col or "",
        header="快递单号",
        value="",
        code=refusal.code,
        message_zh=refusal.sentence("zh"),
        message_en=refusal.sentence("en"),
        hint_zh=_HINT_ZH,
        hint_en=_HINT_EN,
    )


def _reading_faults(reading: TrackingReading, incomplete: dict[str, list[TrackingFault]]) -> list[TrackingFault]:
    """The faults that the reader found. Where one keeps a whole consignment from being shipped, the message says so."""
    consignment_of_row = {
        (each.sheet, each.row): _without_leading_zeros(each.consignment_no)
        for each in reading.rows_without_number
        if each.faulty
    }
    faults = []
    for fault in reading.faults:
        number = consignment_of_row.get((fault.sheet, fault.row), "")
        is_blocking = number in incomplete
        faults.append(
            TrackingFault(
                sheet=fault.sheet or "",
                row=fault.row,
                col=fault.col or "",
                header=fault.header or "",
                value=fault.value or "",
                code=fault.code,
                message_zh=fault.message_zh + (f"整张发货单 {number} 没有发货。" if is_blocking else ""),
                message_en=fault.message_en + (f" Nothing of consignment {number} was shipped." if is_blocking else ""),
                hint_zh=fault.hint_zh,
                hint_en=fault.hint_en,
            )
        )
    return faults


def _load_unshipped_lines(numbers: Iterable[str], brand_id: int) -> dict[str, list[_UnshippedLine]]:
    """The lines of the brand's consignments to ship that `numbers` name, by the number of the consignment."""
    ids = {int(number) for number in numbers if _is_number(number)}
    rows = (
        OrderLine.objects.filter(
            consignment__in=ids, consignment__brand=brand_id, consignment__state=ConsignmentState.TO_SHIP.value
        )
        .order_by("pk")
        .values_list(
            "consignment_id", "sku__style__style_no", "sku__colour", "sku__size", "sku__barcode", "units", "refunded_units"
        )
    )  # fmt: skip
    lines: dict[str, list[_UnshippedLine]] = {}
    for consignment_id, style_no, colour, size, barcode, units, refunded in rows:
        sku = SkuText(*(normalize(part or "") for part in (style_no, colour, size, barcode)))
        lines.setdefault(str(consignment_id), []).append(_UnshippedLine(sku, units - refunded))
    return lines


def _load_shipped_numbers(rows: Sequence[TrackingLine]) -> set[str]:
    """The numbers of the consignments that the rows name and that are already shipped."""
    numbers = {int(row.consignment_no) for row in rows if _is_number(row.consignment_no)}
    shipped = Consignment.objects.filter(pk__in=numbers, state=ConsignmentState.SHIPPED.value)
    return {str(pk) for pk in shipped.values_list("pk", flat=True)}


def _shipping_list_lines(brand_id: int, now: datetime) -> Iterator[ShippingLine]:
    cursor: str | None = ""
    while cursor is not None:
        page = list_consignments(
            at=now, brand_id=brand_id, state=ConsignmentState.TO_SHIP.value, cursor=cursor, limit=PAGE
        )
        for view in page.items:
            yield from _consignment_lines(view)
        cursor = page.next_cursor


def _consignment_lines(view: ConsignmentView) -> Iterator[ShippingLine]:
    for line in view.lines:
        yield ShippingLine(
            consignment_no=str(view.id),
            recipient=view.name,
            phone=view.phone,
            address=view.address,
            style_no=line.style_no,
            colour=line.colour,
            size=line.size,
            barcode=line.barcode or None,
            units=line.units,
            cut_label=line.label_cut,
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _without_leading_zeros(number: str) -> str:
    """The number of a consignment without leading zeros: 007 is 7."""
    return str(int(number)) if _is_number(number) else number


def _parse_consignment_id(number: str) -> int:
    if not _is_number(number):
        raise NoSuchConsignment(consignment_id=0)
    return int(number)


def _refusal_fault(row: TrackingLine, refusal: Refusal) -> TrackingFault:
    return TrackingFault(
        sheet=row.sheet or "",
        row=row.row,
        col="",
        header="快递单号" if isinstance(refusal, TrackingNumberTaken) else "发货单号",
        value=row.tracking_no if isinstance(refusal, TrackingNumberTaken) else row.consignment_no,
        code=refusal.code,
        message_zh=refusal.sentence("zh"),
        message_en=refusal.sentence("en"),
        hint_zh="",
        hint_en="",
    )


def _unreadable_messages(reading: tracking_sheet.TrackingReading) -> tuple[str, str]:
    if reading.questions:
        return reading.questions[0].message_zh, reading.questions[0].message_en
    code = reading.reason or "no_header"
    return file_message(code, "zh", reading.details), file_message(code, "en", reading.details)
