"""Money that goes back for a line whose statement was sent: the next statement of the brand pays its part (SETTLE-15)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from accounts.rules import Role, require_roles
from brands.services import lock_brand_against_cases
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict, Invalid
from ledger.rules import COMMISSION, AccountKind, AccountRef, Approval, EntryDraft, PostingKind, require_two_people
from ledger.services import post
from settlement.models import BrandDebt, StatementItem
from settlement.rules.debts import DebtKind, late_part_fen


class LineNotSettled(Conflict):
    code = "settlement.line_not_settled"
    zh = "明细 {line_id} 还不在已定稿的结算单里，请按售后退款"
    en = "Line {line_id} is in no statement that was sent; refund it as after-sales"
    line_id: int


class LateRefundTooHigh(Invalid):
    code = "settlement.late_refund_too_high"
    zh = "明细 {line_id} 最多还能退 ¥{left}"
    en = "At most ¥{left} of line {line_id} can still be refunded"
    line_id: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line of a statement that was sent. `left_fen` is what was paid for its goods and not refunded, with late refunds; `brand_left_fen`
    the part of it that the statement gave the brand."""

    line_id: int
    statement_id: int
    brand_id: int
    reseller_id: int
    price_fen: int
    payable_fen: int
    before_fen: int
    left_fen: int
    brand_left_fen: int


def get_settled_line(line_id: int, *, late_before_fen: int) -> SettledLine:
    """The line with what is left of it. `late_before_fen` is what was refunded late of it. Refuses a line that no sent statement has."""
    items = StatementItem.objects.select_related("line__order", "statement")
    item = items.filter(line_id=line_id).first()
    if item is None:
        raise LineNotSettled(line_id=line_id)
    line = item.line
    borne = BrandDebt.objects.filter(line=line_id).aggregate(fen=Sum("amount_fen", default=0))["fen"]
    return SettledLine(
        line_id=line_id,
        statement_id=item.statement_id,
        brand_id=line.brand_id,
        reseller_id=line.order.reseller_id,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        before_fen=late_before_fen,
        left_fen=line.units * line.price_fen - item.refunded_fen - late_before_fen,
        brand_left_fen=item.payable_fen - item.freight_fen - borne,
    )


def require_left(line: SettledLine, amount_fen: int) -> None:
    """Refuse nothing, and more than what is left of the line."""
    if not 0 < amount_fen <= line.left_fen:
        raise LateRefundTooHigh(line_id=line.line_id, left_fen=max(line.left_fen, 0))


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
    that is sent pays (SETTLE-12); the rest is at the cost of the commission. Two people entered and approved it (MONEY-1).
    """
    actor = approval.approved_by
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_two_people(approval)
    line = get_settled_line(line_id, late_before_fen=late_before_fen)
    require_left(line, amount_fen)
    lock_brand_against_cases(line.brand_id)
    part_fen = late_part_fen(
        amount_fen=amount_fen,
        before_fen=line.before_fen,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        left_fen=line.brand_left_fen,
    )
    post(
        kind=PostingKind.ADJUSTMENT,
        key=key,
        cause=cause,
        entries=[
            EntryDraft(AccountRef(AccountKind.WALLET, line.reseller_id), amount_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_DEBT, line.brand_id), -part_fen),
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
