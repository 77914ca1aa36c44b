"""Excel number formats, as far as they carry meaning for a stock sheet."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from imports.workbook.model import Value

BUILTIN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy/m/d"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm:ss"),
}  # fmt: skip

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell's date has no zone
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS = re.compile(r"\[[^\]]*\]")
_DATE_LETTERS = re.compile(r"[ymdhs]|上午|下午|[gebea]{2,}", re.IGNORECASE)
_ZEROS = re.compile(r"^0+$")
_SCIENTIFIC = re.compile("[0#?]E[+-]0", re.IGNORECASE)
_AROUND = re.compile(r'^((?:"[^"]*"|\\.)*)(0+|#|General|G/通用格式)((?:"[^"]*"|\\.)*)$', re.IGNORECASE)
_CURRENCIES = {
    "$": "USD", "US$": "USD", "USD": "USD", "€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP", "HK$": "HKD",
    "HKD": "HKD", "NT$": "TWD", "TWD": "TWD", "₩": "KRW", "KRW": "KRW", "JPY": "JPY", "JP¥": "JPY", "₽": "RUB",
    "S$": "SGD", "₫": "VND", "฿": "THB", "円": "JPY",
}  # fmt: skip


@lru_cache(maxsize=512)
def is_date(code: str) -> bool:
    """Whether numbers under this format are dates or times."""
    bare = _BRACKETS.sub(_keep_elapsed, _QUOTED.sub("", code.split(";")[0]))
    if bare.strip().lower() in ("general", "g/通用格式", "@", ""):
        return False
    return bool(_DATE_LETTERS.search(bare.replace("E+", "").replace("E-", "")))


@lru_cache(maxsize=512)
def display_meaning(code: str) -> str:
    """`zeros:N`, `percent`, `scientific`, `currency:CODE`, `decimals:2`, `around:` (see `with_format_text`), or ''."""
    first = code.split(";")[0]
    currency = re.search(r"\[\$([^\]-]*)(?:-[0-9A-Fa-f]+)?\]", first)
    if currency and currency.group(1).strip() in _CURRENCIES:
        return "currency:" + _CURRENCIES[currency.group(1).strip()]
    if currency and currency.group(1).strip() in ("¥", "￥") and "-411" in currency.group(0):
        return "currency:JPY"
    quoted = re.findall(r'"([^"]*)"', first)
    for literal in quoted:
        if literal.strip() in _CURRENCIES:
            return "currency:" + _CURRENCIES[literal.strip()]
    bare = _BRACKETS.sub("", _QUOTED.sub("", first)).strip()
    if "$" in bare:
        return "currency:USD"
    if "€" in bare or "£" in bare:
        return "currency:" + ("EUR" if "€" in bare else "GBP")
    if "%" in bare:
        return "percent"
    return _meaning_of_digits(_BRACKETS.sub("", first).strip(), bare)


def _meaning_of_digits(shown: str, bare: str) -> str:
    """The meaning of a format without currency and per cent: `shown` has its literal texts, `bare` has not."""
    if _SCIENTIFIC.search(bare):
        return "scientific"
    around = _AROUND.match(shown)
    if around:
        before, digits, after = around.groups()
        before, after = (re.sub(r'"|\\(?=.)', "", text) for text in (before, after))
        if re.search("[A-Za-z0-9]", before + after):
            return f"around:{len(digits) if digits[0] == '0' else 1}:{len(before)}:{before}{after}"
    if _ZEROS.match(bare) and len(bare) > 1:
        return f"zeros:{len(bare)}"
    return "decimals:2" if re.search(r"0\.00(?![0#?])", bare) else ""


def as_displayed(number: float, code: str, epoch_1904: bool) -> Value:
    """A number as its format shows it: a date, text with its leading zeros, or the number itself."""
    if is_date(code):
        return from_serial(number, epoch_1904)
    display = display_meaning(code)
    if display.startswith("zeros:") and number >= 0 and number == int(number) and number < 1e15:
        return str(int(number)).zfill(int(display[6:]))
    return number


def with_format_text(number: float, display: str) -> str | None:
    """A whole number with the letters that its format (`around:`) puts around it, such as BX00007 for 7."""
    if number < 0 or number != int(number) or number >= 1e15:
        return None
    _, width, before, text = display.split(":", 3)
    return f"{text[: int(before)]}{int(number):0{width}}{text[int(before) :]}"


def from_serial(number: float, epoch_1904: bool) -> Value:
    """A date serial as a date; out of the calendar it stays a number."""
    if not 0 <= number < 2_958_466:
        return number
    days = number + 1462 if epoch_1904 else number
    if days < 1:
        seconds = round(days * 86400)
        return dt.time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
    base = _EPOCH if days >= 61 else _EPOCH + dt.timedelta(days=1)
    moment = base + dt.timedelta(seconds=round(days * 86400))
    return moment.date() if moment.time() == dt.time() else moment


def _keep_elapsed(match: re.Match[str]) -> str:
    return match.group(0) if match.group(0).lower() in ("[h]", "[hh]", "[m]", "[mm]", "[s]", "[ss]") else ""
