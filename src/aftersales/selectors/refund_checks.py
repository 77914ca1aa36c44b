"""Integrity checks of refunds, carrier claims, exchanges and substitutes (INTEGRITY-1, 3)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from aftersales.rules import RefundReason
from aftersales.selectors.resend_checks import RESENDS
from kernel.integrity import Check, fault_check, sum_check
from ledger.rules import PostingKind
from ledger.selectors.integrity import Bookings, booking_checks
from orders.selectors.lines import LINES

UNSHIPPED = [RefundReason.CHANGED_MIND.value, RefundReason.OUT_OF_STOCK.value]
"""Reasons of refunds before shipping. Units that were refunded after shipping stay sold."""

REFUNDS = f"""(
    SELECT r.id, r.line_id, r.reason, r.units, r.amount_fen, r.at, r.borne_by, r.claim_fen, r.freight_fen, r.return_freight_fen,
           CASE r.return_freight_by WHEN 'brand' THEN r.return_freight_fen ELSE 0 END AS brand_return_fen,
           coalesce(r.payable_fen, r.units * l.payable_fen) AS payable_fen, r.payable_fen IS NULL AS is_whole,
           l.order_id, l.item_id, l.sku_id, l.brand_id, l.price_fen, l.payable_fen AS unit_payable_fen, l.reseller_id, l.order_state,
           l.paid_at, l.shipped_units
    FROM aftersales_refund r JOIN {LINES} l ON l.id = r.line_id
)"""
"""Every refund with its order line."""

REFUND_CHECKS = (
    sum_check(
        "aftersales.refunded_units",
        3,
        "orders_orderline",
        "{refunded_units} units are refunded, its refunds say {expected}",
        "refunded_units",
        "SELECT line_id, units FROM aftersales_refund",
        "changed_orders(t.order_id)",
    ),
    sum_check(
        "aftersales.cancelled_units",
        3,
        "orders_orderline",
        "{cancelled_units} units are cancelled, its refunds before shipping say {expected}",
        "cancelled_units",
        "SELECT line_id, units FROM aftersales_refund WHERE reason = ANY(%(unshipped)s)",
        "changed_orders(t.order_id)",
        unshipped=UNSHIPPED,
    ),
    sum_check(
        "aftersales.short_units",
        3,
        "orders_orderline",
        "{short_units} units are short, its refunds say {expected}",
        "short_units",
        "SELECT line_id, units FROM aftersales_refund WHERE reason = %(short)s",
        "changed_orders(t.order_id)",
        short=RefundReason.OUT_OF_STOCK.value,
    ),
    Check(
        "aftersales.refund_amount",
        3,
        "aftersales_refund",
        "its amount is {amount_fen} fen for {units} units, of which the brand bears {payable_fen} and a carrier {claim_fen}; {case_units}"
        " units at {price_fen} were asked for",
        f"""
        SELECT r.*, coalesce(k.units, r.units) AS case_units FROM {REFUNDS} r LEFT JOIN aftersales_case k ON k.refund_id = r.id
        WHERE changed_orders(r.order_id) AND (
            r.amount_fen > coalesce(k.units, r.units) * r.price_fen OR r.amount_fen - r.claim_fen < r.payable_fen
            OR (r.is_whole AND r.amount_fen <> r.units * r.price_fen)
            OR r.claim_fen <> CASE r.borne_by WHEN 'carrier' THEN r.amount_fen ELSE 0 END
            OR (r.borne_by <> 'brand' AND r.payable_fen <> 0))
        """,
    ),
    Check(
        "aftersales.refund_adjustments",
        3,
        "orders_orderline",
        "it says that {refunded_fen} fen were refunded, that the brand keeps {brand_fen}, and that carriers owe {carrier_claim_fen};"
        " its refunds and resends say {refunded}, {kept} and {claimed}",
        f"""
        SELECT l.id, l.refunded_fen, l.brand_fen - l.kept_freight_fen AS brand_fen, l.carrier_claim_fen,
               coalesce(r.amount_fen, 0) AS refunded,
               l.units * l.payable_fen - coalesce(r.payable_fen, 0) + coalesce(d.payable_fen, 0) AS kept,
               coalesce(r.claim_fen, 0) AS claimed
        FROM {LINES} l
        LEFT JOIN (SELECT line_id, sum(kept_fen) AS payable_fen FROM {RESENDS} d GROUP BY 1) d ON d.line_id = l.id
        LEFT JOIN (
            SELECT line_id, sum(amount_fen) AS amount_fen, sum(payable_fen) AS payable_fen, sum(claim_fen) AS claim_fen
            FROM {REFUNDS} r WHERE changed_orders(r.order_id) GROUP BY 1
        ) r ON r.line_id = l.id
        WHERE changed_orders(l.order_id) AND (l.refunded_fen, l.brand_fen - l.kept_freight_fen, l.carrier_claim_fen)
            <> (coalesce(r.amount_fen, 0), l.units * l.payable_fen - coalesce(r.payable_fen, 0) + coalesce(d.payable_fen, 0),
                coalesce(r.claim_fen, 0))
        """,
    ),
    sum_check(
        "aftersales.return_freight",
        3,
        "orders_orderline",
        "the brand bears {return_freight_fen} fen of its return freight, its refunds say {expected}",
        "return_freight_fen",
        "SELECT line_id, return_freight_fen FROM aftersales_refund WHERE return_freight_by = 'brand'",
        "changed_orders(t.order_id)",
    ),
    # The freight that goes back with a line may have been paid with another line of its order, sale and recipient.
    Check(
        "aftersales.returned_freight",
        3,
        "orders_order",
        "{returned} fen of its freight went back by its lines to one recipient, {refunded} by their refunds",
        f"""
        SELECT l.order_id AS id, sum(l.returned_freight_fen) AS returned, sum(coalesce(r.fen, 0)) AS refunded FROM {LINES} l
        LEFT JOIN (SELECT line_id, sum(freight_fen) AS fen FROM aftersales_refund WHERE freight_fen > 0 GROUP BY 1) r ON r.line_id = l.id
        WHERE changed_orders(l.order_id)
        GROUP BY l.order_id, l.sale_id, l.recipient_id HAVING sum(l.returned_freight_fen) <> sum(coalesce(r.fen, 0))
        """,
    ),
    Check(
        "aftersales.refund_freight",
        3,
        "aftersales_refund",
        "it is {reason}, and {freight_fen} fen of freight and {return_freight_fen} of return freight go with it",
        f"""
        SELECT r.id, r.reason, r.freight_fen, r.return_freight_fen FROM {REFUNDS} r
        WHERE changed_orders(r.order_id) AND ((r.freight_fen > 0 AND r.reason <> ALL(%(unshipped)s))
            OR (r.return_freight_fen > 0 AND r.reason <> 'returned'))
        """,
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.refunded_shipped",
        3,
        "orders_orderline",
        "{refunded} fen were refunded after shipping, and its {shipped_units} shipped units cost {paid}",
        f"""
        SELECT l.id, l.shipped_units, l.shipped_units * l.price_fen AS paid, r.refunded FROM {LINES} l
        JOIN (SELECT line_id, sum(amount_fen) AS refunded FROM aftersales_refund WHERE reason <> ALL(%(unshipped)s) GROUP BY 1) r
          ON r.line_id = l.id
        WHERE changed_orders(l.order_id) AND r.refunded > l.shipped_units * l.price_fen
        """,
        {"unshipped": UNSHIPPED},
    ),
    Check(
        "aftersales.borne_by_brand",
        3,
        "orders_orderline",
        "the brand bore {borne} fen of its refunds, and its payable fell by {payable}; its part of the price gives {due}",
        f"""
        SELECT b.line_id AS id, b.borne, b.payable, b.due FROM (
            SELECT r.line_id, sum(r.amount_fen) AS borne, sum(r.payable_fen) AS payable,
                   trunc(sum(r.amount_fen) * r.unit_payable_fen / r.price_fen) AS due
            FROM {REFUNDS} r WHERE r.borne_by = 'brand' AND changed_orders(r.order_id)
            GROUP BY 1, r.unit_payable_fen, r.price_fen
        ) AS b WHERE b.payable <> b.due
        """,
    ),
    Check(
        "aftersales.refund_order",
        3,
        "aftersales_refund",
        "{fault}",
        f"""
        SELECT r.id, f.fault FROM {REFUNDS} r
        LEFT JOIN aftersales_case k ON k.refund_id = r.id LEFT JOIN aftersales_resend d ON d.refund_id = r.id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN r.order_state <> 'paid' THEN 'its order ' || r.order_id || ' is ' || r.order_state
            WHEN r.at < r.paid_at THEN 'it was given at ' || r.at || ', before the order was paid at ' || r.paid_at
            WHEN r.reason = ANY(%(unshipped)s) AND k.id IS NOT NULL THEN 'it is ' || r.reason || ', and has the case ' || k.id
            WHEN r.reason = 'resend_short' AND (d.id IS NULL OR d.line_id <> r.line_id)
                THEN 'it is ' || r.reason || ', and is of no resend of its line'
            WHEN r.reason <> 'resend_short' AND d.id IS NOT NULL THEN 'it is ' || r.reason || ', and of the resend ' || d.id
            WHEN r.reason <> 'resend_short' AND r.reason <> ALL(%(unshipped)s) AND k.id IS NULL
                THEN 'it is ' || r.reason || ', and has no case'
            WHEN r.reason <> ALL(%(unshipped)s) AND r.shipped_units = 0 THEN 'it is ' || r.reason || ', and was not shipped'
            END AS fault) AS f
        WHERE changed_orders(r.order_id) AND f.fault IS NOT NULL
        """,
        {"unshipped": UNSHIPPED},
    ),
    *booking_checks(
        Bookings(
            app="aftersales",
            table="aftersales_refund",
            kinds=(PostingKind.REFUND,),
            rows=f"""
                SELECT r.id, 'refund' AS kind, 'refund:' || r.id AS key, r.at FROM {REFUNDS} r WHERE changed_orders(r.order_id)
                """,
            entries=f"""
                SELECT 'refund:' || r.id AS key, 'refund' AS posting_kind, v.kind, v.owner_id, v.fen FROM {REFUNDS} r
                CROSS JOIN LATERAL (VALUES ('wallet', r.reseller_id, r.amount_fen + r.freight_fen + r.return_freight_fen),
                    ('brand_payable', r.brand_id, -r.payable_fen - r.freight_fen - r.brand_return_fen),
                    ('commission', 0, r.payable_fen + r.claim_fen - r.amount_fen + r.brand_return_fen - r.return_freight_fen),
                    ('carrier_claim', 0, -r.claim_fen))
                    AS v(kind, owner_id, fen)
                WHERE changed_orders(r.order_id)
                """,
        ),
        missing=("refund_posting", "nothing was booked for it"),
        unknown=("posting_refund", "{key} is no refund that was given at {at}"),
        amount=("posting_amount", "{account} is booked with {booked} fen, the refunded line gives {due}"),
    ),
)

EXCHANGE_CHECKS = (
    fault_check(
        "aftersales.exchange",
        7,
        "aftersales_exchange",
        f"""x
        JOIN aftersales_refund r ON r.id = x.refund_id JOIN {LINES} old ON old.id = r.line_id
        LEFT JOIN {LINES} l ON l.order_id = x.order_id
        """,
        """
        WHEN r.reason <> 'changed_mind' THEN 'its refund ' || r.id || ' is ' || r.reason
        WHEN l.id IS NULL THEN 'its order ' || x.order_id || ' has no lines'
        WHEN l.reseller_id <> old.reseller_id THEN 'its order ' || x.order_id || ' is of reseller ' || l.reseller_id
        WHEN l.paid_at IS DISTINCT FROM r.at
            THEN 'its refund was given at ' || r.at || ', its order was paid at ' || coalesce(l.paid_at::text, 'no time')
        WHEN l.sale_id <> old.sale_id OR l.sku_id = old.sku_id THEN 'its order has SKU ' || l.sku_id || ' of sale ' || l.sale_id
        WHEN l.units <> r.units THEN r.units || ' units were refunded, ' || l.units || ' were ordered for them'
        """,
        "(changed_orders(l.order_id) OR changed_orders(old.order_id))",
    ),
)

CLAIM_CHECKS = (
    Check(
        "aftersales.carrier_claim",
        3,
        "aftersales_refund",
        "a carrier owes {claim_fen} fen for it, and its claim is about {claimed}",
        f"""
        SELECT r.id, r.claim_fen, coalesce(c.amount_fen::text, 'nothing') AS claimed FROM {REFUNDS} r
        LEFT JOIN aftersales_carrierclaim c ON c.refund_id = r.id
        WHERE changed_orders(r.order_id) AND r.claim_fen <> coalesce(c.amount_fen, 0)
        """,
    ),
    *booking_checks(
        Bookings(
            app="aftersales",
            table="aftersales_carrierclaim",
            kinds=(PostingKind.CARRIER_CLAIM,),
            rows=f"""
                SELECT c.id, 'carrier_claim' AS kind, 'carrier_claim:' || c.id AS key, c.ended_at AS at
                FROM aftersales_carrierclaim c JOIN {REFUNDS} r ON r.id = c.refund_id
                WHERE changed_orders(r.order_id) AND c.ended_at IS NOT NULL
                """,
            entries=f"""
                SELECT 'carrier_claim:' || c.id AS key, 'carrier_claim' AS posting_kind, v.kind, v.owner_id, v.fen
                FROM aftersales_carrierclaim c JOIN {REFUNDS} r ON r.id = c.refund_id
                CROSS JOIN LATERAL (VALUES ('carrier_claim', 0, c.amount_fen), ('clearing', 0, -c.paid_fen),
                    ('commission', 0, c.paid_fen - c.amount_fen)) AS v(kind, owner_id, fen)
                WHERE changed_orders(r.order_id) AND c.ended_at IS NOT NULL
                """,
        ),
        missing=("claim_posting", "it has ended, and nothing was booked for it"),
        unknown=("posting_claim", "{key} is no claim that ended at {at}"),
        amount=("claim_amount", "{account} is booked with {booked} fen, the claim gives {due}"),
    ),
)

SUBSTITUTE_CHECKS = (
    fault_check(
        "aftersales.substitute",
        7,
        "aftersales_substitute",
        f"""x
        JOIN aftersales_refund r ON r.id = x.refund_id JOIN {LINES} old ON old.id = r.line_id
        LEFT JOIN {LINES} l ON l.order_id = x.order_id
        """,
        """
        WHEN r.reason <> 'out_of_stock' THEN 'its refund ' || r.id || ' is ' || r.reason
        WHEN x.offered_at <> r.at THEN 'it was offered at ' || x.offered_at || ', the units were refunded at ' || r.at
        WHEN x.answered_at >= x.expires_at THEN 'it was answered at ' || x.answered_at || ', and expired at ' || x.expires_at
        WHEN x.state <> 'accepted' THEN NULL
        WHEN l.id IS NULL THEN 'its order ' || x.order_id || ' has no lines'
        WHEN l.reseller_id <> old.reseller_id THEN 'its order ' || x.order_id || ' is of reseller ' || l.reseller_id
        WHEN l.paid_at IS DISTINCT FROM x.answered_at
            THEN 'it was accepted at ' || x.answered_at || ', its order was paid at ' || coalesce(l.paid_at::text, 'no time')
        WHEN l.item_id <> x.item_id THEN 'sale item ' || x.item_id || ' was offered, ' || l.item_id || ' was ordered'
        WHEN l.units <> r.units THEN r.units || ' units were offered, ' || l.units || ' were ordered'
        WHEN l.price_fen > old.price_fen THEN 'a unit costs ' || l.price_fen || ' fen, one of the missing goods cost ' || old.price_fen
        """,
        "(changed_orders(l.order_id) OR changed_orders(old.order_id))",
    ),
)
