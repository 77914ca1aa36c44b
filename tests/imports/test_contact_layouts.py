"""ORDER-5 over pasted texts as chats, forms and tables have them: labels, quotation marks, numbers and remarks around the fields."""

import random

import pytest

from imports.contact import Contact, read_contact
from imports.order_cells import split_contact

NAMES = (
    "陈嘉怡", "刘洋", "欧阳修远", "张小姐", "司徒慧", "宝贝妈妈", "Emma", "阿依努尔·买买提", "黎明", "江海", "方圆",
    "小鱼儿", "Kevin Zhang", "吴老师", "单田芳", "林区长", "金店主",
)  # fmt: skip
ADDRESSES = (
    "江苏省无锡市滨湖区蠡湖大道2009号蠡湖公馆7幢1102", "北京市海淀区中关村南大街5号院8号楼2单元501",
    "浙江省金华市义乌市稠城街道化工路118号4楼东边", "安徽 芜湖 镜湖区 北京中路7号金鼎大厦1203",
    "新疆维吾尔自治区伊犁哈萨克自治州伊宁市解放西路3巷15号", "湖北省恩施土家族苗族自治州恩施市航空大道1号",
    "香港九龙尖沙咀弥敦道132号美丽华广场A座", "澳门特别行政区花地玛堂区黑沙环新街88号",
    "台湾省高雄市前镇区成功二路25号", "贵州省贵阳市云岩区中华北路1号 贵州饭店 B1",
)  # fmt: skip
PHONES = (
    ("13801234567", "13801234567"), ("186 5755 1313", "18657551313"), ("+8619984837261", "19984837261"), ("86-15004480187", "15004480187"),
    ("17749711164转1316", "17749711164-1316"), ("１３８２１４４８００１", "13821448001"), ("0512-27435552", "0512-27435552"),
)  # fmt: skip
LAYOUTS = (
    "{n}\n{p}\n{a}",
    "地址：{a}\n收件人：{n}\n手机：{p}",
    "{a}  {p}  {n}（收）",
    "{n}，{p}\n{a}，邮编：215000",
    "收货信息：{n} {p} {a}",
    "{p}，{a}，{n}收",
    "姓 名:{n}|手 机:{p}|地 址:{a}",
    "发给 {n} {p} {a}",
    "麻烦寄到：{a}，{n}，{p}，谢谢老板",
    "【收货人】{n}【电话】{p}【地址】{a}",
    '"{n}","{p}","{a}"',
    "【{n}】【{p}】【{a}】",
    "①{n}②{p}③{a}",
    "1、{n} 2、{p} 3、{a}",
    "送货地址：{a}\n联系人：{n}({p})",
    "客户：{n} 联系方式：{p} 公司地址：{a} 备注：周末送，别打电话",
)


def test_name_number_and_address_are_right_in_every_layout() -> None:
    """More than a thousand lines, each of them right: the least that was asked for is 97 %."""
    rng = random.Random(20261130)
    wrong, lines = [], 0
    for layout in LAYOUTS:
        for name in NAMES:
            for written, phone in rng.sample(PHONES, 4):
                address = rng.choice(ADDRESSES)
                read = read_contact(layout.format(n=name, p=written, a=address))
                lines += 1
                if (read.name, read.phone, _bare(read.address)) != (name, phone, _bare(address)):
                    wrong.append((layout, name, written, address, read))
    assert (lines, wrong) == (16 * 17 * 4, [])


def _bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", ["杨镇", "陈", "程路", "牛村"])
def test_a_label_makes_a_name_of_what_would_be_a_place(name: str) -> None:
    assert read_contact(f"收件人：{name}\n手机：13801234567\n地址：{ADDRESSES[0]}") == Contact(
        name, "13801234567", ADDRESSES[0]
    )


@pytest.mark.parametrize(
    "words",
    [
        "老地址",
        "同上",
        "老客户",
        "跟上次一样",
        "地址跟上次一样",
        "还是上次那个地址",
        "老规矩",
        "跟上次一样的地址",
        "原地址",
        "地址不变",
    ],
)
def test_words_of_an_earlier_order_are_no_name_and_no_address(words: str) -> None:
    """They are shown as not understood, and what they stand for is asked."""
    for text in (words, f"{words} 13801234567", f"13801234567，{words}"):
        read = read_contact(text)
        assert (read.name, read.address) == ("", "")
        assert "".join(read.left_out) in words
    read = read_contact(f"{words} 13801234567 {ADDRESSES[0]}")
    assert (read.name, read.address) == ("", ADDRESSES[0])
    assert read_contact(f"王芳 {words} 13801234567").name == "王芳"


def test_words_of_an_earlier_order_at_a_name_leave_it_to_be_asked() -> None:
    assert read_contact(f"老客户张三 13801234567 {ADDRESSES[0]}").name == ""


@pytest.mark.parametrize("text", ["昵称：王芳 13801234567 " + ADDRESSES[0], "陈收 13801234567 " + ADDRESSES[0]])
def test_a_word_with_an_unknown_label_is_no_name(text: str) -> None:
    assert read_contact(text).name == ""


def test_a_remark_is_shown_and_is_no_part_of_the_address() -> None:
    read = read_contact(f"王芳 13801234567 {ADDRESSES[0]} 备注：放门口，别打电话\n谢谢")
    assert read == Contact("王芳", "13801234567", ADDRESSES[0], ("放门口", "别打电话", "谢谢"))
    assert split_contact(f"王芳 13801234567 {ADDRESSES[0]} 备注：放门口") is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("Peter Chan 9001 2345 香港九龙油麻地弥敦道500号", "+852-90012345"),
        ("Peter Chan 852-90012345 香港九龍油麻地彌敦道500號", "+852-90012345"),
        ("黄大文 6688 1234 澳门氹仔埃武拉街12号", "+853-66881234"),
        ("林志明 (02)2345-6789 台北市信义区松高路12号3楼", "+886-223456789"),
        ("林志明 13801234567 香港九龙油麻地弥敦道500号 2345 6789", "13801234567"),
        ("王芳 88001234 山东省青岛市市南区香港中路1号", ""),
        ("王芳 90012345 66881234 香港九龙油麻地弥敦道500号", ""),
    ],
)
def test_a_number_without_its_code_is_one_of_the_place_that_the_address_names(text: str, phone: str) -> None:
    assert read_contact(text).phone == phone


def test_brackets_inside_a_field_stay() -> None:
    address = "江苏省苏州市姑苏区观前街1号【菜鸟驿站】旁"
    assert read_contact(f"王芳[7804] 18412345678-7804 {address}") == Contact("王芳[7804]", "18412345678-7804", address)
    assert read_contact(f"{ADDRESSES[0]} 王芳(女士) 13801234567") == Contact("王芳(女士)", "13801234567", ADDRESSES[0])
