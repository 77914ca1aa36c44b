"""Shipped parcels, for tests of what becomes of them."""

from datetime import datetime

from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from orders.models.shipping import Consignment, Parcel
from orders.services import grab, payment, recipients
from orders.services.placing import GrabLine
from orders.services.shipping import ship
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.built_once import built_once_class

YTO, SF = "YT1234567890123", "SF1234567890123"


@built_once_class
class ShippedOrder:
    """A paid order of a coat, shipped in one parcel of YTO at NOW unless told otherwise."""

    def __init__(self, *, carrier: str = "圆通", number: str = YTO, at: datetime = NOW) -> None:
        self.market = Marketplace()
        self.sku_id = self.market.sku(units=50)
        self.item_id = item_of(self.market.sale(self.sku_id), self.sku_id)
        self.daigou = self.market.reseller(wallet_fen=5000_00)
        self.order_id = self.order(self.daigou.recipient_id)
        self.parcel_id = self.ship(self.order_id, carrier, number, at)

    def order(self, recipient_id: int, *, daigou: Daigou | None = None) -> int:
        buyer = daigou or self.daigou
        lines = [GrabLine(self.item_id, 1, recipient_id)]
        key = f"order-{Consignment.objects.count()}"
        placed = grab.grab(actor=buyer.actor, lines=lines, key=key, now=NOW)
        return payment.pay(actor=buyer.actor, order_id=placed.id, now=NOW).id

    def ship(self, order_id: int, carrier: str, number: str, at: datetime = NOW) -> int:
        consignment = Consignment.objects.get(order_id=order_id)
        ship(actor=self.market.clerk, consignment_id=consignment.pk, carrier=carrier, tracking_no=number, now=at)
        return Parcel.objects.get(consignment=consignment).pk

    def recipient(self, name: str, phone: str) -> int:
        address = "浙江省杭州市余杭区仓前路九号三幢"
        return recipients.add_recipient(actor=self.daigou.actor, name=name, phone=phone, address=address, now=NOW).id


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client
