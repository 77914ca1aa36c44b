"""Waiting for sold-out goods on the pages and through the API (SALE-13)."""

import pytest
from django.test import Client

from accounts.models import Person
from accounts.services.tokens import issue_token
from flashsales.models import Reservation, WaitingEntry
from forwarding.rules.wishes import PickedUnits
from forwarding.services.forwards import create_forward
from forwarding.services.prices import set_retail_price
from forwarding.services.wishes import WishFields, create_wish
from inventory.models import Sku
from kernel import clock
from orders.services.grab import cancel_unpaid
from tests.builders import Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db


class SoldOutPage:
    """A live sale of one style in two sizes, of which M is held by somebody else."""

    def __init__(self) -> None:
        self.market = Marketplace(now=clock.now())
        skus = [self.market.sku(units=units, style_no="K7", size=size) for size, units in (("M", 1), ("L", 5))]
        self.sale = self.market.sale(*skus)
        self.item, self.other = (item_of(self.sale, sku) for sku in skus)
        self.style = Sku.objects.get(pk=skus[0]).style_id
        self.holder, self.amy = self.market.reseller(), self.market.reseller()
        self.order = self.holder.grab(self.item, 1, now=clock.now())
        self.address = f"/shop/sales/{self.sale}/styles/{self.style}/"

    def give_back(self) -> None:
        cancel_unpaid(actor=self.holder.actor, order_id=self.order.id, now=clock.now())

    def wish_of(self, daigou: Daigou, item: int) -> int:
        """The id of a wish that a customer of a reseller leaves, for a piece that is not sold out."""
        now = clock.now()
        set_retail_price(actor=daigou.actor, sale_id=self.sale, style_id=self.style, price_fen=300_00, now=now)
        token = create_forward(actor=daigou.actor, sale_id=self.sale, style_id=self.style, now=now).token
        return create_wish(
            token=token,
            lines=[PickedUnits(item, 1)],
            fields=WishFields("王小姐"),
            visitor="v",
            network="",
            key="k",
            now=now,
        ).id


def signed_in(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def test_a_sold_out_size_is_waited_for_in_one_tap_for_the_chosen_recipient() -> None:
    page = SoldOutPage()
    client = signed_in(page.amy)
    body = client.get(f"{page.address}?to={page.amy.recipient_id}").content.decode()
    line = f"{page.item}:1:recipient:{page.amy.recipient_id}"
    assert f'value="{line}"' in body
    assert f'value="{page.other}:' not in body
    answer = client.post("/shop/waiting/ask/", {"line": line, "next": page.address}, follow=True)
    assert answer.redirect_chain[0][0] == page.address
    assert "第 1 位" in answer.content.decode()
    own = client.get("/shop/waiting/").content.decode()
    assert "排第 1 位" in own
    assert "为 王小美" in own
    page.give_back()
    own = client.get("/shop/waiting/").content.decode()
    assert "为您留了 1 件" in own
    assert f"?item={page.item}&amp;to={page.amy.recipient_id}" in own
    assert "为您留 1" in client.get(page.address).content.decode()
    assert "等补货的尺码" not in own


def test_what_is_reserved_is_declined_and_an_entry_stopped_on_the_page() -> None:
    page = SoldOutPage()
    client = signed_in(page.amy)
    client.post("/shop/waiting/ask/", {"line": f"{page.item}:1"})
    page.give_back()
    reservation = Reservation.objects.get()
    client.post(f"/shop/waiting/reserved/{reservation.pk}/decline/")
    assert WaitingEntry.objects.get().end == "declined"
    assert "还有 1 件" in client.post("/shop/waiting/ask/", {"line": f"{page.item}:1"}, follow=True).content.decode()
    again = client.post(
        f"/shop/waiting/reserved/{reservation.pk}/decline/", {"next": "//elsewhere.example/"}, follow=True
    )
    assert again.redirect_chain == [("/shop/waiting/", 302)]
    assert "没有为您留着" in again.content.decode()


def test_a_line_that_makes_no_sense_is_refused_and_nothing_is_stored() -> None:
    page = SoldOutPage()
    client = signed_in(page.amy)
    for line in ("", "x", f"{page.item}:1:recipe:1", f"{page.item}:1:wish:0", f"{page.item}:0", "999999999"):
        assert client.post("/shop/waiting/ask/", {"line": line}, follow=True).status_code == 200
    assert WaitingEntry.objects.count() == 0


def test_the_api_asks_lists_declines_withdraws_and_shows_ops_the_demand() -> None:
    page = SoldOutPage()
    now = clock.now()
    client = Client(headers={"Authorization": f"Bearer {issue_token(actor=page.amy.actor, label='t', now=now)}"})
    lines = {"lines": [{"item_id": page.item, "units": 2, "source": f"recipient:{page.amy.recipient_id}"}]}
    [entry] = client.post("/api/v1/waiting-list", lines, content_type="application/json").json()
    assert (entry["place"], entry["units"], entry["reservation_id"]) == (1, 2, None)
    assert entry["source"] == f"recipient:{page.amy.recipient_id}"
    left = client.post("/api/v1/waiting-list", {"lines": [{"item_id": page.other}]}, content_type="application/json")
    assert (left.status_code, left.json()["code"]) == (409, "flashsales.not_sold_out")
    page.give_back()
    [entry] = client.get("/api/v1/waiting-list").json()
    assert entry["reserved_units"] == 1
    ops = Client(headers={"Authorization": f"Bearer {issue_token(actor=page.market.ops, label='t', now=now)}"})
    [demand] = ops.get(f"/api/v1/sales/{page.sale}/demand").json()
    assert (demand["waiting_units"], demand["reserved_units"], demand["size"]) == (2, 1, "M")
    assert client.delete(f"/api/v1/reservations/{entry['reservation_id']}").status_code == 204
    assert client.delete(f"/api/v1/waiting-list/{entry['id']}").status_code == 204
    assert client.get("/api/v1/waiting-list").json() == []


@pytest.mark.parametrize("kind", ["wish", "recipient"])
def test_nobody_waits_for_wishes_and_recipients_of_others(kind: str) -> None:
    page = SoldOutPage()
    client = signed_in(page.amy)
    other = page.market.reseller()
    source = f"recipient:{other.recipient_id}" if kind == "recipient" else f"wish:{page.wish_of(other, page.other)}"
    lines = {"lines": [{"item_id": page.item}, {"item_id": page.item, "source": source}]}
    answer = client.post("/api/v1/waiting-list", lines, content_type="application/json")
    code = {"recipient": "orders.no_such_recipient", "wish": "forwarding.no_such_wish"}[kind]
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    shown = client.post("/shop/waiting/ask/", {"line": f"{page.item}:1:{source}"}, follow=True)
    assert "没有这" in shown.content.decode()
    assert WaitingEntry.objects.count() == 0


def test_ops_see_the_demand_on_the_page_of_a_live_sale() -> None:
    page = SoldOutPage()
    signed_in(page.amy).post("/shop/waiting/ask/", {"line": f"{page.item}:3"})
    client = Client()
    client.force_login(Person.objects.get(pk=page.market.ops.own_id))
    assert "等补货的尺码" in client.get(f"/console/sales/{page.sale}/").content.decode()
    assert "等补货的尺码" in client.get(f"/console/sales/{page.sale}/watch/").content.decode()


def test_the_grid_and_the_wish_desk_wait_in_one_tap_too() -> None:
    page = SoldOutPage()
    client = signed_in(page.amy)
    grid = client.get(f"{page.address}grid/?to={page.amy.recipient_id}").content.decode()
    assert f'value="{page.item}:1:recipient:{page.amy.recipient_id}"' in grid
    assert f'value="{page.other}:1' not in grid
    now = clock.now()
    page.give_back()
    wish_id = page.wish_of(page.amy, page.item)
    page.holder.grab(page.item, 1, now=now)
    desk = client.get("/shop/wishes/").content.decode()
    line = f"{page.item}:1:wish:{wish_id}"
    assert f'value="{line}"' in desk
    client.post("/shop/waiting/ask/", {"line": line, "next": "/shop/wishes/"})
    own = client.get("/shop/waiting/").content.decode()
    assert "为 王小姐" in own
    assert f"?item={page.item}&amp;wish={wish_id}" in own
