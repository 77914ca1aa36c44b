"""The statements of a payment that lock and write rows of orders."""

from collections.abc import Sequence
from datetime import datetime

from db.together import Write
from orders.models.orders import Order
from orders.rules.states import ConsignmentState, OrderState
from orders.selectors.paid_lines import LineToPay

_LOCK_OWN_ORDERS = """
SELECT o.* FROM orders_order o
WHERE o.id = ANY(%(orders)s::bigint[]) AND o.reseller_id = (SELECT r.id FROM membership_reseller r WHERE r.person_id = %(person)s)
ORDER BY o.id FOR UPDATE OF o
"""

_PAY = """
paid_consignments AS (
    INSERT INTO orders_consignment (id, order_id, brand_id, recipient_id, state, name, phone, address, ship_by)
    SELECT c.id, c.order_id, c.brand_id, c.recipient_id, %(consignment_state)s, r.name, r.phone, r.address, %(ship_by)s
    FROM unnest(%(consignments)s::bigint[], %(consignment_orders)s::bigint[], %(consignment_brands)s::bigint[],
                %(consignment_recipients)s::bigint[]) WITH ORDINALITY AS c(id, order_id, brand_id, recipient_id, position)
    JOIN orders_recipient r ON r.id = c.recipient_id
    ORDER BY c.position
), paid_lines AS (
    UPDATE orders_orderline l SET consignment_id = n.consignment_id
    FROM unnest(%(line_ids)s::bigint[], %(line_consignments)s::bigint[]) AS n(line_id, consignment_id) WHERE l.id = n.line_id
), paid_orders AS (
    UPDATE orders_order o SET state = %(paid_state)s, paid_at = %(paid_at)s WHERE o.id = ANY(%(paid_orders)s::bigint[])
)
"""


def lock_own_orders(*, person_id: int, order_ids: Sequence[int]) -> list[Order]:
    """Those of the orders that belong to the reseller who is this person, locked in the order of their ids, in one statement."""
    return list(Order.objects.raw(_LOCK_OWN_ORDERS, {"orders": list(order_ids), "person": person_id}))


def payment_write(*, lines: Sequence[LineToPay], paid_at: datetime, ship_by: datetime) -> Write:
    """The write that makes orders paid and gives their lines consignments, each with a copy of the address as it is now (ORDER-4)."""
    consignments = {line.consignment_id: line for line in lines}
    return Write(
        _PAY,
        {
            "consignments": list(consignments),
            "consignment_orders": [line.order_id for line in consignments.values()],
            "consignment_brands": [line.brand_id for line in consignments.values()],
            "consignment_recipients": [line.recipient_id for line in consignments.values()],
            "consignment_state": ConsignmentState.TO_SHIP.value,
            "ship_by": ship_by,
            "line_ids": [line.id for line in lines],
            "line_consignments": [line.consignment_id for line in lines],
            "paid_orders": sorted({line.order_id for line in lines}),
            "paid_state": OrderState.PAID.value,
            "paid_at": paid_at,
        },
    )
