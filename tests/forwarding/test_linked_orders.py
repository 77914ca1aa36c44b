"""An order that is recorded by hand with wishes gives each of them the goods of its own recipient (FORWARD-9)."""

import pytest

from forwarding.models import Wish, WishLine
from forwarding.selectors.wish_pages import get_wish_page
from forwarding.services.wishes import link_order
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView
from orders.services import grab as orders_grab
from orders.services.payment import pay
from orders.services.placing import GrabLine
from orders.services.recipients import RecipientFields, find_or_add_recipients
from orders.services.shipping import ship
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db
WANG = RecipientFields("王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号")
LI = RecipientFields("李娜", "13912345679", "江苏省南京市鼓楼区中山路 3 号")
LI_ELSEWHERE = RecipientFields("李娜", "13912345679", "江苏省苏州市姑苏区观前街 5 号")
ZHAO = RecipientFields("赵敏", "13912345670", "浙江省杭州市西湖区文三路 2 号")


class HandmadeOrder:
    """Wishes of customers for one coat each, and an order of the coat for these recipients."""

    def __init__(self, *recipients: RecipientFields) -> None:
        self.shop = ForwardedSale()
        self.token = self.shop.forwarded_coat()
        daigou = self.shop.daigou
        found = find_or_add_recipients(actor=daigou.actor, recipients=recipients, now=NOW)
        item_id = item_of(self.shop.sale_id, self.shop.coat_sku)
        self.order: OrderView = orders_grab.grab(
            actor=daigou.actor, lines=[GrabLine(item_id, 1, each.id) for each in found], key="o", now=NOW
        )

    def linked(self, fields: RecipientFields) -> OrderLine | None:
        """The order line of the wish of a customer, once the order is recorded with it."""
        text = f"{fields.name} {fields.phone} {fields.address}"
        wish_id = self.shop.wish(self.token, key=fields.address[:20], address=text)
        link_order(actor=self.shop.daigou.actor, wish_id=wish_id, order_id=self.order.id, now=NOW)
        return WishLine.objects.get(wish=wish_id).order_line


def recipient_of(line: OrderLine | None) -> str:
    return line.recipient.address if line else ""


def test_link_order_gives_each_wish_the_line_of_its_recipient() -> None:
    made = HandmadeOrder(WANG, LI)
    assert [recipient_of(made.linked(each)) for each in (WANG, LI)] == [WANG.address, LI.address]


def test_link_order_tells_recipients_of_one_name_and_phone_apart_by_the_address() -> None:
    made = HandmadeOrder(LI, LI_ELSEWHERE)
    assert [recipient_of(made.linked(each)) for each in (LI_ELSEWHERE, LI)] == [LI_ELSEWHERE.address, LI.address]


def test_link_order_gives_the_goods_of_several_recipients_to_no_wish_of_another() -> None:
    made = HandmadeOrder(WANG, LI)
    assert made.linked(ZHAO) is None
    assert Wish.objects.get().order_id == made.order.id


def test_link_order_gives_a_wish_the_goods_of_the_only_recipient() -> None:
    assert recipient_of(HandmadeOrder(WANG).linked(ZHAO)) == WANG.address


def test_wish_page_shows_no_parcel_of_another_customer() -> None:
    made = HandmadeOrder(WANG, LI)
    made.linked(WANG), made.linked(LI)
    pay(actor=made.shop.daigou.actor, order_id=made.order.id, now=NOW)
    clerk = made.shop.market.new_clerk(made.shop.market.brand_id)
    for number, each in (("ZT1111111111", WANG), ("ZT2222222222", LI)):
        consignment = Consignment.objects.get(recipient__name=each.name)
        ship(actor=clerk, consignment_id=consignment.pk, carrier="中通快递", tracking_no=number, now=NOW + HOUR)
    seen = {
        wish.address[:2]: [
            each.tracking_no for line in get_wish_page(wish.token, at=NOW + HOUR).lines for each in line.parcels
        ]
        for wish in Wish.objects.all()
    }
    assert seen == {"王芳": ["ZT1111111111"], "李娜": ["ZT2222222222"]}
