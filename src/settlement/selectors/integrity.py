"""The checks of settlement (INTEGRITY-3, INTEGRITY-7).

A statement equals the sum of its lines and is booked once; a brand is owed the sum of its lines.
"""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from events.rules import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check, fault_check
from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import Bookings, balance_check, booking_checks, posting_ids_sql
from orders.selectors.lines import LINES

_SALE_TOTALS = f"""
    SELECT l.sale_id, sum(l.units) AS units, sum(l.refunded_units) AS refunded_units, sum(l.units * l.price_fen) AS sold_fen,
           sum(l.refunded_fen) AS refunded_fen, sum(l.platform_fen) AS commission_fen, sum(l.brand_fen) AS payable_fen,
           sum(l.carrier_claim_fen) AS claims_fen, sum(l.unshipped_units) AS to_ship
    FROM settlement_statement t JOIN {LINES} l ON l.sale_id = t.sale_id
    WHERE l.order_state = 'paid' AND changed_sales(l.sale_id) GROUP BY 1
"""

# A statement over nothing is booked nowhere.
_BOOKINGS = Bookings(
    app="settlement",
    table="settlement_statement",
    kinds=(PostingKind.SETTLEMENT, PostingKind.PAYOUT),
    rows="""
        SELECT t.id, d.kind, d.kind || ':' || t.id AS key, d.at, t.state FROM settlement_statement t
        CROSS JOIN LATERAL (VALUES ('settlement', CASE WHEN t.state <> 'draft' THEN t.settled_at END),
            ('payout', CASE WHEN t.state = 'paid' THEN t.paid_at END)) AS d(kind, at)
        WHERE d.at IS NOT NULL AND t.payable_fen <> 0
        """,
    entries="""
        SELECT v.posting_kind || ':' || t.id AS key, v.posting_kind, v.kind, v.owner_id, v.fen FROM settlement_statement t
        CROSS JOIN LATERAL (VALUES ('settlement', 'brand_payable', t.brand_id, -t.payable_fen),
            ('settlement', 'brand_settled', t.brand_id, t.payable_fen), ('payout', 'brand_settled', t.brand_id, -t.payable_fen),
            ('payout', 'clearing', 0, t.payable_fen)) AS v(posting_kind, kind, owner_id, fen)
        """,
)

CHECKS = (
    Check(
        "settlement.totals",
        3,
        "settlement_statement",
        "it says sold {sold_fen}, refunded {refunded_fen}, commission {commission_fen}, payable {payable_fen} fen for {units} units;"
        " its lines say {sold}, {refunded}, {commission}, {payable} for {line_units}",
        f"""
        SELECT t.id, t.sold_fen, t.refunded_fen, t.commission_fen, t.payable_fen, t.units, l.*
        FROM settlement_statement t
        LEFT JOIN ({_SALE_TOTALS}) s ON s.sale_id = t.sale_id
        CROSS JOIN LATERAL (SELECT coalesce(s.sold_fen, 0) AS sold, coalesce(s.refunded_fen, 0) AS refunded,
            coalesce(s.commission_fen, 0) AS commission, coalesce(s.payable_fen, 0) AS payable, coalesce(s.claims_fen, 0) AS claims,
            coalesce(s.units, 0) AS line_units,
            coalesce(s.refunded_units, 0) AS back) AS l
        WHERE changed_sales(t.sale_id) AND (
            (t.units, t.sold_fen) <> (l.line_units, l.sold)
            OR t.sold_fen <> t.refunded_fen - t.carrier_claims_fen + t.commission_fen + t.payable_fen
            OR t.refunded_units > l.back OR t.refunded_fen > l.refunded
            OR (t.state <> 'draft' AND (t.refunded_units, t.refunded_fen, t.commission_fen, t.payable_fen,
                                        t.carrier_claims_fen) <> (l.back, l.refunded, l.commission, l.payable, l.claims)))
        """,
    ),
    Check(
        "settlement.state",
        3,
        "settlement_statement",
        "it is {state}, to be settled from {settleable_from}, settled at {settled_at}, paid at {paid_at}, reference {payout_reference}",
        """
        SELECT t.id, t.state, t.settleable_from, t.settled_at, t.paid_at, t.payout_reference FROM settlement_statement t
        WHERE NOT coalesce(CASE t.state
            WHEN 'draft' THEN t.settled_at IS NULL AND t.paid_at IS NULL AND t.payout_reference = ''
            WHEN 'settled' THEN t.settled_at >= t.settleable_from AND t.paid_at IS NULL AND t.payout_reference = ''
            WHEN 'paid' THEN t.settled_at >= t.settleable_from AND t.paid_at >= t.settled_at AND t.payout_reference <> ''
            ELSE false END, false)
        """,
    ),
    fault_check(
        "settlement.sale",
        7,
        "settlement_statement",
        f"t LEFT JOIN flashsales_sale s ON s.id = t.sale_id LEFT JOIN ({_SALE_TOTALS}) l ON l.sale_id = t.sale_id",
        """
        WHEN s.brand_id IS DISTINCT FROM t.brand_id THEN 'it is of brand ' || t.brand_id || ', its sale ' || t.sale_id || ' is not'
        WHEN s.closed_at IS NULL THEN 'its sale ' || t.sale_id || ' is not closed'
        WHEN t.state <> 'draft' AND l.to_ship > 0 THEN 'it is settled, and ' || l.to_ship || ' paid units are not shipped'
        """,
        "changed_sales(t.sale_id)",
    ),
    # Sums of a brand, over all its lines that are not settled.
    balance_check(
        "settlement.owed",
        AccountKind.BRAND_PAYABLE,
        "the brand's payable is {balance_fen} fen, its unsettled order lines say {due_fen}",
        f"""
        SELECT l.brand_id, l.brand_fen FROM {LINES} l LEFT JOIN settlement_statement t ON t.sale_id = l.sale_id
        WHERE l.order_state = 'paid' AND (t.id IS NULL OR t.state = 'draft')
        """,
    ),
    balance_check(
        "settlement.settled",
        AccountKind.BRAND_SETTLED,
        "the brand is owed {balance_fen} fen, its settled statements add up to {due_fen}",
        "SELECT brand_id, payable_fen FROM settlement_statement WHERE state = 'settled'",
    ),
    *booking_checks(
        _BOOKINGS,
        missing=("posting", "it is {state}, and {key} was not booked"),
        unknown=("posting_statement", "{key}, booked at {at}, is of no statement that was settled or paid then"),
        amount=("posting_amount", "{account} is booked with {booked} fen, the statement gives {due}"),
    ),
    event_subject_check(
        code="settlement.event_subject",
        subjects={SubjectKind.STATEMENT: "SELECT id, NULL::bigint, brand_id FROM settlement_statement"},
    ),
)

CHANGED_IDS = {
    "postings": posting_ids_sql(
        """
        SELECT 'settlement:' || t.id FROM settlement_statement t WHERE new(t)
        UNION ALL SELECT 'payout:' || t.id FROM settlement_statement t WHERE new(t)
        """
    ),
    "sales": "SELECT t.sale_id FROM settlement_statement t WHERE new(t)",
    "events": event_ids_sql(SubjectKind.STATEMENT, "SELECT t.id FROM settlement_statement t WHERE new(t)"),
}

TABLES_WITHOUT_DELETES = ("settlement_statement",)
