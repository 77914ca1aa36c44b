"""What a style is called where nothing is left of its name: its category, in the language of whoever reads (FORWARD-3)."""

import pytest
from django.test import Client
from django.utils.translation import override

from forwarding.models import Forward, Pack, WishLine
from forwarding.services import packs
from inventory.models import Category, Style
from kernel.clock import set_to
from tests.builders import NOW
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_pages import wish_for
from tests.forwarding.test_storefronts import Store
from tests.pages.markup import read

pytestmark = pytest.mark.django_db

NAMES = [
    ("zh-hans", True, "秋冬外套"),
    ("en", True, "Outerwear"),
    ("zh-hans", False, "精选好物"),
    ("en", False, "Selected item"),
]


def name_it_by_the_brand(shop: ForwardedSale, *, has_category: bool) -> None:
    Category.objects.filter(styles=shop.coat).update(name_zh="秋冬外套", name_en="Outerwear")
    Style.objects.filter(pk=shop.coat).update(name="青禾女装")
    if not has_category:
        Style.objects.filter(pk=shop.coat).update(category=None)


@pytest.mark.parametrize(("language", "has_category", "name"), NAMES)
def test_customers_read_the_category_in_the_language_of_the_page(language: str, has_category: bool, name: str) -> None:
    shop = Store()
    name_it_by_the_brand(shop, has_category=has_category)
    client, token = Client(), shop.forward(shop.coat)
    client.cookies["language"] = language
    with set_to(NOW):
        for address in (f"/f/{token}/", f"/s/{shop.address}/?style={shop.coat}"):
            page = read(client.get(address).content.decode())
            assert page.find("main")[0].find("h2")[0].text == name, address
        assert client.post(f"/f/{token}/", wish_for(shop)).status_code == 302
    assert WishLine.objects.get().shown_name == name


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("has_category", "name"), [(True, "秋冬外套"), (False, "精选好物")])
def test_drawn_pictures_name_it_in_chinese_whoever_asks(language: str, has_category: bool, name: str) -> None:
    shop = Store()
    name_it_by_the_brand(shop, has_category=has_category)
    forward_ids = [Forward.objects.get(token=each).pk for each in (shop.forward(shop.coat), shop.address)]
    with override(language):
        for forward_id in forward_ids:
            packs.request_pack(
                actor=shop.daigou.actor, forward_id=forward_id, address="https://weicang.example/f/x/", now=NOW
            )
    for pack in Pack.objects.all():
        assert [each["name"] for each in pack.content["styles"] if each["style_id"] == shop.coat] == [name]
    assert Pack.objects.count() == 2
