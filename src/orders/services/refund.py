"""Refunds of paid units: money, stock and growth in one transaction. Aftersales decides who may refund what, and calls this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Sum

from accounts.rules import Actor
from flashsales.services import units as flashsales_units
from flashsales.services.units import ItemUnits
from kernel.refusal import Conflict
from ledger.rules import CARRIER_CLAIM, COMMISSION, AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import lock_accounts, post
from membership.rules.tiers import GrowthKind
from membership.services.growth import take_back
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.lines import UnitsAvailability
from orders.rules.refunds import NO_FREIGHT, RefundedFreight, RefundParts, RefundTarget
from orders.rules.states import ConsignmentState, OrderState, shipping_state
from orders.selectors.source_refunds import get_source
from orders.services.freight import return_freight
from orders.services.source_refunds import return_refund
from payments.services.booking import lock_payments
from payments.services.refunding import refund_accounts

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


class RefundExceedsPayment(Conflict):
    code = "orders.refund_exceeds_payment"
    zh = "退款额须大于零，最多还能退 ¥{refundable}"
    en = "The amount must be more than zero; at most ¥{refundable} can still be refunded"
    refundable_fen: int


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
    """An order line that is locked with its order until the transaction ends. `shipping`: the state of the line, "" before payment.

    Of its units that are not refunded, `unshipped_units` are left to ship, `resending_units` are left to ship again (AFTER-18), and
    `returnable_units` were shipped. `refundable_fen` is what was paid for the line and not refunded, `returnable_fen` the part of it for
    shipped units: what was paid for units that are left to ship is not refunded in a case about others. `listed_at`: when the brand
    first downloaded a list with it.
    """

    order_id: int
    reseller_id: int
    recipient_id: int
    sale_id: int
    sale_title: str
    brand_id: int
    item_id: int
    sku_id: int
    style_id: int
    consignment_id: int | None
    price_fen: int
    payable_fen: int
    unshipped_units: int
    resending_units: int
    returnable_units: int
    short_units: int
    refundable_fen: int
    returnable_fen: int
    style_no: str
    label_cut: bool
    shipping: str
    remark: str
    paid_at: datetime | None
    listed_at: datetime | None
    shipped_at: datetime | None
    refund_adjustment_fen: int

    def returnable_fen_with(self, units: int) -> int:
        """What could be refunded for shipped units if `units` more of them counted: those that are not sent again after all."""
        count = self.returnable_units + units
        return count * self.price_fen - self.refund_adjustment_fen if count else 0


def lock_line(line_id: int) -> LockedLine | None:
    """Lock a line with its order and consignment, so that a refund and a shipment wait for each other; None where it does not exist."""
    order_id = OrderLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        return None
    order = Order.objects.select_for_update().get(pk=order_id)
    line = OrderLine.objects.select_for_update(of=("self",)).select_related("sale", "sku__style").get(pk=line_id)
    consignment = (
        Consignment.objects.select_for_update().get(pk=line.consignment_id) if line.consignment_id is not None else None
    )
    is_paid = order.state == OrderState.PAID.value
    shipping = shipping_state(
        units=line.units,
        shipped_units=line.shipped_units,
        cancelled_units=line.cancelled_units,
        resending_units=line.resending_units,
    )
    refundable_units = line.units - line.refunded_units if is_paid else 0
    returnable_units = line.shipped_units - (line.refunded_units - line.cancelled_units) - line.resending_units
    return LockedLine(
        order_id=order.pk,
        reseller_id=order.reseller_id,
        recipient_id=line.recipient_id,
        sale_id=line.sale_id,
        sale_title=line.sale.title,
        brand_id=line.brand_id,
        item_id=line.item_id,
        sku_id=line.sku_id,
        style_id=line.sku.style_id,
        consignment_id=line.consignment_id,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        unshipped_units=line.units - line.shipped_units - line.cancelled_units if is_paid else 0,
        resending_units=line.resending_units,
        returnable_units=returnable_units,
        short_units=line.short_units,
        refundable_fen=refundable_units * line.price_fen - line.refund_adjustment_fen if refundable_units else 0,
        returnable_fen=returnable_units * line.price_fen - line.refund_adjustment_fen if returnable_units else 0,
        style_no=line.sku.style.style_no,
        label_cut=line.labelling == "cut",
        shipping=shipping if line.consignment_id else "",
        remark=line.remark,
        paid_at=order.paid_at,
        listed_at=consignment.listed_at if consignment else None,
        shipped_at=line.shipped_at,
        refund_adjustment_fen=line.refund_adjustment_fen,
    )


@transaction.atomic
def refund_units(
    *,
    actor: Actor,
    line_id: int,
    units: int,
    parts: RefundParts,
    availability: UnitsAvailability,
    refund_id: int,
    freight: RefundedFreight = NO_FREIGHT,
    stays_in_wallet: bool = False,
    target: RefundTarget = RefundTarget.AS_CHOSEN,
    now: datetime,
) -> None:
    """Refund units of a paid line, or an amount without units (`units` 0), to the wallet; `parts` says who bears it (AFTER-9, AFTER-10).

    `freight` is refunded with it: what was paid for shipping, at the cost of the brand (ORDER-16), and what she gets for sending goods
    back (AFTER-22); neither counts as the price. Where the order was paid through a provider, the money goes on to its source (PAY-8),
    unless it `stays_in_wallet` for other goods, or she chose the wallet: for this refund (`target`), or for all (PAY-9). Units in stock go
    back on sale.

    Refuses more units than are left (before shipping: neither shipped nor refunded; after it: shipped and not refunded), and more money
    than was paid for such units and not refunded.
    """
    locked = require_refundable(lock_line(line_id), units, availability)
    amount_fen = parts.amount_fen
    most_fen = locked.returnable_fen if availability is UnitsAvailability.SHIPPED else locked.refundable_fen
    if not 0 < amount_fen <= most_fen:
        raise RefundExceedsPayment(refundable_fen=most_fen)
    line = OrderLine.objects.select_related("order").get(pk=line_id)
    order = line.order
    line.refunded_units += units
    if availability is not UnitsAvailability.SHIPPED:
        line.cancelled_units += units
    if availability is UnitsAvailability.OUT_OF_STOCK:
        line.short_units += units
    line.refund_adjustment_fen += amount_fen - units * line.price_fen
    line.payable_adjustment_fen += units * line.payable_fen - parts.payable_fen
    line.carrier_claim_fen += parts.claim_fen
    line.return_freight_fen += freight.brand_return_fen
    line.save(
        update_fields=[
            "refunded_units",
            "cancelled_units",
            "short_units",
            "refund_adjustment_fen",
            "payable_adjustment_fen",
            "carrier_claim_fen",
            "return_freight_fen",
        ]
    )
    return_freight(freight.returned_fen)
    source_id = None if stays_in_wallet else get_source(order.pk, reseller_id=order.reseller_id, target=target)
    payable = AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id)
    if source_id is not None:
        lock_payments([source_id])
        lock_accounts([*refund_accounts(order.reseller_id), payable, COMMISSION, CARRIER_CLAIM])
    post(
        kind=PostingKind.REFUND,
        key=f"refund:{refund_id}",
        cause=f"refund:{refund_id}",
        entries=[
            EntryDraft(AccountRef(AccountKind.WALLET, order.reseller_id), amount_fen + freight.amount_fen),
            EntryDraft(payable, -parts.payable_fen - freight.shipping_fen - freight.brand_return_fen),
            EntryDraft(COMMISSION, -parts.commission_fen - freight.platform_return_fen),
            EntryDraft(CARRIER_CLAIM, -parts.claim_fen),
        ],
        actor=actor,
        now=now,
    )
    if source_id is not None:
        return_refund(
            actor=actor,
            payment_id=source_id,
            order_id=order.pk,
            refund_id=refund_id,
            amount_fen=amount_fen + freight.amount_fen,
            now=now,
        )
    if units and availability is not UnitsAvailability.SHIPPED:
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
    if availability is not UnitsAvailability.SHIPPED:
        update_consignment_state(line.consignment_id)


def lock_money_of_refund(line: LockedLine, *, target: RefundTarget) -> None:
    """Lock the payment and the accounts of a refund of a locked line to `target`, in the order in which a refund locks them."""
    source_id = get_source(line.order_id, reseller_id=line.reseller_id, target=target)
    if source_id is not None:
        lock_payments([source_id])
    payable = AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id)
    lock_accounts([*refund_accounts(line.reseller_id), payable, COMMISSION, CARRIER_CLAIM])


def lock_for_refunds(line_ids: Sequence[int]) -> None:
    """Lock lines of which several are refunded in one transaction, and then the payments that paid them, before any account."""
    found = [line for line_id in sorted(line_ids) if (line := lock_line(line_id)) is not None]
    orders = {line.order_id: line.reseller_id for line in found}
    # The payment of each order, wherever its refund goes: one may be sent to its source although she chose the wallet for all.
    to_source = RefundTarget.SOURCE
    sources = {get_source(each, reseller_id=reseller_id, target=to_source) for each, reseller_id in orders.items()}
    lock_payments([each for each in sources if each is not None])


def require_refundable(line: LockedLine | None, units: int, availability: UnitsAvailability) -> LockedLine:
    """The line. Refuses units that cannot be refunded in this way; after shipping, 0 units are an amount without units."""
    if line is None:
        raise NothingToRefund(refundable_units=0)
    is_after_shipping = availability is UnitsAvailability.SHIPPED
    left, others = line.unshipped_units, line.returnable_units
    if is_after_shipping:
        left, others = others, left
    if not left and others:
        raise NotShipped if is_after_shipping else AlreadyShipped
    if not (0 if is_after_shipping else 1) <= units <= left:
        raise NothingToRefund(refundable_units=left)
    return line


def update_consignment_state(consignment_id: int) -> None:
    """Set the state of a consignment from its lines, after units of one were cancelled or are to be sent again."""
    sums = OrderLine.objects.filter(consignment_id=consignment_id).aggregate(
        units=Sum("units"),
        shipped=Sum("shipped_units"),
        cancelled=Sum("cancelled_units"),
        resending=Sum("resending_units"),
        at=Max("shipped_at"),
    )
    state = shipping_state(
        units=sums["units"],
        shipped_units=sums["shipped"],
        cancelled_units=sums["cancelled"],
        resending_units=sums["resending"],
    )
    shipped_at = sums["at"] if state is ConsignmentState.SHIPPED else None
    Consignment.objects.filter(pk=consignment_id).update(state=state.value, shipped_at=shipped_at)
