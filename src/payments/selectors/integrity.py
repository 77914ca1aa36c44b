"""The checks of payments (INTEGRITY-3, INTEGRITY-7): each is paid if and only if its money is booked; clearing holds what is due."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check, fault_check, sum_check
from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import Bookings, balance_check, booking_checks

PAYMENTS = """(
    SELECT id, reseller_id, amount_fen, coalesce(asked_fen, amount_fen) AS asked_fen, refunded_fen, state, booked_at
    FROM payments_payment
)"""
"""Every payment, for the checks of other apps. To stand after FROM or JOIN."""
PAYOUTS_TO_BANK = "(SELECT id, bill_id, amount_fen FROM payments_providerbillline WHERE kind = 'to_bank')"
"""Every pay-out of a provider to our bank, as its bill says, for the checks of other apps. To stand after FROM or JOIN."""
REFUNDS = "(SELECT id, payment_id, reseller_id, order_id, amount_fen, state, created_at FROM payments_providerrefund)"
"""Every refund to the source, for the checks of other apps. To stand after FROM or JOIN."""

_BOOKINGS = Bookings(
    app="payments",
    table="payments_payment",
    kinds=(PostingKind.PROVIDER_PAYMENT,),
    rows="""
        SELECT t.id, 'provider_payment' AS kind, 'provider_payment:' || t.id AS key, t.booked_at AS at, t.number
        FROM payments_payment t WHERE t.state = 'paid' AND changed_payments(t.id)
        """,
    entries="""
        SELECT 'provider_payment:' || t.id AS key, 'provider_payment' AS posting_kind, v.kind, v.owner_id, v.fen
        FROM payments_payment t
        CROSS JOIN LATERAL (VALUES ('wallet', t.reseller_id, t.amount_fen),
            (t.provider || '_clearing', 0, -t.amount_fen)) AS v(kind, owner_id, fen)
        WHERE t.state = 'paid' AND changed_payments(t.id)
        """,
)

_REFUND_ROWS = """
    SELECT r.id, v.kind, v.kind || ':' || r.id AS key, v.at, r.number FROM payments_providerrefund r
    CROSS JOIN LATERAL (VALUES ('refund_to_source', r.created_at, true), ('refund_paid_out', r.ended_at, r.state = 'succeeded'),
        ('refund_came_back', r.ended_at, r.state = 'failed')) AS v(kind, at, is_due)
    WHERE v.is_due AND changed_payments(r.payment_id)
"""

_REFUND_BOOKINGS = Bookings(
    app="payments",
    table="payments_providerrefund",
    kinds=(PostingKind.REFUND_TO_SOURCE, PostingKind.REFUND_PAID_OUT, PostingKind.REFUND_CAME_BACK),
    rows=_REFUND_ROWS,
    entries="""
        SELECT v.posting_kind || ':' || r.id AS key, v.posting_kind, v.kind, v.owner_id, v.fen FROM payments_providerrefund r
        JOIN payments_payment p ON p.id = r.payment_id
        CROSS JOIN LATERAL (VALUES
            ('refund_to_source', 'wallet', p.reseller_id, -r.amount_fen),
            ('refund_to_source', 'refund_in_transit', p.reseller_id, r.amount_fen),
            ('refund_paid_out', 'refund_in_transit', p.reseller_id, -r.amount_fen),
            ('refund_paid_out', p.provider || '_clearing', 0, r.amount_fen),
            ('refund_came_back', 'refund_in_transit', p.reseller_id, -r.amount_fen),
            ('refund_came_back', 'wallet', p.reseller_id, r.amount_fen)) AS v(posting_kind, kind, owner_id, fen)
        WHERE changed_payments(r.payment_id)
        """,
)

_REFUND_CHECKS = (
    *booking_checks(
        _REFUND_BOOKINGS,
        ("refund_booked", "the refund {number} has no posting {key} at {at}"),
        ("refund_unknown", "the posting {key} at {at} has no refund of that state"),
        ("refund_amount", "{account} is booked with {booked} fen, the refund says {due}"),
    ),
    balance_check(
        "payments.refund_in_transit",
        AccountKind.REFUND_IN_TRANSIT,
        "its balance is {balance_fen} fen, the refunds on their way add up to {due_fen}",
        "SELECT reseller_id, amount_fen FROM payments_providerrefund WHERE state IN ('waiting', 'processing', 'abnormal')",
    ),
    sum_check(
        "payments.refunded",
        3,
        "payments_payment",
        "{refunded_fen} fen went back to its source, its refunds say {expected}",
        "refunded_fen",
        "SELECT payment_id, amount_fen FROM payments_providerrefund WHERE state <> 'failed'",
        "changed_payments(t.id)",
    ),
    fault_check(
        "payments.refunds",
        7,
        "payments_providerrefund",
        "r JOIN payments_payment p ON p.id = r.payment_id",
        """
        WHEN r.reseller_id <> p.reseller_id
            THEN 'it left the wallet of reseller ' || r.reseller_id || ', the payment is of ' || p.reseller_id
        WHEN p.booked_at IS NULL OR r.created_at < p.booked_at THEN 'it was begun before its payment was booked'
        WHEN r.state = 'succeeded' AND r.proof = '' THEN 'nothing proves that it was paid out'
        WHEN r.ended_at < r.created_at THEN 'it ended before it was begun'
        WHEN NOT r.number ~ '^R[0-9]{6}[0-9A-F]{16}$' THEN 'its number is ' || r.number
        """,
        "changed_payments(r.payment_id)",
    ),
    fault_check(
        "payments.difference",
        3,
        "payments_payment",
        "p",
        """
        WHEN (p.ended_difference = '') <> (p.difference_ended_at IS NULL) OR (p.ended_difference = '') <> (p.difference_ended_by_id IS NULL)
                OR (p.ended_difference = '') <> (p.difference_reason = '')
            THEN 'its difference ' || p.ended_difference || ' was ended without who, when and why'
        WHEN p.ended_difference NOT IN ('', 'app', 'merchant', 'currency')
            THEN 'a difference of ' || p.ended_difference || ' is ended by where the money goes'
        WHEN p.difference <> '' AND p.difference = ANY(array_append(p.ended_before, p.ended_difference))
            THEN 'its difference ' || p.difference || ' was ended and is open'
        WHEN p.ended_difference = ANY(p.ended_before) OR p.ended_difference = '' AND p.ended_before <> '{}'
                OR NOT p.ended_before <@ ARRAY['app', 'merchant', 'currency']::varchar[]
            THEN 'before ' || p.ended_difference || ' these were ended: ' || array_to_string(p.ended_before, ', ')
        WHEN p.reported_fen IS NOT NULL AND p.state <> 'paid' AND p.difference = ''
            THEN p.reported_fen || ' fen arrived, and nobody decided where they go'
        """,
        "changed_payments(p.id)",
    ),
    event_subject_check(
        code="payments.event_subject",
        subjects={
            SubjectKind.PROVIDER_PAYMENT: "SELECT id, reseller_id, NULL::bigint AS brand_id FROM payments_payment"
        },
    ),
)

_BILL_CHECKS = (
    *booking_checks(
        Bookings(
            app="payments",
            table="payments_providerbill",
            kinds=(PostingKind.PROVIDER_FEE, PostingKind.PROVIDER_SETTLEMENT),
            rows="""
                SELECT b.id, v.kind, v.kind || ':' || b.id AS key, b.taken_at AS at, b.day FROM payments_providerbill b
                CROSS JOIN LATERAL (VALUES ('provider_fee', b.fee_fen), ('provider_settlement', b.to_bank_fen)) AS v(kind, fen)
                WHERE b.state = 'taken' AND v.fen <> 0
                """,
            entries="""
                SELECT v.posting_kind || ':' || b.id AS key, v.posting_kind, v.kind, v.owner_id, v.fen FROM payments_providerbill b
                CROSS JOIN LATERAL (VALUES
                    ('provider_fee', b.provider || '_clearing', 0, b.fee_fen), ('provider_fee', 'provider_fee', 0, -b.fee_fen),
                    ('provider_settlement', b.provider || '_clearing', 0, b.to_bank_fen),
                    ('provider_settlement', 'clearing', 0, -b.to_bank_fen)) AS v(posting_kind, kind, owner_id, fen)
                WHERE b.state = 'taken'
                """,
        ),
        ("bill_booked", "the bill of {day} has no posting {key} at {at}"),
        ("bill_unknown", "the posting {key} at {at} has no bill that was taken then"),
        ("bill_amount", "{account} is booked with {booked} fen, the bill says {due}"),
    ),
    balance_check(
        "payments.provider_fee",
        AccountKind.PROVIDER_FEE,
        "its balance is {balance_fen} fen, the bills say {due_fen}",
        "SELECT 0, -fee_fen FROM payments_providerbill WHERE state = 'taken'",
    ),
    Check(
        "payments.bill",
        7,
        "payments_providerbill",
        "it has {lines_count} lines, fees of {fee_fen} and pay-outs of {to_bank_fen} fen; its lines say {count}, {fees} and {paid_out}",
        """
        SELECT b.*, l.count, l.fees, l.paid_out FROM payments_providerbill b
        CROSS JOIN LATERAL (
            SELECT count(*) AS count,
                   coalesce(-sum(l.amount_fen) FILTER (WHERE l.kind = 'fee' AND b.kind = 'fund'), 0) AS fees,
                   coalesce(-sum(l.amount_fen) FILTER (WHERE l.kind = 'to_bank' AND b.kind = 'fund'), 0) AS paid_out
            FROM payments_providerbillline l WHERE l.bill_id = b.id
        ) l
        WHERE (b.lines_count, b.fee_fen, b.to_bank_fen) <> (l.count, l.fees, l.paid_out)
        """,
    ),
)

CHECKS = (
    *_REFUND_CHECKS,
    *_BILL_CHECKS,
    *booking_checks(
        _BOOKINGS,
        ("payment_booked", "the payment {number} is paid, and its money is not booked"),
        ("payment_unknown", "the posting {key} at {at} has no paid payment"),
        ("payment_amount", "{account} is booked with {booked} fen, the payment says {due}"),
    ),
    *(
        balance_check(
            f"payments.{account.value}",
            account,
            "its balance is {balance_fen} fen, the payments say {due_fen}",
            f"""
            SELECT 0, -amount_fen FROM payments_payment WHERE state = 'paid' AND provider || '_clearing' = '{account.value}'
            UNION ALL SELECT 0, r.amount_fen FROM payments_providerrefund r JOIN payments_payment p ON p.id = r.payment_id
            WHERE r.state = 'succeeded' AND p.provider || '_clearing' = '{account.value}'
            UNION ALL SELECT 0, fee_fen + to_bank_fen FROM payments_providerbill WHERE provider || '_clearing' = '{account.value}'
            """,
        )
        for account in (AccountKind.WECHAT_CLEARING, AccountKind.ALIPAY_CLEARING)
    ),
    fault_check(
        "payments.rows",
        7,
        "payments_payment",
        "t",
        """
        WHEN t.state = 'paid' AND t.booked_at < t.created_at THEN 'it was booked before it was begun'
        WHEN t.state = 'paid' AND t.proof = '' THEN 'nothing proves that it was paid'
        WHEN NOT t.number ~ '^P[0-9]{6}[0-9A-F]{16}$' THEN 'its number is ' || t.number
        """,
        "changed_payments(t.id)",
    ),
    Check(
        "payments.event",
        7,
        "payments_providerevent",
        "it is {outcome} and names the number {number} of payment {payment_number}, which is {state}",
        """
        SELECT e.id, e.outcome, e.number, p.number AS payment_number, p.state FROM payments_providerevent e
        LEFT JOIN payments_payment p ON p.id = e.payment_id
        WHERE (e.payment_id IS NOT NULL AND p.number IS DISTINCT FROM e.number)
           OR (e.outcome IN ('booked', 'known') AND p.state IS DISTINCT FROM 'paid')
        """,
    ),
)

CHANGED_IDS = {
    "payments": """
        SELECT t.id FROM payments_payment t WHERE new(t)
        UNION SELECT r.payment_id FROM payments_providerrefund r WHERE new(r)
        UNION SELECT r.payment_id FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              JOIN payments_providerrefund r ON p.cause = 'provider_refund:' || r.id
        UNION SELECT split_part(p.key, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              WHERE p.key ~ '^provider_payment:[0-9]{1,18}$'
    """,
    "postings": """
        SELECT p.id FROM payments_payment t JOIN ledger_posting p ON p.key = 'provider_payment:' || t.id WHERE new(t)
        UNION SELECT p.id FROM payments_providerrefund r
              CROSS JOIN (VALUES ('refund_to_source:'), ('refund_paid_out:'), ('refund_came_back:')) AS k(start)
              JOIN ledger_posting p ON p.key = k.start || r.id WHERE new(r)
    """,
    "events": event_ids_sql(SubjectKind.PROVIDER_PAYMENT, "SELECT t.id FROM payments_payment t WHERE new(t)"),
}

TABLES_WITHOUT_DELETES = (
    "payments_payment",
    "payments_providerevent",
    "payments_providerrefund",
    "payments_providerbill",
    "payments_providerbillline",
)
