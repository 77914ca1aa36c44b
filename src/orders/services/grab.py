"""The grab 抢货: one statement holds the units and inserts the order, or does neither (ORDER-1, ORDER-2). And unpaid orders that end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry, is_aborted
from events.rules import EventKind
from events.services import EventDraft, publish
from flashsales.selectors.styles import item_prices
from flashsales.services import units as flashsales_units
from flashsales.services.units import ItemUnits
from jobs.batches import run_each
from kernel.money import display_yuan
from kernel.refusal import Busy, Conflict, Invalid, Refusal
from membership.rules.tiers import Tier
from membership.selectors.people import BuyerView, require_buyer, require_reseller
from orders.models import Order, OrderLine, Recipient
from orders.rules import MAX_LINES, MAX_UNITS_PER_LINE, OrderState
from orders.selectors.orders import NoSuchOrder, NoSuchRecipient, OrderView, get_own_order, order_view
from orders.services.credit import credit_query, credit_refusal, lock_credit
from orders.sql import hold_units_and_insert_order

_MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class GrabLine:
    """Units of a sale item for one of the reseller's recipients. `expected_price_fen`: the unit price that she saw, if it was sent."""

    item_id: int
    units: int
    recipient_id: int
    expected_price_fen: int | None = None


class InvalidGrab(Invalid):
    code = "orders.invalid_grab"
    zh = "一次最多 {lines} 行，每行 1 至 {units} 件，同一商品和收货人不能重复，且须带请求编号"
    en = "At most {lines} lines of 1 to {units} units, no line twice, and with an idempotency key"
    lines: int
    units: int


class OrderKeyConflict(Conflict):
    code = "orders.order_key_conflict"
    zh = "此请求编号已用于另一张内容不同的订单（{order_id}）"
    en = "The idempotency key was used for another order ({order_id}) with other contents"
    order_id: int


class PriceChanged(Conflict):
    """`lines` names each item whose price is not the expected one: `item_id`, `expected_fen`, `price_fen`."""

    code = "orders.price_changed"
    zh = "价格已变，没有下单：{goods_zh}"
    en = "The price has changed, nothing was ordered: {goods_en}"
    goods_zh: str
    goods_en: str
    lines: list[dict[str, int]]


class Contention(Busy):
    code = "orders.contention"
    zh = "抢购人数太多，请稍后再试"
    en = "Too many at once; try again in a moment"


class OrderNotUnpaid(Conflict):
    code = "orders.not_unpaid"
    zh = "订单不是待付款状态"
    en = "The order is not waiting for payment ({state})"
    state: str


def grab(*, actor: Actor, lines: Sequence[GrabLine], key: str, now: datetime) -> OrderView:
    """Hold units and create an unpaid order at the frozen prices of the reseller's tier: all lines or none.

    The same key with the same lines returns the same order; with other lines it is refused. Refuses where too few units are left, where
    a purchase limit or the unpaid limit is exceeded (ORDER-6), and where a line expects another price than the present one (ORDER-1).
    The units of an unpaid order are released after `UNPAID_ORDER_LIFE`.
    """
    buyer = require_buyer(actor, now)
    _validate_grab(lines, key)
    _require_own_recipients(buyer.id, lines)
    for _ in range(_MAX_ATTEMPTS):
        order_id = _try_grab(buyer, lines, key, now)
        if order_id is not None:
            return get_own_order(buyer.id, order_id)
        earlier = Order.objects.filter(reseller_id=buyer.id, key=key).first()
        if earlier is not None:
            return _require_same_order(earlier, lines)
        if refusal := _find_refusal(buyer, lines, now):
            raise refusal
    # Each attempt failed, and each time the units were free again when the reason was looked up: too many grabs at once.
    raise Contention


def _find_refusal(buyer: BuyerView, lines: Sequence[GrabLine], now: datetime) -> Refusal | None:
    """Why an attempt failed; None where the reason no longer exists."""
    units = _units_by_item(lines)
    requested = [ItemUnits(item_id, count) for item_id, count in units.items()]
    return (
        flashsales_units.explain_failed_hold(reseller_id=buyer.id, requested=requested, at=now)
        or _price_refusal(buyer.tier, lines, now)
        or credit_refusal(buyer, units, now)
    )


def _try_grab(buyer: BuyerView, lines: Sequence[GrabLine], key: str, now: datetime) -> int | None:
    """One attempt. Returns the id of the order, or None where it was not created; then nothing is held."""
    try:
        with transaction.atomic():
            lock_credit(buyer)
            order_id = hold_units_and_insert_order(
                credit=credit_query(buyer, now),
                tier=buyer.tier.value,
                key=key,
                pay_before=now + settings.UNPAID_ORDER_LIFE,
                item_ids=[line.item_id for line in lines],
                units=[line.units for line in lines],
                recipient_ids=[line.recipient_id for line in lines],
                expected_prices_fen=[line.expected_price_fen for line in lines],
            )
            if order_id is None:
                transaction.set_rollback(True)
            return order_id
    except OperationalError as error:
        if is_aborted(error):
            return None
        raise


@atomic_with_retry
def cancel_unpaid(*, actor: Actor, order_id: int, now: datetime) -> OrderView:
    """Cancel an unpaid order at its reseller's request; its units are released."""
    buyer = require_reseller(actor)
    order = Order.objects.select_for_update().filter(pk=order_id, reseller_id=buyer.id).first()
    if order is None:
        raise NoSuchOrder(order_id=order_id)
    if order.state != OrderState.UNPAID.value:
        raise OrderNotUnpaid(state=order.state)
    _cancel_order(order, actor, now, "orders.cancel_unpaid")
    return get_own_order(buyer.id, order_id)


def expire_unpaid(*, now: datetime, limit: int = 500) -> int:
    """Cancel orders whose time to pay has run out; returns how many. It may run at any time, repeatedly and concurrently.

    An order that cannot be cancelled does not stop the others.
    """
    waiting = Order.objects.filter(state=OrderState.UNPAID.value, pay_before__lte=now).order_by("pay_before")
    due = list(waiting.values_list("pk", flat=True)[:limit])
    return run_each(lambda order_id: _expire_order(order_id, now), due, job="orders.expire_unpaid")


@atomic_with_retry
def _expire_order(order_id: int, now: datetime) -> bool:
    """Cancel one order whose time to pay has run out; False where another transaction holds it or has ended it."""
    order = (
        Order.objects.select_for_update(skip_locked=True)
        .filter(pk=order_id, state=OrderState.UNPAID.value, pay_before__lte=now)
        .first()
    )
    if order is None:
        return False
    released_units = _cancel_order(order, SYSTEM, now, "orders.expire_unpaid")
    event = EventDraft(
        EventKind.ORDER_EXPIRED,
        order.pk,
        reseller_id=order.reseller_id,
        data={"order_id": order.pk, "units": released_units},
    )
    publish([event], now=now)
    return True


def _cancel_order(order: Order, actor: Actor, now: datetime, action: str) -> int:
    """Release the units of an unpaid order and mark it as cancelled. Returns how many units were released."""
    lines = list(OrderLine.objects.filter(order=order).values_list("item_id", "units"))
    flashsales_units.release(
        reseller_id=order.reseller_id,
        lines=[ItemUnits(item_id, units) for item_id, units in lines],
        cause=f"order:{order.pk}",
        actor=actor,
        now=now,
    )
    order.state, order.cancelled_at = OrderState.CANCELLED.value, now
    order.save(update_fields=["state", "cancelled_at"])
    record(actor=actor, action=action, kind="order", subject_id=order.pk, details={}, now=now)
    return sum(units for _, units in lines)


def _validate_grab(lines: Sequence[GrabLine], key: str) -> None:
    places = {(line.item_id, line.recipient_id) for line in lines}
    is_valid = (
        len(key.strip()) > 0
        and len(key) <= 64
        and 0 < len(lines) <= MAX_LINES
        and len(places) == len(lines)
        and all(0 < line.units <= MAX_UNITS_PER_LINE for line in lines)
    )
    if not is_valid:
        raise InvalidGrab(lines=MAX_LINES, units=MAX_UNITS_PER_LINE)


def _require_own_recipients(reseller_id: int, lines: Sequence[GrabLine]) -> None:
    requested = {line.recipient_id for line in lines}
    own = Recipient.objects.filter(pk__in=requested, reseller_id=reseller_id, hidden_at=None)
    for recipient_id in sorted(requested - set(own.values_list("pk", flat=True))):
        raise NoSuchRecipient(recipient_id=recipient_id)


def _require_same_order(earlier: Order, lines: Sequence[GrabLine]) -> OrderView:
    """The order of a key that was used before; refuses lines other than those it was placed with.

    A retry expects the price that the order was placed at. The present price does not matter to it.
    """
    rows = OrderLine.objects.filter(order=earlier).values_list("item_id", "recipient_id", "units", "price_fen")
    placed = {(item_id, recipient_id): (units, price_fen) for item_id, recipient_id, units, price_fen in rows}
    requested = {}
    for line in lines:
        place = (line.item_id, line.recipient_id)
        expected_fen = line.expected_price_fen
        if expected_fen is None and place in placed:
            expected_fen = placed[place][1]
        requested[place] = (line.units, expected_fen)
    if placed != requested:
        raise OrderKeyConflict(order_id=earlier.pk)
    return order_view(earlier)


def _price_refusal(tier: Tier, lines: Sequence[GrabLine], now: datetime) -> PriceChanged | None:
    """The refusal that names each line whose price is not the expected one, with both prices; None where none differs."""
    expected_fen = {line.item_id: line.expected_price_fen for line in lines if line.expected_price_fen is not None}
    if not expected_fen:
        return None
    prices = item_prices(item_ids=list(expected_fen), tier=tier, at=now)
    changed = [
        (price, line.item_id, line.expected_price_fen)
        for line in lines
        if line.expected_price_fen is not None
        and (price := prices.get(line.item_id)) is not None
        and price.price_fen != line.expected_price_fen
    ]
    if not changed:
        return None
    return PriceChanged(
        goods_zh="；".join(
            f"{price.description} 您看到的是 {display_yuan(seen_fen)}，现在是 {display_yuan(price.price_fen)}"
            for price, _, seen_fen in changed
        ),
        goods_en="; ".join(
            f"{price.description}: you saw {display_yuan(seen_fen)}, it is {display_yuan(price.price_fen)} now"
            for price, _, seen_fen in changed
        ),
        lines=[
            {"item_id": item_id, "expected_fen": seen_fen, "price_fen": price.price_fen}
            for price, item_id, seen_fen in changed
        ],
    )


def _units_by_item(lines: Sequence[GrabLine]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line.item_id] = units.get(line.item_id, 0) + line.units
    return units
