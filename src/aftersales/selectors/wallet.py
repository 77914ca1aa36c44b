"""The entries of a reseller's wallet, each with the order, the case and the goods that it is about, and the balance after it."""

from dataclasses import dataclass
from datetime import datetime

from aftersales.sql import WalletCause, find_wallet_causes
from db.rows import view_of
from ledger.rules import AccountKind, AccountRef, PostingKind
from ledger.selectors.accounts import EntryView, list_entries
from web.pagination import Page

WALLET_KINDS = (
    PostingKind.TOP_UP,
    PostingKind.PROVIDER_PAYMENT,
    PostingKind.PAYMENT,
    PostingKind.REFUND,
    PostingKind.REFUND_TO_SOURCE,
    PostingKind.REFUND_CAME_BACK,
    PostingKind.WITHDRAWAL,
    PostingKind.WITHDRAWAL_BACK,
    PostingKind.BANK_RETURN,
    PostingKind.ADJUSTMENT,
    PostingKind.DEPOSIT_DEDUCTION,
    PostingKind.REVERSAL,
)
"""The kinds of entries that a wallet may have."""


@dataclass(frozen=True, slots=True)
class WalletEntryView:
    """An entry of a wallet. `balance_fen` is what the wallet held after it.

    `order_id`, `case_id` and the goods are those that it is about; None and "" where it is about none. Of several goods the first is
    named, and `more_goods` counts the others.
    """

    id: int
    at: datetime
    kind: str
    cause: str
    note: str
    amount_fen: int
    balance_fen: int
    order_id: int | None
    case_id: int | None
    goods: str
    picture: str
    style_no: str
    more_goods: int


def list_own_wallet_entries(
    reseller_id: int, *, kind: PostingKind | None = None, cursor: str = "", limit: int = 50
) -> Page[WalletEntryView]:
    """The entries of a wallet, the newest first; two statements for any number of them."""
    page = list_entries(AccountRef(AccountKind.WALLET, reseller_id), kind=kind, cursor=cursor, limit=limit)
    causes = {row.entry_id: row for row in find_wallet_causes([entry.id for entry in page.items])}
    return Page([_view(entry, causes[entry.id]) for entry in page.items], page.next_cursor)


def _view(entry: EntryView, cause: WalletCause) -> WalletEntryView:
    return view_of(
        WalletEntryView,
        entry,
        balance_fen=cause.balance_fen,
        order_id=cause.order_id,
        case_id=cause.case_id,
        goods=cause.goods,
        picture=cause.picture,
        style_no=cause.style_no,
        more_goods=cause.more_goods,
    )
