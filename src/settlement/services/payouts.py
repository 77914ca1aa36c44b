"""The payment of a settled statement to its brand (SETTLE-3)."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from kernel.refusal import Invalid
from ledger.rules import CLEARING, AccountKind, AccountRef, Approval, EntryDraft, PostingKind, require_second_person
from ledger.services import post
from settlement.rules.statements import StatementAct
from settlement.selectors.statements import StatementView, get_statement
from settlement.services.statements import lock_statement, next_state


class BankReferenceRequired(Invalid):
    code = "settlement.bank_reference_required"
    zh = "请填写银行流水号"
    en = "Give the bank's reference"


@atomic_with_retry
def pay_out(
    *, actor: Actor, approval: Approval | None, statement_id: int, reference: str, now: datetime
) -> StatementView:
    """Book that the brand was paid a settled statement through the bank (SETTLE-3), with the approval of a second person (MONEY-1)."""
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    if not reference.strip():
        raise BankReferenceRequired
    row = lock_statement(statement_id)
    state = next_state(row, StatementAct.PAY_OUT, now)
    post(
        kind=PostingKind.PAYOUT,
        key=f"payout:{row.pk}",
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
