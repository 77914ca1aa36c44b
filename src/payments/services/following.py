"""Asking providers about open payments, and closing them when their time is over (PAY-5).

A claim is committed before the provider is asked, and no transaction is open while it is. A worker that dies leaves the next claim to the
next run.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from payments.models import Payment
from payments.rules.payments import PaymentState, Provider, ReportedState, query_delay
from payments.services.accounts import is_provider_on, open_client
from payments.services.booking import Book, close_payment, payable_until
from payments.services.port import ProviderClient, ProviderRefused
from web.outbound import NoAnswer

log = logging.getLogger("weicang.payments")

CHECK_AGAIN_AFTER = timedelta(seconds=3)
"""So long after a question another one of hers waits for the sweep."""
_CLAIMED_AT_ONCE = 20
_SECONDS_PER_RUN = timedelta(seconds=40)
_MAX_FAILURES = 3
"""After so many failures in a row a provider is away, and the run leaves it alone."""


def follow_payments(*, book: Book, clock: Callable[[], datetime]) -> int:
    """Ask about the payments that are due, provider by provider; returns how many were asked about. A run is bounded in time."""
    return sum(_follow(provider, book, clock) for provider in Provider if is_provider_on(provider))


def check_payment(*, payment_id: int, book: Book, now: datetime) -> None:
    """Ask about one open payment now; does nothing where it was asked about a moment ago. Without an answer nothing changes."""
    recent = Q(asked_at__isnull=True) | Q(asked_at__lte=now - CHECK_AGAIN_AFTER)
    payment = Payment.objects.filter(recent, pk=payment_id, state=PaymentState.OPEN.value).first()
    if payment is None or not is_provider_on(Provider(payment.provider)):
        return
    if not Payment.objects.filter(recent, pk=payment_id).update(asked_at=now):
        return
    with open_client(Provider(payment.provider)) as client:
        _ask(client, payment, book, now)


def _follow(provider: Provider, book: Book, clock: Callable[[], datetime]) -> int:
    ends_at, asked, failures = clock() + _SECONDS_PER_RUN, 0, 0
    with open_client(provider) as client:
        while failures < _MAX_FAILURES and clock() < ends_at:
            claimed = _claim_due(provider, clock())
            if not claimed:
                break
            for payment in claimed:
                is_answered = _ask_safely(client, payment, book, clock())
                asked, failures = asked + 1, 0 if is_answered else failures + 1
                if failures >= _MAX_FAILURES:
                    break
    return asked


@transaction.atomic
def _claim_due(provider: Provider, now: datetime) -> list[Payment]:
    due = Payment.objects.filter(provider=provider.value, state=PaymentState.OPEN.value, next_query_at__lte=now)
    claimed = list(due.order_by("next_query_at", "pk").select_for_update(skip_locked=True)[:_CLAIMED_AT_ONCE])
    for payment in claimed:
        payment.queries_count += 1
        payment.asked_at = now
        payment.next_query_at = now + query_delay(payment.queries_count)
        for end in (payment.expires_at, payable_until(payment)):
            if now < end:
                payment.next_query_at = min(payment.next_query_at, end)
    Payment.objects.bulk_update(claimed, ["queries_count", "asked_at", "next_query_at"])
    return claimed


def _ask_safely(client: ProviderClient, payment: Payment, book: Book, now: datetime) -> bool:
    """Whether the provider answered. One payment that cannot be booked does not stop the others."""
    try:
        return _ask(client, payment, book, now)
    except Exception:
        log.exception("a payment could not be followed", extra={"payment": payment.pk})
        return True


def _ask(client: ProviderClient, payment: Payment, book: Book, now: datetime) -> bool:
    """Ask what a payment is now, and close it where its time is over; whether the provider answered."""
    is_over, is_ended = now >= payment.expires_at, False
    try:
        state = client.close(payment.number) if is_over else ReportedState.PAID
        proven = client.query(payment.number) if state is ReportedState.PAID else None
    except (NoAnswer, ProviderRefused) as why:
        log.warning("a payment provider did not answer", extra={"payment": payment.pk, "why": str(why)})
        return False
    if proven is not None:
        state = proven.report.state
        is_ended = book(proven, client.account, now).is_ended
    # Alipay knows nothing of a payment until she opens its address, which she may do until the end that is signed in it.
    is_unknown = state is ReportedState.UNKNOWN and is_over
    if state is ReportedState.CLOSED or ((is_unknown or is_ended) and now >= payable_until(payment)):
        close_payment(payment_id=payment.pk, now=now)
    return True
