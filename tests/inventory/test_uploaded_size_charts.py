"""Size charts that come with a stock workbook: what they are for, the preview, applying and undoing (STOCK-17)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from imports import stock_sheet
from imports.size_charts.chart import MAX_CELL, MAX_COLUMNS, MAX_LINES
from inventory import size_chart_rules
from inventory.models import Category, Style, Upload
from inventory.selectors.size_charts import charts_of_styles, list_size_charts, list_style_size_charts
from inventory.selectors.styles import NoSuchStyle
from inventory.services.size_charts import InvalidSizeChart, set_size_chart, set_style_size_chart
from inventory.size_chart_models import SizeChart, StyleSizeChart
from inventory.uploads import apply, undo
from inventory.uploads.preview import build_preview
from inventory.uploads.selectors import charts_of_upload, faults_of_upload, get_upload
from inventory.uploads.views import UploadView
from tests.imports.builders import xlsx
from tests.inventory.stock_workbooks import (
    HEADER,
    NOW,
    Line,
    later,
    preview,
    send,
    units_that_differ,
    upload_and_apply,
    workbook,
)

pytestmark = pytest.mark.django_db
STOCK = [list(HEADER), Line().cells(), Line(style_no="A200", category="外套", name="风衣").cells()]
HEADING = ["尺码", "胸围"]
CHART = (("尺码", "胸围"), ("S", "88"))
OTHER = (("尺码", "胸围"), ("S", "90"))
Sheet = list[list[Any]]


def with_charts(*sheets: tuple[str, Sheet], stock: bool = True) -> bytes:
    return xlsx(dict([("库存", STOCK)] * stock + list(sheets)))


def chart(caption: str, bust: float = 88.0) -> Sheet:
    return [[caption], HEADING, ["S", bust], []]


def sent(clerk: Actor, *sheets: tuple[str, Sheet], stock: bool = True, minute: int = 0) -> UploadView:
    """The preview of a workbook that is read in this process: a child for each would be most of the time."""
    data = with_charts(*sheets, stock=stock)
    row = Upload.objects.get(pk=send(clerk, data, "库存.xlsx", now=later(minute)))
    counts = build_preview(row, stock_sheet.read(data, "库存.xlsx"))
    Upload.objects.filter(pk=row.pk).update(state="preview", **counts)
    return get_upload(row.pk)


def applied(clerk: Actor, *sheets: tuple[str, Sheet], stock: bool = True, minute: int = 0) -> UploadView:
    view = sent(clerk, *sheets, stock=stock, minute=minute)
    return apply.apply_upload(actor=clerk, upload_id=view.id, now=later(minute))


def faults(view: UploadView) -> list[tuple[str, int, str, str, str]]:
    return [(each.sheet, each.row, each.col, each.code, each.value) for each in faults_of_upload(view.id).items]


def category(name: str) -> int:
    return Category.objects.get(name_zh=name).pk


# STOCK-17
def test_charts_are_previewed_and_set_when_the_upload_is_applied(clerk: Actor, brand_id: int) -> None:
    sheet = [*chart("款号：a100"), *chart("外套尺码表", 90.0), *chart("通用", 92.0)]
    view = preview(clerk, with_charts(("尺码表", sheet)), "库存.xlsx")
    assert (view.added, view.size_charts, view.faults, view.changes_anything) == (2, 3, 0, True)
    assert [(each.style_no, each.category, each.row) for each in charts_of_upload(view.id).items] == [
        ("A100", "", 1),
        ("", "女外套", 6),
        ("", "", 10),
    ]
    assert not SizeChart.objects.exists()
    assert not StyleSizeChart.objects.exists()
    apply.apply_upload(actor=clerk, upload_id=view.id, now=NOW)
    first, second = Style.objects.order_by("style_no")
    assert charts_of_styles([first.pk, second.pk]) == {first.pk: CHART, second.pk: OTHER}
    assert [(each.category, each.rows[1][1]) for each in list_size_charts(brand_id)] == [("女外套", "90"), ("", "92")]
    assert [each.style_no for each in list_style_size_charts(brand_id).items] == ["A100"]
    assert units_that_differ() == []


def test_a_chart_that_is_set_already_changes_nothing(clerk: Actor) -> None:
    applied(clerk, ("尺码表", chart("通用")))
    again = sent(clerk, ("尺码表", chart("通用")), minute=1)
    assert (again.size_charts, again.changes_anything) == (0, False)


def test_a_workbook_of_charts_alone_names_no_stock_and_misses_none(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(Line()))
    view = applied(clerk, ("尺码表", chart("A100")), stock=False, minute=1)
    assert (view.missing, view.added, view.size_charts) == (0, 0, 1)
    assert charts_of_styles([Style.objects.get().pk]) == {Style.objects.get().pk: CHART}


@pytest.mark.parametrize(
    ("caption", "subject"),
    [
        ("A100、a200 尺码表", ["A100", "A200"]),
        ("A100 针织衫尺码表", ["A100"]),
        ("2026 秋冬外套类尺码表", "女外套"),
        ("类目：毛衣", "女上装"),
        ("2026 秋冬新款尺码表", ""),
        ("尺码表（单位：cm）", ""),
        ("云杉品牌尺码表", ""),
        ("云杉外套尺码表", "女外套"),
    ],
)
def test_what_a_caption_means(clerk: Actor, caption: str, subject: str | list[str]) -> None:
    view = sent(clerk, ("尺码表", chart(caption)))
    assert faults(view) == []
    found = charts_of_upload(view.id).items
    assert [each.style_no or each.category for each in found] == (subject if isinstance(subject, list) else [subject])


def test_a_sheet_that_is_named_after_a_category_is_for_it(clerk: Actor) -> None:
    view = sent(clerk, ("外套尺码表", [HEADING, ["S", 88.0]]))
    assert [each.category for each in charts_of_upload(view.id).items] == ["女外套"]
    assert [each.category for each in charts_of_upload(sent_again(clerk, view, "附件二").id).items] == [""]


def sent_again(clerk: Actor, view: UploadView, name: str) -> UploadView:
    apply.apply_upload(actor=clerk, upload_id=view.id, now=NOW)
    return sent(clerk, (name, [HEADING, ["S", 88.0]]), minute=1)


@pytest.mark.parametrize(
    ("caption", "code", "value"),
    [
        ("款号：A100、Z999", "chart_style_unknown", "Z999"),
        ("类目：飞机", "chart_category_unknown", "飞机"),
        ("类目：奶粉", "chart_category_unknown", "奶粉"),
        ("A100 和 Z999", "chart_for_unknown", "A100 和 Z999"),
        ("小香风", "chart_for_unknown", "小香风"),
    ],
)
def test_a_chart_for_nothing_known_is_a_fault_at_its_place(clerk: Actor, caption: str, code: str, value: str) -> None:
    view = sent(clerk, ("尺码表", chart(caption)))
    row = 1 if "：" in caption else 2
    assert faults(view) == [("尺码表", row, "A", code, value)]
    assert view.added == 2
    assert [each.style_no for each in charts_of_upload(view.id).items] == (
        ["A100"] if code == "chart_style_unknown" else []
    )


def test_of_two_charts_for_the_same_goods_the_first_is_taken(clerk: Actor) -> None:
    view = sent(clerk, ("尺码表", [*chart("A100"), *chart("A100"), *chart("A100", 99.0)]))
    assert faults(view) == [("尺码表", 10, "A", "chart_twice", "A100")]
    assert [each.lines for each in charts_of_upload(view.id).items] == [[list(line) for line in CHART]]


def test_a_chart_for_a_style_whose_only_row_is_refused_is_a_fault(clerk: Actor) -> None:
    lines = [list(HEADER), Line().cells(), Line(style_no="A300", category="奶粉").cells()]
    view = preview(clerk, xlsx({"库存": lines, "尺码表": chart("A300")}), "库存.xlsx")
    assert [each[3] for each in faults(view)] == ["category_forbidden", "chart_for_unknown"]
    apply.apply_upload(actor=clerk, upload_id=view.id, now=NOW)
    assert not StyleSizeChart.objects.exists()


def test_undoing_puts_back_what_the_charts_replaced(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(Line()))
    set_size_chart(actor=clerk, category_id=None, text="尺码 胸围\nS 70", now=NOW)
    set_style_size_chart(actor=clerk, style_no="a100", text="尺码 胸围\nS 71", now=NOW)
    view = applied(clerk, ("尺码表", [*chart("A100"), *chart("A200"), *chart("通用"), *chart("外套")]), minute=1)
    assert get_upload(view.id).size_charts == 4
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert [(each.category, each.rows[1][1]) for each in list_size_charts(brand_id)] == [("", "70")]
    assert [(each.style_no, each.rows[1][1]) for each in list_style_size_charts(brand_id).items] == [("A100", "71")]
    assert not Style.objects.filter(style_no="A200").exists()
    assert units_that_differ() == []


def test_undoing_leaves_a_chart_that_was_changed_since(clerk: Actor, brand_id: int) -> None:
    view = applied(clerk, ("尺码表", [*chart("A100"), *chart("外套")]))
    set_size_chart(actor=clerk, category_id=category("女外套"), text="尺码 胸围\nS 70", now=NOW)
    set_style_size_chart(actor=clerk, style_no="A100", text="尺码 胸围\nS 71", now=NOW)
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert [each.rows[1][1] for each in list_size_charts(brand_id)] == ["70"]
    assert [each.rows[1][1] for each in list_style_size_charts(brand_id).items] == ["71"]
    assert list(Style.objects.values_list("style_no", flat=True)) == ["A100"]


def test_the_chart_of_one_style_is_pasted_removed_and_refused(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(Line()))
    style = Style.objects.get()
    with pytest.raises(NoSuchStyle):
        set_style_size_chart(actor=clerk, style_no="Z1", text="尺码 胸围\nS 70", now=NOW)
    with pytest.raises(InvalidSizeChart):
        set_style_size_chart(actor=clerk, style_no="A100", text="尺码", now=NOW)
    assert charts_of_styles([style.pk]) == {}
    set_style_size_chart(actor=clerk, style_no=" a100 ", text="尺码 胸围\nS 88", now=NOW)
    assert charts_of_styles([style.pk]) == {style.pk: CHART}
    set_style_size_chart(actor=clerk, style_no="A100", text="", now=NOW)
    assert charts_of_styles([style.pk]) == {}


def test_the_pages_show_the_charts_and_the_page_of_charts_takes_a_style_number(clerk: Actor) -> None:
    view = sent(clerk, ("尺码表", chart("A100")))
    browser = Client()
    browser.force_login(Person.objects.get(pk=clerk.own_id))
    page = browser.get(f"/portal/uploads/{view.id}/?show=size_charts").content.decode()
    assert "A100" in page
    assert "<td>88</td>" in page
    assert "设定 1 张尺码表" in page
    apply.apply_upload(actor=clerk, upload_id=view.id, now=NOW)
    answer = browser.post("/portal/size-charts/", {"style_no": "A200", "chart": "尺码 胸围\nS 91"}, follow=True)
    assert "A200" in answer.content.decode()
    refused = browser.post("/portal/size-charts/", {"style_no": "Z1", "chart": "尺码 胸围\nS 91"})
    assert "您的品牌没有这一款" in refused.content.decode()
    assert 'value="Z1"' in refused.content.decode()


def test_another_brand_sees_nothing_of_the_charts(clerk: Actor) -> None:
    view = sent(clerk, ("尺码表", chart("A100")))
    assert Client().get(f"/api/v1/uploads/{view.id}/size-charts").status_code == 401


def test_the_limits_are_those_of_a_pasted_chart() -> None:
    assert (MAX_LINES, MAX_COLUMNS, MAX_CELL) == (
        size_chart_rules.MAX_CHART_ROWS,
        size_chart_rules.MAX_CHART_COLUMNS,
        size_chart_rules.MAX_CHART_CELL,
    )
