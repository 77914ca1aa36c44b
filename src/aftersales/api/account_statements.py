"""The statement of one's own wallet, or of an account of one's own brand, for programs (LEDGER-3)."""

from collections.abc import Mapping
from functools import partial
from typing import Literal

from django.http import FileResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from ninja import Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors.wallet import (
    BrandEntryView,
    WalletEntryView,
    list_brand_statement_entries,
    list_own_statement_entries,
)
from brands.selectors.brands import require_own_brand
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.statements import AccountStatement, get_account_statement
from ledger.workbook import StatementRow, write_account_workbook
from membership.selectors.people import require_reseller
from web.exports import every_view
from web.file_responses import XLSX, sends, workbook_answer
from web.ledger_words import ACCOUNT_KINDS, BRAND_POSTINGS, WALLET_POSTINGS, cause_words
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day

router = ViewRouter(tags=["ledger"])
reseller = RoleAuth(Role.RESELLER)
clerk = RoleAuth(Role.BRAND)

BrandAccount = Literal["deposit", "brand_payable", "brand_settled", "brand_debt", "deposit_in_transit"]
"""The kinds of `ledger.rules.BRAND_ACCOUNTS`."""


@router.get("/wallet/statement", auth=reseller)
def get_wallet_statement(request: ActorRequest, first: Day, last: Day) -> AccountStatement:
    """Opening balance, in, out and closing balance of the reseller's wallet between two days of Shanghai, both included.

    Refused: `ledger.invalid_days` where they are in the wrong order or more than 366.
    """
    return get_account_statement(_wallet(request), first=first, last=last)


@router.get("/wallet/statement/entries", auth=reseller)
def list_wallet_statement_entries(
    request: ActorRequest, first: Day, last: Day, page: Query[PageQuery]
) -> Page[WalletEntryView]:
    """The entries of a statement, the last first, each with order, case, goods and the balance after it."""
    owner_id = _wallet(request).owner_id
    return list_own_statement_entries(owner_id, first=first, last=last, cursor=page.cursor, limit=page.limit)


@router.get("/wallet/statement/workbook", auth=reseller, openapi_extra=sends(XLSX))
def download_wallet_statement(request: ActorRequest, first: Day, last: Day) -> FileResponse:
    """The statement as .xlsx, the first entry first, with sums and balances as formulas."""
    me = require_reseller(request.auth)
    statement = get_account_statement(_wallet(request), first=first, last=last)
    entries = every_view(partial(list_own_statement_entries, me.id, first=first, last=last))
    rows = (_row(each, WALLET_POSTINGS) for each in entries)
    book = write_account_workbook(statement, f"{ACCOUNT_KINDS[statement.kind]} {me.name}", rows)
    return workbook_answer(book, f"wallet-{first}-{last}.xlsx")


@router.get("/brands/mine/accounts/{kind}/statement", auth=clerk)
def get_brand_statement(request: ActorRequest, kind: BrandAccount, first: Day, last: Day) -> AccountStatement:
    """Opening balance, in, out and closing balance of an account of the brand between two days of Shanghai, both included.

    Refused: `ledger.invalid_days` where they are in the wrong order or more than 366.
    """
    return get_account_statement(_account(request, kind), first=first, last=last)


@router.get("/brands/mine/accounts/{kind}/entries", auth=clerk)
def list_brand_entries(
    request: ActorRequest, kind: BrandAccount, first: Day, last: Day, page: Query[PageQuery]
) -> Page[BrandEntryView]:
    """The entries of a statement, the last first, each with what caused it, its goods and the balance after it."""
    account = _account(request, kind)
    return list_brand_statement_entries(account, first=first, last=last, cursor=page.cursor, limit=page.limit)


@router.get("/brands/mine/accounts/{kind}/workbook", auth=clerk, openapi_extra=sends(XLSX))
def download_brand_statement(request: ActorRequest, kind: BrandAccount, first: Day, last: Day) -> FileResponse:
    """The statement as .xlsx, the first entry first, with sums and balances as formulas."""
    account, brand = _account(request, kind), require_own_brand(request.auth)
    statement = get_account_statement(account, first=first, last=last)
    entries = every_view(partial(list_brand_statement_entries, account, first=first, last=last))
    rows = (_row(each, BRAND_POSTINGS) for each in entries)
    book = write_account_workbook(statement, f"{ACCOUNT_KINDS[statement.kind]} {brand.name}", rows)
    return workbook_answer(book, f"account-{kind}-{first}-{last}.xlsx")


def _wallet(request: ActorRequest) -> AccountRef:
    return AccountRef(AccountKind.WALLET, require_reseller(request.auth).id)


def _account(request: ActorRequest, kind: BrandAccount) -> AccountRef:
    return AccountRef(AccountKind(kind), require_own_brand(request.auth).id)


def _row(entry: WalletEntryView | BrandEntryView, words: Mapping[str, Promise]) -> StatementRow:
    kind = str(words.get(entry.kind, entry.kind))
    return StatementRow(entry.at, kind, _about(entry), entry.note, entry.amount_fen, entry.balance_fen)


def _about(entry: WalletEntryView | BrandEntryView) -> str:
    """Order, case and goods in words; else the row that the booking names."""
    parts = [_("订单 %(id)s") % {"id": entry.order_id}] if entry.order_id else []
    parts += [_("售后 %(id)s") % {"id": entry.case_id}] if entry.case_id else []
    parts += [entry.goods] if entry.goods else []
    parts += [_("等，另有 %(n)s 种") % {"n": entry.more_goods}] if entry.more_goods else []
    return " · ".join(parts) or cause_words(entry.cause)
