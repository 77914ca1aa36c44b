"""Which orders are old enough for their contacts to be erased (PRIVACY-5), and the checks of those that were."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from kernel.integrity import Check
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.states import UNSHIPPED_STATES, OrderState

ERASURE_CHECKS = (
    Check(
        "orders.contact_not_erased",
        7,
        "orders_order",
        "the contacts of the order were erased, and {left} of its lines and consignments still have one",
        """
        SELECT o.id, count(*) AS left FROM orders_order o
        JOIN (SELECT l.order_id FROM orders_orderline l JOIN orders_recipient r ON r.id = l.recipient_id
              WHERE r.erased_at IS NULL OR l.remark <> ''
              UNION ALL SELECT c.order_id FROM orders_consignment c WHERE c.erased_at IS NULL) AS kept ON kept.order_id = o.id
        WHERE changed_orders(o.id) AND o.erased_at IS NOT NULL GROUP BY 1
        """,
    ),
    Check(
        "orders.customer_details",
        7,
        "orders_recipient",
        "it was erased, and {tags} of its tags and {sizes} of its sizes are left",
        """
        SELECT r.id, cardinality(r.tags) AS tags, jsonb_array_length(r.sizes) AS sizes FROM orders_recipient r
        WHERE r.erased_at IS NOT NULL AND (r.tags <> '{}' OR r.sizes <> '[]'::jsonb)
        """,
    ),
    Check(
        "orders.contact_missing",
        7,
        "orders_orderline",
        "order {order_id} is not old enough, and the recipient of the line was erased",
        """
        SELECT l.id, l.order_id FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id AND o.erased_at IS NULL
        JOIN orders_recipient r ON r.id = l.recipient_id AND r.erased_at IS NOT NULL
        WHERE changed_orders(l.order_id)
        """,
    ),
)


def list_orders_ended_before(before: datetime, *, window: timedelta, after_id: int, limit: int) -> list[int]:
    """Orders with contacts that were cancelled, or whose after-sales window ended, by `before`; in the order of their ids.

    An order with units left to ship is not among them, however old it is: the brand still needs the contact.
    """
    in_use = Consignment.objects.filter(order_id=OuterRef("pk")).filter(
        Q(state__in=UNSHIPPED_STATES) | Q(shipped_at__gt=before - window)
    )
    ended = Q(state=OrderState.CANCELLED.value, cancelled_at__lte=before) | (
        Q(state=OrderState.PAID.value, paid_at__lte=before - window) & ~Exists(in_use)
    )
    rows = Order.objects.filter(ended, erased_at=None, pk__gt=after_id).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])
