"""The grab 抢货: one durable statement takes the units and writes the order, or does neither (ORDER-1, ORDER-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record
from db import sql
from db.transactions import atomic_with_retry, is_aborted
from flashsales.selectors.styles import item_prices
from flashsales.services import units as flashsales_units
from flashsales.services.units import ItemUnits
from jobs.batches import run_each
from kernel.money import display_yuan
from kernel.refusal import Busy, Conflict, Invalid
from membership.rules.tiers import Tier
from membership.selectors.people import BuyerView, require_buyer, require_reseller
from orders.models import Order, OrderLine, Recipient
from orders.rules import MAX_LINES, MAX_UNITS_PER_LINE, OrderState
from orders.selectors.orders import NoSuchOrder, NoSuchRecipient, OrderView, get_own_order, order_view
from orders.services.credit import CREDIT, credit_refusal, lock_credit, terms_of

_MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class GrabLine:
    """One line of a grab: units of a sale item, for a recipient of hers; `expected_price_fen` is the unit price that she saw, if told."""

    item_id: int
    units: int
    recipient_id: int
    expected_price_fen: int | None = None


@dataclass(eq=False)
class InvalidGrab(Invalid):
    code = "orders.invalid_grab"
    zh = "一次最多 {lines} 行，每行 1 至 {units} 件，同一商品和收货人不能重复，且须带请求编号"
    en = "At most {lines} lines of 1 to {units} units, no line twice, and with an idempotency key"
    lines: int
    units: int


@dataclass(eq=False)
class OrderKeyConflict(Conflict):
    code = "orders.order_key_conflict"
    zh = "此请求编号已用于另一张内容不同的订单（{order_id}）"
    en = "The idempotency key was used for another order ({order_id}) with other contents"
    order_id: int


@dataclass(eq=False)
class PriceChanged(Conflict):
    """`lines` names each item whose price is not the one that she saw: `item_id`, `expected_fen`, `price_fen`."""

    code = "orders.price_changed"
    zh = "价格已变，没有下单：{goods_zh}"
    en = "The price has changed, nothing was ordered: {goods_en}"
    goods_zh: str
    goods_en: str
    lines: list[dict[str, int]]


@dataclass(eq=False)
class Contention(Busy):
    code = "orders.contention"
    zh = "抢购人数太多，请稍后再试"
    en = "Too many at once; try again in a moment"


@dataclass(eq=False)
class OrderNotUnpaid(Conflict):
    code = "orders.not_unpaid"
    zh = "订单不是待付款状态"
    en = "The order is not waiting for payment ({state})"
    state: str


_GRAB = f"""
WITH wanted AS (
    SELECT * FROM unnest(%(items)s::bigint[], %(units)s::int[], %(recipients)s::bigint[], %(expected)s::bigint[])
        WITH ORDINALITY AS w(item_id, units, recipient_id, expected_fen, position)
), requested_items AS (
    SELECT item_id, sum(units)::int AS units FROM wanted GROUP BY item_id
), {CREDIT.rstrip()}, {flashsales_units.HOLD_UNITS}, priced AS (
    SELECT w.position, w.item_id, w.units, w.recipient_id, w.expected_fen, h.sale_id, h.sku_id, h.brand_id, p.id AS price_row_id, p.tier,
           pricing_price_at(p.wholesale_fen, p.lowest_fen, t.terms, h.markdown_ends_at, %(now)s) AS price_fen,
           p.brand_payable_fen, p.labelling, p.retail_floor_fen
    FROM wanted w
    JOIN held h ON h.id = w.item_id
    JOIN pricing_pricelistrow p ON p.price_list_id = h.price_list_id AND p.sku_id = h.sku_id AND p.tier = %(tier)s
    JOIN pricing_pricelist t ON t.id = h.price_list_id
), new_order AS (
    INSERT INTO orders_order (reseller_id, key, state, tier, total_fen, placed_at, pay_before)
    SELECT %(reseller)s, %(key)s, 'unpaid', min(tier), sum(price_fen * units), %(now)s, %(pay_before)s
    FROM priced HAVING count(*) = (SELECT count(*) FROM wanted) AND bool_and(coalesce(expected_fen, price_fen) = price_fen)
        AND sum(price_fen * units) <= (SELECT fen FROM allowance)
    ON CONFLICT (reseller_id, key) DO NOTHING
    RETURNING id
), new_lines AS (
    INSERT INTO orders_orderline (order_id, item_id, sale_id, brand_id, sku_id, recipient_id, price_row_id, units,
        refunded_units, price_fen, payable_fen, commission_fen, labelling, retail_floor_fen)
    SELECT o.id, p.item_id, p.sale_id, p.brand_id, p.sku_id, p.recipient_id, p.price_row_id, p.units,
        0, p.price_fen, p.brand_payable_fen, p.price_fen - p.brand_payable_fen, p.labelling, p.retail_floor_fen
    FROM new_order o, priced p
    ORDER BY p.position
)
SELECT id FROM new_order
"""  # noqa: S608 - the inserted part is a constant of flashsales, no value of anybody's


def grab(*, actor: Actor, lines: Sequence[GrabLine], key: str, now: datetime) -> OrderView:
    """Take units and make an unpaid order at the frozen prices of her tier, all lines or none.

    The same key with the same lines gives the same order again; with other lines it is refused. Refuses with how many are left, what
    the limit leaves her, or what she may hold without having paid (ORDER-6); a line that carries another price than the present one is
    refused with both named (ORDER-1). Unpaid orders give their units back after `UNPAID_ORDER_LIFE`.
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
        units = _units_by_item(lines)
        wanted = [ItemUnits(item_id, each) for item_id, each in units.items()]
        reason = flashsales_units.explain_failed_hold(reseller_id=buyer.id, requested=wanted, at=now)
        reason = reason or _price_refusal(buyer.tier, lines, now) or credit_refusal(buyer, units, now)
        if reason is not None:
            raise reason
    # Units came free between the attempt and the question why, every time: the crowd is at work.
    raise Contention


def _try_grab(buyer: BuyerView, lines: Sequence[GrabLine], key: str, now: datetime) -> int | None:
    parameters = {
        "items": [line.item_id for line in lines],
        "units": [line.units for line in lines],
        "recipients": [line.recipient_id for line in lines],
        "expected": [line.expected_price_fen for line in lines],
        "tier": buyer.tier.value,
        "key": key,
        "pay_before": now + settings.UNPAID_ORDER_LIFE,
    } | terms_of(buyer, now)
    try:
        with transaction.atomic():
            lock_credit(buyer)
            rows = sql.rows(_GRAB, parameters)
            if not rows:
                transaction.set_rollback(True)
    except OperationalError as error:
        if is_aborted(error):
            return None
        raise
    return rows[0]["id"] if rows else None


@atomic_with_retry
def cancel_unpaid(*, actor: Actor, order_id: int, now: datetime) -> OrderView:
    """Her own change of mind before paying; the units go back at once."""
    buyer = require_reseller(actor)
    order = Order.objects.select_for_update().filter(pk=order_id, reseller_id=buyer.id).first()
    if order is None:
        raise NoSuchOrder(order_id=order_id)
    if order.state != OrderState.UNPAID.value:
        raise OrderNotUnpaid(state=order.state)
    _cancel_order(order, actor, now, "orders.cancel_unpaid")
    return get_own_order(buyer.id, order_id)


def expire_unpaid(*, now: datetime, limit: int = 500) -> int:
    """Cancel orders whose time to pay has run out; gives how many. Safe to run at any time, twice, and at once.

    An order that cannot be cancelled stops none of the others.
    """
    waiting = Order.objects.filter(state=OrderState.UNPAID.value, pay_before__lte=now).order_by("pay_before")
    due = list(waiting.values_list("pk", flat=True)[:limit])
    return run_each(lambda order_id: _expire_order(order_id, now), due, job="orders.expire_unpaid")


@atomic_with_retry
def _expire_order(order_id: int, now: datetime) -> bool:
    """Cancel one order whose time has run out; False where somebody else is at it, or was."""
    order = (
        Order.objects.select_for_update(skip_locked=True)
        .filter(pk=order_id, state=OrderState.UNPAID.value, pay_before__lte=now)
        .first()
    )
    if order is None:
        return False
    _cancel_order(order, SYSTEM, now, "orders.expire_unpaid")
    return True


def _cancel_order(order: Order, actor: Actor, now: datetime, action: str) -> None:
    lines = OrderLine.objects.filter(order=order).values_list("item_id", "units")
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


def _validate_grab(lines: Sequence[GrabLine], key: str) -> None:
    places = {(line.item_id, line.recipient_id) for line in lines}
    sound = (
        len(key.strip()) > 0
        and len(key) <= 64
        and 0 < len(lines) <= MAX_LINES
        and len(places) == len(lines)
        and all(0 < line.units <= MAX_UNITS_PER_LINE for line in lines)
    )
    if not sound:
        raise InvalidGrab(lines=MAX_LINES, units=MAX_UNITS_PER_LINE)


def _require_own_recipients(reseller_id: int, lines: Sequence[GrabLine]) -> None:
    wanted = {line.recipient_id for line in lines}
    own = set(
        Recipient.objects.filter(pk__in=wanted, reseller_id=reseller_id, hidden_at=None).values_list("pk", flat=True)
    )
    for stranger in sorted(wanted - own):
        raise NoSuchRecipient(recipient_id=stranger)


def _require_same_order(earlier: Order, lines: Sequence[GrabLine]) -> OrderView:
    rows = OrderLine.objects.filter(order=earlier).values_list("item_id", "recipient_id", "units", "price_fen")
    before = {(item_id, recipient_id): (units, price_fen) for item_id, recipient_id, units, price_fen in rows}
    # A retry carries the price that the order was made at; the present price is of no matter to it.
    asked = {
        (line.item_id, line.recipient_id): (
            line.units,
            before.get((line.item_id, line.recipient_id), (0, 0))[1]
            if line.expected_price_fen is None
            else line.expected_price_fen,
        )
        for line in lines
    }
    if before != asked:
        raise OrderKeyConflict(order_id=earlier.pk)
    return order_view(earlier)


def _price_refusal(tier: Tier, lines: Sequence[GrabLine], now: datetime) -> PriceChanged | None:
    """The refusal that names every line whose price is not the one that she saw, with both; None where none differs."""
    told = {line.item_id: line.expected_price_fen for line in lines if line.expected_price_fen is not None}
    if not told:
        return None
    prices = item_prices(item_ids=list(told), tier=tier, at=now)
    changed = [
        (each, line.item_id, line.expected_price_fen)
        for line in lines
        if line.expected_price_fen is not None
        and (each := prices.get(line.item_id)) is not None
        and each.price_fen != line.expected_price_fen
    ]
    if not changed:
        return None
    return PriceChanged(
        goods_zh="；".join(
            f"{each.description} 您看到的是 {display_yuan(seen)}，现在是 {display_yuan(each.price_fen)}"
            for each, _, seen in changed
        ),
        goods_en="; ".join(
            f"{each.description}: you saw {display_yuan(seen)}, it is {display_yuan(each.price_fen)} now"
            for each, _, seen in changed
        ),
        lines=[
            {"item_id": item_id, "expected_fen": seen, "price_fen": each.price_fen} for each, item_id, seen in changed
        ],
    )


def _units_by_item(lines: Sequence[GrabLine]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line.item_id] = units.get(line.item_id, 0) + line.units
    return units
