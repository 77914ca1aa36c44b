"""Money that goes back for a line whose statement was sent: the next statement of the brand pays its part (SETTLE-15)."""

from datetime import datetime

from accounts.rules import Role, require_roles
from brands.services import lock_brand_against_cases
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict, Invalid
from ledger.rules import COMMISSION, AccountKind, AccountRef, Approval, EntryDraft, PostingKind, require_two_people
from ledger.services import lock_accounts, post
from membership.selectors.people import get_reseller, is_account_closed
from settlement.models import BrandDebt
from settlement.rules.debts import DebtKind, late_part_fen
from settlement.selectors.late_refunds import SettledLine, get_settled_line


class LateRefundTooHigh(Invalid):
    code = "settlement.late_refund_too_high"
    zh = "明细 {line_id} 最多还能退 ¥{left}"
    en = "At most ¥{left} of line {line_id} can still be refunded"
    line_id: int
    left_fen: int


class ResellerClosed(Conflict):
    code = "settlement.reseller_closed"
    zh = "会员{reseller}的账户已经关闭，不能再给明细 {line_id} 退款"
    en = "The account of {reseller} is closed, so that nothing of line {line_id} is given back"
    reseller: str
    line_id: int


def require_open_account(line: SettledLine) -> None:
    """Refuse to give money back into the wallet of an account that was closed (MONEY-17)."""
    if is_account_closed(line.reseller_id):
        raise ResellerClosed(reseller=get_reseller(line.reseller_id).name, line_id=line.line_id)


def require_left(line: SettledLine, amount_fen: int) -> None:
    """Refuse nothing, and more than what is left of the line."""
    if not 0 < amount_fen <= line.left_fen:
        raise LateRefundTooHigh(line_id=line.line_id, left_fen=max(line.left_fen, 0))


def lock_brand_of_line(line_id: int) -> None:
    """Lock the brand of a line until the transaction ends: late refunds of the line are booked one after the other, statements of the
    brand are sent before or after. Refuses a line that no sent statement has."""
    lock_brand_against_cases(get_settled_line(line_id, late_before_fen=0).brand_id)


@atomic_with_retry
def book_late_refund(
    *,
    approval: Approval,
    line_id: int,
    late_before_fen: int,
    amount_fen: int,
    reason: str,
    key: str,
    cause: str,
    now: datetime,
) -> int:
    """Give a reseller money back for a line whose statement was sent; returns what the brand bears of it, in fen.

    The items and figures of the statement stay. What the brand bears is a debt with the line and the reason, which the next statement
    that is sent pays (SETTLE-12); the rest is at the cost of the commission, and so is all of it where the brand's account is closed. Two
    people entered and approved it (MONEY-1). The caller has locked the brand of the line, and read `late_before_fen` after that.
    """
    actor = approval.approved_by
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_two_people(approval)
    line = get_settled_line(line_id, late_before_fen=late_before_fen)
    wallet, debt = AccountRef(AccountKind.WALLET, line.reseller_id), AccountRef(AccountKind.BRAND_DEBT, line.brand_id)
    # Who closes the account of the reseller is waited for.
    lock_accounts([wallet, debt, COMMISSION])
    require_open_account(line)
    require_left(line, amount_fen)
    part_fen = _part_of_brand(line, amount_fen)
    post(
        kind=PostingKind.ADJUSTMENT,
        key=key,
        cause=cause,
        entries=[
            EntryDraft(wallet, amount_fen),
            EntryDraft(debt, -part_fen),
            EntryDraft(COMMISSION, part_fen - amount_fen),
        ],
        actor=actor,
        now=now,
        note=reason,
    )
    if part_fen:
        BrandDebt.objects.create(
            brand_id=line.brand_id,
            kind=DebtKind.LATE_REFUND.value,
            amount_fen=part_fen,
            source_id=line.statement_id,
            line_id=line_id,
            refunded_fen=amount_fen,
            reason=reason,
            owed_as=key,
            at=now,
        )
    return part_fen


def _part_of_brand(line: SettledLine, amount_fen: int) -> int:
    """What the brand bears. One whose account is closed owes nothing any more: the platform bears all (MONEY-17)."""
    if line.is_brand_closed:
        return 0
    return late_part_fen(
        amount_fen=amount_fen,
        before_fen=line.before_fen,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        left_fen=line.brand_left_fen,
    )
