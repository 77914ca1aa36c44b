"""The checks of money requests: what was approved is booked once, and what people booked was approved by two (INTEGRITY-3, INTEGRITY-7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from events.rules import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check, fault_check
from ledger.rules import PostingKind
from ledger.selectors.integrity import POSTING_TABLE, POSTINGS, entry_differences_sql, posting_ids_sql

_BOOKED = "('approved', 'reversed')"
_ENTERED_BY_HAND = [
    each.value for each in (PostingKind.TOP_UP, PostingKind.DEPOSIT, PostingKind.PAYOUT, PostingKind.REVERSAL)
]
_ENTRIES = f"""
    SELECT p.id AS posting_id, v.kind, v.owner_id, v.fen
    FROM treasury_moneyrequest m
    JOIN {POSTINGS} p ON p.key = m.booked_as
    LEFT JOIN treasury_moneyrequest wrong ON wrong.id = m.reverses_id
    CROSS JOIN LATERAL (SELECT CASE WHEN m.kind IN ('payout', 'reversal') THEN -m.amount_fen ELSE m.amount_fen END AS fen,
        CASE coalesce(wrong.kind, m.kind) WHEN 'top_up' THEN 'wallet' WHEN 'deposit' THEN 'deposit' ELSE 'brand_settled' END AS account,
        coalesce(m.reseller_id, m.brand_id) AS owner_id) AS own
    CROSS JOIN LATERAL (VALUES (own.account, own.owner_id, own.fen), ('clearing', 0, -own.fen)) AS v(kind, owner_id, fen)
    WHERE changed_money_requests(m.id) AND m.amount_fen <> 0
"""

CHECKS = (
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
        f"changed_money_requests(m.id) AND m.state IN {_BOOKED} AND m.amount_fen <> 0",
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
        f"changed_money_requests(m.id) AND m.state IN {_BOOKED} AND NOT m.before_rule",
    ),
    fault_check(
        "treasury.reversal",
        7,
        "treasury_moneyrequest",
        f"m LEFT JOIN treasury_moneyrequest r ON r.reverses_id = m.id AND r.state IN {_BOOKED}",
        """
        WHEN m.state = 'reversed' AND r.id IS NULL THEN 'it is reversed by no approved request'
        WHEN r.id IS NOT NULL AND m.state <> 'reversed' THEN 'request ' || r.id || ' reversed it, and it is ' || m.state
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
        WHEN b.brand_id IS DISTINCT FROM m.brand_id THEN 'it is for brand ' || m.brand_id || ', and was paid to account ' || b.id
        WHEN b.decided_by_id IS NULL OR b.decided_by_id = b.entered_by_id THEN 'account ' || b.id || ' was not approved by a second person'
        WHEN b.payable_from IS NULL OR b.payable_from > m.decided_at THEN 'account ' || b.id || ' was paid to before its cool-down ended'
        """,
        f"changed_money_requests(m.id) AND m.kind = 'payout' AND m.state IN {_BOOKED} AND NOT m.before_rule",
    ),
    event_subject_check(
        code="treasury.event_subject",
        subjects={
            SubjectKind.BANK_ACCOUNT: "SELECT id, reseller_id, brand_id FROM treasury_bankaccount",
            SubjectKind.MONEY_REQUEST: "SELECT id, reseller_id, brand_id FROM treasury_moneyrequest",
        },
    ),
)

# Also the keys under which a request that no longer says so may have been booked.
_KEYS_OF_CHANGED = """
    SELECT k.key FROM treasury_moneyrequest m
    CROSS JOIN LATERAL (VALUES (m.booked_as), ('payout:' || m.statement_id), ('reversal:' || m.id), ('top-up:' || m.reference),
        ('deposit:' || m.reference)) AS k(key)
    WHERE new(m)
"""

CHANGED_IDS = {
    "postings": posting_ids_sql(_KEYS_OF_CHANGED),
    "money_requests": f"""
        SELECT m.id FROM treasury_bankaccount b JOIN treasury_moneyrequest m ON m.bank_account_id = b.id WHERE new(b) UNION
        SELECT m.id FROM treasury_moneyrequest m WHERE new(m)
        UNION SELECT m.reverses_id FROM treasury_moneyrequest m WHERE new(m) AND m.reverses_id IS NOT NULL
        UNION SELECT m.id FROM treasury_moneyrequest m JOIN {POSTINGS} p ON p.key = m.booked_as
              JOIN changed_postings c ON c.id = p.id
    """,
    "events": " UNION ".join(
        (
            event_ids_sql(SubjectKind.MONEY_REQUEST, "SELECT m.id FROM treasury_moneyrequest m WHERE new(m)"),
            event_ids_sql(SubjectKind.BANK_ACCOUNT, "SELECT b.id FROM treasury_bankaccount b WHERE new(b)"),
        )
    ),
}

TABLES_WITHOUT_DELETES = ("treasury_moneyrequest", "treasury_bankaccount")
