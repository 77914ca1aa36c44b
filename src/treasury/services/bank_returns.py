"""Money out that came back: the bank returned it, or it was stopped before the bank had it (MONEY-11)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict, require_reason
from ledger.rules import CLEARING, AccountKind, AccountRef, Approval, EntryDraft, PostingKind
from ledger.services import post
from settlement.services.payouts import require_returnable_payout, take_back_payout
from treasury.models import BankAccount, MoneyRequest, TransferBatch
from treasury.rules.bank_accounts import AccountState
from treasury.rules.requests import MAX_REASON, MONEY_OUT, RETURNABLE, RequestKind, RequestState
from treasury.selectors.requests import MoneyRequestView, NoSuchRequest, get_request
from treasury.services.blocked import tell_blocked
from treasury.services.inserting import insert_request


class NotReturnable(Conflict):
    code = "treasury.not_returnable"
    zh = "第 {request_id} 笔不能登记退回：只有已复核、已进批次或已付的付款可以"
    en = "No. {request_id} cannot be returned: only money out that was approved, is in a batch, or was paid can"
    request_id: int


@atomic_with_retry
def enter_bank_return(*, actor: Actor, request_id: int, reason: str, now: datetime) -> MoneyRequestView:
    """Enter that the bank returned money out, or that it is to be stopped before the bank has it. A second person approves."""
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    out = _locked(request_id)
    if RequestKind(out.kind) not in MONEY_OUT or RequestState(out.state) not in RETURNABLE or out.amount_fen == 0:
        raise NotReturnable(request_id=request_id)
    if out.statement_id is not None:
        require_returnable_payout(out.statement_id)
    earlier = MoneyRequest.objects.filter(reverses=out, state=RequestState.WAITING.value).first()
    if earlier is not None:
        return get_request(earlier.pk)
    row = MoneyRequest(
        kind=RequestKind.BANK_RETURN.value,
        reseller_id=out.reseller_id,
        brand_id=out.brand_id,
        reverses=out,
        amount_fen=out.amount_fen,
        reference=out.reference,
        reason=reason,
    )
    return insert_request(row, actor, now)


def book_bank_return(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Give the money back to its owner. An account at which the bank did not pay is not paid to again."""
    out = _locked(row.reverses_id or 0)
    if RequestState(out.state) not in RETURNABLE:
        raise NotReturnable(request_id=out.pk)
    row.booked_as = f"bank_return:{row.pk}"
    _book(row, out, approval, now)
    is_ended = 0
    if _bank_has_it(out):
        accounts = BankAccount.objects.filter(pk=out.bank_account_id or 0, state=AccountState.APPROVED.value)
        is_ended = accounts.update(state=AccountState.RETURNED.value)
    out.state = RequestState.RETURNED.value
    out.save(update_fields=["state"])
    if is_ended:
        tell_blocked([out.bank_account_id or 0], now=now)
    event = EventDraft(
        EventKind.WITHDRAWAL_RETURNED if out.reseller_id else EventKind.BRAND_TRANSFER_RETURNED,
        out.pk,
        reseller_id=out.reseller_id,
        brand_id=out.brand_id,
        data={"amount": format_yuan(out.amount_fen), "reason": row.reason},
    )
    publish([event], now=now)


def _locked(request_id: int) -> MoneyRequest:
    """Money out, locked after the batch in which it stands: a download or a confirmation of that batch waits, or is waited for."""
    list(TransferBatch.objects.select_for_update(of=("self",)).filter(requests__pk=request_id).values_list("pk"))
    row = MoneyRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None:
        raise NoSuchRequest(request_id=request_id)
    return row


def _bank_has_it(out: MoneyRequest) -> bool:
    """Whether somebody took the file with this line, so that the bank may have refused its account."""
    return TransferBatch.objects.filter(pk=out.batch_id or 0, downloaded_at__isnull=False).exists()


def _book(row: MoneyRequest, out: MoneyRequest, approval: Approval, now: datetime) -> None:
    """A payout that was not paid has moved nothing. Others lie in transit until they are paid, and then come back from the bank."""
    cause = f"money_request:{out.pk}"
    if out.kind == RequestKind.PAYOUT.value:
        if out.paid_at is not None:
            take_back_payout(
                actor=approval.approved_by,
                approval=approval,
                statement_id=out.statement_id or 0,
                key=row.booked_as,
                cause=cause,
                now=now,
            )
        return
    owner_id = out.reseller_id or out.brand_id or 0
    owner, transit = accounts_of(RequestKind(out.kind), owner_id)
    source = transit if out.paid_at is None else CLEARING
    post(
        kind=PostingKind.BANK_RETURN,
        key=row.booked_as,
        cause=cause,
        entries=[EntryDraft(source, -out.amount_fen), EntryDraft(owner, out.amount_fen)],
        actor=approval.approved_by,
        now=now,
        note=out.reference,
    )


def accounts_of(kind: RequestKind, owner_id: int) -> tuple[AccountRef, AccountRef]:
    """Where the money of a withdrawal or of the return of a deposit comes from, and where it lies until it is paid."""
    if kind is RequestKind.WITHDRAWAL:
        return AccountRef(AccountKind.WALLET, owner_id), AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, owner_id)
    return AccountRef(AccountKind.DEPOSIT, owner_id), AccountRef(AccountKind.DEPOSIT_IN_TRANSIT, owner_id)
