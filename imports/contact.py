"""Reads a recipient from pasted text: name, telephone number and address, and the words that were left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imports.contact_words import (
    LABEL_AS_WORD,
    LABEL_AT_START,
    LABEL_BEFORE_COLON,
    Label,
    is_courtesy,
    is_of_an_earlier_order,
    label_of,
    mentions_an_earlier_order,
)
from imports.divisions import Division, Located, locate
from imports.phones import extract_phones, plain_text
from kernel.traditional import simplified

_SURNAMES_LIKE_PLACES = re.compile(r"[路楼区苑](?![口边上下内外里旁侧前后中东西南北号])[\u3400-\u9fff]{1,2}\Z")
"""路遥 and 楼小姐 are people; 路口 and 楼下 are places."""
_TITLE_BEHIND = re.compile(r"\((?:女士|先生|小姐|太太|老师|阿姨|男|女|本人)\)\Z")
_OFFICE = re.compile(r"[\u3400-\u9fff]{0,2}[省市区县镇乡村店厂场院校馆园州][长主](?:任)?\Z")
"""林区长 and 金店主: what people are called by their office is no place."""
_PRIVATE_NAME = re.compile(r"\[\d{3,6}\]\Z")
"""The extension that a marketplace writes behind the name: 李四[7804]."""
_LONG_NUMBER = re.compile(r"\+?\d[\d-]{6,}\Z")
_POSTCODE = re.compile(r"\d{6}\Z")
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.、)]\s*(?=\D)")
_CIRCLED_NUMBER = re.compile("[\u2460-\u249b\u2776-\u2793]")
"""① (1) 1. as one sign: it numbers what follows, and would become digits of a telephone number behind it."""
_NUMBERED = re.compile(r"(?:^|(?<=[\s,;]))([1-9])\s*(?:[、)]|\.(?=\D))\s*(?=\S)")
"""A field's number in «1、王芳 2、13912345678 3、浙江省…»."""
_PAIRS: Final = {
    "(": ")",
    "[": "]",
    "【": "】",
    "「": "」",
    "『": "』",
    "“": "”",
    '"': '"',
    "'": "'",
    "<": ">",
    "《": "》",
}
_OPENINGS: Final = {closing: opening for opening, closing in _PAIRS.items()}
_MAX_PAIRS: Final = 4

_RECEIVES = re.compile(r"\s*\(收\)\Z|(?<=[A-Za-z])\s*收\Z")

_PLACE = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室旗州盟]")
_NOT_IN_NAMES = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室旗州盟厦苑园院店场厂校馆座层\d]")
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff]{2,4}\Z|[\u3400-\u9fff]{1,8}(?:·[\u3400-\u9fff]{1,8})+\Z")
_LABELLED_NAME = re.compile(r"[\u3400-\u9fff]{1,3}\Z")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f.'-]*\Z")
_A_REMARK = re.compile(r"谢谢|麻烦|尽快|发货|加急|包邮|备注|寄给|帮我|不要|周[一二三四五六日天末]|[今明后]天|前[要到]")
MAX_CHARACTERS = 4000
"""A text beyond this is no recipient. Longer ones are not read at all: neither a reader's time nor a page may hang on them."""
_NICKNAME_LENGTH = 12
_LATIN_NAME_LENGTH = 30
_REGIONS: Final = frozenset({
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
    "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆",
    "香港", "澳门", "中国",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """The parts of a recipient; an empty part was not found. `left_out` are words of the text that are in none of them."""

    name: str
    phone: str
    address: str
    left_out: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return bool(self.name and self.phone and self.address)

    @property
    def located(self) -> Located:
        """The division that the address begins with; one without names where it begins with none."""
        return locate(self.address) or Located(Division(""), 0)


@dataclass(slots=True)
class _Part:
    """A piece of the text between commas, lines, labels and telephone numbers. `comma`: a comma stood before it."""

    label: Label
    text: str
    comma: bool


def has_remark(text: str) -> bool:
    """Whether a text holds words that ask for something, such as 周末前要 or 谢谢, and so more than an address."""
    return bool(_A_REMARK.search(simplified(text)))


def read_contact(text: str) -> Contact:
    """Name, telephone and address from a pasted text in any order, with labels or without.

    A label counts before a colon, at the start of a part, or as a word of its own; the same signs inside a word belong to the address.
    Traditional characters are understood and stay as written. Blanks between Latin words and digits stay. What cannot be recognised stays
    empty; nothing is guessed. A text of more than MAX_CHARACTERS is left out whole.
    """
    if len(text) > MAX_CHARACTERS:
        return Contact("", "", "", (text[:MAX_CHARACTERS],))
    plain = _without_numbers(plain_text(_CIRCLED_NUMBER.sub("\n", text)))
    left_out: list[str] = []
    plain, phone = extract_phones(plain, left_out)
    parts = [part for part in _parts(plain, left_out) if part.text]
    name = _extract_name(parts)
    places = any(_is_place(part.text) for part in parts)
    if not places:
        left_out += [part.text for part in parts]
        return Contact(name, phone, "", tuple(left_out))
    left_out += [part.text for part in parts if len(part.text) == 1]
    return Contact(name, phone, _joined([part for part in parts if len(part.text) > 1]), tuple(left_out))


def _without_numbers(text: str) -> str:
    """A text without the number of its place in a list, and without the numbers of its fields where they count 1, 2 and on."""
    numbers = [found.group(1) for found in _NUMBERED.finditer(text)]
    if len(numbers) > 1 and numbers == list("123456789")[: len(numbers)]:
        return _NUMBERED.sub("\n", text)
    return _LIST_NUMBER.sub("", text)


def _parts(text: str, left_out: list[str]) -> Iterator[_Part]:
    label, at = Label.NONE, 0
    for found in [*LABEL_BEFORE_COLON.finditer(simplified(text)), None]:
        piece = text[at : found.start() if found else len(text)]
        yield from _split(piece, label, left_out)
        if found:
            label, at = label_of(found), found.end()


def _split(piece: str, label: Label, left_out: list[str]) -> Iterator[_Part]:
    """The parts of what stands between two labels; the label holds for the first, that of a remark to the end of its line."""
    separator = ""
    for place, text in enumerate(re.split(r"((?:[\n,;、\t|]|(?<=\n)/|/(?=\n))+)", piece)):
        if place % 2:
            separator = text
            continue
        words = _unwrapped(text.strip())
        own = label if label != Label.REMARK or "\n" not in separator else Label.NONE
        if found := LABEL_AT_START.match(simplified(words)):
            own, words = label_of(found), words[found.end() :]
        at = 0
        for found in [*LABEL_AS_WORD.finditer(simplified(words)), None]:
            before = words[at : found.start() if found else len(words)]
            yield _Part(own, _kept_words(before, own, left_out), "," in separator)
            if found:
                own, at = label_of(found), found.end()
        if words and label != Label.REMARK:
            label = Label.NONE


def _unwrapped(text: str) -> str:
    """A part without the quotation marks or brackets around it, and without one whose partner stands in another part."""
    for _ in range(_MAX_PAIRS):
        closing = _PAIRS.get(text[:1], "")
        if len(text) > 1 and closing and text.find(closing, 1) in (-1, len(text) - 1):
            text = (text[1:-1] if text[-1] == closing else text[1:]).strip()
        elif len(text) > 1 and text[-1] in _OPENINGS and _OPENINGS[text[-1]] not in text[:-1]:
            text = text[:-1].strip()
        else:
            break
    return _RECEIVES.sub("", text)


def _kept_words(text: str, label: Label, left_out: list[str]) -> str:
    """The words of a part but for postcodes, long numbers, remarks, courtesies and 老地址, which go to `left_out`."""
    if label == Label.REMARK:
        left_out += [text.strip()] if text.strip() else []
        return ""
    kept = []
    for word in text.split():
        plain = simplified(word)
        if (
            is_courtesy(plain)
            or is_of_an_earlier_order(plain)
            or _POSTCODE.match(word)
            or _LONG_NUMBER.match(word)
            or (label in (Label.POSTCODE, Label.PHONE) and word.isdigit())
        ):
            left_out.append(word)
        else:
            kept.append(word)
    return " ".join(kept)


def _is_place(text: str) -> bool:
    return len(text) > 4 and bool(_PLACE.search(simplified(text)))


def _extract_name(parts: list[_Part]) -> str:
    """The name, taken out of the parts; "" where none, or more than one, can be it."""
    for part in parts:
        if part.label == Label.NAME and (_may_be_name(part.text, longest=40) or _is_named_by_label(part.text)):
            parts.remove(part)
            return _bare(part.text)
    found: list[tuple[_Part, str, str]] = []
    for part in parts:
        if part.label == Label.ADDRESS and not _is_place(part.text):
            continue
        longest = _LATIN_NAME_LENGTH if part.text.isascii() else _NICKNAME_LENGTH
        if not _is_place(part.text) and _may_be_name(part.text, longest=longest):
            found.append((part, part.text, ""))
        elif " " in part.text and _is_place(part.text):
            found += [(part, name, rest) for name, rest in _ends(part.text)]
    short = [each for each in found if _CHINESE_NAME.match(_bare(each[1])) or each[1].isascii()]
    named = short if len(found) > 1 else found
    if len(named) != 1:
        return ""
    [(part, name, rest)] = named
    part.text = rest
    if not rest:
        parts.remove(part)
    return _bare(name)


def _is_named_by_label(text: str) -> bool:
    """Whether a label makes a name of what would be read as a place without it: 收件人：杨镇, 收件人：陈."""
    plain = _bare(simplified(text))
    return bool(_LABELLED_NAME.match(plain)) and plain not in _REGIONS and not mentions_an_earlier_order(plain)


def _ends(text: str) -> Iterator[tuple[str, str]]:
    """The names that may stand at either end of a part, each with the rest: «张三 浙江省…», «… 上海市徐汇区 Tom Lee»."""
    words = text.split()
    for backwards in (False, True):
        row = words[::-1] if backwards else words
        count = next((place for place, word in enumerate(row) if not _LATIN_WORD.match(word)), len(row)) or 1
        taken, rest = row[:count], row[count:]
        name = " ".join(taken[::-1] if backwards else taken)
        if rest and count <= 3 and _may_be_name(name, longest=20) and (name.isascii() or _is_short(name)):
            yield name, " ".join(rest[::-1] if backwards else rest)


def _is_short(text: str) -> bool:
    return bool(_CHINESE_NAME.match(_TITLE_BEHIND.sub("", _PRIVATE_NAME.sub("", _bare(text)))))


def _may_be_name(text: str, *, longest: int) -> bool:
    if _PRIVATE_NAME.search(text):
        return _may_be_name(_PRIVATE_NAME.sub("", text), longest=longest)
    plain = simplified(text[: longest + 1])
    if _OFFICE.match(_bare(plain)) or (_SURNAMES_LIKE_PLACES.match(plain) and not _NOT_IN_NAMES.search(plain[1:])):
        return True
    if not 1 < len(text) <= longest or _bare(plain) in _REGIONS or (len(plain) == 2 and plain[1] == "收"):
        return False
    if ":" in plain or _NOT_IN_NAMES.search(plain) or _A_REMARK.search(plain) or mentions_an_earlier_order(plain):
        return False
    words = text.split()
    return len(words) == 1 or all(_LATIN_WORD.match(word) for word in words)


def _bare(name: str) -> str:
    """A name without the word «receives» behind it: 唐娜收, 唐娜(收)."""
    bare = re.sub(r"\s*\(收\)$", "", name)
    return bare[:-1] if len(bare) > 2 and bare.endswith("收") else bare


def _joined(parts: list[_Part]) -> str:
    """Words and parts in their order. Blanks stay beside Latin letters and digits, commas between Latin parts; else both go."""
    address = ""
    for part in parts:
        for place, word in enumerate(part.text.split()):
            address += _between(address[-1:], word[0], comma=part.comma, first=place == 0) + word
    return address


def _between(before: str, after: str, *, comma: bool, first: bool) -> str:
    if not before:
        return ""
    if _is_latin(before) and _is_latin(after):
        return ", " if comma and first else " "
    beside = _is_letter if first else _is_latin
    return " " if beside(before) or beside(after) else ""


def _is_latin(sign: str) -> bool:
    return not "\u2e80" <= sign <= "\u9fff"


def _is_letter(sign: str) -> bool:
    return _is_latin(sign) and sign.isalpha()
