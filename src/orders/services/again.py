"""Ordering again what was ordered before: lines that ran out unpaid, and those of any old order (ORDER-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from flashsales.selectors.offers import get_live_offers
from kernel.refusal import Conflict
from membership.selectors.people import require_buyer
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.lines import MAX_LINES, MAX_UNITS_PER_LINE, Take, joined_sources
from orders.rules.states import OrderState
from orders.selectors.orders import OrderView
from orders.services.cart import NoSuchLine
from orders.services.grab import expire_order
from orders.services.placing import GrabLine, InvalidGrab, place_orders


class NotOnSale(Conflict):
    code = "orders.not_on_sale"
    zh = "{goods} 现在没有专场在卖"
    en = "{goods} is in no live sale now"
    line_id: int
    goods: str


@dataclass(frozen=True, slots=True)
class AgainLine:
    """An old line that is ordered again, with the units and the present unit price that she was shown."""

    line_id: int
    units: int
    expected_price_fen: int


def order_again(*, actor: Actor, lines: Sequence[AgainLine], key: str, now: datetime) -> OrderView:
    """Place old lines anew, for the same recipients, at the present prices: what is left of them (ORDER-7).

    Each goods is taken from the sale that has it now. Refuses goods that no live sale has, and recipients that were removed. A line whose
    price is not the one that she was shown is refused, and the order names both prices. The same key makes one order.
    """
    buyer = require_buyer(actor, now)
    if not 0 < len(lines) <= MAX_LINES or not all(0 < line.units <= MAX_UNITS_PER_LINE for line in lines):
        raise InvalidGrab(lines=MAX_LINES, units=MAX_UNITS_PER_LINE)
    wanted = {line.line_id: line for line in lines}
    rows = list(
        OrderLine.objects.filter(pk__in=wanted, order__reseller_id=buyer.id).select_related("sku__style").order_by("pk")
    )
    for line_id in sorted(wanted.keys() - {row.pk for row in rows}):
        raise NoSuchLine(line_id=line_id)
    _expire_due_orders(buyer.id, now)
    offers = get_live_offers(sku_ids=[row.sku_id for row in rows], tier=buyer.tier.value, reseller_id=buyer.id, at=now)
    grabs: dict[tuple[int, int], GrabLine] = {}
    for row in rows:
        offer = offers.get(row.sku_id)
        if offer is None:
            goods = f"{row.sku.style.style_no} {row.sku.colour} {row.sku.size}"
            raise NotOnSale(line_id=row.pk, goods=goods)
        line = wanted[row.pk]
        grab = GrabLine(
            offer.item_id, line.units, row.recipient_id, line.expected_price_fen, row.remark, f"line:{row.pk}"
        )
        # Two old lines may be the same goods for the same recipient; an order has them as one.
        place = (grab.item_id, grab.recipient_id)
        grabs[place] = _joined(grabs[place], grab) if place in grabs else grab
    return place_orders(actor=actor, lines=list(grabs.values()), key=key, take=Take.WHAT_IS_LEFT, now=now)


def _joined(first: GrabLine, second: GrabLine) -> GrabLine:
    return GrabLine(
        first.item_id,
        first.units + second.units,
        first.recipient_id,
        first.expected_price_fen,
        first.remark or second.remark,
        joined_sources(first.source, second.source),
    )


def _expire_due_orders(reseller_id: int, now: datetime) -> None:
    """Release what ran out unpaid and still holds units: they are among those that she orders again."""
    due = Order.objects.filter(reseller_id=reseller_id, state=OrderState.UNPAID.value, pay_before__lte=now)
    for order_id in due.order_by("pk").values_list("pk", flat=True):
        expire_order(order_id, now)
