"""Wishes that are ordered in a sale with a waiting room: a refused order leaves her the ticket that it drew (SALE-24)."""

import pytest

from flashsales.models import RoomTicket, WaitingRoom
from flashsales.rules.waiting_room import interval_of
from flashsales.services.waiting_room import InWaitingRoom, take_place
from forwarding.models import WishLine
from forwarding.services import wish_orders
from forwarding.services.wish_grabs import grab_for_wish
from orders.models.orders import Order
from orders.services.placing import GrabLine
from orders.services.placing_refusals import LinesRefused
from tests.builders import NOW, item_of
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


def test_a_wish_with_another_reason_draws_a_ticket_too() -> None:
    desk = crowded_desk()
    market, daigou = desk.shop.market, desk.shop.daigou
    wish_id = desk.wish(1)
    sku = market.sku(units=1)
    gone = item_of(market.sale(sku), sku)
    market.reseller().grab(gone)
    WishLine.objects.create(wish_id=wish_id, item_id=gone, units=1, retail_fen=99_00)
    refused = desk.order(desk.choices(), pay=False)
    assert codes(refused) == [LinesRefused.code]
    assert refused.wishes[0].refusal is not None
    assert "您排第 1 位" in refused.wishes[0].refusal.zh
    assert RoomTicket.objects.get(reseller=daigou.id).admitted_from == HER_TURN
    assert Order.objects.filter(reseller=daigou.id).count() == 0


def test_a_grab_for_a_wish_with_another_reason_draws_a_ticket_too() -> None:
    desk = crowded_desk()
    market, daigou = desk.shop.market, desk.shop.daigou
    wish_id = desk.wish(1)
    [choice] = desk.choices()
    sku = market.sku(units=1)
    gone = item_of(market.sale(sku), sku)
    market.reseller().grab(gone)
    lines = [GrabLine(item, 1, daigou.recipient_id) for item in (desk.item_id, gone)]
    with pytest.raises(LinesRefused):
        grab_for_wish(actor=daigou.actor, wish_id=wish_id, version=choice.version, lines=lines, key="k", now=NOW)
    assert RoomTicket.objects.get(reseller=daigou.id).admitted_from == HER_TURN
    assert Order.objects.filter(reseller=daigou.id).count() == 0
