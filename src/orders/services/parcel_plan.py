"""What a batch of shipments does, worked out in memory: which units go into which parcel, and which shipments are refused (ORDER-4)."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.rules import Actor, Role
from brands.selectors.brands import NoSuchBrand, require_staff
from kernel.masking import mask_name
from kernel.refusal import InvalidTracking, Refusal
from orders import sql
from orders.models.lines import OrderLine, ParcelLine
from orders.models.orders import Order
from orders.models.shipping import Consignment, Parcel
from orders.rules.lines import LinePlan, LineProblem, plan_line
from orders.rules.parcels import waybill_of
from orders.selectors.carriers import CarrierTable, CarrierView, UnknownCarrier, carrier_table
from orders.selectors.consignments import NoSuchConsignment, carrier_name_en
from orders.services.shipping_refusals import (
    CannotShip,
    InvalidUnitsToShip,
    LineAlreadyShipped,
    NoSuchLineToShip,
    NumberWasCorrected,
    OtherCarrier,
    OtherUnitsInParcel,
    TooManyUnits,
    TrackingNumberTaken,
    UnitsRefunded,
)

TRACKING_NUMBER_REUSED_AFTER = timedelta(days=90)
"""Carriers reuse tracking numbers, but not within this time."""


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of an order line in a parcel; None means all that are left to ship."""

    line_id: int
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel of a consignment with its carrier and number as they were written. No `lines` means all units that are left."""

    consignment_id: int
    carrier: str
    tracking_no: str
    lines: tuple[LineUnits, ...] = ()


class ShipmentState(enum.StrEnum):
    SHIPPED = "shipped"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RefundedUnits:
    """Units that a shipment named and that had been refunded: they were left out."""

    line_id: int
    sku_name: str
    units: int


@dataclass(frozen=True, slots=True)
class ShipmentOutcome:
    """What became of a shipment; `refusal` where it was refused."""

    shipment: Shipment
    state: ShipmentState
    refunded: tuple[RefundedUnits, ...] = ()
    refusal: Refusal | None = None


@dataclass(slots=True)
class LineProgress:
    """An order line and how far it is shipped, with what the batch has planned so far."""

    line_id: int
    order_id: int
    consignment_id: int
    sku_name: str
    price_fen: int
    units: int
    shipped_units: int
    cancelled_units: int
    resending_units: int
    newly_shipped_units: int = 0
    """Units that the batch ships for the first time; what is sent again does not count."""

    @property
    def left_units(self) -> int:
        return self.units - self.shipped_units - self.cancelled_units + self.resending_units

    def ship(self, units: int) -> None:
        """Count units as shipped: those that were never shipped first."""
        first = min(units, self.units - self.shipped_units - self.cancelled_units)
        self.shipped_units += first
        self.newly_shipped_units += first
        self.resending_units -= units - first


@dataclass(slots=True)
class PlannedParcel:
    """A parcel with the units of each line in it; `added` are those that the batch puts in. `row` is saved where it existed before.

    `is_further_piece`: a new piece of a waybill whose units stand in another piece, because the goods fill several boxes.
    """

    row: Parcel
    carrier_en: str
    units: dict[int, int] = field(default_factory=dict)
    added: dict[int, int] = field(default_factory=dict)
    is_further_piece: bool = False

    @property
    def is_changed(self) -> bool:
        return bool(self.added) or self.is_further_piece


@dataclass(frozen=True, slots=True)
class NumberHolder:
    """A consignment that has used a tracking number, and its recipient."""

    consignment_id: int
    name: str
    phone: str
    address: str

    def has_recipient(self, row: Consignment) -> bool:
        return (self.name, self.phone, self.address) == (row.name, row.phone, row.address)


@dataclass(slots=True)
class ParcelBatch:
    """Everything that a batch reads and plans. Orders, lines and consignments are locked until the transaction ends."""

    actor: Actor
    now: datetime
    carriers: CarrierTable
    consignments: dict[int, Consignment]
    lines: dict[int, list[LineProgress]]
    parcels: dict[int, dict[str, PlannedParcel]]
    """By consignment, and then by tracking number in capitals."""
    holders: dict[tuple[int, str], list[NumberHolder]]
    """By brand and waybill the consignments that have used the number within `TRACKING_NUMBER_REUSED_AFTER`."""

    def all_parcels(self) -> Iterator[PlannedParcel]:
        return (each for of_consignment in self.parcels.values() for each in of_consignment.values())


def load_batch(actor: Actor, shipments: Sequence[Shipment], now: datetime) -> ParcelBatch:
    """Lock what the shipments name and read it. Consignments that the actor may not ship are left out: for her they do not exist.

    One batch of a brand runs at a time, so two batches cannot give one number to two recipients, nor wait for each other's rows.
    """
    named = Consignment.objects.filter(pk__any_of={each.consignment_id for each in shipments})
    brand_of = dict(named.values_list("pk", "brand_id"))
    own_brands = {brand_id for brand_id in set(brand_of.values()) if _may_ship(actor, brand_id)}
    sql.lock_shipping_of_brands(sorted(own_brands))
    ids = [pk for pk, brand_id in brand_of.items() if brand_id in own_brands]
    # The order in which refunds lock: orders, lines, consignments.
    orders = Order.objects.filter(pk__in=Consignment.objects.filter(pk__any_of=ids).values("order_id"))
    list(orders.order_by("pk").select_for_update().values_list("pk", flat=True))
    lines = _lock_lines(ids)
    rows = Consignment.objects.filter(pk__any_of=ids).select_related("order").order_by("pk")
    consignments = {row.pk: row for row in rows.select_for_update(of=("self",))}
    waybills = {number for each in shipments if (number := waybill_of(each.tracking_no.strip()))}
    return ParcelBatch(
        actor=actor,
        now=now,
        carriers=carrier_table(),
        consignments=consignments,
        lines=lines,
        parcels=_load_parcels(ids),
        holders=_load_holders(own_brands, waybills, now),
    )


def plan_shipment(batch: ParcelBatch, shipment: Shipment) -> ShipmentOutcome:
    """Add a shipment to the plan of the batch, wholly or not at all."""
    try:
        return _plan(batch, shipment)
    except Refusal as refusal:
        return ShipmentOutcome(shipment, ShipmentState.REFUSED, refusal=refusal)


def _plan(batch: ParcelBatch, shipment: Shipment) -> ShipmentOutcome:
    consignment = batch.consignments.get(shipment.consignment_id)
    if consignment is None:
        raise NoSuchConsignment(consignment_id=shipment.consignment_id)
    carrier, tracking_no, waybill = parse_parcel(batch.carriers, shipment.carrier, shipment.tracking_no)
    parcel = batch.parcels.get(consignment.pk, {}).get(tracking_no.upper())
    if parcel is not None:
        _require_same_carrier(parcel.row, carrier)
    else:
        _require_not_corrected(batch, consignment, tracking_no)
        require_unused_number(batch, consignment, tracking_no, waybill)
    if _is_further_piece(batch, shipment, waybill):
        if parcel is None:
            _new_parcel(batch, consignment, carrier, tracking_no, waybill).is_further_piece = True
            return ShipmentOutcome(shipment, ShipmentState.SHIPPED)
        return ShipmentOutcome(shipment, ShipmentState.UNCHANGED)
    plans = _plan_lines(batch, shipment, parcel)
    refunded = tuple(
        RefundedUnits(line.line_id, line.sku_name, plan.refunded_units) for line, plan in plans if plan.refunded_units
    )
    if not any(plan.units for _, plan in plans):
        return ShipmentOutcome(shipment, ShipmentState.UNCHANGED, refunded)
    if parcel is None:
        parcel = _new_parcel(batch, consignment, carrier, tracking_no, waybill)
    for line, plan in plans:
        if plan.units:
            line.ship(plan.units)
            parcel.units[line.line_id] = parcel.units.get(line.line_id, 0) + plan.units
            parcel.added[line.line_id] = parcel.added.get(line.line_id, 0) + plan.units
    return ShipmentOutcome(shipment, ShipmentState.SHIPPED, refunded)


def _is_further_piece(batch: ParcelBatch, shipment: Shipment, waybill: str) -> bool:
    """Whether a shipment names another box of goods that are all shipped under the same waybill (JD0118080218877-2-2-)."""
    lines = {line.line_id: line for line in batch.lines.get(shipment.consignment_id, [])}
    named = {each.line_id for each in shipment.lines} or set(lines)
    if any(line_id not in lines or lines[line_id].left_units for line_id in named):
        return False
    own_number = shipment.tracking_no.strip().upper()
    parcels = batch.parcels.get(shipment.consignment_id, {})
    others = [each for number, each in parcels.items() if number != own_number and each.row.waybill == waybill]
    own = parcels.get(own_number)
    in_others = {line_id for each in others for line_id in each.units}
    in_own = set(own.units) if own else set()
    return bool(others) and not named & in_own and bool(named & in_others if shipment.lines else in_others)


def parse_parcel(carriers: CarrierTable, carrier: str, tracking_no: str) -> tuple[CarrierView, str, str]:
    """The carrier, the number without blanks around it, and its waybill. Refuses what cannot be a parcel's (ORDER-9)."""
    carrier, tracking_no = carrier.strip(), tracking_no.strip()
    waybill = waybill_of(tracking_no)
    if not carrier or waybill is None:
        raise InvalidTracking
    found = carriers.find(carrier)
    if found is None or not found.is_active:
        raise UnknownCarrier(carrier=carrier[:40])
    return found, tracking_no, waybill


def _plan_lines(
    batch: ParcelBatch, shipment: Shipment, parcel: PlannedParcel | None
) -> list[tuple[LineProgress, LinePlan]]:
    held = parcel.units if parcel else {}
    lines = {line.line_id: line for line in batch.lines.get(shipment.consignment_id, [])}
    if not shipment.lines:
        left = [
            (line, LinePlan(units=line.left_units))
            for line in lines.values()
            # A parcel that was shipped before does not take what is sent again: its list may have come back a second time.
            if line.left_units and not (line.resending_units and parcel and not parcel.row._state.adding)
        ]
        if not left and parcel is None:
            raise CannotShip(consignment_id=shipment.consignment_id)
        return left
    plans = []
    for line_id, asked in _units_by_line(shipment.lines).items():
        line = lines.get(line_id)
        if line is None:
            raise NoSuchLineToShip(consignment_id=shipment.consignment_id, line_id=line_id)
        plan = plan_line(
            units=line.units,
            shipped_units=line.shipped_units,
            cancelled_units=line.cancelled_units,
            in_parcel=held.get(line_id, 0),
            asked=asked,
            resending_units=line.resending_units,
        )
        if plan.problem is not None:
            raise _line_refusal(batch, line, plan.problem, asked or 0, shipment.tracking_no, held.get(line_id, 0))
        plans.append((line, plan))
    return plans


def _units_by_line(lines: Iterable[LineUnits]) -> dict[int, int | None]:
    units: dict[int, int | None] = {}
    for each in lines:
        if each.units is not None and each.units <= 0:
            raise InvalidUnitsToShip
        before = units.get(each.line_id, 0)
        units[each.line_id] = None if each.units is None or before is None else before + each.units
    return units


def _line_refusal(
    batch: ParcelBatch, line: LineProgress, problem: LineProblem, asked: int, tracking_no: str, held: int
) -> Refusal:
    if problem is LineProblem.REFUNDED:
        return UnitsRefunded(line_id=line.line_id, sku_name=line.sku_name)
    if problem is LineProblem.ALREADY_SHIPPED:
        parcels = batch.parcels.get(line.consignment_id, {}).values()
        numbers = [each.row.tracking_no for each in parcels if line.line_id in each.units]
        return LineAlreadyShipped(line_id=line.line_id, sku_name=line.sku_name, tracking_no="、".join(numbers))
    if problem is LineProblem.TOO_MANY:
        return TooManyUnits(line_id=line.line_id, sku_name=line.sku_name, units=asked, left_units=line.left_units)
    return OtherUnitsInParcel(
        line_id=line.line_id, sku_name=line.sku_name, tracking_no=tracking_no, recorded_units=held, units=asked
    )


def _new_parcel(
    batch: ParcelBatch, consignment: Consignment, carrier: CarrierView, tracking_no: str, waybill: str
) -> PlannedParcel:
    row = Parcel(
        consignment=consignment,
        brand_id=consignment.brand_id,
        carrier_id=carrier.id,
        carrier_name=carrier.name,
        tracking_no=tracking_no,
        waybill=waybill,
        shipped_at=batch.now,
        shipped_by_id=batch.actor.person_id,
        status_at=batch.now,
    )
    planned = PlannedParcel(row, carrier.name_en)
    batch.parcels.setdefault(consignment.pk, {})[tracking_no.upper()] = planned
    holder = NumberHolder(consignment.pk, consignment.name, consignment.phone, consignment.address)
    batch.holders.setdefault((consignment.brand_id, waybill), []).append(holder)
    return planned


def _require_same_carrier(row: Parcel, carrier: CarrierView) -> None:
    if row.carrier_id is not None and row.carrier_id != carrier.id:
        raise OtherCarrier(consignment_id=row.consignment_id, tracking_no=row.tracking_no, carrier=row.carrier_name)


def _require_not_corrected(batch: ParcelBatch, consignment: Consignment, tracking_no: str) -> None:
    """Refuse a number that a parcel of the consignment had before it was corrected: an earlier shipment is sent again (ORDER-4)."""
    for each in batch.parcels.get(consignment.pk, {}).values():
        if tracking_no.upper() in each.row.replaced_numbers:
            raise NumberWasCorrected(
                consignment_id=consignment.pk, tracking_no=tracking_no, corrected_no=each.row.tracking_no
            )


def require_unused_number(batch: ParcelBatch, consignment: Consignment, tracking_no: str, waybill: str) -> None:
    """Refuse a number that another recipient's consignment has: it was probably copied to a wrong row (ORDER-4).

    Consignments of one recipient may share a parcel.
    """
    for other in batch.holders.get((consignment.brand_id, waybill), []):
        if not other.has_recipient(consignment):
            raise TrackingNumberTaken(tracking_no=tracking_no, other=other.consignment_id, name=mask_name(other.name))


def _may_ship(actor: Actor, brand_id: int) -> bool:
    try:
        require_staff(actor, brand_id, Role.OPS)
    except NoSuchBrand:
        return False
    return True


def _lock_lines(consignment_ids: Sequence[int]) -> dict[int, list[LineProgress]]:
    rows = (
        OrderLine.objects.filter(consignment__any_of=consignment_ids)
        .select_for_update(of=("self",))
        .order_by("pk")
        .values_list(
            "pk", "order_id", "consignment_id", "sku__style__style_no", "sku__colour", "sku__size", "price_fen",
            "units", "shipped_units", "cancelled_units", "resending_units",
        )
    )  # fmt: skip
    lines: dict[int, list[LineProgress]] = {}
    for pk, order_id, consignment_id, style_no, colour, size, *figures in rows:
        name = " ".join(part for part in (style_no, colour, size) if part)
        lines.setdefault(consignment_id, []).append(LineProgress(pk, order_id, consignment_id, name, *figures))
    return lines


def _load_parcels(consignment_ids: Sequence[int]) -> dict[int, dict[str, PlannedParcel]]:
    rows = Parcel.objects.filter(consignment__any_of=consignment_ids).select_related("carrier").order_by("pk")
    parcels = {row.pk: PlannedParcel(row, carrier_name_en(row)) for row in rows}
    held = ParcelLine.objects.filter(parcel__any_of=parcels).values_list("parcel_id", "line_id", "units")
    for parcel_id, line_id, units in held:
        parcels[parcel_id].units[line_id] = units
    found: dict[int, dict[str, PlannedParcel]] = {}
    for each in parcels.values():
        found.setdefault(each.row.consignment_id, {})[each.row.tracking_no.upper()] = each
    return found


def _load_holders(
    brand_ids: Iterable[int], waybills: Iterable[str], now: datetime
) -> dict[tuple[int, str], list[NumberHolder]]:
    rows = Parcel.objects.filter(
        brand__any_of=brand_ids, waybill__any_of=waybills, shipped_at__gt=now - TRACKING_NUMBER_REUSED_AFTER
    )
    texts = ("consignment__name", "consignment__phone", "consignment__address")
    found: dict[tuple[int, str], list[NumberHolder]] = {}
    for brand_id, waybill, *holder in rows.order_by("pk").values_list("brand_id", "waybill", "consignment_id", *texts):
        found.setdefault((brand_id, waybill), []).append(NumberHolder(*holder))
    return found
