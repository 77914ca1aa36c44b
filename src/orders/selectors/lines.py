"""Order lines as the statements of other apps read them, so that these need not know the tables of orders."""

LINES = """(
    SELECT l.*, l.units - l.refunded_units AS kept_units, o.reseller_id, o.tier, o.state AS order_state, o.paid_at,
           c.state AS consignment_state, c.shipped_at AS consignment_shipped_at
    FROM orders_orderline l
    LEFT JOIN orders_order o ON o.id = l.order_id
    LEFT JOIN orders_consignment c ON c.id = l.consignment_id
)"""
"""Every order line with its order and its consignment, to stand after FROM or JOIN. PostgreSQL leaves out a join of which a statement
reads no column."""
