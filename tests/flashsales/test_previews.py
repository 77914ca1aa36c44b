"""A preview shows its goods, and nothing of it can be taken before its first instant (SALE-8)."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from flashsales.models import ItemTally, SaleItem
from flashsales.rules.finder import StyleFilter
from flashsales.selectors import finder
from flashsales.services import planning, publishing
from flashsales.services.units import SaleNotLive
from forwarding.models import Forward, RetailPrice
from inventory.models import Style
from kernel.clock import set_to
from orders.models.orders import Order
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.membership.test_api import Caller
from tests.own_cache import clear_own_cache

pytestmark = pytest.mark.django_db
START = NOW + 2 * HOUR


@built_once_class
@dataclass
class Announced:
    """A sale of two styles that is in preview from NOW on and opens two hours later."""

    market: Marketplace = field(default_factory=Marketplace)
    daigou: Daigou = field(init=False)
    sale_id: int = field(init=False)
    skus: list[int] = field(init=False)

    def __post_init__(self) -> None:
        market = self.market
        self.daigou = market.reseller()
        self.skus = [market.sku(style_no="PRE-1", size="L"), market.sku(style_no="PRE-2", base_price_fen=99_00)]
        self.sale_id = planning.schedule(
            actor=market.ops, brand_id=market.brand_id, title="预告专场", starts_at=START, preview_at=NOW, now=NOW
        ).id
        lines = [planning.PlannedUnits(sku, 5) for sku in self.skus]
        planning.add_items(actor=market.ops, sale_id=self.sale_id, lines=lines, now=NOW)
        publishing.publish(actor=market.ops, sale_id=self.sale_id, now=NOW)

    @property
    def person(self) -> Person:
        return Person.objects.get(pk=self.daigou.actor.own_id)

    def phone(self) -> Client:
        client = Client()
        client.force_login(self.person)
        return client


def shown_styles(sale_id: int | None, *, tier: int = 0, at: Any = NOW) -> list[tuple[str, int]]:
    page = finder.find_styles(tier=tier, at=at, filters=StyleFilter(sale_id=sale_id))
    return [(row.style_no, row.from_price_fen) for row in page.items]


def test_find_styles_lists_a_preview_only_by_its_sale_id() -> None:
    shop = Announced()
    assert shown_styles(shop.sale_id) == [("PRE-2", 99_00), ("PRE-1", 120_00)]
    assert shown_styles(shop.sale_id, tier=5) == [("PRE-2", 94_05), ("PRE-1", 114_00)]
    assert shown_styles(shop.sale_id, at=NOW - HOUR) == []
    assert shown_styles(None) == []
    assert shown_styles(None, at=START) == [("PRE-2", 99_00), ("PRE-1", 120_00)]
    assert shown_styles(shop.sale_id, at=START + 48 * HOUR) == []
    assert finder.get_choices(at=NOW, sale_id=shop.sale_id).sizes == ["M", "L"]
    assert len(finder.get_choices(at=NOW, sale_id=shop.sale_id).category_ids) == 1
    assert finder.get_choices(at=NOW).sizes == []


def test_page_of_a_preview_needs_no_more_statements_than_a_live_sale() -> None:
    shop = Announced()
    phone, address = shop.phone(), f"/shop/sales/{shop.sale_id}/"
    with set_to(NOW), CaptureQueriesContext(connection) as before:
        page = phone.get(address)
    shown = [
        (each.style_no, each.from_price_fen, each.tag_price_fen, each.sizes) for each in page.context["page"].items
    ]
    assert shown == [("PRE-2", 99_00, 599_00, ["M"]), ("PRE-1", 120_00, 599_00, ["L"])]
    for words in ("PRE-1", "PRE-2", "11-22 14:00 开抢"):
        assert words in page.content.decode()
    with set_to(START), CaptureQueriesContext(connection) as live:
        phone.get(address)
    assert len(before) <= len(live)


def test_sample_styles_of_all_sales_and_previews_are_read_by_one_statement() -> None:
    first = Announced()
    phone = first.phone()
    clear_own_cache()
    with set_to(NOW), CaptureQueriesContext(connection) as one:
        page = phone.get("/shop/")
    [card] = page.context["previews"]
    assert [(each.style_no, each.from_price_fen) for each in card.styles] == [("PRE-2", 99_00), ("PRE-1", 120_00)]
    assert f'href="/shop/sales/{first.sale_id}/"' in page.content.decode()
    for _ in range(3):
        Announced()
    clear_own_cache()
    with set_to(NOW), CaptureQueriesContext(connection) as four:
        assert len(phone.get("/shop/").context["previews"]) == 4
    assert len(four) == len(one)


def test_grab_from_a_preview_is_refused_by_page_api_and_service() -> None:
    shop = Announced()
    item = item_of(shop.sale_id, shop.skus[0])
    style_id = SaleItem.objects.get(pk=item).style_id
    with set_to(NOW):
        page = shop.phone().get(f"/shop/sales/{shop.sale_id}/styles/{style_id}/")
        assert "disabled>立即抢货</button>" in page.content.decode()
        sent = {
            "sale": shop.sale_id,
            "style": style_id,
            "item": item,
            "units": 1,
            "recipient": shop.daigou.recipient_id,
        }
        told = shop.phone().post("/shop/grab/", sent | {"key": "a", f"price-{item}": 120_00}, follow=True)
        assert "专场「预告专场」未开始或已结束" in told.content.decode()
        program = Caller(shop.person.login)
        line = {"item_id": item, "units": 1, "recipient_id": shop.daigou.recipient_id}
        assert program.post("orders", {"key": "b", "lines": [line]}).json()["code"] == "flashsales.not_live"
        listed = program.get(f"styles?sale_id={shop.sale_id}").json()["items"]
        assert [(row["style_no"], row["from_price"], row["tag_price"]) for row in listed] == [
            ("PRE-2", "99.00", "599.00"),
            ("PRE-1", "120.00", "599.00"),
        ]
    with pytest.raises(SaleNotLive):
        shop.daigou.grab(item, now=NOW)
    assert units_of(item) == (5, 5, 0, 0)
    assert not ItemTally.objects.exists()
    assert not Order.objects.exists()


def test_retail_prices_and_forwards_are_possible_in_a_preview() -> None:
    shop = Announced()
    style = Style.objects.get(style_no="PRE-1")
    with set_to(NOW):
        shop.phone().post(f"/shop/sales/{shop.sale_id}/forward/", {f"price-{style.pk}": "199"})
    assert RetailPrice.objects.get().price_fen == 199_00
    assert Forward.objects.get().sale_id == shop.sale_id
