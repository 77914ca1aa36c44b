"""What a payment reads of the lines that it pays, in one statement, and the order that it answers with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from orders.models.orders import Order
from orders.rules.states import OrderState, shipping_state
from orders.selectors.orders import OrderLineView, OrderView, RecipientView, RefusedLineView

# A consignment is for one order, brand and recipient (ORDER-4). Its id is drawn here, so that all that names it can be written at once.
_LINES_TO_PAY = """
WITH lines AS MATERIALIZED (
    SELECT l.* FROM orders_orderline l WHERE l.order_id = ANY(%(orders)s::bigint[])
), consignments AS MATERIALIZED (
    SELECT g.order_id, g.brand_id, g.recipient_id, nextval('orders_consignment_id_seq') AS consignment_id
    FROM (SELECT order_id, brand_id, recipient_id FROM lines GROUP BY 1, 2, 3 ORDER BY min(id)) AS g
)
SELECT l.id, l.order_id, c.consignment_id, l.item_id, l.sale_id, l.brand_id, l.sku_id, l.units, l.price_fen, l.freight_fen, l.payable_fen,
       l.province, l.commission_fen, l.labelling, l.retail_floor_fen, l.remark, k.style_id, y.style_no, y.name AS style_name, y.picture,
       k.colour, k.size, l.recipient_id, r.name AS recipient_name, r.phone, r.address
FROM lines l
JOIN consignments c USING (order_id, brand_id, recipient_id)
JOIN inventory_sku k ON k.id = l.sku_id
JOIN inventory_style y ON y.id = k.style_id
JOIN orders_recipient r ON r.id = l.recipient_id
ORDER BY l.id
"""


@dataclass(frozen=True, slots=True)
class LineToPay:
    """A line of an order that is being paid. `consignment_id` is the id that its consignment is to have."""

    id: int
    order_id: int
    consignment_id: int
    item_id: int
    sale_id: int
    brand_id: int
    sku_id: int
    units: int
    price_fen: int
    freight_fen: int
    province: str
    payable_fen: int
    commission_fen: int
    labelling: str
    retail_floor_fen: int | None
    remark: str
    style_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    recipient_id: int
    recipient_name: str
    phone: str
    address: str


def read_lines_to_pay(order_ids: Sequence[int]) -> list[LineToPay]:
    """The lines of orders that wait for payment and are locked, each with the id of the consignment that it will be in."""
    return sql.fetch(LineToPay, _LINES_TO_PAY, {"orders": list(order_ids)})


def paid_order_view(order: Order, lines: Sequence[LineToPay], *, paid_at: datetime, ship_by: datetime) -> OrderView:
    """What `orders.order_view` shows of an order right after its payment: nothing of it is shipped or refunded."""
    return OrderView(
        id=order.pk,
        state=OrderState.PAID,
        tier=order.tier,
        total_fen=order.total_fen,
        freight_fen=order.freight_fen,
        refunded_fen=0,
        placed_at=order.placed_at,
        pay_before=order.pay_before,
        paid_at=paid_at,
        cancelled_at=order.cancelled_at,
        lines=[_line_view(line, ship_by) for line in lines],
        refused_lines=[RefusedLineView(**each) for each in order.refused_lines],
    )


def _line_view(line: LineToPay, ship_by: datetime) -> OrderLineView:
    return OrderLineView(
        id=line.id,
        item_id=line.item_id,
        sale_id=line.sale_id,
        brand_id=line.brand_id,
        sku_id=line.sku_id,
        style_id=line.style_id,
        style_no=line.style_no,
        name=line.style_name,
        picture=line.picture,
        colour=line.colour,
        size=line.size,
        units=line.units,
        refunded_units=0,
        refunded_fen=0,
        price_fen=line.price_fen,
        total_fen=line.units * line.price_fen,
        freight_fen=line.freight_fen,
        province=line.province,
        returned_freight_fen=0,
        label_cut=line.labelling == "cut",
        retail_floor_fen=line.retail_floor_fen,
        recipient=RecipientView(line.recipient_id, line.recipient_name, line.phone, line.address),
        shipping=shipping_state(units=line.units, shipped_units=0, cancelled_units=0, resending_units=0).value,
        ship_by=ship_by,
        shipped_at=None,
        remark=line.remark,
        shipped_units=0,
        resending_units=0,
        resent_units=0,
        cancelled_units=0,
        short_units=0,
        is_listed=False,
        parcels=[],
    )
