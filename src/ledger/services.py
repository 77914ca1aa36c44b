"""The one way in which money moves."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import OperationalError, transaction

from accounts.rules import Actor
from db.sql import lift_statement_limit
from kernel.period import day_period, shanghai_date
from kernel.refusal import Busy
from ledger import sql
from ledger.models import ClosedDay, LedgerAccount, Posting
from ledger.rules import (
    NEVER_NEGATIVE,
    AccountRef,
    EntryDraft,
    InsufficientBalance,
    PostingDraft,
    PostingKeyConflict,
    PostingKind,
    last_closable_day,
    merge_entries,
)

LOCK_NOT_AVAILABLE = "55P03"


class LedgerBusy(Busy):
    code = "ledger.busy"
    zh = "有入账还没有结束，这一天稍后再关账"
    en = "Postings are still being made; the day is closed later"


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
    """Move money by one balanced posting: `post_all` with one. Returns False where the same posting was made with `key` before."""
    return post_all(drafts=[PostingDraft(kind, key, cause, entries, note)], actor=actor, now=now) == 1


@transaction.atomic
def post_all(*, drafts: Sequence[PostingDraft], actor: Actor, now: datetime) -> int:
    """Move money by balanced postings, all or none, with a number of statements that does not grow with theirs.

    Returns how many were posted: a posting that was made with its key before, or that moves nothing, is not posted again. The amounts of
    a posting, in fen, must add up to zero (ValueError otherwise). Refuses to make an account of `NEVER_NEGATIVE` negative, and a key that
    was used for other accounts or amounts.
    """
    merged = {draft.key: merge_entries(draft.entries) for draft in drafts}
    if len(merged) != len(drafts):
        raise ValueError("two postings have the same key")
    moving = [draft for draft in drafts if merged[draft.key]]
    if not moving:
        return 0
    posting_ids = sql.insert_postings(drafts=moving, person_id=actor.person_id, now=now)
    for draft in moving:
        if draft.key not in posting_ids:
            _require_same_entries(draft.key, merged[draft.key])
    entries = [(posting_id, entry) for key, posting_id in posting_ids.items() for entry in merged[key]]
    if entries:
        _require_funds([entry for _, entry in entries])
        sql.insert_entries(entries)
    return len(posting_ids)


def post_new(*, drafts: Sequence[PostingDraft], actor: Actor, now: datetime) -> None:
    """Make postings whose keys nobody has used, in one statement where the accounts exist, else by `post_all`.

    For hot paths: belongs into the transaction that locked the rows of which the keys are made, and rolls back where this raises.
    """
    merged = {draft.key: merge_entries(draft.entries) for draft in drafts}
    if len(merged) != len(drafts) or not all(merged.values()):
        raise ValueError("two postings have the same key, or one moves nothing")
    if not sql.post_new(drafts=drafts, merged=merged, person_id=actor.person_id, now=now):
        post_all(drafts=drafts, actor=actor, now=now)


def lock_accounts(accounts: Sequence[AccountRef]) -> None:
    """Lock accounts until the transaction ends. For who locks goods and money in turn: money comes first, as in a payment or refund."""
    sql.lock_balances(sorted(set(accounts)))


def _require_funds(entries: Sequence[EntryDraft]) -> None:
    """Lock the accounts, create those that are missing, and refuse a sum that one of them does not have."""
    sums: dict[AccountRef, int] = {}
    for entry in entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.amount_fen
    balances = sql.lock_balances(sorted(sums))
    _create_missing_accounts([account for account in sorted(sums) if account not in balances])
    for account, amount_fen in sorted(sums.items()):
        balance_fen = balances.get(account, 0)
        if account.kind in NEVER_NEGATIVE and balance_fen + amount_fen < 0:
            raise InsufficientBalance(account=account.kind.value, balance_fen=balance_fen, needed_fen=-amount_fen)


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


def close_due_days(*, now: datetime, at_most: int = 400) -> list[date]:
    """Close and add up the days that are over, in their order, from that of the first posting on (LEDGER-1, LEDGER-2). Idempotent.

    A run that was killed continues where it stopped. Refuses with `LedgerBusy` where postings do not come to an end within two seconds.
    Returns the days that were added up; at most so many in one run.
    """
    added = []
    for _ in range(at_most):
        day = _next_day(now)
        if day is None:
            break
        _close_day(day, now)
        _sum_day(day, now)
        added.append(day)
    return added


def _next_day(now: datetime) -> date | None:
    """The day that is to be closed or added up next; None where none is due."""
    waiting = ClosedDay.objects.filter(summed_at=None).order_by("day").values_list("day", flat=True).first()
    if waiting is not None:
        return waiting
    last = ClosedDay.objects.order_by("-day").values_list("day", flat=True).first()
    first_at = sql.first_posting_at() if last is None else None
    if last is None and first_at is None:
        return None
    day = last + timedelta(days=1) if last else shanghai_date(first_at or now)
    return day if day <= last_closable_day(now) else None


def _close_day(day: date, now: datetime) -> None:
    """Closing takes the lock of all postings, so it is a transaction of its own and adds nothing up."""
    if ClosedDay.objects.filter(day=day).exists():
        return
    try:
        with transaction.atomic():
            sql.wait_for_postings()
            sql.close_day(day=day, ends_at=day_period(day).ends_at, now=now)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        raise LedgerBusy from error


@transaction.atomic
def _sum_day(day: date, now: datetime) -> None:
    ClosedDay.objects.select_for_update().get(day=day)
    lift_statement_limit()
    sql.sum_day(day=day, period=day_period(day), now=now)
