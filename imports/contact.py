"""Reads a recipient from pasted text: name, telephone number and address, and the words that were left out."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from imports.divisions import Division, Located, locate
from imports.traditional import simplified

ZERO_WIDTH: Final = re.compile("[\u200b-\u200f\u2060\ufeff]")

_NAME, _PHONE, _ADDRESS, _OTHER = "name", "phone", "address", "other"
_LABELS: Final = {
    "收货人姓名": _NAME, "收件人姓名": _NAME, "收货人": _NAME, "收件人": _NAME, "联系人": _NAME, "联络人": _NAME, "收件": _NAME,
    "收货": _NAME, "姓名": _NAME, "名字": _NAME,
    "收货人电话": _PHONE, "收件人电话": _PHONE, "联系电话": _PHONE, "联系方式": _PHONE, "手机号码": _PHONE, "电话号码": _PHONE,
    "手机号": _PHONE, "手机": _PHONE, "电话": _PHONE, "联络电话": _PHONE, "连络电话": _PHONE, "行动电话": _PHONE,
    "收货人地址": _ADDRESS, "收件人地址": _ADDRESS, "详细地址": _ADDRESS, "收货地址": _ADDRESS, "收件地址": _ADDRESS,
    "所在地区": _ADDRESS, "省市区": _ADDRESS, "地区": _ADDRESS, "地址": _ADDRESS, "详细": _ADDRESS,
    "邮政编码": _OTHER, "邮编": _OTHER, "邮递区号": _OTHER,
}  # fmt: skip
_ANY_LABEL = "|".join(sorted(_LABELS, key=len, reverse=True))
_ENGLISH_LABELS: Final = {
    "name": _NAME, "to": _NAME, "attn": _NAME, "tel": _PHONE, "phone": _PHONE, "mobile": _PHONE, "mob": _PHONE, "add": _ADDRESS,
    "addr": _ADDRESS, "address": _ADDRESS, "zip": _OTHER, "postcode": _OTHER,
}  # fmt: skip
LABEL_WORDS: Final = (*_LABELS, *_ENGLISH_LABELS)
"""Words that name a field of a recipient and belong to none."""
_ANY_ENGLISH_LABEL = "|".join(sorted(_ENGLISH_LABELS, key=len, reverse=True))
_LABEL_BEFORE_COLON = re.compile(
    rf"[\[【]({_ANY_LABEL})[\]】]\s*[::]?\s*|({_ANY_LABEL})\s*[::]\s*|(?<![a-z])({_ANY_ENGLISH_LABEL})\s*[::]\s*",
    re.IGNORECASE,
)
_LABEL_AS_WORD = re.compile(rf"(?:^|(?<=\s))({_ANY_LABEL})(?=\s|$)")
# A longer label may touch what it names («地址浙江省…»); a short one («电话大楼») is as likely a part of the address.
_TOUCHING = ("收货人", "收件人", "联系人", "联络人", "姓名", "详细地址", "收货地址", "收件地址", "所在地区", "地址")
_LABEL_AT_START = re.compile(rf"^({'|'.join(_TOUCHING)})(?=\S)")

_EXTENSION = r"(?:\s?(?:-|转分机|转|轉|分机|分機|#|ext\.?)\s?(\d{1,6}))?"
_TOUCHING_PHONE_LABEL = r"(?:(?:联系|聯絡)?(?:电话|電話)|手机号码|手機號碼|手机号|手机|手機)?"
_MOBILE = rf"(?:\(?(?:\+|00)?86\)?[-\s]?)?(1[3-9]\d[-\s.]?\d{{4}}[-\s.]?\d{{4}}){_EXTENSION}"
_LANDLINE = rf"(?:\(?(?:\+|00)?86\)?[-\s]?)?\(?(010|02\d|0[3-9]\d{{2}})\)?[-\s]?(\d{{7,8}}){_EXTENSION}"
_HONG_KONG_MACAU = r"\(?(?:\+|00)?(852|853)\)?[-\s]?([2-9]\d{3})[-\s]?(\d{4})"
_TAIWAN = r"\(?(?:\+|00)?(886)\)?[-\s]?0?(9\d{2})[-\s]?(\d{3}[-\s]?\d{3})"
_TAIWAN_LANDLINE = r"\(?(?:\+|00)?(886)\)?[-\s]?\(?0?([2-8])\)?[-\s]?(\d{3,4}[-\s]?\d{4})"
_TAIWAN_MOBILE = r"(09\d{2})[-\s]?(\d{3})[-\s]?(\d{3})"
_MOBILE_IN_TEXT = re.compile(rf"(?<!\d){_TOUCHING_PHONE_LABEL}(?<!\d){_MOBILE}(?!\d)", re.IGNORECASE)
_LANDLINE_IN_TEXT = re.compile(rf"(?<!\d){_TOUCHING_PHONE_LABEL}(?<!\d){_LANDLINE}(?!\d)", re.IGNORECASE)
_OVERSEAS = tuple(re.compile(rf"(?<![\d+]){form}(?!\d)") for form in (_HONG_KONG_MACAU, _TAIWAN, _TAIWAN_LANDLINE))
_TAIWAN_MOBILE_IN_TEXT = re.compile(rf"(?<!\d){_TAIWAN_MOBILE}(?!\d)")
_WHOLE_MOBILE = re.compile(rf"{_MOBILE}\Z", re.IGNORECASE)
_WHOLE_LANDLINE = re.compile(rf"{_LANDLINE}\Z", re.IGNORECASE)
_WITH_COUNTRY = re.compile(r"\(?(?:\+|00)")
_INSIDE_TAIWAN = re.compile(r"(0[2-8])[-\s](\d{3,4})[-\s]?(\d{4})\Z")
_LOOSE_EXTENSION = re.compile(r"\n,\s*(\d{2,6})(?=[\s,;]|$)")
_FOREIGN_NUMBER = re.compile(r"\+(?!86)\d{1,3}[\s-]?\d{6,12}(?!\d)")
_SURNAMES_LIKE_PLACES = re.compile(r"[路楼区苑](?![口边上下内外里旁侧前后中东西南北号])[\u3400-\u9fff]{1,2}\Z")
"""路遥 and 楼小姐 are people; 路口 and 楼下 are places."""
_PRIVATE_NAME = re.compile(r"\[\d{3,6}\]\Z")
"""The extension that a marketplace writes behind the name: 李四[7804]."""
_LONG_NUMBER = re.compile(r"\+?\d[\d-]{6,}\Z")
_POSTCODE = re.compile(r"\d{6}\Z")
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.、)]\s*(?=\D)")

_PLACE = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室旗州盟]")
_NOT_IN_NAMES = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室旗州盟厦苑园院店场厂校馆座层\d]")
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff]{2,4}\Z|[\u3400-\u9fff]{1,8}(?:·[\u3400-\u9fff]{1,8})+\Z")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f.'-]*\Z")
_A_REMARK = re.compile(r"谢谢|麻烦|尽快|发货|加急|包邮|备注|寄给|帮我|不要|周[一二三四五六日天末]|[今明后]天|前[要到]")
_COURTESY = re.compile(r"(?:麻烦|谢谢|尽快|尽量|加急|快点|早点|包邮|发货|发出|寄出|[请发寄您哦啊!.。~])+\Z")
"""A word that only thanks or asks for haste; it is no part of an address."""
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

    label: str
    text: str
    comma: bool


def phone_spans(text: str) -> list[tuple[int, int]]:
    """Where the telephone numbers of a text stand, in their order: start and end of each, with its extension or country code."""
    found = [(match.start(), match.end()) for match in _MOBILE_IN_TEXT.finditer(text)]
    overseas = (match for form in _OVERSEAS for match in form.finditer(text) if _WITH_COUNTRY.match(match.group()))
    for match in itertools.chain(_LANDLINE_IN_TEXT.finditer(text), overseas):
        if not any(start < match.end() and match.start() < end for start, end in found):
            found.append((match.start(), match.end()))
    return sorted(found)


def has_remark(text: str) -> bool:
    """Whether a text holds words that ask for something, such as 周末前要 or 谢谢, and so more than an address."""
    return bool(_A_REMARK.search(simplified(text)))


def read_phone(text: str) -> str:
    """A number as digits, its extension behind a hyphen; "" where the text is no number that can be called.

    Mobile and landline numbers of China, and numbers of Hong Kong, Macau and Taiwan with their country code before a hyphen
    (+852-91234567). A mobile number of Taiwan may lack it (0912345678).
    """
    plain = _plain(text).strip()
    if found := _WHOLE_MOBILE.match(plain):
        return _mobile(found)
    if found := _WHOLE_LANDLINE.match(plain):
        return _landline(found)
    for form in _OVERSEAS:
        if (found := form.match(plain)) and found.end() == len(plain):
            return _overseas(found)
    if (found := _TAIWAN_MOBILE_IN_TEXT.match(plain)) and found.end() == len(plain):
        return "".join(found.groups())
    if found := _INSIDE_TAIWAN.match(plain):
        return f"{found.group(1)}-{found.group(2)}{found.group(3)}"
    return ""


def read_contact(text: str) -> Contact:
    """Name, telephone and address from a pasted text in any order, with labels or without.

    A label counts before a colon, at the start of a part, or as a word of its own; the same signs inside a word belong to the address.
    Traditional characters are understood and stay as written. Blanks between Latin words and digits stay. What cannot be recognised stays
    empty; nothing is guessed. A text of more than MAX_CHARACTERS is left out whole.
    """
    if len(text) > MAX_CHARACTERS:
        return Contact("", "", "", (text[:MAX_CHARACTERS],))
    plain = _LIST_NUMBER.sub("", _plain(text))
    left_out: list[str] = []
    plain, phone = _extract_phones(plain, left_out)
    parts = [part for part in _parts(plain, left_out) if part.text]
    name = _extract_name(parts)
    places = any(_is_place(part.text) for part in parts)
    if not places:
        left_out += [part.text for part in parts]
        return Contact(name, phone, "", tuple(left_out))
    left_out += [part.text for part in parts if len(part.text) == 1]
    return Contact(name, phone, _joined([part for part in parts if len(part.text) > 1]), tuple(left_out))


def _plain(text: str) -> str:
    return ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).replace("\r", "\n")


def _leave_out(text: str, left_out: list[str]) -> str:
    left_out.append(text.strip())
    return "\n"


def _extract_phones(text: str, left_out: list[str]) -> tuple[str, str]:
    """The text without its telephone numbers, and the one that is used: the first mobile number, else the first landline."""
    numbers: list[str] = []

    def take(found: re.Match[str], written: Callable[[re.Match[str]], str]) -> str:
        numbers.append(written(found))
        return "\n"

    def take_overseas(found: re.Match[str]) -> str:
        return take(found, _overseas) if _WITH_COUNTRY.match(found.group()) else found.group()

    for pattern, written in ((_MOBILE_IN_TEXT, _mobile), (_LANDLINE_IN_TEXT, _landline)):
        text = pattern.sub(partial(take, written=written), text)
    for form in _OVERSEAS:
        text = form.sub(take_overseas, text)
    text = _TAIWAN_MOBILE_IN_TEXT.sub(partial(take, written=lambda found: "".join(found.groups())), text)
    text = _FOREIGN_NUMBER.sub(lambda found: _leave_out(found.group(), left_out), text)
    left_out += numbers[1:]
    text = _LOOSE_EXTENSION.sub(lambda found: _leave_out(found.group(1), left_out), text)
    return text, numbers[0] if numbers else ""


def _mobile(found: re.Match[str]) -> str:
    return _extended(re.sub(r"\D", "", found.group(1)), found.group(2))


def _landline(found: re.Match[str]) -> str:
    return _extended(f"{found.group(1)}-{found.group(2)}", found.group(3))


def _overseas(found: re.Match[str]) -> str:
    country, *digits = found.groups()
    return f"+{country}-{re.sub(r'[^0-9]', '', ''.join(digits))}"


def _extended(number: str, extension: str | None) -> str:
    return f"{number}-{extension}" if extension else number


def _parts(text: str, left_out: list[str]) -> Iterator[_Part]:
    label, at = "", 0
    for found in [*_LABEL_BEFORE_COLON.finditer(simplified(text)), None]:
        piece = text[at : found.start() if found else len(text)]
        yield from _split(piece, label, left_out)
        if found:
            word = found.group(1) or found.group(2)
            label, at = _LABELS[word] if word else _ENGLISH_LABELS[found.group(3).lower()], found.end()


def _split(piece: str, label: str, left_out: list[str]) -> Iterator[_Part]:
    """The parts of what stands between two labels; the label holds for the first."""
    separator = ""
    for place, text in enumerate(re.split(r"((?:[\n,;、\t|]|(?<=\n)/|/(?=\n))+)", piece)):
        if place % 2:
            separator = text
            continue
        words = text.strip()
        own = label
        if found := _LABEL_AT_START.match(simplified(words)):
            own, words = _LABELS[found.group(1)], words[found.end() :]
        at = 0
        for found in [*_LABEL_AS_WORD.finditer(simplified(words)), None]:
            before = words[at : found.start() if found else len(words)]
            yield _Part(own, _kept_words(before, own, left_out), "," in separator)
            if found:
                own, at = _LABELS[found.group(1)], found.end()
        if words:
            label = ""


def _kept_words(text: str, label: str, left_out: list[str]) -> str:
    """The words of a part except postcodes, long numbers and courtesies, which go to `left_out`."""
    kept = []
    for word in text.split():
        courtesy = len(word) > 1 and _COURTESY.match(simplified(word))
        if (
            courtesy
            or _POSTCODE.match(word)
            or _LONG_NUMBER.match(word)
            or (label in (_OTHER, _PHONE) and word.isdigit())
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
        if part.label == _NAME and _may_be_name(part.text, longest=40):
            parts.remove(part)
            return _bare(part.text)
    found: list[tuple[_Part, str, str]] = []
    for part in parts:
        if part.label == _ADDRESS and not _is_place(part.text):
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
    return bool(_CHINESE_NAME.match(_PRIVATE_NAME.sub("", _bare(text))))


def _may_be_name(text: str, *, longest: int) -> bool:
    if _PRIVATE_NAME.search(text):
        return _may_be_name(_PRIVATE_NAME.sub("", text), longest=longest)
    plain = simplified(text[: longest + 1])
    if _SURNAMES_LIKE_PLACES.match(plain) and not _NOT_IN_NAMES.search(plain[1:]):
        return True
    if not 1 < len(text) <= longest or _bare(plain) in _REGIONS:
        return False
    if _NOT_IN_NAMES.search(plain) or _A_REMARK.search(plain):
        return False
    words = text.split()
    return len(words) == 1 or all(_LATIN_WORD.match(word) for word in words)


def _bare(name: str) -> str:
    """A name without the word «receives» behind it: 唐娜收, 唐娜(收)."""
    bare = re.sub(r"\s*\(收\)$", "", name)
    return bare[:-1] if len(bare) in (3, 4) and bare.endswith("收") else bare


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
