"""Booking of money that a provider took: each payment at most once, and only what fits it (PAY-3, PAY-4)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record
from db.rows import view_of
from kernel.money import format_yuan
from kernel.refusal import Conflict
from ledger.rules import AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.services import post
from payments.models import Payment
from payments.rules.payments import (
    NOT_OURS,
    CallbackOutcome,
    Difference,
    MerchantAccount,
    PaymentState,
    Provider,
    ReportedState,
    clearing_account,
    difference,
)
from payments.services.port import ProvenReport


class DifferenceChanged(Conflict):
    code = "payments.difference_changed"
    zh = "在线付款 {number} 的到账情况变了，没有处理；请刷新后再看"
    en = "What arrived for payment {number} has changed, and nothing was done; look again"
    number: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a report, and of which payment it was (None where no payment has its number).

    `is_ended`: it repeats what finance ended, and nothing else of the payment waits for anybody (PAY-16).
    """

    outcome: CallbackOutcome
    payment_id: int | None = None
    difference: Difference | None = None
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class LockedPayment:
    """A payment that is locked until the transaction ends."""

    id: int
    number: str
    reseller_id: int
    provider: Provider
    state: PaymentState


Book = Callable[[ProvenReport, MerchantAccount, datetime], Booked]
"""Takes a report in one transaction. The app above gives it, since it knows what a payment pays besides the wallet."""


def lock_payment(number: str) -> LockedPayment | None:
    """The payment with this number, locked until the transaction ends: callbacks, queries and closing of it wait for each other."""
    row = Payment.objects.select_for_update().filter(number=number).first()
    return view_of(LockedPayment, row) if row else None


def lock_payments(payment_ids: Collection[int]) -> None:
    """Lock payments in the order of their ids until the transaction ends. They are locked before accounts (decision 270)."""
    if payment_ids:
        list(Payment.objects.select_for_update().filter(pk__in=payment_ids).order_by("pk").values_list("pk"))


def book_locked(*, locked: LockedPayment, proven: ProvenReport, account: MerchantAccount, now: datetime) -> Booked:
    """Take a report of a payment that is locked, into the wallet where money arrived. Belongs into the transaction that locked it.

    The same money again changes nothing. Money for a closed payment is booked too: it did arrive. A report that differs from the payment
    is kept on it and books nothing; one that is no money of ours does not take the place of another amount that arrived.
    """
    payment, report = Payment.objects.get(pk=locked.id), proven.report
    if report.state is not ReportedState.PAID:
        return Booked(CallbackOutcome.NOTED, payment.pk)
    found = difference(report, account, amount_fen=payment.amount_fen, transaction_id=payment.transaction_id)
    if account.provider.value != payment.provider:
        found = Difference.MERCHANT
    if found is None and payment.state != PaymentState.PAID.value and _is_taken(payment, report.transaction_id):
        found = Difference.TRANSACTION
    if found is not None and found.value in {payment.ended_difference, *payment.ended_before}:
        # The provider repeats what finance has ended.
        return Booked(CallbackOutcome.DIFFERS, payment.pk, found, is_ended=payment.difference == "")
    if found in NOT_OURS and payment.difference == Difference.AMOUNT.value:
        # Another amount arrived, and it waits for people (PAY-14); this is no money of ours.
        return Booked(CallbackOutcome.DIFFERS, payment.pk, found)
    if found is not None:
        payment.difference = found.value
        _keep_reported(payment, found, proven, now)
        payment.save(
            update_fields=["difference", "reported_fen", "reported_transaction_id", "reported_at", "reported_proof"]
        )
        return Booked(CallbackOutcome.DIFFERS, payment.pk, found)
    if payment.state == PaymentState.PAID.value:
        return Booked(CallbackOutcome.KNOWN, payment.pk)
    payment.state, payment.transaction_id = PaymentState.PAID.value, report.transaction_id
    payment.paid_at, payment.booked_at, payment.proof = report.paid_at or now, now, proven.proof
    payment.difference = ""
    payment.save(update_fields=["state", "transaction_id", "paid_at", "booked_at", "proof", "difference"])
    _post(payment, now)
    return Booked(CallbackOutcome.BOOKED, payment.pk)


def payable_until(payment: Payment) -> datetime:
    """Until when the provider takes money for a payment that it did not close."""
    return payment.provider_until or payment.expires_at


def accept_reported(*, payment_id: int, amount_fen: int, actor: Actor, now: datetime) -> None:
    """Book the other amount that a provider took for a payment (PAY-14). The payment is locked, and two people decided so.

    From then on the payment is about what arrived; what she was to pay is kept beside it. Refuses DifferenceChanged where the provider
    says something else by now, or the money was booked.
    """
    payment = Payment.objects.get(pk=payment_id)
    if (
        payment.difference != Difference.AMOUNT.value
        or payment.state == PaymentState.PAID.value
        or payment.reported_fen != amount_fen
        or _is_taken(payment, payment.reported_transaction_id)
    ):
        raise DifferenceChanged(number=payment.number)
    payment.asked_fen, payment.amount_fen = payment.amount_fen, amount_fen
    payment.state, payment.transaction_id = PaymentState.PAID.value, payment.reported_transaction_id
    payment.paid_at, payment.booked_at, payment.proof = payment.reported_at, now, payment.reported_proof
    payment.difference = ""
    payment.save()
    _post(payment, now, actor)


def _keep_reported(payment: Payment, found: Difference, proven: ProvenReport, now: datetime) -> None:
    """Keep what a genuine report of another amount says, so that people can decide about that money."""
    report = proven.report
    is_money = found is Difference.AMOUNT and payment.state != PaymentState.PAID.value and report.amount_fen > 0
    if is_money and report.transaction_id and not _is_taken(payment, report.transaction_id):
        payment.reported_fen, payment.reported_transaction_id = report.amount_fen, report.transaction_id
        payment.reported_at, payment.reported_proof = report.paid_at or now, proven.proof


def _is_taken(payment: Payment, transaction_id: str) -> bool:
    """Whether another payment was booked with this transaction of the provider."""
    taken = Payment.objects.filter(provider=payment.provider, transaction_id=transaction_id)
    return taken.exclude(pk=payment.pk).exists()


def _post(payment: Payment, now: datetime, actor: Actor = SYSTEM) -> None:
    cause = f"provider_payment:{payment.pk}"
    wallet = AccountRef(AccountKind.WALLET, payment.reseller_id)
    clearing = clearing_account(Provider(payment.provider))
    post(
        kind=PostingKind.PROVIDER_PAYMENT,
        key=cause,
        cause=cause,
        entries=[EntryDraft(wallet, payment.amount_fen), EntryDraft(clearing, -payment.amount_fen)],
        actor=actor,
        now=now,
        note=payment.number,
    )
    details = {"amount": format_yuan(payment.amount_fen), "number": payment.number}
    record(actor=actor, action="payments.book", kind="payment", subject_id=payment.pk, details=details, now=now)


@transaction.atomic
def end_early(*, payment_ids: Sequence[int], now: datetime) -> None:
    """Let the time of open payments be over: the next sweep closes them at the provider, or hears that they were paid.

    One that the provider does not know yet cannot be closed there, and stays open until `provider_until`.
    """
    if payment_ids:
        ending = Payment.objects.select_for_update().filter(pk__in=payment_ids, state=PaymentState.OPEN.value)
        ids = list(ending.filter(expires_at__gt=now).order_by("pk").values_list("pk", flat=True))
        Payment.objects.filter(pk__in=ids).update(expires_at=now, next_query_at=now)


@transaction.atomic
def close_payment(*, payment_id: int, now: datetime) -> bool:
    """Mark a payment as closed that the provider has closed, or does not know after its time; False where it has ended otherwise."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state != PaymentState.OPEN.value:
        return False
    payment.state, payment.closed_at = PaymentState.CLOSED.value, now
    payment.save(update_fields=["state", "closed_at"])
    record(actor=SYSTEM, action="payments.close", kind="payment", subject_id=payment.pk, details={}, now=now)
    return True
