"""Exchanging paid units for another colour or size until the brand downloaded a list with them (ORDER-12)."""

from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from accounts.rules import Actor
from accounts.services.audit import record
from aftersales.models.refunds import Exchange, Refund
from aftersales.rules import RefundReason
from aftersales.selectors.exchanges import ExchangeView, exchange_view
from aftersales.services.new_units import NewUnits, lock_new_units
from aftersales.services.refunds import MAX_KEY, NoSuchOrderLine, RefundKeyConflict, create_refund
from db.transactions import atomic_with_retry
from flashsales.rules import Offer
from flashsales.services.units import ItemUnits
from kernel.money import format_yuan
from kernel.refusal import Conflict, require_key
from membership.selectors.people import require_buyer
from orders.services.buying import buy_at_once, lock_payment
from orders.services.placing import GrabLine
from orders.services.refund import LockedLine, NothingToRefund, lock_line


class NotExchangeable(Conflict):
    code = "aftersales.not_exchangeable"
    zh = "只有已付款、还没发货也没报缺货的货可以换"
    en = "Only goods that are paid, not shipped and not reported short can be exchanged"


class ListDownloaded(Conflict):
    code = "aftersales.list_downloaded"
    zh = "品牌已下载发货单，可能正在配货，不能再换"
    en = "The brand has downloaded its shipping list and may be packing; the goods cannot be exchanged any more"


class ExchangeBreaksTerms(Conflict):
    code = "aftersales.exchange_breaks_terms"
    zh = "{goods} 要求 {terms_zh}，不能单换其中的尺码"
    en = "{goods} is sold as {terms_en}; single sizes of it cannot be exchanged"
    goods: str
    terms_zh: str
    terms_en: str


@atomic_with_retry
def exchange(
    *,
    actor: Actor,
    line_id: int,
    item_id: int,
    units: int | None = None,
    expected_price_fen: int | None = None,
    key: str,
    now: datetime,
) -> ExchangeView:
    """Exchange paid units, by default all that are left to ship, for another colour or size of the style in the same sale (ORDER-12).

    The old units are refunded and are on sale again; the new ones are ordered for the same recipient and paid, at the present price of
    the reseller's tier. `expected_price_fen` is the price that she was shown, by default that of the line; another one is refused. The
    same key exchanges once. Refuses once the brand has downloaded a list with the line, and where stock, a purchase limit or the wallet
    does not allow it.
    """
    buyer = require_buyer(actor, now)
    require_key(key, max_length=MAX_KEY)
    line = lock_line(line_id)
    if line is None or line.reseller_id != buyer.id:
        raise NoSuchOrderLine(line_id=line_id)
    refund_key = _refund_key(key)
    if earlier := Refund.objects.filter(line_id=line_id, key=refund_key).first():
        return _require_same_exchange(earlier, item_id, units)
    units = line.unshipped_units if units is None else units
    _require_exchangeable(line, units)
    lock_payment(reseller_id=buyer.id, brand_id=line.brand_id)
    seen_fen = line.price_fen if expected_price_fen is None else expected_price_fen
    new = NewUnits(item_id, units, line.sale_id, line.sale_title, line.style_id, seen_fen)
    offer = lock_new_units(buyer, new, now, given_back=ItemUnits(line.item_id, units))
    _require_terms_allow(offer)
    refund = create_refund(
        actor, line_id, line, units, RefundReason.CHANGED_MIND, "", refund_key, now, stays_in_wallet=True
    )
    new_line = GrabLine(item_id, units, line.recipient_id, seen_fen, line.remark, f"exchange:{refund.pk}")
    order_id = buy_at_once(
        actor=actor, buyer=buyer, line=new_line, freight_fen=refund.freight_fen, key=f"exchange:{uuid4()}", now=now
    )
    row = Exchange.objects.create(refund=refund, order_id=order_id)
    details = {
        "line": line_id,
        "to": offer.description,
        "units": units,
        "price": format_yuan(seen_fen),
        "order": order_id,
    }
    record(actor=actor, action="aftersales.exchange", kind="order", subject_id=line.order_id, details=details, now=now)
    return exchange_view(row)


def _refund_key(key: str) -> str:
    """The key of the refund. She chooses hers; it must never be one that a shortage or a case has on the line later."""
    return f"exchange:{sha256(key.encode()).hexdigest()[:40]}"


def _require_same_exchange(earlier: Refund, item_id: int, units: int | None) -> ExchangeView:
    row = Exchange.objects.filter(refund=earlier, order__lines__item=item_id).first()
    if row is None or units not in (None, earlier.units):
        raise RefundKeyConflict(refund_id=earlier.pk)
    return exchange_view(row)


def _require_exchangeable(line: LockedLine, units: int) -> None:
    if line.paid_at is None or line.short_units or line.shipped_at is not None or not line.unshipped_units:
        raise NotExchangeable
    if line.listed_at is not None:
        raise ListDownloaded
    if not 0 < units <= line.unshipped_units:
        raise NothingToRefund(refundable_units=line.unshipped_units)


def _require_terms_allow(offer: Offer) -> None:
    """A minimum that counts sizes and colours together is kept by an exchange; a pack, or the minimum of a SKU, is not (ORDER-14)."""
    terms = offer.quantity_terms
    if terms is not None and terms.bind_each_size:
        raise ExchangeBreaksTerms(goods=offer.style_no, terms_zh=terms.zh, terms_en=terms.en)
