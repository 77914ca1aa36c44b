"""Lines of orders that ran out and that nobody wants any more: late money does not take their units again (ORDER-15)."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from orders import sql
from orders.models.lines import OrderLine
from orders.rules.payments import GivenUp
from orders.rules.states import OrderState


def lock_placements(*, reseller_id: int) -> None:
    """Wait for what is placed, and for late money that is booked, for a reseller; both wait for this transaction.

    Whoever changes what lines of hers were ordered for locks this before anything else, as `receive_payment` does: then one of the two
    sees what the other wrote.
    """
    sql.lock_credit(reseller_id=reseller_id, sharing_inviter_id=None)


@transaction.atomic
def give_up_lines(*, line_ids: Collection[int], order_ids: Collection[int] = (), why: GivenUp) -> None:
    """Keep late money from paying for these lines and those of these orders, and so for the whole of their orders.

    Belongs under `lock_placements` of their reseller. Lines of paid orders stay as they are, and the first reason of a line stays.
    """
    if not line_ids and not order_ids:
        return
    lines = OrderLine.objects.filter(Q(pk__in=line_ids) | Q(order_id__in=order_ids), given_up="")
    lines.exclude(order__state=OrderState.PAID.value).update(given_up=why.value)


def take_back_given_up(order_ids: Collection[int]) -> None:
    """Take back that lines of these orders were given up: the money for them was taken in time, and is only booked late."""
    OrderLine.objects.filter(order_id__in=order_ids).exclude(given_up="").update(given_up="")
