"""Shipping 发货 of one consignment, and the correction of its tracking number."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from accounts.rules import Actor, Role
from accounts.services.audit import record
from brands.selectors.brands import NoSuchBrand, require_staff
from db.transactions import atomic_with_retry
from imports.tracking_cells import parse_carrier
from kernel.refusal import Conflict, require_tracking
from membership.services.growth import settle_shipment
from orders.models import Consignment, OrderLine
from orders.rules import ConsignmentState
from orders.selectors.consignments import ConsignmentView, NoSuchConsignment, get_consignment

TRACKING_NUMBER_REUSED_AFTER = timedelta(days=90)
"""Carriers reuse tracking numbers, but not within this time."""


class CannotShip(Conflict):
    code = "orders.cannot_ship"
    zh = "发货单 {consignment_id} 已发货或已取消，不能再发货；单号填错了请在「已发货」里改"
    en = "Consignment {consignment_id} is shipped or cancelled already; a wrong number is corrected under “Shipped”"
    consignment_id: int


class CannotCorrect(Conflict):
    code = "orders.cannot_correct"
    zh = "发货单 {consignment_id} 不能改单号：只有发货后 {days} 天内的发货单可以改"
    en = "The tracking number of consignment {consignment_id} cannot be corrected: only within {days} days of shipping"
    consignment_id: int
    days: int


class TrackingNumberTaken(Conflict):
    code = "orders.tracking_number_taken"
    zh = "单号 {tracking_no} 已用于发货单 {other}（{name}），一个包裹只能寄给一位收件人，请核对"
    en = "The number {tracking_no} stands on consignment {other} ({name}) already, and a parcel goes to one recipient; check it"
    tracking_no: str
    other: int
    name: str


@atomic_with_retry
def ship(*, actor: Actor, consignment_id: int, carrier: str, tracking_no: str, now: datetime) -> ConsignmentView:
    """Ship a consignment, as a clerk of its brand or as ops. The same tracking number again changes nothing; another one is refused."""
    row, carrier, tracking_no = _lock_consignment(actor, consignment_id, carrier, tracking_no)
    if row.state == ConsignmentState.SHIPPED.value and _is_same_parcel(row, carrier, tracking_no):
        return get_consignment(consignment_id, at=now)
    if row.state != ConsignmentState.TO_SHIP.value:
        raise CannotShip(consignment_id=consignment_id)
    _require_unused_number(row, tracking_no, now)
    row.state, row.carrier, row.tracking_no, row.shipped_at = (
        ConsignmentState.SHIPPED.value,
        carrier,
        tracking_no,
        now,
    )
    row.save(update_fields=["state", "carrier", "tracking_no", "shipped_at"])
    _settle_shipped_growth(row, now)
    details = {"carrier": carrier, "tracking_no": tracking_no, "late": now > row.ship_by}
    record(actor=actor, action="orders.ship", kind="consignment", subject_id=row.pk, details=details, now=now)
    return get_consignment(consignment_id, at=now)


@atomic_with_retry
def correct_tracking(
    *, actor: Actor, consignment_id: int, carrier: str, tracking_no: str, now: datetime
) -> ConsignmentView:
    """Correct the tracking number of a shipped consignment, as a clerk of its brand or as ops, within the after-sales window (ORDER-4).

    The time of shipping stays; the audit log keeps the earlier number.
    """
    row, carrier, tracking_no = _lock_consignment(actor, consignment_id, carrier, tracking_no)
    window = settings.AFTER_SALES_WINDOW
    if row.state != ConsignmentState.SHIPPED.value or row.shipped_at is None or now > row.shipped_at + window:
        raise CannotCorrect(consignment_id=consignment_id, days=window.days)
    earlier = f"{row.carrier} {row.tracking_no}"
    if earlier == f"{carrier} {tracking_no}":
        return get_consignment(consignment_id, at=now)
    _require_unused_number(row, tracking_no, now)
    row.carrier, row.tracking_no = carrier, tracking_no
    row.save(update_fields=["carrier", "tracking_no"])
    details = {"from": earlier, "to": f"{carrier} {tracking_no}"}
    record(
        actor=actor, action="orders.correct_tracking", kind="consignment", subject_id=row.pk, details=details, now=now
    )
    return get_consignment(consignment_id, at=now)


def _settle_shipped_growth(row: Consignment, now: datetime) -> None:
    """The growth of shipped units is no longer pending: it counts in full for the reseller's tier."""
    lines = OrderLine.objects.filter(consignment=row).values_list("units", "refunded_units", "price_fen")
    settle_shipment(
        reseller_id=row.order.reseller_id,
        order_id=row.order_id,
        shipment=f"consignment/{row.pk}",
        amount_fen=sum((units - refunded) * price for units, refunded, price in lines),
        now=now,
    )


def _is_same_parcel(row: Consignment, carrier: str, tracking_no: str) -> bool:
    """Whether carrier and number mean the parcel of a consignment, however they are written: 顺丰 sf1 is 顺丰速运 SF1."""
    same_number = row.tracking_no.upper() == tracking_no.upper()
    return same_number and _full_carrier_name(row.carrier) == _full_carrier_name(carrier)


def _full_carrier_name(carrier: str) -> str:
    full_name = parse_carrier(carrier)
    return full_name if isinstance(full_name, str) else carrier


def _lock_consignment(
    actor: Actor, consignment_id: int, carrier: str, tracking_no: str
) -> tuple[Consignment, str, str]:
    """The locked consignment, with carrier and number normalized. Refuses actors that may not ship it and invalid numbers."""
    row = Consignment.objects.select_for_update().filter(pk=consignment_id).first()
    if row is None:
        raise NoSuchConsignment(consignment_id=consignment_id)
    _require_brand_staff(actor, row)
    return row, *require_tracking(carrier, tracking_no)


def _require_unused_number(row: Consignment, tracking_no: str, now: datetime) -> None:
    """Refuse a number that another recipient's consignment has: it was probably copied to a wrong row (ORDER-4).

    Orders of one recipient may share a parcel.
    """
    recent = Consignment.objects.filter(
        brand_id=row.brand_id, tracking_no__iexact=tracking_no, shipped_at__gt=now - TRACKING_NUMBER_REUSED_AFTER
    )
    same_recipient = Q(name=row.name, phone=row.phone, address=row.address)
    other = recent.exclude(pk=row.pk).exclude(same_recipient).first()
    if other is not None:
        raise TrackingNumberTaken(tracking_no=tracking_no, other=other.pk, name=other.name)


def _require_brand_staff(actor: Actor, row: Consignment) -> None:
    # A clerk of another brand must not learn that the consignment exists.
    try:
        require_staff(actor, row.brand_id, Role.OPS)
    except NoSuchBrand as cause:
        raise NoSuchConsignment(consignment_id=row.pk) from cause
