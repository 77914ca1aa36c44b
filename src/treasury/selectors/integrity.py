"""The checks of money requests: what was approved is booked once, and what people booked was approved by two (INTEGRITY-3, INTEGRITY-7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check, fault_check
from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import (
    CLOSED_DAYS,
    POSTING_TABLE,
    POSTINGS,
    Bookings,
    balance_check,
    booking_checks,
    entry_differences_sql,
    posting_ids_sql,
)
from orders.selectors.lines import LINES
from payments.selectors.integrity import PAYMENTS, REFUNDS

_BOOKED = "('approved', 'reversed')"
_APPROVED_ONCE = "('approved', 'in_batch', 'paid', 'returned', 'reversed')"
_BOOKED_AT_ONCE = "('top_up', 'deposit', 'reversal')"
_MONEY_OUT = "('payout', 'withdrawal', 'deposit_return')"
_ENTERED_BY_HAND = [each.value for each in (PostingKind.TOP_UP, PostingKind.DEPOSIT, PostingKind.REVERSAL)]
_ENTRIES = f"""
    SELECT p.id AS posting_id, v.kind, v.owner_id, v.fen
    FROM treasury_moneyrequest m
    JOIN {POSTINGS} p ON p.key = m.booked_as
    LEFT JOIN treasury_moneyrequest wrong ON wrong.id = m.reverses_id
    CROSS JOIN LATERAL (SELECT CASE WHEN m.kind = 'reversal' THEN -m.amount_fen ELSE m.amount_fen END AS fen,
        CASE coalesce(wrong.kind, m.kind) WHEN 'top_up' THEN 'wallet' ELSE 'deposit' END AS account,
        coalesce(m.reseller_id, m.brand_id) AS owner_id) AS own
    CROSS JOIN LATERAL (VALUES (own.account, own.owner_id, own.fen), ('clearing', 0, -own.fen)) AS v(kind, owner_id, fen)
    WHERE changed_money_requests(m.id) AND m.kind IN {_BOOKED_AT_ONCE} AND m.amount_fen <> 0
"""

# Every posting of money out: of which request, under which key, when, and from which account to which.
_MOVES = f"""
    SELECT m.id, m.state, p.kind, p.key, p.at, p.source, p.source_owner, p.target, p.target_owner, m.amount_fen AS fen,
           m.brand_part_fen, (SELECT l.brand_id FROM {LINES} l WHERE l.id = m.line_id) AS line_brand_id
    FROM treasury_moneyrequest m
    LEFT JOIN treasury_moneyrequest o ON o.id = m.reverses_id
    CROSS JOIN LATERAL (SELECT coalesce(m.reseller_id, m.brand_id) AS owner_id) AS its
    CROSS JOIN LATERAL (VALUES
        ('withdrawal', 'withdrawal:' || m.id, CASE WHEN m.kind = 'withdrawal' THEN m.entered_at END,
            'wallet', its.owner_id, 'withdraw_in_transit', its.owner_id),
        ('withdrawal_back', 'withdrawal_back:' || m.id,
            CASE WHEN m.kind = 'withdrawal' AND m.state IN ('refused', 'cancelled') THEN m.decided_at END,
            'withdraw_in_transit', its.owner_id, 'wallet', its.owner_id),
        ('deposit_return', 'deposit_return:' || m.id,
            CASE WHEN m.kind = 'deposit_return' AND m.state IN {_APPROVED_ONCE} THEN m.decided_at END,
            'deposit', its.owner_id, 'deposit_in_transit', its.owner_id),
        ('transfer', 'transfer:' || m.id, CASE WHEN m.kind IN ('withdrawal', 'deposit_return') THEN m.paid_at END,
            CASE m.kind WHEN 'withdrawal' THEN 'withdraw_in_transit' ELSE 'deposit_in_transit' END, its.owner_id, 'clearing', 0),
        ('payout', m.booked_as, CASE WHEN m.kind = 'payout' THEN m.paid_at END, 'brand_settled', its.owner_id, 'clearing', 0),
        ('adjustment', 'adjustment:' || m.id,
            CASE WHEN m.kind IN ('wallet_credit', 'wallet_debit') AND m.state = 'approved' THEN m.decided_at END,
            CASE m.kind WHEN 'wallet_credit' THEN 'commission' ELSE 'wallet' END,
            CASE m.kind WHEN 'wallet_credit' THEN 0 ELSE its.owner_id END,
            CASE m.kind WHEN 'wallet_credit' THEN 'wallet' ELSE 'commission' END,
            CASE m.kind WHEN 'wallet_credit' THEN its.owner_id ELSE 0 END),
        ('deposit_deduction', 'deposit_deduction:' || m.id,
            CASE WHEN m.kind = 'deposit_deduction' AND m.state = 'approved' THEN m.decided_at END,
            'deposit', its.owner_id,
            CASE WHEN m.pays_debt THEN 'brand_debt' WHEN m.beneficiary_id IS NULL THEN 'commission' ELSE 'wallet' END,
            CASE WHEN m.pays_debt THEN m.brand_id ELSE coalesce(m.beneficiary_id, 0) END),
        ('bank_return', 'bank_return:' || m.id,
            CASE WHEN m.kind = 'bank_return' AND m.state = 'approved' AND (o.kind <> 'payout' OR o.paid_at IS NOT NULL)
                THEN m.decided_at END,
            CASE WHEN o.paid_at IS NOT NULL THEN 'clearing' WHEN o.kind = 'withdrawal' THEN 'withdraw_in_transit'
                ELSE 'deposit_in_transit' END,
            CASE WHEN o.paid_at IS NOT NULL THEN 0 ELSE its.owner_id END,
            CASE o.kind WHEN 'withdrawal' THEN 'wallet' WHEN 'payout' THEN 'brand_settled' ELSE 'deposit' END, its.owner_id)
    ) AS p(kind, key, at, source, source_owner, target, target_owner)
    WHERE p.at IS NOT NULL AND m.amount_fen <> 0 AND changed_money_requests(m.id)
"""
_BOOKINGS = Bookings(
    app="treasury",
    table="treasury_moneyrequest",
    kinds=(
        PostingKind.WITHDRAWAL,
        PostingKind.WITHDRAWAL_BACK,
        PostingKind.DEPOSIT_RETURN,
        PostingKind.TRANSFER,
        PostingKind.PAYOUT,
        PostingKind.BANK_RETURN,
        PostingKind.ADJUSTMENT,
        PostingKind.DEPOSIT_DEDUCTION,
    ),
    rows=f"SELECT id, kind, key, at, state FROM ({_MOVES}) AS move",
    entries=f"""
        SELECT move.key, move.kind AS posting_kind, v.kind, v.owner_id, v.fen FROM ({_MOVES}) AS move
        CROSS JOIN LATERAL (VALUES (move.source, move.source_owner, move.brand_part_fen - move.fen),
            (move.target, move.target_owner, move.fen), ('brand_debt', move.line_brand_id, -move.brand_part_fen)) AS v(kind, owner_id, fen)
        WHERE v.fen <> 0
        """,
)

CHECKS = (
    Check(
        "treasury.close_comparison",
        7,
        "treasury_daycomparison",
        "{fault}",
        f"""
        SELECT c.id, CASE
            WHEN d.day IS NULL THEN 'the day ' || c.day || ' is not closed and added up'
            WHEN c.state = 'differs' THEN c.compared || ' differs on ' || c.day || ', and no difference stands'
            ELSE c.compared || ' agrees on ' || c.day || ', and a difference stands' END AS fault
        FROM treasury_daycomparison c
        LEFT JOIN {CLOSED_DAYS} d ON d.day = c.day
        CROSS JOIN LATERAL (SELECT EXISTS (
            SELECT FROM treasury_closedifference f WHERE f.day = c.day AND f.compared = c.compared AND f.state <> 'resolved') AS stands) s
        WHERE d.day IS NULL OR c.state <> 'waiting' AND s.stands <> (c.state = 'differs')
        """,
    ),
    fault_check(
        "treasury.close_difference",
        7,
        "treasury_closedifference",
        "f LEFT JOIN treasury_daycomparison c ON c.day = f.day AND c.compared = f.compared",
        """
        WHEN c.id IS NULL THEN 'the day ' || f.day || ' was not compared with ' || f.compared
        WHEN f.ledger_fen IS NOT DISTINCT FROM f.other_fen THEN 'its figures do not differ'
        WHEN f.found_at > c.compared_at OR f.resolved_at > c.compared_at THEN 'it is later than the last comparison'
        """,
    ),
    fault_check(
        "treasury.posting",
        7,
        "treasury_moneyrequest",
        f"m LEFT JOIN {POSTINGS} p ON p.key = m.booked_as AND p.kind = m.kind",
        """
        WHEN p.id IS NULL THEN 'nothing is booked as ' || m.booked_as
        WHEN p.at <> m.decided_at THEN 'it was approved at ' || m.decided_at || ' and booked at ' || p.at
        WHEN p.person_id <> m.decided_by_id THEN 'it was approved by person ' || m.decided_by_id || ' and booked by ' || p.person_id
        """,
        f"changed_money_requests(m.id) AND m.kind IN {_BOOKED_AT_ONCE} AND m.state IN {_BOOKED} AND m.amount_fen <> 0",
    ),
    *booking_checks(
        _BOOKINGS,
        missing=("money_out_posting", "it is {state}, and {key} was not booked"),
        unknown=("posting_money_out", "{key}, booked at {at}, is of no money request that moved then"),
        amount=("money_out_amount", "{account} is booked with {booked} fen, the request gives {due}"),
    ),
    balance_check(
        "treasury.withdrawals_in_transit",
        AccountKind.WITHDRAWAL_IN_TRANSIT,
        "{balance_fen} fen of the reseller are on their way, her withdrawals say {due_fen}",
        """
        SELECT reseller_id, amount_fen FROM treasury_moneyrequest
        WHERE kind = 'withdrawal' AND state IN ('waiting', 'approved', 'in_batch')
        """,
    ),
    balance_check(
        "treasury.deposits_in_transit",
        AccountKind.DEPOSIT_IN_TRANSIT,
        "{balance_fen} fen of the brand's deposit are on their way, the returns say {due_fen}",
        "SELECT brand_id, amount_fen FROM treasury_moneyrequest WHERE kind = 'deposit_return' AND state IN ('approved', 'in_batch')",
    ),
    fault_check(
        "treasury.batch",
        7,
        "treasury_transferbatch",
        """
        b CROSS JOIN LATERAL (SELECT count(*) AS lines, coalesce(sum(m.amount_fen), 0) AS fen,
            count(*) FILTER (WHERE m.state = 'in_batch') AS open, count(*) FILTER (WHERE m.paid_at <> b.confirmed_at) AS otherwise
            FROM treasury_moneyrequest m WHERE m.batch_id = b.id) AS own
        """,
        """
        WHEN own.lines <> b.request_count THEN 'it says ' || b.request_count || ' lines and has ' || own.lines
        WHEN own.fen <> b.amount_fen THEN 'it says ' || b.amount_fen || ' fen, its lines add up to ' || own.fen
        WHEN b.confirmed_at IS NOT NULL AND own.open > 0 THEN 'it is confirmed, and ' || own.open || ' of its lines are not paid'
        WHEN own.otherwise > 0 THEN own.otherwise || ' of its lines were paid at another time than it was confirmed'
        WHEN b.confirmed_at IS NULL AND encode(sha256(b.content), 'hex') <> b.sha256 THEN 'its file is not the one that was made'
        """,
        "changed_transfer_batches(b.id)",
    ),
    fault_check(
        "treasury.statement",
        7,
        "settlement_statement",
        """
        t LEFT JOIN treasury_moneyrequest m ON m.statement_id = t.id AND m.state = 'paid'
        """,
        """
        WHEN t.state IN ('paid', 'closed') AND m.id IS NULL AND t.payable_fen <> 0
            THEN 'it is ' || t.state || ', and no money request paid it'
        WHEN t.state NOT IN ('paid', 'closed') AND m.id IS NOT NULL THEN 'request ' || m.id || ' paid it, and it is ' || t.state
        WHEN m.amount_fen <> t.payable_fen THEN 'request ' || m.id || ' paid ' || m.amount_fen || ' fen of ' || t.payable_fen
        """,
        "changed_statements(t.id)",
    ),
    Check(
        "treasury.posting_request",
        7,
        POSTING_TABLE,
        "{key} was booked by a person, and no approved request names it",
        f"""
        SELECT p.id, p.key FROM {POSTINGS} p
        LEFT JOIN treasury_moneyrequest m ON m.booked_as = p.key AND m.state IN {_BOOKED}
        WHERE changed_postings(p.id) AND p.kind = ANY(%(kinds)s) AND p.person_id IS NOT NULL AND m.id IS NULL
        """,
        {"kinds": _ENTERED_BY_HAND},
    ),
    Check(
        "treasury.posting_amount",
        7,
        POSTING_TABLE,
        "{account} is booked with {booked} fen, the request of it says {due}",
        entry_differences_sql(_ENTRIES),
    ),
    fault_check(
        "treasury.two_people",
        7,
        "treasury_moneyrequest",
        "m",
        """
        WHEN m.decided_by_id IS NULL THEN 'it is booked, and nobody approved it'
        WHEN m.decided_by_id = m.entered_by_id THEN 'person ' || m.entered_by_id || ' entered and approved it'
        """,
        f"changed_money_requests(m.id) AND m.state IN {_APPROVED_ONCE} AND NOT m.before_rule AND NOT m.within_limit",
    ),
    fault_check(
        "treasury.provider_money",
        7,
        "treasury_moneyrequest",
        f"""
        m LEFT JOIN {PAYMENTS} p ON p.id = m.payment_id LEFT JOIN {REFUNDS} r ON r.id = m.provider_refund_id
        """,
        """
        WHEN m.kind LIKE 'payment_%%' AND (p.id IS NULL OR p.reseller_id <> m.reseller_id)
            THEN 'payment ' || coalesce(m.payment_id::text, 'none') || ' is not one of reseller ' || m.reseller_id
        WHEN m.kind LIKE 'refund_%%' AND (r.id IS NULL OR r.reseller_id <> m.reseller_id)
            THEN 'refund ' || coalesce(m.provider_refund_id::text, 'none') || ' is not one of reseller ' || m.reseller_id
        WHEN m.state = 'approved' AND p.state <> 'paid' THEN 'it is approved, and payment ' || p.id || ' is ' || p.state
        WHEN m.state = 'approved' AND p.amount_fen <> m.amount_fen
            THEN 'it booked ' || m.amount_fen || ' fen, payment ' || p.id || ' says ' || p.amount_fen
        WHEN m.state = 'approved' AND r.state <> 'failed' THEN 'it is approved, and refund ' || r.id || ' is ' || r.state
        WHEN r.amount_fen <> m.amount_fen THEN 'it is about ' || m.amount_fen || ' fen, refund ' || r.id || ' about ' || r.amount_fen
        """,
        "changed_money_requests(m.id) AND m.kind IN ('payment_to_wallet', 'payment_to_source', 'refund_to_wallet', 'refund_to_bank')",
    ),
    fault_check(
        "treasury.reversal",
        7,
        "treasury_moneyrequest",
        f"m LEFT JOIN treasury_moneyrequest r ON r.reverses_id = m.id AND r.state IN {_BOOKED}",
        """
        WHEN m.state IN ('reversed', 'returned') AND r.id IS NULL THEN 'it is ' || m.state || ' by no approved request'
        WHEN r.id IS NOT NULL AND m.state <> CASE r.kind WHEN 'reversal' THEN 'reversed' ELSE 'returned' END
            THEN 'request ' || r.id || ' reversed it, and it is ' || m.state
        WHEN r.amount_fen <> m.amount_fen THEN 'request ' || r.id || ' reversed ' || r.amount_fen || ' of ' || m.amount_fen || ' fen'
        """,
        "changed_money_requests(m.id)",
    ),
    fault_check(
        "treasury.payee",
        7,
        "treasury_moneyrequest",
        "m LEFT JOIN treasury_bankaccount b ON b.id = m.bank_account_id",
        """
        WHEN b.id IS NULL THEN 'it was paid to no bank account'
        WHEN (b.brand_id, b.reseller_id) IS DISTINCT FROM (m.brand_id, m.reseller_id)
            THEN 'account ' || b.id || ', to which it was paid, is of somebody else'
        WHEN b.decided_by_id IS NULL OR b.decided_by_id = b.entered_by_id THEN 'account ' || b.id || ' was not approved by a second person'
        WHEN b.payable_from IS NULL OR b.payable_from > m.decided_at THEN 'account ' || b.id || ' was paid to before its cool-down ended'
        """,
        f"changed_money_requests(m.id) AND m.kind IN {_MONEY_OUT} AND m.state IN {_APPROVED_ONCE} AND NOT m.before_rule"
        " AND m.amount_fen > 0",
    ),
    event_subject_check(
        code="treasury.event_subject",
        subjects={
            SubjectKind.BANK_ACCOUNT: "SELECT id, reseller_id, brand_id FROM treasury_bankaccount",
            SubjectKind.MONEY_REQUEST: "SELECT id, coalesce(reseller_id, beneficiary_id), brand_id FROM treasury_moneyrequest",
        },
    ),
)

# Also the keys under which a request that no longer says so may have been booked.
_KEYS_OF_CHANGED = """
    SELECT k.key FROM treasury_moneyrequest m
    CROSS JOIN LATERAL (VALUES (m.booked_as), ('payout:' || m.statement_id), ('payout:' || m.statement_id || '/' || m.id),
        ('reversal:' || m.id), ('top-up:' || m.reference), ('deposit:' || m.reference), ('withdrawal:' || m.id),
        ('withdrawal_back:' || m.id), ('deposit_return:' || m.id), ('transfer:' || m.id), ('bank_return:' || m.id), ('adjustment:' || m.id),
        ('deposit_deduction:' || m.id)) AS k(key)
    WHERE new(m)
"""

CHANGED_IDS = {
    "postings": posting_ids_sql(_KEYS_OF_CHANGED),
    "money_requests": f"""
        SELECT m.id FROM treasury_bankaccount b JOIN treasury_moneyrequest m ON m.bank_account_id = b.id WHERE new(b) UNION
        SELECT m.id FROM treasury_moneyrequest m WHERE new(m)
        UNION SELECT r.id FROM treasury_moneyrequest m JOIN treasury_moneyrequest r ON r.reverses_id = m.id WHERE new(m)
        UNION SELECT m.reverses_id FROM treasury_moneyrequest m WHERE new(m) AND m.reverses_id IS NOT NULL
        UNION SELECT m.id FROM treasury_moneyrequest m JOIN {POSTINGS} p ON p.key = m.booked_as
              JOIN changed_postings c ON c.id = p.id
        UNION SELECT split_part(p.key, ':', 2)::bigint FROM {POSTINGS} p JOIN changed_postings c ON c.id = p.id
              WHERE p.key ~ '^(withdrawal|withdrawal_back|deposit_return|transfer|bank_return|adjustment|deposit_deduction):[0-9]{{1,18}}$'
    """,
    "transfer_batches": """
        SELECT b.id FROM treasury_transferbatch b WHERE new(b)
        UNION SELECT m.batch_id FROM treasury_moneyrequest m WHERE new(m) AND m.batch_id IS NOT NULL
    """,
    "statements": "SELECT m.statement_id FROM treasury_moneyrequest m WHERE new(m)",
    "events": " UNION ".join(
        (
            event_ids_sql(SubjectKind.MONEY_REQUEST, "SELECT m.id FROM treasury_moneyrequest m WHERE new(m)"),
            event_ids_sql(SubjectKind.BANK_ACCOUNT, "SELECT b.id FROM treasury_bankaccount b WHERE new(b)"),
        )
    ),
}

TABLES_WITHOUT_DELETES = ("treasury_moneyrequest", "treasury_bankaccount", "treasury_transferbatch")
