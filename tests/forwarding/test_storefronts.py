"""Storefronts: all that a reseller offers now, on one lasting page (FORWARD-19, FORWARD-20)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.models import Person
from accounts.rules import NotAllowed
from accounts.services.names import ReservedName
from flashsales.models import Sale
from flashsales.services.ending import end_early
from forwarding.models import Forward, RetailPrice, RetailPriceChange, Storefront, Wish
from forwarding.rules.pages import Availability
from forwarding.rules.redaction import fold_text
from forwarding.rules.storefront import StorefrontSort
from forwarding.rules.wishes import PickedUnits
from forwarding.selectors.forwards import NoSuchForward, get_customer_page, get_forward, list_forwards
from forwarding.selectors.storefronts import (
    NoSuchStorefront,
    StorefrontQuery,
    get_storefront,
    get_storefront_goods,
    get_storefront_page,
)
from forwarding.selectors.wish_pages import get_wish_page
from forwarding.services import prices, storefronts, wish_orders, wishes
from forwarding.services.storefronts import StorefrontFields
from forwarding.services.wishes import ItemNotOffered, PageClosed, WishFields
from forwarding.tasks import anonymize_wishes
from inventory.models import Category, Style
from kernel.clock import set_to
from orders.models.orders import Order
from pricing.models import PriceControl
from pricing.rules.controls import Action
from pricing.services.price_rules import withdraw_control
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.test_pages import said_to_a_customer, signed_in
from tests.forwarding.test_selections import Selections
from web.pagination import InvalidCursor

pytestmark = pytest.mark.django_db
FIELDS = StorefrontFields("小鹿的店", "两天内发货")


class Store(Selections):
    """The coat (label cut) and the scarf of 青禾, and a hat of 云杉 with its label; all of them priced, and a storefront."""

    def __init__(self) -> None:
        super().__init__()
        self.address = storefronts.open_storefront(actor=self.daigou.actor, now=NOW).token
        self.describe(FIELDS)

    def describe(self, fields: StorefrontFields) -> None:
        storefronts.describe_storefront(actor=self.daigou.actor, fields=fields, now=NOW)

    def shown(self, at: timedelta = timedelta(0), **query: Any) -> list[int]:
        page = get_storefront_page(self.address, StorefrontQuery(**query), at=NOW + at)
        return [each.style_id for each in page.page.view.styles]

    def wish_in_storefront(self, *sku_ids: int, key: str = "k") -> int:
        lines = [
            PickedUnits(item_of(self.hat_sale if each == self.hat_sku else self.sale_id, each), 1) for each in sku_ids
        ]
        return wishes.create_wish(
            token=self.address, lines=lines, fields=WishFields("王小姐", "13800138000", "浙江省杭州市西湖区文三路1号", ""),
            visitor="v", network="n", key=key, now=NOW,
        ).id  # fmt: skip


class TestOffer:
    def test_storefront_shows_what_is_priced_in_live_sales_the_last_one_first(self) -> None:
        shop = Store()
        assert shop.shown() == [shop.hat, shop.scarf, shop.coat]
        assert shop.shown(sort=StorefrontSort.CHEAPEST) == [shop.hat, shop.scarf, shop.coat]
        assert shop.shown(sort=StorefrontSort.DEAREST) == [shop.coat, shop.scarf, shop.hat]
        RetailPrice.objects.filter(style_id=shop.scarf).update(price_fen=99_99)
        assert shop.shown() == [shop.hat, shop.coat]
        prices.clear_retail_price(actor=shop.daigou.actor, sale_id=shop.sale_id, style_id=shop.coat, now=NOW)
        assert shop.shown() == [shop.hat]
        end_early(actor=shop.market.ops, sale_id=shop.hat_sale, reason="清仓", now=NOW + HOUR)
        assert shop.shown(at=HOUR) == []

    def test_goods_of_a_preview_are_shown_where_she_allows_it(self) -> None:
        shop = Store()
        sku = shop.market.sku(units=3, tag_price_fen=300_00, base_price_fen=60_00, style_no="QH-9")
        sale = shop.market.sale(sku, brand_id=shop.market.brand_id, starts_at=NOW + HOUR)
        Sale.objects.filter(pk=sale).update(preview_at=NOW)
        style = Style.objects.get(style_no="QH-9").pk
        prices.set_retail_price(actor=shop.daigou.actor, sale_id=sale, style_id=style, price_fen=129_00, now=NOW)
        assert style not in shop.shown()
        assert style in shop.shown(at=HOUR)
        shop.describe(replace(FIELDS, shows_previews=True))
        assert style in shop.shown()

    def test_styles_of_which_nothing_is_left_are_hidden_where_she_wants_it(self) -> None:
        shop = Store()
        shop.daigou.grab(item_of(shop.hat_sale, shop.hat_sku), 3)
        [hat, *_] = get_storefront_page(shop.address, StorefrontQuery(), at=NOW).page.view.styles
        assert (hat.style_id, hat.availability) == (shop.hat, Availability.NONE)
        shop.describe(replace(FIELDS, shows_sold_out=False))
        assert shop.shown() == [shop.scarf, shop.coat]

    def test_categories_are_those_with_goods_in_her_order_and_without_hidden_ones(self) -> None:
        shop = Store()
        first = get_storefront_page(shop.address, StorefrontQuery(), at=NOW)
        coats = Style.objects.get(pk=shop.coat).category_id
        scarves = Style.objects.get(pk=shop.scarf).category_id
        assert {coats, scarves} <= {each.id for each in first.categories}
        assert sum(each.styles for each in first.categories) == 3
        assert shop.shown(category_id=coats) == [shop.coat]
        assert coats
        assert scarves
        shop.describe(replace(FIELDS, category_order=[scarves, coats], hidden_categories=[coats]))
        named = [each.id for each in get_storefront_page(shop.address, StorefrontQuery(), at=NOW).categories]
        assert named[0] == scarves
        assert coats not in named
        assert shop.coat not in shop.shown()
        assert shop.shown(category_id=coats) == []
        assert get_storefront_goods(shop.address, style_ids=[shop.coat], at=NOW).view.styles == ()
        with pytest.raises(ItemNotOffered):
            shop.wish_in_storefront(shop.coat_sku)

    def test_words_find_shown_names_only(self) -> None:
        shop = Store()
        assert shop.shown(words="羊毛") == [shop.coat]
        assert shop.shown(words=" ") == [shop.hat, shop.scarf, shop.coat]
        for told in ("青禾", "青 禾", "QH-88011", "88011", "青禾羊毛"):
            assert shop.shown(words=told) == [], told
        assert shop.shown(words="云杉") == [shop.hat]

    def test_words_find_categories_by_the_name_that_is_shown(self) -> None:
        """FORWARD-20."""
        shop = Store()
        Category.objects.filter(styles=shop.coat).update(name_zh="秋冬外套", name_en="Outerwear")
        assert (shop.shown(words="秋冬"), shop.shown(words="outerwear")) == ([shop.coat], [])
        with override("en"):
            assert (shop.shown(words="秋冬"), shop.shown(words="outerwear")) == ([], [shop.coat])

    @pytest.mark.parametrize("sort", StorefrontSort)
    def test_parts_follow_each_other_without_a_gap(self, sort: StorefrontSort, monkeypatch: pytest.MonkeyPatch) -> None:
        shop = Store()
        whole = shop.shown(sort=sort)
        monkeypatch.setattr("forwarding.selectors.storefronts.STYLES_PER_STOREFRONT_PAGE", 2)
        first = get_storefront_page(shop.address, StorefrontQuery(sort=sort), at=NOW)
        assert first.next_cursor is not None
        second = get_storefront_page(shop.address, StorefrontQuery(sort=sort, cursor=first.next_cursor), at=NOW)
        assert [each.style_id for part in (first, second) for each in part.page.view.styles] == whole
        assert second.next_cursor is None

    @pytest.mark.parametrize(
        "cursor", ["x", "newest.1", "cheapest.1.2", "newest.1.99999999999999999999", "newest.１.2"]
    )
    def test_cursor_of_another_order_or_forged_is_refused(self, cursor: str) -> None:
        shop = Store()
        with pytest.raises(InvalidCursor):
            shop.shown(cursor=cursor)

    def test_style_that_two_open_sales_offer_stands_there_once(self) -> None:
        shop = Store()
        other = shop.market.sku(units=3, tag_price_fen=300_00, base_price_fen=60_00, style_no="QH-88022", size="XL")
        later = shop.market.sale(other, brand_id=shop.market.brand_id, starts_at=NOW + HOUR)
        Sale.objects.filter(pk=later).update(preview_at=NOW)
        prices.set_retail_price(
            actor=shop.daigou.actor, sale_id=later, style_id=shop.scarf, price_fen=289_00, now=NOW
        )  # fmt: skip
        assert shop.shown() == [shop.hat, shop.scarf, shop.coat]
        assert shop.shown(at=HOUR) == [shop.scarf, shop.hat, shop.coat]
        [scarf] = get_storefront_goods(shop.address, style_ids=[shop.scarf], at=NOW + HOUR).view.styles
        assert scarf.price_fen == 289_00

    def test_page_costs_as_many_statements_for_three_styles_as_for_one(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        shop = Store()
        for _ in range(2):
            with django_assert_num_queries(12):
                get_storefront_page(shop.address, StorefrontQuery(), at=NOW)
            RetailPrice.objects.exclude(style_id=shop.hat).delete()
        with django_assert_num_queries(12):
            get_storefront_goods(shop.address, style_ids=[shop.hat], at=NOW)


class TestBrands:
    def test_brand_with_cut_goods_is_hidden_and_others_are_shown(self) -> None:
        shop = Store()
        view = get_storefront_page(shop.address, StorefrontQuery(), at=NOW).page.view
        assert [(each.brand, each.style_no) for each in view.styles] == [("云杉服饰", "YS-1"), ("", ""), ("", "")]

    def test_brand_whose_goods_all_keep_their_label_is_shown(self) -> None:
        shop = Store()
        RetailPrice.objects.filter(style_id=shop.coat).delete()
        RetailPriceChange.objects.filter(style_id=shop.coat).delete()
        view = get_storefront_page(shop.address, StorefrontQuery(), at=NOW).page.view
        assert [each.brand for each in view.styles] == ["云杉服饰", "青禾女装"]

    def test_cut_goods_hide_their_brand_in_parts_of_the_page_that_do_not_show_them(self) -> None:
        shop = Store()
        coats, scarves = (Style.objects.get(pk=each).category_id for each in (shop.coat, shop.scarf))
        assert coats is not None
        shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku), 5)
        shop.describe(replace(FIELDS, name="青禾之友", hidden_categories=[coats], shows_sold_out=False))
        for query in (StorefrontQuery(), StorefrontQuery(category_id=scarves), StorefrontQuery(words="x")):
            assert "青禾" not in fold_text(repr(get_storefront_page(shop.address, query, at=NOW)))
        assert "青禾" not in fold_text(repr(get_storefront_goods(shop.address, style_ids=[shop.scarf], at=NOW)))

    @pytest.mark.parametrize(("starts_in", "sold"), [(HOUR, 0), (timedelta(0), 3), (timedelta(0), 0)])
    def test_cut_goods_hide_their_brand_though_a_later_sale_offers_them_with_the_label(
        self, starts_in: timedelta, sold: int
    ) -> None:
        """FORWARD-20. The later sale is a preview that she does not show, is sold out, or is the one that customers see."""
        shop = Store()
        for control in PriceControl.objects.filter(action=Action.CUT.value):
            withdraw_control(actor=shop.market.ops, control_id=control.pk, now=NOW)
        other = shop.market.sku(
            units=3,
            tag_price_fen=1000_00,
            base_price_fen=200_00,
            style_no="QH-88011",
            size="XL",
            category="women-coats",
        )
        later = shop.market.sale(other, brand_id=shop.market.brand_id, starts_at=NOW + starts_in)
        Sale.objects.filter(pk=later).update(preview_at=NOW, ends_at=F("ends_at") + HOUR)
        prices.set_retail_price(actor=shop.daigou.actor, sale_id=later, style_id=shop.coat, price_fen=699_00, now=NOW)
        if sold:
            shop.daigou.grab(item_of(later, other), sold)
            shop.describe(replace(FIELDS, shows_sold_out=False))
        found = get_storefront_page(shop.address, StorefrontQuery(), at=NOW)
        assert {each.style_id for each in found.page.view.styles} == {shop.coat, shop.scarf, shop.hat}
        assert not {"青禾", "qh88011"} & {
            word for word in ("青禾", "qh88011") if word in fold_text(repr(found.page.view))
        }
        assert sum(each.styles for each in found.categories) == 3

    def test_wish_page_hides_the_brand_once_the_sale_is_over(self) -> None:
        shop = Store()
        shop.describe(replace(FIELDS, name="青禾之友"))
        token = Wish.objects.get(pk=shop.wish_in_storefront(shop.coat_sku)).token
        assert get_wish_page(token, at=NOW).reseller_name == "之友"
        assert get_wish_page(token, at=NOW + 60 * HOUR).reseller_name == "之友"


class TestLife:
    def test_open_storefront_again_changes_nothing_and_closing_keeps_the_address(self) -> None:
        shop = Store()
        again = storefronts.open_storefront(actor=shop.daigou.actor, now=NOW + HOUR)
        assert (again.token, again.name, again.opened_at) == (shop.address, "小鹿的店", NOW)
        storefronts.close_storefront(actor=shop.daigou.actor, now=NOW)
        closed = storefronts.close_storefront(actor=shop.daigou.actor, now=NOW + HOUR)
        assert closed.closed_at == NOW
        assert not get_storefront_page(shop.address, StorefrontQuery(), at=NOW).page.is_open
        with pytest.raises((PageClosed, ItemNotOffered)):
            shop.wish_in_storefront(shop.coat_sku)
        opened = storefronts.open_storefront(actor=shop.daigou.actor, now=NOW + HOUR)
        assert (opened.is_open, opened.token) == (True, shop.address)
        assert Storefront.objects.count() == 1

    def test_replaced_address_shows_nothing_and_a_repetition_keeps_the_new_one(self) -> None:
        shop = Store()
        new = storefronts.replace_address(actor=shop.daigou.actor, token=shop.address, now=NOW)
        assert new.token != shop.address
        again = storefronts.replace_address(actor=shop.daigou.actor, token=shop.address, now=NOW)
        assert again.token == new.token
        old = get_storefront_page(shop.address, StorefrontQuery(), at=NOW).page
        assert (old.is_open, old.view.styles) == (False, ())
        with pytest.raises(PageClosed):
            shop.wish_in_storefront(shop.coat_sku)
        token = new.token
        for _ in range(storefronts.MAX_REPLACEMENTS_PER_DAY - 1):
            token = storefronts.replace_address(actor=shop.daigou.actor, token=token, now=NOW).token
        with pytest.raises(storefronts.TooManyAddresses):
            storefronts.replace_address(actor=shop.daigou.actor, token=token, now=NOW)
        assert get_storefront(shop.daigou.id, at=NOW).token == token

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            (StorefrontFields(""), storefronts.InvalidStorefront),
            (StorefrontFields("店" * 31), storefronts.InvalidStorefront),
            (StorefrontFields("店", "告" * 201), storefronts.InvalidStorefront),
            (StorefrontFields("尾仓客服"), ReservedName),
            (StorefrontFields("店", category_order=[1, 1]), storefronts.InvalidCategoryOrder),
            (StorefrontFields("店", hidden_categories=[-1]), storefronts.InvalidCategoryOrder),
        ],
    )
    def test_describe_storefront_refuses_and_changes_nothing(
        self, fields: StorefrontFields, refusal: type[Exception]
    ) -> None:
        shop = Store()
        with pytest.raises(refusal):
            shop.describe(fields)
        assert Storefront.objects.get().name == "小鹿的店"

    def test_storefront_is_hers_alone(self) -> None:
        shop = Store()
        stranger = shop.market.reseller()
        for act in (
            lambda: shop_of(stranger.actor), lambda: storefronts.close_storefront(actor=stranger.actor, now=NOW),
            lambda: storefronts.replace_address(actor=stranger.actor, token=shop.address, now=NOW),
        ):  # fmt: skip
            with pytest.raises(NoSuchStorefront):
                act()
        with pytest.raises(NotAllowed):
            storefronts.open_storefront(actor=shop.market.ops, now=NOW)
        hers = storefronts.open_storefront(actor=stranger.actor, now=NOW)
        assert get_storefront_page(hers.token, StorefrontQuery(), at=NOW).page.view.styles == ()

    def test_address_is_no_forward_and_counts_as_none(self) -> None:
        shop = Store()
        row = Forward.objects.get(token=shop.address)
        assert list_forwards(shop.daigou.id, at=NOW).items == []
        with pytest.raises(NoSuchForward):
            get_forward(shop.daigou.id, row.pk, at=NOW)
        with pytest.raises(NoSuchForward):
            get_customer_page(shop.address, at=NOW)
        with pytest.raises(NoSuchForward):
            get_storefront_page("nothing", StorefrontQuery(), at=NOW)


def shop_of(actor: Any) -> None:
    storefronts.describe_storefront(actor=actor, fields=FIELDS, now=NOW)


class TestWishes:
    def test_wish_of_several_sales_becomes_an_order(self) -> None:
        shop = Store()
        wish_id = shop.wish_in_storefront(shop.coat_sku, shop.hat_sku)
        assert shop.wish_in_storefront(shop.coat_sku, shop.hat_sku) == wish_id
        client = signed_in(shop.daigou)
        with set_to(NOW):
            desk = client.get("/api/v1/wishes/open").json()["items"]
            choice = {"wish_id": wish_id, "version": desk[0]["version"], "prices": [
                f"{fen / 100:.2f}" if isinstance(fen, int) else fen for fen in desk[0]["prices"]
            ]}  # fmt: skip
            ordered = client.post(
                "/api/v1/wishes/order", {"wishes": [choice], "key": "o"}, content_type="application/json"
            ).json()
        assert ordered["wishes"][0]["ordered"], ordered
        assert Order.objects.get().state == "paid"
        assert get_storefront(shop.daigou.id, at=NOW).orders == 1

    def test_wish_of_a_storefront_can_be_corrected_to_another_offered_item_only(self) -> None:
        shop = Store()
        wish_id = shop.wish_in_storefront(shop.coat_sku)
        hat = PickedUnits(item_of(shop.hat_sale, shop.hat_sku), 2)
        corrected = wish_orders.correct_wish(actor=shop.daigou.actor, wish_id=wish_id, lines=[hat], now=NOW)
        assert [(each.item_id, each.units) for each in corrected.lines] == [(hat.item_id, 2)]
        RetailPrice.objects.filter(style_id=shop.coat).delete()
        coat = PickedUnits(item_of(shop.sale_id, shop.coat_sku), 1)
        with pytest.raises(ItemNotOffered):
            wish_orders.correct_wish(actor=shop.daigou.actor, wish_id=wish_id, lines=[coat], now=NOW)
        with set_to(NOW):
            page = signed_in(shop.daigou).get(f"/shop/wishes/{wish_id}/")
        assert page.status_code == 200

    def test_item_of_a_page_that_she_has_not_priced_is_refused(self) -> None:
        shop = Store()
        RetailPrice.objects.filter(style_id=shop.coat).delete()
        with pytest.raises(ItemNotOffered):
            shop.wish_in_storefront(shop.coat_sku)
        assert not Wish.objects.exists()

    def test_wish_of_a_storefront_is_erased_as_any_other(self) -> None:
        shop = Store()
        wish_id = shop.wish_in_storefront(shop.coat_sku)
        with set_to(NOW + timedelta(days=31)):
            anonymize_wishes()
        assert Wish.objects.get(pk=wish_id).name == ""


class TestPages:
    def test_storefront_is_opened_in_one_step_and_visited(self) -> None:
        shop = Selections()
        hers, customer = signed_in(shop.daigou), Client()
        with set_to(NOW):
            assert "开店" in hers.get("/shop/storefront/").content.decode()
            page = hers.post("/shop/storefront/open/", follow=True).content.decode()
            token = Forward.objects.get(sale=None).token
            assert f"http://testserver/s/{token}/" in page
            listed = customer.get(f"/s/{token}/")
            opened = customer.get(f"/s/{token}/?style={shop.coat}")
            found = customer.get(f"/s/{token}/?q=%E5%A4%A7%E8%A1%A3&sort=cheapest&category=nonsense&cursor=")
            png = hers.get("/shop/storefront/qr.png")
        assert [each.status_code for each in (listed, opened, found, png)] == [200] * 4
        assert listed["X-Robots-Tag"] == "noindex, nofollow"
        assert '<meta property="og:title"' in listed.content.decode()
        assert "羊毛大衣" in opened.content.decode()
        assert "羊毛大衣" in found.content.decode()
        assert png["Content-Type"] == "image/png"
        assert "青禾" not in fold_text("".join(said_to_a_customer(each) for each in (listed, opened, found)))
        assert Forward.objects.get(sale=None).views == 1

    def test_customer_leaves_a_wish_for_goods_of_two_sales(self) -> None:
        shop = Store()
        customer = Client()
        coat, hat = item_of(shop.sale_id, shop.coat_sku), item_of(shop.hat_sale, shop.hat_sku)
        with set_to(NOW):
            more = customer.post(f"/s/{shop.address}/", {"style": shop.coat, f"units-{coat}": "1", "more": "1"})
            assert more["Location"] == f"/s/{shop.address}/?pick={coat}x1"
            again = customer.get(more["Location"]).content.decode()
            opened = customer.get(f"{more['Location']}&style={shop.hat}").content.decode()
            nothing = customer.post(f"/s/{shop.address}/", {"style": shop.hat, "name": "", "key": "1"})
            sent = customer.post(
                f"/s/{shop.address}/",
                {"style": shop.hat, f"units-{coat}": "1", f"units-{hat}": "2", "name": "王小姐", "key": "1"},
            )
            private = customer.get(sent["Location"]).content.decode()
            read = customer.post(f"/s/{shop.address}/address/", {"address": "浙江省杭州市文三路1号 13800138000"})
        assert "已选 1 件" in again
        assert f'name="units-{coat}"' in opened
        assert nothing.status_code == 200
        assert "wisher" in sent.cookies
        assert sent.cookies["wisher"]["path"] == "/s/"
        assert [(each.item_id, each.units) for each in Wish.objects.get().lines.order_by("pk")] == [(coat, 1), (hat, 2)]
        assert f"/s/{shop.address}/" in private
        assert read.status_code == 200

    def test_address_answers_410_with_nothing_while_closed_replaced_or_deactivated(self) -> None:
        shop = Store()
        answers = []
        with set_to(NOW):
            new = storefronts.replace_address(actor=shop.daigou.actor, token=shop.address, now=NOW).token
            answers.append(Client().get(f"/s/{shop.address}/"))
            answers.append(Client().get(f"/s/{shop.address}/?style={shop.coat}"))
            answers.append(Client().post(f"/s/{shop.address}/", {"style": shop.coat, "name": "王", "key": "1"}))
            storefronts.close_storefront(actor=shop.daigou.actor, now=NOW)
            answers.append(Client().get(f"/s/{new}/"))
            storefronts.open_storefront(actor=shop.daigou.actor, now=NOW)
            assert Client().get(f"/s/{new}/").status_code == 200
            Person.objects.filter(pk=shop.daigou.actor.own_id).update(is_active=False)
            answers.append(Client().get(f"/s/{new}/"))
            unknown = Client().get("/s/nothing/")
        assert [each.status_code for each in answers] == [410] * 5
        assert unknown.status_code == 404
        for each in answers:
            assert not [told for told in ("羊毛大衣", "小鹿", "两天内发货", "云杉") if told in each.content.decode()]

    def test_page_says_so_where_nothing_is_live(self) -> None:
        shop = Store()
        with set_to(NOW + 60 * HOUR):
            answer = Client().get(f"/s/{shop.address}/")
        assert answer.status_code == 200
        assert "店里正在上新" in answer.content.decode()

    def test_too_many_searches_of_a_network_are_refused_in_the_language_of_the_page(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop = Store()
        monkeypatch.setattr("shop.pages.public_storefront.SEARCHES_PER_MINUTE", 2)
        with set_to(NOW + timedelta(days=11)):
            customer = Client(REMOTE_ADDR="203.0.113.78")
            found = [customer.get(f"/s/{shop.address}/?q=%E5%A4%A7%E8%A1%A3").status_code for _ in range(2)]
            refused = customer.get(f"/s/{shop.address}/?q=%E5%A4%A7%E8%A1%A3")
            customer.cookies["language"] = "en"
            english = customer.get(f"/s/{shop.address}/?q=coat")
            others = [
                customer.get(f"/s/{shop.address}/?q=+"),
                customer.get("/s/another/?q=coat"),
                Client(REMOTE_ADDR="198.51.100.7").get(f"/s/{shop.address}/?q=coat"),
            ]
        assert (found, refused.status_code, refused["Retry-After"]) == ([200, 200], 429, "60")
        assert "搜索得太频繁了" in refused.content.decode()
        assert f'href="/s/{shop.address}/"' in refused.content.decode()
        assert (english.status_code, "Too many searches" in english.content.decode()) == (429, True)
        assert [each.status_code for each in others] == [200, 404, 200]

    def test_a_broken_cursor_leads_to_the_first_part_with_what_was_picked(self) -> None:
        shop = Store()
        with set_to(NOW):
            answer = Client().get(f"/s/{shop.address}/?c=g&pick=12x2&cursor=broken")
        assert (answer.status_code, answer["Location"]) == (302, f"/s/{shop.address}/?c=g&pick=12x2")

    def test_she_describes_closes_and_replaces_on_her_page(self) -> None:
        shop = Store()
        client = signed_in(shop.daigou)
        coats, scarves = (Style.objects.get(pk=each).category_id for each in (shop.coat, shop.scarf))
        with set_to(NOW):
            refused = client.post("/shop/storefront/describe/", {"name": ""})
            saved = client.post(
                "/shop/storefront/describe/",
                {
                    "name": "暖暖",
                    "notice": "包邮",
                    "shown": [str(scarves)],
                    f"place-{scarves}": "1",
                    f"place-{coats}": "2",
                },
                follow=True,
            )
            replaced = client.post("/shop/storefront/replace/", {"token": shop.address}, follow=True)
            client.post("/shop/storefront/replace/", {"token": shop.address})
            closed = client.post("/shop/storefront/close/", follow=True)
        row = Storefront.objects.get()
        assert 'role="alert"' in refused.content.decode()
        assert "包邮" in saved.content.decode()
        assert (row.name, row.notice, row.category_order[0]) == ("暖暖", "包邮", scarves)
        assert coats in row.hidden_categories
        assert scarves not in row.hidden_categories
        assert "已换新链接" in replaced.content.decode()
        assert Forward.objects.filter(sale=None).count() == 2
        assert "重新开店" in closed.content.decode()

    def test_api_of_the_storefront_with_its_refusals(self) -> None:
        shop = Selections()
        client = signed_in(shop.daigou)

        def send(method: str, path: str, **body: Any) -> Any:
            return client.generic(method, f"/api/v1/{path}", json.dumps(body), "application/json")

        with set_to(NOW):
            missing = client.get("/api/v1/storefront")
            opened = send("POST", "storefront").json()
            told = send("PUT", "storefront", name="暖暖", hidden_categories=[], category_order=[]).json()
            refused = send("PUT", "storefront", name="")
            replaced = send("POST", "storefront/replace-address", address=opened["address"]).json()
            closed = send("POST", "storefront/close").json()
            read = client.get("/api/v1/storefront").json()
        assert (missing.status_code, missing.json()["code"]) == (404, "forwarding.no_such_storefront")
        assert opened["address"].startswith("http://testserver/s/")
        assert (opened["styles"], told["name"], refused.status_code) == (3, "暖暖", 422)
        assert replaced["address"] != opened["address"]
        assert (closed["is_open"], read["is_open"]) == (False, False)
