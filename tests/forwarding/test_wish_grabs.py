"""A wish that is ordered by itself goes to the recipient that its customer named last (FORWARD-5)."""

import pytest

from forwarding.rules.wishes import WishState
from forwarding.selectors.wishes import get_wish
from forwarding.services.wish_addresses import change_address
from forwarding.services.wish_orders import WishChanged
from kernel.clock import set_to
from orders.models.orders import Order
from tests.builders import NOW, item_of
from tests.forwarding.test_pages import signed_in
from tests.forwarding.test_wish_pages import sent_wish

pytestmark = pytest.mark.django_db

STREET = "江苏省南京市鼓楼区中山路 3 号"


def test_a_grab_from_the_style_page_is_refused_after_the_address_changed() -> None:
    shop, wish_id, token = sent_wish()
    item = item_of(shop.sale_id, shop.coat_sku)
    client, address = signed_in(shop.daigou), f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/"
    with set_to(NOW):
        shown = client.get(f"{address}?item={item}&wish={wish_id}")
        # She confirms the recipient of before; the address of the page then carries what she had been shown.
        change_address(token=token, text=STREET, now=NOW)
        page = client.get(f"{shown.context['recipient_url']}{shop.daigou.recipient_id}")
        sent = {
            "sale": shop.sale_id, "style": shop.coat, "item": item, "units": 1, "key": "grab-1", "wish": wish_id,
            "recipient": shop.daigou.recipient_id, "version": page.context["wish_version"],
        }  # fmt: skip
        refused = client.post("/shop/grab/", sent, follow=True)
        assert "这条心愿刚被改过，没有下单" in refused.content.decode()
        assert refused.context["recipient"] is None
        assert not Order.objects.exists()
        assert get_wish(shop.daigou.id, wish_id).state is WishState.NEW
        client.post("/shop/grab/", {**sent, "version": refused.context["wish_version"]})
    assert get_wish(shop.daigou.id, wish_id).order_id == Order.objects.get().pk


def test_the_api_links_no_order_to_a_changed_wish() -> None:
    shop, wish_id, token = sent_wish()
    client = signed_in(shop.daigou)
    with set_to(NOW):
        version = client.get("/api/v1/wishes/open").json()["items"][0]["version"]
        order = shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku), 1, key="k")
        change_address(token=token, text=STREET, now=NOW)
        body = {"order_id": order.id, "version": version}
        refused = client.post(f"/api/v1/wishes/{wish_id}/order", body, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (WishChanged.status, WishChanged.code)
        assert get_wish(shop.daigou.id, wish_id).state is WishState.NEW
        body["version"] = client.get("/api/v1/wishes/open").json()["items"][0]["version"]
        linked = client.post(f"/api/v1/wishes/{wish_id}/order", body, content_type="application/json")
    assert (linked.status_code, linked.json()["order_id"]) == (200, order.id)
