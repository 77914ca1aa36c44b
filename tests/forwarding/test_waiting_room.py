"""Wishes that are ordered in a sale with a waiting room: a refused order leaves her the ticket that it drew (SALE-24)."""

import pytest

from flashsales.models import RoomTicket, WaitingRoom
from flashsales.rules.waiting_room import interval_of
from flashsales.services.waiting_room import InWaitingRoom, take_place
from forwarding.services import wish_orders
from forwarding.services.wish_grabs import grab_for_wish
from orders.models.orders import Order
from orders.services.placing import GrabLine
from tests.builders import NOW
from tests.forwarding.test_wish_orders import Desk, codes

pytestmark = pytest.mark.django_db

HER_TURN = NOW + interval_of(1)


def crowded_desk() -> Desk:
    """A desk whose sale admits one reseller per second; another one came at this instant."""
    desk = Desk()
    WaitingRoom.objects.create(sale_id=desk.shop.sale_id, rate=1)
    take_place(actor=desk.shop.market.reseller().actor, sale_id=desk.shop.sale_id, now=NOW)
    return desk


def test_order_wishes_draws_a_ticket_and_names_her_place() -> None:
    desk = crowded_desk()
    desk.wish(1)
    choices = desk.choices()
    refused = desk.order(choices, pay=False)
    assert codes(refused) == [InWaitingRoom.code]
    assert refused.wishes[0].refusal is not None
    assert "您排第 1 位" in refused.wishes[0].refusal.zh
    assert RoomTicket.objects.get(reseller=desk.shop.daigou.id).admitted_from == HER_TURN
    assert Order.objects.count() == 0
    actor = desk.shop.daigou.actor
    placed = wish_orders.order_wishes(actor=actor, choices=choices, key="again", now=HER_TURN)
    assert placed.ordered_count == 1


def test_grab_for_wish_keeps_the_ticket_though_it_is_refused() -> None:
    desk = crowded_desk()
    wish_id = desk.wish(1)
    [choice] = desk.choices()
    daigou = desk.shop.daigou
    lines = [GrabLine(desk.item_id, 1, daigou.recipient_id)]
    with pytest.raises(InWaitingRoom) as refused:
        grab_for_wish(actor=daigou.actor, wish_id=wish_id, version=choice.version, lines=lines, key="k", now=NOW)
    assert refused.value.position == 1
    assert RoomTicket.objects.get(reseller=daigou.id).admitted_from == HER_TURN
    assert Order.objects.count() == 0
    order, refusal = grab_for_wish(
        actor=daigou.actor, wish_id=wish_id, version=choice.version, lines=lines, key="k", now=HER_TURN
    )
    assert (order.units, refusal) == (1, None)
