"""Order lines as the statements of other apps read them, so that these need not know the tables of orders."""

LINES = """(
    SELECT l.*, l.units - l.refunded_units AS kept_units, l.refunded_units * l.price_fen + l.refund_adjustment_fen AS refunded_fen,
           (l.units - l.refunded_units) * l.payable_fen + l.payable_adjustment_fen AS brand_fen,
           (l.units - l.refunded_units) * l.commission_fen - l.refund_adjustment_fen - l.payable_adjustment_fen + l.carrier_claim_fen
               AS platform_fen,
           o.reseller_id, o.tier, o.state AS order_state, o.paid_at,
           c.state AS consignment_state, c.shipped_at AS consignment_shipped_at
    FROM orders_orderline l
    LEFT JOIN orders_order o ON o.id = l.order_id
    LEFT JOIN orders_consignment c ON c.id = l.consignment_id
)"""
"""Every order line with its order and its consignment, what was refunded of it, and what brand and platform keep of it (`PaidLine`).

To stand after FROM or JOIN. PostgreSQL leaves out a join of which a statement reads no column."""
