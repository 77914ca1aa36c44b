"""The SQL of the ledger. Each function runs one statement; together they are the write of one posting."""

from collections.abc import Sequence
from datetime import datetime

from db import sql
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingKind

_INSERT_POSTING = """
INSERT INTO ledger_posting (at, kind, key, cause, note, person_id)
VALUES (%(now)s, %(kind)s, %(key)s, %(cause)s, %(note)s, %(person_id)s)
ON CONFLICT (key) DO NOTHING
RETURNING id
"""

_LOCK_BALANCES = """
SELECT a.kind, a.owner_id, a.balance_fen FROM ledger_account a
JOIN unnest(%(kinds)s::text[], %(owners)s::bigint[]) AS named(kind, owner_id) USING (kind, owner_id)
ORDER BY a.kind, a.owner_id FOR UPDATE OF a
"""

_INSERT_ENTRIES = """
WITH draft AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(owners)s::bigint[], %(amounts)s::bigint[]) AS d(kind, owner_id, amount_fen)
), changed AS (
    UPDATE ledger_account a SET balance_fen = a.balance_fen + d.amount_fen
    FROM draft d WHERE a.kind = d.kind AND a.owner_id = d.owner_id
    RETURNING a.id, d.amount_fen
)
INSERT INTO ledger_entry (posting_id, account_id, amount_fen) SELECT %(posting_id)s, id, amount_fen FROM changed
"""


def insert_posting(
    *, kind: PostingKind, key: str, cause: str, note: str, person_id: int | None, now: datetime
) -> int | None:
    """Insert a posting without entries; returns its id, or None where the key was used before."""
    parameters = {"kind": kind.value, "key": key, "cause": cause, "note": note, "person_id": person_id, "now": now}
    inserted = sql.column(_INSERT_POSTING, parameters)
    return inserted[0] if inserted else None


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


def insert_entries(*, posting_id: int, entries: Sequence[EntryDraft]) -> None:
    """Insert the entries of a posting and change the balances of their accounts, which must exist and be locked."""
    sql.execute(
        _INSERT_ENTRIES,
        {
            "posting_id": posting_id,
            "kinds": [entry.account.kind.value for entry in entries],
            "owners": [entry.account.owner_id for entry in entries],
            "amounts": [entry.amount_fen for entry in entries],
        },
    )
