"""Shipping 发货: units of consignments go into parcels. One service for the page, the API and the workbook (ORDER-4, ORDER-9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict
from orders.models.shipping import Parcel
from orders.selectors.consignments import ConsignmentView, NoSuchConsignment, get_consignment
from orders.selectors.parcel_events import NoSuchParcel
from orders.services.parcel_plan import (
    LineUnits,
    ParcelBatch,
    RefundedUnits,
    Shipment,
    ShipmentOutcome,
    ShipmentState,
    load_batch,
    parse_parcel,
    plan_shipment,
    require_unused_number,
)
from orders.services.parcel_writes import write_batch
from tracking.rules import ParcelStatus


class CannotCorrect(Conflict):
    code = "orders.cannot_correct"
    zh = "发货单 {consignment_id} 不能改单号：只有发货后 {days} 天内的包裹可以改"
    en = "The tracking number of consignment {consignment_id} cannot be corrected: only within {days} days of shipping"
    consignment_id: int
    days: int


class SeveralParcels(Conflict):
    code = "orders.several_parcels"
    zh = "发货单 {consignment_id} 有 {parcels} 个包裹，请指明改哪一个"
    en = "Consignment {consignment_id} has {parcels} parcels; name the one to correct"
    consignment_id: int
    parcels: int


class NumberInConsignment(Conflict):
    code = "orders.number_in_consignment"
    zh = "发货单 {consignment_id} 已有另一个单号为 {tracking_no} 的包裹"
    en = "Consignment {consignment_id} has another parcel with the number {tracking_no}"
    consignment_id: int
    tracking_no: str


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """What became of a shipment: `shipped`, `unchanged` or `refused`; `code` and messages where it was refused, "" otherwise."""

    consignment_id: int
    tracking_no: str
    state: ShipmentState
    refunded: list[RefundedUnits]
    code: str
    message_zh: str
    message_en: str


def shipment_view(outcome: ShipmentOutcome) -> ShipmentView:
    refusal = outcome.refusal
    return ShipmentView(
        consignment_id=outcome.shipment.consignment_id,
        tracking_no=outcome.shipment.tracking_no,
        state=outcome.state,
        refunded=list(outcome.refunded),
        code=refusal.code if refusal else "",
        message_zh=refusal.sentence("zh") if refusal else "",
        message_en=refusal.sentence("en") if refusal else "",
    )


@atomic_with_retry
def ship_many(*, actor: Actor, shipments: Sequence[Shipment], now: datetime) -> list[ShipmentOutcome]:
    """Ship many parcels as a clerk of their brand or as ops; each shipment is shipped, unchanged or refused on its own.

    The outcomes are in the order of the shipments. A shipment says what its parcel holds, so the same shipments again change nothing;
    that is why there is no idempotency key.
    """
    batch = load_batch(actor, shipments, now)
    outcomes = [plan_shipment(batch, shipment) for shipment in shipments]
    write_batch(batch)
    return outcomes


@atomic_with_retry
def ship(
    *,
    actor: Actor,
    consignment_id: int,
    carrier: str,
    tracking_no: str,
    now: datetime,
    lines: Sequence[LineUnits] = (),
) -> ConsignmentView:
    """Ship one parcel of a consignment: `lines`, or all that is left. The same parcel again changes nothing."""
    shipment = Shipment(consignment_id, carrier, tracking_no, tuple(lines))
    [outcome] = ship_many(actor=actor, shipments=[shipment], now=now)
    if outcome.refusal is not None:
        raise outcome.refusal
    return get_consignment(consignment_id, at=now, is_for_brand=actor.role is Role.BRAND)


@atomic_with_retry
def correct_parcel(*, actor: Actor, parcel_id: int, carrier: str, tracking_no: str, now: datetime) -> ConsignmentView:
    """Correct carrier and number of a parcel, as a clerk of its brand or as ops, within the after-sales window (ORDER-4).

    The time of shipping stays; the audit log keeps the earlier number. What the carrier reported of the earlier number is not kept as
    the status of the parcel, and the new number is followed from then on (TRACK-2).
    """
    consignment_id = Parcel.objects.filter(pk=parcel_id).values_list("consignment_id", flat=True).first()
    if consignment_id is None:
        raise NoSuchParcel(parcel_id=parcel_id)
    batch = load_batch(actor, [Shipment(consignment_id, carrier, tracking_no)], now)
    if consignment_id not in batch.consignments:
        raise NoSuchParcel(parcel_id=parcel_id)
    row = next(each.row for each in batch.all_parcels() if each.row.pk == parcel_id)
    _correct(batch, row, carrier, tracking_no)
    return get_consignment(consignment_id, at=now, is_for_brand=actor.role is Role.BRAND)


@atomic_with_retry
def correct_tracking(
    *, actor: Actor, consignment_id: int, carrier: str, tracking_no: str, now: datetime
) -> ConsignmentView:
    """Correct the only parcel of a consignment. Refuses a consignment with several: then the parcel must be named."""
    batch = load_batch(actor, [Shipment(consignment_id, carrier, tracking_no)], now)
    if consignment_id not in batch.consignments:
        raise NoSuchConsignment(consignment_id=consignment_id)
    rows = [each.row for each in batch.all_parcels()]
    if not rows:
        raise CannotCorrect(consignment_id=consignment_id, days=settings.AFTER_SALES_WINDOW.days)
    if len(rows) > 1:
        raise SeveralParcels(consignment_id=consignment_id, parcels=len(rows))
    _correct(batch, rows[0], carrier, tracking_no)
    return get_consignment(consignment_id, at=now, is_for_brand=actor.role is Role.BRAND)


def _correct(batch: ParcelBatch, row: Parcel, written_carrier: str, written_number: str) -> None:
    window = settings.AFTER_SALES_WINDOW
    if batch.now > row.shipped_at + window:
        raise CannotCorrect(consignment_id=row.consignment_id, days=window.days)
    carrier, tracking_no, waybill = parse_parcel(batch.carriers, written_carrier, written_number)
    earlier = f"{row.carrier_name} {row.tracking_no}"
    if earlier == f"{carrier.name} {tracking_no}":
        return
    same_number = batch.parcels.get(row.consignment_id, {}).get(tracking_no.upper())
    if same_number is not None and same_number.row.pk != row.pk:
        raise NumberInConsignment(consignment_id=row.consignment_id, tracking_no=tracking_no)
    require_unused_number(batch, batch.consignments[row.consignment_id], tracking_no, waybill)
    if (row.waybill, row.carrier_id) != (waybill, carrier.id):
        row.status, row.status_at, row.tracked_id = ParcelStatus.SHIPPED.value, row.shipped_at, None
    if row.tracking_no.upper() != tracking_no.upper():
        row.replaced_numbers = [*dict.fromkeys([*row.replaced_numbers, row.tracking_no.upper()])]
    row.carrier_id, row.carrier_name, row.tracking_no, row.waybill = carrier.id, carrier.name, tracking_no, waybill
    changed = (
        "carrier",
        "carrier_name",
        "tracking_no",
        "waybill",
        "replaced_numbers",
        "status",
        "status_at",
        "tracked",
    )
    row.save(update_fields=changed)
    details = {"from": earlier, "to": f"{carrier.name} {tracking_no}"}
    record(
        actor=batch.actor,
        action="orders.correct_tracking",
        kind="consignment",
        subject_id=row.consignment_id,
        details=details,
        now=batch.now,
    )
