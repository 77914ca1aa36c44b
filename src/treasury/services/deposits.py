"""Deposits that go back to their brands (MONEY-12)."""

from contextlib import nullcontext
from datetime import datetime

from django.db.models import Sum

from accounts.rules import Actor, Role, require_roles
from aftersales.selectors.cases import count_open_cases_of_brand
from brands.rules import BrandStatus
from brands.selectors.brands import get_brand
from db.transactions import atomic_with_retry
from flashsales.selectors.sales import count_open_sales_of_brand
from kernel.money import display_yuan
from kernel.refusal import Conflict, Invalid, about, require_key, require_reason
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from settlement.selectors.debts import get_owed_fen
from treasury.models import MoneyRequest
from treasury.rules.deposits import DepositTies, may_return
from treasury.rules.requests import MAX_KEY, MAX_REASON, RequestKind, RequestState
from treasury.selectors.bank_accounts import require_payable_account
from treasury.selectors.requests import MoneyRequestView
from treasury.services.inserting import find_entered, insert_once


class NoDepositToReturn(Invalid):
    code = "treasury.no_deposit_to_return"
    zh = "请填写要退的金额；保证金有 ¥{deposit}"
    en = "Give the amount to return; the deposit is ¥{deposit}"
    deposit_fen: int


class DepositTied(Conflict):
    code = "treasury.deposit_tied"
    zh = (
        "保证金 ¥{deposit} 中须留 ¥{required}。要退到此数以下，品牌须已暂停合作且没有未了之事："
        "未结束专场 {open_sales} 个，未了售后 {open_cases} 张，未结算货款 ¥{unsettled}，欠款 ¥{debt}"
    )
    en = (
        "¥{required} of the deposit of ¥{deposit} stay. Below that, the brand must be suspended and nothing open:"
        " {open_sales} sales, {open_cases} cases, ¥{unsettled} of sales that are not settled, ¥{debt} owed"
    )
    deposit_fen: int
    required_fen: int
    open_sales: int
    open_cases: int
    unsettled_fen: int
    debt_fen: int


@atomic_with_retry
def enter_deposit_return(
    *, actor: Actor, brand_id: int, amount_fen: int, reason: str, key: str, now: datetime
) -> MoneyRequestView:
    """Enter that a deposit, or a part of it, goes back to the account of its brand. A second person approves.

    The same `key` enters once.
    """
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    brand = get_brand(brand_id)
    row = MoneyRequest(
        kind=RequestKind.DEPOSIT_RETURN.value,
        brand_id=brand_id,
        amount_fen=amount_fen,
        reason=reason,
        key=require_key(key, max_length=MAX_KEY),
    )
    earlier = find_entered(row, actor)
    if earlier is not None:
        return earlier
    waiting_fen = _returns_that_wait(brand_id)
    waiting = display_yuan(waiting_fen)
    zh, en = f"已录入的退还 {waiting} 还在等复核，扣除之后", f"Returns of {waiting} wait for approval; without them"
    with about(zh, en) if waiting_fen else nullcontext():
        require_returnable_deposit(brand_id=brand_id, amount_fen=amount_fen, waiting_fen=waiting_fen, now=now)
    row.bank_account_id = require_payable_account(brand_id=brand_id, owner=brand.name, at=now)
    return insert_once(row, actor, now)


def require_returnable_deposit(*, brand_id: int, amount_fen: int, waiting_fen: int = 0, now: datetime) -> None:
    """Refuse to return more of a deposit than the brand may have back now (MONEY-12), where `waiting_fen` are to be returned before."""
    brand = get_brand(brand_id)
    left_fen = brand.deposit_fen - waiting_fen
    if not 0 < amount_fen <= left_fen:
        raise NoDepositToReturn(deposit_fen=left_fen)
    ties = DepositTies(
        open_sales=count_open_sales_of_brand(brand_id, at=now),
        open_cases=count_open_cases_of_brand(brand_id, at=now),
        unsettled_fen=get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, brand_id)),
        debt_fen=get_owed_fen(brand_id),
    )
    if not may_return(
        amount_fen=amount_fen,
        deposit_fen=left_fen,
        required_fen=brand.deposit_required_fen,
        sells=brand.status is BrandStatus.ADMITTED,
        ties=ties,
    ):
        raise DepositTied(
            deposit_fen=left_fen,
            required_fen=brand.deposit_required_fen,
            open_sales=ties.open_sales,
            open_cases=ties.open_cases,
            unsettled_fen=ties.unsettled_fen,
            debt_fen=ties.debt_fen,
        )


def _returns_that_wait(brand_id: int) -> int:
    """What returns of the deposit that wait for a second person take together, in fen. Nothing is locked: the approval asks again."""
    rows = MoneyRequest.objects.filter(
        kind=RequestKind.DEPOSIT_RETURN.value, brand_id=brand_id, state=RequestState.WAITING.value
    )
    return int(rows.aggregate(fen=Sum("amount_fen", default=0))["fen"])
