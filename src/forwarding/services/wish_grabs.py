"""One wish that is ordered from the page of its style, or by an order that was made before."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from accounts.services.people import lock_person
from db.transactions import atomic_with_retry
from flashsales.services.waiting_room import take_places_for
from forwarding.models import Wish
from forwarding.selectors.wish_desk import version_of_wish
from forwarding.selectors.wishes import NoSuchWish, WishView, is_open
from forwarding.services.wish_lines import lock_wishes
from forwarding.services.wish_orders import WishChanged
from forwarding.services.wishes import link_order
from kernel.refusal import Refusal
from membership.selectors.people import require_buyer, require_reseller
from orders.selectors.orders import OrderView
from orders.services.credit import lock_credit
from orders.services.given_up import lock_placements
from orders.services.grab import grab
from orders.services.placing import GrabLine, validated


def grab_for_wish(
    *, actor: Actor, wish_id: int, version: str, lines: Sequence[GrabLine], key: str, now: datetime
) -> tuple[OrderView, Refusal | None]:
    """Grab units for an open wish and record the order with it; why it could not be recorded, where the wish was answered before.

    Grabs nothing where the customer or another device changed the wish since it was shown with `version`.
    """
    # Outside of the transaction, which would hold the room while it waits for hot goods, and lose her ticket with a refusal.
    take_places_for(actor=actor, item_ids={line.item_id for line in validated(lines, key)}, now=now)
    return _grab_for_wish(actor=actor, wish_id=wish_id, version=version, lines=lines, key=key, now=now)


@atomic_with_retry
def _grab_for_wish(
    *, actor: Actor, wish_id: int, version: str, lines: Sequence[GrabLine], key: str, now: datetime
) -> tuple[OrderView, Refusal | None]:
    buyer = require_buyer(actor, now)
    # In the order of `order_wishes`: an address that changes now waits, and finds the wish ordered.
    lock_person(actor.own_id)
    lock_credit(buyer)
    _refuse_changed(_lock_wish(buyer.id, wish_id), version)
    order = grab(actor=actor, lines=lines, key=key, now=now)
    try:
        link_order(actor=actor, wish_id=wish_id, order_id=order.id, now=now)
    except Refusal as refusal:
        return order, refusal
    return order, None


@transaction.atomic
def link_order_to_version(*, actor: Actor, wish_id: int, version: str, order_id: int, now: datetime) -> WishView:
    """`link_order`, refused where an open wish was changed since it was shown with `version`; "" does not ask."""
    if version:
        reseller = require_reseller(actor)
        lock_placements(reseller_id=reseller.id)
        _refuse_changed(_lock_wish(reseller.id, wish_id), version)
    return link_order(actor=actor, wish_id=wish_id, order_id=order_id, now=now)


def _lock_wish(reseller_id: int, wish_id: int) -> Wish:
    row = next(iter(lock_wishes(reseller_id, [wish_id])), None)
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    return row


def _refuse_changed(row: Wish, version: str) -> None:
    if is_open(row) and version_of_wish(row) != version:
        raise WishChanged
