"""What a person decides of one line that nothing was matched with: whose money it is, or why it is not entered (TRANSFER-5)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from bank_statements.models import MAX_REASON, BankStatementLine
from bank_statements.rules import CodeOwner, LineState, Owner
from bank_statements.selectors.lines import LineView, get_line, lock_open_lines
from bank_statements.services.uploads import enter_line
from db.transactions import atomic_with_retry
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid, require_reason


class LineNotOpen(Conflict):
    code = "bank_statements.line_not_open"
    zh = "这行流水已经处理过，请刷新后再看"
    en = "The line was dealt with before; look again"


class NotIncoming(Invalid):
    code = "bank_statements.not_incoming"
    zh = "这一行是付出去的钱，不能录入充值或保证金"
    en = "The line is money that went; it is no top-up or deposit"


@atomic_with_retry
def enter_open_line(*, actor: Actor, line_id: int, whose: CodeOwner, now: datetime) -> LineView:
    """Enter an open line for a reseller's wallet, or as a brand's deposit. A second person approves it."""
    require_roles(actor, Role.FINANCE)
    line = _lock_open(line_id)
    if line.amount_fen <= 0:
        raise NotIncoming
    enter_line(line_id=line_id, line=line, whose=whose, claim_id=None, actor=actor, now=now)
    return get_line(line_id)


def enter_top_up(*, actor: Actor, line_id: int, reseller_id: int, now: datetime) -> LineView:
    return enter_open_line(actor=actor, line_id=line_id, whose=CodeOwner(Owner.RESELLER, reseller_id), now=now)


def enter_deposit(*, actor: Actor, line_id: int, brand_id: int, now: datetime) -> LineView:
    return enter_open_line(actor=actor, line_id=line_id, whose=CodeOwner(Owner.BRAND, brand_id), now=now)


@atomic_with_retry
def set_aside(*, actor: Actor, line_id: int, reason: str, now: datetime) -> LineView:
    """Say why a line is not entered here: a settlement of a provider, interest, a transfer of one's own."""
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    line = _lock_open(line_id)
    BankStatementLine.objects.filter(pk=line_id).update(
        set_aside_by_id=actor.own_id, set_aside_at=now, set_aside_reason=reason
    )
    details = {"amount": format_yuan(line.amount_fen), "reference": line.reference, "reason": reason}
    record(
        actor=actor,
        action="bank_statements.set_aside",
        kind="bank_statement_line",
        subject_id=line_id,
        details=details,
        now=now,
    )
    return get_line(line_id)


def _lock_open(line_id: int) -> LineView:
    is_open = line_id in lock_open_lines([line_id])
    line = get_line(line_id)
    if line.state is not LineState.OPEN or not is_open:
        raise LineNotOpen
    return line
