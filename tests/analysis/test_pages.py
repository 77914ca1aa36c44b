"""Pages of analysis: what brand, ops and finance see, whose it is, and the lines behind each figure."""

import re

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from analysis.rules import Days
from analysis.selectors.figures import BrandSort, compare, get_brand_analysis, list_brands
from analysis.selectors.lines import list_lines
from kernel.clock import set_to
from kernel.money import display_yuan
from kernel.period import shanghai_date
from ledger.rules import BRAND_FEE, CLEARING, COMMISSION, EntryDraft, PostingKind
from ledger.services import post
from orders.models.lines import OrderLine
from orders.selectors.lines_of_days import PaidLineFilter
from tests.analysis.bought import Bought
from tests.analysis.refreshing import refresh
from tests.builders import HOUR, NOW, item_of

pytestmark = pytest.mark.django_db
LATER = NOW + 30 * HOUR
TODAY = shanghai_date(LATER)
DAYS = Days(shanghai_date(NOW), TODAY)


@pytest.fixture
def bought() -> Bought:
    """Five units, shipped six hours late, of which the figures are kept; and a second brand of which three units wait in time."""
    made = Bought()
    made.ship(LATER)
    other = made.market.brand(name="别家")
    sku = made.market.sku(units=6, brand_id=other)
    made.market.paid_order(made.daigou, item_of(made.market.sale(sku, brand_id=other), sku), 3)
    refresh(now=NOW + 23 * HOUR)
    return made


def page_of(actor: Actor, address: str, status: int = 200) -> str:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    with set_to(LATER):
        answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


# ANALYSIS-3
def test_brands_are_compared_and_sorted_by_what_is_worst(bought: Bought) -> None:
    by_sold = list_brands(DAYS, sort=BrandSort.SOLD)
    assert next(row.name for row in list_brands(DAYS, sort=BrandSort.LATE)) == by_sold[1].name != "别家"
    assert [(row.figures.units, row.sell_through.rate) for row in by_sold] == [(3, 5000), (5, 2500)]
    line = OrderLine.objects.get(pk=bought.line_id)
    found = get_brand_analysis(DAYS, brand_id=bought.market.brand_id)
    assert found.compared.now.brand_fen == 5 * line.payable_fen
    assert [(each.sell_through.sold_units, each.figures.late_units) for each in found.sales] == [(5, 5)]
    assert [each.key for each in found.sizes] == ["M"]
    assert compare(DAYS).now.units == 8


# ANALYSIS-4
@pytest.mark.parametrize("only", [None, *PaidLineFilter])
def test_lines_behind_a_figure_are_those_that_it_counts(bought: Bought, only: PaidLineFilter | None) -> None:
    shown = {row.line_id for row in list_lines(DAYS, at=LATER, only=only).items}
    expected = {
        None: set(OrderLine.objects.values_list("pk", flat=True)),
        PaidLineFilter.LATE: {bought.line_id},
        PaidLineFilter.SHIPPED: {bought.line_id},
    }
    assert shown == expected.get(only, set())
    assert list_lines(Days(TODAY, TODAY), at=LATER, only=only).items == []


# ANALYSIS-4
def test_figures_of_the_console_link_to_their_lines(bought: Bought) -> None:
    page = page_of(bought.market.ops, "/console/analysis/?span=7&sort=late")
    links = re.findall(r'href="(/console/analysis/lines/\?[^"]*only=late[^"]*)"', page)
    assert links
    lines = page_of(bought.market.ops, links[0].replace("&amp;", "&"))
    assert f"#{bought.order.id}" in lines
    assert display_yuan(compare(DAYS).now.sold_fen) in page
    assert "30.8%" in page
    brand = page_of(bought.market.ops, f"/console/analysis/brands/{bought.market.brand_id}/?span=7")
    assert "62.5%" not in brand
    assert "25.0%" in brand


# ANALYSIS-3
def test_margin_names_what_else_moved_the_accounts_of_income(bought: Bought) -> None:
    for kind, account, fen in (
        (PostingKind.SETTLEMENT, COMMISSION, -20_11),
        (PostingKind.ADJUSTMENT, COMMISSION, -2_31),
        (PostingKind.SETTLEMENT, BRAND_FEE, 13_00),
    ):
        post(
            kind=kind,
            key=f"{kind}:{account}",
            cause="statement:1",
            entries=[EntryDraft(account, fen), EntryDraft(CLEARING, -fen)],
            actor=bought.market.finance,
            now=LATER,
        )
    page = page_of(bought.market.finance, "/console/analysis/margin/?span=7")
    rows = re.findall(r"<tr>\s*<td>(.*?)</td>\s*<td class=\"number\">(.*?)</td>", page, re.DOTALL)
    told = {re.sub(r"<[^>]*>|\s", "", words): amount for words, amount in rows}
    assert told["另：接受品牌异议的更正（按结算日）"] == "−¥20.11"
    assert told["另：定稿后退款和钱包加扣款里平台承担的（按入账日）"] == "−¥2.31"
    assert told["另：扣下的保证金（按入账日）"] == "¥0.00"
    assert told["另：扣款收入（按结算日）"] == "¥13.00"


def test_margin_of_finance_adds_up_on_the_page(bought: Bought) -> None:
    page = page_of(bought.market.finance, "/console/analysis/margin/?span=7")
    now = compare(DAYS).now
    for fen in (now.commission_fen, now.margin_fen, -now.discount_fen):
        assert display_yuan(fen) in page


# ANALYSIS-4
def test_a_brand_sees_its_own_lines_only_and_no_price_of_a_reseller(bought: Bought) -> None:
    page = page_of(bought.market.clerk, "/portal/analysis/?span=7")
    assert "25.0%" in page
    assert "别家" not in page
    line = OrderLine.objects.get(pk=bought.line_id)
    lines = page_of(bought.market.clerk, f"/portal/analysis/lines/?first={DAYS.first}&last={DAYS.last}")
    assert f"#{bought.order.id}" in lines
    assert display_yuan(5 * line.payable_fen) in lines
    assert display_yuan(5 * line.price_fen) not in lines + page
    other = OrderLine.objects.exclude(pk=bought.line_id).get()
    assert f"#{other.order_id}" not in lines
    page_of(bought.market.clerk, f"/portal/analysis/lines/?sale={other.sale_id}", status=404)


# ANALYSIS-2
def test_pages_without_figures_say_so_and_refuse_senseless_periods(bought: Bought) -> None:
    page = page_of(bought.market.ops, "/console/analysis/?first=2025-01-01&last=2025-01-31")
    assert "这段时间没有付款的订单" in page
    for query in (
        "first=2025-01-01",
        "first=2025-02-01&last=2025-01-01",
        "first=2024-01-01&last=2025-06-01",
        "first=x",
    ):
        page_of(bought.market.ops, f"/console/analysis/?{query}", status=422)
