"""Telephone numbers: in a cell of their own, and anywhere in a pasted text."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Final

from kernel.traditional import simplified

ZERO_WIDTH: Final = re.compile("[\u200b-\u200f\u2060\ufeff]")
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
_EIGHT_DIGITS = r"([2-9]\d{3})[-\s]?(\d{4})(?![\d-])"
_NO_STREET = "(?![东西南北中]?[一二三四]?[路街道])"
"""香港中路 is a street of Qingdao."""
_LOCAL_PHONES: Final = (
    (re.compile(rf"(?:澳门|氹仔|路环){_NO_STREET}"), re.compile(rf"(?<![\d-])(?:853[-\s]?)?{_EIGHT_DIGITS}"), "+853-"),
    (
        re.compile(rf"(?:香港|九龙|新界|港岛){_NO_STREET}"),
        re.compile(rf"(?<![\d-])(?:852[-\s]?)?{_EIGHT_DIGITS}"),
        "+852-",
    ),
    (
        re.compile(rf"(?:台湾|台北|新北|桃园|台中|台南|高雄|基隆|新竹|嘉义){_NO_STREET}"),
        re.compile(r"(?<![\d-])\(?0([2-8])\)?[-\s]?(\d{3,4})[-\s]?(\d{4})(?![\d-])"),
        "+886-",
    ),
)
_WHOLE_MOBILE = re.compile(rf"{_MOBILE}\Z", re.IGNORECASE)
_WHOLE_LANDLINE = re.compile(rf"{_LANDLINE}\Z", re.IGNORECASE)
_WITH_COUNTRY = re.compile(r"\(?(?:\+|00)")
_INSIDE_TAIWAN = re.compile(r"(0[2-8])[-\s](\d{3,4})[-\s]?(\d{4})\Z")
_LOOSE_EXTENSION = re.compile(r"\n,\s*(\d{2,6})(?=[\s,;]|$)")
_FOREIGN_NUMBER = re.compile(r"\+(?!86)\d{1,3}[\s-]?\d{6,12}(?!\d)")
_AROUND_PHONE = re.compile(r"[(\[【「『“\"'<《]?[ \t]?\n[ \t]?[)\]】」』”\"'>》]")


def phone_spans(text: str) -> list[tuple[int, int]]:
    """Where the telephone numbers of a text stand, in their order: start and end of each, with its extension or country code."""
    found = [(match.start(), match.end()) for match in _MOBILE_IN_TEXT.finditer(text)]
    overseas = (match for form in _OVERSEAS for match in form.finditer(text) if _WITH_COUNTRY.match(match.group()))
    for match in itertools.chain(_LANDLINE_IN_TEXT.finditer(text), overseas):
        if not any(start < match.end() and match.start() < end for start, end in found):
            found.append((match.start(), match.end()))
    return sorted(found)


def read_phone(text: str) -> str:
    """A number as digits, its extension behind a hyphen; "" where the text is no number that can be called.

    Mobile and landline numbers of China, and numbers of Hong Kong, Macau and Taiwan with their country code before a hyphen
    (+852-91234567). A mobile number of Taiwan may lack it (0912345678).
    """
    plain = plain_text(text).strip()
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


def plain_text(text: str) -> str:
    """A text in NFKC without invisible characters, with \\n as the end of its lines."""
    return ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).replace("\r", "\n")


def _leave_out(text: str, left_out: list[str]) -> str:
    left_out.append(text.strip())
    return "\n"


def extract_phones(text: str, left_out: list[str]) -> tuple[str, str]:
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
    if not numbers:
        text = _extract_local_phone(text, numbers)
    text = _FOREIGN_NUMBER.sub(lambda found: _leave_out(found.group(), left_out), text)
    left_out += numbers[1:]
    text = _LOOSE_EXTENSION.sub(lambda found: _leave_out(found.group(1), left_out), text)
    return _AROUND_PHONE.sub("\n", text), numbers[0] if numbers else ""


def _extract_local_phone(text: str, numbers: list[str]) -> str:
    """The text without its number of Hong Kong, Macau or Taiwan that lacks the +, where the address says which of them it is."""
    plain = simplified(text)
    for place, pattern, country in _LOCAL_PHONES:
        found = list(pattern.finditer(plain))
        if place.search(plain) and len(found) == 1:
            numbers.append(f"{country}{re.sub(r'[^0-9]', '', ''.join(found[0].groups()))}")
            return f"{text[: found[0].start()]}\n{text[found[0].end() :]}"
    return text


def _mobile(found: re.Match[str]) -> str:
    return _extended(re.sub(r"\D", "", found.group(1)), found.group(2))


def _landline(found: re.Match[str]) -> str:
    return _extended(f"{found.group(1)}-{found.group(2)}", found.group(3))


def _overseas(found: re.Match[str]) -> str:
    country, *digits = found.groups()
    return f"+{country}-{re.sub(r'[^0-9]', '', ''.join(digits))}"


def _extended(number: str, extension: str | None) -> str:
    return f"{number}-{extension}" if extension else number
