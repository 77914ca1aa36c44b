"""A line of the cart that came from a wish can be changed like any other, and the wish follows (ORDER-10, FORWARD-9)."""

import pytest

from forwarding.models import Wish, WishLine
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors.wish_desk import get_desk_wish
from forwarding.selectors.wish_pages import WishProgress, get_wish_page
from forwarding.selectors.wishes import count_new_wishes
from forwarding.services import forwards, prices, wish_orders, wishes
from integrity.selectors.checks import violations_of
from inventory.models import Sku
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.services import cart, payment
from tests.builders import NOW, Marketplace, item_of
from tests.forwarding.test_wish_orders import Desk

pytestmark = pytest.mark.django_db


def two_ordered(desk: Desk) -> tuple[list[int], list[OrderLine]]:
    """Two wishes that are one unpaid order of two lines."""
    ids = [desk.wish(1), desk.wish(2)]
    desk.order(desk.choices(), pay=False)
    return ids, list(OrderLine.objects.order_by("pk"))


def test_change_units_takes_out_the_line_of_a_wish_and_the_wish_is_open_again() -> None:
    desk = Desk()
    [first, second], [line, other] = two_ordered(desk)
    actor = desk.shop.daigou.actor
    cart.change_units(actor=actor, line_id=line.pk, units=0, now=NOW)
    payment.pay(actor=actor, order_id=other.order_id, now=NOW)
    assert [row.wish.id for row in desk.rows()] == [first]
    assert count_new_wishes(desk.shop.daigou.id, at=NOW) == 1
    assert list(WishLine.objects.order_by("wish_id").values_list("order_line", "was_ordered")) == [
        (None, True), (other.pk, True),
    ]  # fmt: skip
    progress = {
        pk: get_wish_page(token, at=NOW).lines[0].progress for pk, token in Wish.objects.values_list("pk", "token")
    }
    assert progress == {first: WishProgress.RECEIVED, second: WishProgress.ORDERED}
    assert violations_of("forwarding") == []


def test_a_wish_whose_line_was_taken_out_is_ordered_anew() -> None:
    desk = Desk()
    [first, _], [line, _] = two_ordered(desk)
    cart.change_units(actor=desk.shop.daigou.actor, line_id=line.pk, units=0, now=NOW)
    result = desk.order(desk.choices(first), key="again", pay=False)
    assert result.ordered_count == 1
    row = Wish.objects.get(pk=first)
    assert (row.state, row.order_id) == (WishState.ORDERED.value, Order.objects.latest("pk").pk)
    assert desk.rows() == []


def test_correct_wish_of_a_wish_whose_line_was_taken_out_makes_it_new() -> None:
    desk = Desk()
    [first, _], [line, _] = two_ordered(desk)
    actor = desk.shop.daigou.actor
    cart.change_units(actor=actor, line_id=line.pk, units=0, now=NOW)
    wish_orders.correct_wish(actor=actor, wish_id=first, lines=[PickedUnits(desk.item_id, 2)], now=NOW)
    row = Wish.objects.get(pk=first)
    assert (row.state, row.order_id, row.answered_at, row.units) == (WishState.NEW.value, None, None, 2)
    assert get_desk_wish(desk.shop.daigou.id, 0, first, at=NOW).wish.id == first
    assert violations_of("forwarding") == []


def test_swap_item_of_a_line_that_came_from_a_wish_leaves_the_wish_ordered() -> None:
    """Another size of the style is what she agreed with her customer; the private page follows the order line."""
    market = Marketplace()
    medium, large = (market.sku(style_no="QH-88033", size=size) for size in "ML")
    sale_id = market.sale(medium, large)
    style_id, daigou = Sku.objects.get(pk=medium).style_id, market.reseller(wallet_fen=900_00)
    prices.set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=300_00, now=NOW)
    page = forwards.create_forward(actor=daigou.actor, sale_id=sale_id, style_id=style_id, now=NOW)
    wish = wishes.create_wish(
        token=page.token,
        lines=[PickedUnits(item_of(sale_id, medium), 1)],
        fields=wishes.WishFields("王小姐"),
        visitor="v",
        network="n",
        key="k",
        now=NOW,
    )
    order = daigou.grab(item_of(sale_id, medium))
    wishes.link_order(actor=daigou.actor, wish_id=wish.id, order_id=order.id, now=NOW)
    line_id = order.lines[0].id
    cart.swap_item(actor=daigou.actor, line_id=line_id, item_id=item_of(sale_id, large), now=NOW)
    assert WishLine.objects.values_list("order_line", "item").get() == (line_id, item_of(sale_id, medium))
    assert (Wish.objects.get().state, count_new_wishes(daigou.id, at=NOW)) == (WishState.ORDERED.value, 0)
    assert violations_of("forwarding") == []
