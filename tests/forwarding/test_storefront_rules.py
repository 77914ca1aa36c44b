"""Which brands a storefront hides, and what its texts and searches tell (FORWARD-20)."""

import time

from hypothesis import given
from hypothesis import strategies as st

from forwarding.rules.pages import PageSource, SourceItem, SourcePicture, SourceStyle
from forwarding.rules.redaction import brand_words, fold_text
from forwarding.rules.storefront import (
    NamedGoods,
    OfferedBrand,
    hidden_brands,
    matching_goods,
    ordered_categories,
    storefront_view,
)

NAMES = ("青禾女装", "青禾", "QINGHE 青禾", "云杉服饰", "云杉之家", "Pine & Co", "林间")


def style(number: int, brand: str, *, cut: bool, text: str = "") -> SourceStyle:
    return SourceStyle(
        style_id=number,
        style_no=f"NO-{number}",
        name=f"{text}大衣",
        category="女装",
        picture="a" * 64,
        price_fen=100_00,
        floor_fen=None,
        items=(SourceItem(number, text, "M", 5, cut),),
        brand_name=brand,
        tag_price_fen=300_00,
        selling_point=text,
        pictures=(SourcePicture("a" * 64, has_logo=True), SourcePicture("b" * 64, has_logo=False)),
    )


def test_brand_with_cut_goods_is_hidden_with_those_that_share_its_words() -> None:
    brands = [OfferedBrand(name, has_cut=name == "青禾女装") for name in NAMES]
    assert hidden_brands(brands) == {"青禾女装", "青禾", "QINGHE 青禾"}
    assert hidden_brands([OfferedBrand(name, has_cut=False) for name in NAMES]) == frozenset()


def test_brand_that_shares_a_word_with_a_hidden_one_hides_its_own_kin() -> None:
    brands = [OfferedBrand("青禾", has_cut=True), OfferedBrand("Moss 青禾", False), OfferedBrand("moss kids", False)]
    assert hidden_brands(brands) == {"青禾", "Moss 青禾", "moss kids"}


@given(
    cut=st.lists(st.booleans(), min_size=len(NAMES), max_size=len(NAMES)),
    told=st.sampled_from([*NAMES, "青 禾", "q i n g h e", "NO-1", ""]),
)
def test_no_text_of_a_storefront_tells_a_hidden_brand(cut: list[bool], told: str) -> None:
    styles = tuple(
        style(number, name, cut=cut[number], text=told if number % 2 else name) for number, name in enumerate(NAMES)
    )
    brands = [OfferedBrand(each.brand_name, each.label_cut, [each.style_no]) for each in styles]
    hidden = hidden_brands(brands)
    view = storefront_view(PageSource("", "", f"{told}的店", styles[1:], remark=f"{told}两天发货 NO-0"), brands)
    said = fold_text(repr(view).replace("a" * 64, ""))
    assert [word for name in hidden for word in brand_words(name) if fold_text(word) in said] == []
    assert not ("青禾女装" in hidden and "no0" in said)
    for source, shown in zip(styles[1:], view.styles, strict=True):
        is_hidden = source.brand_name in hidden
        assert shown.brand == ("" if is_hidden else source.brand_name)
        assert (shown.style_no == "") or not is_hidden
        assert shown.pictures == (("b" * 64,) if is_hidden else ("a" * 64, "b" * 64))
        assert (shown.tag_price_fen is None) == source.label_cut


def test_a_storefront_with_labelled_goods_only_shows_all_brands() -> None:
    styles = tuple(style(number, name, cut=False) for number, name in enumerate(NAMES, start=1))
    view = storefront_view(PageSource("", "", "小店", styles), [OfferedBrand(name, False) for name in NAMES])
    assert [each.brand for each in view.styles] == list(NAMES)
    assert [each.style_no for each in view.styles] == [each.style_no for each in styles]


@given(words=st.text("青禾 NO-1云杉大衣x", max_size=6))
def test_search_finds_goods_of_a_hidden_brand_by_what_is_shown_only(words: str) -> None:
    brands = [OfferedBrand("青禾", True, ["NO-1"]), OfferedBrand("云杉", False, ["NO-2"])]
    goods = [NamedGoods(1, "青禾", "NO-1", "青禾大衣 NO-1", "女装"), NamedGoods(2, "云杉", "NO-2", "云杉大衣", "女装")]
    found = matching_goods(goods, words, brands)
    wanted = [fold_text(word) for word in words.split() if fold_text(word)]
    assert (1 in found) == (bool(wanted) and all(word in "大衣\n女装\n\n" for word in wanted))
    assert (2 in found) == (bool(wanted) and all(word in "云杉大衣\n女装\nno2\n云杉" for word in wanted))


def test_search_does_not_find_what_is_left_of_a_number_that_is_not_shown() -> None:
    brands = [OfferedBrand("青禾", True, ["NO-1"]), OfferedBrand("云杉", False, ["NO-1-HAT"])]
    goods = [NamedGoods(2, "云杉", "NO-1-HAT", "云杉帽子", "女装")]
    assert matching_goods(goods, "hat", brands) == []
    assert matching_goods(goods, "帽子", brands) == [2]


def test_time_of_a_search_hardly_grows_with_the_numbers_that_are_hidden() -> None:
    few, many = seconds_of_search(numbers=30), seconds_of_search(numbers=3000)
    assert many < 5 * few


def seconds_of_search(*, numbers: int) -> float:
    """Of the processor, for a search in 600 goods while so many numbers are hidden; the least of three."""
    brands = [OfferedBrand("青禾", True, [f"QH-{number + 10_000}" for number in range(numbers)])]
    goods = [NamedGoods(each, "青禾", f"QH-{each + 10_000}", f"羊毛大衣 {each}", "女装") for each in range(600)]
    taken = []
    for _ in range(3):
        started = time.process_time()
        assert len(matching_goods(goods, "羊毛", brands)) == 600
        taken.append(time.process_time() - started)
    return min(taken)


def test_categories_stand_in_her_order_then_by_number_without_hidden_ones() -> None:
    assert ordered_categories([1, 2, 3, 4], [3, 9, 1], [2]) == [3, 1, 4]
    assert ordered_categories([], [1], []) == []
