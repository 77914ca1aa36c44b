"""The SQL of the ledger. Each function runs one statement; together they are the write of postings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingDraft

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
