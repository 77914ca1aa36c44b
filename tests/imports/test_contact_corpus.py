"""ORDER-5 over 600 pasted texts in ten layouts, made from names, numbers and addresses as people write them."""

import random
import re
from collections.abc import Iterator

from imports.contact import Contact, read_contact
from imports.divisions import all_divisions

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = (
    "小美丽芳娜秀英敏静伟强磊军洋勇艳杰娟涛明超兰霞平刚桂华玉萍红娥玲芬燕彩春菊云莲真环雪荣妹香月莺媛瑞凡佳嘉琼勤珍贞"
)
COMPOUND_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "皇甫")
LATIN_NAMES = ("Tom Lee", "Alice", "Jean-Luc Picard", "Mary Ann", "阿卜杜拉·买买提")
NICKNAMES = ("小雨妈妈", "阿丽", "丽丽姐", "木木")
STREETS = (
    "文三路478号",
    "建设路12弄3号楼201室",
    "阳光花园A座1201",
    "人民大道88号中心大厦5楼",
    "望京SOHO T3 2208",
    "幸福小区6栋2单元301",
    "镇东街手机市场3楼A12",
    "北大街100号电话大楼2楼",
    "工业园区科技路5号",
    "向阳村三组17号",
)
LAYOUTS = (
    "{name} {phone} {address}",
    "{address} {name} {phone}",
    "{name}，{phone}，{address}",
    "收货人：{name}\n手机号码：{phone}\n详细地址：{address}",
    "{address}，{name}，{phone}",
    "{name}\n{phone}\n{address}",
    "姓名: {name} 电话: {phone} 地址: {address}",
    "{phone} {name} {address}",
    "{address}\n{name} {phone}",
    "收件人: {name} {phone} 所在地区: {address}",
)
LABELS = re.compile("收货人|手机号码|详细地址|姓名|电话:|地址|收件人|所在地区")
DIVISIONS = list(all_divisions())


def a_name(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.75:
        return rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2))))
    if kind < 0.8:
        return rng.choice(COMPOUND_SURNAMES) + "".join(rng.choices(GIVEN, k=2))
    return rng.choice(LATIN_NAMES if kind < 0.92 else NICKNAMES)


def a_phone(rng: random.Random) -> tuple[str, str]:
    """A number as somebody writes it, and as it is kept."""
    mobile = rng.choice(("13", "15", "17", "18", "19")) + "".join(rng.choices("0123456789", k=9))
    landline = f"{rng.choice(('010', '021', '0571', '0755'))}-{''.join(rng.choices('23456789', k=8))}"
    return rng.choice(
        (
            (mobile, mobile),
            (mobile, mobile),
            (mobile, mobile),
            (f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}", mobile),
            (f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}", mobile),
            (f"+86 {mobile}", mobile),
            (f"{mobile}-7801", f"{mobile}-7801"),
            (f"{mobile}转1234", f"{mobile}-1234"),
            (landline, landline),
        )
    )


def an_address(rng: random.Random) -> str:
    place = rng.choice(DIVISIONS)
    levels = [place.province, "" if place.city == place.province else place.city, place.county]
    separator, before_street = rng.choice((("", ""), ("", " "), (" ", " ")))
    return separator.join(level for level in levels if level) + before_street + rng.choice(STREETS)


def corpus() -> Iterator[tuple[str, str, str, str]]:
    """Pasted text, and the name, number and address that it holds."""
    rng = random.Random(20261129)
    for _ in range(60):
        name, (written, phone), address = a_name(rng), a_phone(rng), an_address(rng)
        for layout in LAYOUTS:
            yield layout.format(name=name, phone=written, address=address), name, phone, address


def without_blanks(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_name_number_and_address_are_right_in_every_layout() -> None:
    lines = list(corpus())
    assert len(lines) == 600
    wrong = [
        (text, read)
        for text, name, phone, address in lines
        if (read := read_contact(text)).name != name
        or read.phone != phone
        or without_blanks(read.address) != without_blanks(address)
    ]
    assert wrong == []


def test_no_character_of_a_pasted_text_is_lost() -> None:
    lost = [(text, missing) for text, *_ in corpus() if (missing := _missing(text, read_contact(text)))]
    assert lost == []


def _missing(text: str, read: Contact) -> str:
    """Letters and digits of the text that are in no field, not left out and no label."""
    kept = sorted("".join((read.name, read.phone, read.address, *read.left_out)))
    missing = []
    for sign in LABELS.sub("", text.replace("+86", "").replace("转", "-")):
        if not sign.isalnum():
            continue
        if sign in kept:
            kept.remove(sign)
        else:
            missing.append(sign)
    return "".join(missing)
