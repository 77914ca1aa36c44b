"""Telling of deadlines that come near: of payment, and of shipping within 24 hours. The clock brings them about (EVENT-5)."""

from datetime import datetime, timedelta

from django.db import transaction

from events.rules.kinds import EventKind
from events.services import EventDraft, publish_once
from kernel.money import format_yuan
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.states import UNSHIPPED_STATES, OrderState

PAYMENT_SOON = timedelta(minutes=5)
SHIPPING_SOON = timedelta(hours=4)
MAX_AT_ONCE = 5000


@transaction.atomic
def tell_of_payments_due(*, now: datetime) -> int:
    """Publish an event for each unpaid order that must be paid within `PAYMENT_SOON`, once per order; returns how many are new.

    An order that is just being paid is left out.
    """
    unpaid = Order.objects.filter(
        state=OrderState.UNPAID.value, pay_before__gt=now, pay_before__lte=now + PAYMENT_SOON
    ).order_by("pk")
    drafts = [
        EventDraft(
            EventKind.PAYMENT_DUE_SOON,
            order.pk,
            reseller_id=order.reseller_id,
            data={
                "order_id": order.pk,
                "total": format_yuan(order.total_fen),
                "minutes": _rounded_up(order.pay_before - now, timedelta(minutes=1)),
            },
        )
        for order in unpaid.select_for_update(skip_locked=True)[:MAX_AT_ONCE]
    ]
    return publish_once(drafts, now=now)


@transaction.atomic
def tell_of_shipping_due(*, now: datetime) -> int:
    """Publish an event for each consignment that must be shipped within `SHIPPING_SOON`, once each; returns how many are new."""
    waiting = Consignment.objects.filter(
        state__in=UNSHIPPED_STATES, ship_by__gt=now, ship_by__lte=now + SHIPPING_SOON
    ).order_by("ship_by", "pk")
    drafts = [
        EventDraft(
            EventKind.SHIPPING_DUE_SOON,
            pk,
            brand_id=brand_id,
            data={
                "consignment_id": pk,
                "order_id": order_id,
                "hours": _rounded_up(ship_by - now, timedelta(hours=1)),
            },
        )
        for pk, brand_id, order_id, ship_by in waiting.values_list("pk", "brand_id", "order_id", "ship_by")
    ]
    return publish_once(drafts, now=now)


def _rounded_up(left: timedelta, unit: timedelta) -> int:
    return -(-left // unit)
