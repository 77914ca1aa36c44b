"""What a reseller earns: with the price that she had set when it was ordered, refunds considered (FORWARD-14, FORWARD-18)."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.services import refunds
from flashsales.models import SaleItem
from forwarding.models import WishLine
from forwarding.rules.profit import Profit, ProfitSpan, SoldLine, profit_of
from forwarding.selectors.profit import ProfitRowView, get_order_profit, get_profit
from forwarding.services import prices, wishes
from forwarding.sql.prices import NewPrice, remove_prices, store_prices
from orders.models.lines import OrderLine
from orders.services import payment
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


def sums(row: ProfitRowView | None) -> tuple[int, int, int, int, int, int]:
    assert row is not None
    return row.orders, row.units, row.revenue_fen, row.paid_fen, row.profit_fen, row.unpriced_units


class Sold(ForwardedSale):
    """Coats cost her 196.00. She sold two for 299.00 each."""

    def __init__(self) -> None:
        super().__init__()
        self.price(self.coat, 299_00)
        self.order_id = self.buy(self.coat_sku, 2)

    def buy(self, sku_id: int, units: int, *, at: timedelta = timedelta(0), key: str = "first") -> int:
        order = self.daigou.grab(item_of(self.sale_id, sku_id), units, key=key, now=NOW + at)
        payment.pay(actor=self.daigou.actor, order_id=order.id, now=NOW + at)
        return order.id

    @property
    def scarf_sku(self) -> int:
        return SaleItem.objects.get(sale_id=self.sale_id, style_id=self.scarf).sku_id

    def profit(self, span: ProfitSpan = ProfitSpan.DAY) -> list[ProfitRowView]:
        return get_profit(self.daigou.id, span=span, first_date=TODAY, last_date=TODAY + timedelta(days=1)).rows


def test_profit_is_the_retail_price_less_what_she_paid() -> None:
    shop = Sold()
    assert sums(get_order_profit(shop.daigou.id, shop.order_id)) == (1, 2, 598_00, 392_00, 206_00, 0)
    [day] = shop.profit()
    assert (day.key, sums(day)) == ("2026-11-22", (1, 2, 598_00, 392_00, 206_00, 0))
    assert get_order_profit(shop.market.reseller().id, shop.order_id) is None


def test_a_later_price_does_not_change_a_past_profit() -> None:
    shop = Sold()
    prices.set_retail_price(
        actor=shop.daigou.actor, sale_id=shop.sale_id, style_id=shop.coat, price_fen=399_00, now=NOW + HOUR
    )
    assert sums(get_order_profit(shop.daigou.id, shop.order_id))[4] == 206_00
    later = shop.buy(shop.coat_sku, 1, at=2 * HOUR, key="later")
    assert sums(get_order_profit(shop.daigou.id, later)) == (1, 1, 399_00, 196_00, 203_00, 0)
    prices.clear_retail_price(actor=shop.daigou.actor, sale_id=shop.sale_id, style_id=shop.coat, now=NOW + 3 * HOUR)
    last = shop.buy(shop.coat_sku, 1, at=4 * HOUR, key="last")
    assert sums(get_order_profit(shop.daigou.id, last)) == (1, 0, 0, 0, 0, 1)
    assert [sums(each) for each in shop.profit(ProfitSpan.SALE)] == [(3, 3, 997_00, 588_00, 409_00, 1)]
    assert [each.key for each in shop.profit(ProfitSpan.ORDER)] == [str(last), str(later), str(shop.order_id)]
    assert [(each.key, each.orders) for each in shop.profit(ProfitSpan.WEEK)] == [("2026-11-16", 3)]


def test_goods_without_a_retail_price_are_counted_apart() -> None:
    shop = Sold()
    shop.buy(shop.scarf_sku, 1, key="scarf")
    [day] = shop.profit()
    assert (sums(day), day.unpriced_fen) == ((2, 2, 598_00, 392_00, 206_00, 1), 200_00)


def test_an_order_that_is_not_paid_has_no_profit() -> None:
    shop = Sold()
    order = shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku), 1, key="unpaid", now=NOW)
    assert get_order_profit(shop.daigou.id, order.id) is None
    assert len(shop.profit(ProfitSpan.ORDER)) == 1


def test_refunded_goods_earn_nothing() -> None:
    shop = Sold()
    line_id = OrderLine.objects.get(order_id=shop.order_id).pk
    refunds.refund_unshipped(actor=shop.market.ops, line_id=line_id, units=1, note="", key="one", now=NOW + HOUR)
    assert sums(get_order_profit(shop.daigou.id, shop.order_id)) == (1, 1, 299_00, 196_00, 103_00, 0)
    refunds.refund_unshipped(actor=shop.market.ops, line_id=line_id, units=1, note="", key="two", now=NOW + HOUR)
    assert sums(get_order_profit(shop.daigou.id, shop.order_id)) == (1, 0, 0, 0, 0, 0)


def test_a_wish_counts_at_the_price_that_its_customer_saw() -> None:
    shop = Sold()
    token = shop.forward(shop.coat)
    wish_id = shop.wish(token)
    shop.price(shop.coat, 499_00)
    order_id = shop.buy(shop.coat_sku, 1, at=HOUR, key="wished")
    wishes.link_order(actor=shop.daigou.actor, wish_id=wish_id, order_id=order_id, now=NOW + HOUR)
    assert WishLine.objects.get().order_line_id is not None
    assert sums(get_order_profit(shop.daigou.id, order_id)) == (1, 1, 299_00, 196_00, 103_00, 0)


lines = st.builds(
    lambda units, refunded, price, part, retail: SoldLine(
        units, min(refunded, units), price, min(refunded, units) * price + part % price, retail
    ),
    st.integers(1, 9), st.integers(0, 9), st.integers(1, 999_00), st.integers(0, 99_00),
    st.one_of(st.none(), st.integers(1, 1999_00)),
)  # fmt: skip


@given(st.lists(lines, max_size=6), st.lists(lines, max_size=6))
def test_profit_adds_up(some: list[SoldLine], others: list[SoldLine]) -> None:
    one, other, both = profit_of(some), profit_of(others), profit_of([*some, *others])
    assert both.profit_fen == one.profit_fen + other.profit_fen
    assert both.units + both.unpriced_units == sum(each.units - each.refunded_units for each in [*some, *others])


def sold_lines(seed: int) -> list[SoldLine]:
    """Thirty lines with and without refunds and retail prices; the same for the same seed."""
    chance, found = random.Random(seed), []
    for _ in range(30):
        units, price = chance.randint(1, 9), chance.randint(1, 999_00)
        refunded = chance.choice((0, 0, units, chance.randint(0, units)))
        allowance = 0 if refunded == units else chance.choice((0, chance.randint(0, price - 1)))
        retail = chance.choice((None, chance.randint(1, 1999_00)))
        found.append(SoldLine(units, refunded, price, refunded * price + allowance, retail))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_statement_counts_as_the_rule_does(seed: int) -> None:
    shop, found = Sold(), sold_lines(seed)
    template = OrderLine.objects.get(order_id=shop.order_id)
    expected = []
    for place, line in enumerate(found):
        order = template.order
        order.pk, order.key = None, f"copy {place}"
        order.placed_at = order.paid_at = NOW + timedelta(minutes=10) * (place + 1)
        order.save()
        copy = OrderLine.objects.get(pk=template.pk)
        copy.pk, copy.order, copy.units, copy.price_fen = None, order, line.units, line.price_fen
        copy.payable_fen, copy.commission_fen, copy.refunded_units = line.price_fen, 0, line.refunded_units
        copy.refund_adjustment_fen = line.refunded_fen - line.refunded_units * line.price_fen
        copy.save()
        remove_prices(
            reseller_id=shop.daigou.id, styles=[(shop.sale_id, shop.coat)], now=order.placed_at - timedelta(minutes=5)
        )
        if line.retail_fen is not None:
            new = NewPrice(shop.sale_id, shop.coat, line.retail_fen, by_rule=False, cost_fen=1)
            store_prices(reseller_id=shop.daigou.id, prices=[new], now=order.placed_at - timedelta(minutes=4))
        expected.append(profit_of([line]))
    rows = [each for each in shop.profit(ProfitSpan.ORDER) if each.key != str(shop.order_id)]
    actual = [
        Profit(each.units, each.revenue_fen, each.paid_fen, each.unpriced_units, each.unpriced_fen)
        for each in reversed(rows)
    ]
    assert actual == expected
