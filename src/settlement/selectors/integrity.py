"""The checks of settlement (INTEGRITY-3, INTEGRITY-7).

A statement equals the sum of its lines and is booked once; a brand is owed the sum of its lines.
"""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check, fault_check
from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import ENTRIES_AT, Bookings, balance_check, booking_checks, posting_ids_sql
from orders.selectors.lines import LINES
from settlement.selectors.comparison_checks import COMPARISON_CHECKS
from settlement.sql import due_deductions_sql

_SALE_TOTALS = f"""
    SELECT l.sale_id, sum(l.units) AS units, sum(l.refunded_units) AS refunded_units, sum(l.units * l.price_fen) AS sold_fen,
           sum(l.refunded_fen) AS refunded_fen
    FROM settlement_statement t JOIN {LINES} l ON l.sale_id = t.sale_id
    WHERE l.order_state = 'paid' AND t.state = 'draft' AND changed_sales(l.sale_id) GROUP BY 1
"""

_ITEM_TOTALS = """
    SELECT i.statement_id, sum(l.units) AS units, sum(i.refunded_units) AS refunded_units, sum(l.units * l.price_fen) AS sold_fen,
           sum(i.refunded_fen) AS refunded_fen, sum(i.payable_fen) AS payable_fen, sum(i.freight_fen) AS freight_fen,
           sum(i.carrier_claim_fen) AS claims_fen
    FROM settlement_statement t JOIN settlement_statementitem i ON i.statement_id = t.id JOIN orders_orderline l ON l.id = i.line_id
    WHERE changed_statements(t.id) GROUP BY 1
"""

# A statement over nothing is booked nowhere. That it is paid is booked for a money request, which the treasury checks.
_BOOKINGS = Bookings(
    app="settlement",
    table="settlement_statement",
    kinds=(PostingKind.SETTLEMENT,),
    rows="""
        SELECT t.id, 'settlement' AS kind, 'settlement:' || t.id AS key, t.settled_at AS at, t.state FROM settlement_statement t
        WHERE t.settled_at IS NOT NULL AND (t.payable_fen, t.adjustments_fen, t.deductions_fen, t.netted_fen) <> (0, 0, 0, t.carried_fen)
        """,
    entries="""
        SELECT 'settlement:' || t.id AS key, 'settlement' AS posting_kind, v.kind, v.owner_id, v.fen FROM settlement_statement t
        CROSS JOIN LATERAL (VALUES
            ('brand_payable', t.brand_id, t.adjustments_fen - t.payable_fen - t.deductions_fen - t.netted_fen + t.carried_fen),
            ('brand_settled', t.brand_id, t.payable_fen), ('commission', 0, -t.adjustments_fen), ('brand_fee', 0, t.deductions_fen),
            ('brand_debt', t.brand_id, t.netted_fen - t.carried_fen)) AS v(kind, owner_id, fen)
        """,
)

# What contracts deduct for the lines of statements that were sent, by what was so at that instant.
_DUE_OF_SENT = due_deductions_sql(
    """
    SELECT i.line_id FROM settlement_statement t JOIN settlement_statementitem i ON i.statement_id = t.id
    WHERE changed_statements(t.id) AND t.state <> 'draft' AND t.brand_id IN (SELECT brand_id FROM settlement_contractfee)
    """,
    at="""(SELECT s.sent_at FROM settlement_statementitem n JOIN settlement_statement s ON s.id = n.statement_id WHERE n.line_id = l.id)""",
)

CHECKS = (
    # Lines that a draft of a period counts may go into another statement before it is sent, and are counted again then.
    Check(
        "settlement.totals",
        3,
        "settlement_statement",
        "it says sold {sold_fen}, refunded {refunded_fen} fen for {units} units; its lines say {sold}, {refunded} for {line_units}",
        f"""
        SELECT t.id, t.sold_fen, t.refunded_fen, t.units, l.* FROM settlement_statement t
        LEFT JOIN ({_SALE_TOTALS}) s ON s.sale_id = t.sale_id
        CROSS JOIN LATERAL (SELECT coalesce(s.sold_fen, 0) AS sold, coalesce(s.refunded_fen, 0) AS refunded,
            coalesce(s.units, 0) AS line_units, coalesce(s.refunded_units, 0) AS back) AS l
        WHERE t.sale_id IS NOT NULL AND changed_sales(t.sale_id) AND t.state = 'draft' AND (
            (t.units, t.sold_fen) <> (l.line_units, l.sold) OR t.refunded_units > l.back OR t.refunded_fen > l.refunded)
        """,
    ),
    Check(
        "settlement.item_totals",
        3,
        "settlement_statement",
        "it says sold {sold_fen}, refunded {refunded_fen}, freight {freight_fen}, commission {commission_fen}, adjusted {adjustments_fen},"
        " deducted {deductions_fen}, netted {netted_fen}, payable {payable_fen} less {carried_fen} fen for {units} units;"
        " its items, deductions, debts and disputes say"
        " {sold}, {refunded}, {freight}, {commission}, {adjusted}, {deducted}, {netted}, {balance} for {item_units}",
        f"""
        SELECT t.id, t.sold_fen, t.refunded_fen, t.freight_fen, t.commission_fen, t.adjustments_fen, t.deductions_fen, t.netted_fen,
               t.payable_fen, t.carried_fen, t.units, n.*
        FROM settlement_statement t LEFT JOIN ({_ITEM_TOTALS}) s ON s.statement_id = t.id
        LEFT JOIN (SELECT statement_id, sum(claimed_fen - payable_fen) AS fen FROM settlement_statementdispute
                   WHERE state = 'accepted' GROUP BY 1) d ON d.statement_id = t.id
        CROSS JOIN LATERAL (
            SELECT (SELECT coalesce(sum(amount_fen), 0) FROM settlement_statementdeduction
                    WHERE statement_id = t.id AND waiver_id IS NULL) AS deducted,
                   (SELECT coalesce(sum(amount_fen), 0) FROM settlement_branddebt WHERE statement_id = t.id) AS netted) AS o
        CROSS JOIN LATERAL (SELECT o.deducted, o.netted, coalesce(s.units, 0) AS item_units, coalesce(s.refunded_units, 0) AS back,
            coalesce(s.sold_fen, 0) AS sold, coalesce(s.refunded_fen, 0) AS refunded, coalesce(s.claims_fen, 0) AS claims,
            coalesce(s.freight_fen, 0) AS freight,
            coalesce(s.sold_fen - s.refunded_fen + s.claims_fen + s.freight_fen - s.payable_fen, 0) AS commission,
            coalesce(d.fen, 0) AS adjusted,
            coalesce(s.payable_fen, 0) + coalesce(d.fen, 0) - o.deducted - o.netted AS balance) AS n
        WHERE changed_statements(t.id) AND t.state <> 'draft' AND (t.units, t.refunded_units, t.sold_fen, t.refunded_fen,
            t.carrier_claims_fen, t.freight_fen, t.commission_fen, t.adjustments_fen, t.deductions_fen, t.netted_fen,
            t.payable_fen - t.carried_fen)
            <> (n.item_units, n.back, n.sold, n.refunded, n.claims, n.freight, n.commission, n.adjusted, n.deducted, n.netted, n.balance)
        """,
    ),
    Check(
        "settlement.item",
        7,
        "settlement_statementitem",
        "{fault}",
        f"""
        SELECT i.line_id AS id, f.fault FROM settlement_statementitem i LEFT JOIN settlement_statement t ON t.id = i.statement_id
        LEFT JOIN {LINES} l ON l.id = i.line_id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN t.id IS NULL THEN 'its statement ' || i.statement_id || ' does not exist'
            WHEN t.state = 'draft' THEN 'its statement ' || t.id || ' was not sent'
            WHEN l.id IS NULL THEN 'its order line ' || i.line_id || ' does not exist'
            WHEN l.order_state <> 'paid' THEN 'its order line ' || l.id || ' is not paid'
            WHEN l.brand_id <> t.brand_id THEN 'it is of brand ' || l.brand_id || ', its statement of brand ' || t.brand_id
            WHEN t.sale_id IS NOT NULL AND l.sale_id <> t.sale_id
                THEN 'it is of sale ' || l.sale_id || ', its statement of sale ' || t.sale_id
            WHEN l.unshipped_units > 0 THEN 'it is settled, and ' || l.unshipped_units || ' paid units are not shipped'
            WHEN (l.refunded_units, l.refunded_fen, l.brand_fen, l.carrier_claim_fen, l.kept_freight_fen)
                <> (i.refunded_units, i.refunded_fen, i.payable_fen, i.carrier_claim_fen, i.freight_fen)
                THEN 'it gives the brand ' || i.payable_fen || ' fen after refunds of ' || i.refunded_fen || ', its line ' || l.brand_fen
                    || ' after ' || l.refunded_fen
            END AS fault) AS f
        WHERE changed_statements(i.statement_id) AND f.fault IS NOT NULL
        """,
    ),
    Check(
        "settlement.item_missing",
        7,
        "orders_orderline",
        "its sale {sale_id} is in statement {statement_id}, which was sent without it",
        f"""
        SELECT l.id, l.sale_id, t.id AS statement_id FROM settlement_statement t JOIN {LINES} l ON l.sale_id = t.sale_id
        LEFT JOIN settlement_statementitem i ON i.line_id = l.id
        WHERE changed_statements(t.id) AND t.state <> 'draft' AND l.order_state = 'paid' AND i.line_id IS NULL
        """,
    ),
    fault_check(
        "settlement.dispute",
        3,
        "settlement_statementdispute",
        """d LEFT JOIN settlement_statement t ON t.id = d.statement_id
        LEFT JOIN settlement_statementitem i ON i.line_id = d.line_id AND i.statement_id = d.statement_id
        LEFT JOIN orders_orderline l ON l.id = d.line_id
        LEFT JOIN settlement_statementdeduction f ON f.id = d.deduction_id
        """,
        """
        WHEN d.deduction_id IS NOT NULL
                AND (f.statement_id, f.line_id, -f.amount_fen) IS DISTINCT FROM (d.statement_id, d.line_id, d.payable_fen)
            THEN 'it is not of a deduction of ' || -d.payable_fen || ' fen of its line and statement'
        WHEN d.deduction_id IS NOT NULL AND NOT (d.payable_fen < d.claimed_fen AND d.claimed_fen <= 0 AND f.waiver_id IS NULL)
            THEN 'it claims ' || d.claimed_fen || ' fen of a deduction that gives ' || d.payable_fen
        WHEN i.line_id IS NULL THEN 'its line ' || d.line_id || ' is not in statement ' || d.statement_id
        WHEN d.deduction_id IS NULL AND d.payable_fen <> i.payable_fen
            THEN 'it says that the line pays ' || d.payable_fen || ' fen, the item ' || i.payable_fen
        WHEN d.deduction_id IS NULL AND (d.claimed_fen NOT BETWEEN 0 AND l.units * l.price_fen + l.freight_fen
                OR d.claimed_fen = d.payable_fen)
            THEN 'it claims ' || d.claimed_fen || ' fen of a line that sold ' || l.units * l.price_fen + l.freight_fen
        WHEN (d.state = 'open') AND t.state <> 'disputed' THEN 'it is open, and its statement is ' || t.state
        WHEN d.answered_at < d.raised_at THEN 'it was answered before it was raised'
        """,
        "changed_statements(d.statement_id)",
    ),
    Check(
        "settlement.deduction",
        3,
        "settlement_statementdeduction",
        "it deducts {amount_fen} fen for {units} units of line {line_id} ({kind}); the contract says {due_fen} for {due_units}",
        f"""
        WITH due AS MATERIALIZED ({_DUE_OF_SENT})
        SELECT d.id, d.amount_fen, d.units, d.line_id, d.kind, e.amount_fen AS due_fen, e.units AS due_units
        FROM settlement_statementdeduction d JOIN settlement_statement t ON t.id = d.statement_id
        LEFT JOIN settlement_statementitem i ON i.line_id = d.line_id AND i.statement_id = t.id
        LEFT JOIN due e ON e.line_id = i.line_id AND e.kind = d.kind
        WHERE changed_statements(t.id) AND t.state <> 'draft'
            AND (d.amount_fen, d.units, d.fee_id, d.waiver_id) IS DISTINCT FROM (e.amount_fen, e.units, e.fee_id, e.waiver_id)
        """,
    ),
    Check(
        "settlement.deduction_missing",
        7,
        "orders_orderline",
        "its contract deducts {amount_fen} fen ({kind}), and the statement with it does not",
        f"""
        SELECT e.line_id AS id, e.amount_fen, e.kind FROM ({_DUE_OF_SENT}) AS e
        LEFT JOIN settlement_statementdeduction d ON d.line_id = e.line_id AND d.kind = e.kind WHERE d.id IS NULL
        """,
    ),
    fault_check(
        "settlement.debt",
        3,
        "settlement_branddebt",
        """d LEFT JOIN settlement_statement s ON s.id = d.source_id LEFT JOIN settlement_statement t ON t.id = d.statement_id
        LEFT JOIN settlement_statementitem i ON i.line_id = d.line_id AND i.statement_id = d.source_id""",
        """
        WHEN d.kind = 'carried' AND s.settled_at IS NULL THEN 'its statement ' || d.source_id || ' is not settled'
        WHEN d.kind = 'late_refund' AND i.line_id IS NULL THEN 'its line ' || d.line_id || ' is not in statement ' || d.source_id
        WHEN d.amount_fen > d.refunded_fen AND d.kind = 'late_refund'
            THEN 'the brand bears ' || d.amount_fen || ' fen of ' || d.refunded_fen || ' that went back'
        WHEN d.kind = 'carried' AND s.carried_fen <> d.amount_fen
            THEN 'it is over ' || d.amount_fen || ' fen, statement ' || s.id || ' carries ' || s.carried_fen
        WHEN s.brand_id <> d.brand_id OR t.brand_id <> d.brand_id THEN 'it is of brand ' || d.brand_id || ', a statement of it is not'
        WHEN t.state = 'draft' THEN 'statement ' || t.id || ' pays it, and was not sent'
        """,
        "changed_statements(d.source_id)",
    ),
    Check(
        "settlement.debt_booked",
        3,
        "settlement_branddebt",
        "{key} moved debts of {due_fen} fen; its posting gave {booked_fen}",
        f"""
        SELECT d.id, d.key, d.due_fen, coalesce(b.fen, 0) AS booked_fen
        FROM (SELECT min(id) AS id, brand_id, key, sum(fen) AS due_fen FROM (
                SELECT id, brand_id, paid_as AS key, amount_fen AS fen FROM settlement_branddebt WHERE paid_as <> ''
                UNION ALL SELECT id, brand_id, owed_as, -amount_fen FROM settlement_branddebt WHERE owed_as <> '') AS move
              GROUP BY brand_id, key) AS d
        LEFT JOIN (SELECT key, owner_id, sum(amount_fen) AS fen FROM {ENTRIES_AT} e WHERE kind = 'brand_debt' GROUP BY key, owner_id) AS b
            ON b.key = d.key AND b.owner_id = d.brand_id
        WHERE d.due_fen <> coalesce(b.fen, 0)
        """,
    ),
    Check(
        "settlement.debt_missing",
        7,
        "settlement_statement",
        "it carries {carried_fen} fen, and the brand does not owe them",
        """
        SELECT t.id, t.carried_fen FROM settlement_statement t LEFT JOIN settlement_branddebt d ON d.source_id = t.id AND d.kind = 'carried'
        WHERE t.settled_at IS NOT NULL AND t.carried_fen > 0 AND d.id IS NULL
        """,
    ),
    Check(
        "settlement.state",
        3,
        "settlement_statement",
        "it is {state}, to be settled from {settleable_from}, sent at {sent_at}, to be confirmed by {confirm_by},"
        " confirmed at {confirmed_at}, settled at {settled_at}, paid at {paid_at}, closed at {closed_at}, reference {payout_reference}",
        """
        SELECT t.id, t.state, t.settleable_from, t.sent_at, t.confirm_by, t.confirmed_at, t.settled_at, t.paid_at, t.closed_at,
               t.payout_reference
        FROM settlement_statement t
        CROSS JOIN LATERAL (SELECT CASE t.state WHEN 'draft' THEN 0 WHEN 'sent' THEN 1 WHEN 'disputed' THEN 1 WHEN 'confirmed' THEN 2
            WHEN 'settled' THEN 3 WHEN 'paid' THEN 4 WHEN 'closed' THEN 5 END AS step) AS s
        WHERE s.step IS NULL
            OR num_nulls(t.sent_at, t.confirm_by) <> CASE WHEN s.step >= 1 THEN 0 ELSE 2 END
            OR (t.confirmed_at IS NOT NULL) <> (s.step >= 2) OR (t.settled_at IS NOT NULL) <> (s.step >= 3)
            OR (t.paid_at IS NOT NULL) <> (s.step >= 4) OR (t.closed_at IS NOT NULL) <> (s.step >= 5)
            OR (t.payout_reference <> '') <> (s.step >= 4)
            OR t.sent_at < t.settleable_from OR t.confirm_by < t.sent_at OR t.confirmed_at < t.sent_at OR t.settled_at < t.confirmed_at
            OR t.paid_at < t.settled_at OR t.closed_at < t.paid_at
            OR (t.confirmed_by_id IS NOT NULL AND t.confirmed_at IS NULL) OR (t.brand_has_money AND t.state <> 'closed')
            OR (t.state = 'disputed' AND NOT EXISTS (SELECT FROM settlement_statementdispute d
                                                     WHERE d.statement_id = t.id AND d.state = 'open'))
        """,
    ),
    fault_check(
        "settlement.sale",
        7,
        "settlement_statement",
        "t LEFT JOIN flashsales_sale s ON s.id = t.sale_id",
        """
        WHEN t.sale_id IS NOT NULL AND s.brand_id IS DISTINCT FROM t.brand_id
            THEN 'it is of brand ' || t.brand_id || ', its sale ' || t.sale_id || ' is not'
        WHEN t.sale_id IS NOT NULL AND s.closed_at IS NULL THEN 'its sale ' || t.sale_id || ' is not closed'
        """,
        "changed_sales(t.sale_id)",
    ),
    # Sums of a brand, over all its lines that are not settled.
    balance_check(
        "settlement.owed",
        AccountKind.BRAND_PAYABLE,
        "the brand's payable is {balance_fen} fen, its unsettled order lines say {due_fen}",
        f"""
        SELECT l.brand_id, l.brand_fen FROM {LINES} l LEFT JOIN settlement_statementitem i ON i.line_id = l.id
        LEFT JOIN settlement_statement t ON t.id = i.statement_id
        WHERE l.order_state = 'paid' AND t.settled_at IS NULL
        """,
    ),
    balance_check(
        "settlement.settled",
        AccountKind.BRAND_SETTLED,
        "the brand is owed {balance_fen} fen, its settled statements add up to {due_fen}",
        "SELECT brand_id, payable_fen FROM settlement_statement WHERE state = 'settled'",
    ),
    balance_check(
        "settlement.owing",
        AccountKind.BRAND_DEBT,
        "the brand owes {balance_fen} fen, its debts and the statements that paid them say {due_fen}",
        """
        SELECT brand_id, -amount_fen FROM settlement_branddebt WHERE paid_as = ''
        UNION ALL SELECT brand_id, netted_fen FROM settlement_statement WHERE settled_at IS NOT NULL
        """,
    ),
    balance_check(
        "settlement.fees",
        AccountKind.BRAND_FEE,
        "fees of contracts gave {balance_fen} fen, the settled statements deduct {due_fen}",
        "SELECT 0, deductions_fen FROM settlement_statement WHERE settled_at IS NOT NULL",
    ),
    *booking_checks(
        _BOOKINGS,
        missing=("posting", "it is {state}, and {key} was not booked"),
        unknown=("posting_statement", "{key}, booked at {at}, is of no statement that was settled then"),
        amount=("posting_amount", "{account} is booked with {booked} fen, the statement gives {due}"),
    ),
    *COMPARISON_CHECKS,
    event_subject_check(
        code="settlement.event_subject",
        subjects={
            SubjectKind.STATEMENT: "SELECT id, NULL::bigint, brand_id FROM settlement_statement",
            SubjectKind.STATEMENT_LIST: "SELECT id, NULL::bigint, brand_id FROM settlement_statementcomparison",
        },
    ),
)

CHANGED_IDS = {
    "postings": posting_ids_sql(
        """
        SELECT 'settlement:' || t.id FROM settlement_statement t WHERE new(t)
        """
    ),
    "sales": "SELECT t.sale_id FROM settlement_statement t WHERE new(t)",
    "statements": """
        SELECT t.id FROM settlement_statement t WHERE new(t) OR t.sale_id IN (SELECT id FROM changed_sales)
        UNION SELECT i.statement_id FROM settlement_statementitem i WHERE new(i)
        UNION SELECT d.statement_id FROM settlement_statementdispute d WHERE new(d)
        UNION SELECT d.statement_id FROM settlement_statementdeduction d WHERE new(d)
        UNION SELECT d.statement_id FROM settlement_contractfee f JOIN settlement_statementdeduction d ON d.fee_id = f.id WHERE new(f)
        UNION SELECT d.statement_id FROM settlement_feewaiver w JOIN settlement_statementdeduction d ON d.waiver_id = w.id WHERE new(w)
        UNION SELECT c.statement_id FROM settlement_statementcomparison c WHERE new(c)
        UNION SELECT c.statement_id FROM settlement_comparisondifference d
            JOIN settlement_statementcomparison c ON c.id = d.comparison_id WHERE new(d)
        UNION SELECT d.source_id FROM settlement_branddebt d WHERE new(d)
        UNION SELECT d.statement_id FROM settlement_branddebt d WHERE new(d) AND d.statement_id IS NOT NULL
        UNION SELECT i.statement_id FROM changed_orders o JOIN orders_orderline l ON l.order_id = o.id
            JOIN settlement_statementitem i ON i.line_id = l.id
        """,
    "events": " UNION ".join(
        (
            event_ids_sql(SubjectKind.STATEMENT, "SELECT t.id FROM settlement_statement t WHERE new(t)"),
            event_ids_sql(SubjectKind.STATEMENT_LIST, "SELECT c.id FROM settlement_statementcomparison c WHERE new(c)"),
        )
    ),
}

# Deductions of a draft are written again with it.
TABLES_WITHOUT_DELETES = (
    "settlement_statement", "settlement_statementitem", "settlement_statementdispute", "settlement_branddebt",
)  # fmt: skip
