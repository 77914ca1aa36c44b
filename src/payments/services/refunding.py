"""Refunds to the source: money of a payment leaves the wallet for where it came from, and comes back where the provider fails (PAY-8).

The row and the posting that takes the money out of the wallet are committed before the provider is asked, so no money is spent twice,
and whatever the provider knows has its row here. Payments are locked before their refunds, wallets before money in transit.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import lock_accounts, post
from payments.models import Payment, ProviderRefund, RefundChoice
from payments.rules.payments import PaymentState, Provider, clearing_account
from payments.rules.refunds import (
    MAX_REASON,
    OPEN_STATES,
    RefundReport,
    RefundState,
    ReportedRefundState,
    is_term_over,
    new_number,
)
from payments.services.port import ProvenRefund

_PROVIDERS = {Provider.WECHAT: ("微信", "WeChat Pay"), Provider.ALIPAY: ("支付宝", "Alipay")}


def refund_accounts(reseller_id: int) -> list[AccountRef]:
    """The accounts that a refund to the source moves money between. Locked together with the others of a transaction, before any item."""
    return [AccountRef(AccountKind.REFUND_IN_TRANSIT, reseller_id), AccountRef(AccountKind.WALLET, reseller_id)]


@transaction.atomic
def choose_destination(*, reseller_id: int, to_wallet: bool, now: datetime) -> None:
    """Keep where a reseller wants her refunds (PAY-9)."""
    RefundChoice.objects.update_or_create(reseller_id=reseller_id, defaults={"to_wallet": to_wallet, "chosen_at": now})


@transaction.atomic
def start_refund(
    *,
    actor: Actor,
    payment_id: int,
    at_most_fen: int,
    cause: str,
    order_id: int | None = None,
    reason: str,
    is_told: bool = True,
    now: datetime,
) -> int:
    """Take money of a paid payment out of the wallet, for its source; returns how many fen.

    Never more than the payment has left, and 0 where the provider's term is over. The same cause starts one refund. She is told
    of it unless the caller tells her more (`is_told`).
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state != PaymentState.PAID.value or payment.paid_at is None:
        return 0
    amount_fen = min(at_most_fen, payment.amount_fen - payment.refunded_fen)
    if amount_fen <= 0 or is_term_over(Provider(payment.provider), payment.paid_at, now=now):
        return 0
    if ProviderRefund.objects.filter(cause=cause).exclude(state=RefundState.FAILED.value).exists():
        return 0
    refund = ProviderRefund.objects.create(
        number=new_number(now),
        payment=payment,
        reseller_id=payment.reseller_id,
        cause=cause,
        order_id=order_id,
        amount_fen=amount_fen,
        reason=reason[:MAX_REASON],
        created_at=now,
        next_query_at=now,
    )
    payment.refunded_fen += amount_fen
    payment.save(update_fields=["refunded_fen"])
    lock_accounts(refund_accounts(payment.reseller_id))
    _move(refund, PostingKind.REFUND_TO_SOURCE, AccountKind.WALLET, AccountKind.REFUND_IN_TRANSIT, actor, now)
    _record(actor, "payments.start_refund", refund, now)
    if is_told:
        _tell(EventKind.SOURCE_REFUND_STARTED, refund, now)
    return amount_fen


@transaction.atomic
def take_refund_report(*, refund_id: int, proven: ProvenRefund, now: datetime) -> RefundState:
    """Take what a provider says of a refund, and move the money where it is by now. The same again changes nothing."""
    payment, refund = _lock(refund_id)
    if RefundState(refund.state) not in OPEN_STATES:
        return RefundState(refund.state)
    report = proven.report
    if report.state is ReportedRefundState.UNKNOWN:
        return RefundState(refund.state)
    if (report.payment_number, report.amount_fen) != (payment.number, refund.amount_fen):
        refund.refusal = "DIFFERS"
        refund.save(update_fields=["refusal"])
        return RefundState(refund.state)
    refund.taken_at = refund.taken_at or now
    refund.provider_refund_id = report.provider_refund_id or refund.provider_refund_id
    refund.received_account = report.received_account or refund.received_account
    refund.refusal = ""
    if report.state is ReportedRefundState.SUCCEEDED:
        _end_paid_out(refund, report, proven.proof, Provider(payment.provider), now)
    elif report.state is ReportedRefundState.CLOSED:
        _end_failed(payment, refund, SYSTEM, now)
    elif report.state is ReportedRefundState.ABNORMAL and refund.state != RefundState.ABNORMAL.value:
        refund.state = RefundState.ABNORMAL.value
        _tell(EventKind.SOURCE_REFUND_ABNORMAL, refund, now)
    elif report.state is ReportedRefundState.PROCESSING:
        refund.state = RefundState.PROCESSING.value
    refund.save()
    return RefundState(refund.state)


@transaction.atomic
def note_refusal(*, refund_id: int, code: str) -> None:
    """Keep why a provider refuses a refund for now."""
    ProviderRefund.objects.filter(pk=refund_id, state=RefundState.WAITING.value).update(refusal=code[:64])


class NotAbnormal(Conflict):
    code = "payments.refund_not_abnormal"
    zh = "退款 {number} 现在不是「渠道退不出」，没有处理；请刷新后再看"
    en = "Refund {number} is not one that the provider cannot pay out, and nothing was done; look again"
    number: str


@transaction.atomic
def end_abnormal_refund(*, actor: Actor, refund_id: int, now: datetime) -> None:
    """Put the money of a refund that the provider cannot pay out into the wallet, as two people decided (PAY-15)."""
    _payment, refund = _lock(refund_id)
    if refund.state != RefundState.ABNORMAL.value:
        raise NotAbnormal(number=refund.number)
    give_up_refund(actor=actor, refund_id=refund_id, code="ABNORMAL", now=now)


@transaction.atomic
def give_up_refund(*, actor: Actor, refund_id: int, code: str = "", now: datetime) -> bool:
    """Put the money of a refund that is open and that the provider does not pay out back into the wallet; False where it has ended."""
    payment, refund = _lock(refund_id)
    if RefundState(refund.state) not in OPEN_STATES:
        return False
    refund.refusal = code[:64] or refund.refusal
    _end_failed(payment, refund, actor, now)
    refund.save()
    return True


def _lock(refund_id: int) -> tuple[Payment, ProviderRefund]:
    payment = Payment.objects.select_for_update().get(refunds=refund_id)
    return payment, ProviderRefund.objects.select_for_update().get(pk=refund_id)


def _end_paid_out(refund: ProviderRefund, report: RefundReport, proof: str, provider: Provider, now: datetime) -> None:
    refund.state, refund.ended_at, refund.proof = RefundState.SUCCEEDED.value, now, proof
    transit = AccountRef(AccountKind.REFUND_IN_TRANSIT, refund.reseller_id)
    entries = [EntryDraft(transit, -refund.amount_fen), EntryDraft(clearing_account(provider), refund.amount_fen)]
    _post(refund, PostingKind.REFUND_PAID_OUT, entries, SYSTEM, now)
    _record(SYSTEM, "payments.refund_paid_out", refund, now)
    _tell(EventKind.SOURCE_REFUND_PAID_OUT, refund, now)


def _end_failed(payment: Payment, refund: ProviderRefund, actor: Actor, now: datetime) -> None:
    refund.state, refund.ended_at = RefundState.FAILED.value, now
    payment.refunded_fen -= refund.amount_fen
    payment.save(update_fields=["refunded_fen"])
    lock_accounts(refund_accounts(refund.reseller_id))
    _move(refund, PostingKind.REFUND_CAME_BACK, AccountKind.REFUND_IN_TRANSIT, AccountKind.WALLET, actor, now)
    _record(actor, "payments.refund_failed", refund, now)
    _tell(EventKind.SOURCE_REFUND_FAILED, refund, now)


def _move(
    refund: ProviderRefund, kind: PostingKind, source: AccountKind, target: AccountKind, actor: Actor, now: datetime
) -> None:
    entries: Sequence[EntryDraft] = [
        EntryDraft(AccountRef(source, refund.reseller_id), -refund.amount_fen),
        EntryDraft(AccountRef(target, refund.reseller_id), refund.amount_fen),
    ]
    _post(refund, kind, entries, actor, now)


def _post(
    refund: ProviderRefund, kind: PostingKind, entries: Sequence[EntryDraft], actor: Actor, now: datetime
) -> None:
    post(
        kind=kind,
        key=f"{kind.value}:{refund.pk}",
        cause=f"provider_refund:{refund.pk}",
        entries=entries,
        actor=actor,
        now=now,
        note=refund.number,
    )


def _record(actor: Actor, action: str, refund: ProviderRefund, now: datetime) -> None:
    details = {"amount": format_yuan(refund.amount_fen), "number": refund.number, "cause": refund.cause}
    record(actor=actor, action=action, kind="payment", subject_id=refund.payment_id, details=details, now=now)


def _tell(kind: EventKind, refund: ProviderRefund, now: datetime) -> None:
    zh, en = _PROVIDERS[Provider(refund.payment.provider)]
    data = {
        "amount": format_yuan(refund.amount_fen),
        "number": refund.number,
        "provider_zh": zh,
        "provider_en": en,
    }
    publish([EventDraft(kind, refund.payment_id, reseller_id=refund.reseller_id, data=data)], now=now)
