"""Why this price, asked by everybody who may ask, on their pages and by program, when it is sold and after every rule has changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from flashsales.models import SaleItem
from flashsales.services import ending, planning, publishing
from kernel.clock import set_to
from orders.selectors import explanations
from orders.selectors.orders import NoSuchOrder
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import Action, ControlFields
from pricing.rules.terms import Ending, ListTerms, MarkdownSchedule, SaleTerms
from pricing.services.price_rules import create_commission, create_control, create_platform_terms
from tests.builders import HOUR, NOW, PASSWORD, Daigou, Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
TAG, BASE, PAYABLE, DISCOUNTED, PAID = "1000.00", "300.00", "240.00", "297.00", "282.15"
LATER = NOW + timedelta(days=400)


@dataclass
class Sold:
    market: Marketplace
    daigou: Daigou
    stranger: Daigou
    sale_id: int
    style_id: int
    sku_id: int
    order_id: int
    line_id: int


def call(actor: Actor, path: str) -> tuple[int, Any]:
    """What a program that is signed in as somebody is answered."""
    client = Client()
    login = Person.objects.get(pk=actor.own_id).login
    token = client.post("/api/v1/tokens", {"login": login, "password": PASSWORD}, content_type="application/json")
    answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token.json()['token']}"})
    return answer.status_code, answer.json()


def page(actor: Actor, path: str) -> tuple[int, str]:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(path)
    return answer.status_code, answer.content.decode()


@pytest.fixture
def sold() -> Iterator[Sold]:
    """A coat that is cut, at 5 % less for it, bought by a trial member who pays 1 % less than the base price."""
    market = Marketplace()
    sku_id = market.sku(tag_price_fen=1000_00, base_price_fen=300_00)
    create_control(
        actor=market.ops,
        now=NOW,
        control=ControlFields(
            brand_id=market.brand_id,
            action=Action.CUT,
            starts_on=NOW.date(),
            floor_rate=Decimal("0.5"),
            cut_rate=Decimal("0.05"),
        ),
    )
    create_platform_terms(
        actor=market.ops,
        from_at=NOW,
        now=NOW,
        terms=ListTerms(discounts=(Decimal("0.01"),) * 6, margin_rate=Decimal("0.03"), ending=Ending.FEN),
    )
    sale_id = market.sale(sku_id)
    daigou, stranger = market.reseller(), market.reseller()
    order = daigou.grab(item_of(sale_id, sku_id))
    with set_to(NOW + HOUR):
        yield Sold(market, daigou, stranger, sale_id, order.lines[0].style_id, sku_id, order.id, order.lines[0].id)


def change_every_rule(market: Marketplace) -> None:
    create_platform_terms(
        actor=market.ops,
        from_at=NOW + HOUR,
        now=NOW + HOUR,
        terms=ListTerms(discounts=(Decimal("0.05"),) * 6, margin_rate=Decimal("0.01"), ending=Ending.NINE),
    )
    create_commission(
        actor=market.ops,
        now=NOW + HOUR,
        commission=CommissionFields(rate=Decimal("0.4"), from_at=NOW + HOUR, brand_id=market.brand_id),
    )
    create_control(
        actor=market.ops,
        now=NOW + HOUR,
        control=ControlFields(
            brand_id=market.brand_id,
            action=Action.RAISE,
            starts_on=NOW.date() + timedelta(days=1),
            floor_rate=Decimal("0.9"),
        ),
    )


# PRICE-12
def test_a_reseller_is_told_her_side_and_never_what_the_brand_asks_or_the_platform_keeps(sold: Sold) -> None:
    for path in (
        f"sales/{sold.sale_id}/styles/{sold.style_id}/why?sku_id={sold.sku_id}",
        f"orders/{sold.order_id}/lines/{sold.line_id}/why",
    ):
        status, steps = call(sold.daigou.actor, path)
        assert status == 200
        assert [(step["rule"], step["before"], step["after"], step["source_id"]) for step in steps] == [
            ("PRICE-1", TAG, TAG, None), ("PRICE-4", TAG, DISCOUNTED, None), ("PRICE-6", DISCOUNTED, DISCOUNTED, None),
            ("PRICE-7", DISCOUNTED, PAID, None),
        ]  # fmt: skip
    for address in (
        f"/shop/sales/{sold.sale_id}/styles/{sold.style_id}/why/?item={item_of(sold.sale_id, sold.sku_id)}",
        f"/shop/orders/{sold.order_id}/lines/{sold.line_id}/why/",
    ):
        status, html = page(sold.daigou.actor, address)
        assert status == 200
        assert "¥282.15" in html
        assert not {"300.00", "240.00", "42.15", "PRICE-2", "PRICE-3", "PRICE-8", "佣金"} & set_of_parts(html)


# PRICE-12
def test_a_brand_is_told_its_own_side_and_never_what_a_tier_pays_or_the_platform_keeps(sold: Sold) -> None:
    status, steps = call(sold.market.clerk, f"sales/mine/{sold.sale_id}/why?sku_id={sold.sku_id}")
    assert status == 200
    assert [(step["rule"], step["before"], step["after"]) for step in steps] == [
        ("PRICE-1", TAG, TAG), ("PRICE-2", TAG, BASE), ("PRICE-3", BASE, PAYABLE), ("PRICE-6", None, None),
    ]  # fmt: skip
    assert (steps[-1]["zh"], steps[2]["en"]) == (
        "控价 ¥500.00：低于控价，剪标销售",
        "Commission 20% (agreed at admission); payable to the brand",
    )
    status, html = page(sold.market.clerk, f"/portal/sales/{sold.sale_id}/why/{sold.sku_id}/")
    assert status == 200
    assert {"240.00", "300.00", "1,000.00", "剪标"} <= set_of_parts(html)
    assert "PRICE-" not in html
    assert not {"297.00", "282.15", "42.15", "PRICE-4", "PRICE-7", "PRICE-8"} & set_of_parts(html)


# PRICE-12
def test_ops_and_finance_are_told_all_with_the_rows_behind_it(sold: Sold) -> None:
    for actor in (sold.market.ops, sold.market.finance):
        status, steps = call(actor, f"orders/{sold.order_id}/lines/{sold.line_id}/why")
        assert status == 200
        assert [(step["rule"], step["after"]) for step in steps] == [
            ("PRICE-1", TAG), ("PRICE-2", BASE), ("PRICE-3", PAYABLE), ("PRICE-4", DISCOUNTED), ("PRICE-6", DISCOUNTED),
            ("PRICE-7", PAID), ("PRICE-8", "42.15"),
        ]  # fmt: skip
        assert all(step["source_id"] for step in steps if step["rule"] in ("PRICE-4", "PRICE-6", "PRICE-7"))
        status, html = page(actor, f"/console/orders/{sold.order_id}/lines/{sold.line_id}/why/")
        assert status == 200
        assert {"240.00", "282.15", "42.15"} <= set_of_parts(html)
        assert ("PRICE-8" in html) is (actor is sold.market.ops)


def test_nobody_is_told_of_goods_that_are_not_hers(sold: Sold) -> None:
    other = Marketplace()
    assert call(other.clerk, f"sales/mine/{sold.sale_id}/why?sku_id={sold.sku_id}")[0] == 404
    assert page(other.clerk, f"/portal/sales/{sold.sale_id}/why/{sold.sku_id}/")[0] == 404
    assert call(sold.market.clerk, f"sales/mine/{sold.sale_id}/why?sku_id={other.sku()}")[0] == 404
    draft = sold.market.draft(mine := sold.market.sku())
    assert call(sold.market.clerk, f"sales/mine/{draft}/why?sku_id={mine}")[0] == 404
    assert call(sold.stranger.actor, f"orders/{sold.order_id}/lines/{sold.line_id}/why")[0] == 404
    hidden = sold.market.sale(unseen := sold.market.sku(style_no="UNSEEN"), starts_at=NOW + 5 * HOUR)
    style_id = SaleItem.objects.get(sale_id=hidden).style_id
    assert call(sold.daigou.actor, f"sales/{hidden}/styles/{style_id}/why?sku_id={unseen}")[0] == 404
    assert call(sold.market.clerk, f"orders/{sold.order_id}/lines/{sold.line_id}/why")[0] in (401, 403)
    with pytest.raises(NoSuchOrder):
        explanations.explain_line_price(actor=sold.market.ops, order_id=sold.order_id + 1, line_id=sold.line_id)


# PRICE-11
def test_the_trace_of_a_line_ends_in_the_same_fen_after_every_rule_has_changed(sold: Sold) -> None:
    before = explanations.explain_line_price(actor=sold.market.ops, order_id=sold.order_id, line_id=sold.line_id)
    change_every_rule(sold.market)
    with set_to(LATER):
        assert (
            explanations.explain_line_price(actor=sold.market.ops, order_id=sold.order_id, line_id=sold.line_id)
            == before
        )
        assert page(sold.daigou.actor, f"/shop/orders/{sold.order_id}/lines/{sold.line_id}/why/")[0] == 200
    assert before[-2].after_fen == 282_15
    assert all_violations() == []


# PRICE-10
def test_the_trace_of_a_line_bought_at_a_markdown_ends_at_its_step_though_the_sale_was_ended_early_since(
    db: None,
) -> None:
    market = Marketplace()
    sku_id = market.sku(tag_price_fen=1000_00, base_price_fen=300_00)
    terms = SaleTerms(markdown_schedule=MarkdownSchedule(last_minutes=120, every_minutes=30, rate=Decimal("0.02")))
    sale = planning.schedule(
        actor=market.ops, brand_id=market.brand_id, title="阶梯", starts_at=NOW, terms=terms, now=NOW
    )
    planning.add_items(actor=market.ops, sale_id=sale.id, lines=[planning.PlannedUnits(sku_id, 5)], now=NOW)
    publishing.publish(actor=market.ops, sale_id=sale.id, now=NOW)
    daigou, bought_at = market.reseller(), sale.ends_at - timedelta(minutes=50)
    order = daigou.grab(item_of(sale.id, sku_id), now=bought_at)
    ending.end_early(actor=market.ops, sale_id=sale.id, reason="卖完了", now=bought_at + timedelta(minutes=5))
    steps = explanations.explain_line_price(actor=daigou.actor, order_id=order.id, line_id=order.lines[0].id)
    assert (steps[-1].rule, steps[-1].before_fen, steps[-1].after_fen) == ("PRICE-10", 300_00, 282_00)
    assert steps[-1].zh == "临近结束阶梯降价第 3 级（每级 2%）"
    assert steps[-1].after_fen == order.lines[0].price_fen
    assert all_violations() == []


# INTEGRITY-3
def test_integrity_check_names_a_line_whose_price_no_markdown_step_gives(db: None) -> None:
    market = Marketplace()
    sku_id = market.sku(tag_price_fen=1000_00, base_price_fen=300_00)
    terms = SaleTerms(markdown_schedule=MarkdownSchedule(last_minutes=120, every_minutes=30, rate=Decimal("0.02")))
    sale = planning.schedule(
        actor=market.ops, brand_id=market.brand_id, title="阶梯", starts_at=NOW, terms=terms, now=NOW
    )
    planning.add_items(actor=market.ops, sale_id=sale.id, lines=[planning.PlannedUnits(sku_id, 5)], now=NOW)
    publishing.publish(actor=market.ops, sale_id=sale.id, now=NOW)
    order = market.reseller().grab(item_of(sale.id, sku_id), now=NOW)
    for fen, broken in ((294_00, []), (293_99, ["no step of its sale's markdown schedule gives its price (PRICE-10)"])):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_orderline SET price_fen = %s, commission_fen = %s - payable_fen WHERE id = %s",
                [fen, fen, order.lines[0].id],
            )
            cursor.execute("UPDATE orders_order SET total_fen = %s WHERE id = %s", [fen, order.id])
        assert [violation.what for violation in all_violations()] == broken


def set_of_parts(html: str) -> set[str]:
    """Amounts, rule numbers and words of a page that these tests look for."""
    looked_for = {
        "1,000.00", "300.00", "297.00", "282.15", "240.00", "42.15", "佣金", "剪标", *(f"PRICE-{n}" for n in range(1, 11)),
    }  # fmt: skip
    return {part for part in looked_for if part in html}
