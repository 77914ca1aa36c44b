"""The words of pasted recipients that belong to no field: labels, courtesies, and words that only point to an earlier order."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final


class Label(Enum):
    """What the words behind a label are."""

    NONE = ""
    """Unknown, or said by none: a label such as 收货信息 names the recipient as a whole."""
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    POSTCODE = "postcode"
    REMARK = "remark"


_LABELS: Final = {
    Label.NAME: (
        "收货人姓名 收件人姓名 收货人 收件人 收货方 收件方 联系人 联络人 收件 收货 姓名 名字 客户姓名 客户名 客户 顾客 买家 "
        "寄给 发给 寄送给 收 寄 发 给"
    ),
    Label.PHONE: (
        "收货人电话 收件人电话 收货人手机 收件人手机 联系电话 联系方式 联系手机 手机号码 电话号码 手机号 手机 电话 联络电话 "
        "连络电话 行动电话 客户电话"
    ),
    Label.ADDRESS: (
        "收货人地址 收件人地址 详细收货地址 详细地址 收货地址 收件地址 送货地址 邮寄地址 寄送地址 寄件地址 配送地址 快递地址 "
        "家庭地址 公司地址 单位地址 学校地址 客户地址 具体地址 现地址 所在地区 所在地 省市区 地区 地址 详细 寄到 发到 送到 寄往"
    ),
    Label.POSTCODE: "邮政编码 邮编 邮递区号",
    Label.REMARK: "备注信息 订单备注 备注 留言 附言 注意",
    Label.NONE: "收货信息 收件信息 收货人信息 收件人信息 地址信息 收货资料 收件资料 客户信息 快递信息",
}  # fmt: skip
_ENGLISH: Final = {
    "name": Label.NAME, "to": Label.NAME, "attn": Label.NAME, "tel": Label.PHONE, "phone": Label.PHONE, "mobile": Label.PHONE,
    "mob": Label.PHONE, "add": Label.ADDRESS, "addr": Label.ADDRESS, "address": Label.ADDRESS, "zip": Label.POSTCODE,
    "postcode": Label.POSTCODE, "remark": Label.REMARK, "note": Label.REMARK,
}  # fmt: skip
_BY_WORD: Final = {word: label for label, words in _LABELS.items() for word in words.split()} | _ENGLISH
LABEL_WORDS: Final = tuple(_BY_WORD)
"""Words that name a field of a recipient and belong to none."""


def _any_of(words: list[str], *, spaced: bool = False) -> str:
    """One of the words, the longest first; `spaced`: people also write 姓 名."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(" *".join(word) if spaced else word for word in longest_first)


_CHINESE: Final = [word for word in _BY_WORD if word not in _ENGLISH]
LABEL_BEFORE_COLON: Final = re.compile(
    rf"[\[【]({_any_of(_CHINESE)})[\]】]\s*[::]?\s*|({_any_of(_CHINESE, spaced=True)})\s*[::]\s*"
    rf"|(?<![a-z])({_any_of(list(_ENGLISH))})\s*[::]\s*",
    re.IGNORECASE,
)
LABEL_AS_WORD: Final = re.compile(rf"(?:^|(?<=\s))({_any_of(_CHINESE)})(?=\s|$)")
# A longer label may touch what it names («地址浙江省…»); a short one («电话大楼») is as likely a part of the address.
_TOUCHING: Final = [
    "收货人", "收件人", "联系人", "联络人", "姓名", "详细地址", "收货地址", "收件地址", "送货地址", "邮寄地址", "所在地区", "地址",
]  # fmt: skip
LABEL_AT_START: Final = re.compile(rf"^({_any_of(_TOUCHING)})(?=\S)")


def label_of(found: re.Match[str]) -> Label:
    """The label that one of the patterns found."""
    return _BY_WORD[next(word for word in found.groups() if word).lower().replace(" ", "")]


_COURTESY: Final = re.compile(
    r"(?:麻烦|谢谢|多谢|辛苦|老板|亲|尽快|尽量|加急|快点|早点|包邮|发货|发出|寄出|[请发寄您你哦啊了!.。~])+\Z"
)


def is_courtesy(word: str) -> bool:
    """Whether a word only thanks or asks for haste; it is no part of an address. Takes simplified characters."""
    return len(word) > 1 and bool(_COURTESY.match(word))


_EARLIER: Final = r"同上|同前|(?:老|旧|原)(?:来的?|的)?(?:地址|客户|顾客|样子|规矩)|老客(?!\w)|上次|上回|上一?单|之前|以前|前面|刚才|照旧"
_EARLIER_ORDER: Final = re.compile(rf"{_EARLIER}|(?:地址|信息|资料|电话)(?:不变|没变|一样|相同)")
_OF_AN_EARLIER_ORDER: Final = re.compile(
    rf"(?:{_EARLIER}|不变|没变|一样|相同|收货|收件|地址|信息|资料|电话|姓名|买过?|下单|那个|[还是就按照跟和同与用以的那人都发寄给哦哈啊呀吧呢了!.。~])+\Z"
)
_ONLY_UNCHANGED: Final = re.compile(r"(?:都|还是)?(?:不变|没变|一样|照旧)的?\Z")


def mentions_an_earlier_order(text: str) -> bool:
    """Whether a text points to a recipient of before, as 老地址, 同上 and 跟上次一样 do. It is no name. Takes simplified characters."""
    return bool(_EARLIER_ORDER.search(text) or _ONLY_UNCHANGED.match(text))


_EARLIER_ADDRESS: Final = re.compile(
    r"同上|同前|(?:老|旧|原)(?:来的?|的)?(?:地址|规矩|样子)|上次|上回|上一?单|(?:之前|以前)的|照旧|地址(?:不变|没变|一样|相同)"
)


def points_to_an_earlier_address(text: str) -> bool:
    """Whether a text stands for the address of an earlier order: it is somebody's, and nobody else's. Takes simplified characters."""
    return bool(_EARLIER_ADDRESS.search(text))


def is_of_an_earlier_order(word: str) -> bool:
    """Whether a word says nothing but that; then it is no part of an address either."""
    return mentions_an_earlier_order(word) and bool(_OF_AN_EARLIER_ORDER.match(word))
