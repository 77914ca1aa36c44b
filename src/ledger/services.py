"""The one way in which money moves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor
from db import sql
from ledger.models import LedgerAccount, Posting
from ledger.rules import (
    NEVER_NEGATIVE,
    AccountRef,
    EntryDraft,
    InsufficientBalance,
    PostingKeyConflict,
    PostingKind,
    merge_entries,
)

_POST = """
WITH lines AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(owners)s::bigint[], %(amounts)s::bigint[]) AS l(kind, owner_id, amount_fen)
), moved AS (
    UPDATE ledger_account a SET balance_fen = a.balance_fen + l.amount_fen
    FROM lines l WHERE a.kind = l.kind AND a.owner_id = l.owner_id
    RETURNING a.id, l.amount_fen
)
INSERT INTO ledger_entry (posting_id, account_id, amount_fen) SELECT %(posting_id)s, id, amount_fen FROM moved
"""

_LOCK = """
SELECT a.kind, a.owner_id, a.balance_fen FROM ledger_account a
JOIN unnest(%(kinds)s::text[], %(owners)s::bigint[]) AS l(kind, owner_id) USING (kind, owner_id)
ORDER BY a.kind, a.owner_id FOR UPDATE OF a
"""


@transaction.atomic
def post(
    *,
    kind: PostingKind,
    key: str,
    cause: str,
    entries: Sequence[EntryDraft],
    actor: Actor,
    now: datetime,
    note: str = "",
) -> bool:
    """Move money by one balanced posting; gives False, and moves nothing, where `key` was posted before.

    `entries` in fen must add up to zero (ValueError else). Refuses to make an account negative that must not be, and a key that was
    used for other accounts or amounts.
    """
    joined = merge_entries(entries)
    if not joined:
        return False
    posting = _insert_posting(kind, key, cause, actor, now, note)
    if posting is None:
        _require_same_entries(key, joined)
        return False
    parameters = {
        "kinds": [line.account.kind.value for line in joined],
        "owners": [line.account.owner_id for line in joined],
        "amounts": [line.amount_fen for line in joined],
        "posting_id": posting.pk,
    }
    held = {(row["kind"], row["owner_id"]): row["balance_fen"] for row in sql.rows(_LOCK, parameters)}
    _create_missing_accounts([line.account for line in joined if _account_key(line.account) not in held])
    for line in joined:
        balance = held.get(_account_key(line.account), 0)
        if line.account.kind in NEVER_NEGATIVE and balance + line.amount_fen < 0:
            raise InsufficientBalance(account=line.account.kind.value, balance_fen=balance, needed_fen=-line.amount_fen)
    sql.execute(_POST, parameters)
    return True


def _insert_posting(kind: PostingKind, key: str, cause: str, actor: Actor, now: datetime, note: str) -> Posting | None:
    try:
        with transaction.atomic():
            return Posting.objects.create(
                at=now, kind=kind.value, key=key, cause=cause, note=note, person_id=actor.person_id
            )
    except IntegrityError:
        return None


def _require_same_entries(key: str, joined: list[EntryDraft]) -> None:
    posting = Posting.objects.get(key=key)
    entries = posting.entries.values_list("account__kind", "account__owner_id", "amount_fen")
    if sorted(entries) != sorted((*_account_key(line.account), line.amount_fen) for line in joined):
        amount_fen = sum(amount for *_, amount in entries if amount > 0)
        raise PostingKeyConflict(cause=posting.cause, amount_fen=amount_fen)


def _create_missing_accounts(accounts: list[AccountRef]) -> None:
    rows = [LedgerAccount(kind=account.kind.value, owner_id=account.owner_id) for account in accounts]
    LedgerAccount.objects.bulk_create(rows, ignore_conflicts=True)


def _account_key(account: AccountRef) -> tuple[str, int]:
    return account.kind.value, account.owner_id
