"""Changing what is in the cart: units, colour or size, remark of a line, and taking it out (ORDER-10).

The cart is the set of a reseller's unpaid orders. A line is changed where it stands, so that what refers to it stays true, and its
order keeps the time by which it must be paid: no change holds goods longer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum

from accounts.rules import Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from flashsales.rules import Offer, RemainingUnits
from flashsales.selectors.offers import get_offers
from flashsales.services import units as flashsales_units
from flashsales.services.units import ItemUnits, shortfall_refusal
from kernel.masking import hide_texts
from kernel.refusal import Conflict, Missing
from membership.selectors.people import BuyerView, require_buyer, require_reseller
from orders import sql
from orders.models import Order, OrderLine
from orders.rules import MAX_UNITS_PER_LINE, OrderState
from orders.selectors.contacts import get_contact_of_line
from orders.selectors.orders import OrderView, get_own_order
from orders.services.credit import get_credit, lock_credit, refusal_of_total
from orders.services.grab import OrderNotUnpaid, release_order
from orders.services.payment import PaymentTooLate
from orders.services.placing import Contention, InvalidGrab, valid_remark
from orders.services.placing_refusals import price_changed


class NoSuchLine(Missing):
    code = "orders.no_such_line"
    zh = "没有这一行（{line_id}）"
    en = "There is no order line {line_id}"
    line_id: int


class OtherStyle(Conflict):
    code = "orders.other_style"
    zh = "只能换同一款的其他颜色或尺码"
    en = "A line can only be exchanged for another colour or size of its style in the same sale"


class AlreadyInOrder(Conflict):
    code = "orders.already_in_order"
    zh = "这张订单里已有发给同一人的 {goods}，请直接改件数"
    en = "The order has {goods} for this recipient already; change its units"
    goods: str


class RemarkTooLate(Conflict):
    code = "orders.remark_too_late"
    zh = "已发货或已取消，不能再改备注"
    en = "The line is shipped or cancelled; its remark cannot be changed any more"


@dataclass(frozen=True, slots=True)
class _Changing:
    """An unpaid line that is being changed, with its order; both are locked, and so is the member's credit."""

    buyer: BuyerView
    order: Order
    line: OrderLine


@atomic_with_retry
def change_units(*, actor: Actor, line_id: int, units: int, now: datetime) -> OrderView:
    """Change the units of an unpaid line; 0 takes it out, and with the last line the order is cancelled.

    More units are held at the price of the line; if the present price is another, nothing is changed and both are named. Refuses where
    too few are left, beyond a limit, and where the sale is not live any more (an order can still be paid or cancelled then).
    """
    if not 0 <= units <= MAX_UNITS_PER_LINE:
        raise InvalidGrab(lines=1, units=MAX_UNITS_PER_LINE)
    changing = _lock_unpaid_line(actor, line_id, now)
    line, before = changing.line, changing.line.units
    if units == 0:
        return _take_out(changing, actor, now)
    if units != before:
        flashsales_units.require_live_sale(sale_id=line.sale_id, title=line.sale.title, at=now)
    if units > before:
        offer = _lock_offers(changing, now, line.item_id)[line.item_id]
        _require_units(RemainingUnits({offer.item_id: offer}), offer, units - before)
        _change_line(changing, offer, hold=units - before, units=units, seen_fen=line.price_fen, now=now)
    elif units < before:
        _release(changing, before - units, actor, now)
        OrderLine.objects.filter(pk=line.pk).update(units=units)
        _sum_up(changing.order)
    if units != before:
        _record(changing, "orders.change_units", {"from": before, "to": units}, actor, now)
    return get_own_order(changing.buyer.id, changing.order.pk)


@atomic_with_retry
def swap_item(
    *, actor: Actor, line_id: int, item_id: int, expected_price_fen: int | None = None, now: datetime
) -> OrderView:
    """Exchange an unpaid line for another colour or size of the same style in the same sale, at its present price.

    `expected_price_fen` is the price that she was shown, by default that of the line; if the present price is another, nothing is changed.
    """
    changing = _lock_unpaid_line(actor, line_id, now)
    line, order = changing.line, changing.order
    if item_id == line.item_id:
        return get_own_order(changing.buyer.id, order.pk)
    flashsales_units.require_live_sale(sale_id=line.sale_id, title=line.sale.title, at=now)
    offers = _lock_offers(changing, now, line.item_id, item_id)
    offer = offers.get(item_id)
    if offer is None or (offer.sale_id, offer.style_id) != (line.sale_id, line.item.style_id):
        raise OtherStyle
    if OrderLine.objects.filter(order=order, item_id=item_id, recipient_id=line.recipient_id).exists():
        raise AlreadyInOrder(goods=offer.description)
    remaining = RemainingUnits(offers)
    remaining.give(line.item_id, -line.units)
    _require_units(remaining, offer, line.units)
    before = offers[line.item_id].description
    _release(changing, line.units, actor, now)
    seen_fen = line.price_fen if expected_price_fen is None else expected_price_fen
    _change_line(changing, offer, hold=line.units, units=line.units, seen_fen=seen_fen, now=now)
    _record(changing, "orders.swap_item", {"from": before, "to": offer.description}, actor, now)
    return get_own_order(changing.buyer.id, order.pk)


@atomic_with_retry
def set_remark(*, actor: Actor, line_id: int, remark: str, now: datetime) -> OrderView:
    """Set what a reseller tells the brand about a line, until it is shipped. Refuses more than `MAX_REMARK` characters."""
    buyer = require_reseller(actor)
    stored = valid_remark(remark, 1)
    order, line = _lock_line(buyer.id, line_id)
    if order.state == OrderState.CANCELLED.value or line.units == line.shipped_units + line.cancelled_units:
        raise RemarkTooLate
    if stored != line.remark:
        OrderLine.objects.filter(pk=line.pk).update(remark=stored)
        # The audit log is never changed, so a remark stands there without the contact (PRIVACY-4).
        contact = get_contact_of_line(line.pk).texts
        earlier, later = hide_texts(line.remark, contact), hide_texts(stored, contact)
        details = {"line": line.pk, "from": earlier, "to": later}
        record(actor=actor, action="orders.set_remark", kind="order", subject_id=order.pk, details=details, now=now)
    return get_own_order(buyer.id, order.pk)


def _lock_unpaid_line(actor: Actor, line_id: int, now: datetime) -> _Changing:
    """Lock the credit of the member, then the order. Refuses a line that is not hers, is not unpaid or has run out."""
    buyer = require_buyer(actor, now)
    lock_credit(buyer)
    order, line = _lock_line(buyer.id, line_id)
    if order.state != OrderState.UNPAID.value:
        raise OrderNotUnpaid(state=order.state, order_id=order.pk)
    if now >= order.pay_before:
        raise PaymentTooLate(pay_before=order.pay_before, order_id=order.pk)
    return _Changing(buyer, order, line)


def _lock_line(reseller_id: int, line_id: int) -> tuple[Order, OrderLine]:
    order_id = OrderLine.objects.filter(pk=line_id, order__reseller_id=reseller_id).values_list("order_id").first()
    order = Order.objects.select_for_update().filter(pk=order_id[0]).first() if order_id else None
    # The line is read after its order is locked: it may have been taken out in the meantime.
    line = OrderLine.objects.filter(pk=line_id, order=order).select_related("sale", "item").first()
    if order is None or line is None:
        raise NoSuchLine(line_id=line_id)
    return order, line


def _lock_offers(changing: _Changing, now: datetime, *item_ids: int) -> dict[int, Offer]:
    """The offers of items at the tier at which the order was placed; the items are locked in the order of their ids."""
    return get_offers(
        item_ids=item_ids, tier=changing.order.tier, reseller_id=changing.buyer.id, at=now, for_update=True
    )


def _require_units(remaining: RemainingUnits, offer: Offer, units: int) -> None:
    given, shortfall = remaining.take(offer.item_id, units)
    if shortfall is not None and given < units:
        raise shortfall_refusal(offer.item_id, offer, shortfall)


def _change_line(changing: _Changing, offer: Offer, *, hold: int, units: int, seen_fen: int, now: datetime) -> None:
    """Hold units and change the line; refuses another price than was seen, and more than the member may hold unpaid (ORDER-6)."""
    price_fen = offer.price_fen or 0
    if price_fen != seen_fen:
        raise price_changed(offer, seen_fen, price_fen)
    more_fen = units * price_fen - changing.line.units * changing.line.price_fen
    refusal = refusal_of_total(get_credit(changing.buyer, now), more_fen) if more_fen > 0 else None
    if refusal is not None:
        raise refusal
    is_changed = sql.hold_units_and_change_line(
        reseller_id=changing.buyer.id,
        line_id=changing.line.pk,
        item_id=offer.item_id,
        hold=hold,
        units=units,
        expected_price_fen=seen_fen,
        now=now,
    )
    if not is_changed:
        raise Contention
    _sum_up(changing.order)


def _take_out(changing: _Changing, actor: Actor, now: datetime) -> OrderView:
    order, line = changing.order, changing.line
    if not OrderLine.objects.filter(order=order).exclude(pk=line.pk).exists():
        release_order(order, actor, now, "orders.cancel_unpaid")
        return get_own_order(changing.buyer.id, order.pk)
    flashsales_units.require_live_sale(sale_id=line.sale_id, title=line.sale.title, at=now)
    _release(changing, line.units, actor, now)
    _record(changing, "orders.take_out_line", {"units": line.units}, actor, now)
    OrderLine.objects.filter(pk=line.pk).delete()
    _sum_up(order)
    return get_own_order(changing.buyer.id, order.pk)


def _release(changing: _Changing, units: int, actor: Actor, now: datetime) -> None:
    flashsales_units.release(
        reseller_id=changing.buyer.id,
        lines=[ItemUnits(changing.line.item_id, units)],
        cause=f"order:{changing.order.pk}",
        actor=actor,
        now=now,
    )


def _sum_up(order: Order) -> None:
    """The total of an order is that of its lines."""
    total = OrderLine.objects.filter(order=order).aggregate(fen=Sum(F("units") * F("price_fen")))["fen"]
    Order.objects.filter(pk=order.pk).update(total_fen=total)


def _record(changing: _Changing, action: str, details: dict[str, object], actor: Actor, now: datetime) -> None:
    details = {"line": changing.line.pk, **details}
    record(actor=actor, action=action, kind="order", subject_id=changing.order.pk, details=details, now=now)
