"""The checks of bank statements: a line is booked once, for what it says, and a claim for whom it is (INTEGRITY-7)."""

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import fault_check
from payments.selectors.integrity import PAYOUTS_TO_BANK

_STANDING = "('waiting', 'approved', 'in_batch', 'paid')"

CHECKS = (
    fault_check(
        "bank_statements.line_once",
        7,
        "bank_statements_bankstatementline",
        f"""
        l CROSS JOIN LATERAL (
            SELECT count(*) AS requests FROM bank_statements_linerequest r
            JOIN treasury_moneyrequest m ON m.id = r.request_id AND m.state IN {_STANDING} WHERE r.line_id = l.id
        ) AS standing""",  # noqa: S608 - composed of constants
        """
        WHEN standing.requests > 1 THEN standing.requests || ' requests stand for one line'
        WHEN standing.requests > 0 AND l.set_aside_at IS NOT NULL THEN 'it was set aside, and a request stands for it'
        """,
        "changed_bank_statement_lines(l.id)",
    ),
    fault_check(
        "bank_statements.provider_payout",
        7,
        "bank_statements_bankstatementline",
        f"""
        l CROSS JOIN LATERAL (
            SELECT count(*) AS same FROM bank_statements_bankstatementline o
            WHERE o.bill_id = l.bill_id AND o.amount_fen = l.amount_fen) AS lines
        CROSS JOIN LATERAL (SELECT count(*) AS same FROM {PAYOUTS_TO_BANK} b
            WHERE b.bill_id = l.bill_id AND b.amount_fen = -l.amount_fen) AS payouts
        CROSS JOIN LATERAL (
            SELECT count(*) AS requests FROM bank_statements_linerequest r
            JOIN treasury_moneyrequest m ON m.id = r.request_id AND m.state IN {_STANDING} WHERE r.line_id = l.id
        ) AS standing""",  # noqa: S608 - composed of constants
        """
        WHEN standing.requests > 0 OR l.set_aside_at IS NOT NULL
            THEN 'bill ' || l.bill_id || ' has booked it, and somebody entered it or set it aside'
        WHEN lines.same > payouts.same
            THEN 'bill ' || l.bill_id || ' has ' || payouts.same || ' pay-outs of ' || l.amount_fen || ' fen, and lines ' || lines.same
        """,
        "l.bill_id IS NOT NULL AND changed_bank_statement_lines(l.id)",
    ),
    fault_check(
        "bank_statements.request",
        7,
        "bank_statements_linerequest",
        """
        r JOIN bank_statements_bankstatementline l ON l.id = r.line_id JOIN treasury_moneyrequest m ON m.id = r.request_id
        LEFT JOIN bank_statements_transferclaim c ON c.id = r.claim_id""",
        """
        WHEN abs(l.amount_fen) <> m.amount_fen THEN 'the line says ' || l.amount_fen || ' fen, request ' || m.id || ' ' || m.amount_fen
        WHEN l.amount_fen < 0 AND m.kind IN ('top_up', 'deposit') THEN 'money went, and request ' || m.id || ' is a ' || m.kind
        WHEN l.amount_fen > 0 AND m.kind NOT IN ('top_up', 'deposit') THEN 'money came, and request ' || m.id || ' is a ' || m.kind
        WHEN l.amount_fen > 0 AND l.reference <> m.reference
            THEN 'the line is ' || l.reference || ', request ' || m.id || ' ' || m.reference
        WHEN c.reseller_id IS DISTINCT FROM m.reseller_id AND c.id IS NOT NULL
            THEN 'claim ' || c.id || ' is of another reseller than request ' || m.id
        WHEN c.amount_fen <> m.amount_fen
            THEN 'claim ' || c.id || ' says ' || c.amount_fen || ' fen, request ' || m.id || ' ' || m.amount_fen
        """,
        "changed_bank_statement_lines(r.line_id)",
    ),
    event_subject_check(
        code="bank_statements.event_subject",
        subjects={
            SubjectKind.TRANSFER_CLAIM: "SELECT id, reseller_id, NULL::bigint AS brand_id FROM bank_statements_transferclaim",
        },
    ),
)

CHANGED_IDS = {
    "bank_statement_lines": """
        SELECT l.id FROM bank_statements_bankstatementline l WHERE new(l)
        UNION SELECT r.line_id FROM bank_statements_linerequest r WHERE new(r)
        UNION SELECT r.line_id FROM bank_statements_linerequest r JOIN treasury_moneyrequest m ON m.id = r.request_id WHERE new(m)
        UNION SELECT r.line_id FROM bank_statements_linerequest r
              JOIN bank_statements_transferclaim c ON c.id = r.claim_id WHERE new(c)
    """,
    "events": event_ids_sql(
        SubjectKind.TRANSFER_CLAIM, "SELECT c.id FROM bank_statements_transferclaim c WHERE new(c)"
    ),
}

TABLES_WITHOUT_DELETES = ("bank_statements_linerequest", "bank_statements_transferclaim")
