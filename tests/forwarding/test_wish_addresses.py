"""A customer corrects where her wish goes on its private page, as long as it waits for an order (FORWARD-5, FORWARD-10)."""

import pytest
from django.test import Client

from config.inboxes import inbox_of
from events.selectors import list_events
from forwarding.models import Wish
from forwarding.selectors.wish_desk import WishRecipientView, list_desk_wishes
from forwarding.selectors.wishes import NoSuchWishPage
from forwarding.services.wish_addresses import InvalidWishAddress, change_address
from forwarding.services.wish_orders import WishChoice, correct_wish, order_wishes
from forwarding.services.wishes import WishAlreadyAnswered
from kernel.clock import set_to
from orders.services.recipients import RecipientFields
from tests.builders import HOUR, NOW
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_wish_pages import ordered, sent_wish
from tests.own_cache import clear_own_cache

pytestmark = pytest.mark.django_db

STREET = "江苏省南京市鼓楼区中山路 3 号"


def recipient(shop: ForwardedSale) -> WishRecipientView:
    [row] = list_desk_wishes(shop.daigou.id, 0, at=NOW).items
    return row.recipient


def test_a_street_alone_keeps_name_and_phone_and_tells_the_reseller_once() -> None:
    shop, wish_id, token = sent_wish()
    for _ in range(2):
        change_address(token=token, text=f" {STREET} ", now=NOW)
    read = recipient(shop)
    assert (read.name, read.phone, read.address, read.unsure) == (
        "王芳",
        "13912345678",
        STREET,
        [],
    )
    told = [event.zh for event in list_events(inbox_of(shop.daigou.actor)).items]
    assert told.count(f"顾客改了心愿 {wish_id} 的收货信息，下单前请核对") == 1


def test_what_she_writes_comes_after_what_the_reseller_corrected() -> None:
    shop, wish_id, token = sent_wish()
    corrected = RecipientFields("张静", "13712345678", "浙江省宁波市海曙区中山东路 8 号")
    correct_wish(actor=shop.daigou.actor, wish_id=wish_id, recipient=corrected, now=NOW)
    change_address(token=token, text=f"13800001111 {STREET}", now=NOW)
    read = recipient(shop)
    assert (read.name, read.phone, read.is_corrected) == ("张静", "13800001111", False)


def test_an_order_of_what_was_shown_before_is_refused() -> None:
    shop, wish_id, token = sent_wish()
    [row] = list_desk_wishes(shop.daigou.id, 0, at=NOW).items
    change_address(token=token, text=STREET, now=NOW)
    choice = WishChoice(wish_id, row.version, row.prices_fen)
    result = order_wishes(actor=shop.daigou.actor, choices=[choice], key="k", now=NOW)
    assert result.order is None
    assert result.wishes[0].refusal is not None
    assert result.wishes[0].refusal.code == "forwarding.wish_changed"


@pytest.mark.parametrize("text", ["", "   ", "王芳 13912345678", f"{STREET}{'长' * 400}"])
def test_a_text_that_is_no_address_changes_nothing(text: str) -> None:
    _, wish_id, token = sent_wish()
    before = Wish.objects.filter(pk=wish_id).values().get()
    with pytest.raises(InvalidWishAddress):
        change_address(token=token, text=text, now=NOW)
    assert Wish.objects.filter(pk=wish_id).values().get() == before


def test_an_ordered_wish_and_an_unknown_page_are_refused() -> None:
    shop, wish_id, token = sent_wish()
    ordered(shop)
    before = Wish.objects.filter(pk=wish_id).values().get()
    with pytest.raises(WishAlreadyAnswered):
        change_address(token=token, text=STREET, now=NOW)
    with pytest.raises(NoSuchWishPage):
        change_address(token="nobody", text=STREET, now=NOW)
    assert Wish.objects.filter(pk=wish_id).values().get() == before


def test_the_page_changes_the_address_without_showing_the_old_one() -> None:
    shop, _, token = sent_wish()
    client, address = Client(), f"/f/w/{token}/"
    with set_to(NOW):
        page = client.get(address).content.decode()
        assert ("改收货信息" in page, "文三路" in page) == (True, False)
        refused = client.post(address, {"address": "13912345678"})
        assert (refused.status_code, "请写收货地址" in refused.content.decode()) == (422, True)
        answer = client.post(address, {"address": STREET}, follow=True)
        page = answer.content.decode()
        assert ("收货信息已改" in page, "中山路" in page) == (True, False)
        assert recipient(shop).city == "南京市"
        ordered(shop)
        page = client.get(address).content.decode()
        assert ("改收货信息" in page, "这里不能再改地址" in page) == (False, True)
        late = client.post(address, {"address": STREET})
        shown = late.content.decode()
        assert (late.status_code, "不能再改收货信息" in shown, STREET in shown) == (409, True, True)
        assert "不能再撤回" not in shown


def test_a_flood_of_changes_from_many_networks_is_refused_with_the_text_kept() -> None:
    shop, _, token = sent_wish()
    client, address = Client(), f"/f/w/{token}/"
    with set_to(NOW):
        answers = [
            client.post(address, {"address": f"{STREET}{number}室"}, REMOTE_ADDR=f"203.0.{number}.1").status_code
            for number in range(7)
        ]
        assert answers == [302] * 6 + [429]
        refused = client.post(address, {"address": f"{STREET} 99 室"})
        assert ("99 室" in refused.content.decode(), "Retry-After" in refused) == (True, True)
        assert recipient(shop).address == f"{STREET}5室"
        assert len([each for each in list_events(inbox_of(shop.daigou.actor)).items if "收货信息" in each.zh]) == 6
    with set_to(NOW + HOUR):
        assert client.post(address, {"address": f"{STREET} 99 室"}).status_code == 302


def test_one_network_changes_addresses_of_all_wishes_at_a_limited_rate() -> None:
    clear_own_cache()  # Other tests of this minute come from the same network.
    _, _, token = sent_wish()
    client = Client()
    with set_to(NOW):
        answers = [client.post(f"/f/w/{token}/", {"address": "13912345678"}).status_code for _ in range(61)]
    assert answers == [422] * 60 + [429]
    clear_own_cache()
