"""What a reseller sees of her orders on her phone."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from aftersales.services import refunds
from kernel.clock import set_to
from orders.services import grab, payment, recipients
from orders.services.placing import GrabLine
from tests.builders import NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db


def listed(daigou: Daigou) -> str:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    with set_to(NOW):
        return client.get("/shop/orders/").content.decode()


def test_the_list_says_what_of_an_order_it_leaves_out() -> None:
    market = Marketplace()
    skus = [market.sku(units=9) for _ in range(5)]
    sale_id = market.sale(*skus)
    daigou = market.reseller(wallet_fen=5000_00)
    other = recipients.add_recipient(
        actor=daigou.actor, name="李姐", phone="13900139000", address="上海市静安区南京西路 2 号", now=NOW
    )
    to_whom = [daigou.recipient_id, daigou.recipient_id, other.id, other.id, other.id]
    wanted = [GrabLine(item_of(sale_id, sku), 1, who) for sku, who in zip(skus, to_whom, strict=True)]
    grab.grab(actor=daigou.actor, lines=wanted[:3], key="small", now=NOW)
    page = listed(daigou)
    assert ("另有" in page, "共 3 件，发给 王小美 等 2 人" in page) == (False, True)
    grab.grab(actor=daigou.actor, lines=wanted, key="large", now=NOW)
    page = listed(daigou)
    assert ("另有 2 种商品" in page, "共 5 件，发给 王小美 等 2 人" in page) == (True, True)


def test_an_order_that_was_refunded_whole_says_so_where_it_said_paid() -> None:
    market = Marketplace()
    sku = market.sku(units=9)
    sale_id = market.sale(sku)
    daigou = market.reseller(wallet_fen=5000_00)
    wanted = [GrabLine(item_of(sale_id, sku), 2, daigou.recipient_id)]
    order = grab.grab(actor=daigou.actor, lines=wanted, key="short", now=NOW)
    payment.pay(actor=daigou.actor, order_id=order.id, now=NOW)
    tags = []
    for key in ("first", "second"):
        refunds.report_out_of_stock(actor=market.clerk, line_id=order.lines[0].id, units=1, note="", key=key, now=NOW)
        page = listed(daigou)
        tags.append((page.count('busy">待发货'), page.count('bad">缺货 1 件'), page.count('plain">已退款<')))
    assert tags == [(1, 1, 0), (0, 0, 1)]


@pytest.mark.parametrize(("account", "said"), [("尾仓 招商银行 6225", "尾仓 招商银行 6225"), ("", "请向平台运营索取")])
def test_the_wallet_says_where_to_pay_in(settings: Settings, account: str, said: str) -> None:
    settings.BANK_ACCOUNT = account
    client = Client()
    client.force_login(Person.objects.get(pk=Marketplace().reseller().actor.own_id))
    assert said in client.get("/shop/wallet/").content.decode()
