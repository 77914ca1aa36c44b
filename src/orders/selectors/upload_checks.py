"""Checks of workbooks of orders: an upload and its order, the lines and what was ordered of them (WORKBOOK-5, INTEGRITY-2, INTEGRITY-7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from accounts.selectors import audit_entries_sql
from kernel.integrity import Check, fault_check

_IN_THE_CART = ("orders.change_units", "orders.swap_item", "orders.take_out_line")
"""What changes the lines of an order after it was placed."""

_CHANGED_SINCE = " UNION ALL ".join(
    f"SELECT subject_id FROM {audit_entries_sql(action, 'order')} t" for action in _IN_THE_CART
)

UPLOAD_CHECKS = (
    fault_check(
        "orders.upload_order",
        7,
        "orders_orderupload",
        "u LEFT JOIN orders_order o ON o.id = u.order_id",
        """
        WHEN (u.state = 'committed') <> (u.order_id IS NOT NULL)
            THEN 'it is ' || u.state || ', and its order is ' || coalesce(u.order_id::text, 'none')
        WHEN u.order_id IS NOT NULL AND o.id IS NULL THEN 'there is no order ' || u.order_id
        WHEN o.reseller_id <> u.reseller_id THEN 'it is of reseller ' || u.reseller_id || ', its order of reseller ' || o.reseller_id
        WHEN o.key <> 'order-upload:' || u.id THEN 'its order ' || o.id || ' was placed with another key'
        WHEN u.ended_at <> o.placed_at THEN 'it was committed at ' || u.ended_at || ', its order placed at ' || o.placed_at
        WHEN (u.state IN ('committed', 'cancelled', 'refused')) <> (u.ended_at IS NOT NULL)
            THEN 'it is ' || u.state || ', and ended at ' || coalesce(u.ended_at::text, 'no time')
        WHEN (u.state = 'committed') <> (u.take <> '') THEN 'it is ' || u.state || ', and takes ' || coalesce(nullif(u.take, ''), 'nothing')
        """,
        "changed_order_uploads(u.id)",
    ),
    fault_check(
        "orders.upload_line",
        7,
        "orders_orderuploadline",
        "l JOIN orders_orderupload u ON u.id = l.upload_id",
        """
        WHEN l.ordered_units > 0 AND u.state <> 'committed' THEN l.ordered_units || ' units are ordered, and its upload is ' || u.state
        WHEN l.ordered_units > 0 AND l.item_id IS NULL THEN l.ordered_units || ' units of no goods are ordered'
        WHEN l.ordered_units > 0 AND l.left_out THEN l.ordered_units || ' units are ordered, and it was left out'
        WHEN u.take = 'all' AND NOT l.left_out AND l.ordered_units < l.units AND l.result IS NULL AND u.erased_at IS NULL
            THEN l.ordered_units || ' of ' || l.units || ' units are ordered, and nothing says why'
        """,
        "changed_order_uploads(u.id)",
    ),
    Check(
        "orders.upload_units",
        2,
        "orders_orderupload",
        "its lines say that {said} units were ordered, its order {order_id} has {units}",
        f"""
        SELECT u.id, u.order_id, coalesce(s.units, 0) AS said, coalesce(o.units, 0) AS units FROM orders_orderupload u
        LEFT JOIN (SELECT upload_id, sum(ordered_units) AS units FROM orders_orderuploadline GROUP BY 1) s ON s.upload_id = u.id
        LEFT JOIN (SELECT order_id, sum(units) AS units FROM orders_orderline GROUP BY 1) o ON o.order_id = u.order_id
        WHERE changed_order_uploads(u.id) AND u.state = 'committed' AND coalesce(s.units, 0) <> coalesce(o.units, 0)
          AND u.order_id NOT IN (SELECT c.subject_id FROM ({_CHANGED_SINCE}) AS c)
        """,
    ),
)

CHANGED_UPLOADS = """
    SELECT u.id FROM orders_orderupload u WHERE new(u)
    UNION SELECT l.upload_id FROM orders_orderuploadline l WHERE new(l)
    UNION SELECT u.id FROM orders_orderupload u JOIN changed_orders o ON o.id = u.order_id
    """
"""The ids of the uploads that changed, or whose order did."""
