"""The pages of quantity terms: set by brand and ops, shown to resellers, kept by grid, cart and desk (SALE-9, ORDER-14, BRAND-5)."""

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from brands.rules import OrderMinimum
from brands.selectors.brands import get_brand
from brands.services import set_order_minimum
from flashsales.rules import QuantityTerms
from flashsales.selectors.quantities import get_quantity_terms
from flashsales.services.quantities import set_quantity_terms
from inventory.models import Sku
from orders.models import Order, OrderLine
from tests.builders import NOW, Marketplace, item_of, units_of
from tests.built_once import built_once_class

pytestmark = pytest.mark.django_db
PACK = {"S": 1, "M": 2, "L": 1}


@built_once_class
class Shop:
    """A style in S, M and L at ¥10, twenty pieces each."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kernel.clock.now", lambda: NOW)
        self.market = Marketplace()
        skus = [self.market.sku(units=20, base_price_fen=10_00, style_no="K1", size=size) for size in "SML"]
        self.sale_id = self.market.sale(*skus)
        self.items = [item_of(self.sale_id, sku) for sku in skus]
        self.style_id = Sku.objects.get(pk=skus[0]).style_id
        self.daigou = self.market.reseller(wallet_fen=1_000_00)
        self.client = client

    def terms(self, terms: QuantityTerms | None) -> None:
        brand_id = self.market.brand_id
        set_quantity_terms(actor=self.market.clerk, brand_id=brand_id, style_ids=[self.style_id], terms=terms, now=NOW)

    def sign_in(self, actor: Actor) -> None:
        self.client.force_login(Person.objects.get(pk=actor.own_id))

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.content.decode()[:500]
        return answer.content.decode()

    def post(self, path: str, **fields: object) -> str:
        answer = self.client.post(path, fields, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    def in_force(self) -> QuantityTerms | None:
        return get_quantity_terms(self.style_id, sale_id=self.sale_id)


@pytest.fixture
def shop(client: Client, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(client, monkeypatch)


def test_portal_sets_the_terms_of_ticked_styles_and_the_order_minimum(shop: Shop) -> None:
    shop.sign_in(shop.market.clerk)
    assert "一件起" in shop.page("/portal/stock/quantities/")
    after = shop.post("/portal/stock/quantities/", act="terms", style=shop.style_id, pack="S1 m×2, L:1", scope="style")
    assert shop.in_force() == QuantityTerms(pack=PACK)
    assert "已设定 1 款" in after
    assert "整手 S×1 M×2 L×1" in after
    shop.post("/portal/stock/quantities/", act="minimum", **{"minimum-min_fen": "300", "minimum-min_units": ""})
    assert get_brand(shop.market.brand_id).min_order_fen == 300_00
    shop.post("/portal/stock/quantities/", act="clear", style=shop.style_id)
    assert shop.in_force() is None


def test_portal_names_what_is_wrong_and_keeps_what_was_typed(shop: Shop) -> None:
    shop.sign_in(shop.market.clerk)
    fields = {"act": "terms", "style": shop.style_id, "scope": "style"}
    unread = shop.post("/portal/stock/quantities/", pack="一手六件", **fields)
    assert "请写成 S1 M2 L2 XL1" in unread
    assert 'value="一手六件"' in unread
    assert "K1 没有尺码 XL" in shop.post("/portal/stock/quantities/", pack="S1 XL2", **fields)
    assert "请改成 9" in shop.post("/portal/stock/quantities/", min_units="7", multiple_of="3", **fields)
    assert "请选择 1 至" in shop.post("/portal/stock/quantities/", act="terms", min_units="7", scope="style")
    assert shop.in_force() is None


def test_console_sets_other_terms_for_one_sale(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    shop.sign_in(shop.market.ops)
    path = f"/console/sales/{shop.sale_id}/quantities/"
    assert "6 件起批" in shop.page(path)
    shop.post(path, act="terms", style=shop.style_id, min_units="3", scope="sku")
    assert shop.in_force() == QuantityTerms(3, per_sku=True)
    shop.post(path, act="single", style=shop.style_id)
    assert shop.in_force() is None
    shop.post(path, act="brand", style=shop.style_id)
    assert shop.in_force() == QuantityTerms(6)
    fields = {"order_minimum-min_fen": "", "order_minimum-min_units": "20"}
    shop.post(f"/console/brands/{shop.market.brand_id}/", form_action="order_minimum", **fields)
    assert get_brand(shop.market.brand_id).min_order_units == 20


def test_style_page_shows_the_terms_and_leads_to_the_grid_of_packs(shop: Shop) -> None:
    shop.terms(QuantityTerms(pack=PACK))
    minimum = OrderMinimum(min_fen=80_00)
    set_order_minimum(actor=shop.market.clerk, brand_id=shop.market.brand_id, minimum=minimum, now=NOW)
    shop.sign_in(shop.daigou.actor)
    page = shop.page(f"/shop/sales/{shop.sale_id}/styles/{shop.style_id}/?to={shop.daigou.recipient_id}")
    assert "整手 S×1 M×2 L×1" in page
    assert "¥80.00" in page
    assert "去按整手抢" in page
    assert 'name="units"' not in page
    grid = f"/shop/sales/{shop.sale_id}/styles/{shop.style_id}/grid/"
    prices = {f"price-{item}": 1000 for item in shop.items}
    sent = {"recipient": shop.daigou.recipient_id, "key": "a"} | prices
    short = shop.post(grid, **sent, **{"packs-0": 1})
    assert "一单起订 ¥80.00，这一单只有 ¥40.00，还差 ¥40.00" in short
    assert Order.objects.count() == 0
    cart = shop.post(grid, **sent, **{"packs-0": 2})
    assert list(OrderLine.objects.order_by("item_id").values_list("units", flat=True)) == [2, 4, 2]
    assert cart.count('name="packs"') == 2
    line = OrderLine.objects.order_by("pk")[0].pk
    shop.post(f"/shop/cart/lines/{line}/packs/", packs=3)
    assert [units_of(item)[2] for item in shop.items] == [3, 6, 3]
    assert "一手是 S×1 M×2 L×1" in shop.post(f"/shop/cart/lines/{line}/units/", units=9)
    shop.post(f"/shop/cart/lines/{line}/packs/", packs=0)
    assert Order.objects.get().state == "cancelled"


def test_style_page_starts_at_the_minimum(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    shop.sign_in(shop.daigou.actor)
    page = shop.page(
        f"/shop/sales/{shop.sale_id}/styles/{shop.style_id}/?item={shop.items[0]}&to={shop.daigou.recipient_id}"
    )
    units = page[page.index('name="units"') :][:120]
    assert 'value="6"' in units
    assert 'min="6"' in units


def test_cart_page_takes_a_whole_style_out(shop: Shop) -> None:
    shop.terms(QuantityTerms(6))
    shop.daigou.grab(shop.items[0], 6)
    shop.sign_in(shop.daigou.actor)
    line = OrderLine.objects.get().pk
    assert "这款都不要" in shop.page("/shop/cart/")
    assert "请改成 6 件" in shop.post(f"/shop/cart/lines/{line}/units/", units=5)
    shop.post(f"/shop/cart/lines/{line}/take-out-style/")
    assert units_of(shop.items[0])[2] == 0
