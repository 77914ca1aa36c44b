"""Offering another colour or size for units short, and the reseller's answer (AFTER-17)."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings

from accounts.rules import Actor
from accounts.services.audit import record
from aftersales.models.refunds import Refund, Substitute
from aftersales.rules import SubstituteState, substitute_state
from aftersales.selectors.substitutes import SubstituteView, list_substitutes, offers_for
from aftersales.services.new_units import NewUnits, lock_new_units
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.rules import Offer
from kernel.money import format_yuan
from kernel.refusal import Conflict, Missing
from membership.selectors.people import BuyerView, require_buyer
from orders.selectors.lines import LineOfSale, get_line_of_sale
from orders.services.buying import buy_at_once, lock_payment
from orders.services.placing import GrabLine


class NoSuchSubstitute(Missing):
    code = "aftersales.no_such_substitute"
    zh = "没有这个替代品（{substitute_id}）"
    en = "There is no substitute {substitute_id}"
    substitute_id: int


class NotASubstitute(Conflict):
    code = "aftersales.not_a_substitute"
    zh = "这件货不能作替代品：须是同款其他颜色或尺码，专场在卖、还有 {units} 件，且代购的拿货价不高于原价"
    en = "Only another colour or size of the style in the live sale, with {units} left and not dearer for her, can be offered"
    units: int


class SubstituteAnswered(Conflict):
    code = "aftersales.substitute_answered"
    zh = "这个替代品已谢绝或已过期"
    en = "The substitute was declined or has expired ({state})"
    state: str


class SubstituteDearer(Conflict):
    code = "aftersales.substitute_dearer"
    zh = "{goods} 现在 ¥{price}，比原来的 ¥{line_price} 贵，没有下单"
    en = "{goods} costs ¥{price} now, more than the ¥{line_price} that was paid; nothing was ordered"
    goods: str
    price_fen: int
    line_price_fen: int


def offer_substitute(*, actor: Actor, refund: Refund, item_id: int, goods: str, now: datetime) -> None:
    """Offer an item for the units of a shortage; `goods` names what is short. Belongs into the transaction of the shortage.

    Refuses an item that is not of the style in the live sale, of which fewer units are left, or which costs the reseller more. Nothing
    is held for her. The offer ends with the sale, and after `SUBSTITUTE_LIFE`.
    """
    line = _line_of(refund)
    offer = offers_for(line, now).get(item_id)
    if offer is None or offer.available < refund.units:
        raise NotASubstitute(units=refund.units)
    row = Substitute.objects.create(
        refund=refund,
        item_id=item_id,
        state=SubstituteState.OFFERED.value,
        offered_at=now,
        expires_at=min(now + settings.SUBSTITUTE_LIFE, line.sale_ends_at),
    )
    data: dict[str, str | int | bool | None] = {
        "order_id": line.order_id,
        "goods": goods,
        "new_goods": offer.description,
        "units": refund.units,
    }
    publish([EventDraft(EventKind.SUBSTITUTE_OFFERED, line.line_id, reseller_id=line.reseller_id, data=data)], now=now)
    _record(actor, "aftersales.offer_substitute", line, {"substitute": row.pk, "to": offer.description}, now)


def offered_item_id(refund: Refund) -> int | None:
    """The item that was offered for the units of a shortage; None where none was."""
    return Substitute.objects.filter(refund=refund).values_list("item_id", flat=True).first()


@atomic_with_retry
def accept_substitute(*, actor: Actor, substitute_id: int, expected_price_fen: int, now: datetime) -> SubstituteView:
    """Order and pay the offered units for the recipient of the line, at her present price, which is what she was shown (AFTER-17).

    A second call changes nothing. Refuses an offer that was declined or has expired, a price above that of the line, and where stock, a
    purchase limit or the wallet does not allow it.
    """
    buyer = require_buyer(actor, now)
    row, line = _lock_own(buyer, substitute_id)
    if row.state == SubstituteState.ACCEPTED.value:
        return _view(buyer, row, line, now)
    _require_unanswered(row, now)
    lock_payment(reseller_id=buyer.id, brand_id=line.brand_id)
    units = row.refund.units
    new = NewUnits(row.item_id, units, line.sale_id, line.sale_title, line.style_id, expected_price_fen)
    offer = lock_new_units(buyer, new, now)
    _require_not_dearer(offer, line)
    grab = GrabLine(row.item_id, units, line.recipient_id, expected_price_fen, line.remark, f"substitute:{row.pk}")
    row.order_id = buy_at_once(
        actor=actor,
        buyer=buyer,
        line=grab,
        freight_fen=row.refund.freight_fen,
        key=f"substitute:{uuid4()}",
        now=now,
    )
    row.state, row.answered_at = SubstituteState.ACCEPTED.value, now
    row.save(update_fields=["state", "answered_at", "order"])
    data: dict[str, str | int | bool | None] = {
        "order_id": line.order_id,
        "new_goods": offer.description,
        "units": units,
        "new_order_id": row.order_id,
    }
    _tell_brand(EventKind.SUBSTITUTE_ACCEPTED, line, data, now)
    details: dict[str, object] = {
        "substitute": row.pk,
        "to": offer.description,
        "price": format_yuan(expected_price_fen),
    }
    _record(actor, "aftersales.accept_substitute", line, details, now)
    return _view(buyer, row, line, now)


@atomic_with_retry
def decline_substitute(*, actor: Actor, substitute_id: int, now: datetime) -> SubstituteView:
    """Decline an offer. A second call changes nothing; refuses one that was accepted or has expired."""
    buyer = require_buyer(actor, now)
    row, line = _lock_own(buyer, substitute_id)
    if row.state != SubstituteState.DECLINED.value:
        _require_unanswered(row, now)
        row.state, row.answered_at = SubstituteState.DECLINED.value, now
        row.save(update_fields=["state", "answered_at"])
        sku = row.item.sku
        new_goods = f"{sku.style.style_no} {sku.colour} {sku.size}"
        _tell_brand(EventKind.SUBSTITUTE_DECLINED, line, {"order_id": line.order_id, "new_goods": new_goods}, now)
        _record(actor, "aftersales.decline_substitute", line, {"substitute": row.pk}, now)
    return _view(buyer, row, line, now)


def _lock_own(buyer: BuyerView, substitute_id: int) -> tuple[Substitute, LineOfSale]:
    rows = Substitute.objects.select_for_update(of=("self",)).select_related("refund", "item__sku__style")
    row = rows.filter(pk=substitute_id, refund__line__order__reseller_id=buyer.id).first()
    if row is None:
        raise NoSuchSubstitute(substitute_id=substitute_id)
    return row, _line_of(row.refund)


def _line_of(refund: Refund) -> LineOfSale:
    line = get_line_of_sale(refund.line_id)
    if line is None:
        raise LookupError(f"refund {refund.pk} has no order line")
    return line


def _require_unanswered(row: Substitute, now: datetime) -> None:
    state = substitute_state(SubstituteState(row.state), expires_at=row.expires_at, at=now)
    if state is not SubstituteState.OFFERED:
        raise SubstituteAnswered(state=state.value)


def _require_not_dearer(offer: Offer, line: LineOfSale) -> None:
    price_fen = offer.price_fen or 0
    if price_fen > line.price_fen:
        raise SubstituteDearer(goods=offer.description, price_fen=price_fen, line_price_fen=line.price_fen)


def _tell_brand(kind: EventKind, line: LineOfSale, data: dict[str, str | int | bool | None], now: datetime) -> None:
    publish([EventDraft(kind, line.line_id, brand_id=line.brand_id, data=data)], now=now)


def _record(actor: Actor, action: str, line: LineOfSale, details: dict[str, object], now: datetime) -> None:
    details = {"line": line.line_id, **details}
    record(actor=actor, action=action, kind="order", subject_id=line.order_id, details=details, now=now)


def _view(buyer: BuyerView, row: Substitute, line: LineOfSale, now: datetime) -> SubstituteView:
    views = list_substitutes(buyer.id, tier=buyer.tier.value, at=now, order_ids=[line.order_id])
    return next(view for view in views if view.id == row.pk)
