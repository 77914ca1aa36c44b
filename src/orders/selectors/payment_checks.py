"""Checks of payments: what was booked for paid orders, and money that arrived for orders (INTEGRITY-3, INTEGRITY-7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from kernel.integrity import Check, fault_check
from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import POSTINGS, Bookings, booking_checks, received_money_checks
from orders.selectors.lines import LINES
from payments.selectors.integrity import PAYMENTS, REFUNDS

_PAYMENTS = Bookings(
    app="orders",
    table="orders_order",
    kinds=(PostingKind.PAYMENT,),
    rows="""
        SELECT o.id, 'payment' AS kind, 'payment:order:' || o.id AS key, o.paid_at AS at FROM orders_order o
        WHERE changed_orders(o.id) AND o.state = 'paid'
        """,
    entries=f"""
        SELECT 'payment:order:' || l.order_id AS key, 'payment' AS posting_kind, v.kind, v.owner_id, v.fen FROM {LINES} l
        CROSS JOIN LATERAL (VALUES ('wallet', l.reseller_id, -l.units * l.price_fen - l.freight_fen),
            ('brand_payable', l.brand_id, l.units * l.payable_fen + l.freight_fen), ('commission', 0, l.units * l.commission_fen))
            AS v(kind, owner_id, fen)
        WHERE changed_orders(l.order_id) AND l.order_state = 'paid'
        """,
)

_BOOKED = (
    *booking_checks(
        _PAYMENTS,
        missing=("payment", "it is paid, and nothing was booked for it"),
        unknown=("payment_order", "{key}, booked at {at}, is the payment of no order that was paid then"),
        amount=("payment_amount", "{account} is booked with {booked} fen, the lines of the order give {due}"),
    ),
    *received_money_checks(
        app="orders", kind=PostingKind.TOP_UP, action="orders.top_up", subject="reseller", account=AccountKind.WALLET
    ),
)

_RECEIVED = (
    fault_check(
        "orders.received_payment",
        7,
        "orders_receivedpayment",
        f"""r
        LEFT JOIN orders_order o ON o.id = r.order_id
        LEFT JOIN {POSTINGS} p ON p.key = 'top-up:' || r.reference
        """,
        """
        WHEN p.id IS NULL THEN 'nothing was booked for ' || r.reference
        WHEN p.at <> r.at OR p.cause <> 'reseller:' || o.reseller_id
            THEN 'it arrived at ' || r.at || ' for reseller ' || o.reseller_id || ', and was booked at ' || p.at || ' for ' || p.cause
        WHEN r.outcome IN ('paid', 'paid_late') AND o.paid_at IS DISTINCT FROM r.at
            THEN 'it is ' || r.outcome || ' at ' || r.at || ', its order was paid at ' || coalesce(o.paid_at::text, 'no time')
        """,
        "changed_orders(r.order_id)",
    ),
)

_THROUGH_PROVIDERS = (
    fault_check(
        "orders.order_payment",
        7,
        "orders_orderpayment",
        f"""t
        LEFT JOIN orders_order o ON o.id = t.order_id
        LEFT JOIN {PAYMENTS} p ON p.id = t.payment_id
        """,
        """
        WHEN p.reseller_id IS DISTINCT FROM o.reseller_id
            THEN 'its payment is of reseller ' || p.reseller_id || ', its order of reseller ' || o.reseller_id
        WHEN (p.state = 'paid') <> (t.outcome <> '') THEN 'its payment is ' || p.state || ', its outcome is "' || t.outcome || '"'
        WHEN t.outcome IN ('paid', 'paid_late') AND o.paid_at IS DISTINCT FROM p.booked_at
            THEN 'its order was paid at ' || coalesce(o.paid_at::text, 'no time') || ', the money was booked at ' || p.booked_at
        """,
        "changed_orders(t.order_id)",
    ),
    Check(
        "orders.payment_returned",
        3,
        "orders_orderpayment",
        "{refunded_fen} of {amount_fen} fen of its payment went back to the source, and its orders hold {held}",
        f"""
        SELECT max(t.id) AS id, p.amount_fen, p.refunded_fen, coalesce(sum(h.fen), 0) AS held
        FROM {PAYMENTS} p JOIN orders_orderpayment t ON t.payment_id = p.id
        JOIN orders_order o ON o.id = t.order_id
        LEFT JOIN LATERAL (
            SELECT sum(l.kept_units * l.price_fen - l.refund_adjustment_fen + l.freight_fen - l.returned_freight_fen) AS fen
            FROM {LINES} l WHERE l.order_id = t.order_id AND o.state = 'paid'
        ) k ON true
        LEFT JOIN LATERAL (SELECT CASE WHEN t.outcome IN ('paid', 'paid_late') THEN k.fen
            WHEN t.outcome <> '' AND o.paid_at > p.booked_at THEN greatest(least(
                t.amount_fen - coalesce((SELECT sum(r.amount_fen) FROM {REFUNDS} r WHERE r.payment_id = p.id AND r.order_id IS NULL
                                         AND r.state <> 'failed' AND r.created_at < o.paid_at), 0),
                k.fen - coalesce((SELECT sum(b.amount_fen) FROM orders_orderpayment b
                                  WHERE b.order_id = o.id AND b.outcome IN ('paid', 'paid_late')), 0)
                    - coalesce((SELECT sum(b.amount_fen) FROM orders_receivedpayment b
                                WHERE b.order_id = o.id AND b.outcome IN ('paid', 'paid_late')), 0)), 0)
            END AS fen) h ON true
        WHERE changed_payments(p.id) GROUP BY p.id, p.amount_fen, p.refunded_fen
        HAVING p.refunded_fen > 0 AND p.refunded_fen > p.amount_fen - coalesce(sum(h.fen), 0)
        """,
    ),
    Check(
        "orders.payment_sum",
        3,
        "orders_orderpayment",
        "its payment was to be {asked_fen} fen, the orders of it cost {due}",
        f"""
        SELECT max(t.id) AS id, p.asked_fen, sum(t.amount_fen) AS due FROM {PAYMENTS} p JOIN orders_orderpayment t ON t.payment_id = p.id
        WHERE changed_payments(p.id) GROUP BY p.id, p.asked_fen HAVING sum(t.amount_fen) <> p.asked_fen
        """,
    ),
)

PAYMENT_CHECKS = (*_THROUGH_PROVIDERS, *_BOOKED, *_RECEIVED)
