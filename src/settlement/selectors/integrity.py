"""The checks of settlement (INTEGRITY-3, INTEGRITY-7).

A statement equals the sum of its lines and is booked once; a brand is owed the sum of its lines.
"""

from kernel.integrity import Check
from ledger.selectors.integrity import entry_differences_sql

_SALE_TOTALS = """
    SELECT l.sale_id, sum(l.units) AS units, sum(l.refunded_units) AS refunded_units, sum(l.units * l.price_fen) AS sold_fen,
           sum(l.refunded_units * l.price_fen) AS refunded_fen,
           sum((l.units - l.refunded_units) * l.commission_fen) AS commission_fen,
           sum((l.units - l.refunded_units) * l.payable_fen) AS payable_fen,
           sum(l.units - l.refunded_units) FILTER (WHERE c.state = 'to_ship') AS to_ship
    FROM settlement_statement t JOIN orders_orderline l ON l.sale_id = t.sale_id
    JOIN orders_order o ON o.id = l.order_id AND o.state = 'paid'
    LEFT JOIN orders_consignment c ON c.id = l.consignment_id
    WHERE changed_sales(l.sale_id) GROUP BY 1
"""

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
            coalesce(s.commission_fen, 0) AS commission, coalesce(s.payable_fen, 0) AS payable, coalesce(s.units, 0) AS line_units,
            coalesce(s.refunded_units, 0) AS back) AS l
        WHERE changed_sales(t.sale_id) AND (
            (t.units, t.sold_fen) <> (l.line_units, l.sold) OR t.sold_fen <> t.refunded_fen + t.commission_fen + t.payable_fen
            OR t.refunded_units > l.back OR t.refunded_fen > l.refunded
            OR (t.state <> 'draft' AND (t.refunded_units, t.refunded_fen, t.commission_fen, t.payable_fen)
                                       <> (l.back, l.refunded, l.commission, l.payable)))
        """,  # noqa: S608 - a constant of ours
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
    Check(
        "settlement.sale",
        7,
        "settlement_statement",
        "{fault}",
        f"""
        SELECT t.id, f.fault FROM settlement_statement t
        LEFT JOIN flashsales_sale s ON s.id = t.sale_id
        LEFT JOIN ({_SALE_TOTALS}) l ON l.sale_id = t.sale_id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN s.brand_id IS DISTINCT FROM t.brand_id THEN 'it is of brand ' || t.brand_id || ', its sale ' || t.sale_id || ' is not'
            WHEN s.closed_at IS NULL THEN 'its sale ' || t.sale_id || ' is not closed'
            WHEN t.state <> 'draft' AND l.to_ship > 0 THEN 'it is settled, and ' || l.to_ship || ' paid units are not shipped'
            END AS fault) AS f
        WHERE changed_sales(t.sale_id) AND f.fault IS NOT NULL
        """,  # noqa: S608 - a constant of ours
    ),
    # Sums of a brand, over all its lines that are not settled.
    Check(
        "settlement.owed",
        3,
        "ledger_account",
        "the brand's payable is {balance_fen} fen, its unsettled order lines say {lines_fen}",
        """
        WITH lines AS (
            SELECT l.brand_id, sum((l.units - l.refunded_units) * l.payable_fen) AS fen
            FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id AND o.state = 'paid'
            LEFT JOIN settlement_statement t ON t.sale_id = l.sale_id
            WHERE t.id IS NULL OR t.state = 'draft' GROUP BY 1
        ), accounts AS (
            SELECT id, owner_id AS brand_id, balance_fen FROM ledger_account WHERE kind = 'brand_payable'
        )
        SELECT coalesce(a.id, 0) AS id, coalesce(l.fen, 0) AS lines_fen, coalesce(a.balance_fen, 0) AS balance_fen
        FROM accounts a FULL JOIN lines l USING (brand_id)
        WHERE coalesce(l.fen, 0) <> coalesce(a.balance_fen, 0)
        """,
    ),
    Check(
        "settlement.settled",
        3,
        "ledger_account",
        "the brand is owed {balance_fen} fen, its settled statements add up to {statements_fen}",
        """
        SELECT a.id, a.balance_fen, coalesce(t.fen, 0) AS statements_fen FROM ledger_account a
        LEFT JOIN (SELECT brand_id, sum(payable_fen) AS fen FROM settlement_statement WHERE state = 'settled' GROUP BY 1) t
               ON t.brand_id = a.owner_id
        WHERE a.kind = 'brand_settled' AND a.balance_fen <> coalesce(t.fen, 0)
        """,
    ),
    Check(
        "settlement.posting",
        7,
        "settlement_statement",
        "it is {state}, and {missing} was not booked",
        """
        SELECT t.id, t.state, d.key AS missing FROM settlement_statement t
        CROSS JOIN LATERAL (VALUES ('settlement:' || t.id, t.settled_at), ('payout:' || t.id, t.paid_at)) AS d(key, at)
        LEFT JOIN ledger_posting p ON p.key = d.key AND p.at = d.at
        WHERE d.at IS NOT NULL AND t.payable_fen <> 0 AND p.id IS NULL
        """,
    ),
    Check(
        "settlement.posting_statement",
        7,
        "ledger_posting",
        "{key}, booked at {at}, is of no statement that was {kind} then",
        """
        SELECT p.id, p.key, p.at, CASE p.kind WHEN 'payout' THEN 'paid' ELSE 'settled' END AS kind FROM ledger_posting p
        LEFT JOIN settlement_statement t ON t.id::text = split_part(p.key, ':', 2) AND CASE p.kind
             WHEN 'settlement' THEN t.state <> 'draft' AND t.settled_at = p.at
             ELSE t.state = 'paid' AND t.paid_at = p.at END
        WHERE changed_postings(p.id) AND p.kind IN ('settlement', 'payout') AND t.id IS NULL
        """,
    ),
    Check(
        "settlement.posting_amount",
        7,
        "ledger_posting",
        "{account} is booked with {booked} fen, the statement gives {due}",
        entry_differences_sql(
            """
            SELECT p.id AS posting_id, v.kind, v.owner_id, v.fen FROM settlement_statement t
            JOIN ledger_posting p ON p.key = 'settlement:' || t.id AND p.kind = 'settlement'
            CROSS JOIN LATERAL (VALUES ('brand_payable', t.brand_id, -t.payable_fen), ('brand_settled', t.brand_id, t.payable_fen))
                AS v(kind, owner_id, fen)
            UNION ALL
            SELECT p.id, v.kind, v.owner_id, v.fen FROM settlement_statement t
            JOIN ledger_posting p ON p.key = 'payout:' || t.id AND p.kind = 'payout'
            CROSS JOIN LATERAL (VALUES ('brand_settled', t.brand_id, -t.payable_fen), ('clearing', 0, t.payable_fen))
                AS v(kind, owner_id, fen)
            """
        ),
    ),
)
