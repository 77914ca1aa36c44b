"""A recipient out of a pasted text."""

import json
import re
import time
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports import contact
from imports.contact import MAX_CHARACTERS, Contact, read_contact
from imports.contact_words import LABEL_WORDS
from imports.divisions import Division, all_divisions
from imports.order_cells import split_contact
from imports.phones import ZERO_WIDTH, read_phone
from kernel import traditional
from kernel.traditional import simplified

ADDRESS = "浙江省杭州市西湖区文三路478号华星时代广场A座1201"


@pytest.mark.parametrize(
    "text",
    [
        f"王小美 13800138000 {ADDRESS}",
        f"王小美，13800138000，{ADDRESS}",
        f"{ADDRESS} 王小美 13800138000",
        f"{ADDRESS}\n王小美\n138 0013 8000",
        f"收货人：王小美\n手机号码：138-0013-8000\n详细地址：{ADDRESS}",
        f"收件人:王小美 联系电话:+86 13800138000 收货地址:{ADDRESS}",
        f"13800138000\t王小美\t{ADDRESS}",
        f"姓名：王小美；电话：13800138000；地址：{ADDRESS}",
        f"王小美 １３８００１３８０００ {ADDRESS}",
    ],
)
def test_an_address_is_read_however_it_was_pasted(text: str) -> None:
    assert read_contact(text) == Contact("王小美", "13800138000", ADDRESS)


def test_a_region_apart_from_the_street_is_joined() -> None:
    text = "收货人: 李雷\n手机号: 13912345678\n所在地区: 广东省深圳市南山区\n详细地址: 科技园路1号"
    assert read_contact(text) == Contact("李雷", "13912345678", "广东省深圳市南山区科技园路1号")


# ORDER-5
def test_a_part_that_is_not_recognised_is_left_empty() -> None:
    assert read_contact("13800138000") == Contact("", "13800138000", "")
    assert not read_contact("王小美 明天发货").complete
    assert read_contact("").phone == ""


def test_a_house_number_is_not_taken_for_a_phone() -> None:
    assert read_contact(f"王小美 {ADDRESS}").phone == ""


def test_a_landline_is_a_phone_too() -> None:
    assert read_contact(f"王小美 0571-88888888 {ADDRESS}").phone == "0571-88888888"


@pytest.mark.parametrize(
    "address",
    [
        "黑龙江省大兴安岭地区加格达奇区铁路南小区29号楼4单元",
        "新疆维吾尔自治区阿克苏地区温宿县托乎拉乡1号",
        "广东省深圳市福田区华强北路赛格手机市场3楼A12",
        "上海市虹口区四川北路100号电话大楼2楼",
        "浙江省杭州市西湖区文三路1号名字酒店302",
        "河南省郑州市金水区地址大厦联系人路5号",
        "北京市朝阳区望京soho t3 2208",
        "浙江省杭州市西湖区文三路 100 号 3 幢 201 室",
    ],
)
def test_the_address_stays_as_written(address: str) -> None:
    """A label inside a word is none, and blanks between Latin words and digits stay (ORDER-5)."""
    for text in (f"孙悟空 13920003000 {address}", f"{address} 孙悟空 13920003000", f"{address}，13920003000，孙悟空"):
        assert read_contact(text) == Contact("孙悟空", "13920003000", address)


def test_latin_words_stay_apart_wherever_they_stand() -> None:
    text = "Room 5B, No.8 Park Road, 上海市徐汇区 Tom Lee 13800138044"
    assert read_contact(text) == Contact("Tom Lee", "13800138044", "Room 5B, No.8 Park Road 上海市徐汇区")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("李二 18412345678-7804 湖北省荆门市东宝区泉口路1号", "18412345678-7804"),
        ("李二 18412345678转7804 湖北省荆门市东宝区泉口路1号", "18412345678-7804"),
        ("李二 (0724)2345678 转 801 湖北省荆门市东宝区泉口路1号", "0724-2345678-801"),
    ],
)
def test_an_extension_stays_with_its_number(text: str, phone: str) -> None:
    assert read_contact(text) == Contact("李二", phone, "湖北省荆门市东宝区泉口路1号")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"王小美 13800138000 13987654321 {ADDRESS}", Contact("王小美", "13800138000", ADDRESS, ("13987654321",))),
        (f"王小美,13800138000,310012,{ADDRESS}", Contact("王小美", "13800138000", ADDRESS, ("310012",))),
        (f"王小美 18412345678,7806 {ADDRESS}", Contact("王小美", "18412345678", ADDRESS, ("7806",))),
        (f"王 13800138000 {ADDRESS}", Contact("", "13800138000", ADDRESS, ("王",))),
        (f"{ADDRESS} 陈大文 +65 91234567", Contact("陈大文", "", ADDRESS, ("+65 91234567",))),
        ("王小美 明天发货", Contact("", "", "", ("王小美 明天发货",))),
    ],
)
def test_words_that_fit_no_field_are_left_out(text: str, read: Contact) -> None:
    assert read_contact(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "省市区: 福建省厦门市思明区 详细: 湖滨南路1号附3号 收件: 陈七 13800138045",
            "福建省厦门市思明区湖滨南路1号附3号",
        ),
        ("1.福建省厦门市思明区湖滨南路1号\n13800138045  陈七收", "福建省厦门市思明区湖滨南路1号"),
        ("福建 厦门 思明区 湖滨南路1号 陈七 13800138045", "福建厦门思明区湖滨南路1号"),
    ],
)
def test_a_province_is_no_name_and_a_label_no_address(text: str, read: str) -> None:
    assert (read_contact(text).address, read_contact(text).phone) == (read, "13800138045")
    assert read_contact(text).name in ("陈七", "")


@pytest.mark.parametrize("remark", ["谢谢", "周末前要", "请尽快发货", "麻烦加急"])
def test_a_remark_is_no_name(remark: str) -> None:
    assert read_contact(f"13800138000 {ADDRESS} {remark}").name == ""
    assert read_contact(f"王小美 13800138000 {ADDRESS}，{remark}").name == "王小美"


@pytest.mark.parametrize("courtesy", ["谢谢", "尽快发", "请尽快发货", "麻烦加急", "尽快发货谢谢!"])
@pytest.mark.parametrize("separator", [" ", "，", "\n"])
def test_a_courtesy_is_no_address(courtesy: str, separator: str) -> None:
    read = read_contact(f"王小美 13800138000 {ADDRESS}{separator}{courtesy}")
    assert (read.name, read.phone, read.address, read.left_out) == ("王小美", "13800138000", ADDRESS, (courtesy,))


@pytest.mark.parametrize("word", ["发展大厦", "放门口", "谢谢超市", "快递柜"])
def test_a_word_of_a_place_stays_in_the_address(word: str) -> None:
    read = read_contact(f"收货人：王小美 电话：13800138000 地址：{ADDRESS} {word}")
    assert (read.name, read.address, read.left_out) == ("王小美", f"{ADDRESS} {word}", ())


def test_of_two_words_that_may_be_the_name_neither_is_taken() -> None:
    assert read_contact("宁波 海曙区中山西路1号 王小美 13800138000").name == ""


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138-0013-8070", "13800138070"),
        ("+86 138 0013 8071", "13800138071"),
        ("１３８００１３８０７３", "13800138073"),
        ("0571 88881234", "0571-88881234"),
        ("(0571)88881234", "0571-88881234"),
        ("0571-88881234-801", "0571-88881234-801"),
        ("18412345678-7804", "18412345678-7804"),
        ("18412345678转分机7804", "18412345678-7804"),
        ("0086-13800138072", "13800138072"),
        ("(+86)138.0013.8072", "13800138072"),
        ("+852 9123 4567", "+852-91234567"),
        ("(852)9123-4567", "+852-91234567"),
        ("00853 66123456", "+853-66123456"),
        ("+886 912-345-678", "+886-912345678"),
        ("+886 2 2345 6789", "+886-223456789"),
        ("0912-345-678", "0912345678"),
        ("02-2345-6789", "02-23456789"),
        ("91234567", ""),
        ("+1 415 555 2671", ""),
        ("1380013807", ""),
        ("13800138070 王", ""),
        ("", ""),
    ],
)
def test_a_number_is_read_as_a_phone_fills_it_in(typed: str, number: str) -> None:
    assert read_phone(typed) == number


@pytest.mark.parametrize(
    "text",
    [
        "收貨人：陳大文\n電話：13800138000\n地址：臺北市大安區忠孝東路四段1號3樓",
        "聯絡人 陳大文 聯絡電話 13800138000 收貨地址 臺北市大安區忠孝東路四段1號3樓",
        "收件人姓名:陳大文 手機號碼:13800138000 詳細地址:臺北市大安區忠孝東路四段1號3樓",
        "陳大文，13800138000，臺北市大安區忠孝東路四段1號3樓",
        "地址臺北市大安區忠孝東路四段1號3樓\n收貨人陳大文\n13800138000",
    ],
)
def test_traditional_characters_are_read_and_stay_as_written(text: str) -> None:
    found = read_contact(text)
    assert found == Contact("陳大文", "13800138000", "臺北市大安區忠孝東路四段1號3樓")
    located = found.located
    assert located.division == Division("台湾省", "台北市", "大安区")
    assert found.address[located.end :] == "忠孝東路四段1號3樓"


def test_a_traditional_region_or_remark_is_no_name() -> None:
    assert read_contact("廣東 13800138000 廣東省東莞市莞城區東正路5號") == Contact(
        "", "13800138000", "廣東廣東省東莞市莞城區東正路5號"
    )
    assert read_contact("謝謝 李雷 13800138000 廣東省東莞市莞城區東正路5號").name == "李雷"


def test_every_pair_of_characters_keeps_the_length_and_ends_in_a_simplified_one() -> None:
    pairs = json.loads((Path(traditional.__file__).parent / "data" / "traditional.json").read_text("utf-8"))
    assert len(pairs["traditional"]) == len(set(pairs["traditional"])) > 500
    assert simplified(pairs["traditional"]) == pairs["simplified"] == simplified(pairs["simplified"])
    names = [name for each in all_divisions() for name in (each.province, each.city, each.county)]
    assert [name for name in names if simplified(name) != name] == []


HOSTILE = [
    "13800000001,", "13800000000 ", "0571-88888888 ", "1", "0", "1-", "收货人:", "收货人 ", "电话 ", " ", "\t", "\n", ",", "\n, ", "张三 ",
    "Tom ", "ab, ", "浙江省杭州市 ", "浙江省杭州市西湖区,", "李小龙,", "谢谢", "收", "+86 ", "+1 ", "(0571", "138 ", "13800138000-",
    "转", "收货人", "電話:", "·", "陳·",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_of_a_long_text_grows_no_faster_than_its_length(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "MAX_CHARACTERS", 10**9)

    def seconds(characters: int) -> float:
        text = (piece * characters)[:characters]
        began = time.process_time()
        found = read_contact(text)
        assert found.located is not None
        return time.process_time() - began

    seconds(100)
    # Sixteen times the text: a quadratic reader takes 256 times as long.
    longest = max(min(seconds(12_500) for _ in range(2)) * 120, 0.5)
    assert any(seconds(200_000) < longest for _ in range(2)), longest


def test_a_text_that_is_too_long_for_a_recipient_is_not_read() -> None:
    text = f"王小美 13800138000 {ADDRESS}"
    longest = text + " " * (MAX_CHARACTERS - len(text))
    assert read_contact(longest).complete
    assert read_contact(longest + " ") == Contact("", "", "", (longest,))
    assert split_contact(longest) == ("王小美", "13800138000", ADDRESS)
    assert split_contact(longest + " ") is None


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        (f"路遥 13800138009 {ADDRESS}", "路遥", "13800138009"),
        (f"楼小姐，13800138009，{ADDRESS}", "楼小姐", "13800138009"),
        (f"{ADDRESS}，路口，王小美，13800138009", "王小美", "13800138009"),
        (f"【姓名】李四【电话】13800138010【地址】{ADDRESS}", "李四", "13800138010"),
        (f"姓名李四电话13800138010地址{ADDRESS}", "李四", "13800138010"),
        (f"To: Tom Lee Tel: 13800138010 Add: {ADDRESS}", "Tom Lee", "13800138010"),
        (f"李四/13800138010/{ADDRESS}", "李四", "13800138010"),
        (f"李四[7804] 18412345678 {ADDRESS}", "李四[7804]", "18412345678"),
        (f"陈大文 (+852)9123 4567 {ADDRESS}", "陈大文", "+852-91234567"),
        (f"{ADDRESS} 陈大文 00853-66123456", "陈大文", "+853-66123456"),
        (f"0912345678 陈大文 {ADDRESS}", "陈大文", "0912345678"),
        (f"陈大文 +886 912 345 678 {ADDRESS}", "陈大文", "+886-912345678"),
    ],
)
def test_names_numbers_and_labels_of_other_forms_are_read(text: str, name: str, phone: str) -> None:
    read = read_contact(text)
    assert (read.name, read.phone) == (name, phone)
    assert read.address in (ADDRESS, f"{ADDRESS}路口")


WORDS = st.text(st.characters(categories=("Lo", "Lu", "Ll", "Nd"), max_codepoint=0x9FFF), min_size=1, max_size=12)
NUMBERS = st.sampled_from(
    ["13800138009", "18412345678-7804", "0571-88881234", "+852-91234567", "+86 13900139000", "310012"]
)
PLACES = st.sampled_from(
    [ADDRESS, "香港九龙旺角弥敦道1号", "浙江 杭州 西湖区", "文三路", "Room 5B, No.8 Park Road", "王小美", "Tom Lee"]
)
SEPARATORS = st.sampled_from([" ", "\n", "，", ",", ";", "、", "\t", "|", "/", "。", ""])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.one_of(WORDS, NUMBERS, PLACES), SEPARATORS), max_size=12))
def test_every_letter_and_digit_of_a_pasted_text_is_in_a_field_or_left_out(pieces: list[tuple[str, str]]) -> None:
    """ORDER-5: nothing is lost. Labels, the country code 86, a list's number and the sign of the receiver (收) say nothing of their own."""
    text = "".join(piece + separator for piece, separator in pieces)
    read = read_contact(text)
    lost = letters_and_digits(re.sub(r"^\s*\d{1,2}[.、)]\s*(?=\D)", "", nfkc(text)))
    lost -= letters_and_digits(nfkc("".join((read.name, read.phone, read.address, *read.left_out))))
    folded = simplified(nfkc(text)).lower()
    for word in (*LABEL_WORDS, "转", "分机", "收", "ext"):
        lost -= Counter(word * folded.count(word))
    lost -= Counter("0086" * len(pieces))
    assert not lost


def nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", ZERO_WIDTH.sub("", text))


def letters_and_digits(text: str) -> Counter[str]:
    return Counter(sign for sign in simplified(text).lower() if sign.isalnum())
