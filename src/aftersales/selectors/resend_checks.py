"""Integrity checks of resends: their cases, units, money and movements (AFTER-18)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from kernel.integrity import Check, fault_check
from ledger.rules import PostingKind
from ledger.selectors.integrity import Bookings, booking_checks
from orders.selectors.lines import LINES

RESENDS = f"""(
    SELECT d.id, d.case_id, d.line_id, d.units, d.borne_by, d.payable_fen, d.item_id, d.taken_units, d.at, d.refund_id,
           l.order_id, l.sku_id, l.brand_id, l.payable_fen AS unit_payable_fen, coalesce(r.units, 0) AS short_units, r.at AS short_at,
           CASE d.borne_by WHEN 'platform' THEN coalesce(r.units, 0) * l.payable_fen ELSE 0 END AS taken_back_fen,
           d.payable_fen - CASE d.borne_by WHEN 'platform' THEN coalesce(r.units, 0) * l.payable_fen ELSE 0 END AS kept_fen
    FROM aftersales_resend d JOIN {LINES} l ON l.id = d.line_id LEFT JOIN aftersales_refund r ON r.id = d.refund_id
    WHERE changed_orders(l.order_id)
)"""
"""Every resend with its order line, what of it was refunded instead, and what the platform took back for that."""

RESEND_CHECKS = (
    fault_check(
        "aftersales.resend",
        3,
        "aftersales_resend",
        f"x JOIN {RESENDS} d ON d.id = x.id JOIN aftersales_case k ON k.id = d.case_id LEFT JOIN aftersales_refund r ON r.id = d.refund_id",
        """
        WHEN k.line_id <> d.line_id THEN 'it is of line ' || d.line_id || ', its case of line ' || k.line_id
        WHEN k.state <> 'resent' OR k.ended_at <> d.at
            THEN 'it was decided at ' || d.at || ', its case is ' || k.state || ' since ' || coalesce(k.ended_at::text, 'never')
        WHEN k.units <> d.units THEN k.units || ' units were asked for, ' || d.units || ' are sent again'
        WHEN k.reason = 'no_longer_wanted' THEN 'its case is ' || k.reason
        WHEN k.borne_by <> d.borne_by THEN 'it is borne by ' || d.borne_by || ', its case by ' || k.borne_by
        WHEN d.payable_fen <> CASE d.borne_by WHEN 'platform' THEN d.units * d.unit_payable_fen ELSE 0 END
            THEN 'the brand was paid ' || d.payable_fen || ' fen for ' || d.units || ' units at ' || d.unit_payable_fen
        WHEN r.units > d.units THEN d.units || ' units were sent again, ' || r.units || ' were refunded instead'
        WHEN r.borne_by <> d.borne_by THEN 'it is borne by ' || d.borne_by || ', its refund by ' || r.borne_by
        WHEN r.at < d.at THEN 'it was decided at ' || d.at || ', and refunded at ' || r.at
        """,
        "changed_orders(d.order_id)",
    ),
    Check(
        "aftersales.resent_case",
        3,
        "aftersales_case",
        "its units are sent again, and there is no resend",
        f"""
        SELECT k.id FROM aftersales_case k JOIN {LINES} l ON l.id = k.line_id LEFT JOIN aftersales_resend d ON d.case_id = k.id
        WHERE changed_orders(l.order_id) AND k.state = 'resent' AND d.id IS NULL
        """,
    ),
    Check(
        "aftersales.resent_units",
        3,
        "orders_orderline",
        "{resending_units} units are left to be sent again and {resent_units} were; its resends say {expected} for both",
        f"""
        SELECT l.id, l.resending_units, l.resent_units, coalesce(d.units, 0) AS expected FROM {LINES} l
        LEFT JOIN (SELECT line_id, sum(units - short_units) AS units FROM {RESENDS} d GROUP BY 1) d ON d.line_id = l.id
        WHERE changed_orders(l.order_id) AND l.resending_units + l.resent_units <> coalesce(d.units, 0)
        """,
    ),
    Check(
        "aftersales.resend_left",
        3,
        "orders_orderline",
        "{resending_units} units are left to be sent again, its last resend is of {units} units and {ended}",
        f"""
        SELECT l.id, l.resending_units, d.units, CASE WHEN d.refund_id IS NULL THEN 'open' ELSE 'refunded' END AS ended
        FROM {LINES} l
        JOIN LATERAL (SELECT x.units, x.refund_id FROM aftersales_resend x WHERE x.line_id = l.id ORDER BY x.id DESC LIMIT 1) d ON true
        WHERE changed_orders(l.order_id) AND l.resending_units > CASE WHEN d.refund_id IS NULL THEN d.units ELSE 0 END
        """,
    ),
    *booking_checks(
        Bookings(
            app="aftersales",
            table="aftersales_resend",
            kinds=(PostingKind.RESEND,),
            rows=f"""
                SELECT d.id, 'resend' AS kind, 'resend:' || d.id AS key, d.at FROM {RESENDS} d WHERE d.payable_fen <> 0
                UNION ALL
                SELECT d.id, 'resend', 'resend_short:' || d.id, d.short_at FROM {RESENDS} d WHERE d.taken_back_fen <> 0
                """,
            entries=f"""
                SELECT 'resend:' || d.id AS key, 'resend' AS posting_kind, v.kind, v.owner_id, v.fen FROM {RESENDS} d
                CROSS JOIN LATERAL (VALUES ('brand_payable', d.brand_id, d.payable_fen), ('commission', 0, -d.payable_fen))
                    AS v(kind, owner_id, fen)
                WHERE d.payable_fen <> 0
                UNION ALL
                SELECT 'resend_short:' || d.id, 'resend', v.kind, v.owner_id, v.fen FROM {RESENDS} d
                CROSS JOIN LATERAL (VALUES ('brand_payable', d.brand_id, -d.taken_back_fen), ('commission', 0, d.taken_back_fen))
                    AS v(kind, owner_id, fen)
                WHERE d.taken_back_fen <> 0
                """,
        ),
        missing=("resend_posting", "nothing was booked for it"),
        unknown=("posting_resend", "{key} is no resend at {at}"),
        amount=("resend_amount", "{account} is booked with {booked} fen, the resend gives {due}"),
    ),
    Check(
        "aftersales.resend_movement",
        7,
        "aftersales_resend",
        "{units} units of SKU {sku_id} are sent again, {taken_units} of them from a sale; {moved} and {allotted} were moved",
        f"""
        SELECT d.id, d.units, d.taken_units, d.sku_id, coalesce(-m.on_hand_delta, 0) AS moved, coalesce(-m.allotted_delta, 0) AS allotted
        FROM {RESENDS} d
        LEFT JOIN inventory_movement m ON m.sku_id = d.sku_id AND m.kind = 'resent' AND m.cause = 'resend:' || d.id
        WHERE (coalesce(-m.on_hand_delta, 0), coalesce(-m.allotted_delta, 0)) <> (d.units, d.taken_units)
        """,
    ),
    Check(
        "aftersales.resent_movement",
        7,
        "inventory_movement",
        "{units} units of SKU {sku_id} were taken for {cause}, which is no resend of them",
        f"""
        SELECT m.id, -m.on_hand_delta AS units, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN (SELECT 'resend:' || d.id AS cause, l.sku_id FROM aftersales_resend d JOIN {LINES} l ON l.id = d.line_id) d
               ON d.cause = m.cause AND d.sku_id = m.sku_id
        WHERE changed_movements(m.id) AND m.kind = 'resent' AND d.sku_id IS NULL
        """,
    ),
)
