"""Cells of bank statements: days, amounts in fen, and texts that banks protect against spreadsheet programs."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

from imports.workbook.model import NoValue, Value

MAX_AMOUNT_FEN: Final = 10**13
_PROTECTED: Final = re.compile(r'^="?(.*?)"?$', re.DOTALL)
_DAY: Final = re.compile(
    r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T \s]*(\d{1,2})[:：]?(\d{2})(?:[:：]?(\d{2}))?(?:\.\d+)?)?$"
)
_COMPACT_DAY: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:[T \s]*(\d{2}):?(\d{2})(?::?(\d{2}))?)?$")
_SERIAL: Final = re.compile(r"^\d{5}(?:\.\d+)?$")
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone
_LAST_SERIAL_YEAR: Final = 2099
_TIME: Final = re.compile(r"^(\d{1,2})[:：]?(\d{2})(?:[:：]?(\d{2}))?(?:\.\d+)?$")
_NUMBER: Final = re.compile(r"^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d{1,4})?$")
_NOTHING: Final = frozenset({"", "-", "--", "—", "/", "无"})


def text_of(value: Value) -> str:
    """A cell as text: half width, without ="…", tabs and apostrophes that protect numbers; whole numbers without «.0»."""
    if value is None or isinstance(value, NoValue):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    text = value.strip()
    if text.startswith("="):
        text = _PROTECTED.sub(r"\1", text)
    folded = unicodedata.normalize("NFKC", text.strip("`'\"\t \u200b\ufeff"))
    return " ".join("".join(each if each.isprintable() else " " for each in folded).split())


def parse_day(value: Value) -> tuple[dt.date, str] | None:
    """The day, and the time of day as HH:MM:SS where the cell has one; None for what is no day."""
    if isinstance(value, dt.datetime):
        has_time = value.time() != dt.time.min
        return value.date(), value.strftime("%H:%M:%S") if has_time else ""
    if isinstance(value, dt.date):
        return value, ""
    text = text_of(value)
    if (serial := _SERIAL.match(text)) is not None:
        return _day_of_serial(float(serial[0]))
    found = _COMPACT_DAY.match(text) or (_DAY.match(text) if not text.isdigit() else None)
    if not found:
        return None
    year, month, day, hour, minute, second = found.groups()
    try:
        date = dt.date(int(year), int(month), int(day))
        time = dt.time(int(hour), int(minute), int(second or 0)).isoformat() if hour else ""
    except ValueError:
        return None
    return (date, time) if 2000 <= date.year <= 2199 else None


def _day_of_serial(serial: float) -> tuple[dt.date, str] | None:
    """The day that a spreadsheet program counts from 1899-12-30 on, as it stands in a cell that lost its format."""
    instant = _EPOCH + dt.timedelta(seconds=round(serial * 86_400))
    if not 2000 <= instant.year <= _LAST_SERIAL_YEAR:
        return None
    return instant.date(), instant.strftime("%H:%M:%S") if instant.time() != dt.time.min else ""


def parse_time(value: Value) -> str:
    """HH:MM:SS, "" for what is no time of day. 93015 is 09:30:15, as some banks write it."""
    if isinstance(value, dt.time | dt.datetime):
        return value.strftime("%H:%M:%S")
    text = text_of(value)
    if text.isdigit() and 5 <= len(text) <= 6:
        text = text.zfill(6)
    found = _TIME.match(text)
    if not found:
        return ""
    try:
        return dt.time(int(found[1]), int(found[2]), int(found[3] or 0)).isoformat()
    except ValueError:
        return ""


def parse_amount(value: Value) -> int | None:
    """Yuan → fen with its sign; 0 for an empty cell; None for what is no amount, or has parts of a fen."""
    if value is None:
        return 0
    if isinstance(value, float):
        number = Decimal(str(round(value, 4)))
    else:
        text = text_of(value).replace("¥", "").replace("元", "").replace("CNY", "").replace(" ", "")
        if text in _NOTHING:
            return 0
        if text.startswith("(") and text.endswith(")"):
            text = f"-{text[1:-1]}"
        if not _NUMBER.match(text):
            return None
        try:
            number = Decimal(text.replace(",", ""))
        except InvalidOperation:
            return None
    fen = number * 100
    if fen != fen.to_integral_value() or abs(fen) >= MAX_AMOUNT_FEN:
        return None
    return int(fen)


def is_incoming(text: str) -> bool | None:
    """What a column of directions says: 贷, 收 and 来账 are money that came, 借, 支 and 往账 money that went."""
    bare = text.replace(" ", "").upper()
    if (
        bare in {"C", "CR", "CREDIT", "+"}
        or any(word in bare for word in ("贷", "收入", "来账", "转入", "存入"))
        or bare == "收"
    ):
        return True
    if (
        bare in {"D", "DR", "DEBIT", "-"}
        or any(word in bare for word in ("借", "支出", "往账", "转出", "支取"))
        or bare in {"支", "付"}
    ):
        return False
    return None
