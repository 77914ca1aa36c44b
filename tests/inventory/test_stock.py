"""A brand looks for its goods; ops corrects what is on hand."""

import pytest
from django.utils.translation import override

from accounts.models import AuditEntry
from accounts.rules import Actor, Role
from inventory.models import Movement, Sku
from inventory.selectors.stock import skus_of_brand
from inventory.services import stock
from kernel.refusal import Refusal
from tests.builders import NOW, person
from tests.inventory.stock_workbooks import Line, new_brand, upload_and_apply, workbook

pytestmark = pytest.mark.django_db


def found(brand_id: int, search: str = "") -> list[str]:
    return [f"{each.style_no} {each.size}" for each in skus_of_brand(brand_id, search=search).items]


@pytest.mark.parametrize(
    ("search", "goods"),
    [
        ("", ["B200 M", "A100 M", "A100 L"]),
        ("a1", ["A100 M", "A100 L"]),
        ("100", []),
        ("风衣", ["B200 M"]),
        ("6901234500011", ["A100 L"]),
        ("690123450001", []),
    ],
)
def test_skus_of_brand_are_found_by_style_number_name_or_barcode(
    clerk: Actor, brand_id: int, search: str, goods: list[str]
) -> None:
    coat = Line(style_no="B200", name="长款风衣", category="风衣")
    upload_and_apply(clerk, workbook(coat, Line(), Line(size="L", barcode="6901234500011")))
    assert found(brand_id, search) == goods
    assert found(new_brand("别家"), search) == []


def test_pages_of_stock_follow_each_other_style_by_style(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(*[Line(style_no=style, size=size) for size in "SML" for style in ("B2", "A1")]))
    seen, after = [], ""
    while True:
        page = skus_of_brand(brand_id, cursor=after, limit=2)
        seen += [f"{each.style_no} {each.size}" for each in page.items]
        if page.next_cursor is None:
            break
        after = page.next_cursor
    assert seen == ["B2 S", "B2 M", "B2 L", "A1 S", "A1 M", "A1 L"]


def test_categories_are_named_in_the_language_of_whoever_asks(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(Line()))
    said = {}
    for language in ("zh-hans", "en"):
        with override(language):
            said[language] = skus_of_brand(brand_id).items[0].category
    assert said == {"zh-hans": "女上装", "en": "Women's tops"}


def test_a_correction_by_hand_counts_once_a_key(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(Line(quantity=10)))
    sku, ops = Sku.objects.get(), person(Role.OPS)
    for _ in range(2):
        stock.adjust(actor=ops, sku_id=sku.pk, units=3, reason="盘点", key="k" * 50, now=NOW)
    with pytest.raises(stock.AdjustmentKeyConflict) as refused:
        stock.adjust(actor=ops, sku_id=sku.pk, units=4, reason="盘点", key="k" * 50, now=NOW)
    assert refused.value.fields() == {"units": 3}
    sku.refresh_from_db()
    assert sku.on_hand == 13
    assert list(Movement.objects.filter(kind="adjust").values_list("on_hand_delta", flat=True)) == [3]
    assert AuditEntry.objects.filter(action="inventory.adjust").count() == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"key": ""}, "request.key_required"),
        ({"key": "k" * 51}, "request.key_required"),
        ({"units": 0}, "inventory.nothing_to_adjust"),
        ({"sku_id": 2**40}, "inventory.no_such_sku"),
        ({"units": -11}, "inventory.not_enough_stock"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused_and_changes_nothing(
    clerk: Actor, wrong: dict[str, object], code: str
) -> None:
    upload_and_apply(clerk, workbook(Line(quantity=10)))
    sku = Sku.objects.get()
    asked = {"sku_id": sku.pk, "units": 3, "reason": "盘点", "key": "1"} | wrong
    with pytest.raises(Refusal) as refused:
        stock.adjust(actor=person(Role.OPS), now=NOW, **asked)  # type: ignore[arg-type]
    assert refused.value.code == code
    sku.refresh_from_db()
    assert sku.on_hand == 10
    assert not Movement.objects.filter(kind="adjust").exists()
    assert not AuditEntry.objects.filter(action="inventory.adjust").exists()
