"""Bank accounts of payees: entered by one person, approved by another, shown whole only on record (MONEY-5 to MONEY-7)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import active_person_ids
from accounts.services.audit import record
from brands.selectors.brands import get_brand, require_own_brand
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.refusal import Conflict, Forbidden, Invalid, require_reason
from kernel.text import invisible_character, normalized
from membership.selectors.people import get_reseller, require_reseller
from treasury.models import BankAccount
from treasury.rules.bank_accounts import (
    MAX_BANK,
    MAX_HOLDER,
    AccountState,
    account_number,
    is_valid_cnaps,
    is_valid_number,
    mask_number,
)
from treasury.rules.requests import MAX_REASON, may_approve
from treasury.selectors.bank_accounts import (
    BankAccountView,
    NoSuchAccount,
    UnmaskedAccount,
    get_account,
    unmasked_account,
)
from treasury.services.blocked import tell_blocked
from treasury.services.deciding import FinanceApproves
from treasury.services.second_person import require_independent


class InvalidAccount(Invalid):
    code = "treasury.invalid_account"
    zh = "请填写户名和开户行，各最多 {max_length} 个字"
    en = "Give the holder and the bank, at most {max_length} characters each"
    max_length: int = MAX_HOLDER


class InvalidAccountNumber(Invalid):
    code = "treasury.invalid_account_number"
    zh = "账号不对：应是 8 至 30 位数字；银行卡号请逐位核对"
    en = "The number is wrong: it has 8 to 30 digits; compare the number of a card digit by digit"


class InvalidCnaps(Invalid):
    code = "treasury.invalid_cnaps"
    zh = "联行号是 12 位数字；不知道可以留空"
    en = "A CNAPS code has 12 digits; leave it empty where you do not know it"


class AccountNotWaiting(Conflict):
    code = "treasury.account_not_waiting"
    zh = "这个收款账户已经处理过，请刷新后再看"
    en = "The bank account was decided before; look again"


class OwnAccountEntry(Forbidden):
    code = "treasury.own_account_entry"
    zh = "这个收款账户是您自己录入的，须由另一人审核"
    en = "You entered the bank account yourself; somebody else approves it"


@dataclass(frozen=True, slots=True)
class AccountFields:
    """A bank account as it is typed."""

    holder: str
    number: str
    bank: str
    branch: str = ""
    cnaps: str = ""


@atomic_with_retry
def enter_own_account(*, actor: Actor, fields: AccountFields, now: datetime) -> BankAccountView:
    """A reseller enters the account that she is paid to, a clerk that of the brand. An earlier entry that waits is replaced."""
    if actor.role is Role.BRAND:
        return _enter(BankAccount(brand_id=require_own_brand(actor).id), fields, actor, now)
    return _enter(BankAccount(reseller_id=require_reseller(actor).id), fields, actor, now)


@atomic_with_retry
def enter_account_of_brand(*, actor: Actor, brand_id: int, fields: AccountFields, now: datetime) -> BankAccountView:
    """Finance enter the account of a brand, from its contract."""
    require_roles(actor, Role.FINANCE)
    get_brand(brand_id)
    return _enter(BankAccount(brand_id=brand_id), fields, actor, now)


@atomic_with_retry
def enter_account_of_reseller(
    *, actor: Actor, reseller_id: int, fields: AccountFields, now: datetime
) -> BankAccountView:
    require_roles(actor, Role.FINANCE)
    get_reseller(reseller_id)
    return _enter(BankAccount(reseller_id=reseller_id), fields, actor, now)


@atomic_with_retry
def approve_account(*, actor: Actor, account_id: int, now: datetime) -> BankAccountView:
    """Approve an account that somebody else entered. It replaces the earlier one, and is paid to after the cool-down (MONEY-6)."""
    row = _lock_waiting(actor, account_id, now)
    earlier = _others_of_owner(row).filter(state=AccountState.APPROVED.value)
    replaced = list(earlier.values_list("pk", flat=True))
    earlier.update(state=AccountState.REPLACED.value)
    tell_blocked(replaced, now=now)
    row.payable_from = now + settings.BANK_ACCOUNT_COOL_DOWN
    _decide(row, AccountState.APPROVED, actor, now, "")
    _tell(row, EventKind.BRAND_ACCOUNT_APPROVED if row.brand_id else EventKind.BANK_ACCOUNT_APPROVED, now)
    return get_account(row.pk)


@atomic_with_retry
def refuse_account(*, actor: Actor, account_id: int, reason: str, now: datetime) -> BankAccountView:
    """Refuse an account that somebody else entered; the owner reads the reason."""
    reason = require_reason(reason, max_length=MAX_REASON)
    row = _lock_waiting(actor, account_id, now)
    _decide(row, AccountState.REFUSED, actor, now, reason)
    _tell(row, EventKind.BRAND_ACCOUNT_REFUSED if row.brand_id else EventKind.BANK_ACCOUNT_REFUSED, now)
    return get_account(row.pk)


@atomic_with_retry
def show_account(*, actor: Actor, account_id: int, reason: str, now: datetime) -> UnmaskedAccount:
    """The whole number, for finance and ops with a reason; each time is in the audit log (MONEY-7)."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    reason = require_reason(reason, max_length=MAX_REASON)
    shown = unmasked_account(account_id)
    record(
        actor=actor,
        action="treasury.show_account",
        kind="bank_account",
        subject_id=account_id,
        details={"reason": reason.replace(shown.number, mask_number(shown.number))},
        now=now,
    )
    return shown


def _enter(row: BankAccount, fields: AccountFields, actor: Actor, now: datetime) -> BankAccountView:
    row.holder, row.bank = _required(fields.holder), _required(fields.bank)
    row.branch = normalized(fields.branch)
    if len(row.branch) > MAX_BANK or invisible_character(row.branch):
        raise InvalidAccount
    row.number, row.cnaps = account_number(fields.number), account_number(fields.cnaps)
    if not is_valid_number(row.number, is_personal=row.reseller_id is not None):
        raise InvalidAccountNumber
    if not is_valid_cnaps(row.cnaps):
        raise InvalidCnaps
    _others_of_owner(row).filter(state=AccountState.WAITING.value).update(state=AccountState.REPLACED.value)
    row.state, row.entered_by_id, row.entered_at = AccountState.WAITING.value, actor.own_id, now
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        # Somebody else of the same owner entered one at this instant.
        if constraint_of(error) not in ("bank_account_one_waits_reseller", "bank_account_one_waits_brand"):
            raise
        raise AccountNotWaiting from error
    _record(row, "treasury.enter_account", actor, now, "")
    _tell(row, EventKind.BRAND_ACCOUNT_ENTERED if row.brand_id else EventKind.BANK_ACCOUNT_ENTERED, now)
    return get_account(row.pk)


def _others_of_owner(row: BankAccount) -> QuerySet[BankAccount]:
    if row.brand_id is not None:
        return BankAccount.objects.filter(brand_id=row.brand_id)
    return BankAccount.objects.filter(reseller_id=row.reseller_id or 0)


def _required(typed: str) -> str:
    text = normalized(typed)
    if not 0 < len(text) <= MAX_HOLDER or invisible_character(text):
        raise InvalidAccount
    return text


def _lock_waiting(actor: Actor, account_id: int, now: datetime) -> BankAccount:
    """An account that waits, for somebody who may decide about it."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    row = BankAccount.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise NoSuchAccount(account_id=account_id)
    if row.state != AccountState.WAITING.value:
        raise AccountNotWaiting
    if row.entered_by_id == actor.person_id:
        raise OwnAccountEntry
    if not may_approve(actor.role, is_own=False, active_finance=len(active_person_ids(Role.FINANCE))):
        raise FinanceApproves
    require_independent(actor, entered_by={row.entered_by_id}, now=now)
    return row


def _decide(row: BankAccount, state: AccountState, actor: Actor, now: datetime, reason: str) -> None:
    row.state, row.decided_by_id, row.decided_at, row.decision_reason = state.value, actor.own_id, now, reason
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "payable_from"])
    _record(row, f"treasury.account_{state.value}", actor, now, reason)


def _record(row: BankAccount, action: str, actor: Actor, now: datetime, reason: str) -> None:
    details = {"bank": row.bank, "account": mask_number(row.number), "reason": reason}
    record(actor=actor, action=action, kind="bank_account", subject_id=row.pk, details=details, now=now)


def _tell(row: BankAccount, kind: EventKind, now: datetime) -> None:
    hours = int(settings.BANK_ACCOUNT_COOL_DOWN.total_seconds() // 3600)
    data: dict[str, str | int | bool | None] = {"bank": row.bank, "tail": row.number[-4:], "hours": hours}
    if row.decision_reason:
        data["reason"] = row.decision_reason
    publish([EventDraft(kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data=data)], now=now)
