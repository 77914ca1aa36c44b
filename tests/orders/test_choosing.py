"""Nobody and no size is chosen for a reseller: what ships, and to whom, she says herself."""

import html
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import Person
from aftersales.models.cases import Case
from forwarding.models import Wish, WishLine
from forwarding.rules.wishes import WishState
from forwarding.selectors.wishes import get_wish
from forwarding.services import forwards, prices
from inventory.models import Sku
from kernel.clock import set_to
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment
from orders.services import recipients
from tests.aftersales.purchases import SHIPPED, Purchase
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = pytest.mark.django_db
NOTE = "收件人：李阿姨\n13900139000\n上海市徐汇区漕溪北路1号"


def client_of(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def opened(client: Client, address: str) -> Any:
    with set_to(NOW):
        return client.get(address)


def in_sizes(*sizes: str) -> tuple[Daigou, str, list[int]]:
    """A reseller, the address of a style in these sizes, and its items."""
    market = Marketplace()
    skus = [market.sku(style_no="QH26", size=size) for size in sizes]
    sale_id = market.sale(*skus)
    style_id = Sku.objects.get(pk=skus[0]).style_id
    return market.reseller(), f"/shop/sales/{sale_id}/styles/{style_id}/", [item_of(sale_id, sku) for sku in skus]


def test_of_several_sizes_none_is_chosen_and_of_recipients_never_one() -> None:
    buyer, address, items = in_sizes("M", "L")
    page = opened(client_of(buyer), address)
    source = page.content.decode()
    assert (page.context["item"], page.context["recipient"]) == (None, None)
    assert not re.search(r'name="item"[^>]*checked', source)
    assert 'name="recipient"' not in source
    assert "立即抢货" not in source
    chosen = opened(client_of(buyer), f"{address}?item={items[1]}")
    assert chosen.context["item"].item_id == items[1]
    assert chosen.context["recipient"] is None


def test_the_only_size_is_chosen_and_a_recipient_of_another_reseller_is_nobody() -> None:
    buyer, address, items = in_sizes("均码")
    stranger = Marketplace().reseller()
    page = opened(client_of(buyer), f"{address}?to={stranger.recipient_id}")
    assert (page.context["item"].item_id, page.context["recipient"]) == (items[0], None)


def test_the_button_names_the_person_it_ships_to() -> None:
    buyer, address, items = in_sizes("M", "L")
    first = opened(client_of(buyer), f"{address}?item={items[0]}&to={buyer.recipient_id}").content.decode()
    assert "立即抢货，发给 王小美" in first
    recipients.add_recipient(
        actor=buyer.actor, name="李雷", phone="13900139000", address="上海市静安区南京西路 2 号", now=NOW
    )
    again = opened(client_of(buyer), f"{address}?item={items[0]}&to={buyer.recipient_id}").content.decode()
    assert "立即抢货，发给 王小美" in again
    assert "立即抢货，发给 李雷" not in again


def test_style_page_links_every_recipient_and_back_to_itself() -> None:
    buyer, address, items = in_sizes("M", "L")
    page = opened(client_of(buyer), f"{address}?item={items[0]}").content.decode()
    assert f'href="{address}?item={items[0]}&amp;to={buyer.recipient_id}"' in page
    assert f"/shop/recipients/?next={quote(f'{address}?item={items[0]}', safe='')}" in page


@pytest.mark.parametrize(("left_out", "said"), [("recipient", "请先选择收货人"), ("item", "请先选择尺码")])
def test_a_grab_without_a_recipient_or_a_size_takes_nothing(left_out: str, said: str) -> None:
    buyer, address, items = in_sizes("M", "L")
    _, _, _, sale, _, style, _ = address.split("/")
    sent = {"sale": sale, "style": style, "item": items[0], "recipient": buyer.recipient_id, "units": 1, "key": "k"}
    del sent[left_out]
    client = client_of(buyer)
    with set_to(NOW):
        answer = client.post("/shop/grab/", sent, follow=True)
    assert said in answer.content.decode()
    assert not Order.objects.exists()


def test_who_left_a_wish_is_proposed_beside_her_words_and_chosen_only_when_confirmed() -> None:
    shop = ForwardedSale()
    wish_id = shop.wish(shop.forwarded_coat(), note=NOTE)
    item = item_of(shop.sale_id, shop.coat_sku)
    address = f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/"
    client = client_of(shop.daigou)
    page = opened(client, f"{address}?item={item}&wish={wish_id}")
    source = html.unescape(page.content.decode())
    assert page.context["recipient"] is None
    assert all(line in source for line in NOTE.splitlines())
    proposal = page.context["proposal"]
    assert proposal.form.initial == {"name": "李阿姨", "phone": "13900139000", "address": "上海市徐汇区漕溪北路1号"}
    assert proposal.read.unused_text == []
    assert Recipient.objects.filter(reseller=shop.daigou.id).count() == 1
    confirmed = {"name": "李阿姨", "phone": "13900139000", "address": "上海市徐汇区漕溪北路1号"}
    here = f"{address}?item={item}&wish={wish_id}"
    with set_to(NOW):
        after = client.post("/shop/recipients/", confirmed | {"next": here}, follow=True)
    assert after.context["recipient"].name == "李阿姨"
    assert "立即抢货，发给 李阿姨" in after.content.decode()
    assert after.context["proposal"] is None
    assert after.context["wish"].id == wish_id


def test_the_name_and_number_that_a_customer_gave_stand_in_where_her_note_has_none() -> None:
    shop = ForwardedSale()
    wish_id = shop.wish(shop.forwarded_coat(), note="")
    page = opened(client_of(shop.daigou), f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/?wish={wish_id}")
    assert page.context["proposal"].form.initial == {"name": "王小姐", "phone": "13800138000", "address": ""}


def test_the_api_proposes_whom_a_wish_is_for_and_enters_nobody() -> None:
    shop = ForwardedSale()
    wish_id = shop.wish(shop.forwarded_coat(), note=NOTE)
    answer = opened(client_of(shop.daigou), f"/api/v1/wishes/{wish_id}/recipient")
    read = {"name": "李阿姨", "phone": "13900139000", "address": "上海市徐汇区漕溪北路1号"}
    parts = {"province": "上海市", "city": "上海市", "county": "徐汇区", "street": "漕溪北路1号"}
    assert answer.json() == read | parts | {"pasted": NOTE, "unused_text": [], "is_complete": True}
    assert Recipient.objects.filter(reseller=shop.daigou.id).count() == 1
    assert opened(client_of(shop.market.reseller()), f"/api/v1/wishes/{wish_id}/recipient").status_code == 404


def test_a_customer_chooses_her_size_herself() -> None:
    market = Marketplace()
    skus = [market.sku(style_no="QH26", size=size) for size in ("M", "L")]
    sale_id, style_id = market.sale(*skus), Sku.objects.get(pk=skus[0]).style_id
    buyer = market.reseller()
    prices.set_retail_price(actor=buyer.actor, sale_id=sale_id, style_id=style_id, price_fen=499_00, now=NOW)
    token = forwards.create_forward(actor=buyer.actor, sale_id=sale_id, style_id=style_id, now=NOW).token
    client, item = Client(), item_of(sale_id, skus[1])
    page = opened(client, f"/f/{token}/")
    assert page.context["picked_units"] == 0
    assert re.findall(r'name="units-\d+"\s+value="(\d+)"', page.content.decode()) == ["0", "0"]
    kept = opened(client, f"/f/{token}/?pick={item}x2").context["picked_query"]
    assert kept == f"pick={item}x2&seen={style_id}x49900"
    wish = {"style": style_id, "name": "王小姐", "key": "k"}
    with set_to(NOW):
        refused = client.post(f"/f/{token}/", wish)
        assert (refused.status_code, Wish.objects.count()) == (422, 0)
        assert "请先选择尺码" in refused.content.decode()
        assert client.post(f"/f/{token}/", wish | {f"units-{item}": "2"}).status_code == 302
    assert list(WishLine.objects.values_list("item_id", "units")) == [(item, 2)]


def test_a_wish_is_declined_only_when_that_is_asked() -> None:
    shop = ForwardedSale()
    wish_id = shop.wish(shop.forwarded_coat())
    with set_to(NOW):
        client_of(shop.daigou).post(f"/shop/wishes/{wish_id}/answer/", {})
    assert get_wish(shop.daigou.id, wish_id).state is WishState.NEW


def test_a_case_is_opened_only_for_a_reason_that_she_chose() -> None:
    purchase = Purchase()
    client = client_of(purchase.daigou)
    address = f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/"
    with set_to(SHIPPED):
        assert "checked" not in client.get(address).content.decode()
        answer = client.post(address, {"units": "1", "evidence": "", "key": "k"})
    assert "请选择为什么退" in answer.content.decode()
    assert not Case.objects.exists()


def test_ship_without_a_chosen_carrier_ships_nothing() -> None:
    purchase = Purchase(ship=False)
    client = Client()
    client.force_login(Person.objects.get(pk=purchase.market.clerk.own_id))
    parcel = Consignment.objects.get()
    with set_to(NOW):
        source = client.get("/portal/shipping/").content.decode()
        client.post(f"/portal/shipping/{parcel.pk}/", {"carrier": "", "tracking_no": "SF1234567890"})
    [field] = re.findall(r'<input[^>]*name="carrier"[^>]*>', source)
    assert "value=" not in field
    parcel.refresh_from_db()
    assert parcel.state == "to_ship"


def test_refund_form_preselects_neither_line_nor_reason() -> None:
    purchase = Purchase(ship=False)
    client = Client()
    client.force_login(Person.objects.get(pk=purchase.market.ops.own_id))
    with set_to(NOW):
        form = client.get(f"/console/orders/{purchase.order.id}/").context["form_actions"]["refund"]
    assert [form.fields[name].choices[0][0] for name in ("line_id", "reason")] == ["", ""]
    assert [form[name].value() for name in ("line_id", "reason", "units")] == [None, None, None]
