"""The poster and the squares of a storefront: drawn from what it shows, with her name, picture and notice (FORWARD-28)."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db.models import F
from pytest_django import Settings

from flashsales.models import SaleItem
from forwarding.drawing import draw_poster
from forwarding.models import Pack
from forwarding.rules.packs import ChangeKind, content_from
from forwarding.selectors.forwards import NoSuchForward
from forwarding.selectors.packs import get_latest_pack, open_pack_file
from forwarding.selectors.storefronts import get_storefront
from forwarding.services import packs, storefronts
from forwarding.services.packs import NothingToDraw
from kernel.clock import set_to
from tests.builders import NOW
from tests.forwarding.test_packs import give_pictures, opened, sent
from tests.forwarding.test_pages import signed_in
from tests.forwarding.test_storefronts import FIELDS, Store

pytestmark = pytest.mark.django_db
ADDRESS = "https://weicang.example/s/abc/"


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}"


class DrawnStore(Store):
    """A storefront with a coat whose label is cut, a scarf of the same brand, and a hat of another brand that has a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures = give_pictures(self.hat, 1)

    @property
    def forward_id(self) -> int:
        return get_storefront(self.daigou.id, at=NOW).forward_id

    def draw(self) -> int:
        actor = self.daigou.actor
        view = packs.request_pack(actor=actor, forward_id=self.forward_id, address=ADDRESS, now=NOW)
        packs.make_pack(pack_id=view.id, clock=lambda: NOW)
        return view.id


# FORWARD-28
def test_pack_of_a_storefront_has_its_goods_in_the_order_of_the_page_and_no_numbers() -> None:
    shop = DrawnStore()
    pack_id = shop.draw()
    row = Pack.objects.get()
    content = content_from(row.content)
    assert [each.style_id for each in content.styles] == [shop.hat, shop.scarf, shop.coat]
    assert {each.number for each in content.styles} == {0}
    assert (content.seller, content.notice, content.ends) == ("小鹿的店", "两天内发货", "")
    assert content.address == f"{ADDRESS}?c=p"
    assert [each["name"] for each in row.files] == ["01.jpg", "02.jpg", "03.jpg", "poster.jpg", "pack.zip"]
    with open_pack_file(shop.daigou.id, shop.forward_id, pack_id, "poster.jpg").content as poster:
        assert opened(poster.read()).width == 1080
    assert "青禾" not in str(row.content)


def test_poster_of_a_storefront_says_its_notice() -> None:
    shop = DrawnStore()
    shop.draw()
    content = content_from(Pack.objects.get().content)
    with_notice, without = (opened(draw_poster(each, [None] * 3)) for each in (content, replace(content, notice="")))
    assert with_notice.height == without.height + 50 + 24


def test_storefront_without_goods_has_a_poster_with_name_and_code() -> None:
    shop = DrawnStore()
    SaleItem.objects.update(available=0, held=F("available") + F("held"))
    shop.draw()
    assert [each["name"] for each in Pack.objects.get().files] == ["poster.jpg", "pack.zip"]


def test_closed_storefront_and_that_of_another_are_refused() -> None:
    shop = DrawnStore()
    forward_id = shop.forward_id
    stranger = shop.market.reseller()
    with pytest.raises(NoSuchForward):
        packs.request_pack(actor=stranger.actor, forward_id=forward_id, address=ADDRESS, now=NOW)
    storefronts.close_storefront(actor=shop.daigou.actor, now=NOW)
    with pytest.raises(NothingToDraw):
        packs.request_pack(actor=shop.daigou.actor, forward_id=forward_id, address=ADDRESS, now=NOW)
    assert not Pack.objects.exists()


def test_she_is_told_what_has_changed_since() -> None:
    shop = DrawnStore()
    shop.draw()
    shop.describe(replace(FIELDS, notice="三天内发货"))
    shop.price(shop.coat, 599_00)
    view = get_latest_pack(shop.daigou.id, shop.forward_id, address=ADDRESS, at=NOW)
    assert view is not None
    assert [each.kind for each in view.changes] == [ChangeKind.PRICE, ChangeKind.NAME]


def test_poster_takes_one_tap_from_the_page_of_the_storefront() -> None:
    shop = DrawnStore()
    hers = signed_in(shop.daigou)
    forward_id = shop.forward_id
    with set_to(NOW):
        assert "做店铺海报和图片" in hers.get("/shop/storefront/").content.decode()
        answer = hers.post(f"/shop/forwards/{forward_id}/pack/")
        assert (answer.status_code, answer["Location"]) == (302, "/shop/storefront/")
        pack_id = Pack.objects.get().pk
        assert Pack.objects.get().content["address"] == f"http://testserver/s/{shop.address}/?c=p"
        packs.make_pack(pack_id=pack_id, clock=lambda: NOW)
        page = hers.get("/shop/storefront/").content.decode()
        assert f"/shop/forwards/{forward_id}/pack/{pack_id}/poster.jpg" in page
        taken = hers.post("/shop/storefront/share/", {"kind": "pack", "pack": pack_id, "channel": "m"})
        assert taken["Location"] == f"/shop/forwards/{forward_id}/pack/{pack_id}/pack.zip"
        assert sent(hers.get(taken["Location"]))[:2] == b"PK"


def test_programs_draw_it() -> None:
    shop = DrawnStore()
    hers = signed_in(shop.daigou)
    with set_to(NOW):
        assert hers.get("/api/v1/storefront/pack").status_code == 404
        drawn = hers.post("/api/v1/storefront/pack")
        assert (drawn.status_code, drawn.json()["state"]) == (200, "waiting")
        packs.make_pack(pack_id=drawn.json()["id"], clock=lambda: NOW)
        assert hers.get("/api/v1/storefront/pack").json()["state"] == "ready"
        assert sent(hers.get(f"/api/v1/storefront/pack/{drawn.json()['id']}/poster.jpg"))[:2] == b"\xff\xd8"
