"""Refunds of lines whose statement was sent: entered by one person, approved by another (SETTLE-15)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict, require_key, require_reason
from ledger.rules import Approval
from settlement.services.late_refunds import book_late_refund, lock_brand_of_line, require_left, require_open_account
from treasury.models import MoneyRequest
from treasury.rules.requests import MAX_KEY, MAX_REASON, RequestKind
from treasury.selectors.late_refunds import get_late_before_fen, get_refundable_line
from treasury.selectors.requests import MoneyRequestView
from treasury.services.inserting import find_entered, insert_once


class LineOfAnotherStatement(Conflict):
    code = "treasury.line_of_another_statement"
    zh = "明细 {line_id} 不在结算单 #{statement_id} 里，它在结算单 #{found_id} 里；请核对明细号"
    en = "Line {line_id} is not in statement {statement_id}, it is in statement {found_id}; check the number"
    line_id: int
    statement_id: int
    found_id: int


@atomic_with_retry
def enter_late_refund(
    *,
    actor: Actor,
    line_id: int,
    amount_fen: int,
    reason: str,
    key: str,
    statement_id: int | None = None,
    now: datetime,
) -> MoneyRequestView:
    """Enter that a reseller gets money back for a line whose statement was sent. She and the brand read the reason.

    Where `statement_id` names the statement that the person looks at, a line of another one is refused. A second person approves, whatever
    the amount. The same `key` enters once.
    """
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    line = get_refundable_line(line_id)
    if statement_id is not None and line.statement_id != statement_id:
        raise LineOfAnotherStatement(line_id=line_id, statement_id=statement_id, found_id=line.statement_id)
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
    require_open_account(line)
    require_left(line, amount_fen)
    return insert_once(row, actor, now)


def book_late_credit(row: MoneyRequest, approval: Approval, now: datetime) -> None:
    """Book a refund of a line whose statement was sent. Refused where others have taken what was left of the line."""
    line_id = row.line_id or 0
    # Two refunds of a line are approved one after the other: what is left is read once the brand is locked.
    lock_brand_of_line(line_id)
    row.booked_as = f"adjustment:{row.pk}"
    row.brand_part_fen = book_late_refund(
        approval=approval,
        line_id=line_id,
        late_before_fen=get_late_before_fen(line_id),
        amount_fen=row.amount_fen,
        reason=row.reason,
        key=row.booked_as,
        cause=f"money_request:{row.pk}",
        now=now,
    )
    order_id = get_refundable_line(line_id).order_id
    data: dict[str, str | int | bool | None] = {
        "amount": format_yuan(row.amount_fen),
        "reason": row.reason,
        "order_id": order_id,
    }
    publish([EventDraft(EventKind.REFUNDED_LATE, row.pk, reseller_id=row.reseller_id, data=data)], now=now)
