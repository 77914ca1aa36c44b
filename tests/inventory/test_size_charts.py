"""Size charts of a brand, per category, and where they are shown (STOCK-16)."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import Actor
from inventory.models import Category, Style
from inventory.selectors.size_charts import charts_of_styles, list_size_charts
from inventory.services.size_charts import InvalidSizeChart, set_size_chart
from inventory.size_chart_models import SizeChart
from inventory.size_chart_rules import ChartFault, chart_text, read_size_chart
from kernel.clock import set_to
from tests.builders import NOW
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_pages import said_to_a_customer, signed_in
from tests.inventory.stock_workbooks import Line, upload_and_apply, workbook

pytestmark = pytest.mark.django_db
CHART = "尺码\t胸围\t衣长\nS\t88\t60\nM\t92\t62"
ROWS = (("尺码", "胸围", "衣长"), ("S", "88", "60"), ("M", "92", "62"))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (CHART, ROWS),
        ("尺码 胸围 衣长\nS 88 60\n\nM 92 62\r\n", ROWS),
        ("尺码，胸围，衣长\nS,88,60\nM,92,62", ROWS),
        ("尺码 | 胸围 | 衣长\nS | 88 | 60\nM | 92 | 62", ROWS),
        ("  \n ", ()),
    ],
)
def test_read_size_chart(text: str, rows: object) -> None:
    assert read_size_chart(text) == rows


@pytest.mark.parametrize(
    "text", ["尺码\t胸围", "尺码\t胸围\nS", "尺码\nS", "a\t" + "字" * 21 + "\nS\t1", "a\tb\n" * 31]
)
def test_read_size_chart_refuses_what_is_no_chart(text: str) -> None:
    with pytest.raises(ChartFault):
        read_size_chart(text)


cells = st.text("SML胸围0123456789-", min_size=1, max_size=8)


@given(st.integers(2, 6).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), min_size=2, max_size=9)))
def test_a_chart_can_be_pasted_again(rows: list[tuple[str, ...]]) -> None:
    assert read_size_chart(chart_text(rows)) == tuple(rows)


# STOCK-16
def test_the_chart_of_the_category_wins_over_its_parents_and_the_brands(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(Line()))
    style = Style.objects.get()
    category = style.category
    assert category is not None
    parent = category.parent
    assert parent is not None
    shoes = Category.objects.exclude(pk__in=(category.pk, parent.pk)).filter(children=None)[0]
    set_size_chart(actor=clerk, category_id=shoes.pk, text="a b\nc d", now=NOW)
    assert charts_of_styles([style.pk]) == {}
    set_size_chart(actor=clerk, category_id=None, text="尺码 脚长\n35 225", now=NOW)
    assert charts_of_styles([style.pk]) == {style.pk: (("尺码", "脚长"), ("35", "225"))}
    set_size_chart(actor=clerk, category_id=parent.pk, text="尺码 腰围\nS 60", now=NOW)
    assert charts_of_styles([style.pk]) == {style.pk: (("尺码", "腰围"), ("S", "60"))}
    set_size_chart(actor=clerk, category_id=category.pk, text=CHART, now=NOW)
    assert charts_of_styles([style.pk]) == {style.pk: ROWS}
    assert len(list_size_charts(brand_id)) == 4
    set_size_chart(actor=clerk, category_id=category.pk, text=" ", now=NOW)
    assert charts_of_styles([style.pk]) == {style.pk: (("尺码", "腰围"), ("S", "60"))}


def test_a_wrong_chart_and_an_unknown_category_are_refused(clerk: Actor) -> None:
    set_size_chart(actor=clerk, category_id=None, text=CHART, now=NOW)
    before = SizeChart.objects.values().get()
    for category_id, text in ((None, "尺码 胸围\nS"), (10**9, CHART)):
        with pytest.raises(InvalidSizeChart):
            set_size_chart(actor=clerk, category_id=category_id, text=text, now=NOW)
    assert SizeChart.objects.values().get() == before


def test_the_chart_is_shown_to_reseller_and_customer_without_the_brand() -> None:
    shop = ForwardedSale()
    clerk = shop.market.new_clerk(shop.market.brand_id)
    set_size_chart(actor=clerk, category_id=None, text="青禾尺码 胸围\nS 88厘米", now=NOW)
    token = shop.forwarded_coat()
    with set_to(NOW):
        hers = signed_in(shop.daigou).get(f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/").content.decode()
        told = said_to_a_customer(Client().get(f"/f/{token}/"))
    assert "青禾尺码" in hers
    assert "88厘米" in hers
    assert "88厘米" in told
    assert "青禾" not in told
