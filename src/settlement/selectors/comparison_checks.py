"""The checks of reconciliation lists (INTEGRITY-3): what a comparison kept is of its statement, and counted whole."""

from kernel.integrity import fault_check
from settlement.rules.comparison import MAX_DIFFERENCES

COMPARISON_CHECKS = (
    fault_check(
        "settlement.comparison",
        3,
        "settlement_statementcomparison",
        """c LEFT JOIN settlement_statement t ON t.id = c.statement_id
        CROSS JOIN LATERAL (SELECT count(*) AS kept FROM settlement_comparisondifference d WHERE d.comparison_id = c.id) AS n
        """,
        """
        WHEN t.brand_id IS DISTINCT FROM c.brand_id THEN 'it is of brand ' || c.brand_id || ', its statement is not'
        WHEN t.state = 'draft' THEN 'its statement ' || t.id || ' was not sent'
        WHEN n.kept <> least(c.difference_count, %(max_differences)s)
            THEN 'it counts ' || c.difference_count || ' differences and keeps ' || n.kept
        """,
        "changed_statements(c.statement_id)",
        max_differences=MAX_DIFFERENCES,
    ),
    # What a dispute that was accepted later changed does not change what a list was compared with.
    fault_check(
        "settlement.difference",
        3,
        "settlement_comparisondifference",
        """d JOIN settlement_statementcomparison c ON c.id = d.comparison_id
        LEFT JOIN settlement_statementitem i ON i.line_id = d.line_id AND i.statement_id = c.statement_id
        LEFT JOIN orders_orderline l ON l.id = d.line_id
        LEFT JOIN settlement_statementdispute p ON p.statement_id = c.statement_id AND p.line_id = d.line_id AND p.deduction_id IS NULL
        """,
        """
        WHEN d.line_id IS NOT NULL AND i.line_id IS NULL
            THEN 'its line ' || d.line_id || ' is not in statement ' || c.statement_id
        WHEN d.line_id IS NOT NULL AND (d.stated->>0)::bigint <> l.units
            THEN 'it says that line ' || d.line_id || ' has ' || (d.stated->>0) || ' units, the line ' || l.units
        WHEN d.line_id IS NOT NULL AND (d.stated->>5)::bigint NOT IN (i.payable_fen, coalesce(p.claimed_fen, i.payable_fen))
            THEN 'it says that the statement pays ' || (d.stated->>5) || ' fen for line ' || d.line_id || ', the item ' || i.payable_fen
        WHEN d.kind = 'differs' AND jsonb_array_length(d.differing) = 0 THEN 'it names no figure that differs'
        """,
        "changed_statements(c.statement_id)",
    ),
)
