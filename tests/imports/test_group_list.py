"""Group lists 接龙 as people paste them: which goods, sizes and units each entry names, and what is left for the contact (FORWARD-11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.contact import read_contact
from imports.group_goods import OfferedGoods, OfferedOption
from imports.group_list import (
    MAX_CHARACTERS,
    NO_COLOUR,
    NO_GOODS,
    NO_NUMBER,
    NO_SIZE,
    NO_SUCH_COLOUR,
    NO_SUCH_NUMBER,
    NO_SUCH_SIZE,
    NO_UNITS,
    GroupEntry,
    read_group_list,
)


def options(start: int, colours: tuple[str, ...], sizes: tuple[str, ...]) -> tuple[OfferedOption, ...]:
    pairs = [(colour, size) for colour in colours for size in sizes]
    return tuple(OfferedOption(start + place, colour, size) for place, (colour, size) in enumerate(pairs))


COAT = OfferedGoods(1, ("羊毛大衣", "QH-88011"), options(10, ("黑", "米白"), ("M", "L")))
SCARF = OfferedGoods(2, ("围巾", "QH-88022"), options(20, ("灰",), ("均码",)))
KNIT = OfferedGoods(3, ("针织衫",), options(30, ("",), ("S", "M", "L", "XL", "XXL")))
BOOT = OfferedGoods(4, ("短靴",), options(40, ("黑",), ("35", "36", "37", "38")))
CHILD = OfferedGoods(5, ("童装",), options(50, ("红",), ("110", "120", "160/84A")))
GOODS = (COAT, SCARF, KNIT, BOOT, CHILD)
WANG = "王芳 13912345678 浙江省杭州市西湖区文三路 1 号"
S, M, L, XL, XXL = range(30, 35)


def picked(entry: GroupEntry) -> list[tuple[int | None, int, str]]:
    return [(each.key, each.units, each.fault) for each in entry.selections]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("3 L 2件", [(L, 2, "")]),
        ("3号 L 2件", [(L, 2, "")]),
        ("3号款L码2件", [(L, 2, "")]),
        ("款3 L 两件", [(L, 2, "")]),
        ("#3 L x2", [(L, 2, "")]),
        ("第3款 L*2", [(L, 2, "")]),
        ("No.3 L ×2", [(L, 2, "")]),
        ("3号L+2", [(L, 2, "")]),
        ("３号　Ｌ　２件", [(L, 2, "")]),
        ("3 xxl 1", [(XXL, 1, "")]),
        ("3 XL", [(XL, 1, "")]),
        ("针织衫 S 1件", [(S, 1, "")]),
        ("QH-88022 均码 3条", [(20, 3, "")]),
        ("2号 2条", [(20, 2, "")]),
        ("1号 黑色 M 1件", [(10, 1, "")]),
        ("1 米白L", [(13, 1, "")]),
        ("1号L米白2件", [(13, 2, "")]),
        ("4 38 1双", [(43, 1, "")]),
        ("4号38码一双", [(43, 1, "")]),
        ("5号 160/84A 1套", [(52, 1, "")]),
        ("3号 L 1件 M 2件", [(L, 1, ""), (M, 2, "")]),
        ("3 L 1件，1 M 黑，2号 1条", [(L, 1, ""), (10, 1, ""), (20, 1, "")]),
        ("3 L, 3 L 2件", [(L, 3, "")]),
        ("1 M", [(None, 1, NO_COLOUR)]),
        ("3 2件", [(None, 2, NO_SIZE)]),
        ("3 XXXL", [(None, 1, NO_SUCH_SIZE)]),
        ("4 M", [(None, 1, NO_SUCH_SIZE)]),
        ("1号 灰 M", [(None, 1, NO_SUCH_COLOUR)]),
        ("9号 L", [(None, 1, NO_SUCH_NUMBER)]),
        ("L 2件", [(None, 2, NO_NUMBER)]),
        ("3 L 0件", [(None, 0, NO_UNITS)]),
        ("要一个", [(None, 1, NO_NUMBER)]),
        ("我要3号 L", [(L, 1, "")]),
        ("1号黑M+3号L", [(10, 1, ""), (L, 1, "")]),
        ("1号黑M+2 3号L+1", [(10, 2, ""), (L, 1, "")]),
        ("3号 S 3号 M 各两件", [(S, 2, ""), (M, 2, "")]),
        ("3 S 1件 3 M 各2件", [(S, 1, ""), (M, 2, "")]),
        ("2 灰 3", [(20, 3, "")]),
        ("4 均码", [(None, 1, NO_SUCH_SIZE)]),
        ("谢谢老板", [(None, 1, NO_GOODS)]),
    ],
)
def test_selection_names_goods_size_and_units(words: str, expected: list[tuple[int | None, int, str]]) -> None:
    [entry] = read_group_list(f"1. {words} {WANG}", GOODS).entries
    assert picked(entry) == expected
    assert read_contact(entry.contact).phone == "13912345678"


@pytest.mark.parametrize("words", ["3号款L码2件", "#3 L x2", "第3款 L*2", "3号L+2", "3L2件"])
def test_selection_behind_an_address_is_read_where_it_can_be_no_part_of_it(words: str) -> None:
    [entry] = read_group_list(f"1、{WANG}，{words}", GOODS).entries
    assert picked(entry) == [(L, 2, "")]
    assert read_contact(entry.contact).address == "浙江省杭州市西湖区文三路 1 号"


def test_numbers_in_an_address_are_no_goods() -> None:
    text = "1. 3 L 王芳 13912345678 上海市 徐汇区 漕溪北路 1 号 3 号楼 2 单元 502 室 M座"
    [entry] = read_group_list(text, GOODS).entries
    assert picked(entry) == [(L, 1, "")]
    assert read_contact(entry.contact).address == "上海市徐汇区漕溪北路 1 号 3 号楼 2 单元 502 室 M座"


def test_telephone_with_blanks_is_no_goods() -> None:
    [entry] = read_group_list("1. 3 L 2 王芳 139 1234 5678 浙江省杭州市西湖区文三路 1 号", GOODS).entries
    assert (picked(entry), read_contact(entry.contact).phone) == ([(L, 2, "")], "13912345678")


@pytest.mark.parametrize("mark", [".", "、", ")", "）", ":", "：", " . "])
def test_rising_numbers_number_the_entries(mark: str) -> None:
    text = f"#接龙\n今晚八点截止\n例 1号 M 1件\n1{mark}3 L {WANG}\n2{mark}3 M 李雷\n浙江省杭州市上城区延安路 5 号\n3{mark}\n"
    found = read_group_list(text, GOODS)
    assert found.heading == ("#接龙", "今晚八点截止", "例 1号 M 1件")
    assert [(each.position, picked(each)) for each in found.entries] == [("1", [(L, 1, "")]), ("2", [(M, 1, "")])]
    assert found.entries[1].contact == "李雷 浙江省杭州市上城区延安路 5 号"


def test_numbers_that_do_not_rise_refer_to_goods() -> None:
    found = read_group_list("3. L 2件 王芳\n3. M 1件 李雷\n2. 1件 赵六", GOODS)
    assert [picked(each) for each in found.entries] == [[(L, 2, "")], [(M, 1, "")], [(20, 1, "")]]


def test_blank_lines_or_lines_separate_entries_without_numbers() -> None:
    blocks = read_group_list(f"#接龙\n\n3 L 2件\n{WANG}\n\n3 M\n李雷", GOODS)
    assert (blocks.heading, [picked(each) for each in blocks.entries]) == (("#接龙",), [[(L, 2, "")], [(M, 1, "")]])
    lines = read_group_list(f"3 L 2件 {WANG}\n3 M 李雷", GOODS)
    assert [picked(each) for each in lines.entries] == [[(L, 2, "")], [(M, 1, "")]]


def test_one_offered_style_needs_no_number_and_one_option_no_words() -> None:
    found = read_group_list(f"1. L 2 {WANG}\n2. 李雷 XL+1\n3. xl 1件 M两件 赵六", [KNIT])
    assert [picked(each) for each in found.entries] == [[(L, 2, "")], [(XL, 1, "")], [(XL, 1, ""), (M, 2, "")]]
    [only] = read_group_list(f"1. {WANG}", [SCARF]).entries
    assert [(each.key, each.units, each.units_assumed) for each in only.selections] == [(20, 1, True)]


@pytest.mark.parametrize(
    ("words", "nickname", "contact"),
    [
        (f"小雨 3号 L 2件 {WANG}", "小雨", WANG),
        (f"阿May🌸 店主 3号 L 2件 {WANG}", "阿May🌸 店主", WANG),
        (f"小雨 我要 3号 L 2件 {WANG}", "小雨", WANG),
        (f"我要3号 L 2件 {WANG}", "", WANG),
        ("王芳 3号 L 2件 13912345678 浙江省杭州市西湖区文三路 1 号", "", WANG),
        (f"{WANG} 3号款L码2件", "", WANG),
        ("小雨 3号 L 2件", "", "小雨"),
    ],
)
def test_words_before_the_goods_are_a_nickname_where_a_name_follows(words: str, nickname: str, contact: str) -> None:
    """WeChat writes the nickname of whoever takes part before what she wrote (FORWARD-11)."""
    [entry] = read_group_list(f"1. {words}", GOODS).entries
    assert (picked(entry), entry.nickname, entry.contact) == ([(L, 2, "")], nickname, contact)


@pytest.mark.parametrize("phone", ["+852 91234567", "+852-9123-4567", "(+853) 6612 3456", "+886 912 345 678"])
def test_telephone_with_a_country_code_is_no_units(phone: str) -> None:
    [entry] = read_group_list(f"1. 3 L 2件 王芳 {phone} 香港九龙弥敦道 600 号", GOODS).entries
    assert picked(entry) == [(L, 2, "")]
    assert read_contact(entry.contact).phone.startswith("+8")


def test_text_of_too_many_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="20000"):
        read_group_list("x" * (MAX_CHARACTERS + 1), GOODS)


def test_circled_numbers_begin_entries() -> None:
    found = read_group_list(f"①小雨 1号黑M {WANG}②阿芳 3号L {WANG}\n(3) 3号XL {WANG}", GOODS)
    assert found.heading == ()
    assert [(entry.position, picked(entry)) for entry in found.entries] == [
        ("1", [(10, 1, "")]),
        ("2", [(L, 1, "")]),
        ("3", [(XL, 1, "")]),
    ]


def test_a_line_with_a_telephone_number_above_the_first_number_is_an_entry() -> None:
    found = read_group_list(f"今晚开团\n3号 L {WANG}\n2. 3号 XL {WANG}", GOODS)
    assert found.heading == ("今晚开团",)
    assert [(entry.position, picked(entry)) for entry in found.entries] == [("", [(L, 1, "")]), ("2", [(XL, 1, "")])]


WORDS = [
    "3",
    "L",
    "2件",
    "1号",
    "黑色",
    "王芳",
    "小雨",
    "我要",
    "+852-91234567",
    "13912345678",
    "浙江省杭州市西湖区",
    "文三路",
    "9",
    "x2",
    "谢谢",
    "38码",
    "，",
    "\n",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
def test_every_word_is_in_a_selection_or_in_the_contact(words: list[str]) -> None:
    """Nothing of an entry is dropped, whatever stands in it."""
    found = read_group_list("接龙开始\n1. " + " ".join(words), GOODS)
    kept = " ".join(
        [
            *found.heading,
            *(
                f"{entry.nickname} {' '.join(each.text for each in entry.selections)} {entry.contact}"
                for entry in found.entries
            ),
        ]
    ).split()
    for word in words:
        if word.strip("，\n"):
            assert kept.count(word) >= 1, (word, found)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for entry in read_group_list(text, GOODS).entries:
        assert entry.selections
        assert all((each.key is None) == bool(each.fault) for each in entry.selections)
