"""Reads of payees' bank accounts.

Numbers are masked everywhere but in `unmasked_account` and `unmasked_accounts`, whose callers record that they were shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.db.models import Q, QuerySet

from accounts.rules import Actor, Role
from brands.selectors.brands import require_own_brand
from db.rows import view_of
from kernel.refusal import Conflict, Missing
from membership.selectors.people import require_reseller
from treasury.models import BankAccount
from treasury.rules.bank_accounts import AccountState, mask_number
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NoSuchAccount(Missing):
    code = "treasury.no_such_account"
    zh = "没有这个收款账户（{account_id}）"
    en = "There is no bank account {account_id}"
    account_id: int


class NoPayeeAccount(Conflict):
    code = "treasury.no_payee_account"
    zh = "{owner}还没有审核过的收款账户，不能付款"
    en = "{owner} has no approved bank account yet, so nothing is paid"
    owner: str


class AccountCoolsDown(Conflict):
    code = "treasury.account_cools_down"
    zh = "{owner}的收款账户改过，{payable_from} 起才能付款"
    en = "The bank account of {owner} was changed; it is paid to from {payable_from} on"
    owner: str
    payable_from: datetime


@dataclass(frozen=True, slots=True)
class BankAccountView:
    """A payee's bank account with its number masked. `payable_from`: the end of the cool-down, once it is approved."""

    id: int
    reseller_id: int | None
    brand_id: int | None
    owner_name: str
    state: AccountState
    holder: str
    number: str
    bank: str
    branch: str
    cnaps: str
    entered_by_id: Annotated[int, PAGES_ONLY]
    entered_by: str
    entered_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    payable_from: datetime | None


@dataclass(frozen=True, slots=True)
class UnmaskedAccount:
    """What is typed at the bank to pay somebody."""

    holder: str
    number: str
    bank: str
    branch: str
    cnaps: str


def get_account(account_id: int) -> BankAccountView:
    row = _rows().filter(pk=account_id).first()
    if row is None:
        raise NoSuchAccount(account_id=account_id)
    return account_view(row)


def unmasked_account(account_id: int) -> UnmaskedAccount:
    row = BankAccount.objects.filter(pk=account_id).first()
    if row is None:
        raise NoSuchAccount(account_id=account_id)
    return view_of(UnmaskedAccount, row)


def list_accounts(*, state: str = "", query: str = "", cursor: str = "", limit: int = 50) -> Page[BankAccountView]:
    """Bank accounts, the newest first: of one state, or of a search for the name of a reseller or brand, or of the holder."""
    rows = _rows()
    if state:
        rows = rows.filter(state=state)
    if query.strip():
        name = query.strip()
        rows = rows.filter(Q(reseller__person__name=name) | Q(brand__name=name) | Q(holder=name))
    return paginate(rows, name="treasury.bank_accounts", order=("-id",), cursor=cursor, limit=limit, view=account_view)


def list_own_accounts(actor: Actor) -> list[BankAccountView]:
    """The account that a reseller or brand is paid to, the one that waits, and the last one that was refused; the newest first."""
    owner = (
        {"brand_id": require_own_brand(actor).id}
        if actor.role is Role.BRAND
        else {"reseller_id": require_reseller(actor).id}
    )
    rows = _rows().filter(**owner).exclude(state=AccountState.REPLACED.value).order_by("-pk")[:10]
    return [account_view(row) for row in rows]


def find_account_of_brand(brand_id: int) -> BankAccountView | None:
    """The approved account of a brand."""
    row = _rows().filter(brand_id=brand_id, state=AccountState.APPROVED.value).first()
    return account_view(row) if row else None


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """Whose approved account a number is: a reseller's or a brand's."""

    number: str
    reseller_id: int | None
    brand_id: int | None


def list_owners_of_numbers(numbers: Collection[str]) -> list[AccountOwner]:
    """The owners of approved accounts with one of these whole numbers."""
    rows = BankAccount.objects.filter(state=AccountState.APPROVED.value, number__in=numbers)
    return [AccountOwner(row.number, row.reseller_id, row.brand_id) for row in rows]


def require_payable_account(
    *, brand_id: int | None = None, reseller_id: int | None = None, owner: str, at: datetime
) -> int:
    """The id of the account that a brand or reseller is paid to at an instant (MONEY-6).

    Refuses where there is none, or within the cool-down.
    """
    of_owner = {"brand_id": brand_id} if brand_id is not None else {"reseller_id": reseller_id or 0}
    row = BankAccount.objects.filter(state=AccountState.APPROVED.value, **of_owner).first()
    if row is None or row.payable_from is None:
        raise NoPayeeAccount(owner=owner)
    if at < row.payable_from:
        raise AccountCoolsDown(owner=owner, payable_from=row.payable_from)
    return row.pk


def find_account_of_reseller(reseller_id: int) -> BankAccountView | None:
    """The approved account of a reseller."""
    row = _rows().filter(reseller_id=reseller_id, state=AccountState.APPROVED.value).first()
    return account_view(row) if row else None


def unmasked_accounts(account_ids: Sequence[int]) -> dict[int, UnmaskedAccount]:
    """Accounts with their whole numbers, by their ids, for the file that the bank is sent."""
    return {row.pk: view_of(UnmaskedAccount, row) for row in BankAccount.objects.filter(pk__in=account_ids)}


def account_view(row: BankAccount) -> BankAccountView:
    return view_of(
        BankAccountView,
        row,
        owner_name=_owner_name(row),
        number=mask_number(row.number),
        entered_by=row.entered_by.name,
        decided_by=row.decided_by.name if row.decided_by else "",
    )


def _owner_name(row: BankAccount) -> str:
    if row.reseller is not None:
        return str(row.reseller.person.name)
    return row.brand.name if row.brand else ""


def _rows() -> QuerySet[BankAccount]:
    return BankAccount.objects.select_related("reseller__person", "brand", "entered_by", "decided_by")
