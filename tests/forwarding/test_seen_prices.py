"""A wish is stored at the prices that its customer saw: where one has changed, she is asked again (FORWARD-5)."""

import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from forwarding.models import Forward, Wish, WishLine
from forwarding.rules.pages import CustomerStyle, CustomerView
from forwarding.rules.seen_prices import ChangedPrice, changed_prices
from forwarding.rules.wishes import PickedUnits
from forwarding.services import prices, storefronts, wishes
from forwarding.services.group_lists import GoodsRenumbered, create_group_wishes, preview_group_list
from forwarding.services.seen_prices import RetailPriceChanged
from forwarding.services.storefronts import StorefrontFields
from kernel.clock import set_to
from tests.builders import NOW, item_of
from tests.forwarding.test_storefronts import Store
from tests.forwarding.test_waiting_customers import MINUTE, WaitedShop
from tests.pages.markup import Element, read

pytestmark = pytest.mark.django_db

TYPED = {"name": "王小姐", "phone": "13800138000", "address": "浙江省杭州市文三路1号", "note": "周末前要"}


class PricedShop(Store):
    """A coat at ¥699.00, a scarf at ¥299.00 and a hat of another sale at ¥129.00, on pages of each kind."""

    def address_of(self, kind: str) -> str:
        if kind == "storefront":
            return f"/s/{self.address}/"
        if kind == "selection":
            return f"/f/{self.token(self.select(self.coat, self.scarf))}/"
        return f"/f/{self.forward(self.coat if kind == 'style' else None)}/"

    @property
    def coat_item(self) -> int:
        return item_of(self.sale_id, self.coat_sku)

    @property
    def hat_item(self) -> int:
        return item_of(self.hat_sale, self.hat_sku)

    def reprice(self, style_id: int, fen: int) -> None:
        sale_id = self.hat_sale if style_id == self.hat else self.sale_id
        prices.set_retail_price(
            actor=self.daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=fen, unusual_confirmed=True, now=NOW
        )


def form_of(page: Element) -> dict[str, str]:
    """All that the form of a wish would send, as it stands on the page."""
    [form] = [each for each in page.find("form") if each.find("input", name="key")]
    fields = {each.get("name"): each.get("value") for each in form.find("input") if each.get("name")}
    return fields | {each.get("name"): each.text for each in form.find("textarea")}


def get(client: Client, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return read(answer.content.decode())


def stored() -> list[tuple[int, int, int | None]]:
    return list(WishLine.objects.order_by("pk").values_list("item_id", "units", "retail_fen"))


KINDS = ["style", "sale", "selection", "storefront"]


@pytest.mark.parametrize("kind", KINDS)
def test_control_a_wish_at_the_price_that_was_shown_is_stored(kind: str) -> None:
    shop, client = PricedShop(), Client()
    address = shop.address_of(kind)
    with set_to(NOW):
        form = form_of(get(client, f"{address}?style={shop.coat}")) | TYPED | {f"units-{shop.coat_item}": "2"}
        assert form["seen"] == f"{shop.coat}x69900"
        assert client.post(address, form).status_code == 302
    assert stored() == [(shop.coat_item, 2, 699_00)]


@pytest.mark.parametrize("fen", [729_00, 599_00])
@pytest.mark.parametrize("kind", KINDS)
def test_a_wish_at_another_price_than_was_shown_is_refused_and_sent_with_one_more_tap(kind: str, fen: int) -> None:
    shop, client = PricedShop(), Client()
    address = shop.address_of(kind)
    with set_to(NOW):
        form = form_of(get(client, f"{address}?style={shop.coat}")) | TYPED | {f"units-{shop.coat_item}": "2"}
        shop.reprice(shop.coat, fen)
        refused = client.post(address, form)
        assert (refused.status_code, Wish.objects.count()) == (409, 0)
        page = read(refused.content.decode())
        assert f"您看到的是 ¥699.00，现在是 ¥{fen // 100}.00" in page.text
        again = form_of(page)
        assert again == form | {"seen": f"{shop.coat}x{fen}", "csrfmiddlewaretoken": again["csrfmiddlewaretoken"]}
        assert client.post(address, again).status_code == 302
    assert stored() == [(shop.coat_item, 2, fen)]
    assert (Wish.objects.get().name, Wish.objects.get().address) == (TYPED["name"], TYPED["address"])


def test_the_refusal_is_said_in_english() -> None:
    shop, client = PricedShop(), Client(headers={"accept-language": "en"})
    client.cookies["language"] = "en"
    address = shop.address_of("style")
    with set_to(NOW):
        form = form_of(get(client, address)) | TYPED
        shop.reprice(shop.coat, 729_00)
        refused = client.post(address, form)
    assert "you saw ¥699.00, it is ¥729.00 now" in html.unescape(refused.content.decode())


def test_create_wish_names_each_changed_price_and_stores_nothing() -> None:
    shop = PricedShop()
    lines = [PickedUnits(shop.coat_item, 1), PickedUnits(shop.hat_item, 1)]

    def create(seen: dict[int, int] | None) -> Any:
        fields = wishes.WishFields("王小姐")
        return wishes.create_wish(
            token=shop.address, lines=lines, fields=fields, visitor="v", network="n", key="k", seen=seen, now=NOW
        )

    with pytest.raises(RetailPriceChanged) as refused:
        create({shop.coat: 698_00, shop.hat: 129_00, shop.scarf: 1})
    assert refused.value.styles == [{"style_id": shop.coat, "seen_fen": 698_00, "price_fen": 699_00}]
    assert not Wish.objects.exists()
    assert create({shop.coat: 699_00}).id == create(None).id
    shop.reprice(shop.coat, 729_00)
    assert create({shop.coat: 1}).id == Wish.objects.get().pk  # The same form makes one wish, whatever changed since.


@pytest.mark.parametrize("seen", ["", "x", "1", "0x0", "７x１", "9" * 40 + "x1", "0x1.." * 500])
def test_seen_prices_that_make_no_sense_are_none(seen: str) -> None:
    shop, client = PricedShop(), Client()
    address = shop.address_of("style")
    with set_to(NOW):
        form = form_of(get(client, address)) | TYPED | {"seen": seen}
        assert client.get(address, {"seen": seen, "pick": seen}).status_code == 200
        assert client.post(address, form).status_code == 302
    assert stored() == [(shop.coat_item, 1, 699_00)]


def test_a_page_repeats_no_price_that_its_reseller_never_asked() -> None:
    shop, client = PricedShop(), Client()
    address = shop.address_of("style")
    with set_to(NOW):
        for seen, is_told in (("990", False), ("72900", False), ("69900", False)):
            assert ("价格变了" in get(client, f"{address}?seen={shop.coat}x{seen}").text) == is_told
        shop.reprice(shop.coat, 729_00)
        for seen, is_told in (("990", False), ("72900", False), ("69900", True)):
            assert ("价格变了" in get(client, f"{address}?seen={shop.coat}x{seen}").text) == is_told


@pytest.mark.parametrize("kind", ["sale", "storefront"])
def test_what_was_picked_on_another_page_keeps_the_price_that_she_saw_there(kind: str) -> None:
    shop, client = PricedShop(), Client()
    address, other = shop.address_of(kind), shop.hat if kind == "storefront" else shop.scarf
    with set_to(NOW):
        form = form_of(get(client, f"{address}?style={shop.coat}")) | {f"units-{shop.coat_item}": "2", "more": "1"}
        more = client.post(address, form)
        assert more["Location"] == f"{address}?pick={shop.coat_item}x2&seen={shop.coat}x69900"
        [link] = [
            each.get("href")
            for each in get(client, more["Location"]).find("a")
            if f"style={other}&" in each.get("href")
        ]
        before = get(client, f"{address}{link[link.index('?') :]}")
        assert "价格变了" not in before.text
        shop.reprice(shop.coat, 729_00)
        refused = client.post(address, form_of(before) | TYPED)
        assert (refused.status_code, Wish.objects.count()) == (409, 0)
        told = get(client, f"{address}{link[link.index('?') :]}")
        assert "的价格变了：您看到的是 ¥699.00，现在是 ¥729.00。" in told.text
        assert client.post(address, form_of(told) | TYPED).status_code == 302
    assert stored() == [(shop.coat_item, 2, 729_00)]


def test_a_form_that_is_refused_for_another_reason_says_that_the_price_has_changed() -> None:
    shop, client = PricedShop(), Client()
    address = shop.address_of("style")
    with set_to(NOW):
        form = form_of(get(client, address)) | TYPED
        shop.reprice(shop.coat, 729_00)
        page = read(client.post(address, form | {"name": ""}).content.decode())
        assert "您看到的是 ¥699.00，现在是 ¥729.00。" in page.text
        assert client.post(address, form_of(page) | {"name": "王小姐"}).status_code == 302
    assert stored() == [(shop.coat_item, 1, 729_00)]


def test_a_withdrawn_wish_that_is_sent_again_says_that_the_price_has_changed() -> None:
    shop, client = PricedShop(), Client()
    address = shop.address_of("storefront")
    with set_to(NOW):
        picked = {f"units-{shop.coat_item}": "2", f"units-{shop.hat_item}": "1"}
        opened = get(client, f"{address}?style={shop.coat}&pick={shop.hat_item}x1")
        sent = client.post(address, form_of(opened) | TYPED | picked)
        wishes.withdraw_wish(token=Wish.objects.get().token, now=NOW)
        shop.reprice(shop.hat, 139_00)
        [again] = [
            each.get("href") for each in get(client, sent["Location"]).find("a") if each.text == "改一改，再发一次"
        ]
        told = get(client, again)
    assert "您看到的是 ¥129.00，现在是 ¥139.00。" in told.text
    assert told.text.count("价格变了") == 1
    assert form_of(told)["seen"] in (f"{shop.coat}x69900.{shop.hat}x13900", f"{shop.hat}x13900.{shop.coat}x69900")


@pytest.mark.parametrize("kind", KINDS)
def test_a_price_that_changes_while_the_form_is_answered_is_on_the_page_that_comes_back(kind: str) -> None:
    """The page was read at the old price, and the wish is compared with the new one."""
    shop, client = PricedShop(), Client()
    address = shop.address_of(kind)
    changed: list[str] = []

    def change_before_the_wish(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SAVEPOINT") and not changed:
            changed.append(sql)
            shop.reprice(shop.coat, 729_00)
        return execute(sql, params, many, context)

    with set_to(NOW):
        form = form_of(get(client, f"{address}?style={shop.coat}")) | TYPED | {f"units-{shop.coat_item}": "2"}
        with connection.execute_wrapper(change_before_the_wish):
            refused = client.post(address, form)
        assert (refused.status_code, len(changed), Wish.objects.count()) == (409, 1, 0)
        again = form_of(read(refused.content.decode()))
        assert again["seen"] == f"{shop.coat}x72900"
        assert client.post(address, again).status_code == 302
    assert stored() == [(shop.coat_item, 2, 729_00)]


@pytest.mark.parametrize("kind", ["sale", "storefront"])
def test_the_page_says_how_much_of_what_was_picked_is_gone(kind: str) -> None:
    """Otherwise she would send the rest and believe that all of it was sent."""
    shop, client = PricedShop(), Client()
    address, other = shop.address_of(kind), shop.hat if kind == "storefront" else shop.scarf
    picked = f"{address}?style={other}&pick={shop.coat_item}x2"
    with set_to(NOW):
        assert "已从所选里去掉" not in get(client, picked).text
        shop.market.reseller().grab(shop.coat_item, 5)
        assert "您选过的 1 种尺码现在没有了，已从所选里去掉。" in get(client, picked).text


def test_the_list_of_a_storefront_counts_only_what_can_still_be_had() -> None:
    shop, client = PricedShop(), Client()
    address = f"{shop.address_of('storefront')}?pick={shop.coat_item}x2.{shop.hat_item}x1"
    with set_to(NOW):
        page = get(client, address)
        assert "已选 3 件" in page.text
        assert "已从所选里去掉" not in page.text
        shop.market.reseller().grab(shop.coat_item, 5)
        page = get(client, address)
        assert "已选 1 件" in page.text
        assert "您选过的 1 种尺码现在没有了，已从所选里去掉。" in page.text
        goods = [each.get("href") for each in page.find("a") if "style=" in each.get("href")]
        assert goods
        assert not [each for each in goods if f"{shop.coat_item}x2" in each]


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_reseller_says_keeps_its_lines(kind: str) -> None:
    shop, client = PricedShop(), Client()
    words = "青禾周末不发货\r\n\r\n要的留言"
    address = shop.address_of(kind)
    shop.describe(StorefrontFields("小陈的店", words))
    Forward.objects.update(remark=words)
    with set_to(NOW):
        page = get(client, f"{address}?style={shop.scarf}" if kind == "sale" else address)
    [said] = [each for each in page.find("p") if "要的留言" in each.text and "note" in each.get("class").split()]
    assert "typed" in said.get("class").split()


@pytest.mark.parametrize("of_storefront", [False, True])
def test_a_wish_that_waits_is_stored_at_the_price_that_was_shown(of_storefront: bool) -> None:
    shop, client = WaitedShop(), Client()
    token = storefronts.open_storefront(actor=shop.amy.actor, now=NOW).token if of_storefront else shop.token
    address = f"/s/{token}/" if of_storefront else f"/f/{token}/"
    with set_to(NOW + MINUTE):
        goods = form_of(get(client, f"{address}?style={shop.style}"))
        waits = client.post(address, goods | {f"units-{shop.other}": "3", "wait_for": str(shop.item)})
        assert waits["Location"] == (
            f"{address}?style={shop.style}&wait={shop.item}&pick={shop.other}x3&seen={shop.style}x30000#wish"
        )
        form = form_of(get(client, waits["Location"])) | TYPED
        prices.set_retail_price(actor=shop.amy.actor, sale_id=shop.sale, style_id=shop.style, price_fen=310_00, now=NOW)
        refused = client.post(address, form)
        assert (refused.status_code, Wish.objects.count()) == (409, 0)
        page = read(refused.content.decode())
        assert "您看到的是 ¥300.00，现在是 ¥310.00" in page.text
        assert form_of(page)["pick"] == f"{shop.other}x3"
        sent = client.post(address, form_of(page))
        assert Wish.objects.get().is_waiting
        assert stored() == [(shop.item, 1, 310_00)]
        assert sent["Location"].endswith(f"?sent=1&pick={shop.other}x3&seen={shop.style}x31000")
        [goods_link] = [
            each.get("href") for each in get(client, sent["Location"]).find("a") if "pick=" in each.get("href")
        ]
        assert goods_link == f"{address}?pick={shop.other}x3&seen={shop.style}x31000"


def test_a_group_list_is_stored_at_the_prices_of_its_preview() -> None:
    shop = PricedShop()
    shop.forward(None)
    forward_id = Forward.objects.get(sale=shop.sale_id).pk
    text = "1. 1号 1件 王芳 13912345678 浙江省杭州市西湖区文三路 1 号"
    found = preview_group_list(actor=shop.daigou.actor, forward_id=forward_id, text=text, now=NOW)
    shop.reprice(shop.coat, 729_00)
    with pytest.raises(GoodsRenumbered):
        create_group_wishes(
            actor=shop.daigou.actor, forward_id=forward_id, text=text, version=found.version, key="k", now=NOW
        )
    assert not Wish.objects.exists()


def test_changed_prices_are_those_of_the_asked_styles_that_were_seen_with_another_price() -> None:
    styles = tuple(CustomerStyle(each, "", f"款{each}", "", each * 100, ()) for each in (1, 2, 3, 4))
    view = CustomerView(False, "", "", "", styles)
    found = changed_prices(view, {1: 100, 2: 150, 3: 250, 9: 1}, {1, 2, 4, 9})
    assert found == [ChangedPrice(2, "款2", 150, 200)]
