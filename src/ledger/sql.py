"""The SQL of the ledger. Each function runs one statement; together they are the write of postings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db import sql
from kernel.period import Period
from ledger.rules import NEVER_NEGATIVE, AccountKind, AccountRef, EntryDraft, PostingDraft

_INSERT_POSTINGS = """
INSERT INTO ledger_posting (at, kind, key, cause, note, person_id)
SELECT %(now)s, p.kind, p.key, p.cause, p.note, %(person_id)s
FROM unnest(%(kinds)s::text[], %(keys)s::text[], %(causes)s::text[], %(notes)s::text[])
     WITH ORDINALITY AS p(kind, key, cause, note, position)
ORDER BY p.position
ON CONFLICT (key) DO NOTHING
RETURNING id, key
"""

_LOCK_BALANCES = """
SELECT a.kind, a.owner_id, a.balance_fen FROM ledger_account a
JOIN unnest(%(kinds)s::text[], %(owners)s::bigint[]) AS named(kind, owner_id) USING (kind, owner_id)
ORDER BY a.kind, a.owner_id FOR UPDATE OF a
"""

_INSERT_ENTRIES = """
WITH draft AS (
    SELECT * FROM unnest(%(postings)s::bigint[], %(kinds)s::text[], %(owners)s::bigint[], %(amounts)s::bigint[])
        AS d(posting_id, kind, owner_id, amount_fen)
), sums AS (
    SELECT kind, owner_id, sum(amount_fen)::bigint AS amount_fen FROM draft GROUP BY 1, 2
), changed AS (
    UPDATE ledger_account a SET balance_fen = a.balance_fen + s.amount_fen
    FROM sums s WHERE a.kind = s.kind AND a.owner_id = s.owner_id
    RETURNING a.id, s.kind, s.owner_id
)
INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
SELECT d.posting_id, c.id, d.amount_fen FROM draft d JOIN changed c USING (kind, owner_id)
"""

# Accounts are locked in the order of _LOCK_BALANCES. The balance of a locked row is its latest one, so the funds are those that the
# update finds. Nothing is written where an account is missing or holds too little.
_POST_NEW = """
WITH draft AS (
    SELECT * FROM unnest(%(entry_keys)s::text[], %(account_kinds)s::text[], %(owners)s::bigint[], %(amounts)s::bigint[])
        AS d(key, kind, owner_id, amount_fen)
), sums AS (
    SELECT kind, owner_id, sum(amount_fen)::bigint AS amount_fen FROM draft GROUP BY 1, 2
), locked AS MATERIALIZED (
    SELECT a.id, a.kind, a.owner_id, a.balance_fen FROM ledger_account a JOIN sums USING (kind, owner_id)
    ORDER BY a.kind, a.owner_id FOR UPDATE OF a
), possible AS MATERIALIZED (
    SELECT count(l.id) = count(*) AND bool_and(l.balance_fen + s.amount_fen >= 0 OR s.kind <> ALL(%(never_negative)s::text[])) AS is_true
    FROM sums s LEFT JOIN locked l USING (kind, owner_id)
), posted AS (
    INSERT INTO ledger_posting (at, kind, key, cause, note, person_id)
    SELECT %(now)s, p.kind, p.key, p.cause, p.note, %(person_id)s
    FROM unnest(%(kinds)s::text[], %(keys)s::text[], %(causes)s::text[], %(notes)s::text[])
         WITH ORDINALITY AS p(kind, key, cause, note, position)
    WHERE (SELECT is_true FROM possible) ORDER BY p.position
    RETURNING id, key
), changed AS (
    UPDATE ledger_account a SET balance_fen = a.balance_fen + s.amount_fen
    FROM locked l JOIN sums s USING (kind, owner_id) WHERE a.id = l.id AND (SELECT is_true FROM possible)
), entered AS (
    INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
    SELECT p.id, l.id, d.amount_fen FROM draft d JOIN posted p USING (key) JOIN locked l USING (kind, owner_id)
)
SELECT is_true FROM possible
"""


@dataclass(frozen=True, slots=True)
class _InsertedPosting:
    id: int
    key: str


def insert_postings(*, drafts: Sequence[PostingDraft], person_id: int | None, now: datetime) -> dict[str, int]:
    """Insert postings without entries, in one statement; returns the ids by key, without those whose key was used before."""
    inserted = sql.fetch(
        _InsertedPosting,
        _INSERT_POSTINGS,
        {
            "kinds": [draft.kind.value for draft in drafts],
            "keys": [draft.key for draft in drafts],
            "causes": [draft.cause for draft in drafts],
            "notes": [draft.note for draft in drafts],
            "person_id": person_id,
            "now": now,
        },
    )
    return {row.key: row.id for row in inserted}


def lock_balances(accounts: Sequence[AccountRef]) -> dict[AccountRef, int]:
    """Lock those of the accounts that exist, in one order for all transactions, and return their balances in fen."""
    parameters = {
        "kinds": [account.kind.value for account in accounts],
        "owners": [account.owner_id for account in accounts],
    }
    return {
        AccountRef(AccountKind(row["kind"]), row["owner_id"]): row["balance_fen"]
        for row in sql.rows(_LOCK_BALANCES, parameters)
    }


def insert_entries(entries: Sequence[tuple[int, EntryDraft]]) -> None:
    """Insert entries, each with the id of its posting, and change the balances of their accounts, which must exist and be locked."""
    sql.execute(
        _INSERT_ENTRIES,
        {
            "postings": [posting_id for posting_id, _ in entries],
            "kinds": [entry.account.kind.value for _, entry in entries],
            "owners": [entry.account.owner_id for _, entry in entries],
            "amounts": [entry.amount_fen for _, entry in entries],
        },
    )


def post_new(
    *, drafts: Sequence[PostingDraft], merged: Mapping[str, Sequence[EntryDraft]], person_id: int | None, now: datetime
) -> bool:
    """Insert postings with their entries and change the balances; `merged` are the entries by key, each account once.

    False, and nothing is changed, where an account is missing or would become negative that must not. A key that was used before
    violates its unique constraint.
    """
    entries = [(key, entry) for key, of_key in merged.items() for entry in of_key]
    parameters = {
        "kinds": [draft.kind.value for draft in drafts],
        "keys": [draft.key for draft in drafts],
        "causes": [draft.cause for draft in drafts],
        "notes": [draft.note for draft in drafts],
        "entry_keys": [key for key, _ in entries],
        "account_kinds": [entry.account.kind.value for _, entry in entries],
        "owners": [entry.account.owner_id for _, entry in entries],
        "amounts": [entry.amount_fen for _, entry in entries],
        "never_negative": [kind.value for kind in NEVER_NEGATIVE],
        "person_id": person_id,
        "now": now,
    }
    return bool(sql.value(_POST_NEW, parameters))


_CLOSE_DAY = """
INSERT INTO ledger_closedday (day, ends_at, closed_at, postings, complete_through_id, last_entry_id)
SELECT %(day)s, %(ends_at)s, %(now)s, 0, 0, 0
WHERE NOT EXISTS (SELECT FROM ledger_closedday WHERE day >= %(day)s)
"""

# The day before is closed too, so its rows hold the opening balances. Entries of later days are looked for on the next one only: a
# posting that was written before the last entry of this day is not stamped a day later.
_SUM_DAY = """
WITH moved AS (
    SELECT e.account_id, coalesce(sum(e.amount_fen) FILTER (WHERE e.amount_fen > 0), 0)::bigint AS in_fen,
           coalesce(-sum(e.amount_fen) FILTER (WHERE e.amount_fen < 0), 0)::bigint AS out_fen, count(*)::int AS entries,
           max(e.id) AS last_entry_id
    FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id
    WHERE p.at >= %(starts_at)s AND p.at < %(ends_at)s GROUP BY 1
), days AS (
    INSERT INTO ledger_accountday (account_id, day, in_fen, out_fen, closing_fen, entries)
    SELECT m.account_id, %(day)s, m.in_fen, m.out_fen, coalesce(b.closing_fen, 0) + m.in_fen - m.out_fen, m.entries
    FROM moved m LEFT JOIN LATERAL (
        SELECT d.closing_fen FROM ledger_accountday d WHERE d.account_id = m.account_id AND d.day < %(day)s ORDER BY d.day DESC LIMIT 1
    ) b ON true
), of_kinds AS (
    SELECT a.kind, sum(m.in_fen)::bigint AS in_fen, sum(m.out_fen)::bigint AS out_fen, sum(m.entries)::int AS entries
    FROM moved m JOIN ledger_account a ON a.id = m.account_id GROUP BY 1
), kinds AS (
    INSERT INTO ledger_kindday (kind, day, opening_fen, in_fen, out_fen, closing_fen, entries)
    SELECT kind, %(day)s, coalesce(b.closing_fen, 0), coalesce(k.in_fen, 0), coalesce(k.out_fen, 0),
           coalesce(b.closing_fen, 0) + coalesce(k.in_fen, 0) - coalesce(k.out_fen, 0), coalesce(k.entries, 0)
    FROM of_kinds k FULL JOIN (SELECT kind, closing_fen FROM ledger_kindday WHERE day = %(day)s::date - 1) b USING (kind)
), last_entry AS (
    SELECT greatest((SELECT max(last_entry_id) FROM moved),
                    (SELECT max(c.last_entry_id) FROM ledger_closedday c WHERE c.day < %(day)s)) AS id
)
UPDATE ledger_closedday c
SET summed_at = %(now)s, last_entry_id = coalesce(l.id, 0),
    postings = (SELECT count(*) FROM ledger_posting p WHERE p.at >= %(starts_at)s AND p.at < %(ends_at)s),
    complete_through_id = least(coalesce(l.id, 0), coalesce((
        SELECT min(e.id) - 1 FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id
        WHERE p.at >= %(ends_at)s AND p.at < %(ends_at)s + interval '1 day' AND e.id < l.id), l.id, 0))
FROM last_entry l WHERE c.day = %(day)s AND c.summed_at IS NULL
"""


def wait_for_postings() -> None:
    """Wait until no transaction that posted is open, and let none post before this one ends; for at most two seconds."""
    sql.execute("SET LOCAL lock_timeout = '2s'", {})
    sql.rows("SELECT pg_advisory_xact_lock(20261201, 1)", {})


def close_day(*, day: date, ends_at: datetime, now: datetime) -> bool:
    """Mark a day closed; False where it or a later one is closed already."""
    return sql.execute(_CLOSE_DAY, {"day": day, "ends_at": ends_at, "now": now}) == 1


def sum_day(*, day: date, period: Period, now: datetime) -> None:
    """Add up a closed day by account and by kind; nothing where it is added up already. The caller has locked its row."""
    parameters = {"day": day, "starts_at": period.starts_at, "ends_at": period.ends_at, "now": now}
    sql.execute(_SUM_DAY, parameters)


def first_posting_at() -> datetime | None:
    """The instant of the earliest posting; None where there is none."""
    found: datetime | None = sql.value("SELECT min(at) FROM ledger_posting", {})
    return found
