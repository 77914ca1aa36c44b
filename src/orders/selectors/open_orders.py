"""What a reseller still has to pay, or is still to be sent."""

from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.states import UNSHIPPED_STATES, OrderState


def count_unpaid_orders(reseller_id: int) -> int:
    return Order.objects.filter(reseller_id=reseller_id, state=OrderState.UNPAID.value).count()


def count_unshipped_orders(reseller_id: int) -> int:
    """Paid orders with units that are left to ship, or to ship again."""
    waiting = Consignment.objects.filter(order__reseller_id=reseller_id, state__in=UNSHIPPED_STATES)
    return waiting.values("order_id").distinct().count()
