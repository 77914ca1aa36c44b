"""Pasted lists of recipients, as people keep them in chats: which characters belong to which recipient (ORDER-5)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.contact import read_contact
from imports.contact_list import MAX_CHARACTERS, split_contacts

WANG = ("王芳", "13912345678", "浙江省杭州市西湖区文三路 1 号")
LI = ("李雷", "13900000002", "上海市徐汇区漕溪北路 2 号")
ZHAO = ("赵敏", "18412345678-7804", "广东省深圳市南山区科技园 3 栋")
PEOPLE = (WANG, LI, ZHAO)


def read(text: str) -> list[tuple[str, str, str]]:
    found = (read_contact(piece) for piece in split_contacts(text))
    return [(each.name, each.phone, each.address) for each in found]


def joined(line: str, between: str) -> str:
    return between.join(line.format(*each) for each in PEOPLE)


@pytest.mark.parametrize(
    "text",
    [
        joined("{0} {1} {2}", "\n"),
        joined("{2} {0} {1}", "\n"),
        joined("{0}，{1}，{2}", "\r\n"),
        joined("{0} {1} {2}", "\n\n"),
        joined("{0} {1} {2}", "；"),
        joined("{0} {1} {2}", " | "),
        joined("{0}\n{1}\n{2}", "\n"),
        joined("{0}\n{1}\n{2}", "\n\n"),
        joined("{0}\n\n{1}\n\n{2}", "\n\n"),
        joined("{2}\n{0} {1}", "\n"),
        joined("{1}\n{0}\n{2}", "\n"),
        joined("{1} {0}\n{2}", "\n \t\n"),
        joined("收货人：{0}\n手机号：{1}\n地址：{2}", "\n"),
        joined("姓名:{0} 电话:{1} 地址:{2}", "\n"),
        "\n".join(f"{place}. {each[0]} {each[1]} {each[2]}" for place, each in enumerate(PEOPLE, 1)),
        joined("{0}\t{1}\t{2}", "\n"),
    ],
)
def test_each_recipient_is_a_piece_of_its_own(text: str) -> None:
    assert [tuple(re.sub(r"\s", "", part) for part in each) for each in read(text)] == [
        tuple(part.replace(" ", "") for part in each) for each in PEOPLE
    ]


def test_a_recipient_without_a_number_is_a_piece_of_its_own() -> None:
    lines = [f"{WANG[0]} {WANG[1]} {WANG[2]}", f"{LI[0]} {LI[2]}", f"{ZHAO[0]} {ZHAO[1]} {ZHAO[2]}"]
    assert split_contacts("\n".join(lines)) == lines
    stacked = ["\n".join(WANG), "\n".join((LI[0], LI[2])), "\n".join(ZHAO)]
    assert split_contacts("\n".join(stacked)) == ["\n".join(WANG), f"{LI[0]}\n{LI[2]}", "\n".join(ZHAO)]


def test_a_remark_stays_with_the_recipient_before_it() -> None:
    first = " ".join(WANG) + "\n周末前要，谢谢"
    assert split_contacts(first + "\n" + " ".join(LI)) == [first, " ".join(LI)]


def test_two_numbers_of_one_recipient_stay_together() -> None:
    line = f"{WANG[0]} {WANG[1]} 0571-88880000 {WANG[2]}"
    assert split_contacts(f"{line}\n{' '.join(LI)}") == [line, " ".join(LI)]


def test_a_heading_between_blank_lines_is_a_piece_that_reads_as_nobody() -> None:
    heading, first, *_ = split_contacts("今晚的地址\n\n" + joined("{0} {1} {2}", "\n"))
    assert (heading, first) == ("今晚的地址", " ".join(WANG))


def test_nothing_is_nobody() -> None:
    assert split_contacts(" \n\n\t\n") == []


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="20000 characters"):
        split_contacts("王" * (MAX_CHARACTERS + 1))


WORDS = st.sampled_from(
    [*WANG, *LI, *ZHAO, "\n", "\n\n", " ", "；", "|", "收货人：", "1.", "谢谢", "a", "\u2028", "\r"]
)


@given(st.lists(WORDS, max_size=40).map("".join))
def test_every_visible_character_is_in_one_piece(text: str) -> None:
    pieces = split_contacts(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece.strip() for piece in pieces)


@pytest.mark.parametrize("words", ["老地址", "同上", "跟上次一样", "地址不变", "老样子"])
def test_a_line_that_points_to_an_earlier_address_is_a_recipient_of_its_own(words: str) -> None:
    """Else 赵敏 would get the number and the address of the line above."""
    lines = [
        "老客户 13812340003 上海市徐汇区漕溪北路1号",
        f"赵敏 {words}",
        "李雷 13812340004 广东省深圳市南山区科技园南路8号",
    ]
    pieces = split_contacts("\n".join(lines))
    assert pieces == lines
    assert [(read.name, read.phone, read.address[:3]) for read in map(read_contact, pieces)] == [
        ("", "13812340003", "上海市"),
        ("赵敏", "", ""),
        ("李雷", "13812340004", "广东省"),
    ]
