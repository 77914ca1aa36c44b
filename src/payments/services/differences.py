"""Ending a difference of app, merchant or currency: no money of ours arrived, and none moves (PAY-16)."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from kernel.refusal import Conflict, require_reason
from payments.models import Payment
from payments.rules.payments import MAX_DIFFERENCE_REASON, NOT_OURS, Difference, PaymentState
from payments.selectors.payments import NoSuchPayment, ProviderPaymentItem, get_payment_item
from payments.services.booking import payable_until


class NoDifferenceToEnd(Conflict):
    code = "payments.no_difference_to_end"
    zh = "在线付款 {number} 没有可以了结的不符：只有应用、商户或币种不符的才这样了结，金额不符的请录入钱的去向"
    en = "Payment {number} has no difference to end: those of app, merchant or currency are ended; of another amount enter where it goes"
    number: str


@transaction.atomic
def end_difference(*, actor: Actor, payment_id: int, reason: str, now: datetime) -> ProviderPaymentItem:
    """Finance say why a report that differs is no money of ours. A difference that was ended is not opened again; another one is.

    A payment for which the provider takes nothing any more is closed and not asked about; another one is closed then (PAY-5). Money that
    fits and comes later is booked all the same (PAY-3). Where another amount arrived before, it goes on waiting for people (PAY-14).
    Refuses a payment without such a difference.
    """
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_DIFFERENCE_REASON)
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise NoSuchPayment
    if payment.difference not in {each.value for each in NOT_OURS}:
        raise NoDifferenceToEnd(number=payment.number)
    ended = {payment.ended_difference, *payment.ended_before} - {"", payment.difference}
    payment.ended_difference, payment.ended_before = payment.difference, sorted(ended)
    is_money_left = payment.reported_fen is not None and payment.state != PaymentState.PAID.value
    payment.difference = Difference.AMOUNT.value if is_money_left else ""
    payment.difference_reason, payment.difference_ended_by_id, payment.difference_ended_at = reason, actor.own_id, now
    if not is_money_left and payment.state == PaymentState.OPEN.value and payable_until(payment) <= now:
        payment.state, payment.closed_at = PaymentState.CLOSED.value, now
    payment.save()
    details = {"difference": payment.ended_difference, "reason": reason}
    record(
        actor=actor, action="payments.end_difference", kind="payment", subject_id=payment.pk, details=details, now=now
    )
    return get_payment_item(payment_id)
