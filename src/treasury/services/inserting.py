"""Storing a money request that waits for a second person, with its audit entry."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from kernel.money import format_yuan
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestState
from treasury.selectors.requests import MoneyRequestView, get_request


def insert_request(row: MoneyRequest, actor: Actor, now: datetime) -> MoneyRequestView:
    """Insert a request in a savepoint, so that the caller can ask why a constraint refused it."""
    row.state, row.entered_by_id, row.entered_at = RequestState.WAITING.value, actor.own_id, now
    with transaction.atomic():
        row.save(force_insert=True)
    details = {"amount": format_yuan(row.amount_fen), "reference": row.reference, "reason": row.reason}
    record(
        actor=actor,
        action=f"treasury.enter_{row.kind}",
        kind="money_request",
        subject_id=row.pk,
        details=details,
        now=now,
    )
    return get_request(row.pk)
