"""Shipping by workbook, both ways: the list to ship out, and the same list back with tracking numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from brands.selectors import brand_of
from imports import tracking_sheet
from imports.cells.text import normalize
from imports.reasons import file_message
from imports.tracking_sheet import RowWithoutNumber, ShippingLine, SkuText, TrackingReading, TrackingRow
from kernel.refusal import Conflict, Invalid, Refusal
from orders.models import Consignment, OrderLine
from orders.rules import ConsignmentState
from orders.selectors.consignments import ConsignmentView, NoSuchConsignment, list_consignments
from orders.services.shipping import TrackingNumberTaken, ship

PAGE = 100


@dataclass(eq=False)
class UnreadableTrackingWorkbook(Invalid):
    code = "orders.unreadable_tracking"
    zh = "读不懂这个文件：{why_zh}请用下载的发货清单填写快递公司和单号后传回"
    en = "The file cannot be read: {why_en} Fill in carrier and number in the list that you downloaded, and send that"
    reason: str
    why_zh: str
    why_en: str


@dataclass(eq=False)
class LineWithoutTrackingNumber(Conflict):
    code = "orders.line_without_number"
    zh = "发货单 {consignment_id} 的 {goods} 没有快递单号，整张发货单没有发货"
    en = "{goods} of consignment {consignment_id} has no tracking number, so nothing of the consignment was shipped"
    consignment_id: int
    goods: str


_HINT_ZH = "这张发货单的每一行都填上同一个快递公司和单号再传回；缺货发不出的，先在「发货」页报缺货，再传一次。"
_HINT_EN = (
    "Give every line of this consignment the same carrier and number and send the list again; report what is out of stock "
    "on the page “Shipping” first."
)


@dataclass(frozen=True, slots=True)
class TrackingFault:
    """A line of the workbook that shipped nothing, and why."""

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
    """What a tracking workbook did: consignments that it shipped, those shipped just so before, and lines that were refused."""

    shipped: int
    unchanged: int
    faults: list[TrackingFault]


def write_shipping_list(*, actor: Actor, now: datetime) -> bytes:
    """The brand's consignments to ship, most urgent first, one line per SKU, with columns for carrier and number (ORDER-4)."""
    return tracking_sheet.write(_shipping_list_lines(brand_of(actor).id, now))


def ship_by_workbook(*, actor: Actor, filename: str, data: bytes, now: datetime) -> ShippingResult:
    """Ship every consignment whose lines in the list that came back all name carrier and number; each stands for itself.

    A consignment with a line that has no number, or a faulty one, stays unshipped, and the line is told (ORDER-4). The same workbook
    again changes nothing. Refuses a file that is no such list.
    """
    brand = brand_of(actor)
    reading = tracking_sheet.read_in_child(data, filename)
    if reading.outcome != "accept":
        zh, en = _unreadable_messages(reading)
        raise UnreadableTrackingWorkbook(reason=reading.reason or "no_header", why_zh=zh, why_en=en)
    before = _load_shipped_numbers(reading.rows)
    incomplete = _find_incomplete(reading, brand.id)
    faults = [*_reading_faults(reading, incomplete), *(fault for told in incomplete.values() for fault in told)]
    shipped, unchanged, seen = 0, 0, set[str]()
    for row in reading.rows:
        number = _without_leading_zeros(row.consignment_no)
        if number in seen or number in incomplete:
            continue
        seen.add(number)
        try:
            ship(
                actor=actor,
                consignment_id=_parse_consignment_id(number),
                carrier=row.carrier,
                tracking_no=row.tracking_no,
                now=now,
            )
        except Refusal as refusal:
            faults.append(_refusal_fault(row, refusal))
        else:
            again = number in before
            shipped, unchanged = shipped + (not again), unchanged + again
    return ShippingResult(shipped, unchanged, sorted(faults, key=lambda each: (each.sheet, each.row)))


@dataclass(frozen=True, slots=True)
class _UnshippedLine:
    """A line of a consignment that waits to be shipped; `units` are those that were not refunded."""

    goods: SkuText
    units: int

    def is_named_by(self, named: SkuText) -> bool:
        if named.barcode and self.goods.barcode:
            return named.barcode == self.goods.barcode
        own, other = self.goods, named
        return (own.style_no, own.colour, own.size) == (other.style_no, other.colour, other.size)

    @property
    def words(self) -> str:
        named = (self.goods.style_no, self.goods.colour, self.goods.size)
        return " ".join([*(part for part in named if part), f"×{self.units}"])


def _find_incomplete(reading: TrackingReading, brand_id: int) -> dict[str, list[TrackingFault]]:
    """The consignments of the list, still to be shipped, that have a number for some of their lines only; with what is to be told."""
    numbered: dict[str, list[TrackingRow]] = {}
    for row in reading.rows:
        numbered.setdefault(_without_leading_zeros(row.consignment_no), []).append(row)
    rows_without_number: dict[str, list[RowWithoutNumber]] = {}
    for each in reading.rows_without_number:
        rows_without_number.setdefault(_without_leading_zeros(each.consignment_no), []).append(each)
    to_ship = _load_unshipped_lines(numbered, brand_id)
    told = {
        no: _missing_number_faults(no, numbered[no], rows_without_number.get(no, []), lines)
        for no, lines in to_ship.items()
    }
    return {no: faults for no, faults in told.items() if faults is not None}


def _missing_number_faults(
    consignment_no: str,
    numbered: list[TrackingRow],
    rows_without_number: list[RowWithoutNumber],
    lines: list[_UnshippedLine],
) -> list[TrackingFault] | None:
    """What to tell of the lines without a number; None where there is none, and the consignment can be shipped.

    Lines that were refunded in the meantime may be blank. Where the list says which goods its lines are, a line that was deleted from
    the list counts as one without a number; a list of consignments alone speaks for all goods of each.
    """
    blocking = [each for each in rows_without_number if not _is_refunded(each.goods, lines)]
    names_goods = all(any(line.is_named_by(row.goods) for line in lines) for row in numbered)
    sent = [line for line in lines if any(line.is_named_by(row.goods) for row in numbered)]
    absent = [
        line
        for line in lines
        if names_goods and line.units and line not in sent and not any(line.is_named_by(row.goods) for row in blocking)
    ]
    if not blocking and not absent:
        return None
    blank = [
        _missing_number_fault(consignment_no, each.sheet, each.row, each.col, _describe(each.goods, lines))
        for each in blocking
        if not each.faulty
    ]
    first = numbered[0]
    return blank + [_missing_number_fault(consignment_no, first.sheet, first.row, None, line.words) for line in absent]


def _is_refunded(goods: SkuText, lines: list[_UnshippedLine]) -> bool:
    named = [line for line in lines if line.is_named_by(goods)]
    return bool(named) and not any(line.units for line in named)


def _describe(goods: SkuText, lines: list[_UnshippedLine]) -> str:
    named = next((line.words for line in lines if line.is_named_by(goods)), "")
    return named or " ".join(part for part in (goods.style_no, goods.colour, goods.size) if part) or "?"


def _missing_number_fault(
    consignment_no: str, sheet: str | None, row: int, col: str | None, goods: str
) -> TrackingFault:
    refusal = LineWithoutTrackingNumber(consignment_id=int(consignment_no), goods=goods)
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
    """The faults of the reading; where one keeps a whole consignment from being shipped, that is said too."""
    holding = {
        (each.sheet, each.row): _without_leading_zeros(each.consignment_no)
        for each in reading.rows_without_number
        if each.faulty
    }
    told = []
    for fault in reading.faults:
        number = holding.get((fault.sheet, fault.row), "")
        held = number in incomplete
        told.append(
            TrackingFault(
                sheet=fault.sheet or "",
                row=fault.row,
                col=fault.col or "",
                header=fault.header or "",
                value=fault.value or "",
                code=fault.code,
                message_zh=fault.message_zh + (f"整张发货单 {number} 没有发货。" if held else ""),
                message_en=fault.message_en + (f" Nothing of consignment {number} was shipped." if held else ""),
                hint_zh=fault.hint_zh,
                hint_en=fault.hint_en,
            )
        )
    return told


def _load_unshipped_lines(numbers: Iterable[str], brand_id: int) -> dict[str, list[_UnshippedLine]]:
    """The lines of those consignments of a brand that wait to be shipped, by the number of the consignment."""
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
        goods = SkuText(*(normalize(part or "") for part in (style_no, colour, size, barcode)))
        lines.setdefault(str(consignment_id), []).append(_UnshippedLine(goods, units - refunded))
    return lines


def _load_shipped_numbers(rows: Sequence[TrackingRow]) -> set[str]:
    """Of the consignments that a list names, those that are shipped."""
    numbers = {int(row.consignment_no) for row in rows if _is_number(row.consignment_no)}
    shipped = Consignment.objects.filter(pk__in=numbers, state=ConsignmentState.SHIPPED.value)
    return {str(pk) for pk in shipped.values_list("pk", flat=True)}


def _shipping_list_lines(brand_id: int, now: datetime) -> Iterator[ShippingLine]:
    after: str | None = ""
    while after is not None:
        page = list_consignments(
            at=now, brand_id=brand_id, state=ConsignmentState.TO_SHIP.value, cursor=after, limit=PAGE
        )
        for view in page.items:
            yield from _consignment_lines(view)
        after = page.next_cursor


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
    """The number of a consignment without leading zeros, so that 7 and 007 are one."""
    return str(int(number)) if _is_number(number) else number


def _parse_consignment_id(number: str) -> int:
    if not _is_number(number):
        raise NoSuchConsignment(consignment_id=0)
    return int(number)


def _refusal_fault(row: TrackingRow, refusal: Refusal) -> TrackingFault:
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
