"""The card of a page that is passed on (FORWARD-3)."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from forwarding.rules.pages import Availability, CustomerItem, CustomerStyle, CustomerView
from forwarding.rules.share_cards import ShareCard, share_card
from inventory.models import Style
from kernel.clock import set_to
from tests.builders import NOW
from tests.forwarding.forwarded_sale import ForwardedSale

IN_WECHAT = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/78.0.3904.62 Mobile MicroMessenger/8.0.2"


def style(number: int, *sizes: str, price_fen: int = 99_00, picture: str = "") -> CustomerStyle:
    items = tuple(CustomerItem(number * 10 + place, "", each, Availability.FEW) for place, each in enumerate(sizes))
    return CustomerStyle(number, "", f"外套{number}", picture, price_fen, items, number=number)


def view(*styles: CustomerStyle, name: str = "小雅") -> CustomerView:
    return CustomerView(brand_hidden=True, brand="", title="", reseller_name=name, styles=styles)


def test_share_card_of_a_style_names_price_and_sizes_left() -> None:
    coat = style(1, "S", "M", picture="ab" * 32)
    assert share_card(view(coat), coat) == ShareCard("外套1 ¥99.00", "尺码 S / M", "ab" * 32)
    assert share_card(view(coat), coat, english=True).description == "Sizes S / M"
    assert share_card(view(coat), style(2)).description == "已售罄"


def test_share_card_of_several_styles_names_their_number_and_the_lowest_price() -> None:
    styles = [style(1, "S"), style(2, "S", price_fen=59_90, picture="cd" * 32), style(3, "S"), style(4, "S")]
    card = share_card(view(*styles), None)
    assert card == ShareCard("小雅的推荐 · 4 款 ¥59.90 起", "外套1、外套2、外套3", "cd" * 32)
    assert share_card(view(*styles, name=""), None, english=True).title == "Picked for you · 4 styles from ¥59.90"
    assert share_card(view(), None) == ShareCard("小雅的推荐", "", "")


def tags(answer: Any) -> dict[str, str]:
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', answer.content.decode()))


@pytest.mark.django_db
def test_page_of_cut_goods_has_a_card_without_the_brand(client: Client) -> None:
    shop = ForwardedSale()
    Style.objects.filter(pk=shop.coat).update(picture="ab" * 32)
    token = shop.forwarded_coat()
    with set_to(NOW):
        card = tags(client.get(f"/f/{token}/"))
        gone = tags(client.get("/f/nothing/"))
    assert "羊毛大衣" in card["title"]
    assert "青禾" not in "".join(card.values())
    assert "QH-88011" not in "".join(card.values())
    assert card["image"] == f"http://testserver/pictures/{'ab' * 32}-320.jpg"
    assert gone["title"] == "没有找到这个分享"
    assert gone["image"].startswith("http://testserver/static/img/icon-512")


@pytest.mark.django_db
def test_page_loads_the_script_of_wechat_only_inside_wechat_and_with_an_account(
    client: Client, settings: Settings
) -> None:
    token = ForwardedSale().forwarded_coat()
    with set_to(NOW):
        assert "jweixin" not in client.get(f"/f/{token}/", headers={"User-Agent": IN_WECHAT}).content.decode()
        settings.WECHAT_APP_ID, settings.WECHAT_SECRET = "wx1", "secret"
        assert "jweixin" not in client.get(f"/f/{token}/").content.decode()
        inside = client.get(f"/f/{token}/", headers={"User-Agent": IN_WECHAT}).content.decode()
    assert "jweixin" in inside
    assert '<meta name="wechat-signature" content="/wechat/page-signature/">' in inside


@pytest.mark.django_db
def test_pages_before_a_desk_have_a_card_of_the_platform(client: Client) -> None:
    assert tags(client.get("/sign-in/"))["title"] == "尾仓"
