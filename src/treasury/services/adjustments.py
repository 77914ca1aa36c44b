"""Money that finance move without a bank: adjustments of a wallet, and deductions from a deposit (MONEY-13, MONEY-14)."""

from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Invalid, require_key, require_reason
from kernel.text import normalized
from ledger.rules import COMMISSION, AccountKind, AccountRef, Approval, EntryDraft, InsufficientBalance, PostingKind
from ledger.selectors.accounts import get_balance_fen
from ledger.services import post
from membership.selectors.people import get_reseller
from settlement.services.debts import pay_debts_from_deposit, require_what_is_owed
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_AMOUNT_FEN, MAX_EVIDENCE, MAX_KEY, MAX_REASON, RequestKind, RequestState
from treasury.selectors.requests import MoneyRequestView, get_request
from treasury.services.inserting import find_entered, insert_once
from treasury.services.open_wallets import lock_open_wallet, require_open_wallet


class InvalidAdjustment(Invalid):
    code = "treasury.invalid_adjustment"
    zh = "金额须大于 0，最多 ¥{max}"
    en = "The amount must be above zero and at most ¥{max}"
    max_fen: int = MAX_AMOUNT_FEN


class EvidenceRequired(Invalid):
    code = "treasury.evidence_required"
    zh = "请写明依据（如订单号、发货单号、售后单号），最多 {max_length} 个字，品牌看得到"
    en = "Say what proves it (orders, consignments, cases), in at most {max_length} characters; the brand reads it"
    max_length: int = MAX_EVIDENCE


class DebtIsThePlatforms(Invalid):
    code = "treasury.debt_is_the_platforms"
    zh = "还欠款的扣款归平台，不能赔给会员"
    en = "A deduction that pays a debt goes to the platform, and to no reseller"


@atomic_with_retry
def enter_adjustment(
    *, actor: Actor, reseller_id: int, amount_fen: int, is_credit: bool, reason: str, key: str, now: datetime
) -> MoneyRequestView:
    """Enter a credit or debit of a wallet against the platform's income, with a reason that the reseller reads (MONEY-13).

    Up to `settings.ADJUSTMENT_LIMIT_FEN` it is booked at once; above that a second person approves, and so where a reversal waits for the
    wallet that is credited (decision 304). The same `key` enters once. A closed account is not credited (MONEY-18).
    """
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    row = MoneyRequest(
        kind=(RequestKind.WALLET_CREDIT if is_credit else RequestKind.WALLET_DEBIT).value,
        reseller_id=reseller_id,
        amount_fen=amount_fen,
        reason=reason,
        within_limit=amount_fen <= settings.ADJUSTMENT_LIMIT_FEN and not (is_credit and _awaits_reversal(reseller_id)),
        key=require_key(key, max_length=MAX_KEY),
    )
    earlier = find_entered(row, actor)
    if earlier is not None:
        return earlier
    _require_amount(amount_fen)
    if is_credit:
        require_open_wallet(reseller_id)
    else:
        get_reseller(reseller_id)
    entered = insert_once(row, actor, now)
    if not row.within_limit or entered.id != row.pk:
        return entered
    row.state, row.decided_by_id, row.decided_at = RequestState.APPROVED.value, actor.own_id, now
    book_adjustment(row, actor, now)
    row.save(update_fields=["state", "decided_by", "decided_at", "booked_as"])
    details = {"amount": format_yuan(amount_fen), "reason": reason}
    record(actor=actor, action="treasury.adjust", kind="money_request", subject_id=row.pk, details=details, now=now)
    return get_request(row.pk)


@atomic_with_retry
def enter_deduction(
    *,
    actor: Actor,
    brand_id: int,
    amount_fen: int,
    reason: str,
    evidence: str,
    beneficiary_id: int | None = None,
    pays_debt: bool = False,
    key: str,
    now: datetime,
) -> MoneyRequestView:
    """Enter what a brand forfeits of its deposit: to the platform, or to the wallet of the reseller who is named (MONEY-14).

    With `pays_debt` it pays all that the brand owes after its statements (SETTLE-12). A second person approves. The brand reads the reason
    and what proves it. The same `key` enters once.
    """
    require_roles(actor, Role.FINANCE)
    reason, evidence = require_reason(reason, max_length=MAX_REASON), normalized(evidence)
    if not 0 < len(evidence) <= MAX_EVIDENCE:
        raise EvidenceRequired
    row = MoneyRequest(
        kind=RequestKind.DEPOSIT_DEDUCTION.value,
        brand_id=brand_id,
        beneficiary_id=beneficiary_id,
        pays_debt=pays_debt,
        amount_fen=amount_fen,
        reason=reason,
        evidence=evidence,
        key=require_key(key, max_length=MAX_KEY),
    )
    earlier = find_entered(row, actor)
    if earlier is not None:
        return earlier
    _require_amount(amount_fen)
    brand = get_brand(brand_id)
    if amount_fen > brand.deposit_fen:
        raise InsufficientBalance(
            account=AccountKind.DEPOSIT.value, balance_fen=brand.deposit_fen, needed_fen=amount_fen
        )
    if beneficiary_id is not None:
        require_open_wallet(beneficiary_id)
    if pays_debt:
        if beneficiary_id is not None:
            raise DebtIsThePlatforms
        require_what_is_owed(brand_id, amount_fen)
    return insert_once(row, actor, now)


def book_adjustment(row: MoneyRequest, actor: Actor, now: datetime) -> None:
    """Book an adjustment. A debit of more than the wallet holds is refused, nobody is put into debt; so is a credit of a closed wallet."""
    sign = 1 if row.kind == RequestKind.WALLET_CREDIT.value else -1
    wallet = AccountRef(AccountKind.WALLET, row.reseller_id or 0)
    if sign > 0:
        lock_open_wallet(wallet.owner_id, COMMISSION)
    row.booked_as = f"adjustment:{row.pk}"
    post(
        kind=PostingKind.ADJUSTMENT,
        key=row.booked_as,
        cause=f"money_request:{row.pk}",
        entries=[EntryDraft(wallet, sign * row.amount_fen), EntryDraft(COMMISSION, -sign * row.amount_fen)],
        actor=actor,
        now=now,
        note=row.reason,
    )
    kind = EventKind.WALLET_CREDITED if sign > 0 else EventKind.WALLET_DEBITED
    data = {"amount": format_yuan(row.amount_fen), "reason": row.reason}
    publish([EventDraft(kind, row.pk, reseller_id=row.reseller_id, data=data)], now=now)


def book_deduction(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Book what a brand forfeits, or pay what it owes. Refused where its deposit has become smaller than that, and for a closed wallet."""
    brand_id = row.brand_id or 0
    row.booked_as = f"deposit_deduction:{row.pk}"
    if row.pays_debt:
        pay_debts_from_deposit(
            approval=approval,
            brand_id=brand_id,
            amount_fen=row.amount_fen,
            key=row.booked_as,
            cause=f"money_request:{row.pk}",
            now=now,
        )
    else:
        _post_deduction(row, brand_id, approval.approved_by, now)
    left_fen = get_balance_fen(AccountRef(AccountKind.DEPOSIT, brand_id))
    amount = format_yuan(row.amount_fen)
    told = [
        EventDraft(
            EventKind.DEPOSIT_DEDUCTED,
            row.pk,
            brand_id=brand_id,
            data={"amount": amount, "reason": row.reason, "left": format_yuan(left_fen)},
        )
    ]
    if row.beneficiary_id is not None:
        data = {"amount": amount, "brand": row.brand.name if row.brand else ""}
        told.append(EventDraft(EventKind.COMPENSATED, row.pk, reseller_id=row.beneficiary_id, data=data))
    publish(told, now=now)


def _post_deduction(row: MoneyRequest, brand_id: int, actor: Actor, now: datetime) -> None:
    deposit, target = AccountRef(AccountKind.DEPOSIT, brand_id), COMMISSION
    if row.beneficiary_id is not None:
        target = AccountRef(AccountKind.WALLET, row.beneficiary_id)
        lock_open_wallet(row.beneficiary_id, deposit)
    post(
        kind=PostingKind.DEPOSIT_DEDUCTION,
        key=row.booked_as,
        cause=f"money_request:{row.pk}",
        entries=[
            EntryDraft(deposit, -row.amount_fen),
            EntryDraft(target, row.amount_fen),
        ],
        actor=actor,
        now=now,
    )


def _awaits_reversal(reseller_id: int) -> bool:
    """Whether a reversal of her waits: what is credited to cover it is booked together with it, so that she cannot spend it before."""
    waiting = MoneyRequest.objects.filter(kind=RequestKind.REVERSAL.value, state=RequestState.WAITING.value)
    return waiting.filter(reseller_id=reseller_id).exists()


def _require_amount(amount_fen: int) -> None:
    if not 0 < amount_fen <= MAX_AMOUNT_FEN:
        raise InvalidAdjustment
