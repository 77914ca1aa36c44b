"""The fees of a brand's contract, and waivers of them (SETTLE-10, SETTLE-11)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from brands.services import lock_brand_against_cases
from db.transactions import atomic_with_retry
from flashsales.selectors.sales import get_sale
from kernel.money import format_yuan
from kernel.period import shanghai_date
from kernel.refusal import Conflict, Invalid, Missing, require_reason
from orders.selectors.lines import get_line_of_sale
from settlement.models import ContractFee, FeeWaiver, Statement, StatementItem
from settlement.rules.fees import MAX_FEE_FEN, MAX_WAIVER_REASON, RATES, FeeBasis, FeeKind
from settlement.selectors.fees import FeeView, list_fees


class FeeInThePast(Invalid):
    code = "settlement.fee_in_the_past"
    zh = "费用最早从明天起：已经下的订单按下单那天的约定"
    en = "A fee begins tomorrow at the earliest: orders that were placed keep the terms of their day"


class InvalidFee(Invalid):
    code = "settlement.invalid_fee"
    zh = "按行、按件的费用填金额（大于 0，最多 ¥{max}），按比例的填大于 0、不超过 100% 的比例；封顶须大于 0，结束不早于开始"
    en = (
        "A fee per line or unit has an amount above zero and up to ¥{max}, a share is above 0 and up to 100%;"
        " a cap is above zero, and the end is not before the beginning"
    )
    max_fen: int = MAX_FEE_FEN


class NoSuchFee(Missing):
    code = "settlement.no_such_fee"
    zh = "这个品牌没有费用约定 {fee_id}"
    en = "The brand has no fee {fee_id}"
    fee_id: int


class NoSuchWaiver(Missing):
    code = "settlement.no_such_waiver"
    zh = "这个品牌没有免收 {waiver_id}，或已经收回"
    en = "The brand has no waiver {waiver_id}, or it was taken back"
    waiver_id: int


class NotOfBrand(Invalid):
    code = "settlement.waiver_not_of_brand"
    zh = "专场或明细不是这个品牌的"
    en = "The sale or line is not of this brand"


class InvalidWaiver(Invalid):
    code = "settlement.invalid_waiver"
    zh = "免收的结束日不早于开始日"
    en = "A waiver does not end before it begins"


class LineWasSent(Conflict):
    code = "settlement.line_was_sent"
    zh = "明细 {line_id} 所在的结算单已定稿；请品牌对扣款提出异议，由财务接受"
    en = "The statement of line {line_id} was sent; let the brand dispute the deduction, and accept it"
    line_id: int


@dataclass(frozen=True, slots=True)
class FeeDraft:
    """A fee to be entered: `amount_fen` per line or unit, or `rate`, by the basis."""

    kind: FeeKind
    basis: FeeBasis
    amount_fen: int | None
    rate: Decimal | None
    cap_fen: int | None
    from_date: date
    to_date: date | None = None


@atomic_with_retry
def enter_fee(*, actor: Actor, brand_id: int, fee: FeeDraft, now: datetime) -> list[FeeView]:
    """Agree on a fee for orders of a future day or later (SETTLE-10). One of the same kind and day is replaced."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    get_brand(brand_id)
    if fee.from_date <= shanghai_date(now):
        raise FeeInThePast
    _require_possible(fee)
    entered = {
        "basis": fee.basis.value,
        "amount_fen": fee.amount_fen,
        "rate": fee.rate,
        "cap_fen": fee.cap_fen,
        "to_date": fee.to_date,
        "entered_by_id": actor.own_id,
        "entered_at": now,
    }
    named: dict[str, Any] = {"brand_id": brand_id, "kind": fee.kind.value, "from_date": fee.from_date}
    ContractFee.objects.update_or_create(**named, defaults=entered)
    figure = format_yuan(fee.amount_fen) if fee.amount_fen is not None else str(fee.rate)
    details = {
        "fee": fee.kind.value,
        "basis": fee.basis.value,
        "figure": figure,
        "from_date": fee.from_date.isoformat(),
    }
    record(actor=actor, action="settlement.enter_fee", kind="brand", subject_id=brand_id, details=details, now=now)
    return list_fees(brand_id)


@atomic_with_retry
def end_fee(*, actor: Actor, brand_id: int, fee_id: int, now: datetime) -> list[FeeView]:
    """End a fee with this day: orders of today still have it. One that has not begun is removed."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    today = shanghai_date(now)
    row = ContractFee.objects.select_for_update().filter(pk=fee_id, brand_id=brand_id).first()
    if row is None:
        raise NoSuchFee(fee_id=fee_id)
    if row.from_date > today:
        row.delete()
    elif row.to_date is None or row.to_date > today:
        row.to_date = today
        row.save(update_fields=["to_date"])
    details = {"fee": row.kind, "from_date": row.from_date.isoformat()}
    record(actor=actor, action="settlement.end_fee", kind="brand", subject_id=brand_id, details=details, now=now)
    return list_fees(brand_id)


@atomic_with_retry
def enter_waiver(
    *,
    actor: Actor,
    brand_id: int,
    reason: str,
    kind: FeeKind | None = None,
    sale_id: int | None = None,
    line_id: int | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    now: datetime,
) -> int:
    """Ask no fees of a brand: of a kind or all, for a sale, a line, or orders of some days (SETTLE-11). Returns the id of the waiver.

    It counts for what is sent from now on. Refused for a line whose statement was sent.
    """
    require_roles(actor, Role.OPS, Role.FINANCE)
    get_brand(brand_id)
    reason = require_reason(reason, max_length=MAX_WAIVER_REASON)
    if from_date is not None and to_date is not None and to_date < from_date:
        raise InvalidWaiver
    if sale_id is not None and get_sale(sale_id, at=now).brand_id != brand_id:
        raise NotOfBrand
    lock_brand_against_cases(brand_id)  # a statement that is being sent either has the waiver, or comes before it
    if line_id is not None:
        line = get_line_of_sale(line_id)
        if line is None or line.brand_id != brand_id:
            raise NotOfBrand
        if StatementItem.objects.filter(line=line_id).exists():
            raise LineWasSent(line_id=line_id)
    row = FeeWaiver.objects.create(
        brand_id=brand_id,
        kind=kind.value if kind else "",
        sale_id=sale_id,
        line_id=line_id,
        from_date=from_date,
        to_date=to_date,
        reason=reason,
        entered_by_id=actor.own_id,
        entered_at=_after_what_was_sent(brand_id, now),
    )
    details = {"waiver": row.pk, "reason": reason, "sale": sale_id, "line": line_id}
    record(actor=actor, action="settlement.enter_waiver", kind="brand", subject_id=brand_id, details=details, now=now)
    return row.pk


@atomic_with_retry
def end_waiver(*, actor: Actor, brand_id: int, waiver_id: int, now: datetime) -> None:
    """Take a waiver back: it covers nothing that is sent from now on."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    lock_brand_against_cases(brand_id)
    ended_at = _after_what_was_sent(brand_id, now)
    if not FeeWaiver.objects.filter(pk=waiver_id, brand_id=brand_id, ended_at=None).update(ended_at=ended_at):
        raise NoSuchWaiver(waiver_id=waiver_id)
    details = {"waiver": waiver_id}
    record(actor=actor, action="settlement.end_waiver", kind="brand", subject_id=brand_id, details=details, now=now)


def _after_what_was_sent(brand_id: int, now: datetime) -> datetime:
    """When a waiver begins or ends to count; the brand must be locked.

    A request may have waited for the lock while a statement was sent with a later time than its own: what was sent is not changed.
    """
    later = Statement.objects.filter(brand_id=brand_id, sent_at__gte=now).order_by("-sent_at")
    sent_at = later.values_list("sent_at", flat=True).first()
    return now if sent_at is None else sent_at + timedelta(microseconds=1)


def _require_possible(fee: FeeDraft) -> None:
    is_rate = fee.basis in RATES
    is_possible = (
        fee.amount_fen is None and fee.rate is not None and 0 < fee.rate <= 1
        if is_rate
        else fee.rate is None and fee.amount_fen is not None and 0 < fee.amount_fen <= MAX_FEE_FEN
    )
    cap_is_possible = fee.cap_fen is None or 0 < fee.cap_fen <= MAX_FEE_FEN
    if not is_possible or not cap_is_possible or (fee.to_date is not None and fee.to_date < fee.from_date):
        raise InvalidFee
