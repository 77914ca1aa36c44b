"""Refunds of paid units: money, stock and growth in one transaction. Aftersales decides who may refund what, and calls this."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from flashsales.services import units as flashsales_units
from flashsales.services.units import ItemUnits
from kernel.refusal import Conflict
from ledger.rules import COMMISSION, AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import post
from membership.rules.tiers import GrowthKind
from membership.services.growth import take_back
from orders.models import Consignment, Order, OrderLine
from orders.rules import ConsignmentState, OrderState, UnitsAvailability

_GROWTH_KINDS = {
    UnitsAvailability.IN_STOCK: GrowthKind.CANCELLATION,
    UnitsAvailability.OUT_OF_STOCK: GrowthKind.SHORTAGE,
    UnitsAvailability.SHIPPED: GrowthKind.REFUND,
}


class NothingToRefund(Conflict):
    code = "orders.nothing_to_refund"
    zh = "最多还能退 {refundable_units} 件"
    en = "At most {refundable_units} units can still be refunded"
    refundable_units: int


class NotShipped(Conflict):
    code = "orders.not_shipped"
    zh = "这件货还没发出，不能按售后退款"
    en = "These goods were not shipped; they are refunded before shipping, not as after-sales"


class AlreadyShipped(Conflict):
    code = "orders.already_shipped"
    zh = "该包裹已发出，不能按未发货退款"
    en = "The parcel has been shipped; it cannot be refunded as unshipped"


@dataclass(frozen=True, slots=True)
class LockedLine:
    """An order line that is locked with its order until the transaction ends. `shipping`: the consignment's state, "" before payment."""

    order_id: int
    reseller_id: int
    sale_id: int
    brand_id: int
    price_fen: int
    refundable_units: int
    style_no: str
    label_cut: bool
    shipping: str
    paid_at: datetime | None
    shipped_at: datetime | None


def lock_line(line_id: int) -> LockedLine | None:
    """Lock a line with its order and consignment, so that a refund and a shipment wait for each other; None where it does not exist."""
    order_id = OrderLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        return None
    order = Order.objects.select_for_update().get(pk=order_id)
    line = OrderLine.objects.select_for_update(of=("self",)).select_related("sku__style").get(pk=line_id)
    consignment = Consignment.objects.select_for_update().get(pk=line.consignment_id) if line.consignment_id else None
    refundable_units = line.units - line.refunded_units if order.state == OrderState.PAID.value else 0
    return LockedLine(
        order_id=order.pk,
        reseller_id=order.reseller_id,
        sale_id=line.sale_id,
        brand_id=line.brand_id,
        price_fen=line.price_fen,
        refundable_units=refundable_units,
        style_no=line.sku.style.style_no,
        label_cut=line.labelling == "cut",
        shipping=consignment.state if consignment else "",
        paid_at=order.paid_at,
        shipped_at=consignment.shipped_at if consignment else None,
    )


def lock_paid_lines(sale_id: int) -> int:
    """Lock the paid lines of a sale against refunds until the transaction ends. Returns how many units are not shipped yet."""
    rows = (
        OrderLine.objects.filter(sale_id=sale_id, order__state=OrderState.PAID.value)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("units", "refunded_units", "consignment__state")
    )
    return sum(units - refunded for units, refunded, state in rows if state == ConsignmentState.TO_SHIP.value)


@transaction.atomic
def refund_units(
    *, actor: Actor, line_id: int, units: int, availability: UnitsAvailability, refund_id: int, now: datetime
) -> int:
    """Refund units of a paid line to the wallet, at exactly the price that was paid. Returns the amount in fen.

    Units in stock go back on sale. Refuses more units than were paid for, and an `availability` that contradicts whether the line was
    shipped.
    """
    locked = lock_line(line_id)
    refundable_units = locked.refundable_units if locked else 0
    if locked is None or not 0 < units <= refundable_units:
        raise NothingToRefund(refundable_units=refundable_units)
    is_shipped = locked.shipping == ConsignmentState.SHIPPED.value
    if availability is UnitsAvailability.SHIPPED and not is_shipped:
        raise NotShipped
    if availability is not UnitsAvailability.SHIPPED and is_shipped:
        raise AlreadyShipped
    line = OrderLine.objects.select_related("order").get(pk=line_id)
    order = line.order
    amount_fen = units * line.price_fen
    line.refunded_units += units
    line.save(update_fields=["refunded_units"])
    post(
        kind=PostingKind.REFUND,
        key=f"refund:{refund_id}",
        cause=f"refund:{refund_id}",
        entries=[
            EntryDraft(AccountRef(AccountKind.WALLET, order.reseller_id), amount_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id), -units * line.payable_fen),
            EntryDraft(COMMISSION, -units * line.commission_fen),
        ],
        actor=actor,
        now=now,
    )
    if availability is not UnitsAvailability.SHIPPED:
        flashsales_units.reverse_sale(
            reseller_id=order.reseller_id,
            lines=[ItemUnits(line.item_id, units)],
            resellable=availability is UnitsAvailability.IN_STOCK,
            cause=f"refund:{refund_id}",
            actor=actor,
            now=now,
        )
    take_back(
        reseller_id=order.reseller_id,
        order_id=order.pk,
        refund_id=refund_id,
        amount_fen=amount_fen,
        kind=_GROWTH_KINDS[availability],
        now=now,
    )
    if line.consignment_id is None:
        raise ValueError(f"order line {line_id} is paid and has no consignment")
    _cancel_if_refunded(line.consignment_id)
    return amount_fen


def _cancel_if_refunded(consignment_id: int) -> None:
    rows = OrderLine.objects.filter(consignment_id=consignment_id).values_list("units", "refunded_units")
    if all(units == refunded for units, refunded in rows):
        Consignment.objects.filter(pk=consignment_id, state=ConsignmentState.TO_SHIP.value).update(
            state=ConsignmentState.CANCELLED.value
        )
