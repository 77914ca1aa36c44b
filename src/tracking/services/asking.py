"""Asking the tracking service: subscribing waybills, and queries for those of which nothing is heard (TRACK-3, TRACK-6).

A claim is committed before the service is asked, and no transaction is open while it is. A worker that dies leaves the claim to run out.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Case, DateTimeField, F, Value, When

from tracking import sql
from tracking.models import TrackedWaybill
from tracking.rules import FIRST_QUERY, LEASE, SILENCE, WATCHED_FOR, Claim, WatchState, query_after, retry_after
from tracking.services.client import Client
from tracking.services.kuaidi100 import Outcome, OutcomeKind

log = logging.getLogger("weicang.tracking")


def claim_due(*, limit: int, now: datetime) -> Sequence[Claim]:
    """Waybills that are due, claimed for this worker. Those that were watched for `WATCHED_FOR` are over and not among them."""
    claims = sql.claim_due(limit=limit, lease_until=now + LEASE, now=now)
    over = [each.id for each in claims if now >= each.registered_at + WATCHED_FOR]
    if over:
        _end(over)
    return [each for each in claims if each.id not in over]


def ask(client: Client, claim: Claim) -> Outcome:
    """Subscribe the waybill, or ask for its events. Writes nothing and never raises because of an answer."""
    asked = client.subscribe if claim.watch is WatchState.WAITING else client.query
    return asked(company=claim.company, number=claim.number, phone_tail=claim.phone_tail)


def settle(*, claim: Claim, outcome: Outcome, has_news: bool = False, now: datetime) -> None:
    """Write when the waybill is asked for next, and how. What a push wrote meanwhile stays.

    A waybill that the service refuses is polled where it could not be subscribed, and otherwise left alone until its time is over.
    """
    watch, attempts, wait = claim.watch, claim.attempts + 1, retry_after(claim.attempts + 1)
    over_at = claim.registered_at + WATCHED_FOR
    match outcome.kind:
        case OutcomeKind.SUBSCRIBED:
            watch, attempts, wait = WatchState.SUBSCRIBED, 0, SILENCE
        case OutcomeKind.REPORTED | OutcomeKind.NOTHING_YET:
            attempts = 0 if has_news else attempts
            wait = query_after(attempts)
        case OutcomeKind.REFUSED if claim.watch is WatchState.WAITING:
            watch, attempts, wait = WatchState.POLLED, 0, FIRST_QUERY
        case OutcomeKind.REFUSED:
            wait = max(over_at - now, retry_after(1))
    next_attempt = When(next_attempt_at=claim.lease_until, then=Value(min(now + wait, over_at)))
    TrackedWaybill.objects.filter(pk=claim.id).exclude(watch=WatchState.ENDED.value).update(
        watch=watch.value,
        attempts=min(attempts, 100),
        answer_code=outcome.code[:20],
        next_attempt_at=Case(next_attempt, default=F("next_attempt_at"), output_field=DateTimeField()),
    )
    if outcome.kind is OutcomeKind.WRONG_ACCOUNT:
        log.error("kuaidi100 refuses our account", extra={"code": outcome.code})
    elif outcome.kind in (OutcomeKind.FAILED, OutcomeKind.REFUSED):
        details = {"waybill": claim.id, "outcome": outcome.kind.value, "code": outcome.code}
        log.warning("kuaidi100 did not answer for a waybill", extra=details)


def _end(waybill_ids: Sequence[int]) -> None:
    TrackedWaybill.objects.filter(pk__in=waybill_ids).update(
        watch=WatchState.ENDED.value, next_attempt_at=None, phone_tail=""
    )
