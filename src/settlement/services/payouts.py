"""The payment of a settled statement to its brand (SETTLE-3)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict, Invalid
from ledger.rules import (
    CLEARING,
    AccountKind,
    AccountRef,
    Approval,
    EntryDraft,
    PostingKind,
    require_second_person,
    require_two_people,
)
from ledger.services import post
from settlement.models import Statement
from settlement.rules.statements import StatementAct
from settlement.selectors.statements import StatementView, get_statement
from settlement.services.statements import lock_statement, next_state


class BankReferenceRequired(Invalid):
    code = "settlement.bank_reference_required"
    zh = "请填写银行流水号"
    en = "Give the bank's reference"


class BrandHasMoney(Conflict):
    code = "settlement.brand_has_money"
    zh = "品牌已确认结算单 {statement_id} 的货款到账，不能登记退回；请先与品牌核对"
    en = "The brand has said that the money of statement {statement_id} arrived; clear this with the brand before a return is entered"
    statement_id: int


@atomic_with_retry
def pay_out(
    *, actor: Actor, approval: Approval, statement_id: int, reference: str, key: str, now: datetime
) -> StatementView:
    """Book that the bank paid a settled statement to the brand (SETTLE-3), which two people entered and approved (MONEY-1).

    `key` is that of the posting; `reference` is the bank's.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_two_people(approval)
    if not reference.strip():
        raise BankReferenceRequired
    row = lock_statement(statement_id)
    state = next_state(row, StatementAct.PAY_OUT, now)
    post(
        kind=PostingKind.PAYOUT,
        key=key,
        cause=f"statement:{row.pk}",
        entries=[
            EntryDraft(AccountRef(AccountKind.BRAND_SETTLED, row.brand_id), -row.payable_fen),
            EntryDraft(CLEARING, row.payable_fen),
        ],
        actor=actor,
        now=now,
        note=reference.strip()[:200],
    )
    row.state, row.paid_at, row.payout_reference = state.value, now, reference.strip()[:80]
    row.save(update_fields=["state", "paid_at", "payout_reference"])
    record(actor=actor, action="settlement.pay_out", kind="statement", subject_id=row.pk, details={}, now=now)
    return get_statement(row.pk)


@atomic_with_retry
def take_back_payout(
    *, actor: Actor, approval: Approval, statement_id: int, key: str, cause: str, now: datetime
) -> StatementView:
    """Book that the bank returned the payment of a statement: the brand is owed it again, and it can be paid again (MONEY-11).

    Also where the statement was closed meanwhile, by time or by finance. Refused once the brand has said that it has the money.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    row = lock_statement(statement_id)
    _require_brand_without_money(row)
    state = next_state(row, StatementAct.TAKE_BACK, now)
    post(
        kind=PostingKind.BANK_RETURN,
        key=key,
        cause=cause,
        entries=[
            EntryDraft(AccountRef(AccountKind.BRAND_SETTLED, row.brand_id), row.payable_fen),
            EntryDraft(CLEARING, -row.payable_fen),
        ],
        actor=actor,
        now=now,
        note=row.payout_reference,
    )
    row.state, row.paid_at, row.closed_at, row.payout_reference = state.value, None, None, ""
    row.save(update_fields=["state", "paid_at", "closed_at", "payout_reference"])
    record(actor=actor, action="settlement.take_back_payout", kind="statement", subject_id=row.pk, details={}, now=now)
    return get_statement(row.pk)


@atomic_with_retry
def require_returnable_payout(statement_id: int) -> None:
    """Refuse to have a payment returned of which the brand has said that it arrived. The statement stays locked."""
    _require_brand_without_money(lock_statement(statement_id))


def _require_brand_without_money(row: Statement) -> None:
    if row.brand_has_money:
        raise BrandHasMoney(statement_id=row.pk)
