"""The checks of payments (INTEGRITY-3, INTEGRITY-7): each is paid if and only if its money is booked; clearing holds what is due."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from kernel.integrity import Check, fault_check
from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import Bookings, balance_check, booking_checks

PAYMENTS = "(SELECT id, reseller_id, amount_fen, state, booked_at FROM payments_payment)"
"""Every payment, for the checks of other apps. To stand after FROM or JOIN."""

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

CHECKS = (
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
            f"SELECT 0, -amount_fen FROM payments_payment WHERE state = 'paid' AND provider || '_clearing' = '{account.value}'",
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
        UNION SELECT split_part(p.key, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              WHERE p.key ~ '^provider_payment:[0-9]{1,18}$'
    """,
    "postings": """
        SELECT p.id FROM payments_payment t JOIN ledger_posting p ON p.key = 'provider_payment:' || t.id WHERE new(t)
    """,
}

TABLES_WITHOUT_DELETES = ("payments_payment", "payments_providerevent")
