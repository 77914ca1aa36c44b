"""The checks of the ledger: postings are balanced, and every account and posting names an existing owner (INTEGRITY-3, INTEGRITY-7).

The app that owns the cause of a posting checks its amounts, with the functions at the top of this module.
"""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.selectors import audit_entries_sql
from kernel.integrity import Check, sum_check
from ledger.rules import NEVER_NEGATIVE, AccountKind, PostingKind

Message = tuple[str, str]

POSTING_TABLE = "ledger_posting"
"""The table that violations of a posting name."""


POSTINGS = "(SELECT id, kind, key, cause, at, person_id FROM ledger_posting)"
"""Every posting without its entries, for the checks of other apps. To stand after FROM or JOIN."""


CLOSED_DAYS = "(SELECT day FROM ledger_closedday WHERE summed_at IS NOT NULL)"
"""Every day that is closed and added up, for the checks of other apps. To stand after FROM or JOIN."""


ENTRIES_AT = """(
    SELECT a.kind::text AS kind, a.owner_id, e.amount_fen, p.at, p.key FROM ledger_entry e
    JOIN ledger_account a ON a.id = e.account_id JOIN ledger_posting p ON p.id = e.posting_id
)"""
"""Every entry with its account, and the instant and key of its posting, for the checks of other apps. To stand after FROM or JOIN."""


def entry_differences_sql(due: str) -> str:
    """The SQL of a check that compares the entries of postings with the amounts that are due, account by account.

    `due` is a query of (posting_id, kind, owner_id, fen); several rows of one account are added up. The columns of the result are the
    id of the posting, account, due and booked.
    """
    return f"""
        WITH due AS MATERIALIZED (
            SELECT posting_id, kind, owner_id, sum(fen) AS fen FROM ({due}) AS part GROUP BY 1, 2, 3
        ), booked AS (
            SELECT e.posting_id, a.kind::text AS kind, a.owner_id, e.amount_fen AS fen
            FROM (SELECT DISTINCT posting_id FROM due) AS p
            JOIN ledger_entry e ON e.posting_id = p.posting_id JOIN ledger_account a ON a.id = e.account_id
        )
        SELECT posting_id AS id, kind || ' ' || owner_id AS account, coalesce(due.fen, 0) AS due, coalesce(booked.fen, 0) AS booked
        FROM due FULL JOIN booked USING (posting_id, kind, owner_id) WHERE coalesce(due.fen, 0) <> coalesce(booked.fen, 0)
        """


@dataclass(frozen=True, slots=True)
class Bookings:
    """What an app books for its rows.

    `rows` is a query of the rows of `table` that must be booked: id of the row; kind, key and time of its posting (`at`); and what a
    message names. `entries` is a query of (key, posting_kind, kind, owner_id, fen): what the accounts are booked with; several rows of
    one account are added up. `kinds` are the kinds of these postings.
    """

    app: str
    table: str
    kinds: tuple[PostingKind, ...]
    rows: str
    entries: str
    parameters: Mapping[str, object] = field(default_factory=dict)


def booking_checks(
    bookings: Bookings, missing: Message, unknown: Message, amount: Message
) -> tuple[Check, Check, Check]:
    """The checks that each row has its posting, each posting its row, and that the entries are what the row gives.

    A message is the name of the check within the app, and its sentence.
    """
    kinds = [kind.value for kind in bookings.kinds]
    return (
        Check(
            f"{bookings.app}.{missing[0]}",
            7,
            bookings.table,
            missing[1],
            f"""
            SELECT b.* FROM ({bookings.rows}) AS b LEFT JOIN ledger_posting p ON p.key = b.key AND p.kind = b.kind AND p.at = b.at
            WHERE p.id IS NULL
            """,
            bookings.parameters,
        ),
        Check(
            f"{bookings.app}.{unknown[0]}",
            7,
            "ledger_posting",
            unknown[1],
            f"""
            SELECT p.id, p.key, p.at FROM ledger_posting p
            LEFT JOIN ({bookings.rows}) AS b ON b.key = p.key AND b.kind = p.kind AND b.at = p.at
            WHERE changed_postings(p.id) AND p.kind = ANY(%(kinds)s) AND b.id IS NULL
            """,
            {**bookings.parameters, "kinds": kinds},
        ),
        Check(
            f"{bookings.app}.{amount[0]}",
            7,
            "ledger_posting",
            amount[1],
            entry_differences_sql(
                f"""
                SELECT p.id AS posting_id, b.kind, b.owner_id, b.fen FROM ({bookings.entries}) AS b
                JOIN ledger_posting p ON p.key = b.key AND p.kind = b.posting_kind
                """
            ),
            bookings.parameters,
        ),
    )


def balance_check(code: str, account: AccountKind, message: str, due: str) -> Check:
    """The check that the accounts of a kind hold what is due. `due` is a query of (owner_id, fen), added up by owner."""
    return Check(
        code,
        3,
        "ledger_account",
        message,
        f"""
        SELECT coalesce(a.id, 0) AS id, coalesce(d.fen, 0) AS due_fen, coalesce(a.balance_fen, 0) AS balance_fen
        FROM (SELECT id, owner_id, balance_fen FROM ledger_account WHERE kind = %(account)s) a
        FULL JOIN (SELECT owner_id, sum(fen) AS fen FROM ({due}) AS part(owner_id, fen) GROUP BY 1) d USING (owner_id)
        WHERE coalesce(d.fen, 0) <> coalesce(a.balance_fen, 0)
        """,
        {"account": account.value},
    )


def posting_ids_sql(keys: str) -> str:
    """The query of the ids of postings with the keys that the query `keys` selects."""
    return f"SELECT p.id FROM ledger_posting p JOIN ({keys}) AS k(key) ON k.key = p.key"


def received_money_checks(
    *, app: str, kind: PostingKind, action: str, subject: str, account: AccountKind
) -> tuple[Check, Check]:
    """The checks of money that finance booked by hand. Its amount is kept only in the audit entry of the booking.

    `action` and `subject` select the audit entry, whose details name amount and reference; `account` received the money.
    """
    parameters = {
        "kind": kind.value,
        "account": account.value,
        "form": f"^{subject}:[0-9]{{1,18}}$",
    }
    record = f"""
        FROM ledger_posting p
        LEFT JOIN {audit_entries_sql(action, subject)} t
             ON t.subject_id = CASE WHEN p.cause ~ %(form)s THEN split_part(p.cause, ':', 2)::bigint END
             AND t.details->>'reference' = p.note AND t.at = p.at
        """
    amounts = """
        CROSS JOIN LATERAL (SELECT round((t.details->>'amount')::numeric * 100)::bigint AS fen) AS audited
        CROSS JOIN LATERAL (VALUES (%(account)s, t.subject_id, audited.fen), ('clearing', 0, -audited.fen)) AS v(kind, owner_id, fen)
        """
    chosen = "WHERE p.kind = %(kind)s AND changed_postings(p.id)"
    return (
        Check(
            f"{app}.{kind.value}_record",
            7,
            "ledger_posting",
            "nobody is recorded to have booked {cause} with the reference {note}",
            f"SELECT p.id, p.cause, p.note {record} {chosen} AND t.at IS NULL",
            parameters,
        ),
        Check(
            f"{app}.{kind.value}_amount",
            7,
            "ledger_posting",
            "{account} is booked with {booked} fen, the record of it says {due}",
            entry_differences_sql(
                f"SELECT p.id AS posting_id, v.kind, v.owner_id, v.fen {record} {amounts} {chosen} AND t.at IS NOT NULL"
            ),
            parameters,
        ),
    )


CHECKS = (
    Check(
        "ledger.balanced",
        3,
        "ledger_posting",
        "its entries add up to {sum_fen} fen, not to 0",
        """
        SELECT e.posting_id AS id, sum(e.amount_fen) AS sum_fen FROM ledger_entry e
        WHERE changed_postings(e.posting_id) GROUP BY 1 HAVING sum(e.amount_fen) <> 0
        """,
    ),
    Check(
        "ledger.entries",
        3,
        "ledger_posting",
        "it has no entries",
        """
        SELECT p.id FROM ledger_posting p
        WHERE changed_postings(p.id) AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.posting_id = p.id)
        """,
    ),
    # The platform's accounts have entries in nearly all postings, so a run over changed rows would read as much.
    sum_check(
        "ledger.balance",
        3,
        "ledger_account",
        "its balance is {balance_fen} fen, its entries add up to {expected}",
        "balance_fen",
        "SELECT account_id, amount_fen FROM ledger_entry",
    ),
    Check(
        "ledger.closed_day",
        3,
        "ledger_closedday",
        "{fault}",
        """
        SELECT c.id, CASE
                WHEN c.day <> c.before + 1 THEN 'the day before ' || c.day || ' is not closed'
                WHEN c.ends_at <> (c.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' THEN 'the day ' || c.day || ' ends at another instant'
                WHEN c.summed_at < c.ends_at OR c.closed_at < c.ends_at THEN 'the day ' || c.day || ' was closed before it was over'
            END AS fault
        FROM (SELECT *, lag(day) OVER (ORDER BY day) AS before FROM ledger_closedday) c
        WHERE c.day <> c.before + 1 OR c.ends_at <> (c.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' OR c.summed_at < c.ends_at
           OR c.closed_at < c.ends_at
        """,
    ),
    Check(
        "ledger.account_day",
        3,
        "ledger_accountday",
        "on {day} it closes with {closing_fen} fen, not with {expected}",
        """
        SELECT d.id, d.day, d.closing_fen, d.before + d.in_fen - d.out_fen AS expected FROM (
            SELECT *, coalesce(lag(closing_fen) OVER (PARTITION BY account_id ORDER BY day), 0) AS before FROM ledger_accountday
        ) d WHERE d.closing_fen <> d.before + d.in_fen - d.out_fen
        """,
    ),
    Check(
        "ledger.kind_day",
        3,
        "ledger_kindday",
        "on {day} {kind} goes from {opening_fen} to {closing_fen} fen; before it was {before}, and its accounts moved by {moved}",
        """
        SELECT * FROM (
            SELECT k.*, coalesce(lag(k.closing_fen) OVER (PARTITION BY k.kind ORDER BY k.day), 0) AS before, coalesce(m.fen, 0) AS moved
            FROM ledger_kindday k LEFT JOIN (
                SELECT a.kind, d.day, sum(d.in_fen - d.out_fen)::bigint AS fen
                FROM ledger_accountday d JOIN ledger_account a ON a.id = d.account_id GROUP BY 1, 2
            ) m USING (kind, day)
        ) k WHERE k.opening_fen <> k.before OR k.in_fen - k.out_fen <> k.moved OR k.closing_fen <> k.opening_fen + k.moved
        """,
    ),
    # In a run over changes the days of changed postings are added up again; those are not closed, but for a spoiled one.
    Check(
        "ledger.closed_sums",
        3,
        "ledger_account",
        "its entries of {day} are {entries} of {fen} fen, closed were {closed_entries} of {closed_fen}",
        """
        WITH days AS (
            SELECT c.day, c.ends_at - interval '1 day' AS starts_at, c.ends_at FROM ledger_closedday c
            WHERE c.summed_at IS NOT NULL AND EXISTS (
                SELECT FROM ledger_posting p WHERE p.at >= c.ends_at - interval '1 day' AND p.at < c.ends_at AND changed_postings(p.id))
        ), booked AS (
            SELECT d.day, e.account_id, sum(e.amount_fen)::bigint AS fen, count(*) AS entries
            FROM days d JOIN ledger_posting p ON p.at >= d.starts_at AND p.at < d.ends_at JOIN ledger_entry e ON e.posting_id = p.id
            GROUP BY 1, 2
        ), closed AS (
            SELECT a.day, a.account_id, a.in_fen - a.out_fen AS fen, a.entries FROM ledger_accountday a JOIN days USING (day)
        )
        SELECT account_id AS id, day, coalesce(b.fen, 0) AS fen, coalesce(b.entries, 0) AS entries, coalesce(c.fen, 0) AS closed_fen,
               coalesce(c.entries, 0) AS closed_entries
        FROM booked b FULL JOIN closed c USING (day, account_id)
        WHERE (coalesce(b.fen, 0), coalesce(b.entries, 0)) <> (coalesce(c.fen, 0), coalesce(c.entries, 0))
        """,
    ),
    Check(
        "ledger.negative",
        3,
        "ledger_account",
        "a {kind} account is never negative, its balance is {balance_fen} fen",
        "SELECT id, kind, balance_fen FROM ledger_account WHERE balance_fen < 0 AND kind = ANY(%(kinds)s)",
        {"kinds": [kind.value for kind in NEVER_NEGATIVE]},
    ),
    Check(
        "ledger.owner",
        7,
        "ledger_account",
        "there is no owner {owner_id} of a {kind} account",
        """
        SELECT a.id, a.kind, a.owner_id FROM ledger_account a
        WHERE NOT CASE
            WHEN a.kind IN ('wallet', 'refund_in_transit', 'withdraw_in_transit')
                THEN EXISTS (SELECT FROM membership_reseller r WHERE r.id = a.owner_id)
            WHEN a.kind IN ('commission', 'brand_fee', 'carrier_claim', 'clearing', 'wechat_clearing', 'alipay_clearing', 'provider_fee')
                THEN a.owner_id = 0
            ELSE EXISTS (SELECT FROM brands_brand b WHERE b.id = a.owner_id) END
        """,
    ),
    Check(
        "ledger.key",
        7,
        "ledger_posting",
        "a {kind} posting with the key {key} and the cause {cause} names no row that could be its cause",
        """
        SELECT p.id, p.kind, p.key, p.cause FROM ledger_posting p
        WHERE changed_postings(p.id) AND NOT CASE p.kind
            WHEN 'deposit' THEN p.key = 'deposit:' || p.note AND p.cause ~ '^brand:[0-9]{1,18}$'
            WHEN 'top_up' THEN p.key = 'top-up:' || p.note AND p.cause ~ '^reseller:[0-9]{1,18}$'
            WHEN 'payment' THEN p.key = 'payment:' || p.cause AND p.cause ~ '^order:[0-9]{1,18}$'
            WHEN 'refund' THEN p.key = p.cause AND p.cause ~ '^refund:[0-9]{1,18}$'
            WHEN 'resend' THEN p.key = p.cause AND p.cause ~ '^resend(_short)?:[0-9]{1,18}$'
            WHEN 'settlement' THEN p.key ~ '^settlement:[0-9]{1,18}$' AND p.cause = 'statement:' || split_part(p.key, ':', 2)
            WHEN 'payout' THEN p.key ~ '^payout:[0-9]{1,18}(/[0-9]{1,18})?$'
                AND p.cause = 'statement:' || split_part(split_part(p.key, ':', 2), '/', 1)
            WHEN 'carrier_claim' THEN p.key = p.cause AND p.cause ~ '^carrier_claim:[0-9]{1,18}$'
            WHEN 'provider_payment' THEN p.key = p.cause AND p.cause ~ '^provider_payment:[0-9]{1,18}$'
            WHEN 'refund_to_source' THEN p.key = replace(p.cause, 'provider_refund', p.kind) AND p.cause ~ '^provider_refund:[0-9]{1,18}$'
            WHEN 'refund_paid_out' THEN p.key = replace(p.cause, 'provider_refund', p.kind) AND p.cause ~ '^provider_refund:[0-9]{1,18}$'
            WHEN 'refund_came_back' THEN p.key = replace(p.cause, 'provider_refund', p.kind) AND p.cause ~ '^provider_refund:[0-9]{1,18}$'
            WHEN 'provider_fee' THEN p.key = replace(p.cause, 'provider_bill', p.kind) AND p.cause ~ '^provider_bill:[0-9]{1,18}$'
            WHEN 'provider_settlement' THEN p.key = replace(p.cause, 'provider_bill', p.kind) AND p.cause ~ '^provider_bill:[0-9]{1,18}$'
            WHEN 'reversal' THEN p.key ~ '^reversal:[0-9]{1,18}$' AND p.cause ~ '^money_request:[0-9]{1,18}$'
            WHEN 'bank_return' THEN p.key ~ '^bank_return:[0-9]{1,18}$' AND p.cause ~ '^money_request:[0-9]{1,18}$'
            ELSE p.kind IN ('adjustment', 'withdrawal', 'withdrawal_back', 'deposit_return', 'deposit_deduction', 'transfer')
                AND p.key ~ ('^' || p.kind || ':[0-9]{1,18}$') AND p.cause = 'money_request:' || split_part(p.key, ':', 2) END
        """,
    ),
)

CHANGED_IDS = {
    "postings": f"""
        SELECT p.id FROM ledger_posting p WHERE new(p)
        UNION SELECT e.posting_id FROM ledger_entry e WHERE new(e)
        UNION SELECT e.posting_id FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id WHERE new(a) AND a.kind = 'wallet'
        UNION SELECT p.id FROM {audit_entries_sql("orders.top_up", "reseller")} t
              JOIN ledger_posting p ON p.key = 'top-up:' || (t.details->>'reference') WHERE new(t)
        UNION SELECT p.id FROM {audit_entries_sql("brands.record_deposit", "brand")} t
              JOIN ledger_posting p ON p.key = 'deposit:' || (t.details->>'reference') WHERE new(t)
    """,
    "carrier_claims": """
        SELECT split_part(p.key, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
        WHERE p.key ~ '^carrier_claim:[0-9]{1,18}$'
    """,
    "refunds": """
        SELECT split_part(p.key, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
        WHERE p.key ~ '^refund:[0-9]{1,18}$'
    """,
    "resends": """
        SELECT split_part(p.key, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
        WHERE p.key ~ '^resend(_short)?:[0-9]{1,18}$'
    """,
    "orders": """
        SELECT split_part(p.cause, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
        WHERE p.cause ~ '^order:[0-9]{1,18}$'
        UNION SELECT split_part(p.key, ':', 3)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              WHERE p.key ~ '^payment:order:[0-9]{1,18}$'
    """,
}

TABLES_WITHOUT_DELETES = ("ledger_entry",)
"""A deletion in ledger_posting shows too, since its entries must be deleted before it."""
