"""How the list of orders says where an order stands, and the message about a shipment that she passes on."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.period import SHANGHAI
from orders.rules.states import UNSHIPPED_STATES, OrderFilter, OrderState
from orders.selectors.orders import OrderLineView, OrderView

FILTERS: Mapping[OrderFilter, Promise] = {
    OrderFilter.TO_PAY: gettext_lazy("待付款"),
    OrderFilter.TO_SHIP: gettext_lazy("待发货"),
    OrderFilter.LATE: gettext_lazy("超时未发"),
    OrderFilter.SHIPPED: gettext_lazy("已发货"),
    OrderFilter.SHORT: gettext_lazy("缺货"),
    OrderFilter.REFUNDED: gettext_lazy("已退款"),
    OrderFilter.CANCELLED: gettext_lazy("已取消"),
}


def late_brands(order: OrderView, at: datetime) -> dict[int, tuple[datetime, int]]:
    """By brand that is late with a paid order: by when it had to ship, and how many units it has not."""
    late: dict[int, tuple[datetime, int]] = {}
    for line in order.lines:
        units = line.unshipped_units
        if line.shipping in UNSHIPPED_STATES and line.ship_by is not None and line.ship_by < at:
            due, others = late.get(line.brand_id, (line.ship_by, 0))
            late[line.brand_id] = min(due, line.ship_by), others + units
    return late


def list_states(order: OrderView, at: datetime, brands: Mapping[int, str]) -> list[tuple[str, str]]:
    """Where an order stands, as (words, tone) of tags. Each brand that is late is named, with its deadline and what it has not shipped."""
    if order.state is OrderState.CANCELLED:
        return [(_("已取消"), "plain")]
    if order.state is OrderState.UNPAID:
        return [(_("待付款"), "wait") if at < order.pay_before else (_("超时未付"), "plain")]
    unshipped = [line for line in order.lines if line.shipping in UNSHIPPED_STATES]
    late = late_brands(order, at)
    states: list[tuple[str, str]] = []
    for brand_id, (due, units) in late.items():
        words = _("{brand}超时未发 {units} 件，应于 {due} 前发出")
        shown = f"{due.astimezone(SHANGHAI):%m-%d %H:%M}"
        states.append((words.format(brand=brands.get(brand_id, _("品牌")), units=units, due=shown), "bad"))
    if unshipped and not late:
        states.append((_("待发货"), "busy"))
    if any(line.shipped_units for line in order.lines):
        states.append((_("部分已发货") if unshipped else _("已发货"), "good"))
    if short := sum(line.short_units for line in order.lines):
        states.append((_("缺货 {units} 件").format(units=short), "bad"))
    if refunded := sum(line.refunded_units for line in order.lines):
        is_whole = refunded == order.units
        states.append((_("已退款") if is_whole else _("已退 {units} 件").format(units=refunded), "plain"))
    return states


def shipping_message(order: OrderView, language: str) -> str:
    """What was shipped, by recipient and parcel, as a text for her customers; "" where nothing is shipped."""
    parcels: dict[tuple[str, int], list[OrderLineView]] = {}
    for line in order.lines:
        for parcel in line.parcels:
            parcels.setdefault((line.recipient.name, parcel.id), []).append(line)
    return "\n".join(_sentence(name, parcel_id, lines, language) for (name, parcel_id), lines in parcels.items())


def _sentence(name: str, parcel_id: int, lines: list[OrderLineView], language: str) -> str:
    [parcel, *_others] = [each for each in lines[0].parcels if each.id == parcel_id]
    goods = "、".join(
        f"{line.name or line.style_no} {line.colour}{line.size} ×{each.units}"
        for line in lines
        for each in line.parcels
        if each.id == parcel_id
    )
    if language == "en":
        return f"{name}: shipped by {parcel.carrier_en or parcel.carrier}, {parcel.tracking_no} ({goods})"
    return f"{name}，您的 {goods} 已发货：{parcel.carrier} {parcel.tracking_no}"
