"""The shipping list that a brand sends back: parcels are shipped, and units that it does not have are refunded (ORDER-4, AFTER-2)."""

from datetime import datetime

from accounts.rules import Actor
from aftersales.selectors.shipping_uploads import own_spellings, remembered_answers
from aftersales.services.refunds import report_short_total
from brands.selectors.brands import require_own_brand
from imports.tracking_sheet import TrackingReading
from kernel.refusal import Refusal
from orders.services.order_workbooks import (
    ShippingResult,
    TrackingWorkbook,
    match_tracking_sheet,
    read_tracking_sheet,
    refusal_message,
    ship_rows,
)


def ship_by_workbook(*, actor: Actor, filename: str, data: bytes, now: datetime) -> ShippingResult:
    """Ship what has a number, refund what is short, leave the rest to ship; each row is taken or refused on its own.

    The same workbook again changes nothing. Columns and carriers that the brand was asked about before are known (ORDER-13). Refuses a file
    that is no shipping list, and one with a new question.
    """
    brand = require_own_brand(actor)
    reading = read_tracking_sheet(
        filename=filename, data=data, answers=remembered_answers(brand.id), spellings=own_spellings(brand.id)
    )
    return ship_reading(actor=actor, reading=reading, now=now)


def ship_reading(*, actor: Actor, reading: TrackingReading, now: datetime) -> ShippingResult:
    """Ship the rows of a sheet that was read."""
    workbook = match_tracking_sheet(actor=actor, reading=reading)
    short = _report_shorts(actor, workbook, now)
    return ship_rows(actor=actor, workbook=workbook, short=short, now=now)


def _report_shorts(actor: Actor, workbook: TrackingWorkbook, now: datetime) -> int:
    """Report the units short of each row; a row that is refused ships nothing either. Returns of how many lines units were refunded."""
    reported, refused = 0, set()
    for short in workbook.shorts:
        try:
            refund = report_short_total(actor=actor, line_id=short.line_id, units=short.units, now=now)
        except Refusal as refusal:
            workbook.faults.append(refusal_message(short.row, refusal))
            refused.add(short.row)
        else:
            reported += refund is not None
    if refused:
        workbook.shipments = [(row, shipment) for row, shipment in workbook.shipments if row not in refused]
    return reported
