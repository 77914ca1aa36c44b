"""Withdrawals: a reseller takes money out of her wallet (MONEY-8). It leaves the wallet at once, so that nobody spends it twice."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import last_acted_on_at
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.period import SHANGHAI
from kernel.refusal import Conflict, Invalid, require_key
from ledger.rules import AccountKind, AccountRef, EntryDraft, InsufficientBalance, PostingKind
from ledger.selectors.accounts import get_balance_fen
from ledger.services import lock_accounts, post
from membership.selectors.people import require_reseller
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_KEY, RequestKind, RequestState
from treasury.rules.withdrawals import LimitBroken, WithdrawalLimits, withdrawable_from
from treasury.selectors.bank_accounts import get_account, require_payable_account
from treasury.selectors.requests import MoneyRequestView, get_request
from treasury.services.inserting import KeyUsed, insert_request

_SIGN_IN_CHANGES = frozenset(
    {"accounts.change_password", "accounts.set_password", "accounts.redeem_password_link", "accounts.reactivate"}
)
_NOT_COUNTED = (RequestState.REFUSED.value, RequestState.CANCELLED.value, RequestState.RETURNED.value)


class NothingToWithdraw(Invalid):
    code = "treasury.nothing_to_withdraw"
    zh = "请填写提现金额；钱包里有 ¥{balance}"
    en = "Give the amount to withdraw; the wallet holds ¥{balance}"
    balance_fen: int


class BelowWithdrawalMinimum(Invalid):
    code = "treasury.below_withdrawal_minimum"
    zh = "每次至少提 ¥{min}；余额不足 ¥{min} 时可以全部提出"
    en = "Withdraw at least ¥{min} at once; a smaller balance can be withdrawn whole"
    min_fen: int


class AboveWithdrawalMaximum(Invalid):
    code = "treasury.above_withdrawal_maximum"
    zh = "每次最多提 ¥{max}，请分次提现"
    en = "Withdraw at most ¥{max} at once"
    max_fen: int


class AboveDailyMaximum(Conflict):
    code = "treasury.above_daily_maximum"
    zh = "一天最多提 ¥{max}，今天已申请 ¥{today}；请明天再提"
    en = "At most ¥{max} are withdrawn on one day, and you asked for ¥{today} today; withdraw the rest tomorrow"
    max_fen: int
    today_fen: int


class SignInChanged(Conflict):
    code = "treasury.sign_in_changed"
    zh = "密码或账号刚改过，为防盗用，{withdrawable_from} 起才能提现"
    en = "The password or account was just changed; against theft, withdrawals are possible from {withdrawable_from} on"
    withdrawable_from: datetime


@atomic_with_retry
def request_withdrawal(*, actor: Actor, amount_fen: int | None, key: str, now: datetime) -> MoneyRequestView:
    """A reseller asks for a part of her wallet, or all of it where no amount is given, at her approved bank account.

    The same `key` asks once, and is refused with another amount. Refuses without an account that is paid to now, beyond the limits, and
    soon after her sign-in changed.
    """
    require_roles(actor, Role.RESELLER)
    her, key = require_reseller(actor), require_key(key, max_length=MAX_KEY)
    wallet = AccountRef(AccountKind.WALLET, her.id)
    lock_accounts([wallet])
    earlier = MoneyRequest.objects.filter(entered_by_id=actor.own_id, key=key).first()
    if earlier is not None:
        # All of a wallet was another amount by now: the wallet is empty since.
        if amount_fen not in (None, earlier.amount_fen):
            raise KeyUsed(request_id=earlier.pk)
        return get_request(earlier.pk)
    _require_settled_sign_in(her.person_id, now)
    account_id = require_payable_account(reseller_id=her.id, owner=her.name, at=now)
    amount_fen = _allowed_amount(her.id, amount_fen, get_balance_fen(wallet), now)
    row = MoneyRequest(
        kind=RequestKind.WITHDRAWAL.value,
        reseller_id=her.id,
        bank_account_id=account_id,
        amount_fen=amount_fen,
        key=key,
    )
    asked = insert_request(row, actor, now)
    post(
        kind=PostingKind.WITHDRAWAL,
        key=f"withdrawal:{row.pk}",
        cause=f"money_request:{row.pk}",
        entries=[
            EntryDraft(wallet, -amount_fen),
            EntryDraft(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, her.id), amount_fen),
        ],
        actor=actor,
        now=now,
    )
    account = get_account(account_id)
    data: dict[str, str | int | bool | None] = {
        "amount": format_yuan(amount_fen),
        "bank": account.bank,
        "tail": account.number[-4:],
    }
    publish([EventDraft(EventKind.WITHDRAWAL_REQUESTED, row.pk, reseller_id=her.id, data=data)], now=now)
    return asked


def put_back_withdrawal(row: MoneyRequest, actor: Actor, now: datetime) -> None:
    """Give the money of a withdrawal that was refused or cancelled back to the wallet. A refused reseller is told why."""
    reseller_id = row.reseller_id or 0
    post(
        kind=PostingKind.WITHDRAWAL_BACK,
        key=f"withdrawal_back:{row.pk}",
        cause=f"money_request:{row.pk}",
        entries=[
            EntryDraft(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, reseller_id), -row.amount_fen),
            EntryDraft(AccountRef(AccountKind.WALLET, reseller_id), row.amount_fen),
        ],
        actor=actor,
        now=now,
    )
    if row.state == RequestState.REFUSED.value:
        data: dict[str, str | int | bool | None] = {
            "amount": format_yuan(row.amount_fen),
            "reason": row.decision_reason,
        }
        publish([EventDraft(EventKind.WITHDRAWAL_REFUSED, row.pk, reseller_id=reseller_id, data=data)], now=now)


def withdrawal_limits() -> WithdrawalLimits:
    return WithdrawalLimits(settings.WITHDRAWAL_MIN_FEN, settings.WITHDRAWAL_MAX_FEN, settings.WITHDRAWAL_DAY_FEN)


def _require_settled_sign_in(person_id: int, now: datetime) -> None:
    allowed_from = withdrawable_from(
        last_acted_on_at(person_id, actions=_SIGN_IN_CHANGES), settings.WITHDRAWAL_COOL_DOWN
    )
    if allowed_from is not None and now < allowed_from:
        raise SignInChanged(withdrawable_from=allowed_from)


def _allowed_amount(reseller_id: int, wanted_fen: int | None, balance_fen: int, now: datetime) -> int:
    amount_fen = balance_fen if wanted_fen is None else wanted_fen
    limits, today_fen = withdrawal_limits(), _requested_today_fen(reseller_id, now)
    broken = limits.broken_by(amount_fen, balance_fen=balance_fen, today_fen=today_fen)
    if broken is LimitBroken.NOTHING:
        raise NothingToWithdraw(balance_fen=balance_fen)
    if amount_fen > balance_fen:
        raise InsufficientBalance(account=AccountKind.WALLET.value, balance_fen=balance_fen, needed_fen=amount_fen)
    if broken is LimitBroken.MIN:
        raise BelowWithdrawalMinimum(min_fen=limits.min_fen)
    if broken is LimitBroken.MAX:
        raise AboveWithdrawalMaximum(max_fen=limits.max_fen)
    if broken is LimitBroken.DAY:
        raise AboveDailyMaximum(max_fen=limits.max_day_fen, today_fen=today_fen)
    return amount_fen


def _requested_today_fen(reseller_id: int, now: datetime) -> int:
    """What she asked for on this day in China and was not given back to her. The wallet is locked, so nothing is added meanwhile."""
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    of_today = MoneyRequest.objects.filter(
        kind=RequestKind.WITHDRAWAL.value,
        reseller_id=reseller_id,
        entered_at__gte=midnight,
        entered_at__lt=midnight + timedelta(days=1),
    )
    return int(of_today.exclude(state__in=_NOT_COUNTED).aggregate(fen=Sum("amount_fen", default=0))["fen"])
