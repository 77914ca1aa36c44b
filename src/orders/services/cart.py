"""Changing what is in the cart: units, colour or size, remark of a line, and taking it out (ORDER-10, ORDER-14).

The cart is the set of a reseller's unpaid orders. A line is changed where it stands, so that what refers to it stays true, and its
order keeps the time by which it must be paid: no change holds goods longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from flashsales.rules import Offer, RemainingUnits
from flashsales.selectors.offers import get_offers, get_offers_of_styles
from flashsales.selectors.quantities import get_quantity_terms
from flashsales.services import units as flashsales_units
from flashsales.services.reservations import claim, settle_claim
from flashsales.services.units import ItemUnits, shortfall_refusal
from kernel.masking import hide_texts
from kernel.refusal import Conflict, Missing
from membership.selectors.people import BuyerView, require_buyer, require_reseller
from orders import sql
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.lines import MAX_UNITS_PER_LINE, RequestedUnits
from orders.rules.quantities import BreachKind, find_breaches
from orders.rules.states import OrderState
from orders.selectors.contacts import get_contact_of_line
from orders.selectors.orders import OrderView, get_own_order
from orders.services.credit import get_credit, lock_credit, refusal_of_placed, refusal_of_total
from orders.services.freight import write_freight
from orders.services.grab import OrderNotUnpaid, release_order
from orders.services.payment import PaymentTooLate
from orders.services.placing import Contention, InvalidGrab, valid_remark
from orders.services.placing_refusals import price_changed
from orders.services.quantity_refusals import refusal_of_breach


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


class NotInPacks(Conflict):
    code = "orders.not_in_packs"
    zh = "{goods} 在这张订单里不是按整手订的，请改各尺码的件数"
    en = "{goods} is not in this order by packs; change the units of each size"
    goods: str


class NoSuchColour(Conflict):
    code = "orders.no_such_colour"
    zh = "{goods} 在这个专场没有 {colour} 的这些尺码"
    en = "{goods} has not these sizes in {colour} in this sale"
    goods: str
    colour: str


class ColourPriceChanged(Conflict):
    code = "orders.colour_price_changed"
    zh = "{colour} 现在一共 ¥{present}，刚才显示的是 ¥{shown}，没有换；请看过价再换"
    en = "{colour} costs ¥{present} now, ¥{shown} was shown; nothing was exchanged"
    colour: str
    shown_fen: int
    present_fen: int


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
    _change_lines(changing, {changing.line.pk: units}, actor, now)
    return get_own_order(changing.buyer.id, changing.order.pk)


@atomic_with_retry
def change_packs(*, actor: Actor, line_id: int, packs: int, now: datetime) -> OrderView:
    """Change the packs of a style and colour for the recipient of a line, all sizes at once; 0 takes them out.

    Refuses a style that is not ordered in packs, and what `change_units` refuses. A size that the order does not have is refused too:
    the whole pack is then ordered anew.
    """
    changing = _lock_unpaid_line(actor, line_id, now)
    lines = _lines_of_style(changing, colour=changing.line.sku.colour, recipient_id=changing.line.recipient_id)
    terms = get_quantity_terms(changing.line.item.style_id, sale_id=changing.line.sale_id)
    pack = terms.pack if terms else {}
    if not pack or not pack.keys() <= {line.sku.size for line in lines}:
        raise NotInPacks(goods=changing.line.sku.style.style_no)
    units = {line.pk: packs * pack.get(line.sku.size, 0) for line in lines}
    if not packs >= 0 or not all(each <= MAX_UNITS_PER_LINE for each in units.values()):
        raise InvalidGrab(lines=1, units=MAX_UNITS_PER_LINE)
    _change_lines(changing, units, actor, now)
    return get_own_order(changing.buyer.id, changing.order.pk)


@atomic_with_retry
def take_out_style(*, actor: Actor, line_id: int, now: datetime) -> OrderView:
    """Take all lines of the style of a line out of their order, over all colours, sizes and recipients."""
    changing = _lock_unpaid_line(actor, line_id, now)
    _change_lines(changing, {line.pk: 0 for line in _lines_of_style(changing)}, actor, now)
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
    _require_quantities(changing, [line], {line.pk: (item_id, line.units)}, now)
    before = offers[line.item_id].description
    _release(changing, [ItemUnits(line.item_id, line.units)], actor, now)
    seen_fen = line.price_fen if expected_price_fen is None else expected_price_fen
    _change_line(changing, line, offer, hold=line.units, units=line.units, seen_fen=seen_fen, now=now)
    _sum_up(changing, now)
    _record(changing, "orders.swap_item", {"from": before, "to": offer.description}, actor, now)
    return get_own_order(changing.buyer.id, order.pk)


@atomic_with_retry
def swap_colour(
    *, actor: Actor, line_id: int, colour: str, expected_total_fen: int | None = None, now: datetime
) -> OrderView:
    """Exchange all sizes of a style and colour for the recipient of a line for another colour at once, as whole packs need it (ORDER-14).

    `expected_total_fen` is what she was shown that these lines cost then, by default what they cost now; with another sum nothing is
    changed. Refuses a colour that lacks one of the sizes, and what `swap_item` refuses.
    """
    changing = _lock_unpaid_line(actor, line_id, now)
    line, order = changing.line, changing.order
    if colour == line.sku.colour:
        return get_own_order(changing.buyer.id, order.pk)
    lines = _lines_of_style(changing, colour=line.sku.colour, recipient_id=line.recipient_id)
    flashsales_units.require_live_sale(sale_id=line.sale_id, title=line.sale.title, at=now)
    targets = _items_of_colour(changing, line, colour, now)
    if not {each.sku.size for each in lines} <= targets.keys():
        raise NoSuchColour(goods=line.sku.style.style_no, colour=colour)
    new_item = {each.pk: targets[each.sku.size] for each in lines}
    offers = _lock_offers(changing, now, *(each.item_id for each in lines), *new_item.values())
    taken = OrderLine.objects.filter(order=order, item__in=new_item.values(), recipient_id=line.recipient_id)
    if (already := taken.first()) is not None:
        raise AlreadyInOrder(goods=offers[already.item_id].description)
    remaining = RemainingUnits(offers)
    for each in lines:
        remaining.give(each.item_id, -each.units)
    for each in lines:
        _require_units(remaining, offers[new_item[each.pk]], each.units)
    _require_quantities(changing, lines, {each.pk: (new_item[each.pk], each.units) for each in lines}, now)
    total_fen = sum(each.units * (offers[new_item[each.pk]].price_fen or 0) for each in lines)
    before_fen = sum(each.units * each.price_fen for each in lines)
    if total_fen != (before_fen if expected_total_fen is None else expected_total_fen):
        raise ColourPriceChanged(colour=colour, shown_fen=expected_total_fen or before_fen, present_fen=total_fen)
    _release(changing, [ItemUnits(each.item_id, each.units) for each in lines], actor, now)
    for each in lines:
        offer = offers[new_item[each.pk]]
        _change_line(changing, each, offer, hold=each.units, units=each.units, seen_fen=offer.price_fen or 0, now=now)
        _sum_up(changing, now)
        details: dict[str, object] = {"from": offers[each.item_id].description, "to": offer.description}
        _record(changing, "orders.swap_item", details, actor, now, line_id=each.pk)
    return get_own_order(changing.buyer.id, order.pk)


def _items_of_colour(changing: _Changing, line: OrderLine, colour: str, now: datetime) -> dict[str, int]:
    """The items of a colour of the style of a line in its sale, by size."""
    offers = get_offers_of_styles(
        item_ids=[line.item_id], tier=changing.order.tier, reseller_id=changing.buyer.id, at=now
    )
    same = (line.sale_id, line.item.style_id)
    return {
        each.size: each.item_id
        for each in offers.values()
        if each.colour == colour and (each.sale_id, each.style_id) == same
    }


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
    line = OrderLine.objects.filter(pk=line_id, order=order).select_related("sale", "item", "sku__style").first()
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


def _change_lines(changing: _Changing, units: Mapping[int, int], actor: Actor, now: datetime) -> None:
    """Give lines of the order other units, by their ids; 0 takes a line out. Lines of one style and sale; all of them or none."""
    order = changing.order
    lines = list(OrderLine.objects.filter(pk__in=units, order=order).select_related("sale", "item").order_by("item_id"))
    changed = [line for line in lines if line.units != units[line.pk]]
    if not changed:
        return
    taken_out = [line.pk for line in changed if units[line.pk] == 0]
    if taken_out and not OrderLine.objects.filter(order=order).exclude(pk__in=taken_out).exists():
        release_order(order, actor, now, "orders.cancel_unpaid")
        return
    sale = changed[0].sale
    flashsales_units.require_live_sale(sale_id=sale.pk, title=sale.title, at=now)
    _require_quantities(changing, changed, {line.pk: (line.item_id, units[line.pk]) for line in changed}, now)
    more = [line for line in changed if units[line.pk] > line.units]
    offers = _lock_offers(changing, now, *(line.item_id for line in more)) if more else {}
    remaining = RemainingUnits(offers)
    for line in more:
        _require_units(remaining, offers[line.item_id], units[line.pk] - line.units)
    fewer = [line for line in changed if units[line.pk] < line.units]
    if fewer:
        _release(changing, [ItemUnits(line.item_id, line.units - units[line.pk]) for line in fewer], actor, now)
        OrderLine.objects.filter(pk__in=taken_out).delete()
        for line in fewer:
            OrderLine.objects.filter(pk=line.pk).update(units=units[line.pk])
    for line in more:
        wanted = units[line.pk]
        _change_line(
            changing,
            line,
            offers[line.item_id],
            hold=wanted - line.units,
            units=wanted,
            seen_fen=line.price_fen,
            now=now,
        )
        _sum_up(changing, now)
    _sum_up(changing, now)
    for line in changed:
        if units[line.pk]:
            details: dict[str, object] = {"from": line.units, "to": units[line.pk]}
            _record(changing, "orders.change_units", details, actor, now, line_id=line.pk)
        else:
            _record(changing, "orders.take_out_line", {"units": line.units}, actor, now, line_id=line.pk)


def _lines_of_style(changing: _Changing, *, colour: str | None = None, recipient_id: int = 0) -> list[OrderLine]:
    """The lines of the order that have the style of the changed line, of one colour and recipient where they are named."""
    line = changing.line
    rows = OrderLine.objects.filter(order=changing.order, sale_id=line.sale_id, item__style_id=line.item.style_id)
    if colour is not None:
        rows = rows.filter(sku__colour=colour, recipient_id=recipient_id)
    return list(rows.select_related("sku").order_by("pk"))


def _require_quantities(
    changing: _Changing, changed: Sequence[OrderLine], after: Mapping[int, tuple[int, int]], now: datetime
) -> None:
    """Refuse a change after which the order breaks the quantity terms of a changed style or brand (ORDER-14).

    `after`: the item and units of each changed line. Lines that were taken out do not count, so a whole style can be taken out.
    """
    rows = list(OrderLine.objects.filter(order=changing.order).order_by("pk"))
    requests = []
    for row in rows:
        item_id, units = after.get(row.pk, (row.item_id, row.units))
        price_fen = row.price_fen if item_id == row.item_id else None
        requests.append(RequestedUnits(item_id, units, price_fen, str(row.recipient_id)))
    requests = [request for request in requests if request.units]
    offers = get_offers(
        item_ids=sorted({request.item_id for request in requests} | {line.item_id for line in changed}),
        tier=changing.order.tier,
        reseller_id=changing.buyer.id,
        at=now,
    )
    touched = [offers[line.item_id] for line in changed]
    styles, brands = {(each.sale_id, each.style_id) for each in touched}, {each.brand_id for each in touched}
    for breach in find_breaches(requests, offers):
        is_of_brand = breach.kind is BreachKind.ORDER_MINIMUM and breach.offer.brand_id in brands
        if is_of_brand or (breach.offer.sale_id, breach.offer.style_id) in styles:
            raise refusal_of_breach(breach)


def _change_line(
    changing: _Changing, line: OrderLine, offer: Offer, *, hold: int, units: int, seen_fen: int, now: datetime
) -> None:
    """Hold units and change the line; refuses another price than was seen, and more than the member may hold unpaid (ORDER-6)."""
    price_fen = offer.price_fen or 0
    if price_fen != seen_fen:
        raise price_changed(offer, seen_fen, price_fen)
    more_fen = units * price_fen - line.units * line.price_fen
    refusal = refusal_of_total(get_credit(changing.buyer, now), more_fen) if more_fen > 0 else None
    if refusal is not None:
        raise refusal
    claimed = claim(reseller_id=changing.buyer.id, item_ids=[offer.item_id], are_locked=True, now=now)
    is_changed = sql.hold_units_and_change_line(
        reseller_id=changing.buyer.id,
        line_id=line.pk,
        item_id=offer.item_id,
        hold=hold,
        units=units,
        expected_price_fen=seen_fen,
        now=now,
    )
    if not is_changed:
        raise Contention
    by = f"order:{changing.order.pk}"
    settle_claim(claimed, reseller_id=changing.buyer.id, taken={offer.item_id: hold}, by=by, now=now)


def _release(changing: _Changing, lines: Sequence[ItemUnits], actor: Actor, now: datetime) -> None:
    flashsales_units.release(
        reseller_id=changing.buyer.id, lines=lines, cause=f"order:{changing.order.pk}", actor=actor, now=now
    )


def _sum_up(changing: _Changing, now: datetime) -> None:
    """The total of an order is that of its lines and their freight. Refuses one that the freight lifts above her limit (ORDER-6)."""
    total = write_freight(changing.order.pk)
    if total.freight_fen > changing.order.freight_fen:
        refusal = refusal_of_placed(changing.buyer, total.total_fen, now)
        if refusal is not None:
            raise refusal


def _record(
    changing: _Changing, action: str, details: dict[str, object], actor: Actor, now: datetime, *, line_id: int = 0
) -> None:
    details = {"line": line_id or changing.line.pk, **details}
    record(actor=actor, action=action, kind="order", subject_id=changing.order.pk, details=details, now=now)
