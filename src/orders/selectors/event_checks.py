"""Checks that what happened to orders has its events, and that events about orders name what exists (EVENT-1, INTEGRITY-7)."""

from events.rules.kinds import EventKind, SubjectKind
from events.selectors import event_ids_sql, event_subject_check, missing_event_check

_PAID = "SELECT o.id, o.id, o.paid_at FROM orders_order o WHERE o.state = 'paid' AND changed_orders(o.id)"
_TO_SHIP = """
    SELECT c.id, c.id, o.paid_at FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id
    WHERE o.state = 'paid' AND changed_orders(o.id)
    """
_SHIPPED = """
    SELECT DISTINCT p.id, p.consignment_id, m.shipped_at FROM orders_parcelline m JOIN orders_parcel p ON p.id = m.parcel_id
    JOIN orders_consignment c ON c.id = p.consignment_id WHERE changed_orders(c.order_id)
    """

EVENT_CHECKS = (
    missing_event_check(
        code="orders.paid_event", table="orders_order", kind=EventKind.ORDER_PAID, what="was paid", rows=_PAID
    ),
    missing_event_check(
        code="orders.to_ship_event",
        table="orders_consignment",
        kind=EventKind.CONSIGNMENT_TO_SHIP,
        what="was created",
        rows=_TO_SHIP,
    ),
    missing_event_check(
        code="orders.shipped_event",
        table="orders_parcel",
        kind=EventKind.CONSIGNMENT_SHIPPED,
        what="was shipped",
        rows=_SHIPPED,
    ),
    event_subject_check(
        code="orders.event_subject",
        subjects={
            SubjectKind.ORDER: "SELECT id, reseller_id, NULL::bigint FROM orders_order",
            SubjectKind.ORDER_LINE: (
                "SELECT l.id, o.reseller_id, l.brand_id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id"
            ),
            SubjectKind.CONSIGNMENT: (
                "SELECT c.id, o.reseller_id, c.brand_id FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id"
            ),
            SubjectKind.ORDER_UPLOAD: "SELECT id, reseller_id, NULL::bigint FROM orders_orderupload",
        },
    ),
)

CHANGED_EVENTS = " UNION ".join(
    (
        event_ids_sql(SubjectKind.ORDER, "SELECT id FROM changed_orders"),
        event_ids_sql(
            SubjectKind.ORDER_LINE,
            "SELECT l.id FROM orders_orderline l JOIN changed_orders o ON o.id = l.order_id",
        ),
        event_ids_sql(
            SubjectKind.CONSIGNMENT,
            "SELECT c.id FROM orders_consignment c JOIN changed_orders o ON o.id = c.order_id",
        ),
        event_ids_sql(SubjectKind.ORDER_UPLOAD, "SELECT u.id FROM orders_orderupload u WHERE new(u)"),
    )
)
"""The ids of the events about orders that changed."""
