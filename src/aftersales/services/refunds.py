"""Refunds before shipping."""

from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.models import Refund
from aftersales.rules import Party, RefundReason, full_amount_fen, refund_parts
from aftersales.selectors.refunds import RefundView, get_brand_borne_fen, refund_view
from brands.selectors.brands import NoSuchBrand, require_staff
from db.transactions import atomic_with_retry
from kernel.money import format_yuan
from kernel.refusal import Conflict, Missing, require_key
from orders.rules import ConsignmentState, UnitsAvailability
from orders.services.refund import AlreadyShipped, LockedLine, NothingToRefund, lock_line, refund_units

MAX_KEY = 64


class NoSuchOrderLine(Missing):
    code = "aftersales.no_such_order_line"
    zh = "没有这条订单明细（{line_id}）"
    en = "There is no order line {line_id}"
    line_id: int


class RefundKeyConflict(Conflict):
    code = "aftersales.refund_key_conflict"
    zh = "此请求编号已用于另一笔退款（{refund_id}）"
    en = "The idempotency key was used for another refund ({refund_id})"
    refund_id: int


_AVAILABILITY = {
    RefundReason.CHANGED_MIND: UnitsAvailability.IN_STOCK,
    RefundReason.OUT_OF_STOCK: UnitsAvailability.OUT_OF_STOCK,
}


def refund_unshipped(*, actor: Actor, line_id: int, units: int, note: str, key: str, now: datetime) -> RefundView:
    """Ops refund units that were not shipped; they can be sold again (AFTER-1). The same key refunds once."""
    require_roles(actor, Role.OPS)
    return _refund_unshipped(actor, line_id, units, RefundReason.CHANGED_MIND, note, key, now)


def report_out_of_stock(*, actor: Actor, line_id: int, units: int, note: str, key: str, now: datetime) -> RefundView:
    """The brand reports units that it cannot ship. They are refunded at once and do not go back on sale (AFTER-2)."""
    return _refund_unshipped(actor, line_id, units, RefundReason.OUT_OF_STOCK, note, key, now)


@atomic_with_retry
def _refund_unshipped(
    actor: Actor, line_id: int, units: int, reason: RefundReason, note: str, key: str, now: datetime
) -> RefundView:
    require_key(key, max_length=MAX_KEY)
    line = _lock_line_as_staff(actor, line_id)
    if earlier := Refund.objects.filter(line_id=line_id, key=key).first():
        if (earlier.units, earlier.reason) != (units, reason.value):
            raise RefundKeyConflict(refund_id=earlier.pk)
        return refund_view(earlier)
    if line.shipping == ConsignmentState.SHIPPED.value:
        raise AlreadyShipped
    if not 0 < units <= line.refundable_units:
        raise NothingToRefund(refundable_units=line.refundable_units)
    parts = refund_parts(
        amount_fen=full_amount_fen(units=units, price_fen=line.price_fen, refundable_fen=line.refundable_fen),
        borne_by=Party.BRAND,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        borne_by_brand_fen=get_brand_borne_fen(line_id),
    )
    row = Refund.objects.create(
        line_id=line_id,
        reason=reason.value,
        note=note.strip()[:300],
        units=units,
        amount_fen=parts.amount_fen,
        borne_by=Party.BRAND.value,
        payable_fen=parts.payable_fen,
        key=key,
        at=now,
        person_id=actor.person_id,
    )
    refund_units(
        actor=actor,
        line_id=line_id,
        units=units,
        parts=parts,
        availability=_AVAILABILITY[reason],
        refund_id=row.pk,
        now=now,
    )
    details = {"reason": reason.value, "units": units, "amount": format_yuan(row.amount_fen)}
    record(actor=actor, action="aftersales.refund", kind="order", subject_id=line.order_id, details=details, now=now)
    return refund_view(row)


def _lock_line_as_staff(actor: Actor, line_id: int) -> LockedLine:
    """Lock a line as ops or as a clerk of its brand. For a clerk of another brand it does not exist."""
    line = lock_line(line_id)
    if line is None:
        raise NoSuchOrderLine(line_id=line_id)
    try:
        require_staff(actor, line.brand_id, Role.OPS)
    except NoSuchBrand as cause:
        raise NoSuchOrderLine(line_id=line_id) from cause
    return line
