"""STOCK-12: what a workbook says of defects is kept with the style, replaced by a later file that has remarks, and undone."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.rules import Actor
from inventory.models import Style
from inventory.rules import MAX_DEFECTS, defects_of
from inventory.selectors import stock, styles
from inventory.uploads import apply, selectors, undo
from tests.inventory.stock_workbooks import HEADER, Line, later, preview, sizes, upload_and_apply, workbook

pytestmark = pytest.mark.django_db

KNIT = Line()


def with_remarks(*lines: tuple[Line, str], fabric: str = "") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*HEADER, "备注", "洗涤"])
    writer.writerows([*line.cells(), remark, fabric] for line, remark in lines)
    return text.getvalue().encode("utf-8-sig")


def defects() -> str:
    return Style.objects.get(style_no="A100").defects


def test_a_defect_is_kept_with_the_style_and_shown_to_its_brand(clerk: Actor, brand_id: int) -> None:
    view = preview(clerk, with_remarks((KNIT, "有瑕疵,袖口开线")))
    assert [each.defects for each in selectors.styles_of_upload(view.id).items] == ["有瑕疵,袖口开线"]
    apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert defects() == "有瑕疵,袖口开线"
    assert [each.defects for each in stock.skus_of_brand(brand_id).items] == ["有瑕疵,袖口开线"]
    assert [each.defects for each in styles.styles_of_brand(brand_id).items] == ["有瑕疵,袖口开线"]


def test_a_defect_of_some_goods_of_a_style_names_them(clerk: Actor) -> None:
    small, medium, large = sizes(KNIT, "S", "M", "L")
    upload_and_apply(clerk, with_remarks((small, "领口污渍"), (medium, "领口污渍"), (large, "主推款")))
    assert defects() == "领口污渍（黑色 S、M）"


@pytest.mark.parametrize(
    ("remark", "kept"), [("", "微瑕"), ("全新补货", ""), ("鞋盒破损", "鞋盒破损")]
)  # fmt: skip
def test_a_later_file_replaces_a_defect_where_it_has_a_remark(clerk: Actor, remark: str, kept: str) -> None:
    upload_and_apply(clerk, with_remarks((KNIT, "微瑕")))
    view = upload_and_apply(clerk, with_remarks((KNIT, remark)), now=later(1))
    assert (defects(), view.styles_changed) == (kept, int(kept != "微瑕"))
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert defects() == "微瑕"


def test_a_file_without_remarks_leaves_a_defect_alone(clerk: Actor) -> None:
    upload_and_apply(clerk, with_remarks((KNIT, "微瑕")))
    upload_and_apply(clerk, workbook(KNIT), now=later(1))
    assert defects() == "微瑕"


def test_the_preview_names_the_columns_that_were_not_used(clerk: Actor) -> None:
    view = preview(clerk, with_remarks((KNIT, "主推款"), fabric="羊毛"))
    assert selectors.unused_columns(view.id) == ["备注", "洗涤"]
    desk = Client()
    desk.force_login(Person.objects.get(pk=clerk.own_id))
    page = desk.get(reverse("portal:upload", args=[view.id])).content.decode()
    assert "没有使用的列" in page
    assert "备注、洗涤" in page


def test_defects_of_many_rows_are_said_once_and_within_the_length_of_a_column() -> None:
    assert defects_of([("黑", "S", None), ("黑", "M", None)]) is None
    assert defects_of([("黑", "S", ""), ("黑", "M", None)]) == ""
    assert defects_of([("黑", "S", "微瑕"), ("白", "M", "微瑕")]) == "微瑕"
    assert defects_of([("黑", "S", "微瑕"), ("白", "M", "污渍"), ("白", "L", "")]) == "微瑕（黑 S）；污渍（白 M）"
    long = defects_of([("黑", f"{n}", f"污渍 {n}") for n in range(200)])
    assert long is not None
    assert (len(long), long[-1]) == (MAX_DEFECTS, "…")
