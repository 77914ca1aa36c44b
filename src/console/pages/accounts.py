"""Accounts of the ledger: what each kind holds, the statement of one between two days, and why each figure stands there (LEDGER-3)."""

from functools import partial

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from console.causes import address_of_cause
from console.pages.base_views import BOTH, cursor_of, render_page
from console.selectors import list_named_accounts, owner_names
from kernel import clock
from ledger.rules import HELD, AccountKind
from ledger.selectors.accounts import get_account
from ledger.selectors.aged import BUCKETS, get_aged_balance
from ledger.selectors.days import balances_by_kind
from ledger.selectors.statements import (
    ChosenDays,
    StatementEntry,
    choose_days,
    get_account_statement,
    list_statement_entries,
)
from ledger.workbook import StatementRow, write_account_workbook
from treasury.selectors.closes import list_transit
from web.exports import every_view
from web.file_responses import workbook_answer
from web.ledger_words import ACCOUNT_KINDS, POSTINGS, cause_words
from web.query_parameters import accepts_parameters, cursor, day, one_of, parse_day, text

_AGED = tuple(kind for kind in HELD if kind is not AccountKind.CLEARING)


@role_required(*BOTH)
@require_safe
@accepts_parameters(kind=one_of(AccountKind), cursor=cursor)
def ledger_accounts(request: ActorRequest) -> HttpResponse:
    """What all accounts of each kind hold, and the accounts of one kind, the largest first."""
    kind = AccountKind(request.GET.get("kind") or AccountKind.WALLET.value)
    return render_page(
        request,
        "ledger_accounts.html",
        balances=balances_by_kind(),
        kind=kind,
        page=list_named_accounts(kind, cursor=cursor_of(request), limit=50),
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(first=day, last=day, cursor=cursor)
def account_statement(request: ActorRequest, ledger_account_id: int) -> HttpResponse:
    """The statement of one account between two days of Shanghai, both included."""
    account = get_account(ledger_account_id)
    days = _days(request)
    return render_page(
        request,
        "account_statement.html",
        account=account,
        account_id=ledger_account_id,
        owner=owner_names(account.kind, [account.owner_id]).get(account.owner_id, ""),
        fault=days.refused and days.refused.sentence(request.LANGUAGE_CODE),
        statement=get_account_statement(account, first=days.first, last=days.last),
        page=list_statement_entries(account, first=days.first, last=days.last, cursor=cursor_of(request), limit=50),
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(first=day, last=day)
def account_statement_workbook(request: ActorRequest, ledger_account_id: int) -> FileResponse:
    """The statement as a workbook, the first entry first, with the sums and the balances as formulas."""
    account = get_account(ledger_account_id)
    days = _days(request)
    if days.refused is not None:
        raise days.refused
    statement = get_account_statement(account, first=days.first, last=days.last)
    owner = owner_names(account.kind, [account.owner_id]).get(account.owner_id, "")
    entries = every_view(partial(list_statement_entries, account, first=days.first, last=days.last))
    book = write_account_workbook(statement, f"{ACCOUNT_KINDS[account.kind]} {owner}".strip(), map(_row, entries))
    return workbook_answer(book, f"account-{ledger_account_id}-{days.first}-{days.last}.xlsx")


def _row(entry: StatementEntry) -> StatementRow:
    kind = str(POSTINGS.get(entry.kind, entry.kind))
    return StatementRow(entry.at, kind, cause_words(entry.cause), entry.note, entry.amount_fen, entry.balance_fen)


@role_required(*BOTH)
@require_safe
@accepts_parameters(of=text(80))
def cause(request: ActorRequest) -> HttpResponse:
    """To the page of the row that caused a booking: `?of=order:12`."""
    address = address_of_cause(request.GET.get("of", ""))
    if address is None:
        raise Http404
    return redirect(address)


@role_required(*BOTH)
@require_safe
@accepts_parameters()
def transit(request: ActorRequest) -> HttpResponse:
    """Money on its way by its age: what providers hold, refunds to the source, withdrawals and deposits that go back."""
    at, balances = clock.now(), balances_by_kind()
    aged = [get_aged_balance(kind, held_fen=balances[kind], at=at) for kind in _AGED]
    return render_page(
        request,
        "transit.html",
        aged=aged,
        buckets=BUCKETS,
        rows=list_transit(at=at),
        at=at,
    )


def _days(request: ActorRequest) -> ChosenDays:
    return choose_days(parse_day(request.GET.get("first")), parse_day(request.GET.get("last")), now=clock.now())
