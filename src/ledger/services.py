"""The one way in which money moves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from ledger import sql
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
    """Move money by one balanced posting. Returns False, and moves nothing, where the same posting was made with `key` before.

    The amounts of `entries`, in fen, must add up to zero (ValueError otherwise). Refuses to make an account of `NEVER_NEGATIVE`
    negative, and a key that was used for other accounts or amounts.
    """
    merged = merge_entries(entries)
    if not merged:
        return False
    posting_id = sql.insert_posting(kind=kind, key=key, cause=cause, note=note, person_id=actor.person_id, now=now)
    if posting_id is None:
        _require_same_entries(key, merged)
        return False
    balances = sql.lock_balances([entry.account for entry in merged])
    _create_missing_accounts([entry.account for entry in merged if entry.account not in balances])
    for entry in merged:
        balance_fen = balances.get(entry.account, 0)
        if entry.account.kind in NEVER_NEGATIVE and balance_fen + entry.amount_fen < 0:
            raise InsufficientBalance(
                account=entry.account.kind.value, balance_fen=balance_fen, needed_fen=-entry.amount_fen
            )
    sql.insert_entries(posting_id=posting_id, entries=merged)
    return True


def _require_same_entries(key: str, merged: Sequence[EntryDraft]) -> None:
    posting = Posting.objects.get(key=key)
    posted = posting.entries.values_list("account__kind", "account__owner_id", "amount_fen")
    requested = ((entry.account.kind.value, entry.account.owner_id, entry.amount_fen) for entry in merged)
    if sorted(posted) != sorted(requested):
        amount_fen = sum(amount_fen for *_, amount_fen in posted if amount_fen > 0)
        raise PostingKeyConflict(cause=posting.cause, amount_fen=amount_fen)


def _create_missing_accounts(accounts: Sequence[AccountRef]) -> None:
    """Create accounts with a balance of zero. A concurrent transaction may have created them; `insert_entries` waits for its lock."""
    rows = [LedgerAccount(kind=account.kind.value, owner_id=account.owner_id) for account in accounts]
    LedgerAccount.objects.bulk_create(rows, ignore_conflicts=True)
