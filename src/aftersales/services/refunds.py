"""Refunds before shipping."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.models.refunds import Refund
from aftersales.rules import Party, RefundReason, full_amount_fen, refund_parts
from aftersales.selectors.refunds import RefundView, count_short_resends, get_brand_borne_fen, refund_view
from aftersales.services.resending import refund_resend
from aftersales.services.substitutes import NotASubstitute, offer_substitute, offered_item_id
from brands.selectors.brands import NoSuchBrand, require_staff
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid, Missing, require_key
from orders.rules.lines import UnitsAvailability
from orders.rules.refunds import RefundedFreight
from orders.services.freight import get_freight_to_return
from orders.services.refund import LockedLine, lock_for_refunds, lock_line, refund_units, require_refundable

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


class LineNamedTwice(Invalid):
    code = "aftersales.line_named_twice"
    zh = "同一条订单明细只能报一次缺货"
    en = "An order line can be named once in a report of a shortage"


_AVAILABILITY = {
    RefundReason.CHANGED_MIND: UnitsAvailability.IN_STOCK,
    RefundReason.OUT_OF_STOCK: UnitsAvailability.OUT_OF_STOCK,
}


def refund_unshipped(*, actor: Actor, line_id: int, units: int, note: str, key: str, now: datetime) -> RefundView:
    """Ops refund units that were not shipped; they can be sold again (AFTER-1). The same key refunds once."""
    require_roles(actor, Role.OPS)
    return _refund_unshipped(actor, line_id, units, RefundReason.CHANGED_MIND, note, key, now)


def report_out_of_stock(
    *,
    actor: Actor,
    line_id: int,
    units: int,
    note: str,
    key: str,
    substitute_item_id: int | None = None,
    now: datetime,
) -> RefundView:
    """The brand reports units that it cannot ship. They are refunded at once and do not go back on sale (AFTER-2, AFTER-18).

    With `substitute_item_id` it offers this item for all of these units (AFTER-17).
    """
    return _refund_unshipped(
        actor, line_id, units, RefundReason.OUT_OF_STOCK, note, key, now, substitute_item_id=substitute_item_id
    )


@dataclass(frozen=True, slots=True)
class Shortage:
    """Units of an order line that the brand cannot ship, and the item that it offers for them."""

    line_id: int
    units: int
    substitute_item_id: int | None = None


@atomic_with_retry
def report_short(
    *, actor: Actor, shortages: Sequence[Shortage], note: str, key: str, now: datetime
) -> list[RefundView]:
    """Report units of many lines at once, all or none; each line is refunded as by `report_out_of_stock`. The same key refunds once.

    The lines are locked in the order of their ids, so that two reports of the same lines do not wait for each other in a circle.
    """
    if len({each.line_id for each in shortages}) < len(shortages):
        raise LineNamedTwice
    lock_for_refunds([each.line_id for each in shortages])
    refunds = {
        each.line_id: report_out_of_stock(
            actor=actor,
            line_id=each.line_id,
            units=each.units,
            note=note,
            key=key,
            substitute_item_id=each.substitute_item_id,
            now=now,
        )
        for each in sorted(shortages, key=lambda each: each.line_id)
    }
    return [refunds[each.line_id] for each in shortages]


@atomic_with_retry
def report_short_total(*, actor: Actor, line_id: int, units: int, now: datetime) -> RefundView | None:
    """Report that `units` of a line are short, of all that were ordered: what was reported before is counted. None where nothing is new.

    The list that a brand sends back names totals, so the same list twice refunds once.
    """
    line = _lock_line_as_staff(actor, line_id)
    new_units = units - line.short_units - count_short_resends(line_id)
    if new_units <= 0:
        return None
    return _refund_unshipped(actor, line_id, new_units, RefundReason.OUT_OF_STOCK, "", f"short:{units}", now)


@atomic_with_retry
def _refund_unshipped(
    actor: Actor,
    line_id: int,
    units: int,
    reason: RefundReason,
    note: str,
    key: str,
    now: datetime,
    *,
    substitute_item_id: int | None = None,
) -> RefundView:
    require_key(key, max_length=MAX_KEY)
    line = _lock_line_as_staff(actor, line_id)
    if earlier := Refund.objects.filter(line_id=line_id, key=key).first():
        given = RefundReason.OUT_OF_STOCK.value if earlier.reason == RefundReason.RESEND_SHORT.value else earlier.reason
        asked = (units, reason.value, substitute_item_id)
        if (earlier.units, given, offered_item_id(earlier)) != asked:
            raise RefundKeyConflict(refund_id=earlier.pk)
        return refund_view(earlier)
    if reason is RefundReason.OUT_OF_STOCK and line.resending_units:
        if substitute_item_id is not None:
            raise NotASubstitute(units=units)
        row = refund_resend(actor=actor, line_id=line_id, line=line, units=units, note=note, key=key, now=now)
    else:
        # A substitute is paid from the wallet: the money waits there for her answer.
        stays = substitute_item_id is not None
        row = create_refund(actor, line_id, line, units, reason, note, key, now, stays_in_wallet=stays)
    view = refund_view(row)
    if reason is RefundReason.OUT_OF_STOCK:
        publish([_short_event(line, view)], now=now)
    if substitute_item_id is not None:
        offer_substitute(actor=actor, refund=row, item_id=substitute_item_id, goods=view.sku_name, now=now)
    return view


def create_refund(
    actor: Actor,
    line_id: int,
    line: LockedLine,
    units: int,
    reason: RefundReason,
    note: str,
    key: str,
    now: datetime,
    *,
    stays_in_wallet: bool = False,
) -> Refund:
    """Refund units of a locked line that were not shipped, in full, with the freight that is owed no more. Refuses more than are left.

    The money `stays_in_wallet` where other goods are to be paid with it.
    """
    require_refundable(line, units, _AVAILABILITY[reason])
    parts = refund_parts(
        amount_fen=full_amount_fen(units=units, price_fen=line.price_fen, refundable_fen=line.refundable_fen),
        borne_by=Party.BRAND,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        borne_by_brand_fen=get_brand_borne_fen(line_id),
    )
    freight = RefundedFreight(get_freight_to_return(line_id=line_id, units=units))
    row = Refund.objects.create(
        line_id=line_id,
        reason=reason.value,
        note=note.strip()[:300],
        units=units,
        amount_fen=parts.amount_fen,
        borne_by=Party.BRAND.value,
        payable_fen=parts.payable_fen,
        freight_fen=freight.shipping_fen,
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
        freight=freight,
        stays_in_wallet=stays_in_wallet,
        now=now,
    )
    details = {"reason": reason.value, "units": units, "amount": format_yuan(row.amount_fen)}
    if row.freight_fen:
        details["freight"] = format_yuan(row.freight_fen)
    record(actor=actor, action="aftersales.refund", kind="order", subject_id=line.order_id, details=details, now=now)
    return row


def _short_event(line: LockedLine, refund: RefundView) -> EventDraft:
    return EventDraft(
        EventKind.LINE_SHORT,
        subject_id=refund.line_id,
        reseller_id=line.reseller_id,
        brand_id=line.brand_id,
        data={
            "order_id": line.order_id,
            "goods": refund.sku_name,
            "units": refund.units,
            "refund": format_yuan(refund.amount_fen + refund.freight_fen),
        },
    )


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
