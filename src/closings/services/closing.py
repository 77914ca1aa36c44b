"""Closing an account: asked for by its owner or by finance, approved by a second person, who pays out what is left (MONEY-17)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import active_person_ids
from accounts.services.audit import record
from accounts.services.one_time_codes import count_wrong_codes, require_code
from accounts.services.people import close_account
from brands.selectors.brands import get_brand, require_own_brand
from brands.services import close_brand, lock_brand_against_cases
from closings.models import AccountClosing
from closings.rules import MAX_KEY, ClosingState, OpenKind, OpenThing, sentence_of
from closings.selectors.closings import ClosingView, NoSuchClosing, get_closing, get_rest_fen
from closings.selectors.open_things import list_open_of_account
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from invoices.selectors.titles import Owner
from invoices.services.owners import lock_owner
from kernel.money import format_yuan
from kernel.refusal import Conflict, Forbidden, require_key, require_reason
from ledger.rules import AccountKind, AccountRef
from ledger.services import lock_accounts
from membership.selectors.people import get_reseller, person_ids_of_resellers, require_reseller
from treasury.rules.requests import MAX_REASON, may_approve
from treasury.selectors.bank_accounts import require_payable_account
from treasury.selectors.requests import MoneyRequestView
from treasury.services.deciding import FinanceApproves
from treasury.services.rest_payments import enter_late_withdrawal, pay_rest_of_deposit, pay_rest_of_wallet
from treasury.services.second_person import require_independent


class StillOpen(Conflict):
    code = "closings.still_open"
    zh = "现在不能关闭账户，先了结：{open}"
    en = "The account cannot be closed now; first end these: {open}"
    open: list[str]
    counts: list[int]

    def sentence(self, language: str = "zh") -> str:
        from_codes = [OpenThing(OpenKind(kind), count) for kind, count in zip(self.open, self.counts, strict=True)]
        is_chinese = language.startswith("zh")
        return (self.zh if is_chinese else self.en).format(open=sentence_of(from_codes, is_chinese=is_chinese))


class AccountIsClosed(Conflict):
    code = "closings.account_is_closed"
    zh = "{owner}的账户已经关闭"
    en = "The account of {owner} is closed"
    owner: str


class ClosingNotWaiting(Conflict):
    code = "closings.not_waiting"
    zh = "这个关闭账户的申请已经处理过，请刷新后再看"
    en = "The closing was decided before; look again"


class OwnClosing(Forbidden):
    code = "closings.own_closing"
    zh = "这个关闭账户是您自己提出的，须由另一人复核"
    en = "You asked for the closing yourself; somebody else approves it"


class ClosingKeyUsed(Conflict):
    code = "closings.key_used"
    zh = "这个请求先前已用于关闭另一个账户，没有再提出；请刷新页面再试"
    en = "The key was used for the closing of another account; nothing was asked for, reload the page and try again"


class NotClosed(Conflict):
    code = "closings.not_closed"
    zh = "这个账户没有关闭，不能这样付款"
    en = "The account is not closed, so that nothing is paid out so"


def request_own_closing(*, actor: Actor, reason: str, key: str, now: datetime) -> ClosingView:
    """A reseller, or a clerk of a brand, asks that the account is closed. The same `key` asks once."""
    require_roles(actor, Role.RESELLER, Role.BRAND)
    if actor.role is Role.BRAND:
        return _request(AccountClosing(brand_id=require_own_brand(actor).id), actor, reason, key, now)
    return _request(AccountClosing(reseller_id=require_reseller(actor).id), actor, reason, key, now)


def request_closing_of_reseller(*, actor: Actor, reseller_id: int, reason: str, key: str, now: datetime) -> ClosingView:
    """Finance enter that the account of a reseller is to be closed."""
    require_roles(actor, Role.FINANCE)
    get_reseller(reseller_id)
    return _request(AccountClosing(reseller_id=reseller_id), actor, reason, key, now)


def request_closing_of_brand(*, actor: Actor, brand_id: int, reason: str, key: str, now: datetime) -> ClosingView:
    """Finance enter that the account of a brand is to be closed."""
    require_roles(actor, Role.FINANCE)
    get_brand(brand_id)
    return _request(AccountClosing(brand_id=brand_id), actor, reason, key, now)


def approve_closing(*, actor: Actor, closing_id: int, code: str = "", now: datetime) -> ClosingView:
    """Close an account that somebody else asked to close, and send what is left to its bank account.

    Whoever signs in for it is signed out for good. Where money is left, `code` is the one-time code of the approver (ACCOUNT-13).
    Refuses what is still open, one's own, a missing bank account, a wrong code; then nothing has changed.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    with count_wrong_codes(actor=actor, now=now):
        return _approve(actor, closing_id, code, now)


@atomic_with_retry
def refuse_closing(*, actor: Actor, closing_id: int, reason: str, now: datetime) -> ClosingView:
    """Refuse a closing that somebody else asked for; who asked reads the reason."""
    reason = require_reason(reason, max_length=MAX_REASON)
    row = _lock_for_decision(actor, closing_id, now)
    return _decide(row, ClosingState.REFUSED, actor, now, reason)


@atomic_with_retry
def cancel_closing(*, actor: Actor, closing_id: int, now: datetime) -> ClosingView:
    """Take back a closing that one asked for, before it was decided. For others it does not exist."""
    row = AccountClosing.objects.select_for_update().filter(pk=closing_id, requested_by_id=actor.own_id).first()
    if row is None:
        raise NoSuchClosing(closing_id=closing_id)
    if row.state != ClosingState.WAITING.value:
        raise ClosingNotWaiting
    return _decide(row, ClosingState.CANCELLED, actor, now, "")


@atomic_with_retry
def pay_late_money(*, actor: Actor, closing_id: int, key: str, now: datetime) -> MoneyRequestView:
    """Enter the payment of what reached the wallet of a reseller after it was closed; a second person approves it (MONEY-18)."""
    view = get_closing(closing_id)
    if view.state is not ClosingState.CLOSED or view.reseller_id is None:
        raise NotClosed
    return enter_late_withdrawal(
        actor=actor, reseller_id=view.reseller_id, reason="账户已关闭，退还余款", key=key, now=now
    )


@atomic_with_retry
def _request(row: AccountClosing, actor: Actor, reason: str, key: str, now: datetime) -> ClosingView:
    row.reason, row.key = require_reason(reason, max_length=MAX_REASON), require_key(key, max_length=MAX_KEY)
    if earlier := _find_same(row, actor):
        return earlier
    _require_nothing_open(row, now)
    _require_payee(row, now)
    row.state, row.requested_by_id, row.requested_at = ClosingState.WAITING.value, actor.own_id, now
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) not in _ONCE:
            raise
        # The same was asked for at this instant.
        if earlier := _find_same(row, actor):
            return earlier
        raise ClosingKeyUsed from error
    _record(row, "closings.request", actor, now)
    return get_closing(row.pk)


_ONCE = ("account_closing_key_once", "account_closing_once_reseller", "account_closing_once_brand")


def _find_same(row: AccountClosing, actor: Actor) -> ClosingView | None:
    """A closing of the same account that waits, whoever asked for it. Refuses one that is closed."""
    owner = {"brand_id": row.brand_id} if row.brand_id is not None else {"reseller_id": row.reseller_id or 0}
    standing = AccountClosing.objects.filter(**owner)
    found = standing.filter(state__in=[ClosingState.WAITING.value, ClosingState.CLOSED.value]).first()
    if found is None:
        found = standing.filter(requested_by_id=actor.own_id, key=row.key).first()
    if found is None:
        return None
    view = get_closing(found.pk)
    if view.state is ClosingState.CLOSED:
        raise AccountIsClosed(owner=view.owner_name)
    return view


@atomic_with_retry
def _approve(actor: Actor, closing_id: int, code: str, now: datetime) -> ClosingView:
    row = _lock_for_decision(actor, closing_id, now)
    _lock_account(row)
    _require_nothing_open(row, now)
    row.paid_fen = get_rest_fen(reseller_id=row.reseller_id, brand_id=row.brand_id)
    if row.paid_fen:
        require_code(actor=actor, code=code, now=now)
    if row.reseller_id is not None:
        row.request_id = pay_rest_of_wallet(
            reseller_id=row.reseller_id, entered_by_id=row.requested_by_id, actor=actor, reason=row.reason, now=now
        )
        person_id = person_ids_of_resellers([row.reseller_id])[row.reseller_id]
        close_account(actor=actor, person_id=person_id, reason=row.reason, now=now)
    elif row.brand_id is not None:
        row.request_id = pay_rest_of_deposit(
            brand_id=row.brand_id, entered_by_id=row.requested_by_id, actor=actor, reason=row.reason, now=now
        )
        close_brand(actor=actor, brand_id=row.brand_id, reason=row.reason, now=now)
    return _decide(row, ClosingState.CLOSED, actor, now, "")


_KINDS_OF_BRAND = (
    AccountKind.DEPOSIT,
    AccountKind.BRAND_PAYABLE,
    AccountKind.BRAND_SETTLED,
    AccountKind.BRAND_DEBT,
)
_KINDS_OF_RESELLER = (AccountKind.WALLET, AccountKind.REFUND_IN_TRANSIT, AccountKind.WITHDRAWAL_IN_TRANSIT)


def _lock_account(row: AccountClosing) -> None:
    """Lock the money of an account, and what it asks for of invoices; of a brand also against new cases and sales.

    Who spends, books or asks waits, and then finds nothing.
    """
    lock_owner(Owner(row.reseller_id, row.brand_id))
    if row.brand_id is not None:
        lock_brand_against_cases(row.brand_id)
        lock_accounts([AccountRef(kind, row.brand_id) for kind in _KINDS_OF_BRAND])
    else:
        lock_accounts([AccountRef(kind, row.reseller_id or 0) for kind in _KINDS_OF_RESELLER])


def _require_nothing_open(row: AccountClosing, now: datetime) -> None:
    found = list_open_of_account(reseller_id=row.reseller_id, brand_id=row.brand_id, at=now)
    if found:
        raise StillOpen(open=[each.kind.value for each in found], counts=[each.count for each in found])


def _require_payee(row: AccountClosing, now: datetime) -> None:
    """Refuse to ask for what cannot be paid out: money is left, and there is no bank account that is paid to."""
    if get_rest_fen(reseller_id=row.reseller_id, brand_id=row.brand_id) == 0:
        return
    owner = get_brand(row.brand_id).name if row.brand_id is not None else get_reseller(row.reseller_id or 0).name
    require_payable_account(brand_id=row.brand_id, reseller_id=row.reseller_id, owner=owner, at=now)


def _lock_for_decision(actor: Actor, closing_id: int, now: datetime) -> AccountClosing:
    """A closing that waits, for somebody who may decide about it (MONEY-2)."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    row = AccountClosing.objects.select_for_update().filter(pk=closing_id).first()
    if row is None:
        raise NoSuchClosing(closing_id=closing_id)
    if row.state != ClosingState.WAITING.value:
        raise ClosingNotWaiting
    if row.requested_by_id == actor.person_id:
        raise OwnClosing
    if not may_approve(actor.role, is_own=False, active_finance=len(active_person_ids(Role.FINANCE))):
        raise FinanceApproves
    require_independent(actor, entered_by={row.requested_by_id}, now=now)
    return row


def _decide(row: AccountClosing, state: ClosingState, actor: Actor, now: datetime, reason: str) -> ClosingView:
    row.state, row.decided_by_id, row.decided_at, row.decision_reason = state.value, actor.own_id, now, reason
    row.save()
    _record(row, f"closings.{state.value}", actor, now)
    return get_closing(row.pk)


def _record(row: AccountClosing, action: str, actor: Actor, now: datetime) -> None:
    details = {"reason": row.decision_reason or row.reason, "paid": format_yuan(row.paid_fen)}
    record(actor=actor, action=action, kind="account_closing", subject_id=row.pk, details=details, now=now)
