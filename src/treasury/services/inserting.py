"""Storing a money request that waits for a second person, with its audit entry."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor
from accounts.services.audit import record
from db.errors import constraint_of
from kernel.money import format_yuan
from kernel.refusal import Conflict
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestState
from treasury.selectors.requests import MoneyRequestView, get_request

_SAME = (
    "kind",
    "reseller_id",
    "brand_id",
    "beneficiary_id",
    "line_id",
    "pays_debt",
    "amount_fen",
    "reason",
    "evidence",
)


class KeyUsed(Conflict):
    code = "treasury.key_used"
    zh = "这个请求先前已录入第 {request_id} 笔，内容不同，没有再录入；请刷新页面再试"
    en = "The key was used for no. {request_id}, which is something else; nothing was entered, reload the page and try again"
    request_id: int


def find_entered(row: MoneyRequest, actor: Actor) -> MoneyRequestView | None:
    """What this person entered before with the key of `row`. Refuses a key that she used for something else."""
    earlier = MoneyRequest.objects.filter(entered_by_id=actor.own_id, key=row.key).first()
    if earlier is None:
        return None
    if any(getattr(earlier, name) != getattr(row, name) for name in _SAME):
        raise KeyUsed(request_id=earlier.pk)
    return get_request(earlier.pk)


def insert_once(row: MoneyRequest, actor: Actor, now: datetime) -> MoneyRequestView:
    """Insert a request with a key; where the same was sent at the same moment, that one is given and `row` stays without an id."""
    try:
        return insert_request(row, actor, now)
    except IntegrityError as error:
        if constraint_of(error) != "money_request_key_once":
            raise
        earlier = find_entered(row, actor)
        if earlier is None:
            raise
        return earlier


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
