"""The grab 抢货 of a few lines, and unpaid orders that end. Placing itself, for any number of lines, is in `placing`."""

import functools
import threading
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef

from accounts.rules import SYSTEM, Actor, SignInFirst
from accounts.selectors import find_actor_by_token
from accounts.services.audit import record
from db.transactions import atomic_with_retry, is_aborted
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.services import units as flashsales_units
from flashsales.services.units import ItemUnits
from jobs.batches import run_each
from kernel.refusal import Conflict, Refusal
from membership.selectors.people import require_reseller
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.payments import OrderPayment
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.selectors.orders import NoSuchOrder, OrderView, get_own_order
from orders.services.batches import GrabRequest, NotDecided, Outcome, place_batch
from orders.services.grab_queue import GRABS, GrabQueue, not_answered
from orders.services.placing import GrabLine, place_orders, validated
from payments.rules.payments import UNHEARD_AFTER, PaymentState
from web.later import Later

_making_queue = threading.Lock()
"""Two threads that grab first at once would make a queue each."""


class OrderNotUnpaid(Conflict):
    code = "orders.not_unpaid"
    zh = "订单 {order_id} 不是待付款状态"
    en = "Order {order_id} is not waiting for payment ({state})"
    state: str
    order_id: int


def grab(
    *,
    actor: Actor,
    lines: Sequence[GrabLine],
    key: str,
    take: Take = Take.ALL,
    expected_freight_fen: int | None = None,
    now: datetime,
) -> OrderView:
    """Hold units and create one unpaid order, as `place_orders`; in a web process together with the grabs that arrive beside it."""
    return place(GrabRequest(validated(lines, key), key, take, now, expected_freight_fen, actor=actor))


def place(request: GrabRequest) -> OrderView:
    """Place a request whose token or actor is given; see `grab`."""
    return _finish(request, _outcome(request))


def submits() -> bool:
    """Whether grabs of this thread can be submitted."""
    # A caller's transaction is not visible to the writer, and must not wait for it.
    return settings.GRABS_IN_A_BATCH > 1 and not connection.in_atomic_block


def submit(request: GrabRequest) -> Later:
    """Put a request on the queue of this process; its order comes later. Refuses where the queue is full."""
    return Later(
        outcome=_queue().submit(request),
        view_of=partial(_finish, request),
        needs_thread=_needs_database,
        wait_seconds=settings.GRAB_WAIT_SECONDS,
        too_late=not_answered,
    )


def _finish(request: GrabRequest, outcome: Outcome) -> OrderView:
    """The order of an outcome, which is counted. Raises its refusal; what the batch left is placed now."""
    try:
        order = _finished(request, outcome)
    except Refusal as refusal:
        GRABS.labels(refusal.code).inc()
        raise
    GRABS.labels("placed").inc()
    return order


def _finished(request: GrabRequest, outcome: Outcome) -> OrderView:
    if isinstance(outcome, Refusal):
        raise outcome
    if isinstance(outcome, OrderView):
        return outcome
    actor = outcome.actor or find_actor_by_token(request.token, at=request.now)
    if actor is None:
        raise SignInFirst
    return place_orders(
        actor=actor,
        lines=request.lines,
        key=request.key,
        take=request.take,
        expected_freight_fen=request.expected_freight_fen,
        now=request.now,
    )


def _needs_database(outcome: Outcome) -> bool:
    """Whether `_finish` reads or writes for this outcome."""
    return isinstance(outcome, NotDecided)


def _outcome(request: GrabRequest) -> Outcome:
    if submits():
        return _queue().place(request)
    try:
        [outcome] = place_batch([request])
    except OperationalError as error:
        if connection.in_atomic_block or not is_aborted(error):
            raise
        return NotDecided(request.actor)
    return outcome


def _queue() -> GrabQueue:
    """The queue of this process."""
    with _making_queue:
        return _made_queue()


@functools.cache
def _made_queue() -> GrabQueue:
    return GrabQueue(
        max_batch=settings.GRABS_IN_A_BATCH,
        max_waiting=settings.WAITING_GRABS,
        wait_seconds=settings.GRAB_WAIT_SECONDS,
    )


@atomic_with_retry
def cancel_unpaid(*, actor: Actor, order_id: int, now: datetime) -> OrderView:
    """Cancel an unpaid order at its reseller's request; its units are released."""
    buyer = require_reseller(actor)
    order = Order.objects.select_for_update().filter(pk=order_id, reseller_id=buyer.id).first()
    if order is None:
        raise NoSuchOrder(order_id=order_id)
    if order.state != OrderState.UNPAID.value:
        raise OrderNotUnpaid(state=order.state, order_id=order.pk)
    release_order(order, actor, now, "orders.cancel_unpaid")
    return get_own_order(buyer.id, order_id)


def expire_unpaid(*, now: datetime, limit: int = 500) -> int:
    """Cancel orders whose time to pay has run out; returns how many. It may run at any time, repeatedly and concurrently.

    An order that cannot be cancelled does not stop the others. One with an open payment at a provider waits until that is closed (PAY-6).
    """
    waiting = Order.objects.filter(state=OrderState.UNPAID.value, pay_before__lte=now).order_by("pay_before")
    due = list(waiting.exclude(_is_being_paid(now)).values_list("pk", flat=True)[:limit])
    return run_each(lambda order_id: expire_order(order_id, now), due, job="orders.expire_unpaid")


@atomic_with_retry
def expire_order(order_id: int, now: datetime) -> bool:
    """Cancel one order whose time to pay has run out; False where another transaction holds it or has ended it."""
    order = (
        Order.objects.select_for_update(skip_locked=True)
        .filter(pk=order_id, state=OrderState.UNPAID.value, pay_before__lte=now)
        .exclude(_is_being_paid(now))
        .first()
    )
    if order is None:
        return False
    released_units = release_order(order, SYSTEM, now, "orders.expire_unpaid")
    event = EventDraft(
        EventKind.ORDER_EXPIRED,
        order.pk,
        reseller_id=order.reseller_id,
        data={"order_id": order.pk, "units": released_units},
    )
    publish([event], now=now)
    return True


def _is_being_paid(now: datetime) -> Exists:
    """Whether an order has a payment at a provider that is not closed yet, unless the provider has been silent for long."""
    return Exists(
        OrderPayment.objects.filter(
            order=OuterRef("pk"),
            payment__state=PaymentState.OPEN.value,
            payment__expires_at__gt=now - UNHEARD_AFTER,
        )
    )


def release_order(order: Order, actor: Actor, now: datetime, action: str) -> int:
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
