"""Quantity terms at the wish desk: chosen wishes are counted together (FORWARD-9, ORDER-14)."""

import pytest
from django.test import Client

from accounts.models import Person
from flashsales.rules import QuantityTerms
from flashsales.services.quantities import set_quantity_terms
from forwarding.selectors.wish_desk import DeskWishView, find_refusals_by_terms, list_desk_wishes
from forwarding.services.wish_orders import WishChoice, WishOrderView, order_and_pay_wishes
from orders.models.orders import Order
from tests.builders import NOW, item_of, units_of
from tests.built_once import built_once_class
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db


@built_once_class
class Desk:
    """A coat of which five are left, sold from three on; two wishes of one coat each, and one of two."""

    def __init__(self) -> None:
        self.shop = ForwardedSale()
        set_quantity_terms(
            actor=self.shop.market.ops,
            brand_id=self.shop.market.brand_id,
            style_ids=[self.shop.coat],
            terms=QuantityTerms(3),
            now=NOW,
        )
        token = self.shop.forwarded_coat()
        for number, units in ((1, 1), (2, 1), (3, 2)):
            address = f"顾客{'零一二三'[number]} 1390000000{number} 浙江省杭州市西湖区文三路 {number} 号"
            self.shop.wish(token, key=f"k{number}", visitor=f"v{number}", units=units, address=address, note="")

    def rows(self) -> list[DeskWishView]:
        return list_desk_wishes(self.shop.daigou.id, 0, at=NOW).items

    def order(self, *places: int, key: str) -> WishOrderView:
        rows = self.rows()
        choices = [WishChoice(rows[at].wish.id, rows[at].version, rows[at].prices_fen) for at in places]
        return order_and_pay_wishes(actor=self.shop.daigou.actor, choices=choices, key=key, now=NOW)

    def held_and_sold(self) -> tuple[int, int]:
        _, _, held, sold = units_of(item_of(self.shop.sale_id, self.shop.coat_sku))
        return held, sold


def test_order_wishes_below_the_minimum_orders_nothing_and_names_what_is_needed() -> None:
    desk = Desk()
    assert [row.lines[0].quantity_terms for row in desk.rows()] == [QuantityTerms(3)] * 3
    result = desk.order(0, 1, key="few")
    assert result.order is None
    assert [each.refusal and each.refusal.code for each in result.wishes] == ["orders.quantity_not_allowed"] * 2
    refusal = desk.rows()[0].wish.refusal
    assert refusal is not None
    assert "这一单是 2 件，请改成 3 件" in refusal.zh
    assert (Order.objects.count(), desk.held_and_sold()) == (0, (0, 0))
    together = desk.order(0, 2, key="enough")
    assert together.ordered_count == 2
    assert desk.held_and_sold() == (0, 3)


def test_find_refusals_by_terms_counts_the_chosen_wishes_together() -> None:
    desk = Desk()
    rows = desk.rows()
    refusals = find_refusals_by_terms(rows[:2], desk.shop.daigou.id, 0, at=NOW)
    assert set(refusals) == {row.wish.id for row in rows[:2]}
    assert find_refusals_by_terms(rows, desk.shop.daigou.id, 0, at=NOW) == {}


def test_desk_names_ticked_wishes_that_break_the_terms_before_they_are_paid(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    desk = Desk()
    client.force_login(Person.objects.get(pk=desk.shop.daigou.actor.own_id))
    rows = desk.rows()
    few = client.post("/shop/wishes/ticked/", {"wish": [row.choice_value for row in rows[:2]]}).content.decode()
    assert "王小姐、王小姐：QH-88011" in few
    assert "请改成 3 件" in few
    enough = client.post("/shop/wishes/ticked/", {"wish": [row.choice_value for row in rows]}).content.decode()
    assert "data-broken-terms" not in enough
