"""The pages of customers who wait for a sold-out size, and those of their reseller (FORWARD-29)."""

import re

import pytest
from django.test import Client

from accounts.models import Person
from accounts.services.tokens import issue_token
from flashsales.models import Sale, WaitingEntry
from forwarding.models import Forward, Wish
from forwarding.rules.packs import SoldOut
from forwarding.rules.wishes import WishState
from forwarding.services import storefronts
from kernel.clock import set_to
from orders.models.orders import Order
from tests.builders import NOW
from tests.forwarding.test_waiting_customers import MINUTE, WRITTEN, WaitedShop

pytestmark = pytest.mark.django_db


def signed_in(shop: WaitedShop) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=shop.amy.actor.own_id))
    return client


def sent_from(page: str, shop: WaitedShop, *, key: str = "form-1", units: str = "2") -> dict[str, str]:
    """What the form for the sold-out size sends."""
    assert f'name="units-{shop.item}"' in page
    assert f'name="units-{shop.other}"' not in page
    return {
        "style": str(shop.style),
        "wait": str(shop.item),
        f"units-{shop.item}": units,
        "name": "王小姐",
        "address": WRITTEN[0],
        "key": key,
    }


@pytest.mark.parametrize("of_storefront", [False, True])
def test_a_customer_waits_follows_it_and_stops_waiting(of_storefront: bool) -> None:
    shop, client = WaitedShop(), Client()
    token = storefronts.open_storefront(actor=shop.amy.actor, now=NOW).token if of_storefront else shop.token
    address = f"/s/{token}/" if of_storefront else f"/f/{token}/"
    with set_to(NOW + MINUTE):
        goods = client.get(f"{address}?c=g&style={shop.style}").content.decode()
        assert f'name="wait_for" value="{shop.item}"' in goods
        tapped = client.post(address, {"style": str(shop.style), "c": "g", "wait_for": str(shop.item)})
        assert tapped["Location"] == f"{address}?style={shop.style}&wait={shop.item}&c=g#wish"
        form = client.get(tapped["Location"]).content.decode()
        sent = client.post(address, sent_from(form, shop) | {"c": "g"})
        assert sent.status_code == 302
        wish = Wish.objects.get()
        assert (wish.is_waiting, wish.units, wish.channel) == (True, 2, "g")
        page = client.get(sent["Location"]).content.decode()
        assert "您在等补货" in page
        assert "有货了" in page  # As what the page will say.
        assert "¥300.00" in page
    shop.give_back(0)
    with set_to(NOW + 2 * MINUTE):
        page = client.get(f"/f/w/{wish.token}/").content.decode()
        assert "您等的有货了" in page
        assert "2 件" not in page
        client.post(f"/f/w/{wish.token}/")
    wish.refresh_from_db()
    assert wish.state == WishState.WITHDRAWN


@pytest.mark.parametrize("of_storefront", [False, True])
def test_what_was_picked_stays_picked_for_who_waits_for_another_size(of_storefront: bool) -> None:
    shop, client = WaitedShop(), Client()
    _, second = shop.second_sale()
    token = storefronts.open_storefront(actor=shop.amy.actor, now=NOW).token if of_storefront else shop.token
    address = f"/s/{token}/" if of_storefront else f"/f/{token}/"
    typed = {f"units-{shop.other}": "3", f"units-{second}": "1"} if of_storefront else {f"units-{shop.other}": "3"}
    picked = f"{shop.other}x3.{second}x1" if of_storefront else f"{shop.other}x3"
    with set_to(NOW + MINUTE):
        tapped = client.post(address, {"style": str(shop.style), "wait_for": str(shop.item)} | typed)
        form = client.get(tapped["Location"]).content.decode()
        assert f'name="pick" value="{picked}"' in form
        assert f"?style={shop.style}&amp;pick={picked}" in form
        fields = sent_from(form, shop) | {"pick": picked}
        refused = client.post(address, fields | {"name": ""}).content.decode()
        assert f'name="pick" value="{picked}"' in refused
        sent = client.post(address, fields)
        wish = Wish.objects.get()
        assert (wish.is_waiting, [line.item_id for line in wish.lines.all()]) == (True, [shop.item])
        page = client.get(sent["Location"]).content.decode()
        assert f"您还选了 {4 if of_storefront else 3} 件" in page
        assert f'href="{address}?pick={picked}"' in page
        goods = client.get(f"{address}?style={shop.style}&pick={picked}").content.decode()
        assert re.search(rf'name="units-{shop.other}"\s+value="3"', goods)


def test_a_style_that_is_sold_out_keeps_what_was_picked_of_others() -> None:
    shop, client = WaitedShop(), Client()
    _, second = shop.second_sale()
    token = storefronts.open_storefront(actor=shop.amy.actor, now=NOW).token
    shop.market.reseller().grab(shop.other, 5, now=NOW)
    with set_to(NOW + MINUTE):
        goods = client.get(f"/s/{token}/?style={shop.style}&pick={second}x2").content.decode()
        links = re.findall(r'href="([^"]+wait=[^"]+)"', goods)
        assert [link.replace("&amp;", "&") for link in links] == [
            f"/s/{token}/?style={shop.style}&wait={item}&pick={second}x2#wish" for item in (shop.item, shop.other)
        ]


def test_the_form_of_a_size_that_makes_no_sense_is_that_of_the_goods() -> None:
    shop, client = WaitedShop(), Client()
    with set_to(NOW):
        for wait in ("x", "0", str(shop.other), "99999999"):
            page = client.get(f"/f/{shop.token}/?style={shop.style}&wait={wait}")
            assert (page.status_code, 'name="wait"' in page.content.decode()) == (200, False)
        refused = client.post(f"/f/{shop.token}/", {"style": str(shop.style), "wait": str(shop.item), "key": "k"})
        assert (refused.status_code, 'name="wait"' in refused.content.decode()) == (200, True)
        no_name = {"style": str(shop.style), "wait": str(shop.item), f"units-{shop.item}": "1", "key": "k", "name": ""}
        assert "王芳" in client.post(f"/f/{shop.token}/", no_name | {"address": WRITTEN[0]}).content.decode()
    assert Wish.objects.count() == 0


def test_the_reseller_joins_the_waiting_list_and_orders_for_all_whom_units_reach() -> None:
    shop = WaitedShop()
    wishes = [shop.wish(number) for number in range(3)]
    client = signed_in(shop)
    with set_to(NOW + MINUTE):
        today = client.get("/shop/today/").content.decode()
        assert "顾客在等补货" in today
        page = client.get("/shop/wishes/waiting/").content.decode()
        assert "3 位在等，共 3 件" in page
        assert "浙江省杭州市西湖区文三路" in page
        [line] = re.findall(rf'value="({shop.item}:3:wishes:[0-9]+)"', page)
        answer = client.post("/shop/waiting/ask/", {"line": line, "next": "/shop/wishes/waiting/"}, follow=True)
        assert "您已排队等 3 件" in answer.content.decode()
        assert WaitingEntry.objects.get().source == f"wishes:{wishes[-1].pk}"
        assert "等补货的顾客" in client.get("/shop/waiting/").content.decode()
    shop.give_back(0)
    shop.give_back(1)
    with set_to(NOW + 2 * MINUTE):
        assert "3 位顾客等的尺码有货了" in client.get("/shop/today/").content.decode()
        page = client.get("/shop/wishes/waiting/").content.decode()
        assert "为您留了 1 件" in page
        assert "现有 2 件" in page
        assert "为先来的 2 位下单付款" in page
        form = {
            "key": re.findall(r'name="key" value="([0-9a-f]{32})"', page)[0],
            "wish": re.findall(r'name="wish" value="([^"]+)"', page),
        }
        first = client.post("/shop/wishes/waiting/order/", form, follow=True)
        assert "已下 2 单，已付款" in first.content.decode()
        again = client.post("/shop/wishes/waiting/order/", form, follow=True)
        assert "已下 2 单" in again.content.decode()
    assert Order.objects.filter(reseller=shop.amy.id).count() == 1
    assert Wish.objects.get(pk=wishes[0].pk).state == WishState.ORDERED


def test_a_waiting_wish_is_declined_and_corrected_on_the_page_of_those_who_wait() -> None:
    shop = WaitedShop()
    wish, other = shop.wish(0), shop.wish(1, address="")
    client = signed_in(shop)
    with set_to(NOW + MINUTE):
        assert "收货信息待核对" in client.get("/shop/wishes/waiting/").content.decode()
        declined = client.post(f"/shop/wishes/{wish.pk}/answer/", {"answer": "declined", "waiting": "1"})
        assert declined["Location"] == "/shop/wishes/waiting/"
        form = {"name": "李敏", "phone": "13812345678", "address": WRITTEN[1], f"units-{shop.item}": "1"}
        corrected = client.post(f"/shop/wishes/{other.pk}/", form)
        assert corrected["Location"] == f"/shop/wishes/waiting/#wish-{other.pk}"
        page = client.get("/shop/wishes/waiting/").content.decode()
        assert ("收货信息待核对" in page, "1 位在等" in page) == (False, True)


def test_the_api_lists_who_waits_by_size() -> None:
    shop = WaitedShop()
    wish = shop.wish()
    client = Client(headers={"Authorization": f"Bearer {issue_token(actor=shop.amy.actor, label='t', now=NOW)}"})
    with set_to(NOW + MINUTE):
        [size] = client.get("/api/v1/wishes/waiting").json()
        assert client.get("/api/v1/wishes/open").json()["items"] == []
    assert (size["item_id"], size["missing_units"], size["reached"]) == (shop.item, 1, [])
    assert [each["wish"]["id"] for each in size["wishes"]] == [wish.pk]
    assert "wholesale" not in str(size)


def test_an_open_wish_whose_size_sold_out_waits_with_one_tap_on_its_page() -> None:
    shop, client = WaitedShop(), Client()
    wish = shop.wish(item=shop.other)
    shop.market.reseller().grab(shop.other, 5)
    with set_to(NOW + MINUTE):
        assert 'name="wait"' in client.get(f"/f/w/{wish.token}/").content.decode()
        client.post(f"/f/w/{wish.token}/", {"wait": "1"})
        page = client.get(f"/f/w/{wish.token}/").content.decode()
        assert ("您在等补货" in page, 'name="wait"' in page) == (True, False)
        wish.refresh_from_db()
        assert wish.is_waiting
        Wish.objects.filter(pk=wish.pk).update(state=WishState.DECLINED, answered_at=NOW)
        assert f"wait={shop.other}" in client.get(f"/f/w/{wish.token}/").content.decode()
        client.post(f"/f/w/{wish.token}/", {"wait": "1"})
    assert Wish.objects.get(pk=wish.pk).state == WishState.DECLINED


def test_a_page_that_hides_sold_out_sizes_is_not_named_to_wait_on() -> None:
    shop, client = WaitedShop(), Client()
    wish = shop.wish()
    Wish.objects.filter(pk=wish.pk).update(state=WishState.DECLINED, answered_at=NOW)
    with set_to(NOW + MINUTE):
        assert f"wait={shop.item}" in client.get(f"/f/w/{wish.token}/").content.decode()
        Forward.objects.update(sold_out=SoldOut.NEVER.value)
        page = client.get(f"/f/w/{wish.token}/").content.decode()
    assert ("这个尺码现在没货" in page, f"wait={shop.item}" in page) == (True, False)


@pytest.mark.parametrize(("ended", "words"), [(False, "现在有货，不用等"), (True, "特卖结束了，不能再等补货")])
def test_a_tap_that_finds_nothing_to_wait_for_says_why(ended: bool, words: str) -> None:
    shop, client = WaitedShop(), Client()
    wish = shop.wish(item=shop.other)
    at = Sale.objects.get(pk=shop.sale).ends_at + MINUTE if ended else NOW + MINUTE
    with set_to(at):
        page = client.post(f"/f/w/{wish.token}/", {"wait": "1"}, follow=True).content.decode()
        assert words in page
        assert words not in client.get(f"/f/w/{wish.token}/").content.decode()
    assert not Wish.objects.get(pk=wish.pk).is_waiting
