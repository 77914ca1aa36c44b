"""Checks of parcels: their lines, their consignments, and when units were shipped (ORDER-4, INTEGRITY-7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from kernel.integrity import Check, fault_check
from tracking.selectors import WAYBILL_STATUSES

PARCEL_CHECKS = (
    Check(
        "orders.shipped_units",
        7,
        "orders_orderline",
        "{shipped_units} units are shipped and {resent_units} were sent again, its parcels hold {held}",
        """
        SELECT l.id, l.shipped_units, l.resent_units, coalesce(m.units, 0) AS held FROM orders_orderline l
        LEFT JOIN (SELECT line_id, sum(units) AS units FROM orders_parcelline GROUP BY 1) m ON m.line_id = l.id
        WHERE changed_orders(l.order_id) AND l.shipped_units + l.resent_units <> coalesce(m.units, 0)
        """,
    ),
    fault_check(
        "orders.parcel_rows",
        7,
        "orders_parcel",
        f"""p
        JOIN orders_consignment c ON c.id = p.consignment_id JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN LATERAL (SELECT count(*) AS lines, count(*) FILTER (WHERE l.consignment_id IS DISTINCT FROM c.id) AS foreign_lines,
                                  max(m.shipped_at) AS last_at
                           FROM orders_parcelline m JOIN orders_orderline l ON l.id = m.line_id WHERE m.parcel_id = p.id) h ON true
        LEFT JOIN LATERAL (SELECT count(*) AS lines FROM orders_parcel q JOIN orders_parcelline m ON m.parcel_id = q.id
                           WHERE q.consignment_id = p.consignment_id AND h.lines = 0) others ON true
        LEFT JOIN ({WAYBILL_STATUSES}) w ON w.id = p.tracked_id
        """,
        """
        WHEN p.brand_id <> c.brand_id THEN 'it is of brand ' || p.brand_id || ', its consignment of brand ' || c.brand_id
        WHEN h.lines = 0 AND others.lines = 0 THEN 'it is empty, and it is no further piece of another parcel'
        WHEN h.foreign_lines > 0 THEN 'lines of other consignments are in it'
        WHEN p.status IS DISTINCT FROM w.status AND w.id IS NOT NULL THEN 'it is ' || p.status || ', its waybill is ' || w.status
        WHEN p.shipped_at < o.paid_at THEN 'it was shipped at ' || p.shipped_at || ', before its order was paid at ' || o.paid_at
        WHEN p.shipped_at > h.last_at THEN 'it was shipped at ' || p.shipped_at || ', the last units in it at ' || h.last_at
        """,
        "changed_orders(c.order_id)",
    ),
    Check(
        "orders.line_shipped_at",
        7,
        "orders_orderline",
        "it was last shipped at {shipped_at}, its parcels say {at}",
        """
        SELECT l.id, l.shipped_at, m.at FROM orders_orderline l
        LEFT JOIN (SELECT line_id, max(shipped_at) AS at FROM orders_parcelline GROUP BY 1) m ON m.line_id = l.id
        WHERE changed_orders(l.order_id) AND l.shipped_at IS DISTINCT FROM m.at
        """,
    ),
    Check(
        "orders.consignment_shipped_at",
        7,
        "orders_consignment",
        "it was shipped at {shipped_at}, its last units at {at}",
        """
        SELECT c.id, c.shipped_at, l.at FROM orders_consignment c
        JOIN (SELECT consignment_id, max(shipped_at) AS at FROM orders_orderline
              WHERE consignment_id IS NOT NULL AND changed_orders(order_id) GROUP BY 1) l ON l.consignment_id = c.id
        WHERE c.state = 'shipped' AND c.shipped_at IS DISTINCT FROM l.at
        """,
    ),
)
