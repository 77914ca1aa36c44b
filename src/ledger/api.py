"""Accounts and closed days of the ledger, for programs of finance and ops (LEDGER-2, LEDGER-3)."""

from ninja import Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.days import ClosedDayView, KindDayView, list_closed_days, list_kind_days
from ledger.selectors.statements import (
    AccountBalance,
    AccountStatement,
    StatementEntry,
    get_account_balance,
    get_account_statement,
    list_statement_entries,
)
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Instant

router = ViewRouter(tags=["ledger"])
both = RoleAuth(Role.OPS, Role.FINANCE)


@router.get("/ops/accounts/{kind}/{int:owner_id}", auth=both)
def get_balance(request: ActorRequest, kind: AccountKind, owner_id: int, at: Instant) -> AccountBalance:
    """What an account held at an instant: the sum of its entries that are stamped earlier. `owner_id`: 0 for the platform's."""
    return get_account_balance(AccountRef(kind, owner_id), at=at)


@router.get("/ops/accounts/{kind}/{int:owner_id}/statement", auth=both)
def get_statement(request: ActorRequest, kind: AccountKind, owner_id: int, first: Day, last: Day) -> AccountStatement:
    """Opening balance, in, out and closing balance between two days of Shanghai, both included.

    Refused: `ledger.invalid_days` where they are in the wrong order or more than 366.
    """
    return get_account_statement(AccountRef(kind, owner_id), first=first, last=last)


@router.get("/ops/accounts/{kind}/{int:owner_id}/entries", auth=both)
def list_entries(
    request: ActorRequest, kind: AccountKind, owner_id: int, first: Day, last: Day, page: Query[PageQuery]
) -> Page[StatementEntry]:
    """The entries of a statement, the last first, each with its cause and the balance after it."""
    account = AccountRef(kind, owner_id)
    return list_statement_entries(account, first=first, last=last, cursor=page.cursor, limit=page.limit)


@router.get("/ops/closed-days", auth=both)
def list_days(request: ActorRequest, page: Query[PageQuery]) -> Page[ClosedDayView]:
    """The closed days, the latest first."""
    return list_closed_days(cursor=page.cursor, limit=page.limit)


@router.get("/ops/closed-days/kinds", auth=both)
def list_kinds(request: ActorRequest, day: Day) -> list[KindDayView]:
    """What each kind of account did on a closed day; empty for a day that is not closed."""
    return list_kind_days([day])
