"""Order lines as the statements of other apps read them, so that these need not know the tables of orders."""

LINES = """(
    SELECT l.*, l.units - l.refunded_units AS kept_units, l.refunded_units * l.price_fen + l.refund_adjustment_fen AS refunded_fen,
           (l.units - l.refunded_units) * l.payable_fen + l.payable_adjustment_fen AS brand_fen,
           (l.units - l.refunded_units) * l.commission_fen - l.refund_adjustment_fen - l.payable_adjustment_fen + l.carrier_claim_fen
               AS platform_fen,
           l.units - l.shipped_units - l.cancelled_units AS unshipped_units,
           o.reseller_id, o.tier, o.state AS order_state, o.paid_at
    FROM orders_orderline l
    LEFT JOIN orders_order o ON o.id = l.order_id
)"""
"""Every order line with its order, what was refunded of it, and what brand and platform keep of it (`PaidLine`).

To stand after FROM or JOIN. PostgreSQL leaves out a join of which a statement reads no column."""
