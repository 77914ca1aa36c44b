"""The pages of the cart, of the grid of sizes and of the list of orders."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from brands.selectors.brands import brand_names
from flashsales.models import SaleItem, WaitingEntry
from inventory.models import Sku
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.states import OrderFilter
from orders.selectors.orders import get_wallet_balance_fen, list_own_orders
from orders.services.cart import set_remark
from orders.services.grab import cancel_unpaid, expire_unpaid
from orders.services.recipients import add_recipient
from orders.services.shipping import ship
from tests.builders import NOW, Marketplace, item_of, units_of
from tests.built_once import built_once_class

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


@built_once_class
class Shop:
    """A style in S, M and L at ¥50, three pieces each; a reseller who is signed in, at a clock that a test can move."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr("kernel.clock.now", lambda: self.now)
        self.market = Marketplace()
        skus = [self.market.sku(units=3, base_price_fen=50_00, style_no="K1", size=size) for size in "SML"]
        self.sale_id = self.market.sale(*skus)
        self.items = [item_of(self.sale_id, sku) for sku in skus]
        self.style_id = Sku.objects.get(pk=skus[0]).style_id
        self.daigou = self.market.reseller(wallet_fen=1_000_00)
        self.client = client
        client.force_login(Person.objects.get(pk=self.daigou.actor.own_id))

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.content.decode()[:500]
        return answer.content.decode()

    def post(self, path: str, **fields: object) -> str:
        """Send a form and return the page that follows."""
        answer = self.client.post(path, fields, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.fixture
def shop(client: Client, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(client, monkeypatch)


def test_cart_page_pays_all_orders_with_one_form(shop: Shop) -> None:
    orders = [shop.daigou.grab(item, 2).id for item in shop.items[:2]]
    page = shop.page("/shop/cart/")
    assert "一起付款 ¥200.00" in page
    assert "2 单，4 件" in page
    after = shop.post("/shop/cart/pay/", order=orders, total="20000")
    assert "付款成功，2 张订单" in after
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"}
    assert get_wallet_balance_fen(shop.daigou.id) == 800_00
    assert "购物车是空的" in shop.page("/shop/cart/")


def test_cart_page_pays_nothing_where_the_total_is_another(shop: Shop) -> None:
    order = shop.daigou.grab(shop.items[0], 2)
    after = shop.post("/shop/cart/pay/", order=[order.id], total="9900")
    assert "金额已变，没有付款" in after
    assert Order.objects.get().state == "unpaid"
    assert get_wallet_balance_fen(shop.daigou.id) == 1_000_00


def test_cart_page_changes_units_size_and_remark(shop: Shop) -> None:
    line = shop.daigou.grab(shop.items[0]).lines[0].id
    assert "件数已改" in shop.post(f"/shop/cart/lines/{line}/units/", units="3")
    swapped = shop.post(f"/shop/cart/lines/{line}/swap/", item=shop.items[1], **{f"price-{shop.items[1]}": "5000"})
    assert "已换" in swapped
    for senseless in ("", "x", "-1"):
        assert "请填写件数" in shop.post(f"/shop/cart/lines/{line}/units/", units=senseless)
    assert "备注已保存" in shop.post(f"/shop/cart/lines/{line}/remark/", remark="送人")
    row = OrderLine.objects.get()
    assert (row.item_id, row.units, row.remark) == (shop.items[1], 3, "送人")
    assert "已拿掉，货已放回" in shop.post(f"/shop/cart/lines/{line}/units/", units="0")
    assert [units_of(item)[2] for item in shop.items] == [0, 0, 0]


def test_cart_page_reclaims_what_ran_out_with_one_tap(shop: Shop) -> None:
    line = shop.daigou.grab(shop.items[0], 2).lines[0].id
    shop.now = NOW + QUARTER
    page = shop.page("/shop/cart/")
    assert "超时未付，还可以找回" in page
    fields = {"key": "k", "line": [line], f"units-{line}": "2", f"price-{line}": "5000"}
    assert "已抢到 2 件" in shop.post("/shop/cart/reclaim/", **fields)
    assert units_of(shop.items[0]) == (3, 1, 2, 0)
    assert "按现价找回" not in shop.page("/shop/cart/")


def test_cart_page_waits_for_what_ran_out_and_is_gone_by_now(shop: Shop) -> None:
    """One tap for a line, and one for all of them; lines of one size for one recipient are waited for together (ORDER-11, SALE-13)."""
    order = shop.daigou.grab(shop.items[0], 2)
    shop.daigou.grab(shop.items[0], 1, key="more")
    shop.daigou.grab(shop.items[1], 1, key="other")
    expire_unpaid(now=NOW + QUARTER)
    shop.now = NOW + QUARTER
    other = shop.market.reseller()
    for number, item in enumerate(shop.items[:2]):
        other.grab(item, 3, key=f"gone{number}", now=shop.now)
    source = f"recipient:{shop.daigou.recipient_id}"
    page = shop.page("/shop/cart/")
    first, second = f"{shop.items[0]}:3:{source}", f"{shop.items[1]}:1:{source}"
    assert (page.count(f'value="{first}"'), page.count(f'value="{second}"')) == (3, 2)
    assert "抢光的 2 种都等补货" in page
    assert "排队" in shop.post("/shop/waiting/ask/", line=first, next="/shop/cart/")
    page = shop.page("/shop/cart/")
    assert page.count("已在等补货") == 2
    assert (f'value="{first}"' in page, "都等补货" in page) == (False, False)
    assert f'value="{second}"' in shop.page(f"/shop/orders/{order.id + 2}/again/")
    shop.post("/shop/waiting/ask/", line=second, next="/shop/cart/")
    assert sorted(WaitingEntry.objects.values_list("item_id", "units", "source")) == sorted(
        [(shop.items[0], 3, source), (shop.items[1], 1, source)]
    )


def test_cart_page_offers_no_waiting_where_units_are_left_or_the_sale_is_over(shop: Shop) -> None:
    shop.daigou.grab(shop.items[0], 2)
    shop.now = NOW + QUARTER
    expire_unpaid(now=shop.now)
    assert "等补货" not in shop.page("/shop/cart/")
    shop.market.reseller().grab(shop.items[0], 2, now=shop.now)
    assert "还可拿 1 件" in shop.page("/shop/cart/")
    assert "等补货" not in shop.page("/shop/cart/")


def test_again_page_orders_an_old_order_again(shop: Shop) -> None:
    order = shop.market.paid_order(shop.daigou, shop.items[0])
    line = order.lines[0].id
    path = f"/shop/orders/{order.id}/again/"
    assert "再来一单" in shop.page(path)
    assert "请先勾选要再下单的商品" in shop.post(path, key="k")
    assert "已抢到 1 件" in shop.post(
        path, **{"key": "k", "line": [line], f"units-{line}": "1", f"price-{line}": "5000"}
    )
    assert units_of(shop.items[0]) == (3, 1, 1, 1)


def test_grid_grabs_a_size_run_and_names_what_is_gone(shop: Shop) -> None:
    path = f"/shop/sales/{shop.sale_id}/styles/{shop.style_id}/grid/"
    assert path in shop.page(f"/shop/sales/{shop.sale_id}/styles/{shop.style_id}/")
    shop.market.reseller().grab(shop.items[2], 2)
    page = shop.page(f"{path}?to={shop.daigou.recipient_id}")
    assert page.count("剩 3，您可拿 3") == 2
    assert "剩 1，您可拿 1" in page
    fields = {f"units-{item}": "2" for item in shop.items} | {f"price-{item}": "5000" for item in shop.items}
    assert "请先选择收货人" in shop.post(path, key="k", **fields)
    assert Order.objects.count() == 1
    after = shop.post(path, key="k", recipient=shop.daigou.recipient_id, **fields)
    assert "已抢到 5 件" in after
    assert "手慢了：K1 黑 L 只剩 1 件" in after
    shop.post(path, key="k", recipient=shop.daigou.recipient_id, **fields)
    assert Order.objects.count() == 2
    assert [SaleItem.objects.get(pk=item).held for item in shop.items] == [2, 2, 3]


def test_orders_are_found_by_filter_and_search(shop: Shop) -> None:
    aunt = add_recipient(
        actor=shop.daigou.actor, name="李婶", phone="13900136789", address="上海市徐汇区衡山路 2 号", now=NOW
    ).id
    unpaid = shop.daigou.grab(shop.items[0])
    shipped = shop.market.paid_order(shop.daigou, shop.items[1])
    shop.daigou.recipient_id = aunt
    waiting = shop.market.paid_order(shop.daigou, shop.items[1])
    cancelled = shop.daigou.grab(shop.items[2])
    cancel_unpaid(actor=shop.daigou.actor, order_id=cancelled.id, now=NOW)
    set_remark(actor=shop.daigou.actor, line_id=waiting.lines[0].id, remark="生日礼物", now=NOW)
    ship(
        actor=shop.market.clerk,
        consignment_id=Consignment.objects.get(order_id=shipped.id).pk,
        carrier="顺丰速运",
        tracking_no="SF1380013800012",
        now=NOW,
    )

    def found(**wanted: object) -> list[int]:
        page = list_own_orders(shop.daigou.id, at=wanted.pop("at", NOW), **wanted)  # type: ignore[arg-type]
        return [order.id for order in page.items]

    assert found(progress=OrderFilter.TO_PAY) == [unpaid.id]
    assert found(progress=OrderFilter.TO_SHIP) == [waiting.id]
    assert found(progress=OrderFilter.LATE) == []
    assert found(progress=OrderFilter.LATE, at=NOW + timedelta(hours=25)) == [waiting.id]
    assert found(progress=OrderFilter.SHIPPED) == [shipped.id]
    assert found(progress=OrderFilter.SHORT) == found(progress=OrderFilter.REFUNDED) == []
    assert found(progress=OrderFilter.CANCELLED) == [cancelled.id]
    assert found(query="6789") == [cancelled.id, waiting.id]
    assert found(query="礼物") == [waiting.id]
    assert found(query="SF1380013800012") == [shipped.id]
    page = shop.page("/shop/orders/?progress=shipped")
    assert "王小美，您的 针织衫 黑M ×1 已发货：顺丰速运 SF1380013800012" in page
    shop.now = NOW + timedelta(hours=25)
    brand = brand_names({shop.market.brand_id})[shop.market.brand_id]
    assert f"{brand}超时未发 1 件，应于 11-23 12:00 前发出" in shop.page("/shop/orders/?progress=late")
