"""The list of consignments to ship, as the workbook that a brand fills in with carriers and tracking numbers."""

from collections.abc import Iterator
from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from brands.selectors.brands import require_own_brand
from imports import tracking_sheet
from imports.tracking_sheet import ShippingLine
from orders.rules.states import ConsignmentState
from orders.selectors.carriers import carriers_of_sheets
from orders.selectors.consignments import ConsignmentLineView, ConsignmentView, list_consignments
from orders.services.shipping_lists import mark_listed

PAGE = 100


def write_shipping_list(*, actor: Actor, now: datetime) -> bytes:
    """A workbook of the brand's lines to ship, the most urgent first, with columns for carrier, number and units short (ORDER-4).

    It holds contacts, so the audit log keeps the download and the number of rows (PRIVACY-7).
    """
    brand = require_own_brand(actor)
    mark_listed(brand_id=brand.id, now=now)
    lines = list(_shipping_list_lines(brand.id, now))
    details = {"rows": len(lines), "consignments": len({line.consignment_no for line in lines})}
    record(
        actor=actor, action="orders.download_shipping_list", kind="brand", subject_id=brand.id, details=details, now=now
    )
    return tracking_sheet.write(lines, carriers_of_sheets(active_only=True))


def _shipping_list_lines(brand_id: int, now: datetime) -> Iterator[ShippingLine]:
    cursor: str | None = ""
    while cursor is not None:
        page = list_consignments(
            at=now,
            brand_id=brand_id,
            state=ConsignmentState.TO_SHIP.value,
            listed_only=True,
            cursor=cursor,
            limit=PAGE,
        )
        for view in page.items:
            yield from _consignment_lines(view)
        cursor = page.next_cursor


def resend_mark(line: ConsignmentLineView) -> str:
    """What the brand is told of units that it sends again; "" for others."""
    return f"【补发 {line.resending_units} 件】" if line.resending_units else ""


def _consignment_lines(view: ConsignmentView) -> Iterator[ShippingLine]:
    for line in view.lines:
        if line.unshipped_units:
            yield ShippingLine(
                consignment_no=str(view.id),
                recipient=view.name,
                phone=view.phone,
                address=view.address,
                style_no=line.style_no,
                colour=line.colour,
                size=line.size,
                barcode=line.barcode or None,
                units=line.unshipped_units,
                cut_label=line.label_cut,
                line_no=str(line.line_id),
                remark=" ".join(part for part in (resend_mark(line), line.remark) if part),
            )
