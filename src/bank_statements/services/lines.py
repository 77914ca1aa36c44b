"""What a person decides of one line that nothing was matched with: whose money it is, or why it is not entered (TRANSFER-5)."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from bank_statements.models import MAX_REASON, BankStatementLine
from bank_statements.rules import CodeOwner, LineState, Owner
from bank_statements.selectors import candidates
from bank_statements.selectors.lines import LineView, get_line, list_open_provider_lines, lock_open_lines
from bank_statements.services.uploads import enter_line, link_payout
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


class PaidOutByProvider(Conflict):
    code = "bank_statements.paid_out_by_provider"
    zh = "这一行是支付渠道的结算款，渠道账单 {bill_id} 已经入账，不能再录入"
    en = "The line is the pay-out of a payment provider, which its bill {bill_id} has booked; it is not entered again"
    bill_id: int


@atomic_with_retry
def enter_open_line(*, actor: Actor, line_id: int, whose: CodeOwner, now: datetime) -> LineView:
    """Enter an open line for a reseller's wallet, or as a brand's deposit. A second person approves it."""
    require_roles(actor, Role.FINANCE)
    line = _lock_open(line_id)
    if line.amount_fen <= 0:
        raise NotIncoming
    bill_id = _bill_of(line_id)
    if bill_id is not None:
        raise PaidOutByProvider(bill_id=bill_id)
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


@transaction.atomic
def link_provider_payouts() -> int:
    """Recognise open lines as pay-outs of providers whose bills were taken after the line was stored; returns how many.

    It may be repeated, and by several workers: the lines are locked, and those that somebody decided meanwhile are left alone.
    """
    facts = list_open_provider_lines()
    still_open = lock_open_lines([each.key for each in facts])
    matches = candidates.match([each for each in facts if each.key in still_open])
    found = {line_id: each.bill_id for line_id, each in matches.items() if each.bill_id is not None}
    for line_id, bill_id in found.items():
        link_payout(line_id=line_id, bill_id=bill_id)
    return len(found)


def _bill_of(line_id: int) -> int | None:
    """The bill of a provider whose pay-out an open line is, where it was taken already."""
    facts = [each for each in list_open_provider_lines() if each.key == line_id]
    return candidates.match(facts)[line_id].bill_id if facts else None


def _lock_open(line_id: int) -> LineView:
    is_open = line_id in lock_open_lines([line_id])
    line = get_line(line_id)
    if line.state is not LineState.OPEN or not is_open:
        raise LineNotOpen
    return line
