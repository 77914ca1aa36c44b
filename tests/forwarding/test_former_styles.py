"""What a page has hidden once it goes on hiding, also after the goods whose label is cut have left it (FORWARD-3, FORWARD-20)."""

import pytest
from django.test import Client

from accounts.models import Person
from flashsales.models import Sale
from flashsales.services.ending import end_early
from forwarding.models import Forward, RetailPriceChange
from forwarding.rules.packs import SoldOut
from forwarding.rules.redaction import fold_text
from forwarding.rules.sharing import share_text
from forwarding.selectors.forwards import get_customer_page
from forwarding.selectors.packs import content_of_page
from forwarding.selectors.storefronts import StorefrontQuery, get_storefront_page
from forwarding.services import packs, prices
from inventory.models import Style
from kernel.clock import set_to
from tests.builders import HOUR, NOW
from tests.forwarding.test_pages import said_to_a_customer
from tests.forwarding.test_storefronts import Store

pytestmark = pytest.mark.django_db

TOLD = ("青禾", "云杉", "ys1", "qh88011", "qh88022")


class FormerStore(Store):
    """Both brands stand in the texts of the goods and of the reseller."""

    def __init__(self) -> None:
        super().__init__()
        Style.objects.filter(pk=self.hat).update(name="云杉 YS-1 毛呢帽")
        Style.objects.filter(pk=self.scarf).update(name="青禾 QH-88022 围巾")
        Person.objects.filter(pk=self.daigou.actor.own_id).update(name="青禾云杉小鹿")

    def remark(self, token: str) -> None:
        packs.set_display(
            actor=self.daigou.actor,
            forward_id=Forward.objects.get(token=token).pk,
            sold_out=SoldOut.ALWAYS,
            sold_out_hours=12,
            remark="青禾 QH-88011 和云杉都有",
            now=NOW,
        )

    def clear(self, style_id: int) -> None:
        prices.clear_retail_price(actor=self.daigou.actor, sale_id=self.sale_id, style_id=style_id, now=NOW)


def told(text: str) -> list[str]:
    return [each for each in TOLD if each in fold_text(text)]


def test_the_page_of_a_sale_goes_on_hiding_the_brand_of_cut_goods_whose_price_is_removed() -> None:
    shop = FormerStore()
    token = shop.forward(None)
    shop.remark(token)
    shop.clear(shop.coat)
    page = get_customer_page(token, at=NOW)
    assert [each.style_id for each in page.view.styles] == [shop.scarf]
    assert (page.view.brand_hidden, page.view.brand, page.view.title, page.view.styles[0].style_no) == (
        True,
        "",
        "",
        "",
    )
    assert told(repr(page.view).replace("云杉", "")) == []
    assert told(share_text(page.view, address="", ends="").replace("云杉", "")) == []
    assert content_of_page(page, "https://weicang.example/f/x/").brand_hidden
    with set_to(NOW):
        for address in (f"/f/{token}/", f"/f/{token}/poster/", f"/f/{token}/?style={shop.scarf}"):
            assert told(said_to_a_customer(Client().get(address)).replace("云杉", "")) == [], address


def test_control_the_page_of_a_sale_names_the_brand_while_no_cut_goods_had_a_price() -> None:
    shop = FormerStore()
    token = shop.forward(None)
    shop.clear(shop.coat)
    RetailPriceChange.objects.filter(style_id=shop.coat).delete()
    view = get_customer_page(token, at=NOW).view
    assert (view.brand_hidden, view.brand, view.styles[0].style_no) == (False, "青禾女装", "QH-88022")


def test_cut_goods_beyond_the_last_place_of_the_page_go_on_hiding_the_brand(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = FormerStore()
    token = shop.forward(None)
    monkeypatch.setattr("forwarding.selectors.forwards.MAX_STYLES_PER_PAGE", 1)
    view = get_customer_page(token, at=NOW).view
    assert [each.style_id for each in view.styles] == [shop.scarf]
    assert (view.brand_hidden, told(repr(view).replace("云杉", ""))) == (True, [])


def test_the_empty_page_of_a_style_hides_the_brand_in_what_its_reseller_says() -> None:
    shop = FormerStore()
    token = shop.forward(shop.coat)
    shop.remark(token)
    shop.clear(shop.coat)
    view = get_customer_page(token, at=NOW).view
    assert (view.styles, view.reseller_name, view.remark) == ((), "云杉小鹿", "和云杉都有")
    with set_to(NOW):
        assert told(said_to_a_customer(Client().get(f"/f/{token}/")).replace("云杉", "")) == []


def test_a_selection_goes_on_hiding_the_brands_of_goods_whose_price_is_removed() -> None:
    shop = FormerStore()
    token = shop.token(shop.select(shop.hat, shop.coat))
    shop.remark(token)
    shop.clear(shop.coat)
    view = get_customer_page(token, at=NOW).view
    assert [(each.style_id, each.name, each.brand) for each in view.styles] == [(shop.hat, "毛呢帽", "")]
    assert (view.brand_hidden, told(repr(view))) == (True, [])


def test_a_storefront_goes_on_hiding_the_brand_until_the_sale_of_the_cut_goods_is_over() -> None:
    shop = FormerStore()
    later = shop.market.sku(units=3, tag_price_fen=300_00, base_price_fen=60_00, style_no="QH-9")
    sale = shop.market.sale(later, brand_id=shop.market.brand_id)
    Sale.objects.filter(pk=sale).update(ends_at=NOW + 60 * HOUR)
    style = Style.objects.get(style_no="QH-9").pk
    prices.set_retail_price(actor=shop.daigou.actor, sale_id=sale, style_id=style, price_fen=129_00, now=NOW)
    shop.clear(shop.coat)
    shop.clear(shop.scarf)

    def brands(at: float) -> list[str]:
        view = get_storefront_page(shop.address, StorefrontQuery(), at=NOW + at * HOUR).page.view
        assert "qh88011" not in fold_text(repr(view))
        return [each.brand for each in view.styles]

    assert brands(0) == ["", "云杉服饰"]
    assert get_storefront_page(shop.address, StorefrontQuery(words="青禾"), at=NOW).page.view.styles == ()
    end_early(actor=shop.market.ops, sale_id=shop.sale_id, reason="清仓", now=NOW + HOUR)
    assert brands(1) == ["青禾女装", "云杉服饰"]
