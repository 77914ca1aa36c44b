"""A sale that somebody bought from, for the tests of analysis."""

from datetime import datetime

from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView
from orders.services.shipping import ship
from tests.builders import Daigou, Marketplace, item_of


class Bought:
    """One sale of 20 units at ¥45 (base), of which one reseller bought 5 in one order."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.sku = self.market.sku(units=20, base_price_fen=45_00)
        self.sale_id = self.market.sale(self.sku)
        self.daigou: Daigou = self.market.reseller(wallet_fen=90_000_00)
        self.order: OrderView = self.market.paid_order(self.daigou, item_of(self.sale_id, self.sku), 5)
        self.line_id = self.order.lines[0].id

    def ship(self, now: datetime) -> None:
        parcel = Consignment.objects.get(order_id=self.order.id)
        ship(actor=self.market.clerk, consignment_id=parcel.pk, carrier="顺丰", tracking_no="SF0000001", now=now)
