"""Integrity checks of after-sales: refunds and cases, and the units of sale items that depend on refunds (INTEGRITY-1, 3, 7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from aftersales.selectors.event_checks import CHANGED_EVENTS, EVENT_CHECKS
from aftersales.selectors.refund_checks import (
    CLAIM_CHECKS,
    EXCHANGE_CHECKS,
    REFUND_CHECKS,
    REFUNDS,
    SUBSTITUTE_CHECKS,
    UNSHIPPED,
)
from aftersales.selectors.resend_checks import RESEND_CHECKS
from inventory.selectors.integrity import movement_ids_sql
from kernel.integrity import Check, fault_check, sum_check
from orders.selectors.lines import LINES

_LINES_LESS_UNSHIPPED = f"""(
    SELECT l.id, l.item_id, l.reseller_id, l.order_state, l.units - coalesce(r.units, 0) AS units FROM {LINES} l
    LEFT JOIN (SELECT line_id, sum(units) AS units FROM aftersales_refund WHERE reason = ANY(%(unshipped)s) GROUP BY 1) r
           ON r.line_id = l.id
    WHERE changed_items(l.item_id)
)"""
"""Every order line with its units less those that were refunded before shipping."""

_CASES = (
    fault_check(
        "aftersales.case_rows",
        3,
        "aftersales_case",
        f"k JOIN {LINES} l ON l.id = k.line_id LEFT JOIN aftersales_refund r ON r.id = k.refund_id",
        """
        WHEN k.reseller_id <> l.reseller_id THEN 'it is of reseller ' || k.reseller_id || ', its line of reseller ' || l.reseller_id
        WHEN k.brand_id <> l.brand_id THEN 'it is of brand ' || k.brand_id || ', its line of brand ' || l.brand_id
        WHEN l.shipped_units = 0
            THEN 'it was requested at ' || k.requested_at || ', and its line was not shipped'
        WHEN k.reason = 'no_longer_wanted' AND l.labelling = 'cut' THEN 'it is ' || k.reason || ', and the label of its goods is cut'
        WHEN k.refund_id IS NOT NULL AND r.id IS NULL THEN 'there is no refund ' || k.refund_id
        WHEN r.line_id <> k.line_id THEN 'its refund ' || r.id || ' is of line ' || r.line_id
        WHEN k.borne_by <> '' AND r.borne_by <> k.borne_by THEN 'it is borne by ' || k.borne_by || ', its refund by ' || r.borne_by
        WHEN k.reason = 'missing' AND (k.sent_back_at IS NOT NULL OR k.return_address <> '') THEN 'nothing can be sent back of it'
        WHEN r.units <> k.units AND r.reason <> 'allowance' THEN 'it is about ' || k.units || ' units, and ' || r.units || ' were refunded'
        WHEN r.reason = ANY(%(unshipped)s) THEN 'its refund ' || r.id || ' is ' || r.reason
        """,
        "changed_orders(l.order_id)",
        unshipped=UNSHIPPED,
    ),
    Check(
        "aftersales.case_state",
        3,
        "aftersales_case",
        "it is {state}, requested at {requested_at}, decided at {decided_at}, sent back at {sent_back_at}, received at {received_at},"
        " ended at {ended_at}",
        f"""
        SELECT k.id, k.state, k.requested_at, k.decided_at, k.sent_back_at, k.received_at, k.ended_at
        FROM aftersales_case k JOIN {LINES} l ON l.id = k.line_id
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
                WHEN 'resent' THEN k.decided_at IS NOT NULL AND (k.sent_back_at IS NULL) = (k.received_at IS NULL)
                WHEN 'refunded' THEN k.ended_at = r.at AND (r.reason = 'returned') = (k.received_at IS NOT NULL)
                ELSE false END, false)
        """,
    ),
    Check(
        "aftersales.requested_units",
        3,
        "orders_orderline",
        "open cases request {requested} units, {refundable} can be refunded",
        f"""
        SELECT l.id, c.units AS requested, l.kept_units AS refundable FROM {LINES} l
        JOIN (SELECT line_id, sum(units) AS units FROM aftersales_case WHERE ended_at IS NULL GROUP BY 1) c ON c.line_id = l.id
        WHERE c.units > l.kept_units
        """,
    ),
    Check(
        "aftersales.open_case",
        3,
        "aftersales_case",
        "it is open, and its line is in statement {statement_id}, which was sent",
        """
        SELECT c.id, i.statement_id FROM aftersales_case c JOIN settlement_statementitem i ON i.line_id = c.line_id
        JOIN settlement_statement t ON t.id = i.statement_id
        WHERE c.ended_at IS NULL AND NOT (c.state = 'approved' AND c.due_at <= t.sent_at)
        """,
    ),
)

_FAULT_REPORTS = (
    fault_check(
        "aftersales.fault_report",
        7,
        "aftersales_faultreport",
        f"""f JOIN {LINES} l ON l.id = f.line_id LEFT JOIN aftersales_case k ON k.id = f.case_id
        LEFT JOIN LATERAL (SELECT count(*) AS photos FROM aftersales_faultreportphoto p WHERE p.report_id = f.id) p ON true
        """,
        """
        WHEN f.reseller_id <> l.reseller_id THEN 'it is of reseller ' || f.reseller_id || ', its line of reseller ' || l.reseller_id
        WHEN f.units > l.units THEN 'it is about ' || f.units || ' units, and its line has ' || l.units
        WHEN l.shipped_units = 0 THEN 'its line was not shipped'
        WHEN k.line_id <> f.line_id THEN 'its case ' || k.id || ' is about line ' || k.line_id
        WHEN f.ended_at < f.reported_at THEN 'it ended at ' || f.ended_at || ', before it was reported'
        WHEN f.state = 'withdrawn' AND (f.may_reuse OR p.photos > 0) THEN 'it was withdrawn, and still has its photos'
        WHEN f.state = 'answered' AND f.answer = '' AND f.erased_at IS NULL THEN 'it was answered without words'
        """,
        "changed_orders(l.order_id)",
    ),
    Check(
        "aftersales.report_photo_owner",
        7,
        "aftersales_faultreportphoto",
        "its photo {photo_id} did not come from a customer",
        f"""
        SELECT p.id, p.photo_id FROM aftersales_faultreportphoto p
        JOIN aftersales_faultreport f ON f.id = p.report_id JOIN {LINES} l ON l.id = f.line_id
        JOIN aftersales_photo o ON o.id = p.photo_id
        WHERE changed_orders(l.order_id) AND NOT o.is_from_customer
        """,
    ),
)

_DECISIONS = (
    fault_check(
        "aftersales.decision",
        7,
        "aftersales_decision",
        "d JOIN aftersales_case k ON k.id = d.case_id LEFT JOIN aftersales_refund r ON r.id = k.refund_id",
        """
        WHEN d.action IN ('refund', 'refund_only') AND (r.id IS NULL OR r.at <> d.at)
            THEN 'it refunds case ' || k.id || ' at ' || d.at || ', which was not refunded then'
        WHEN d.amount_fen IS NOT NULL AND r.amount_fen <> d.amount_fen AND d.action IN ('refund', 'refund_only')
            THEN 'it refunds ' || d.amount_fen || ' fen, the refund ' || r.id || ' is of ' || r.amount_fen
        WHEN d.action = 'reject' AND (k.state <> 'rejected' OR k.ended_at <> d.at)
            THEN 'it rejects case ' || k.id || ' at ' || d.at || ', which is ' || k.state
        WHEN d.action = 'approve' AND (k.decided_at IS NULL OR k.return_address = '')
            THEN 'it approves case ' || k.id || ', which was not approved'
        WHEN d.action = 'resend' AND (k.state <> 'resent' OR k.ended_at <> d.at)
            THEN 'it sends the units of case ' || k.id || ' again at ' || d.at || ', which is ' || k.state
        WHEN d.action NOT IN ('approve', 'reject', 'refund', 'refund_only', 'resend') THEN 'nobody decides ' || d.action
        """,
        "changed_cases(k.id)",
    ),
)

# Refunds and order lines are added up over the whole tables: about one second per million lines.
_UNITS = (
    sum_check(
        "aftersales.sold",
        7,
        "flashsales_saleitem",
        "{sold} units are sold, its paid lines less what was refunded before shipping give {expected}",
        "sold",
        f"SELECT l.item_id, l.units FROM {_LINES_LESS_UNSHIPPED} l WHERE l.order_state = 'paid'",
        "changed_items(t.id)",
        unshipped=UNSHIPPED,
    ),
    Check(
        "aftersales.allotted",
        1,
        "flashsales_saleitem",
        "{moved} units were allotted to it; {units} are available, held, sold or returned, and {gone} were out of stock",
        f"""
        SELECT i.id, coalesce(m.allotted_delta, 0) AS moved, i.available + i.held + i.sold + i.returned AS units,
               coalesce(g.units, 0) AS gone
        FROM flashsales_saleitem i
        LEFT JOIN inventory_movement m ON m.sku_id = i.sku_id AND m.kind = 'allot' AND m.cause = 'sale:' || i.sale_id
        LEFT JOIN (SELECT r.item_id, sum(r.units) AS units FROM {REFUNDS} r WHERE r.reason = 'out_of_stock' GROUP BY 1) g
               ON g.item_id = i.id
        WHERE changed_items(i.id)
          AND coalesce(m.allotted_delta, 0) <> i.available + i.held + i.sold + i.returned + coalesce(g.units, 0)
        """,
    ),
    sum_check(
        "aftersales.returned",
        1,
        "flashsales_saleitem",
        "{returned} units went back, movements of the sale, of its cancelled orders, reservations and refunds say {expected}",
        "returned",
        f"""
        SELECT i.id, -m.allotted_delta
        FROM inventory_movement m JOIN flashsales_saleitem i ON i.sku_id = m.sku_id AND m.cause = 'sale:' || i.sale_id
        WHERE m.kind = 'return' AND changed_items(i.id)
        UNION ALL
        SELECT l.item_id, l.units
        FROM inventory_movement m JOIN {LINES} l ON m.cause = 'order:' || l.order_id AND l.sku_id = m.sku_id
        WHERE m.kind = 'return' AND changed_items(l.item_id)
        UNION ALL
        SELECT d.item_id, -m.allotted_delta
        FROM inventory_movement m JOIN aftersales_resend d ON m.cause = 'resend:' || d.id
        WHERE m.kind = 'resent' AND d.item_id IS NOT NULL AND changed_items(d.item_id)
        UNION ALL
        SELECT o.item_id, -m.allotted_delta
        FROM inventory_movement m JOIN flashsales_reservation o ON m.cause = 'reservation:' || o.id
        WHERE m.kind = 'return' AND changed_items(o.item_id)
        UNION ALL
        SELECT r.item_id, m.on_hand_delta - m.allotted_delta
        FROM inventory_movement m JOIN {REFUNDS} r ON m.cause = 'refund:' || r.id AND r.sku_id = m.sku_id
        WHERE m.kind = 'cancelled' AND changed_items(r.item_id)
        """,
        "changed_items(t.id)",
    ),
    Check(
        "aftersales.refund_movement",
        7,
        "aftersales_refund",
        "{units} units of SKU {sku_id} were refunded before shipping and can be sold again, {moved} were moved back",
        f"""
        SELECT r.id, r.units, r.sku_id, coalesce(m.on_hand_delta, 0) AS moved FROM {REFUNDS} r
        LEFT JOIN inventory_movement m ON m.sku_id = r.sku_id AND m.kind = 'cancelled' AND m.cause = 'refund:' || r.id
        WHERE changed_orders(r.order_id)
          AND coalesce(m.on_hand_delta, 0) <> CASE WHEN r.reason = 'changed_mind' THEN r.units ELSE 0 END
        """,
    ),
    Check(
        "aftersales.movement",
        7,
        "inventory_movement",
        "{units} units of SKU {sku_id} came back for {cause}, which is no refund of them",
        f"""
        SELECT m.id, m.on_hand_delta AS units, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN (SELECT 'refund:' || r.id AS cause, r.sku_id FROM {REFUNDS} r WHERE r.reason = 'changed_mind') r
               ON r.cause = m.cause AND r.sku_id = m.sku_id
        WHERE changed_movements(m.id) AND m.kind = 'cancelled' AND r.sku_id IS NULL
        """,
    ),
    Check(
        "aftersales.restocked",
        7,
        "aftersales_case",
        "its goods are {disposition}, {units} units came back, and {moved} units of SKU {sku_id} were counted as stock again",
        f"""
        SELECT k.id, CASE k.disposition WHEN '' THEN 'nowhere' ELSE k.disposition END AS disposition, k.units, l.sku_id,
               coalesce(m.on_hand_delta, 0) AS moved
        FROM aftersales_case k JOIN {LINES} l ON l.id = k.line_id
        LEFT JOIN inventory_movement m ON m.sku_id = l.sku_id AND m.kind = 'returned' AND m.cause = 'case:' || k.id
        WHERE changed_orders(l.order_id)
          AND (coalesce(m.on_hand_delta, 0) <> CASE k.disposition WHEN 'stock' THEN k.units ELSE 0 END
               OR (k.disposition = 'stock' AND (k.received_at IS NULL OR l.labelling = 'cut')))
        """,
    ),
    Check(
        "aftersales.returned_movement",
        7,
        "inventory_movement",
        "{units} units of SKU {sku_id} came back for {cause}, which is no case about them",
        f"""
        SELECT m.id, m.on_hand_delta AS units, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN (SELECT 'case:' || k.id AS cause, l.sku_id FROM aftersales_case k JOIN {LINES} l ON l.id = k.line_id
                   WHERE k.disposition = 'stock') k ON k.cause = m.cause AND k.sku_id = m.sku_id
        WHERE changed_movements(m.id) AND m.kind = 'returned' AND k.sku_id IS NULL
        """,
    ),
    Check(
        "aftersales.item_tally",
        1,
        "flashsales_itemtally",
        "it says {units} units, the reseller's orders and reservations hold and keep {order_units} of the item",
        f"""
        SELECT t.id, t.units, coalesce(h.units, 0) + coalesce(o.units, 0) AS order_units FROM flashsales_itemtally t
        LEFT JOIN (SELECT l.item_id, l.reseller_id, sum(l.units) AS units FROM {_LINES_LESS_UNSHIPPED} l
                   WHERE l.order_state <> 'cancelled' GROUP BY 1, 2) h ON h.item_id = t.item_id AND h.reseller_id = t.reseller_id
        LEFT JOIN flashsales_reservation o ON o.item_id = t.item_id AND o.reseller_id = t.reseller_id AND o.ended_at IS NULL
        WHERE changed_items(t.item_id) AND t.units <> coalesce(h.units, 0) + coalesce(o.units, 0)
        """,
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.tally_missing",
        1,
        "orders_order",
        "its reseller has no tally of sale item {item_id}",
        f"""
        SELECT l.order_id AS id, l.item_id FROM {LINES} l
        LEFT JOIN flashsales_itemtally t ON t.item_id = l.item_id AND t.reseller_id = l.reseller_id
        WHERE changed_orders(l.order_id) AND l.order_state <> 'cancelled' AND t.id IS NULL
        """,
    ),
)

_GROWTH = (
    Check(
        "aftersales.growth",
        7,
        "aftersales_refund",
        "{amount_fen} fen were refunded as {reason}; the ledger of reseller {reseller_id} has {booked} of kind {kind} for it",
        f"""
        SELECT r.id, r.amount_fen, r.reason, r.reseller_id, coalesce(e.amount_fen::text, 'nothing') AS booked, k.kind
        FROM {REFUNDS} r
        CROSS JOIN LATERAL (SELECT CASE r.reason WHEN 'changed_mind' THEN 7 WHEN 'out_of_stock' THEN 9 ELSE 2 END AS kind) AS k
        LEFT JOIN membership_growthentry e ON e.order_id = r.order_id AND e.cause = 'refund/' || r.id AND e.kind IN (k.kind, 2)
             AND e.reseller_id = r.reseller_id AND e.amount_fen = r.amount_fen
        WHERE changed_orders(r.order_id) AND e.id IS NULL
        """,
    ),
    Check(
        "aftersales.growth_entry",
        7,
        "membership_growthentry",
        "{cause} is no refund of order {order_id}",
        f"""
        SELECT e.id, e.cause, e.order_id FROM membership_growthentry e
        LEFT JOIN (SELECT 'refund/' || r.id AS cause, r.order_id FROM {REFUNDS} r) r
               ON r.cause = e.cause AND r.order_id = e.order_id
        WHERE changed_resellers(e.reseller_id) AND e.kind IN (2, 7, 9) AND r.cause IS NULL
        """,
    ),
)

CHECKS = (
    *REFUND_CHECKS,
    *CLAIM_CHECKS,
    *EXCHANGE_CHECKS,
    *SUBSTITUTE_CHECKS,
    *_CASES,
    *RESEND_CHECKS,
    *_DECISIONS,
    *_FAULT_REPORTS,
    *_UNITS,
    *_GROWTH,
    *EVENT_CHECKS,
)

CHANGED_IDS = {
    "refunds": """
        SELECT r.id FROM aftersales_refund r WHERE new(r)
        UNION SELECT k.refund_id FROM aftersales_case k WHERE new(k)
        UNION SELECT c.refund_id FROM aftersales_carrierclaim c WHERE new(c)
        UNION SELECT c.refund_id FROM aftersales_carrierclaim c JOIN changed_carrier_claims n ON n.id = c.id
    """,
    "resends": "SELECT d.id FROM aftersales_resend d WHERE new(d)",
    "orders": f"""
        SELECT r.order_id FROM changed_refunds c JOIN {REFUNDS} r ON r.id = c.id
        UNION SELECT x.order_id FROM aftersales_exchange x WHERE new(x)
        UNION SELECT r.order_id FROM aftersales_substitute x JOIN {REFUNDS} r ON r.id = x.refund_id WHERE new(x)
        UNION SELECT l.order_id FROM aftersales_case k JOIN {LINES} l ON l.id = k.line_id WHERE new(k)
        UNION SELECT l.order_id FROM aftersales_faultreport f JOIN {LINES} l ON l.id = f.line_id WHERE new(f)
        UNION SELECT l.order_id FROM aftersales_faultreportphoto p JOIN aftersales_faultreport f ON f.id = p.report_id
              JOIN {LINES} l ON l.id = f.line_id JOIN aftersales_photo o ON o.id = p.photo_id WHERE new(p) OR new(o)
        UNION SELECT l.order_id FROM changed_resends c JOIN aftersales_resend d ON d.id = c.id JOIN {LINES} l ON l.id = d.line_id
        UNION SELECT l.order_id FROM inventory_movement m JOIN aftersales_resend d ON m.cause = 'resend:' || d.id
              JOIN {LINES} l ON l.id = d.line_id WHERE new(m)
        UNION SELECT l.order_id FROM inventory_movement m JOIN aftersales_case k ON m.cause = 'case:' || k.id
              JOIN {LINES} l ON l.id = k.line_id WHERE new(m)
    """,
    "movements": movement_ids_sql(
        f"""
        SELECT 'refund:' || r.id FROM changed_orders o JOIN {REFUNDS} r ON r.order_id = o.id
        UNION SELECT 'case:' || k.id FROM changed_orders o JOIN {LINES} l ON l.order_id = o.id JOIN aftersales_case k ON k.line_id = l.id
        UNION SELECT 'resend:' || d.id FROM changed_orders o JOIN {LINES} l ON l.order_id = o.id
              JOIN aftersales_resend d ON d.line_id = l.id
        """
    ),
    "items": """
        SELECT d.item_id FROM aftersales_resend d WHERE d.item_id IS NOT NULL AND new(d)
    """,
    "cases": f"""
        SELECT k.id FROM changed_orders o JOIN {LINES} l ON l.order_id = o.id JOIN aftersales_case k ON k.line_id = l.id
        UNION SELECT d.case_id FROM aftersales_decision d WHERE new(d)
    """,
    "events": CHANGED_EVENTS,
}

TABLES_WITHOUT_DELETES = (
    "aftersales_carrierclaim",
    "aftersales_case",
    "aftersales_exchange",
    "aftersales_faultreport",
    "aftersales_refund",
    "aftersales_resend",
    "aftersales_substitute",
)
