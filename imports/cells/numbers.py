"""Cells as units, money and rates."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from imports.cells.text import BLANK_WORDS, MISSING, Problem, cell_problem, normalize
from imports.workbook.model import Value

_GROUPED = re.compile(r"^[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?(\d+|\d{1,3}([. ]\d{3})+),\d{1,2}$")
THOUSANDS_OR_DECIMALS: Final = re.compile(r"(?<![\d.,])\d{1,3}[.,]\d{3}(?![\d.,])")
"""1.299 and 149,750, which mean one thing where the decimal mark is a point and another where it is a comma."""
PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")
_FOREIGN = re.compile(
    r"US\$|JP[¥￥]|USD|HK\$|HKD|NT\$|TWD|EUR|GBP|JPY|KRW|AUD|CAD|SGD|€|£|₩|₽|₫|฿|円|美元|美金|港币|港元|欧元|英镑|日元|韩元|台币|\$",
    re.IGNORECASE,
)
_YUAN = re.compile(r"^(人民币|rmb|cny|cn¥|[￥¥])|(人民币|rmb|cny|元整?|块|[￥¥])$", re.IGNORECASE)
_PER_UNIT = re.compile(r"(/|每)\s*(件|条|双|套|个|只|pcs?|piece)$", re.IGNORECASE)
_UNITS = re.compile(r"\s*(件|双|条|套|个|只|pcs?|pieces?|units?|副|顶|对|枚|包|盒)\.?$", re.IGNORECASE)
_HAN_DIGITS = dict(zip("一二三四五六七八九壹贰叁肆伍陆柒捌玖两", (*range(1, 10), *range(1, 10), 2), strict=True))
_FOLD = re.compile(
    r"^([\d.]+|[一二两三四五六七八九壹贰叁肆伍陆柒捌玖]点?[一二三四五六七八九壹贰叁肆伍陆柒捌玖]?)\s*(折)$"
)
MAX_PRICE_FEN: Final = 100_000_000
MAX_UNITS: Final = 99_998
MANY_UNITS: Final = 10_000
_CENT = Decimal("0.01")


def _decimal(text: str) -> Decimal | None:
    if _GROUPED.match(text):
        text = text.replace(",", "").replace(" ", "")
    if not PLAIN.match(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _exact(number: float) -> Decimal:
    """A stored double as the decimal a person meant; 65.90000000000001 is 65.90."""
    return (
        Decimal(repr(number))
        if abs(number - round(number, 6)) > 1e-9 * max(1.0, abs(number))
        else Decimal(str(round(number, 6)))
    )


def parse_price(value: Value) -> int | Problem:
    """Yuan → fen (IMPORT-7). Discounts in a price column come back as a Problem `discount` whose value is the rate."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        return _fen(_exact(value)) if abs(value) < 1e15 else Problem("bad_number")
    found = cell_problem(value)
    if found is not None:
        return found
    if not isinstance(value, str):
        return Problem("bad_number")
    text = normalize(value)
    if not text or BLANK_WORDS.match(text):
        return MISSING if not text else Problem("missing_required")
    text = text.removeprefix("'")
    if _FOREIGN.search(text):
        return Problem("foreign_currency")
    if text.endswith(("%", "折")):
        rate = parse_discount(text)
        if isinstance(rate, Decimal):
            return Problem("discount", value=rate)
        return rate if rate.value is None else Problem("discount", value=rate.value)
    bare = _PER_UNIT.sub("", text).strip()
    for _ in range(2):
        bare = _YUAN.sub("", bare).strip(" :：")
    if re.match(r"^\(\d[\d.,]*\)$", bare):
        bare = "-" + bare[1:-1]
    number = _decimal(bare)
    if number is None:
        return _not_a_number(bare)
    return _fen(number)


def _not_a_number(text: str) -> Problem:
    return Problem("decimal_comma" if _DECIMAL_COMMA.match(text) else "bad_number")


def _fen(number: Decimal) -> int | Problem:
    if number < 0:
        return Problem("negative_price")
    if number == 0:
        return Problem("zero_price")
    cents = number * 100
    if cents != cents.to_integral_value():
        return Problem("too_many_decimals", value=int(cents.quantize(Decimal(1), ROUND_HALF_UP)))
    if cents > MAX_PRICE_FEN:
        return Problem("implausible_price", "过高", "too high", value=int(cents))
    return int(cents)


def parse_units(value: Value) -> int | Problem:  # noqa: C901
    """A count of pieces; `10件` is 10."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        number = _exact(value) if abs(value) < 1e15 else Decimal(value)
    else:
        found = cell_problem(value)
        if found is not None:
            return found
        if not isinstance(value, str):
            return Problem("bad_number")
        text = normalize(value)
        if not text:
            return MISSING
        if BLANK_WORDS.match(text):
            return Problem("missing_required")
        text = text.removeprefix("'")
        bare = _UNITS.sub("", text).strip()
        if re.match(r"^\(\d[\d.,]*\)$", bare):
            bare = "-" + bare[1:-1]
        parsed = _decimal(bare)
        if parsed is None:
            return _not_a_number(bare)
        number = parsed
    if number < 0:
        return Problem("negative_quantity")
    if number != number.to_integral_value():
        return Problem("fractional_quantity")
    if number > MAX_UNITS:
        return Problem("quantity_too_large")
    if number == 0:
        return Problem("zero_quantity", value=0, fatal=False)
    if number >= MANY_UNITS:
        return Problem("quantity_too_large", value=int(number), fatal=False)
    return int(number)


def parse_discount(value: Value, *, percent: bool = False) -> Decimal | Problem:
    """A discount as the share that is paid: 25%, 0.25, 2.5折, 二五折 are 0.25 (IMPORT-9).

    Plain numbers: under 1 a share, above 1 and under 10 折, from 11 to 99 per cent (which 折 agrees with: 25折 is
    2.5折). 1 and 10 have two readings and are refused; so have 10折 and 0.25折.
    """
    if value is None:
        return MISSING
    if isinstance(value, float):
        number = _exact(value)
        return _rate(number) if percent else _plain_rate(number)
    found = cell_problem(value)
    if found is not None:
        return found
    if not isinstance(value, str):
        return Problem("bad_number")
    text = normalize(value).replace(" ", "")
    if not text:
        return MISSING
    if text.endswith("%"):
        parsed = _decimal(text[:-1])
        return Problem("bad_number") if parsed is None else _rate(parsed / 100)
    match = _FOLD.match(text)
    if match:
        return _fold_rate(match.group(1))
    parsed = _decimal(text)
    return Problem("bad_number") if parsed is None else _plain_rate(parsed)


def _plain_rate(number: Decimal) -> Decimal | Problem:
    if number <= 0:
        return Problem("bad_number")
    if number < 1:
        return number
    if number in (1, 10):
        return Problem("ambiguous_discount")
    if number < 10:
        return number / 10
    if 11 <= number < 100:
        return number / 100
    return Problem("ambiguous_discount" if number <= 100 else "bad_number")


def _fold_rate(raw: str) -> Decimal | Problem:
    if raw[0] in _HAN_DIGITS:
        digits = [_HAN_DIGITS[char] for char in raw if char in _HAN_DIGITS]
        return Decimal(digits[0]) / 10 + (Decimal(digits[1]) / 100 if len(digits) > 1 else 0)
    number = _decimal(raw)
    if number is None or number <= 0:
        return Problem("bad_number")
    if number < 1 or number == 10 or number >= 100:
        return Problem("ambiguous_discount")
    return number / 10 if number < 10 else number / 100


def _rate(number: Decimal) -> Decimal | Problem:
    return number if 0 < number <= 1 else Problem("ambiguous_discount" if number > 1 else "bad_number")


def discounted_fen(tag_fen: int, rate: Decimal) -> int:
    """tag × rate, half up to the fen."""
    return int((Decimal(tag_fen) * rate).quantize(Decimal(1), ROUND_HALF_UP))


def price_text(fen: int) -> str:
    """Fen as the decimal string that JSON carries: 17332 → 173.32."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
