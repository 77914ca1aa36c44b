"""Callbacks of providers: each is stored once, and books only money that fits its payment (PAY-4).

Whoever sends a callback proves by its signature that the provider wrote it, but not that it is new: it may be sent again by anybody
who has seen it. What was signed too long ago is therefore not believed; the provider is asked instead.
"""

from collections.abc import Mapping
from datetime import datetime

from db.transactions import atomic_with_retry
from payments import sql
from payments.models import Payment, ProviderEvent, ProviderRefund
from payments.rules.payments import CallbackOutcome, MerchantAccount, PaymentState, Provider, ReportedState, is_fresh
from payments.rules.refunds import OPEN_STATES
from payments.services.accounts import open_client
from payments.services.booking import Book, Booked
from payments.services.port import Callback, ProvenReport

MAX_CONTENT = 8000
"""Characters of a callback that are stored."""


def read_callback(*, provider: Provider, headers: Mapping[str, str], body: bytes, now: datetime) -> Callback:
    """A callback whose signature is genuine. Raises Forged, and NoAnswer where the provider's keys cannot be loaded."""
    with open_client(provider) as client:
        return client.read_callback(headers, body, now=now)


@atomic_with_retry
def take_callback(*, callback: Callback, account: MerchantAccount, book: Book, now: datetime) -> CallbackOutcome:
    """Store a callback whose signature was checked, and book what it tells, in one transaction. The same callback again changes nothing."""
    sql.lock_event(account.provider.value, callback.event_id)
    earlier = ProviderEvent.objects.filter(provider=account.provider.value, event_id=callback.event_id).first()
    if earlier is not None:
        earlier.times += 1
        earlier.save(update_fields=["times"])
        return CallbackOutcome(earlier.outcome)
    booked = _book(callback, account, book, now)
    if booked.outcome is CallbackOutcome.STALE:
        _ask_soon(callback, now)
    if callback.refund_number:
        # What became of it, the provider is asked: its answer is fresh, and the callback may not be.
        refunds = ProviderRefund.objects.filter(number=callback.refund_number, next_query_at__gt=now)
        refunds.filter(state__in=[each.value for each in OPEN_STATES]).update(next_query_at=now)
    ProviderEvent.objects.create(
        provider=account.provider.value,
        event_id=callback.event_id,
        kind=callback.kind,
        payment_id=booked.payment_id,
        number=callback.number,
        outcome=booked.outcome.value,
        difference=booked.difference.value if booked.difference else "",
        signed_at=callback.signed_at,
        received_at=now,
        content=callback.content[:MAX_CONTENT],
    )
    return booked.outcome


def _book(callback: Callback, account: MerchantAccount, book: Book, now: datetime) -> Booked:
    payment_id = Payment.objects.filter(number=callback.number).values_list("pk", flat=True).first()
    if not is_fresh(callback.signed_at, now=now):
        return Booked(CallbackOutcome.STALE, payment_id)
    if callback.report is None:
        return Booked(CallbackOutcome.NOTED, payment_id)
    return book(ProvenReport(callback.report, callback.content), account, now)


def _ask_soon(callback: Callback, now: datetime) -> None:
    """Let the next sweep ask about a payment. One that was closed is open again where the callback tells that it was paid."""
    rows = Payment.objects.filter(number=callback.number)
    rows.filter(state=PaymentState.OPEN.value, next_query_at__gt=now).update(next_query_at=now)
    if callback.report is not None and callback.report.state is ReportedState.PAID:
        rows.filter(state=PaymentState.CLOSED.value).update(state=PaymentState.OPEN.value, next_query_at=now)
