"""Writing a planned batch of parcels: parcels, their lines, the progress of lines and consignments, growth and the audit log."""

from collections.abc import Iterable, Sequence
from typing import Any

from accounts.services.audit import record_all
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from membership.services.shipments import ShippedAmount, settle_shipments
from orders import sql
from orders.models.shipping import Parcel
from orders.rules.states import ConsignmentState, shipping_state
from orders.services.parcel_plan import LineProgress, ParcelBatch, PlannedParcel


def write_batch(batch: ParcelBatch) -> None:
    """Write what was planned; nothing where nothing was."""
    written = [each for each in batch.all_parcels() if each.is_changed]
    if not written:
        return
    Parcel.objects.bulk_create([each.row for each in written if each.row._state.adding])
    changed = [each for each in written if each.added]
    if changed:
        _write_units(batch, changed)
    of_consignment: dict[int, list[PlannedParcel]] = {}
    for each in written:
        of_consignment.setdefault(each.row.consignment_id, []).append(each)
    details = {each: _audit_details(batch, each, parcels) for each, parcels in of_consignment.items()}
    record_all(actor=batch.actor, action="orders.ship", kind="consignment", details=details, now=batch.now)


def _write_units(batch: ParcelBatch, changed: Sequence[PlannedParcel]) -> None:
    """Put the units into their parcels, with all that follows from it."""
    added = [(each.row.pk, line_id, units) for each in changed for line_id, units in each.added.items()]
    sql.add_parcel_lines(
        parcels=[parcel for parcel, _, _ in added],
        lines=[line for _, line, _ in added],
        units=[units for _, _, units in added],
        now=batch.now,
    )
    consignment_ids = list({each.row.consignment_id: None for each in changed})
    states = [_state(batch.lines[consignment_id]) for consignment_id in consignment_ids]
    sql.set_consignment_states(consignments=consignment_ids, states=[state.value for state in states], now=batch.now)
    _settle_growth(batch)
    publish([_event(batch, each) for each in changed], now=batch.now)


def _state(lines: Iterable[LineProgress]) -> ConsignmentState:
    listed = list(lines)
    return shipping_state(
        units=sum(line.units for line in listed),
        shipped_units=sum(line.shipped_units for line in listed),
        cancelled_units=sum(line.cancelled_units for line in listed),
        resending_units=sum(line.resending_units for line in listed),
    )


def _settle_growth(batch: ParcelBatch) -> None:
    """The growth of shipped units is no longer pending: it counts in full for the reseller's tier. What is sent again has none."""
    amounts: dict[int, int] = {}
    for line in (line for of_one in batch.lines.values() for line in of_one if line.newly_shipped_units):
        amounts[line.order_id] = amounts.get(line.order_id, 0) + line.newly_shipped_units * line.price_fen
    if not amounts:
        return
    resellers = {row.order_id: row.order.reseller_id for row in batch.consignments.values()}
    shipped_units = sql.shipped_units_of_orders(list(amounts))
    # The shipped units of an order only grow, so no two shipments of it have the same name.
    settle_shipments(
        shipped=[
            ShippedAmount(resellers[order_id], order_id, f"order/{order_id}/{shipped_units[order_id]}", amount_fen)
            for order_id, amount_fen in sorted(amounts.items())
        ],
        now=batch.now,
    )


def _event(batch: ParcelBatch, each: PlannedParcel) -> EventDraft:
    order = batch.consignments[each.row.consignment_id].order
    return EventDraft(
        EventKind.CONSIGNMENT_SHIPPED,
        subject_id=each.row.consignment_id,
        reseller_id=order.reseller_id,
        brand_id=each.row.brand_id,
        data={
            "order_id": order.pk,
            "carrier": each.row.carrier_name,
            "carrier_en": each.carrier_en,
            "tracking_no": each.row.tracking_no,
            "units": sum(each.added.values()),
        },
    )


def _audit_details(batch: ParcelBatch, consignment_id: int, parcels: Sequence[PlannedParcel]) -> dict[str, Any]:
    return {
        "carrier": "、".join(dict.fromkeys(each.row.carrier_name for each in parcels)),
        "tracking_no": "、".join(each.row.tracking_no for each in parcels),
        "units": sum(sum(each.added.values()) for each in parcels),
        "late": batch.now > batch.consignments[consignment_id].ship_by,
    }
