"""A cell → text, units, money, rate, size or barcode; or what is wrong with it.

Each parser is a pure function of one value, so that a column is parsed once per distinct value. Anything that
needs the neighbours (lost zeros, duplicates, prices that do not fit) is decided by `stock_sheet`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from imports.workbook.model import BLANKS, ERROR_VALUES, NO_VALUE, NoValue, Value


class Problem:
    """What a parser found. `fatal` False: the value was read, and `code` says what deserves a look."""

    __slots__ = ("code", "details", "fatal", "value")

    def __init__(self, code: str, *details: str, value: Any = None, fatal: bool = True) -> None:
        self.code = code
        self.details = details
        self.value = value
        self.fatal = fatal

    def __repr__(self) -> str:
        return f"Problem({self.code}, fatal={self.fatal}, value={self.value!r})"


MISSING: Final = Problem("missing_required")
ZERO_WIDTH: Final = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad\u202a\u202b\u202c\u202d\u202e\u2061\u2062\u2063")
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_GARBLED = re.compile(
    "\ufffd|锟斤拷|烫烫|屯屯|^[?？]{2,}$|[\u4e00-\u9fff][?？]{2,}|[?？]{2,}[\u4e00-\u9fff]|[ÃÂ][\x80-\xbf]"
    "|[åäæçèé][\x80-\xbf\u0152-\u0178\u2018-\u203a]|娴|鍙|鏉$|锛|鐨勫"
)
_UNSAFE = re.compile(
    r"^[=@].+|^[+\-][^\d.].*[(|!]|^[+\-]\d.*[(|!+*]|<\s*/?\s*(script|img|iframe|svg|a|object|style)\b|javascript:|\bon\w+\s*=",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING = re.compile(r"^(-+|—+|－+|–+|/+|\\+|无|空|暂无|没有|n/?a|none|null|nil|nan|无条码|\.+|_+|·)$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?e\+?\d{1,3}$", re.IGNORECASE)
_DATE_TEXT = re.compile(
    r"^(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ t]\d{1,2}:\d{2}(:\d{2})?)?|\d{1,2}月\d{1,2}日|\d{1,2}月|"
    r"\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-\d{1,4}|"
    r"\d{1,2}/\d{1,2}/\d{4})$",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"^[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?$")
_PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")
_FOREIGN = re.compile(
    r"US\$|USD|HK\$|HKD|NT\$|TWD|EUR|GBP|JPY|KRW|AUD|CAD|SGD|€|£|₩|₽|₫|฿|円|美元|美金|港币|港元|欧元|英镑|日元|韩元|台币|\$",
    re.IGNORECASE,
)
_YUAN = re.compile(r"^(人民币|rmb|cny|cn¥|[￥¥])|(人民币|rmb|cny|元整?|块|[￥¥])$", re.IGNORECASE)
_PER_UNIT = re.compile(r"(/|每)\s*(件|条|双|套|个|只|pcs?|piece)$", re.IGNORECASE)
_UNITS = re.compile(r"\s*(件|双|条|套|个|只|pcs?|pieces?|units?|副|顶|对|枚|包|盒)\.?$", re.IGNORECASE)
_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_FOLD = re.compile(r"^([\d.]+|[一二两三四五六七八九]点?[一二三四五六七八九]?)\s*(折)$")
MAX_PRICE_FEN: Final = 100_000_000
MAX_UNITS: Final = 99_998
MANY_UNITS: Final = 10_000
_CENT = Decimal("0.01")


def shown(value: Value) -> str:
    """The cell as a person would read it off the screen."""
    if value is None or isinstance(value, NoValue):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value.isoformat()


def number_text(number: float) -> str:
    """A number without a superfluous `.0` and without an exponent as long as its digits are sure."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def tidy(text: str) -> str:
    """NFKC, no invisible characters, single spaces, trimmed."""
    if text.isalnum() and text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text.translate(ZERO_WIDTH)).translate(ZERO_WIDTH)
    return " ".join(text.split()).strip(BLANKS)


def trouble(value: Value) -> Problem | None:
    """What spoils a cell whatever its column: errors, formulas without result, garbled or control characters (IMPORT-8)."""
    if value is NO_VALUE:
        return Problem("formula_no_value")
    if not isinstance(value, str):
        return None
    if value.isalnum() and value.isascii():
        return None
    if value.strip().upper() in ERROR_VALUES:
        return Problem("formula_error")
    if _CONTROL.search(value.translate(ZERO_WIDTH)):
        return Problem("control_character")
    if _GARBLED.search(value):
        return Problem("encoding_damage")
    return None


def is_garbled(text: str) -> bool:
    """Whether text is UTF-8 once read as GBK or Latin-1, or the other way round."""
    if _GARBLED.search(text):
        return True
    for wrong, right in (("gb18030", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "utf-8")):
        try:
            found = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if found != text and any("\u4e00" <= char <= "\u9fff" for char in found):
            return True
    return False


def free_text(value: Value) -> str | Problem | None:
    """Names, remarks, categories: kept as typed. Errors leave the field empty with a warning, unsafe text warns."""
    if value is None:
        return None
    found = trouble(value)
    if found is not None:
        if found.code == "control_character":
            return Problem(found.code, value=_CONTROL.sub("", str(value)).strip() or None, fatal=False)
        return Problem(found.code, value=None, fatal=False)
    if not isinstance(value, str):
        return shown(value)
    text = value.translate(ZERO_WIDTH).strip(BLANKS)
    if not text:
        return None
    if _UNSAFE.search(text):
        return Problem("unsafe_text", value=text, fatal=False)
    return text


def colour(value: Value) -> str | Problem | None:
    """A colour's name or code; None when the cell says nothing."""
    if value is None:
        return None
    found = trouble(value)
    if found is not None:
        return found
    if isinstance(value, (dt.date, dt.time)):
        return Problem("columns_swapped", "颜色 colour", "colour")
    text = tidy(shown(value))
    if not text or _NOTHING.match(text):
        return None
    if _UNSAFE.search(text):
        return Problem("unsafe_text", value=text, fatal=False)
    return text


def style(value: Value) -> str | Problem:  # noqa: C901
    """A style number."""
    if value is None:
        return MISSING
    found = trouble(value)
    if found is not None:
        return found
    if isinstance(value, (dt.date, dt.time)):
        return Problem("style_became_date")
    if isinstance(value, float):
        if abs(value) >= 1e15:
            return Problem("precision_lost")
        if value != int(value):
            return Problem("style_number_damaged")
        if value <= 0:
            return Problem("bad_style")
        return str(int(value))
    if not isinstance(value, str):
        return MISSING
    text = tidy(value)
    if not text:
        return MISSING
    if text.startswith("'") and len(text) > 1:
        text = text[1:]
    if _NOTHING.match(text):
        return Problem("bad_style")
    if _SCIENTIFIC.match(text) and "+" in text:
        return Problem("style_number_damaged")
    if _DATE_TEXT.match(text):
        return Problem("style_became_date")
    if _UNSAFE.search(text):
        return Problem("unsafe_text", value=text, fatal=False)
    if len(text) > 60 or not any(char.isalnum() for char in text):
        return Problem("bad_style")
    if not any(char.isdigit() or (char.isascii() and char.isalpha()) for char in text):
        return Problem("bad_style", value=text)
    return text


def _decimal(text: str) -> Decimal | None:
    if _GROUPED.match(text):
        text = text.replace(",", "").replace(" ", "")
    if not _PLAIN.match(text):
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


def price(value: Value) -> int | Problem:
    """Yuan → fen (IMPORT-7). Discounts in a price column come back as a Problem `discount` whose value is the rate."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        return _fen(_exact(value)) if abs(value) < 1e15 else Problem("bad_number")
    found = trouble(value)
    if found is not None:
        return found
    if not isinstance(value, str):
        return Problem("bad_number")
    text = tidy(value)
    if not text or _NOTHING.match(text):
        return MISSING if not text else Problem("missing_required")
    text = text.removeprefix("'")
    if _FOREIGN.search(text):
        return Problem("foreign_currency")
    if text.endswith(("%", "折")):
        rate = discount(text)
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
        return Problem("bad_number")
    return _fen(number)


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


def units(value: Value) -> int | Problem:  # noqa: C901
    """A count of pieces; `10件` is 10."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        number = _exact(value) if abs(value) < 1e15 else Decimal(value)
    else:
        found = trouble(value)
        if found is not None:
            return found
        if not isinstance(value, str):
            return Problem("bad_number")
        text = tidy(value)
        if not text:
            return MISSING
        if _NOTHING.match(text):
            return Problem("missing_required")
        text = text.removeprefix("'")
        bare = _UNITS.sub("", text).strip()
        if re.match(r"^\(\d[\d.,]*\)$", bare):
            bare = "-" + bare[1:-1]
        parsed = _decimal(bare)
        if parsed is None:
            return Problem("bad_number")
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


def discount(value: Value, *, percent: bool = False) -> Decimal | Problem:
    """A discount as the share that is paid: 25%, 0.25, 2.5折, 二五折 are 0.25 (IMPORT-9).

    Plain numbers: under 1 a share, above 1 and under 10 折, from 11 to 99 per cent (which 折 agrees with: 25折 is
    2.5折). 1 and 10 have two readings and are refused.
    """
    if value is None:
        return MISSING
    if isinstance(value, float):
        number = _exact(value)
        return _rate(number) if percent else _plain_rate(number)
    found = trouble(value)
    if found is not None:
        return found
    if not isinstance(value, str):
        return Problem("bad_number")
    text = tidy(value).replace(" ", "")
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
    if number < 10:
        return number / 10
    return number / 100 if number < 100 else Problem("ambiguous_discount")


def _rate(number: Decimal) -> Decimal | Problem:
    return number if 0 < number <= 1 else Problem("ambiguous_discount" if number > 1 else "bad_number")


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
_LETTER_RANGE = re.compile(rf"^{_LETTER}码?\s*([-~～—–至到]|\.\.)\s*{_LETTER}码?$", re.IGNORECASE)
_NUMBER_RANGE = re.compile(r"^(\d{2,3})(码|号)?\s*([-~～—–至到])\s*(\d{2,3})(码|号|cm)?$", re.IGNORECASE)
_LIST = re.compile(r"[,，、;；/\s+]+")
_LETTER_TYPO = re.compile(r"^[SMLX\d]{2,8}$", re.IGNORECASE)
_ORDER = ["XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL", "XXXXXL", "XXXXXXL"]
_SAME = {"2XL": "XXL", "3XL": "XXXL", "4XL": "XXXXL", "5XL": "XXXXXL", "6XL": "XXXXXXL", "2XS": "XXS", "3XS": "XXXS"}
COLOUR_WORD: Final = re.compile(
    r"(色|黑|白|红|蓝|绿|灰|粉|紫|黄|棕|咖|米|杏|驼|卡其|藏青|焦糖|条纹|格|花|银|金|橙|橘|裸|豆沙|墨|奶|燕麦|雾霾|牛仔)$"
)


def size(value: Value) -> str | Problem:  # noqa: C901
    """A size as written, tidied. Ranges, dates and things that are no size are problems."""
    if value is None:
        return MISSING
    found = trouble(value)
    if found is not None:
        return found
    if isinstance(value, (dt.date, dt.time)):
        return Problem("size_became_date")
    if isinstance(value, float):
        return _numeric_size(value)
    if not isinstance(value, str):
        return MISSING
    text = tidy(value)
    if not text:
        return MISSING
    if text.startswith("'") and len(text) > 1:
        text = text[1:]
    if is_known_size(text):
        return text
    if _DATE_TEXT.match(text):
        return Problem("size_became_date")
    if _NOTHING.match(text):
        return Problem("bad_size")
    if is_size_range(text):
        return Problem("size_range")
    if _UNSAFE.search(text) or len(text) > 30 or not any(char.isalnum() for char in text):
        return Problem("bad_size")
    if COLOUR_WORD.search(text) and not any(char.isdigit() for char in text):
        return Problem("bad_size", value=text)
    if _PLAIN.match(text):
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
        return len(pieces) > 2 or not _adjacent(pieces)
    return False


def _adjacent(pieces: list[str]) -> bool:
    """S/M and 36/37 are one size that fits both; S/L is not."""
    names = [_SAME.get(piece.upper().rstrip("码"), piece.upper().rstrip("码")) for piece in pieces]
    if len(names) == 2 and all(name in _ORDER for name in names):
        return abs(_ORDER.index(names[0]) - _ORDER.index(names[1])) == 1
    if len(names) == 2 and all(name.replace(".", "").isdigit() for name in names):
        return abs(float(names[0]) - float(names[1])) <= 1
    return False


def size_label(value: Value) -> str | None:
    """The size that a heading of a matrix column stands for; None when it is no size."""
    if isinstance(value, float):
        text = number_text(value)
    elif isinstance(value, str):
        text = tidy(value)
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


def barcode(value: Any) -> str | Problem | None:  # noqa: C901
    """A barcode: EAN-8/13, UPC-A, GTIN-14 with a right check digit, or a house code with letters (IMPORT-11)."""
    if value is None:
        return None
    if value.__class__ is str and len(value) == 13 and value.isascii() and value.isdigit() and _sums_up(value):
        return value
    if isinstance(value, float):
        return _numeric_barcode(value)
    found = trouble(value)
    if found is not None:
        return found
    if not isinstance(value, str):
        return Problem("barcode_format")
    text = tidy(value)
    if text.startswith("'"):
        text = text[1:].strip()
    if not text or _NOTHING.match(text):
        return None
    if _SCIENTIFIC.match(text) and ("." in text or "+" in text):
        return Problem("barcode_precision_lost")
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    if text == "0" * len(text):
        return Problem("barcode_format")
    compact = re.sub(r"[\s-]", "", text)
    if compact.isdigit() and compact.isascii():
        return _digits(compact)
    if _UNSAFE.search(text):
        return Problem("barcode_format")
    if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._/#*+\- ]{3,39}", text) and not re.search(r"\s{2,}|[;,|]", text):
        return text
    return Problem("barcode_format")


def _numeric_barcode(number: float) -> str | Problem | None:
    if number >= 1e15:
        return Problem("barcode_precision_lost")
    if number != int(number) or number < 0:
        return Problem("barcode_format")
    text = str(int(number))
    if text == "0":
        return Problem("barcode_format")
    return _digits(text)


def _digits(text: str) -> str | Problem:
    if len(text) in (8, 12, 13, 14):
        if check_digit(text[:-1]) == text[-1]:
            return text
        if len(text) in (12, 13) and text.endswith("00000"):
            return Problem("barcode_precision_lost", value=text)
        if len(text) == 12 and text[:2] in ("69", "68"):
            return Problem("barcode_format", value=text)
        return Problem("barcode_checksum", value=text)
    if len(text) == 18 or 4 <= len(text) <= 24:
        return Problem("barcode_format", value=text)
    return Problem("barcode_format")


def check_digit(body: str) -> str:
    """The GS1 check digit of the digits before it."""
    total = sum(int(char) * (3 if at % 2 == 0 else 1) for at, char in enumerate(reversed(body)))
    return str(-total % 10)


def _sums_up(code: str) -> bool:
    """Whether 13 ASCII digits end in their check digit, by sums over the bytes."""
    digits = code.encode()
    return (sum(digits[0::2]) + 3 * sum(digits[1::2]) - 25 * 48) % 10 == 0


def has_problem(values: list[Any]) -> bool:
    """Whether any of many parsed cells is a Problem; far cheaper than looking at each."""
    return Problem in set(map(type, values))


def rounded_fen(tag_fen: int, rate: Decimal) -> int:
    """tag × rate, half up to the fen."""
    return int((Decimal(tag_fen) * rate).quantize(Decimal(1), ROUND_HALF_UP))


def price_text(fen: int) -> str:
    """Fen as the decimal string that JSON carries: 17332 → 173.32."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
