"""Reads of ledger accounts and their entries."""

from dataclasses import dataclass
from datetime import datetime

from kernel.refusal import Missing
from ledger.models import Entry, LedgerAccount
from ledger.rules import AccountKind, AccountRef, PostingKind
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as the owner of the account sees it: a positive amount came in, a negative one went out."""

    id: int
    at: datetime
    kind: str
    cause: str
    note: str
    amount_fen: int


class NoSuchAccount(Missing):
    code = "ledger.no_such_account"
    zh = "没有这个账户（{account_id}）"
    en = "There is no account {account_id}"
    account_id: int


def get_account(account_id: int) -> AccountRef:
    """The kind and owner of an account by its id."""
    row = LedgerAccount.objects.filter(pk=account_id).first()
    if row is None:
        raise NoSuchAccount(account_id=account_id)
    return AccountRef(AccountKind(row.kind), row.owner_id)


def get_balance_fen(account: AccountRef) -> int:
    row = LedgerAccount.objects.filter(kind=account.kind.value, owner_id=account.owner_id).first()
    return row.balance_fen if row else 0


def list_entries(
    account: AccountRef, *, kind: PostingKind | None = None, cursor: str = "", limit: int = 50
) -> Page[EntryView]:
    """The entries of an account, the newest first; only those of a kind where it is given."""
    rows = Entry.objects.filter(account__kind=account.kind.value, account__owner_id=account.owner_id)
    if kind is not None:
        rows = rows.filter(posting__kind=kind.value)
    return paginate(
        rows.select_related("posting"),
        name=f"ledger.entries:{account.kind.value}:{account.owner_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=_view,
    )


def _view(entry: Entry) -> EntryView:
    posting = entry.posting
    return EntryView(entry.pk, posting.at, posting.kind, posting.cause, posting.note, entry.amount_fen)
