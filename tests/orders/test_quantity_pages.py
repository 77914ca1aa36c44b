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
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.services.placing import GrabLine, place_orders
from tests.builders import NOW, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

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


def test_the_grid_says_what_is_missing_before_anything_is_placed(shop: Shop) -> None:
    shop.terms(QuantityTerms(min_units=6))
    shop.sign_in(shop.daigou.actor)
    address = f"/shop/sales/{shop.sale_id}/styles/{shop.style_id}/grid/"
    assert f'hx-post="{address}gaps/"' in shop.page(address)
    fields: dict[str, object] = {f"units-{shop.items[0]}": 4, "recipient": shop.daigou.recipient_id}
    assert "K1 再加 2 件到起批" in shop.post(f"{address}gaps/", **fields)
    fields[f"units-{shop.items[1]}"] = 2
    assert "data-gap" not in shop.post(f"{address}gaps/", **fields)
    assert not Order.objects.exists()


def test_lists_mark_goods_with_terms_and_the_page_for_many_counts_them_together(shop: Shop) -> None:
    shop.sign_in(shop.daigou.actor)
    assert "件起批" not in shop.page("/shop/styles/")
    shop.terms(QuantityTerms(min_units=6))
    assert "6 件起批" in shop.page("/shop/styles/")
    assert "6 件起批" in shop.page(f"/shop/sales/{shop.sale_id}/")
    shop.terms(QuantityTerms(pack=PACK))
    assert "整手 4 件" in shop.page("/shop/styles/")
    who = shop.daigou.recipient_id
    address = f"/shop/orders/for-many/?to={who}&sale={shop.sale_id}&style={shop.style_id}"
    chosen = {f"item-{who}": f"{shop.items[0]}.1000", f"units-{who}": 1, "count": 1}
    assert "再加 M×2 L×1 凑整手" in shop.post(address, **chosen)
    assert not Order.objects.exists()


def test_the_cart_does_not_offer_what_the_terms_would_refuse(shop: Shop) -> None:
    shop.terms(QuantityTerms(min_units=6, multiple_of=2))
    shop.daigou.grab(shop.items[0], 6, key="six")
    shop.sign_in(shop.daigou.actor)
    page = shop.page("/shop/cart/")
    assert "这款共 6 件" in page
    assert 'min="6"' in page
    assert 'data-step="2"' in page


class TestColourOfPacks:
    def place(self, shop: Shop, *, units: int = 20, price_fen: int = 10_00) -> int:
        """Two packs of black in the cart, beside a red that is as large; the id of a line."""
        for size in "SML":
            shop.market.sku(units=units, base_price_fen=price_fen, style_no="K2", size=size, colour="红")
        black = [shop.market.sku(units=20, base_price_fen=10_00, style_no="K2", size=size) for size in "SML"]
        red = list(Sku.objects.filter(style__style_no="K2", colour="红").order_by("pk").values_list("pk", flat=True))
        self.sale_id = shop.market.sale(*black, *red)
        style_id = Sku.objects.get(pk=black[0]).style_id
        set_quantity_terms(
            actor=shop.market.clerk, brand_id=shop.market.brand_id, style_ids=[style_id],
            terms=QuantityTerms(pack=PACK), now=NOW,
        )  # fmt: skip
        self.black, self.red = ([item_of(self.sale_id, sku) for sku in skus] for skus in (black, red))
        lines = [
            GrabLine(item, 2 * count, shop.daigou.recipient_id)
            for item, count in zip(self.black, PACK.values(), strict=True)
        ]
        place_orders(actor=shop.daigou.actor, lines=lines, key="packs", now=NOW)
        return OrderLine.objects.order_by("pk")[0].pk

    def test_whole_packs_change_colour_in_one_act(self, shop: Shop) -> None:
        line = self.place(shop)
        shop.sign_in(shop.daigou.actor)
        assert "整手换颜色" in shop.page("/shop/cart/")
        assert "已换" in shop.post(f"/shop/cart/lines/{line}/swap-colour/", colour="8000.红")
        rows = OrderLine.objects.order_by("pk").values_list("item_id", "units")
        assert list(rows) == [(self.red[0], 2), (self.red[1], 4), (self.red[2], 2)]
        assert [units_of(item)[1] for item in (*self.black, *self.red)] == [20, 20, 20, 18, 16, 18]
        assert Order.objects.get().total_fen == 80_00
        assert all_violations() == []

    def test_another_price_than_the_one_shown_changes_nothing(self, shop: Shop) -> None:
        line = self.place(shop, price_fen=12_00)
        shop.sign_in(shop.daigou.actor)
        assert "没有换" in shop.post(f"/shop/cart/lines/{line}/swap-colour/", colour="8000.红")
        assert list(OrderLine.objects.order_by("pk").values_list("item_id", flat=True)) == self.black
        assert all_violations() == []

    def test_a_colour_with_too_few_is_not_offered_and_refused(self, shop: Shop) -> None:
        line = self.place(shop, units=3)
        shop.sign_in(shop.daigou.actor)
        assert "整手换颜色" not in shop.page("/shop/cart/")
        for colour, said in (("红", "只剩 3 件"), ("绿", "没有 绿 的这些尺码")):
            assert said in shop.post(f"/shop/cart/lines/{line}/swap-colour/", colour=f"8000.{colour}")
        assert list(OrderLine.objects.order_by("pk").values_list("item_id", flat=True)) == self.black
        assert all_violations() == []


def test_the_api_answers_gaps_and_swaps_the_colour_of_packs(shop: Shop) -> None:
    line = TestColourOfPacks().place(shop)
    shop.sign_in(shop.daigou.actor)
    lines = [{"item_id": shop.items[0], "units": 1}]
    assert shop.client.post("/api/v1/quantity-gaps", {"lines": lines}, "application/json").json() == []
    shop.terms(QuantityTerms(min_units=3))
    [gap] = shop.client.post("/api/v1/quantity-gaps", {"lines": lines}, "application/json").json()
    assert (gap["missing_units"], gap["zh"], gap["lines"]) == (2, "K1 再加 2 件到起批", [0])
    answer = shop.client.post(f"/api/v1/order-lines/{line}/swap-colour", {"colour": "红"}, "application/json")
    assert (answer.status_code, {each["colour"] for each in answer.json()["lines"]}) == (200, {"红"})


def test_publication_warns_of_goods_that_nobody_could_order(shop: Shop) -> None:
    skus = [shop.market.sku(units=3, base_price_fen=10_00, style_no="K9", size=size) for size in "SM"]
    draft = shop.market.draft(*skus)
    style_id = Sku.objects.get(pk=skus[0]).style_id
    shop.sign_in(shop.market.ops)
    assert "data-terms-warning" not in shop.page(f"/console/sales/{draft}/")
    for terms, said in (
        (QuantityTerms(min_units=7), "本场只有 6 件，起批要 7 件"),
        (QuantityTerms(pack={"S": 1, "M": 4}), "缺或不够：M"),
    ):
        set_quantity_terms(
            actor=shop.market.clerk, brand_id=shop.market.brand_id, style_ids=[style_id], terms=terms, now=NOW
        )
        page = shop.page(f"/console/sales/{draft}/")
        assert "K9" in page
        assert said in page
    [warning] = shop.client.get(f"/api/v1/sales/{draft}/terms-warnings").json()
    assert (warning["style_no"], warning["warning"]["sizes"]) == ("K9", ["M"])
