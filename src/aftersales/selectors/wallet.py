"""The entries of a wallet or of an account of a brand, each with the order, case and goods that it is about, and the balance after it."""

from dataclasses import dataclass
from datetime import date, datetime

from aftersales.sql import EntryCause, find_entry_causes, find_wallet_causes
from db.rows import view_of
from ledger.rules import BRAND_ACCOUNTS, AccountKind, AccountRef, PostingKind
from ledger.selectors.accounts import EntryView, list_entries
from ledger.selectors.statements import StatementEntry, list_statement_entries
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

    @property
    def payment_id(self) -> int | None:
        """The payment through a provider that brought the money."""
        kind, _colon, number = self.cause.partition(":")
        return int(number) if kind == "provider_payment" and number.isascii() and number.isdigit() else None


@dataclass(frozen=True, slots=True)
class BrandEntryView:
    """An entry of an account of a brand. `balance_fen` is what the account held after it.

    `order_id`, `case_id` and the goods are those that it is about, of an order only the brand's own; None and "" where it is about none.
    Of several goods the first is named, and `more_goods` counts the others.
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
    style_no: str
    more_goods: int


def list_own_wallet_entries(
    reseller_id: int, *, kind: PostingKind | None = None, cursor: str = "", limit: int = 50
) -> Page[WalletEntryView]:
    """The entries of a wallet, the newest first; two statements for any number of them."""
    page = list_entries(AccountRef(AccountKind.WALLET, reseller_id), kind=kind, cursor=cursor, limit=limit)
    causes = {row.entry_id: row for row in find_wallet_causes([entry.id for entry in page.items])}
    return Page(
        [_view(entry, causes[entry.id], causes[entry.id].balance_fen) for entry in page.items], page.next_cursor
    )


def list_own_statement_entries(
    reseller_id: int, *, first: date, last: date, cursor: str = "", limit: int = 50
) -> Page[WalletEntryView]:
    """The entries of a wallet between two days, the last first (LEDGER-3)."""
    account = AccountRef(AccountKind.WALLET, reseller_id)
    page = list_statement_entries(account, first=first, last=last, cursor=cursor, limit=limit)
    causes = {row.entry_id: row for row in find_entry_causes([entry.id for entry in page.items])}
    return Page([_view(entry, causes[entry.id], entry.balance_fen) for entry in page.items], page.next_cursor)


def list_brand_statement_entries(
    account: AccountRef, *, first: date, last: date, cursor: str = "", limit: int = 50
) -> Page[BrandEntryView]:
    """The entries of an account of a brand between two days, the last first (LEDGER-3)."""
    if account.kind not in BRAND_ACCOUNTS:
        raise ValueError(f"{account.kind} is no account of a brand")
    page = list_statement_entries(account, first=first, last=last, cursor=cursor, limit=limit)
    found = find_entry_causes([entry.id for entry in page.items], brand_id=account.owner_id)
    causes = {row.entry_id: row for row in found}
    return Page([_brand_view(entry, causes[entry.id]) for entry in page.items], page.next_cursor)


def _brand_view(entry: StatementEntry, cause: EntryCause) -> BrandEntryView:
    return view_of(
        BrandEntryView,
        entry,
        order_id=cause.order_id,
        case_id=cause.case_id,
        goods=cause.goods,
        style_no=cause.style_no,
        more_goods=cause.more_goods,
    )


def _view(entry: EntryView | StatementEntry, cause: EntryCause, balance_fen: int) -> WalletEntryView:
    return view_of(
        WalletEntryView,
        entry,
        balance_fen=balance_fen,
        order_id=cause.order_id,
        case_id=cause.case_id,
        goods=cause.goods,
        picture=cause.picture,
        style_no=cause.style_no,
        more_goods=cause.more_goods,
    )
