"""A brand looks for its goods."""

import pytest
from django.utils.translation import override

from accounts.rules import Actor
from inventory.queries import skus_of_brand
from tests.inventory.goods import Line, land, new_brand, workbook

pytestmark = pytest.mark.django_db


def found(brand_id: int, words: str = "") -> list[str]:
    return [f"{each.style_no} {each.size}" for each in skus_of_brand(brand_id, words=words).items]


@pytest.mark.parametrize(
    ("words", "goods"),
    [
        ("", ["B200 M", "A100 M", "A100 L"]),
        ("a1", ["A100 M", "A100 L"]),
        ("100", []),
        ("风衣", ["B200 M"]),
        ("6901234500011", ["A100 L"]),
        ("690123450001", []),
    ],
)
def test_words_find_goods_by_style_number_name_or_barcode(
    clerk: Actor, brand_id: int, words: str, goods: list[str]
) -> None:
    coat = Line(style_no="B200", name="长款风衣", category="风衣")
    land(clerk, workbook(coat, Line(), Line(size="L", barcode="6901234500011")))
    assert found(brand_id, words) == goods
    assert found(new_brand("别家"), words) == []


def test_pages_of_stock_follow_each_other_style_by_style(clerk: Actor, brand_id: int) -> None:
    land(clerk, workbook(*[Line(style_no=style, size=size) for size in "SML" for style in ("B2", "A1")]))
    seen, after = [], ""
    while True:
        page = skus_of_brand(brand_id, after=after, size=2)
        seen += [f"{each.style_no} {each.size}" for each in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == ["B2 S", "B2 M", "B2 L", "A1 S", "A1 M", "A1 L"]


def test_categories_are_named_in_the_language_of_whoever_asks(clerk: Actor, brand_id: int) -> None:
    land(clerk, workbook(Line()))
    said = {}
    for language in ("zh-hans", "en"):
        with override(language):
            said[language] = skus_of_brand(brand_id).items[0].category
    assert said == {"zh-hans": "女上装", "en": "Women's tops"}
