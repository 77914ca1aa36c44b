"""Integrity checks of after-sales: refunds and cases, and the units of sale items that depend on refunds (INTEGRITY-1, 3, 7)."""

from aftersales.rules import RefundReason
from kernel.integrity import Check
from ledger.selectors.integrity import entry_differences_sql

UNSHIPPED = [RefundReason.CHANGED_MIND.value, RefundReason.OUT_OF_STOCK.value]
"""Reasons of refunds before shipping. Units that were refunded after shipping stay sold."""

_JOIN_UNSHIPPED_REFUNDS = """LEFT JOIN (
    SELECT line_id, sum(units) AS units FROM aftersales_refund WHERE reason = ANY(%(unshipped)s) GROUP BY 1
) r ON r.line_id = l.id"""
"""Adds to each order line `l` its units that were refunded before shipping."""

_REFUNDS = (
    Check(
        "aftersales.refunded_units",
        3,
        "orders_orderline",
        "{refunded_units} units are refunded, its refunds say {refund_units}",
        """
        SELECT l.id, l.refunded_units, coalesce(r.units, 0) AS refund_units FROM orders_orderline l
        LEFT JOIN (SELECT line_id, sum(units) AS units FROM aftersales_refund GROUP BY 1) r ON r.line_id = l.id
        WHERE changed_orders(l.order_id) AND l.refunded_units <> coalesce(r.units, 0)
        """,
    ),
    Check(
        "aftersales.refund_amount",
        3,
        "aftersales_refund",
        "its amount is {amount_fen} fen, {units} units at {price_fen} were paid",
        """
        SELECT r.id, r.amount_fen, r.units, l.price_fen FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
        WHERE changed_orders(l.order_id) AND r.amount_fen <> r.units * l.price_fen
        """,
    ),
    Check(
        "aftersales.refund_order",
        3,
        "aftersales_refund",
        "{fault}",
        """
        SELECT r.id, f.fault FROM aftersales_refund r
        JOIN orders_orderline l ON l.id = r.line_id
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_consignment c ON c.id = l.consignment_id
        LEFT JOIN aftersales_case k ON k.refund_id = r.id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN o.state <> 'paid' THEN 'its order ' || o.id || ' is ' || o.state
            WHEN r.at < o.paid_at THEN 'it was given at ' || r.at || ', before the order was paid at ' || o.paid_at
            WHEN r.reason = ANY(%(unshipped)s) AND k.id IS NOT NULL THEN 'it is ' || r.reason || ', and has the case ' || k.id
            WHEN r.reason <> ALL(%(unshipped)s) AND k.id IS NULL THEN 'it is ' || r.reason || ', and has no case'
            WHEN r.reason = ANY(%(unshipped)s) AND c.shipped_at < r.at THEN 'it is ' || r.reason || ', and was shipped at ' || c.shipped_at
            WHEN r.reason <> ALL(%(unshipped)s) AND NOT coalesce(c.shipped_at <= r.at, false)
                THEN 'it is ' || r.reason || ', and was not shipped'
            END AS fault) AS f
        WHERE changed_orders(l.order_id) AND f.fault IS NOT NULL
        """,
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.refund_posting",
        7,
        "aftersales_refund",
        "nothing was booked for it",
        """
        SELECT r.id FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
        LEFT JOIN ledger_posting p ON p.key = 'refund:' || r.id AND p.kind = 'refund' AND p.at = r.at
        WHERE changed_orders(l.order_id) AND p.id IS NULL
        """,
    ),
    Check(
        "aftersales.posting_refund",
        7,
        "ledger_posting",
        "{key} is no refund that was given at {at}",
        """
        SELECT p.id, p.key, p.at FROM ledger_posting p
        LEFT JOIN aftersales_refund r ON p.key = 'refund:' || r.id AND r.at = p.at
        WHERE changed_postings(p.id) AND p.kind = 'refund' AND r.id IS NULL
        """,
    ),
    Check(
        "aftersales.posting_amount",
        7,
        "ledger_posting",
        "{account} is booked with {booked} fen, the refunded line gives {due}",
        entry_differences_sql(
            """
            SELECT p.id AS posting_id, v.kind, v.owner_id, v.fen
            FROM aftersales_refund r
            JOIN ledger_posting p ON p.key = 'refund:' || r.id AND p.kind = 'refund'
            JOIN orders_orderline l ON l.id = r.line_id
            JOIN orders_order o ON o.id = l.order_id
            CROSS JOIN LATERAL (VALUES ('wallet', o.reseller_id, r.units * l.price_fen),
                ('brand_payable', l.brand_id, -r.units * l.payable_fen), ('commission', 0, -r.units * l.commission_fen))
                AS v(kind, owner_id, fen)
            WHERE changed_orders(l.order_id)
            """
        ),
    ),
)

_CASES = (
    Check(
        "aftersales.case_rows",
        3,
        "aftersales_case",
        "{fault}",
        """
        SELECT k.id, f.fault FROM aftersales_case k
        JOIN orders_orderline l ON l.id = k.line_id
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_consignment c ON c.id = l.consignment_id
        LEFT JOIN aftersales_refund r ON r.id = k.refund_id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN k.reseller_id <> o.reseller_id THEN 'it is of reseller ' || k.reseller_id || ', its line of reseller ' || o.reseller_id
            WHEN k.brand_id <> l.brand_id THEN 'it is of brand ' || k.brand_id || ', its line of brand ' || l.brand_id
            WHEN NOT coalesce(c.shipped_at <= k.requested_at, false)
                THEN 'it was requested at ' || k.requested_at || ', and its line was not shipped'
            WHEN k.reason = 'no_longer_wanted' AND l.labelling = 'cut' THEN 'it is ' || k.reason || ', and the label of its goods is cut'
            WHEN k.refund_id IS NOT NULL AND r.id IS NULL THEN 'there is no refund ' || k.refund_id
            WHEN r.line_id <> k.line_id THEN 'its refund ' || r.id || ' is of line ' || r.line_id
            WHEN r.units <> k.units THEN 'it is about ' || k.units || ' units, and ' || r.units || ' were refunded'
            WHEN r.reason = ANY(%(unshipped)s) THEN 'its refund ' || r.id || ' is ' || r.reason
            END AS fault) AS f
        WHERE changed_orders(l.order_id) AND f.fault IS NOT NULL
        """,
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.case_state",
        3,
        "aftersales_case",
        "it is {state}, requested at {requested_at}, decided at {decided_at}, sent back at {sent_back_at}, received at {received_at},"
        " ended at {ended_at}",
        """
        SELECT k.id, k.state, k.requested_at, k.decided_at, k.sent_back_at, k.received_at, k.ended_at
        FROM aftersales_case k
        JOIN orders_orderline l ON l.id = k.line_id
        LEFT JOIN aftersales_refund r ON r.id = k.refund_id
        WHERE changed_orders(l.order_id) AND NOT coalesce(
            coalesce(k.decided_at >= k.requested_at, true) AND coalesce(k.state = 'rejected' OR k.sent_back_at >= k.decided_at, true)
            AND coalesce(k.received_at >= k.sent_back_at, true)
            AND coalesce(k.ended_at >= greatest(k.requested_at, k.decided_at, k.sent_back_at, k.received_at), true)
            AND (k.sent_back_at IS NULL) = (k.tracking_no = '') AND (k.received_at IS NULL OR k.sent_back_at IS NOT NULL)
            AND CASE k.state
                WHEN 'requested' THEN k.decided_at IS NULL AND k.sent_back_at IS NULL
                WHEN 'approved' THEN k.decided_at IS NOT NULL AND k.sent_back_at IS NULL AND k.return_address <> ''
                WHEN 'sent_back' THEN k.sent_back_at IS NOT NULL AND k.received_at IS NULL
                WHEN 'received' THEN k.received_at IS NOT NULL
                WHEN 'rejected' THEN k.decided_at = k.ended_at AND k.decision <> ''
                WHEN 'withdrawn' THEN k.sent_back_at IS NULL
                WHEN 'expired' THEN k.decided_at IS NOT NULL AND k.sent_back_at IS NULL
                WHEN 'refunded' THEN k.ended_at = r.at AND (r.reason = 'returned') = (k.received_at IS NOT NULL)
                ELSE false END, false)
        """,
    ),
    Check(
        "aftersales.requested_units",
        3,
        "orders_orderline",
        "open cases request {requested} units, {refundable} can be refunded",
        """
        SELECT l.id, c.units AS requested, l.units - l.refunded_units AS refundable FROM orders_orderline l
        JOIN (SELECT line_id, sum(units) AS units FROM aftersales_case WHERE ended_at IS NULL GROUP BY 1) c ON c.line_id = l.id
        WHERE c.units > l.units - l.refunded_units
        """,
    ),
    Check(
        "aftersales.open_case",
        3,
        "aftersales_case",
        "it is open, and its sale {sale_id} is settled",
        """
        SELECT c.id, l.sale_id FROM aftersales_case c JOIN orders_orderline l ON l.id = c.line_id
        JOIN settlement_statement t ON t.sale_id = l.sale_id AND t.state <> 'draft'
        WHERE c.ended_at IS NULL AND NOT (c.state = 'approved' AND c.due_at <= t.settled_at)
        """,
    ),
)

# Refunds and order lines are added up over the whole tables: about one second per million lines.
_UNITS = (
    Check(
        "aftersales.sold",
        7,
        "flashsales_saleitem",
        "{sold} units are sold, its paid lines less what was refunded before shipping give {line_units}",
        f"""
        SELECT i.id, i.sold, coalesce(l.units, 0) AS line_units FROM flashsales_saleitem i
        LEFT JOIN (SELECT l.item_id, sum(l.units - coalesce(r.units, 0)) AS units
                   FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id AND o.state = 'paid'
                   {_JOIN_UNSHIPPED_REFUNDS}
                   WHERE changed_items(l.item_id) GROUP BY 1) l ON l.item_id = i.id
        WHERE changed_items(i.id) AND i.sold <> coalesce(l.units, 0)
        """,  # noqa: S608 - a constant
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.allotted",
        1,
        "flashsales_saleitem",
        "{moved} units were allotted to it; {units} are available, held, sold or returned, and {gone} were out of stock",
        """
        SELECT i.id, coalesce(m.allotted_delta, 0) AS moved, i.available + i.held + i.sold + i.returned AS units,
               coalesce(g.units, 0) AS gone
        FROM flashsales_saleitem i
        LEFT JOIN inventory_movement m ON m.sku_id = i.sku_id AND m.kind = 'allot' AND m.cause = 'sale:' || i.sale_id
        LEFT JOIN (SELECT l.item_id, sum(r.units) AS units FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
                   WHERE r.reason = 'out_of_stock' GROUP BY 1) g ON g.item_id = i.id
        WHERE changed_items(i.id)
          AND coalesce(m.allotted_delta, 0) <> i.available + i.held + i.sold + i.returned + coalesce(g.units, 0)
        """,
    ),
    Check(
        "aftersales.returned",
        1,
        "flashsales_saleitem",
        "{returned} units went back, movements of the sale, of its cancelled orders and of its refunds say {movement_units}",
        """
        WITH back AS (
            SELECT i.id AS item_id, -m.allotted_delta AS units
            FROM inventory_movement m JOIN flashsales_saleitem i ON i.sku_id = m.sku_id AND m.cause = 'sale:' || i.sale_id
            WHERE m.kind = 'return' AND changed_items(i.id)
            UNION ALL
            SELECT l.item_id, l.units
            FROM inventory_movement m JOIN orders_orderline l ON m.cause = 'order:' || l.order_id AND l.sku_id = m.sku_id
            WHERE m.kind = 'return' AND changed_items(l.item_id)
            UNION ALL
            SELECT l.item_id, m.on_hand_delta - m.allotted_delta
            FROM inventory_movement m JOIN aftersales_refund r ON m.cause = 'refund:' || r.id
            JOIN orders_orderline l ON l.id = r.line_id AND l.sku_id = m.sku_id
            WHERE m.kind = 'cancelled' AND changed_items(l.item_id)
        )
        SELECT i.id, i.returned, coalesce(b.units, 0) AS movement_units FROM flashsales_saleitem i
        LEFT JOIN (SELECT item_id, sum(units) AS units FROM back GROUP BY 1) b ON b.item_id = i.id
        WHERE changed_items(i.id) AND i.returned <> coalesce(b.units, 0)
        """,
    ),
    Check(
        "aftersales.refund_movement",
        7,
        "aftersales_refund",
        "{units} units of SKU {sku_id} were refunded before shipping and can be sold again, {moved} were moved back",
        """
        SELECT r.id, r.units, l.sku_id, coalesce(m.on_hand_delta, 0) AS moved
        FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
        LEFT JOIN inventory_movement m ON m.sku_id = l.sku_id AND m.kind = 'cancelled' AND m.cause = 'refund:' || r.id
        WHERE changed_orders(l.order_id)
          AND coalesce(m.on_hand_delta, 0) <> CASE WHEN r.reason = 'changed_mind' THEN r.units ELSE 0 END
        """,
    ),
    Check(
        "aftersales.movement",
        7,
        "inventory_movement",
        "{units} units of SKU {sku_id} came back for {cause}, which is no refund of them",
        """
        SELECT m.id, m.on_hand_delta AS units, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN (SELECT 'refund:' || r.id AS cause, l.sku_id FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
                   WHERE r.reason = 'changed_mind') r ON r.cause = m.cause AND r.sku_id = m.sku_id
        WHERE changed_movements(m.id) AND m.kind = 'cancelled' AND r.sku_id IS NULL
        """,
    ),
    Check(
        "aftersales.item_tally",
        1,
        "flashsales_itemtally",
        "it says {units} units, the reseller's orders hold and keep {order_units} of the item",
        f"""
        SELECT t.id, t.units, coalesce(h.units, 0) AS order_units FROM flashsales_itemtally t
        LEFT JOIN (SELECT l.item_id, o.reseller_id, sum(l.units - coalesce(r.units, 0)) AS units FROM orders_orderline l
                   JOIN orders_order o ON o.id = l.order_id AND o.state <> 'cancelled'
                   {_JOIN_UNSHIPPED_REFUNDS}
                   WHERE changed_items(l.item_id) GROUP BY 1, 2) h ON h.item_id = t.item_id AND h.reseller_id = t.reseller_id
        WHERE changed_items(t.item_id) AND t.units <> coalesce(h.units, 0)
        """,  # noqa: S608 - a constant
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.tally_missing",
        1,
        "orders_order",
        "its reseller has no tally of sale item {item_id}",
        """
        SELECT o.id, l.item_id FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN flashsales_itemtally t ON t.item_id = l.item_id AND t.reseller_id = o.reseller_id
        WHERE changed_orders(o.id) AND o.state <> 'cancelled' AND t.id IS NULL
        """,
    ),
)

_GROWTH = (
    Check(
        "aftersales.growth",
        7,
        "aftersales_refund",
        "{amount_fen} fen were refunded as {reason}; the ledger of reseller {reseller_id} has {booked} of kind {kind} for it",
        """
        SELECT r.id, r.amount_fen, r.reason, o.reseller_id, coalesce(e.amount_fen::text, 'nothing') AS booked, k.kind
        FROM aftersales_refund r
        JOIN orders_orderline l ON l.id = r.line_id JOIN orders_order o ON o.id = l.order_id
        CROSS JOIN LATERAL (SELECT CASE r.reason WHEN 'changed_mind' THEN 7 WHEN 'out_of_stock' THEN 9 ELSE 2 END AS kind) AS k
        LEFT JOIN membership_growthentry e ON e.order_id = l.order_id AND e.cause = 'refund/' || r.id AND e.kind IN (k.kind, 2)
             AND e.reseller_id = o.reseller_id AND e.amount_fen = r.amount_fen
        WHERE changed_orders(l.order_id) AND e.id IS NULL
        """,
    ),
    Check(
        "aftersales.growth_entry",
        7,
        "membership_growthentry",
        "{cause} is no refund of order {order_id}",
        """
        SELECT e.id, e.cause, e.order_id FROM membership_growthentry e
        LEFT JOIN (SELECT 'refund/' || r.id AS cause, l.order_id FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id) r
               ON r.cause = e.cause AND r.order_id = e.order_id
        WHERE changed_resellers(e.reseller_id) AND e.kind IN (2, 7, 9) AND r.cause IS NULL
        """,
    ),
)

CHECKS = (*_REFUNDS, *_CASES, *_UNITS, *_GROWTH)
