"""Shipping by workbook, both ways: the list to ship out, and the same list back with tracking numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from brands.queries import brand_of
from imports import tracking_sheet
from imports.reasons import file_message
from imports.tracking_sheet import ShipLine, TrackingRow
from kernel.refusal import Invalid, Refusal
from orders.models import Consignment
from orders.queries import ConsignmentView, NoSuchConsignment, consignments
from orders.rules import ConsignmentState
from orders.verbs.shipping import NumberTaken, ship

PAGE = 100


@dataclass(eq=False)
class UnreadableTracking(Invalid):
    code = "orders.unreadable_tracking"
    zh = "读不懂这个文件：{why_zh}请用下载的发货清单填写快递公司和单号后传回"
    en = "The file cannot be read: {why_en} Fill in carrier and number in the list that you downloaded, and send that"
    reason: str
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class RowRefused:
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
class ShippedByWorkbook:
    """What a tracking workbook did: consignments that it shipped, those shipped just so before, and lines that were refused."""

    shipped: int
    unchanged: int
    faults: list[RowRefused]


def shipping_list(*, actor: Actor, now: datetime) -> bytes:
    """The brand's consignments to ship, most urgent first, one line per SKU, with columns for carrier and number (ORDER-4)."""
    return tracking_sheet.write(_lines(brand_of(actor).id, now))


def ship_by_workbook(*, actor: Actor, filename: str, data: bytes, now: datetime) -> ShippedByWorkbook:
    """Ship every consignment for which the list that came back names carrier and number; each stands for itself.

    The same workbook again changes nothing. Refuses a file that is no such list.
    """
    brand_of(actor)
    reading = tracking_sheet.read_in_child(data, filename)
    if reading.outcome != "accept":
        zh, en = _why(reading)
        raise UnreadableTracking(reason=reading.reason or "no_header", why_zh=zh, why_en=en)
    faults = [
        RowRefused(
            f.sheet or "", f.row, f.col or "", f.header or "", f.value or "", f.code,
            f.message_zh, f.message_en, f.hint_zh, f.hint_en,
        )
        for f in reading.faults
    ]  # fmt: skip
    before = _shipped_of(reading.rows)
    shipped, unchanged, seen = 0, 0, set[str]()
    for row in reading.rows:
        if row.consignment_no in seen:
            continue
        seen.add(row.consignment_no)
        try:
            ship(
                actor=actor,
                consignment_id=_id_of(row.consignment_no),
                carrier=row.carrier,
                tracking_no=row.tracking_no,
                now=now,
            )
        except Refusal as refusal:
            faults.append(_refused(row, refusal))
        else:
            again = row.consignment_no in before
            shipped, unchanged = shipped + (not again), unchanged + again
    return ShippedByWorkbook(shipped, unchanged, sorted(faults, key=lambda each: (each.sheet, each.row)))


def _shipped_of(rows: Sequence[TrackingRow]) -> set[str]:
    """Of the consignments that a list names, those that are shipped."""
    numbers = {int(row.consignment_no) for row in rows if _is_number(row.consignment_no)}
    shipped = Consignment.objects.filter(pk__in=numbers, state=ConsignmentState.SHIPPED.value)
    return {str(pk) for pk in shipped.values_list("pk", flat=True)}


def _lines(brand_id: int, now: datetime) -> Iterator[ShipLine]:
    after: str | None = ""
    while after is not None:
        page = consignments(at=now, brand_id=brand_id, state=ConsignmentState.TO_SHIP.value, after=after, size=PAGE)
        for view in page.items:
            yield from _lines_of(view)
        after = page.next


def _lines_of(view: ConsignmentView) -> Iterator[ShipLine]:
    for line in view.lines:
        yield ShipLine(
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


def _id_of(number: str) -> int:
    if not _is_number(number):
        raise NoSuchConsignment(consignment_id=0)
    return int(number)


def _refused(row: TrackingRow, refusal: Refusal) -> RowRefused:
    return RowRefused(
        sheet=row.sheet or "",
        row=row.row,
        col="",
        header="快递单号" if isinstance(refusal, NumberTaken) else "发货单号",
        value=row.tracking_no if isinstance(refusal, NumberTaken) else row.consignment_no,
        code=refusal.code,
        message_zh=refusal.sentence("zh"),
        message_en=refusal.sentence("en"),
        hint_zh="",
        hint_en="",
    )


def _why(reading: tracking_sheet.TrackingReading) -> tuple[str, str]:
    if reading.questions:
        return reading.questions[0].message_zh, reading.questions[0].message_en
    code = reading.reason or "no_header"
    return file_message(code, "zh", reading.details), file_message(code, "en", reading.details)
