"""Cells as sizes: known sizes, ranges, and dates that were sizes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from imports.cells.numbers import PLAIN
from imports.cells.text import BLANK_WORDS, DATE_TEXT, MISSING, UNSAFE, Problem, cell_problem, normalize, number_text
from imports.workbook.model import Value
from kernel.sizes import letter_rank

_LETTER = r"(?:\d{1,2}X[SL]|X{0,6}S|M|X{0,8}L|XX?-?LARGE|XXS|XXXS|[2-9]XS|\d{1,2}XL|SMALL|MEDIUM|LARGE)"
_FREE = re.compile(
    r"^(均码?|均碼|F|FREE|FREE ?SIZE|ONE ?SIZE|OS|O/S|ONE|统码|通码|单码|均一码|UNI|U|F码|均码\(.*\)|NS|无尺码)$",
    re.IGNORECASE,
)
_LETTER_SIZE = re.compile(rf"^{_LETTER}(码|号)?$", re.IGNORECASE)
_BODY = re.compile(r"^\d{2,3}[/-]\d{2,3}(\.\d)?[ABCYE]?$", re.IGNORECASE)
_COMBINED = re.compile(rf"^{_LETTER}\s*[(/\-_ ]\s*\d{{2,3}}([/-]\d{{2,3}}[ABCYE]?)?\s*\)?$", re.IGNORECASE)
_COMBINED_BACK = re.compile(rf"^\d{{2,3}}([/-]\d{{2,3}}[ABCYE]?)?\s*[(/\-_ ]?\s*{_LETTER}\s*\)?$", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\d{1,3})(\.5)?(码|号|cm|mm)?$", re.IGNORECASE)
_HALF = re.compile(r"^\d{2}\s?(1/2|½|\+|1⁄2)$")
_AGE = re.compile(
    r"^(\d{1,2}([-~]\d{1,2})?\s*(M|Y|T|岁|月|个月|months?|years?|yrs?)|\d{1,2}[MYT][-~]\d{1,2}[MYT]|NB|\d{1,2}[-~]\d{1,2}岁)$",
    re.IGNORECASE,
)
_BRA = re.compile(r"^(\d{2,3}[A-H]{1,2}|\d{2}/\d{2}[A-H]{1,2}|\d{2}[A-H]/\d{2}[A-H]|[A-H]\d{2})$", re.IGNORECASE)
_RING = re.compile(r"^(\d{1,2}#|#\d{1,2}|\d{1,2}号|\d{1,3}(\.\d)?(cm|mm|厘米|寸|\"|inch|L|升))$", re.IGNORECASE)
_DIMENSION = re.compile(r"^\d{1,3}(\.\d)?\s*[*x×]\s*\d{1,3}(\.\d)?(\s*[*x×]\s*\d{1,3}(\.\d)?)?(cm|mm)?$", re.IGNORECASE)
_EURO = re.compile(r"^(EU|UK|US|CN|FR|IT|JP)\s?\d{1,3}(\.5)?$", re.IGNORECASE)
_LETTER_PAIR = re.compile(rf"^{_LETTER}[-/]{_LETTER}$", re.IGNORECASE)
_NOTED = re.compile(r"^([^()]{1,10})\s*\(([^()]{0,12}(岁|尺|寸|码|月|斤|cm|kg|腰|高|\d)[^()]{0,8})\)$", re.IGNORECASE)
_LETTER_RANGE = re.compile(rf"^{_LETTER}码?\s*([-~～—–至到]|\.\.)\s*{_LETTER}码?$", re.IGNORECASE)
_NUMBER_RANGE = re.compile(r"^(\d{2,3})(码|号)?\s*([-~～—–至到])\s*(\d{2,3})(码|号|cm)?$", re.IGNORECASE)
_LIST = re.compile(r"[,，、;；/\s+]+")
_LETTER_TYPO = re.compile(r"^[SMLX\d]{2,8}$", re.IGNORECASE)
COLOUR_WORD: Final = re.compile(
    r"(色|黑|白|红|蓝|绿|灰|粉|紫|黄|棕|咖|米|杏|驼|卡其|藏青|焦糖|条纹|格|花|银|金|橙|橘|裸|豆沙|墨|奶|燕麦|雾霾|牛仔)$"
)


def parse_size(value: Value) -> str | Problem:  # noqa: C901
    """A size as written, tidied. Ranges, dates and things that are no size are problems."""
    if value is None:
        return MISSING
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, (dt.date, dt.time)):
        return Problem("size_became_date")
    if isinstance(value, float):
        return _numeric_size(value)
    if not isinstance(value, str):
        return MISSING
    text = normalize(value)
    if not text:
        return MISSING
    if text.startswith("'") and len(text) > 1:
        text = text[1:]
    if is_known_size(text):
        return text
    if DATE_TEXT.fullmatch(text):
        return Problem("size_became_date")
    if BLANK_WORDS.match(text):
        return Problem("bad_size")
    if is_size_range(text):
        return Problem("size_range", value=text)
    if UNSAFE.search(text) or len(text) > 30 or not any(char.isalnum() for char in text):
        return Problem("bad_size")
    if COLOUR_WORD.search(text) and not any(char.isdigit() for char in text):
        return Problem("bad_size", value=text)
    if PLAIN.match(text):
        number = float(text)
        return (
            _numeric_size(number) if number != int(number) or not is_known_size(str(int(number))) else str(int(number))
        )
    if _LETTER_TYPO.match(text) and not text.isdigit():
        return Problem("unknown_size")
    return Problem("unknown_size", value=text, fatal=False)


def _numeric_size(number: float) -> str | Problem:
    text = number_text(number)
    if number <= 0 or number >= 1e6:
        return Problem("size_became_date" if 20_000 < number < 80_000 else "bad_size")
    if is_known_size(text):
        return text
    if 36_000 <= number <= 55_000 and number == int(number):
        return Problem("size_became_date")
    if number != int(number) and number % 0.5:
        return Problem("bad_size")
    if number >= 400:
        return Problem("bad_size")
    return Problem("unknown_size", value=text, fatal=False)


def is_known_size(text: str) -> bool:
    """Whether the text is a size as shops know them."""
    if _LETTER_SIZE.match(text) or _FREE.match(text) or _AGE.match(text) or _BRA.match(text) or _HALF.match(text):
        return True
    match = _NUMBERED.match(text)
    if match:
        number = int(match.group(1))
        if match.group(3) and match.group(3).lower() == "mm":
            return True
        return 0 < number <= 120 or (number <= 300 and number % 5 == 0)
    if _BODY.match(text):
        return not _is_wide_pair(text)
    if _LETTER_PAIR.match(text):
        return _adjacent(re.split("[-/]", text))
    match = _NOTED.match(text)
    if match and not _LETTER_RANGE.match(match.group(1)):
        return is_known_size(match.group(1))
    return bool(
        _COMBINED.match(text) or _COMBINED_BACK.match(text) or _RING.match(text) or _DIMENSION.match(text)
        or _EURO.match(text)
    )  # fmt: skip


def _is_wide_pair(text: str) -> bool:
    """26-30 or 90-160 look like a body size but are a range; 155/80A and 36/37 are not."""
    match = re.match(r"^(\d{2,3})([/-])(\d{2,3})$", text)
    if match is None:
        return False
    low, high = int(match.group(1)), int(match.group(3))
    if match.group(2) == "/":
        return False
    return low < high and high - low > 1 and not (low >= 140 and high < low)


def is_size_range(text: str) -> bool:
    """S-XL, 26-30, S/M/L, 90~160: several sizes in one cell."""
    if _LETTER_RANGE.match(text):
        return not _adjacent(re.split(r"\s*(?:[-~～—–至到]|\.\.)\s*", text))
    match = _NUMBER_RANGE.match(text)
    if match:
        return int(match.group(4)) - int(match.group(1)) > 1
    pieces = [piece for piece in _LIST.split(text) if piece]
    if len(pieces) > 1 and all(is_known_size(piece) for piece in pieces):
        return len(pieces) > 2 or not (_adjacent(pieces) or _are_two_names(*pieces))
    return False


def _are_two_names(one: str, other: str) -> bool:
    """110cm/4Y and F/均码 name one size in two ways."""
    if _FREE.match(one) and _FREE.match(other):
        return True
    return bool((_NUMBERED.match(one) and _AGE.match(other)) or (_AGE.match(one) and _NUMBERED.match(other)))


def _adjacent(pieces: list[str]) -> bool:
    """S/M and 36/37 are one size that fits both; S/L is not."""
    if len(pieces) != 2:
        return False
    ranks = [rank for piece in pieces if (rank := letter_rank(piece)) is not None]
    if len(ranks) == 2:
        return abs(ranks[0] - ranks[1]) == 1
    numbers = [piece.rstrip("码") for piece in pieces]
    if all(number.replace(".", "").isdigit() for number in numbers):
        return abs(float(numbers[0]) - float(numbers[1])) <= 1
    return False


def size_label(value: Value) -> str | None:
    """The size that a heading of a matrix column stands for; None when it is no size."""
    if isinstance(value, float):
        text = number_text(value)
    elif isinstance(value, str):
        text = normalize(value)
    else:
        return None
    text = text.removeprefix("'")
    if not text or len(text) > 20 or text.upper() in ("U", "ONE", "NS", "F码"):
        return None
    if text.isdigit():
        number = int(text)
        return (
            text
            if 19 <= number <= 60
            or (65 <= number <= 200 and number % 5 == 0)
            or number in (0, 2, 4, 6, 8, 10, 12, 14, 16, 18)
            else None
        )
    return text if is_known_size(text) else None
