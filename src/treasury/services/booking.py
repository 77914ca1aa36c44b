"""What the approval of a money request books, for each kind (MONEY-1, MONEY-4, MONEY-9, MONEY-11)."""

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from brands.services import lock_brand_against_cases, record_deposit
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict
from ledger.rules import CLEARING, AccountKind, AccountRef, Approval, EntryDraft, PostingKind
from ledger.selectors.accounts import get_balance_fen
from ledger.services import lock_accounts, post
from membership.selectors.people import is_account_closed
from orders.services.payment import top_up
from orders.services.received_payments import receive_payment
from settlement.services.payouts import pay_out
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestKind, RequestState, booked_reference
from treasury.selectors.bank_accounts import require_payable_account
from treasury.services.adjustments import book_adjustment, book_deduction
from treasury.services.bank_returns import book_bank_return
from treasury.services.deposits import require_returnable_deposit
from treasury.services.late_refunds import book_late_credit
from treasury.services.provider_money import book_abnormal_refund, book_differing_payment


class SpentMeanwhile(Conflict):
    """A part of the money is gone. The sentence says what is missing, and how the reversal is ended all the same (MONEY-4)."""

    code = "treasury.spent_meanwhile"
    zh = (
        "第 {request_id} 笔要冲正 ¥{amount}，账户里只剩 ¥{balance}，还差 ¥{missing}，没有冲正。请对方补足；"
        "会员补不了的，给钱包加款 ¥{missing}（平台垫付，写明原因），和这笔冲正一起复核，以后再从钱包扣回"
    )
    en = (
        "No. {request_id} takes back ¥{amount}, the account holds ¥{balance}: ¥{missing} are missing and nothing was reversed."
        " Let the owner pay them in; where a reseller cannot, credit ¥{missing} to the wallet at the platform's cost,"
        " approve it together with this one, and debit the wallet later"
    )
    request_id: int
    amount_fen: int
    balance_fen: int
    missing_fen: int


class SpentAndClosed(Conflict):
    """A part of the money is gone, and her account is closed, so that no credit covers it (MONEY-18). Two ways remain (decision 304)."""

    code = "treasury.spent_and_closed"
    zh = (
        "第 {request_id} 笔要冲正 ¥{amount}，账户里只剩 ¥{balance}，还差 ¥{missing}，没有冲正。会员{reseller}的账户已经关闭，"
        "不能再加款：请对方汇来 ¥{missing}，入账后再复核；补不了的，退回这笔冲正，给真正付款的会员的钱包加款（平台垫付，写明原因）"
    )
    en = (
        "No. {request_id} takes back ¥{amount}, the account holds ¥{balance}: ¥{missing} are missing and nothing was reversed."
        " The account of {reseller} is closed and takes no credit: let the owner transfer ¥{missing} and approve it then; where that"
        " cannot be, refuse this one and credit the wallet of whose money it was, at the platform's cost"
    )
    request_id: int
    amount_fen: int
    balance_fen: int
    missing_fen: int
    reseller: str


class NotReversible(Conflict):
    code = "treasury.not_reversible"
    zh = "第 {request_id} 笔不能冲正：只有已入账的充值和保证金可以"
    en = "No. {request_id} cannot be reversed: only booked top-ups and deposits can"
    request_id: int


class AccountChanged(Conflict):
    code = "treasury.account_changed"
    zh = "{owner}的收款账户在录入后改过，第 {request_id} 笔没有付款；请拒绝它，核对后重新录入"
    en = "The bank account of {owner} was changed after no. {request_id} was entered; refuse it, check, and enter it again"
    request_id: int
    owner: str


def book(row: MoneyRequest, actor: Actor, now: datetime) -> None:
    """Approve a locked request and book what its kind books. Money out is not booked as paid before the bank has carried it out."""
    row.state, row.decided_by_id, row.decided_at = RequestState.APPROVED.value, actor.own_id, now
    _BOOKINGS[RequestKind(row.kind)](row, Approval(row.pk, row.entered_by_id, actor), now)
    row.save(update_fields=["state", "decided_by", "decided_at", "booked_as", "paid_at", "brand_part_fen"])
    details = {"amount": format_yuan(row.amount_fen), "reference": row.reference}
    record(actor=actor, action="treasury.approve", kind="money_request", subject_id=row.pk, details=details, now=now)


def _require_same_account(row: MoneyRequest, now: datetime) -> None:
    """Refuse money out to an account that was changed after it was entered."""
    owner = _owner_name(row)
    account_id = require_payable_account(brand_id=row.brand_id, reseller_id=row.reseller_id, owner=owner, at=now)
    if account_id != row.bank_account_id:
        raise AccountChanged(request_id=row.pk, owner=owner)


def _owner_name(row: MoneyRequest) -> str:
    return str(row.brand.name if row.brand else row.reseller.person.name if row.reseller else "")


def _book_withdrawal(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    _require_same_account(row, now)


def _book_payout(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """A payment of nothing that was entered before such statements were closed by themselves needs no bank: it is paid at once."""
    if row.amount_fen > 0:
        _require_same_account(row, now)
    else:
        key = f"payout:{row.statement_id}/{row.pk}"
        statement_id = row.statement_id or 0
        actor = approval.approved_by
        pay_out(actor=actor, approval=approval, statement_id=statement_id, reference="-", key=key, now=now)
        row.state, row.booked_as, row.paid_at = RequestState.PAID.value, key, now


def _book_deposit_return(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    _require_same_account(row, now)
    brand_id = row.brand_id or 0
    # No case is opened and no sale published while it is looked at what is open.
    lock_brand_against_cases(brand_id)
    lock_accounts([AccountRef(AccountKind.DEPOSIT, brand_id)])
    require_returnable_deposit(brand_id=brand_id, amount_fen=row.amount_fen, now=now)
    post(
        kind=PostingKind.DEPOSIT_RETURN,
        key=f"deposit_return:{row.pk}",
        cause=f"money_request:{row.pk}",
        entries=[
            EntryDraft(AccountRef(AccountKind.DEPOSIT, brand_id), -row.amount_fen),
            EntryDraft(AccountRef(AccountKind.DEPOSIT_IN_TRANSIT, brand_id), row.amount_fen),
        ],
        actor=approval.approved_by,
        now=now,
    )


def _book_deposit(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    reference = _free_reference(row, "deposit")
    record_deposit(
        actor=approval.approved_by,
        approval=approval,
        brand_id=row.brand_id or 0,
        amount_fen=row.amount_fen,
        reference=reference,
        now=now,
    )
    row.booked_as = f"deposit:{reference}"
    _tell_booked(row, EventKind.DEPOSIT_BOOKED, now)


def _book_top_up(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    reference, actor = _free_reference(row, "top-up"), approval.approved_by
    if row.order_id is None:
        top_up(
            actor=actor,
            approval=approval,
            reseller_id=row.reseller_id or 0,
            amount_fen=row.amount_fen,
            reference=reference,
            now=now,
        )
        _tell_booked(row, EventKind.TOP_UP_BOOKED, now)
    else:
        # Of money for an order she is told what became of the order.
        receive_payment(
            actor=actor,
            approval=approval,
            order_id=row.order_id,
            reseller_id=row.reseller_id,
            amount_fen=row.amount_fen,
            reference=reference,
            now=now,
        )
    row.booked_as = f"top-up:{reference}"


def _tell_booked(row: MoneyRequest, kind: EventKind, now: datetime) -> None:
    data: dict[str, str | int | bool | None] = {"amount": format_yuan(row.amount_fen), "reference": row.reference}
    publish([EventDraft(kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data=data)], now=now)


def _free_reference(row: MoneyRequest, prefix: str) -> str:
    """The first reference under which nothing is booked. A bank may itself write `X/2`, so reversed bookings are not just counted."""
    start = f"{prefix}:{row.reference}"
    taken = set(MoneyRequest.objects.filter(booked_as__startswith=start).values_list("booked_as", flat=True))
    numbered = (booked_reference(row.reference, earlier) for earlier in itertools.count())
    return next(each for each in numbered if f"{prefix}:{each}" not in taken)


def _book_reversal(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Take back what a request booked. An account that spent the money is not made negative: then nothing is reversed."""
    wrong = MoneyRequest.objects.select_for_update().get(reversals=row)
    if wrong.state != RequestState.APPROVED.value:
        raise NotReversible(request_id=wrong.pk)
    account = _account_of(wrong)
    lock_accounts([account, CLEARING])
    balance_fen = get_balance_fen(account)
    if balance_fen < wrong.amount_fen:
        raise _spent(row.pk, wrong, balance_fen)
    row.booked_as = f"reversal:{row.pk}"
    post(
        kind=PostingKind.REVERSAL,
        key=row.booked_as,
        cause=f"money_request:{wrong.pk}",
        entries=[EntryDraft(account, -wrong.amount_fen), EntryDraft(CLEARING, wrong.amount_fen)],
        actor=approval.approved_by,
        now=now,
        note=wrong.reference,
    )
    wrong.state = RequestState.REVERSED.value
    wrong.save(update_fields=["state"])
    event = EventDraft(
        EventKind.TOP_UP_REVERSED if wrong.reseller_id else EventKind.DEPOSIT_REVERSED,
        wrong.pk,
        reseller_id=wrong.reseller_id,
        brand_id=wrong.brand_id,
        data={"amount": format_yuan(wrong.amount_fen), "reference": wrong.reference, "reason": row.reason},
    )
    publish([event], now=now)


def _spent(request_id: int, wrong: MoneyRequest, balance_fen: int) -> SpentMeanwhile | SpentAndClosed:
    """Why a reversal is refused where the account holds less than it takes back."""
    fen = {
        "amount_fen": wrong.amount_fen,
        "balance_fen": balance_fen,
        "missing_fen": wrong.amount_fen - balance_fen,
    }
    if wrong.reseller_id is not None and is_account_closed(wrong.reseller_id):
        return SpentAndClosed(request_id=request_id, reseller=_owner_name(wrong), **fen)
    return SpentMeanwhile(request_id=request_id, **fen)


def _book_adjustment(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    if row.line_id is not None:
        book_late_credit(row, approval, now)
    else:
        book_adjustment(row, approval.approved_by, now)


def _book_deduction(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    book_deduction(row, approval, now)


def _account_of(row: MoneyRequest) -> AccountRef:
    if row.kind == RequestKind.DEPOSIT.value:
        return AccountRef(AccountKind.DEPOSIT, row.brand_id or 0)
    return AccountRef(AccountKind.WALLET, row.reseller_id or 0)


_BOOKINGS: Mapping[RequestKind, Callable[[MoneyRequest, Approval, datetime], None]] = {
    RequestKind.TOP_UP: _book_top_up,
    RequestKind.DEPOSIT: _book_deposit,
    RequestKind.PAYOUT: _book_payout,
    RequestKind.WITHDRAWAL: _book_withdrawal,
    RequestKind.DEPOSIT_RETURN: _book_deposit_return,
    RequestKind.WALLET_CREDIT: _book_adjustment,
    RequestKind.WALLET_DEBIT: _book_adjustment,
    RequestKind.DEPOSIT_DEDUCTION: _book_deduction,
    RequestKind.PAYMENT_TO_WALLET: book_differing_payment,
    RequestKind.PAYMENT_TO_SOURCE: book_differing_payment,
    RequestKind.REFUND_TO_WALLET: book_abnormal_refund,
    RequestKind.REFUND_TO_BANK: book_abnormal_refund,
    RequestKind.REVERSAL: _book_reversal,
    RequestKind.BANK_RETURN: book_bank_return,
}
