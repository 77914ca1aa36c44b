"""Refunds of lines whose statement was sent: entered by one person, approved by another (SETTLE-15)."""

from datetime import datetime

from django.db.models import Sum

from accounts.rules import Actor, Role, require_roles
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import require_key, require_reason
from ledger.rules import Approval
from settlement.services.late_refunds import book_late_refund, get_settled_line, require_left
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_KEY, MAX_REASON, RequestKind, RequestState
from treasury.selectors.requests import MoneyRequestView
from treasury.services.inserting import find_entered, insert_once


@atomic_with_retry
def enter_late_refund(
    *, actor: Actor, line_id: int, amount_fen: int, reason: str, key: str, now: datetime
) -> MoneyRequestView:
    """Enter that a reseller gets money back for a line whose statement was sent. She and the brand read the reason.

    A second person approves, whatever the amount. The same `key` enters once.
    """
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    line = get_settled_line(line_id, late_before_fen=_late_before_fen(line_id))
    row = MoneyRequest(
        kind=RequestKind.WALLET_CREDIT.value,
        reseller_id=line.reseller_id,
        line_id=line_id,
        amount_fen=amount_fen,
        reason=reason,
        key=require_key(key, max_length=MAX_KEY),
    )
    earlier = find_entered(row, actor)
    if earlier is not None:
        return earlier
    require_left(line, amount_fen)
    return insert_once(row, actor, now)


def book_late_credit(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Book a refund of a line whose statement was sent. Refused where others have taken what was left of the line."""
    line_id = row.line_id or 0
    # Two refunds of a line are approved one after the other.
    list(MoneyRequest.objects.select_for_update().filter(line=line_id).order_by("pk").values_list("pk"))
    row.booked_as = f"adjustment:{row.pk}"
    row.brand_part_fen = book_late_refund(
        approval=approval,
        line_id=line_id,
        late_before_fen=_late_before_fen(line_id),
        amount_fen=row.amount_fen,
        reason=row.reason,
        key=row.booked_as,
        cause=f"money_request:{row.pk}",
        now=now,
    )
    data = {"amount": format_yuan(row.amount_fen), "reason": row.reason}
    publish([EventDraft(EventKind.WALLET_CREDITED, row.pk, reseller_id=row.reseller_id, data=data)], now=now)


def _late_before_fen(line_id: int) -> int:
    booked = MoneyRequest.objects.filter(line=line_id, state=RequestState.APPROVED.value).exclude(booked_as="")
    return int(booked.aggregate(fen=Sum("amount_fen", default=0))["fen"])
