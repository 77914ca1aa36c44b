"""Reads of accounts and entries."""

from dataclasses import dataclass
from datetime import datetime

from kernel.books import Breach
from ledger.models import Account, Entry
from ledger.rules import NEVER_NEGATIVE, AccountRef
from wire import sql
from wire.pages import Page, cut


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as its owner reads it: positive came in, negative went out."""

    id: int
    at: datetime
    kind: str
    cause: str
    note: str
    amount_fen: int


def balance_fen(account: AccountRef) -> int:
    found = Account.objects.filter(kind=account.kind.value, owner_id=account.owner_id).first()
    return found.balance_fen if found else 0


def entries(account: AccountRef, *, after: str = "", size: int = 50) -> Page[EntryView]:
    """The newest entries of an account first."""
    rows = Entry.objects.filter(account__kind=account.kind.value, account__owner_id=account.owner_id)
    return cut(rows.select_related("posting"), order=("-id",), after=after, size=size, view=_view)


def _view(entry: Entry) -> EntryView:
    posting = entry.posting
    return EntryView(entry.pk, posting.at, posting.kind, posting.cause, posting.note, entry.amount_fen)


def breaches() -> list[Breach]:
    """Where money does not add up (BOOKS-3): unbalanced postings, balances that are not their entries, negative accounts."""
    unbalanced = sql.rows(
        "SELECT posting_id AS id, sum(amount_fen) AS off FROM ledger_entry GROUP BY 1 HAVING sum(amount_fen) <> 0", {}
    )
    drifted = sql.rows(
        """
        SELECT a.id, a.balance_fen, coalesce(sum(e.amount_fen), 0) AS entries_fen
        FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
        GROUP BY a.id HAVING a.balance_fen <> coalesce(sum(e.amount_fen), 0)
        """,
        {},
    )
    negative = sql.rows(
        "SELECT id, kind, balance_fen FROM ledger_account WHERE balance_fen < 0 AND kind = ANY(%(kinds)s)",
        {"kinds": [kind.value for kind in NEVER_NEGATIVE]},
    )
    empty = sql.rows(
        "SELECT p.id FROM ledger_posting p WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.posting_id = p.id)", {}
    )
    return [
        *(Breach(3, "ledger_posting", row["id"], f"entries are off balance by {row['off']} fen") for row in unbalanced),
        *(
            Breach(
                3, "ledger_account", row["id"], f"balance is {row['balance_fen']} fen, its entries {row['entries_fen']}"
            )
            for row in drifted
        ),
        *(
            Breach(3, "ledger_account", row["id"], f"{row['kind']} is negative: {row['balance_fen']} fen")
            for row in negative
        ),
        *(Breach(3, "ledger_posting", row["id"], "posting without entries") for row in empty),
    ]
