"""Asking providers for refunds and about them until each has ended (PAY-10).

A claim is committed before the provider is asked, and no transaction is open while it is. A lost answer or callback costs a delay: the
same number is asked for again, and the provider pays out once.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.rules import SYSTEM
from payments.models import ProviderRefund
from payments.rules.payments import Provider
from payments.rules.refunds import (
    FINAL_CODES,
    GIVEN_UP_AFTER,
    OPEN_STATES,
    RefundState,
    ReportedRefundState,
    query_delay,
)
from payments.services.accounts import is_provider_on, open_client
from payments.services.port import NewRefund, ProvenRefund, ProviderClient, ProviderRefused
from payments.services.refunding import give_up_refund, note_refusal, take_refund_report
from web.outbound import NoAnswer

log = logging.getLogger("weicang.payments")

_CLAIMED_AT_ONCE = 20
_SECONDS_PER_RUN = timedelta(seconds=40)
_MAX_FAILURES = 3
"""After so many failures in a row a provider is away, and the run leaves it alone."""


def follow_refunds(*, clock: Callable[[], datetime]) -> int:
    """Ask about the refunds that are due, provider by provider; returns how many were asked about. A run is bounded in time."""
    return sum(_follow(provider, clock) for provider in Provider if is_provider_on(provider))


def _follow(provider: Provider, clock: Callable[[], datetime]) -> int:
    ends_at, asked, failures = clock() + _SECONDS_PER_RUN, 0, 0
    with open_client(provider) as client:
        while failures < _MAX_FAILURES and clock() < ends_at:
            claimed = _claim_due(provider, clock())
            if not claimed:
                break
            for refund in claimed:
                asked, failures = asked + 1, 0 if _ask_safely(client, refund, clock()) else failures + 1
                if failures >= _MAX_FAILURES:
                    break
    return asked


@transaction.atomic
def _claim_due(provider: Provider, now: datetime) -> list[ProviderRefund]:
    due = ProviderRefund.objects.filter(
        payment__provider=provider.value, state__in=[each.value for each in OPEN_STATES], next_query_at__lte=now
    )
    due = due.select_related("payment").order_by("next_query_at", "pk")
    claimed = list(due.select_for_update(skip_locked=True, of=("self",))[:_CLAIMED_AT_ONCE])
    for refund in claimed:
        refund.queries_count += 1
        refund.asked_at = now
        refund.next_query_at = now + query_delay(refund.queries_count)
    ProviderRefund.objects.bulk_update(claimed, ["queries_count", "asked_at", "next_query_at"])
    return claimed


def _ask_safely(client: ProviderClient, refund: ProviderRefund, now: datetime) -> bool:
    """Whether the provider answered. One refund that cannot be followed does not stop the others."""
    try:
        return _ask(client, refund, now)
    except Exception:
        log.exception("a refund could not be followed", extra={"refund": refund.pk})
        return True


def _ask(client: ProviderClient, refund: ProviderRefund, now: datetime) -> bool:
    try:
        if refund.state == RefundState.WAITING.value:
            proven = client.refund(_new_refund(refund))
        else:
            proven = client.query_refund(refund.number, refund.payment.number)
    except ProviderRefused as refused:
        return _take_refusal(client, refund, refused.code, now)
    except NoAnswer as why:
        log.warning("a payment provider did not answer", extra={"refund": refund.pk, "why": str(why)})
        return False
    _take(refund, proven, now)
    return True


def _take_refusal(client: ProviderClient, refund: ProviderRefund, code: str, now: datetime) -> bool:
    """A refusal counts only where the provider then does not know the refund: an earlier question may have reached it."""
    try:
        proven = client.query_refund(refund.number, refund.payment.number)
    except (NoAnswer, ProviderRefused) as why:
        log.warning("a payment provider did not answer", extra={"refund": refund.pk, "why": str(why)})
        note_refusal(refund_id=refund.pk, code=code)
        return False
    if proven.report.state is not ReportedRefundState.UNKNOWN:
        _take(refund, proven, now)
        return True
    is_final = code in FINAL_CODES or now >= refund.created_at + GIVEN_UP_AFTER
    if is_final and refund.state == RefundState.WAITING.value:
        give_up_refund(actor=SYSTEM, refund_id=refund.pk, code=code, now=now)
    else:
        log.warning("a payment provider refuses a refund for now", extra={"refund": refund.pk, "code": code})
        note_refusal(refund_id=refund.pk, code=code)
    return True


def _take(refund: ProviderRefund, proven: ProvenRefund, now: datetime) -> None:
    take_refund_report(refund_id=refund.pk, proven=proven, now=now)


def _new_refund(refund: ProviderRefund) -> NewRefund:
    return NewRefund(
        number=refund.number,
        payment_number=refund.payment.number,
        amount_fen=refund.amount_fen,
        paid_fen=refund.payment.amount_fen,
        reason=refund.reason,
    )
