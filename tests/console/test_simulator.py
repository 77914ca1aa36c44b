"""The simulator shows what publication would freeze, compares two sets of rules, and hands out a workbook of it."""

import io
from decimal import Decimal

import openpyxl
from django.test import Client
from django.urls import reverse

from console.plot import comparison, histogram
from flashsales.models import Sale
from flashsales.services.publishing import publish
from kernel.clock import set_to
from pricing.rules.commission import CommissionFields
from pricing.rules.comparison import Bucket
from pricing.rules.controls import Action, ControlFields
from pricing.rules.terms import Ending, ListTerms
from pricing.selectors.price_lists import list_frozen_rows
from pricing.services.drafts import start_draft
from pricing.services.price_rules import create_commission, create_control, create_platform_terms
from tests.builders import HOUR, NOW, Marketplace


def test_simulated_prices_are_those_that_publication_freezes(market: Marketplace, ops: Client) -> None:
    create_control(
        actor=market.ops,
        now=NOW,
        control=ControlFields(
            brand_id=market.brand_id,
            action=Action.CUT,
            starts_on=NOW.date(),
            floor_rate=Decimal("0.5"),
            cut_rate=Decimal("0.02"),
        ),
    )
    draft = market.draft(market.sku(), market.sku(tag_price_fen=200_00, base_price_fen=150_00))
    with set_to(NOW):
        page = ops.get(reverse("console:simulator"), {"brand": market.brand_id, "sale": draft, "tier": 2})
    shown = {
        (row.sku_id, row.tier): (row.wholesale_fen, row.labelling)
        for line in page.context["outcome"].lines
        for row in line.by_tier
    }
    publish(actor=market.ops, sale_id=draft, now=NOW)
    list_id = Sale.objects.get(pk=draft).price_list_id
    assert list_id is not None
    frozen = list_frozen_rows(list_id, limit=100).items
    assert shown == {(row.sku_id, row.tier): (row.wholesale_fen, row.labelling) for row in frozen}
    assert (page.context["outcome"].cut, page.context["outcome"].kept) == (1, 1)


def test_words_choose_styles_by_number_or_name(market: Marketplace, ops: Client) -> None:
    wanted, _other = market.sku(style_no="AA-1"), market.sku(style_no="BB-1")
    market.sku(style_no="CC-1")
    with set_to(NOW):
        page = ops.get(reverse("console:simulator"), {"brand": str(market.brand_id), "words": "AA，BB"})
        none = ops.get(reverse("console:simulator"), {"brand": str(market.brand_id), "words": "ZZ"})
    assert [line.first.style_no for line in page.context["outcome"].lines] == ["AA-1", "BB-1"]
    assert page.context["outcome"].lines[0].first.sku_id == wanted
    assert none.context["outcome"].skus == 0


def test_a_sale_of_another_brand_is_forgotten_when_the_brand_changes(market: Marketplace, ops: Client) -> None:
    draft = market.draft(market.sku())
    other = market.brand()
    market.sku(brand_id=other, style_no="OTHER-1")
    with set_to(NOW):
        page = ops.get(
            reverse("console:simulator"),
            {"brand": str(other), "sale": str(draft)},
            headers={"HX-Request": "true"},
        )
    assert [line.first.style_no for line in page.context["outcome"].lines] == ["OTHER-1"]


def test_htmx_gets_the_findings_and_the_sales_of_the_brand_only(market: Marketplace, ops: Client) -> None:
    market.draft(market.sku())
    with set_to(NOW):
        page = ops.get(
            reverse("console:simulator"), {"brand": market.brand_id}, headers={"HX-Request": "true"}
        ).content.decode()
    assert "<html" not in page
    assert 'hx-swap-oob="true"' in page
    assert "冬季尾货专场" in page


def test_two_drafts_are_compared_over_a_whole_sale(market: Marketplace, ops: Client) -> None:
    sale = market.draft(market.sku(base_price_fen=100_00), market.sku(base_price_fen=200_00))
    draft = start_draft(actor=market.ops, name="优惠加倍", now=NOW)
    create_platform_terms(
        actor=market.ops,
        from_at=NOW,
        now=NOW,
        draft_id=draft.id,
        terms=ListTerms(
            discounts=tuple(Decimal(each) for each in ("0", "0.02", "0.04", "0.06", "0.08", "0.1")),
            margin_rate=Decimal("0.03"),
            ending=Ending.FEN,
        ),
    )
    query: dict[str, str | int] = {"brand": market.brand_id, "sale": sale, "right": draft.id, "tier": 5}
    with set_to(NOW):
        page = ops.get(reverse("console:compare"), query)
        same = ops.get(reverse("console:compare"), {**query, "right": ""})
    rows = page.context["rows"]
    assert [row.cheaper for row in rows] == [0, 2, 2, 2, 2, 2]
    assert rows[5].base_sum_fen - rows[5].other_sum_fen == 15_00
    assert [change.difference_fen for change in page.context["changes"]] == [-10_00, -5_00]
    assert {bar.side for bar in page.context["prices"].bars} == {"left", "right"}
    assert "完全相同" in same.content.decode()


def test_the_workbook_holds_every_price_with_its_steps(market: Marketplace, ops: Client) -> None:
    market.sku(style_no="=1+1", base_price_fen=120_00)
    with set_to(NOW):
        answer = ops.get(reverse("console:export_prices"), {"brand": market.brand_id})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[4], row[7]) for row in rows][:2] == [("=1+1", "体验", 120), ("=1+1", "VIP1", 118.8)]
    assert len(rows) == 6
    assert "品牌基准供货价 ¥120.00" in str(rows[0][13])


def test_the_comparison_goes_out_as_a_workbook_with_plots_and_every_change(market: Marketplace, ops: Client) -> None:
    sale = market.draft(
        market.sku(style_no="=1+1", base_price_fen=100_00), market.sku(style_no="B2", base_price_fen=200_00)
    )
    draft = start_draft(actor=market.ops, name="一律九折", now=NOW)
    create_platform_terms(
        actor=market.ops,
        from_at=NOW,
        now=NOW,
        draft_id=draft.id,
        terms=ListTerms(discounts=(Decimal("0.1"),) * 6, margin_rate=Decimal("0.03"), ending=Ending.FEN),
    )
    query: dict[str, str | int] = {"brand": market.brand_id, "sale": sale, "right": draft.id, "tier": 0}
    with set_to(NOW):
        answer = ops.get(reverse("console:export_comparison"), query)
    book = openpyxl.load_workbook(io.BytesIO(answer.getvalue()))
    assert book.sheetnames == ["汇总", "拿货价分布 体验", "平台所得分布 体验", "变化"]
    sums, prices, margins, changes = (list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    assert [row[:2] for row in sums[:2]] == [("左", "现行规则"), ("右", "一律九折")]
    assert sums[5][:3] == ("体验", 0, 2)
    assert sums[5][9:11] == (300, 270)
    assert [sum(int(str(row[side])) for row in prices[1:]) for side in (2, 3)] == [2, 2]
    assert sum(int(str(row[2])) for row in margins[1:]) == 2
    assert [len(sheet._charts) for sheet in book.worksheets] == [0, 1, 1, 0]  # type: ignore[attr-defined]  # no public name
    assert [(row[0], row[4], row[7], row[8], row[9]) for row in changes[1:3]] == [
        ("B2", "体验", 200, 180, -20), ("B2", "VIP1", 198, 180, -18),
    ]  # fmt: skip
    assert len(changes) == 1 + 2 * 6


def test_a_commission_alone_is_a_change_of_what_is_left_to_the_platform(market: Marketplace, ops: Client) -> None:
    sale = market.draft(market.sku(base_price_fen=100_00))
    draft = start_draft(actor=market.ops, name="佣金", now=NOW)
    create_commission(
        actor=market.ops,
        draft_id=draft.id,
        now=NOW,
        commission=CommissionFields(rate=Decimal("0.3"), from_at=NOW, brand_id=market.brand_id),
    )
    query: dict[str, str | int] = {"brand": market.brand_id, "sale": sale, "right": draft.id, "tier": 0}
    with set_to(NOW):
        page = ops.get(reverse("console:compare"), query)
    assert page.context["differs"]
    assert [(each.difference_fen, each.other.margin_fen) for each in page.context["changes"]] == [(0, 30_00)]


def test_rules_of_a_draft_that_begin_later_are_told_and_not_priced(market: Marketplace, ops: Client) -> None:
    market.sku(base_price_fen=100_00)
    draft = start_draft(actor=market.ops, name="一小时后", now=NOW)
    create_platform_terms(
        actor=market.ops,
        from_at=NOW + HOUR,
        now=NOW,
        draft_id=draft.id,
        terms=ListTerms(discounts=(Decimal("0.1"),) * 6, margin_rate=Decimal("0.03"), ending=Ending.FEN),
    )
    query: dict[str, str | int] = {"brand": market.brand_id, "draft": draft.id}
    with set_to(NOW):
        now = ops.get(reverse("console:simulator"), query)
    with set_to(NOW + HOUR):
        later = ops.get(reverse("console:simulator"), query)
    assert (now.context["to_come"], now.context["outcome"].lines[0].first.wholesale_fen) == (1, 100_00)
    assert (later.context["to_come"], later.context["outcome"].lines[0].first.wholesale_fen) == (0, 90_00)


def test_a_plot_draws_every_amount_once_and_stays_inside() -> None:
    plot = histogram([100, 100, 2_500, 9_999])
    assert plot.max_count == 2
    assert [bar.title.rsplit(": ", 1)[1] for bar in plot.bars] == ["2", "1", "1"]
    assert all(bar.x >= 0 and bar.x + bar.width <= plot.width and 0 <= bar.y < plot.floor for bar in plot.bars)


def test_a_plot_of_nothing_is_empty_and_one_amount_is_one_bar() -> None:
    assert not histogram([])
    assert len(histogram([500]).bars) == 1


def test_two_distributions_stand_side_by_side() -> None:
    plot = comparison([Bucket(0, 100, 3, 1), Bucket(100, 200, 0, 2)])
    assert [(bar.side, bar.title.rsplit(": ", 1)[1]) for bar in plot.bars] == [
        ("left", "3"),
        ("right", "1"),
        ("right", "2"),
    ]
    assert plot.bars[0].x + plot.bars[0].width <= plot.bars[1].x
