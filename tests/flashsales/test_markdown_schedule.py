"""Timed markdowns inside a sale: the law, the same law in SQL, and what a reseller pays at each step (PRICE-10)."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Person
from db import sql
from flashsales.models import ItemTally, SaleItem
from flashsales.rules.finder import StyleFilter
from flashsales.selectors import finder, styles
from flashsales.services import ending, planning, publishing
from kernel.clock import set_to
from orders.models.orders import Order
from orders.services import grab as orders_grab
from orders.services.placing import GrabLine, OrderKeyConflict
from orders.services.placing_refusals import PriceChanged
from pricing.models import PriceListRow
from pricing.rules.terms import DEFAULT_TERMS, Ending, MarkdownSchedule, SaleTerms, marked_down_price
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of
from tests.membership.test_api import Caller
from tests.violations import all_violations

MINUTE = timedelta(minutes=1)
END = NOW + 48 * HOUR
SCHEDULE = MarkdownSchedule(last_minutes=120, every_minutes=30, rate=Decimal("0.10"))

markdown_schedules = st.builds(
    MarkdownSchedule,
    last_minutes=st.integers(60, 2000),
    every_minutes=st.integers(1, 60),
    rate=st.integers(1, 9999).map(lambda n: Decimal(n) / 10000),
)


@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    wholesale=st.integers(1, 10**7),
    lowest=st.integers(0, 10**7),
    schedule=st.none() | markdown_schedules,
    ending=st.sampled_from(Ending),
    seconds_before_end=st.integers(-100, 130_000),
)
def test_price_at_is_the_same_in_python_and_sql(
    wholesale: int, lowest: int, schedule: MarkdownSchedule | None, ending: Ending, seconds_before_end: int
) -> None:
    lowest = min(lowest, wholesale)
    at = END - timedelta(seconds=seconds_before_end)
    price = marked_down_price(
        wholesale_fen=wholesale, lowest_fen=lowest, markdown_schedule=schedule, ending=ending, ends_at=END, at=at
    )
    terms = replace(DEFAULT_TERMS, markdown_schedule=schedule, ending=ending).to_json()
    [row] = sql.rows(
        "SELECT pricing_price_at(%(wholesale)s, %(lowest)s, %(terms)s::jsonb, %(end)s, %(at)s) AS fen",
        {"wholesale": wholesale, "lowest": lowest, "terms": json.dumps({"resolved": terms}), "end": END, "at": at},
    )
    assert row["fen"] == price
    assert lowest <= price <= wholesale


def markdown_sale(market: Marketplace) -> tuple[int, int]:
    """A live sale of one SKU at ¥100 with the schedule, and its item."""
    sku = market.sku(units=20, base_price_fen=100_00, tag_price_fen=900_00)
    sale = planning.schedule(
        actor=market.ops, brand_id=market.brand_id, title="阶梯专场", starts_at=NOW,
        terms=SaleTerms(markdown_schedule=SCHEDULE, commission_rate=Decimal("0.9"), margin_rate=Decimal(0)), now=NOW,
    )  # fmt: skip
    planning.add_items(actor=market.ops, sale_id=sale.id, lines=[planning.PlannedUnits(sku, 20)], now=NOW)
    publishing.publish(actor=market.ops, sale_id=sale.id, now=NOW)
    return sale.id, item_of(sale.id, sku)


@pytest.mark.django_db
def test_extend_keeps_the_steps_of_a_schedule_that_has_begun_at_their_instants() -> None:
    market = Marketplace()
    sale_id, item = markdown_sale(market)
    daigou = market.reseller(wallet_fen=10_000_00)
    assert daigou.grab(item, now=END - 61 * MINUTE).total_fen == 80_00
    ending.extend(actor=market.ops, sale_id=sale_id, ends_at=END + 6 * HOUR, reason="卖得好", now=END - 60 * MINUTE)
    paid = [daigou.grab(item, now=END + minutes * MINUTE).total_fen for minutes in (-59, -1, 0, 1, 300)]
    assert paid == [70_00, 60_00, 60_00, 60_00, 60_00]
    [listed] = finder.find_styles(tier=0, at=END + HOUR, filters=StyleFilter(sale_id=sale_id)).items
    assert listed.from_price_fen == 60_00
    ending.extend(actor=market.ops, sale_id=sale_id, ends_at=END + 9 * HOUR, reason="再延", now=END + HOUR)
    assert daigou.grab(item, now=END + 8 * HOUR).total_fen == 60_00
    assert all_violations() == []


@pytest.mark.django_db
def test_extend_moves_a_schedule_that_has_not_begun_with_the_end() -> None:
    market = Marketplace()
    sale_id, item = markdown_sale(market)
    later = END + 6 * HOUR
    ending.extend(actor=market.ops, sale_id=sale_id, ends_at=later, reason="卖得好", now=END - 121 * MINUTE)
    daigou = market.reseller(wallet_fen=10_000_00)
    paid = [daigou.grab(item, now=later - minutes * MINUTE).total_fen for minutes in (300, 121, 120, 1)]
    assert paid == [100_00, 100_00, 90_00, 60_00]
    assert all_violations() == []


@pytest.mark.django_db
def test_find_styles_of_an_ended_sale_shows_the_price_of_its_last_instant() -> None:
    market = Marketplace()
    daigou = market.reseller(wallet_fen=10_000_00)

    def shown(sale_id: int, item: int, at: datetime) -> int:
        style_id = SaleItem.objects.get(pk=item).style_id
        view = styles.get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=0, reseller_id=daigou.id, at=at)
        return view.items[0].price_fen

    sale_id, item = markdown_sale(market)
    assert [shown(sale_id, item, END + minutes * MINUTE) for minutes in (-1, 0, 600)] == [60_00, 60_00, 60_00]
    early, other = markdown_sale(market)
    ending.end_early(actor=market.ops, sale_id=early, reason="品牌要求", now=END - 90 * MINUTE)
    # The second step would have begun at that instant; nobody could buy on it.
    assert [shown(early, other, END + minutes * MINUTE) for minutes in (-91, -90, 600)] == [90_00, 90_00, 90_00]


@pytest.mark.django_db
class TestPriceThatSheSaw:
    def test_grab_refuses_another_price_and_names_both(self) -> None:
        market = Marketplace()
        _, item = markdown_sale(market)
        daigou = market.reseller(wallet_fen=10_000_00)

        def grab(seen_fen: int | None, at: datetime, *, key: str = "tap") -> int:
            wanted = GrabLine(item, 2, daigou.recipient_id, seen_fen)
            return orders_grab.grab(actor=daigou.actor, lines=[wanted], key=key, now=at).total_fen

        for seen_fen, at, now_fen in ((100_00, END - 120 * MINUTE, 90_00), (90_00, END - 121 * MINUTE, 100_00)):
            with pytest.raises(PriceChanged) as refused:
                grab(seen_fen, at)
            assert refused.value.lines == [{"item_id": item, "expected_fen": seen_fen, "price_fen": now_fen}]
            assert f"您看到的是 ¥{seen_fen // 100}.00，现在是 ¥{now_fen // 100}.00" in refused.value.sentence("zh")
        assert not Order.objects.exists()
        assert units_of(item) == (20, 20, 0, 0)
        assert not ItemTally.objects.exists()
        assert grab(90_00, END - 120 * MINUTE) == 180_00
        assert grab(None, END - 120 * MINUTE, key="without") == 180_00

    def test_grab_repeated_with_the_same_key_returns_the_same_order_after_a_price_change(self) -> None:
        market = Marketplace()
        _, item = markdown_sale(market)
        daigou = market.reseller(wallet_fen=10_000_00)

        def grab(seen_fen: int | None, at: datetime) -> int:
            wanted = GrabLine(item, 1, daigou.recipient_id, seen_fen)
            return orders_grab.grab(actor=daigou.actor, lines=[wanted], key="tap", now=at).id

        first = grab(90_00, END - 120 * MINUTE)
        assert grab(90_00, END - 1 * MINUTE) == grab(None, END - 1 * MINUTE) == grab(90_00, END + HOUR) == first
        with pytest.raises(OrderKeyConflict):
            grab(60_00, END - 1 * MINUTE)
        assert units_of(item) == (20, 19, 1, 0)

    def test_grab_compares_the_price_of_each_line_and_names_all_that_differ(self) -> None:
        market = Marketplace()
        items = [markdown_sale(market)[1] for _ in range(3)]
        daigou = market.reseller(wallet_fen=10_000_00)
        wanted = [
            GrabLine(item, 1, daigou.recipient_id, seen)
            for item, seen in zip(items, (90_00, 80_00, 100_00), strict=True)
        ]
        with pytest.raises(PriceChanged) as refused:
            orders_grab.grab(actor=daigou.actor, lines=wanted, key="three", now=END - 120 * MINUTE)
        assert refused.value.lines == [
            {"item_id": items[1], "expected_fen": 80_00, "price_fen": 90_00},
            {"item_id": items[2], "expected_fen": 100_00, "price_fen": 90_00},
        ]
        assert not Order.objects.exists()

    def test_grab_by_page_and_api_carries_the_price_that_was_shown(self) -> None:
        market = Marketplace()
        sale_id, item = markdown_sale(market)
        daigou = market.reseller(wallet_fen=10_000_00)
        style_id = SaleItem.objects.get(pk=item).style_id
        person = Person.objects.get(pk=daigou.actor.own_id)
        client, program = Client(), Caller(person.login)
        client.force_login(person)
        address = f"/shop/sales/{sale_id}/styles/{style_id}/"
        with set_to(END - 121 * MINUTE):
            assert f'name="price-{item}" value="10000"' in client.get(address).content.decode()
        sent = {"sale": sale_id, "style": style_id, "item": item, "units": 1, "recipient": daigou.recipient_id}
        with set_to(END - 120 * MINUTE):
            told = client.post(
                "/shop/grab/", sent | {"key": "a", f"price-{item}": 100_00}, follow=True
            ).content.decode()
            assert "您看到的是 ¥100.00，现在是 ¥90.00" in told
            assert not Order.objects.exists()
            line = {"item_id": item, "units": 1, "recipient_id": daigou.recipient_id, "expected_price": "100.00"}
            told_api = program.post("orders", {"key": "b", "lines": [line]})
            assert (told_api.status_code, told_api.json()["code"]) == (409, "orders.price_changed")
            client.post("/shop/grab/", sent | {"key": "a", f"price-{item}": 90_00})
        assert Order.objects.get().total_fen == 90_00


@pytest.mark.django_db
def test_grab_charges_the_current_step_and_keeps_the_minimum_margin() -> None:
    market = Marketplace()
    sku = market.sku(units=20, base_price_fen=100_00, tag_price_fen=900_00)
    sale = planning.schedule(
        actor=market.ops,
        brand_id=market.brand_id,
        title="阶梯专场",
        starts_at=NOW,
        terms=SaleTerms(markdown_schedule=SCHEDULE),
        now=NOW,
    )
    planning.add_items(actor=market.ops, sale_id=sale.id, lines=[planning.PlannedUnits(sku, 20)], now=NOW)
    publishing.publish(actor=market.ops, sale_id=sale.id, now=NOW)
    item, daigou = item_of(sale.id, sku), market.reseller(wallet_fen=10_000_00)
    full = daigou.grab(item, now=NOW).total_fen
    paid = [daigou.grab(item, now=END - minutes * MINUTE).total_fen for minutes in (121, 120, 91, 90, 1)]
    floor = PriceListRow.objects.get(price_list__sale=sale.id, sku_id=sku, tier=0).lowest_fen
    assert paid == [full, max(floor, full * 9 // 10), max(floor, full * 9 // 10), max(floor, full * 8 // 10), floor]
    [listed] = finder.find_styles(tier=0, at=END - 100 * MINUTE, filters=StyleFilter(max_price_fen=full - 1)).items
    assert listed.from_price_fen == max(floor, full * 9 // 10)
    assert all_violations() == []
