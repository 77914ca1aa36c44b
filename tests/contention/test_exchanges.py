"""Exchanges that race: with the download of a list, with each other, with shipping, shortages and grabs (ORDER-12)."""

from functools import partial

import pytest

from aftersales.models.refunds import Exchange
from aftersales.selectors.exchanges import ExchangeView
from aftersales.services.exchanges import ListDownloaded, exchange
from aftersales.services.refunds import report_out_of_stock
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import OrderView
from orders.services.placing import GrabLine, place_orders
from orders.services.shipping import ship
from orders.services.shipping_lists import make_picking_list
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


class Shop:
    """A style in S and M; each of the buyers has paid for two pieces of one of them."""

    def __init__(self, *, buyers: int, units: int = 20) -> None:
        self.market = Marketplace()
        skus = [self.market.sku(units=units, base_price_fen=10_00, style_no="K1", size=size) for size in ("S", "M")]
        sale = self.market.sale(*skus)
        self.small, self.medium = (item_of(sale, sku) for sku in skus)
        self.buyers = [self.market.reseller(wallet_fen=500_00) for _ in range(buyers)]
        self.orders = [
            self.market.paid_order(buyer, self.medium if number % 2 else self.small, 2)
            for number, buyer in enumerate(self.buyers)
        ]

    def exchange(self, number: int, key: str = "x", units: int | None = None) -> ExchangeView:
        line = self.orders[number].lines[0]
        other = self.small if line.item_id == self.medium else self.medium
        return exchange(actor=self.buyers[number].actor, line_id=line.id, item_id=other, units=units, key=key, now=NOW)

    def is_listed_and_exchanged(self, listed_units: int) -> bool:
        """Whether a list names units that are not to be shipped any more."""
        return listed_units > sum(
            line.units - line.cancelled_units for line in OrderLine.objects.filter(order=self.orders[0].id)
        )


def test_exchange_against_a_download_has_one_winner() -> None:
    shop = Shop(buyers=1)
    # The control: a list that is read without a mark names units that are exchanged afterwards.
    page = list_consignments(at=NOW, brand_id=shop.market.brand_id)
    shop.exchange(0, units=1, key="control")
    assert shop.is_listed_and_exchanged(page.items[0].unshipped_units)
    answers = run_concurrently(
        [partial(make_picking_list, actor=shop.market.clerk, now=NOW), partial(shop.exchange, 0)]
    )
    picking, exchanged = answers
    assert isinstance(picking, list)
    assert isinstance(exchanged, ExchangeView | ListDownloaded)
    listed = sum(line.units for line in picking if line.size == "S")
    assert not shop.is_listed_and_exchanged(listed)
    assert Exchange.objects.count() == (2 if isinstance(exchanged, ExchangeView) else 1)
    assert all_violations() == []


def test_exchange_of_a_line_many_times_at_once_exchanges_each_unit_once() -> None:
    shop = Shop(buyers=1)
    answers = run_concurrently([partial(shop.exchange, 0, key=str(n % 4), units=1) for n in range(8)])
    assert Exchange.objects.count() == 2
    assert sum(isinstance(answer, ExchangeView) for answer in answers) == 4
    assert units_of(shop.small)[3] == 0
    assert units_of(shop.medium)[3] == 2
    assert all_violations() == []


def test_opposite_exchanges_and_grabs_of_both_items_at_once() -> None:
    shop = Shop(buyers=6)
    others = [shop.market.reseller() for _ in range(4)]

    def grab(number: int, buyer: Daigou) -> OrderView:
        items = [shop.small, shop.medium][:: 1 if number % 2 else -1]
        lines = [GrabLine(item, 1, buyer.recipient_id) for item in items]
        return place_orders(actor=buyer.actor, lines=lines, key="k", now=NOW)

    answers = run_concurrently(
        [
            *(partial(shop.exchange, number) for number in range(6)),
            *(partial(grab, number, buyer) for number, buyer in enumerate(others)),
        ]
    )
    assert [type(answer) for answer in answers] == [ExchangeView] * 6 + [OrderView] * 4
    assert [units_of(item)[2:] for item in (shop.small, shop.medium)] == [(4, 6), (4, 6)]
    assert all_violations() == []


def test_exchange_against_a_shipment_and_a_shortage_shares_the_units() -> None:
    shop = Shop(buyers=1)
    (consignment_id,) = Consignment.objects.values_list("pk", flat=True)
    line_id = shop.orders[0].lines[0].id
    run_concurrently(
        [
            partial(shop.exchange, 0),
            partial(ship, actor=shop.market.clerk, consignment_id=consignment_id, carrier="顺丰", tracking_no="SF1234567890", now=NOW),
            partial(report_out_of_stock, actor=shop.market.clerk, line_id=line_id, units=1, note="", key="s", now=NOW),
        ]
    )  # fmt: skip
    line = OrderLine.objects.get(pk=line_id)
    exchanged = sum(Exchange.objects.values_list("refund__units", flat=True))
    assert exchanged in (0, 2)
    assert line.shipped_units + line.short_units + exchanged == 2
    assert all_violations() == []
