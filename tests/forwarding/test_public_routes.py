"""Every address that needs no sign-in, opened about goods whose label is cut: none tells the brand, the supply side or another's data.

The addresses are those of the table of routes, so that a new one fails here until it is opened too (FORWARD-2, FORWARD-3, FORWARD-10).
`test_public_answers` draws other names of the goods for those that show the most.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from aftersales.models.fault_reports import FaultReportPhoto
from aftersales.services.customer_photos import choose_photos, mark_photo_logos
from aftersales.services.fault_reports import FaultFields, answer_report
from brands.models import Brand
from flashsales.services import planning, publishing
from flashsales.services.draws import set_draw
from forwarding.models import Forward, Wish, WishLine
from forwarding.rules.packs import SoldOut
from forwarding.rules.redaction import fold_text
from forwarding.services import forwards, packs, prices, storefronts
from forwarding.services.seller_pictures import set_seller_picture
from forwarding.services.storefronts import StorefrontFields
from inventory.models import Sku, Style
from inventory.picture_models import StylePicture
from kernel.clock import set_to
from kernel.money import format_yuan
from orders.services.parcel_tracking import follow_parcels, receive_push
from pricing.models import PriceListRow
from tests.aftersales.test_photos import jpeg
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.test_fault_reports import SHIPPED, ShippedWish
from tests.forwarding.test_packs import give_pictures
from tests.forwarding.test_pages import said_to_a_customer, wish_for
from tests.forwarding.test_public_answers import texts_of_picture
from tests.forwarding.test_share_cards import IN_WECHAT
from tests.own_cache import clear_own_cache
from tracking.rules import CarrierEvent, Report

pytestmark = pytest.mark.django_db

ROUTES = Path(__file__).parents[1] / "architecture/routes.txt"
BRAND = ("青禾", "QH88011", "QH88022")
OTHERS = ("林间小铺", "赵女士", "888.88", "13900139000")
LATER = SHIPPED + timedelta(minutes=5)
NAMES = {
    "name": "青禾羊毛大衣 QH-88011",
    "defects": "青 禾专柜退货",
    "fabric": "青禾羊绒",
    "origin": "青禾",
    "selling_point": "青·禾同款",
}


class PublicGoods:
    """A cut coat and a labelled scarf of 青禾 on each kind of page, a wish whose goods were faulty, and another reseller's page."""

    def __init__(self) -> None:
        shipped = ShippedWish()
        self.shop, self.wish = shipped.shop, shipped.token
        self.coat_pictures = give_pictures(self.shop.coat, 1, 2)
        StylePicture.objects.filter(sha256=self.coat_pictures[1]).update(has_logo=True, looked_at=NOW)
        give_pictures(self.shop.scarf, 3)
        Style.objects.filter(pk__in=(self.shop.coat, self.shop.scarf)).update(**NAMES)
        Sku.objects.filter(pk=self.shop.coat_sku).update(colour="青禾米")
        Person.objects.filter(pk=self.shop.daigou.actor.own_id).update(name="青禾小鹿")
        self.shop.price(self.shop.scarf, 499_00)
        self.style = Forward.objects.get(style_id=self.shop.coat).token
        self.whole = self.shop.forward(None)
        self.front = storefronts.open_storefront(actor=self.shop.daigou.actor, now=NOW).token
        storefronts.describe_storefront(
            actor=self.shop.daigou.actor, fields=StorefrontFields("青禾小店", "青禾清仓"), now=NOW
        )
        for token in (self.style, self.whole):
            packs.set_display(
                actor=self.shop.daigou.actor, forward_id=Forward.objects.get(token=token).pk, sold_out=SoldOut.ALWAYS,
                sold_out_hours=5, remark="青禾特价", now=NOW,
            )  # fmt: skip
        self.stopped = forwards.create_forward(
            actor=self.shop.daigou.actor, sale_id=self.shop.sale_id, style_id=self.shop.scarf, now=NOW
        )
        forwards.stop_forward(actor=self.shop.daigou.actor, forward_id=self.stopped.id, now=NOW)
        self.seller = set_seller_picture(actor=self.shop.daigou.actor, file=io.BytesIO(jpeg()), now=NOW)
        self.report_a_fault(shipped)
        self.another_reseller()
        self.photo_id = FaultReportPhoto.objects.get().photo_id
        self.item = item_of(self.shop.sale_id, self.shop.coat_sku)
        self.open_wish = Wish.objects.get(pk=self.shop.wish(self.whole, key="open", name="李小姐")).token
        self.drawn_sale = self.publish_a_draw()

    def publish_a_draw(self) -> int:
        """A sale of the brand whose coat is given out by a draw."""
        market = self.shop.market
        draft = planning.schedule(
            actor=market.ops, brand_id=market.brand_id, title="青禾抽签", starts_at=SHIPPED + HOUR, preview_at=SHIPPED, now=SHIPPED
        )  # fmt: skip
        sku = market.sku(units=3, style_no="QH-88022B", category="women-coats")
        Style.objects.filter(style_no="QH-88022B").update(**NAMES)
        planning.add_items(actor=market.ops, sale_id=draft.id, lines=[planning.PlannedUnits(sku, 3)], now=SHIPPED)
        set_draw(
            actor=market.ops, sale_id=draft.id, entry_minutes=30, order_minutes=60, codes=["QH-88022B"], now=SHIPPED
        )
        publishing.publish(actor=market.ops, sale_id=draft.id, now=SHIPPED)
        return draft.id

    def report_a_fault(self, shipped: ShippedWish) -> None:
        """A report whose photo is lent and shown, answered with the brand's name; the carrier names the brand too."""
        daigou = self.shop.daigou.actor
        self.report_id = shipped.report(FaultFields(1, "faulty", "脱线", may_reuse=True), jpeg())
        answer_report(actor=daigou, report_id=self.report_id, answer="青禾 QH-88011 会补您五元", now=SHIPPED)
        photo_id = FaultReportPhoto.objects.get().photo_id
        choose_photos(actor=daigou, shown=[photo_id], not_shown=(), now=SHIPPED)
        mark_photo_logos(actor=self.shop.market.ops, with_logo=[], without_logo=[photo_id], now=SHIPPED)
        follow_parcels(now=SHIPPED)
        event = CarrierEvent(SHIPPED, "103", "【杭州市】青禾仓库已揽收")
        assert receive_push(report=Report(("zhongtong",), "ZT1234567890", (event,)), now=SHIPPED)
        self.fault = shipped.address

    def another_reseller(self) -> None:
        other = self.shop.market.reseller()
        Person.objects.filter(pk=other.actor.own_id).update(name="林间小铺")
        prices.set_retail_price(
            actor=other.actor, sale_id=self.shop.sale_id, style_id=self.shop.coat, price_fen=888_88,
            below_cost_confirmed=False, now=NOW,
        )  # fmt: skip
        hers = forwards.create_forward(actor=other.actor, sale_id=self.shop.sale_id, style_id=self.shop.coat, now=NOW)
        self.shop.wish(hers.token, name="赵女士", key="other", visitor="o", network="o")


Requests = Callable[[PublicGoods, Client], Iterator[Any]]


def _forwards(goods: PublicGoods, client: Client) -> Iterator[Any]:
    shop = goods.shop
    for token in (goods.style, goods.whole):
        address = f"/f/{token}/"
        for query in (
            "",
            "?c=m",
            f"?style={shop.coat}",
            f"?style={shop.scarf}",
            f"?pick={goods.item}x1",
            "?style=0&wait=0",
        ):
            yield client.get(f"{address}{query}")
        yield client.post(address, wish_for(shop, name="", key="bad"))
        yield client.post(address, wish_for(shop, key=f"{token}-{client.cookies}"))
    yield client.get(f"/f/{goods.stopped.token}/")
    yield client.get("/f/nothing/")


def _storefront(goods: PublicGoods, client: Client) -> Iterator[Any]:
    shop, address = goods.shop, f"/s/{goods.front}/"
    for query in (
        "",
        f"?style={shop.coat}",
        f"?style={shop.scarf}",
        "?sort=dearest",
        "?q=%E9%9D%92",
        "?q=%E5%A4%A7%E8%A1%A3",
    ):
        yield client.get(f"{address}{query}")
    yield client.post(address, wish_for(shop, name="", key="bad"))
    yield client.post(address, wish_for(shop, key=f"{goods.front}-{client.cookies}"))


def _wish_pages(goods: PublicGoods, client: Client) -> Iterator[Any]:
    for token in (goods.wish, goods.open_wish, "nothing"):
        for query in ("", "?sent=1", "?moved=1", "?late=1"):
            yield client.get(f"/f/w/{token}/{query}")
    yield client.post(f"/f/w/{goods.open_wish}/", {"address": ""})
    yield client.post(f"/f/w/{goods.open_wish}/", {"wait": "1"})
    yield client.post(f"/f/w/{goods.wish}/")


def _address(where: str) -> Requests:
    def requests(goods: PublicGoods, client: Client) -> Iterator[Any]:
        yield client.post(where.format(goods=goods), {"address": "浙江省杭州市文三路1号 王芳 13912345678"})

    return requests


def _fault(goods: PublicGoods, client: Client) -> Iterator[Any]:
    yield client.get(goods.fault)
    yield client.post(goods.fault, {"units": "1", "reason": "", "text": "脱线"})


def _report(goods: PublicGoods, client: Client) -> Iterator[Any]:
    yield client.post(f"/f/w/{goods.wish}/reports/{goods.report_id}/", {"consent": "1"})


def get(*addresses: str) -> Requests:
    def requests(goods: PublicGoods, client: Client) -> Iterator[Any]:
        for address in addresses:
            yield client.get(address.format(goods=goods))

    return requests


def post(address: str, **fields: str) -> Requests:
    def requests(goods: PublicGoods, client: Client) -> Iterator[Any]:
        yield client.post(address, fields)

    return requests


def send(address: str, **body: str) -> Requests:
    def requests(goods: PublicGoods, client: Client) -> Iterator[Any]:
        yield client.post(address, body, content_type="application/json")

    return requests


ABOUT_GOODS: Mapping[str, Requests] = {
    "/f/<slug:token>/": _forwards,
    "/f/<slug:token>/poster/": get("/f/{goods.style}/poster/", "/f/{goods.whole}/poster/"),
    "/s/<slug:token>/": _storefront,
    "/f/w/<slug:token>/": _wish_pages,
    "/f/w/<slug:token>/lines/<int:line_id>/fault/": _fault,
}
"""Those that name goods: what is planted in their words is found on each of them."""
OTHER: Mapping[str, Requests] = {
    "/f/<slug:token>/address/": _address("/f/{goods.whole}/address/"),
    "/s/<slug:token>/address/": _address("/s/{goods.front}/address/"),
    "/f/<slug:token>/photos/<int:photo_id>-<int:width>.jpg": get("/f/{goods.style}/photos/{goods.photo_id}-320.jpg"),
    "/s/<slug:token>/photos/<int:photo_id>-<int:width>.jpg": get("/s/{goods.front}/photos/{goods.photo_id}-1280.jpg"),
    "/f/w/<slug:token>/photos/<int:photo_id>-<int:width>.jpg": get("/f/w/{goods.wish}/photos/{goods.photo_id}-320.jpg"),
    "/pictures/<slug:sha256>-<int:width>.jpg": get(
        "/pictures/{goods.coat_pictures[0]}-320.jpg", "/pictures/{goods.coat_pictures[0]}-1280.jpg"
    ),
    "/sellers/<slug:sha256>.jpg": get("/sellers/{goods.seller}.jpg"),
    "/f/w/<slug:token>/reports/<int:report_id>/": _report,
    "/draws/<int:sale_id>/": get("/draws/{goods.drawn_sale}/"),
    "/draws/<int:sale_id>/draw.json": get("/draws/{goods.drawn_sale}/draw.json"),
    "/draws/check_draw.py": get("/draws/check_draw.py"),
    "/wechat/page-signature/": get("/wechat/page-signature/?url=http://testserver/f/{goods.style}/"),
    "/<slug:name>.txt": get("/MP_verify_x.txt"),
    "/": get("/"),
    "/sign-in/": get("/sign-in/"),
    "/sign-out/": get("/sign-out/"),
    "/shop/join/": get("/shop/join/?code=ABC"),
    "/password-link/<slug:token>/": get("/password-link/nothing/"),
    "/time/": get("/time/"),
    "/health/live": get("/health/live"),
    "/health/ready": get("/health/ready"),
    "/metrics": get("/metrics"),
    "/language/": post("/language/", language="en", next="/f/nothing/"),
    "/payments/wechat/": send("/payments/wechat/", id="1"),
    "/payments/alipay/": post("/payments/alipay/", out_trade_no="1"),
    "/tracking/kuaidi100/": post("/tracking/kuaidi100/", param="{{}}", sign="x"),
    "/api/v1/": get("/api/v1/"),
    "/api/v1/docs": get("/api/v1/docs"),
    "/api/v1/openapi.json": get("/api/v1/openapi.json"),
    "/api/v1/join": send("/api/v1/join", code="ABC", login="13900000000", name="x", password="wei-cang-7788"),
    "/api/v1/tokens": send("/api/v1/tokens", login="nobody", password="wei-cang-7788", name="x"),
    "/api/v1/password-links/redeem": send("/api/v1/password-links/redeem", token="x", password="wei-cang-7788"),
}


@pytest.fixture
def goods(settings: Settings, tmp_path: Path) -> PublicGoods:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.KUAIDI100_CUSTOMER, settings.KUAIDI100_KEY = "customer", "key"
    return PublicGoods()


def test_every_route_without_a_sign_in_is_opened_here() -> None:
    lines = (line.split(maxsplit=2) for line in ROUTES.read_text("utf-8").splitlines())
    assert {path for _, path, roles in lines if roles == "anybody"} == {*ABOUT_GOODS, *OTHER}


def test_no_route_without_a_sign_in_tells_of_cut_goods_what_it_must_not(goods: PublicGoods) -> None:
    told = {route: leaks(goods, route) for route in (*ABOUT_GOODS, *OTHER)}
    assert {route: found for route, found in told.items() if found} == {}


def test_control_words_that_are_no_brand_are_told(goods: PublicGoods) -> None:
    Brand.objects.filter(pk=goods.shop.market.brand_id).update(name="云上")
    assert [route for route in ABOUT_GOODS if "青禾" not in leaks(goods, route)] == []


def test_control_what_is_planted_in_shown_words_is_found(goods: PublicGoods) -> None:
    """A supply price, a wholesale price and another reseller's name, in a word that each page of goods shows."""
    cut = PriceListRow.objects.filter(tier=0, labelling="cut", price_list__sale=goods.shop.sale_id)
    [wholesale_fen] = set(cut.values_list("wholesale_fen", flat=True))
    planted = f"{format_yuan(wholesale_fen)} 200.00 林间小铺"
    Style.objects.update(name=planted)
    WishLine.objects.update(shown_name=planted)
    found = {route: leaks(goods, route) for route in ABOUT_GOODS}
    assert {route: {*planted.split()} - told for route, told in found.items() if not {*planted.split()} <= told} == {}


def leaks(goods: PublicGoods, route: str) -> set[str]:
    """The secrets that the answers of a route tell, in both languages and inside WeChat, with headers, cookies and bytes of pictures."""
    found: set[str] = set()
    amounts = supply_side()
    for headers in ({}, {"cookie": "language=en"}, {"User-Agent": IN_WECHAT}):
        clear_own_cache()  # What people without an account send is limited by the minute.
        client = Client(headers=headers)
        with set_to(LATER):
            for answer in ({**ABOUT_GOODS, **OTHER}[route])(goods, client):
                found |= secrets_in(answer, amounts)
    return found


def supply_side() -> set[str]:
    """Every wholesale price, base price and payable of the goods, as amounts are written."""
    names = ("wholesale_fen", "base_price_fen", "brand_payable_fen", "commission_fen", "lowest_fen")
    return {format_yuan(fen) for row in PriceListRow.objects.values_list(*names) for fen in row if fen}


def secrets_in(answer: Any, amounts: set[str]) -> set[str]:
    content = answer.getvalue() if answer.streaming else answer.content
    if answer.headers.get("Content-Type", "").startswith("image/"):
        texts, amounts = [*texts_of_picture(content), repr(answer.headers)], set()
    else:
        texts = [said_to_a_customer(answer)]
    folded = [fold_text(each) for each in texts]
    return {each for each in BRAND if any(fold_text(each) in text for text in folded)} | {
        each for each in (*OTHERS, *amounts) if any(re.search(rf"(?<!\d){re.escape(each)}", text) for text in texts)
    }
