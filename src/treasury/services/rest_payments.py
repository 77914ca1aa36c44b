"""What is left in an account that is closed goes to the bank account of its owner, by the batches of all money out (MONEY-17, MONEY-18)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from db.transactions import atomic_with_retry
from kernel.money import format_yuan
from kernel.refusal import require_key
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.selectors.accounts import get_balance_fen
from ledger.services import lock_accounts, post
from membership.selectors.people import get_reseller
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_KEY, RequestKind, RequestState
from treasury.selectors.bank_accounts import require_payable_account
from treasury.selectors.requests import MoneyRequestView, get_request
from treasury.services.inserting import KeyUsed, insert_once
from treasury.services.withdrawals import NothingToWithdraw


def pay_rest_of_wallet(*, reseller_id: int, entered_by_id: int, actor: Actor, reason: str, now: datetime) -> int | None:
    """Send all of a wallet to the reseller's bank account: a withdrawal that one entered and `actor` approves. None where it is empty.

    Belongs into the transaction that closes the account, which has seen to the second person and the code. Limits of withdrawals do not
    count. Refuses without an account that is paid to now (MONEY-6).
    """
    wallet = AccountRef(AccountKind.WALLET, reseller_id)
    lock_accounts([wallet])
    amount_fen = get_balance_fen(wallet)
    if amount_fen == 0:
        return None
    return send_to_bank(
        reseller_id=reseller_id,
        amount_fen=amount_fen,
        entered_by_id=entered_by_id,
        actor=actor,
        reason=reason,
        now=now,
    )


def send_to_bank(
    *, reseller_id: int, amount_fen: int, entered_by_id: int, actor: Actor, reason: str, now: datetime
) -> int:
    """Send an amount of a wallet to the reseller's bank account: a withdrawal that one entered and `actor` approves; its id."""
    row = MoneyRequest(kind=RequestKind.WITHDRAWAL.value, reseller_id=reseller_id, amount_fen=amount_fen)
    owner = get_reseller(reseller_id).name
    row.bank_account_id = require_payable_account(reseller_id=reseller_id, owner=owner, at=now)
    return _insert_approved(row, entered_by_id, actor, reason, now)


def pay_rest_of_deposit(*, brand_id: int, entered_by_id: int, actor: Actor, reason: str, now: datetime) -> int | None:
    """Send all of a deposit back to the brand: as `pay_rest_of_wallet`, with a return of the deposit."""
    deposit = AccountRef(AccountKind.DEPOSIT, brand_id)
    lock_accounts([deposit])
    row = MoneyRequest(kind=RequestKind.DEPOSIT_RETURN.value, brand_id=brand_id, amount_fen=get_balance_fen(deposit))
    if row.amount_fen == 0:
        return None
    row.bank_account_id = require_payable_account(brand_id=brand_id, owner=get_brand(brand_id).name, at=now)
    return _insert_approved(row, entered_by_id, actor, reason, now)


@atomic_with_retry
def enter_late_withdrawal(*, actor: Actor, reseller_id: int, reason: str, key: str, now: datetime) -> MoneyRequestView:
    """Finance enter what reached the wallet of a closed account later: money that came back, or came late. A second person approves.

    The money leaves the wallet at once, as with every withdrawal. The same `key` enters once.
    """
    require_roles(actor, Role.FINANCE)
    wallet = AccountRef(AccountKind.WALLET, reseller_id)
    lock_accounts([wallet])
    key = require_key(key, max_length=MAX_KEY)
    earlier = MoneyRequest.objects.filter(
        entered_by_id=actor.own_id, key=key, kind=RequestKind.WITHDRAWAL.value, reseller_id=reseller_id
    ).first()
    if earlier is not None:
        if earlier.reason != reason:
            raise KeyUsed(request_id=earlier.pk)
        return get_request(earlier.pk)
    balance_fen = get_balance_fen(wallet)
    if balance_fen == 0:
        raise NothingToWithdraw(balance_fen=0)
    row = MoneyRequest(
        kind=RequestKind.WITHDRAWAL.value,
        reseller_id=reseller_id,
        bank_account_id=require_payable_account(reseller_id=reseller_id, owner=get_reseller(reseller_id).name, at=now),
        amount_fen=balance_fen,
        reason=reason,
        key=key,
    )
    entered = insert_once(row, actor, now)
    _post(row, actor, now)
    return entered


def _insert_approved(row: MoneyRequest, entered_by_id: int, actor: Actor, reason: str, now: datetime) -> int:
    row.state, row.reason = RequestState.APPROVED.value, reason
    row.entered_by_id, row.entered_at, row.decided_by_id, row.decided_at = entered_by_id, now, actor.own_id, now
    row.save(force_insert=True)
    _post(row, actor, now)
    details = {"amount": format_yuan(row.amount_fen), "reference": "", "reason": reason}
    record(actor=actor, action="treasury.approve", kind="money_request", subject_id=row.pk, details=details, now=now)
    return row.pk


def _post(row: MoneyRequest, actor: Actor, now: datetime) -> None:
    """From the wallet or the deposit into money in transit, where it lies until the bank has paid."""
    is_wallet = row.kind == RequestKind.WITHDRAWAL.value
    owner_id = row.reseller_id or row.brand_id or 0
    source = AccountKind.WALLET if is_wallet else AccountKind.DEPOSIT
    transit = AccountKind.WITHDRAWAL_IN_TRANSIT if is_wallet else AccountKind.DEPOSIT_IN_TRANSIT
    post(
        kind=PostingKind.WITHDRAWAL if is_wallet else PostingKind.DEPOSIT_RETURN,
        key=f"{row.kind}:{row.pk}",
        cause=f"money_request:{row.pk}",
        entries=[
            EntryDraft(AccountRef(source, owner_id), -row.amount_fen),
            EntryDraft(AccountRef(transit, owner_id), row.amount_fen),
        ],
        actor=actor,
        now=now,
    )
