"""Cells as text: names, colours, style numbers; problems of a cell in any column."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from imports.cells.garbled import is_garbled_cell
from imports.workbook.model import BLANKS, ERROR_VALUES, NoValue, UnclosedQuote, Value


class Problem:
    """What is wrong with a cell. `fatal` False: the value was read all the same, and `code` is a warning."""

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
_FRACTION = re.compile(r"(?<=\d)(?=[¼½¾⅐-⅞])")
"""Between 38 and ½, which NFKC would make 381⁄2."""
UNSAFE = re.compile(
    r"^[=@].+|^[+\-][^\d.].*[(|!]|^[+\-]\d.*[(|!+*]|<\s*/?\s*(script|img|iframe|svg|a|object|style)\b|javascript:|\bon\w+\s*=",
    re.IGNORECASE | re.DOTALL,
)
BLANK_WORDS = re.compile(
    r"^(-+|—+|－+|–+|/+|\\+|无|空|暂无|没有|n/?a|none|null|nil|nan|无条码|\.+|_+|·)$", re.IGNORECASE
)
SCIENTIFIC = re.compile(r"^\d(\.\d+)?e\+?\d{1,3}$", re.IGNORECASE)
PLAIN_STYLE = re.compile(r"[A-Za-z]{1,8}[0-9][A-Za-z0-9]{0,30}")
_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    "|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
DATE_TEXT = re.compile(
    rf"{_YEAR}[-/.年]{_DAY}[-/.月]{_DAY}日?(?:[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?|{_DAY}月(?:{_DAY}日)?|{_DAY}/{_DAY}/{_YEAR}"
    rf"|{_DAY}-{_MONTH}(?:-(?:\d\d|\d{{4}}))?|{_MONTH}-(?:\d\d|{_YEAR})"
)
"""How spreadsheet programs write a date that they made of a text, to be matched in full.

They write the name of a month as in May-07 and 7-May, so that NOVA-101, MAY-7 and DEC-12 are what somebody typed.
"""


def fold_case(text: str) -> str:
    """The text for comparison without case: two texts are equal wherever `upper` in the database makes them equal."""
    return text.upper().casefold()


def display_text(value: Value) -> str:
    """The cell as a person reads it on the screen."""
    if value is None:
        return ""
    if isinstance(value, NoValue):
        return str(value)
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


def normalize(text: str) -> str:
    """NFKC, no invisible characters, single spaces, trimmed."""
    if text.isalnum() and text.isascii():
        return text
    text = _FRACTION.sub(" ", text)
    text = unicodedata.normalize("NFKC", text.translate(ZERO_WIDTH)).translate(ZERO_WIDTH)
    return " ".join(text.split()).strip(BLANKS)


def cell_problem(value: Value) -> Problem | None:
    """The problem of a cell in any column: errors, formulas without result, garbled or control characters (IMPORT-8)."""
    if isinstance(value, NoValue):
        return _problem_of_no_value(value)
    if not isinstance(value, str):
        return None
    if value.isalnum() and value.isascii():
        return None
    if value.strip().upper() in ERROR_VALUES:
        return Problem("formula_error")
    if _CONTROL.search(value.translate(ZERO_WIDTH)):
        return Problem("control_character")
    if is_garbled_cell(value):
        return Problem("encoding_damage")
    return None


def _problem_of_no_value(value: NoValue) -> Problem:
    if isinstance(value, UnclosedQuote):
        return Problem("unclosed_quote", str(value.line), str(value.last_line), value=value.text)
    return Problem("formula_no_value")


def parse_text(value: Value) -> str | Problem | None:
    """Names, remarks, categories, unchanged. An error leaves the field empty with a warning; unsafe text is a warning."""
    if value is None:
        return None
    found = cell_problem(value)
    if found is not None:
        if found.code == "control_character":
            return Problem(found.code, value=_CONTROL.sub("", str(value)).strip() or None, fatal=False)
        kept = found.value if found.code == "unclosed_quote" else None
        return Problem(found.code, *found.details, value=kept, fatal=False)
    if not isinstance(value, str):
        return display_text(value)
    text = value.translate(ZERO_WIDTH).strip(BLANKS)
    if not text:
        return None
    if UNSAFE.search(text):
        return Problem("unsafe_text", value=text, fatal=False)
    return text


def parse_colour(value: Value) -> str | Problem | None:
    """A colour's name or code; None when the cell has none."""
    if value is None:
        return None
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, (dt.date, dt.time)):
        return Problem("columns_swapped", "颜色 colour", "colour")
    text = normalize(display_text(value))
    if not text or BLANK_WORDS.match(text):
        return None
    if UNSAFE.search(text):
        return Problem("unsafe_text", value=text, fatal=False)
    return text


def parse_style(value: Value) -> str | Problem:
    """A style number."""
    if value.__class__ is str and PLAIN_STYLE.fullmatch(value):
        return value
    return parse_style_in_full(value)


def parse_style_in_full(value: Value) -> str | Problem:  # noqa: C901
    """The same without the shortcut for letters and digits, of which nearly all style numbers consist."""
    if value is None:
        return MISSING
    found = cell_problem(value)
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
    text = normalize(value)
    if not text:
        return MISSING
    if text.startswith("'") and len(text) > 1:
        text = text[1:]
    if BLANK_WORDS.match(text):
        return Problem("bad_style")
    if SCIENTIFIC.match(text) and ("+" in text or "." in text):
        return Problem("style_number_damaged")
    if DATE_TEXT.fullmatch(text):
        return Problem("style_became_date")
    if UNSAFE.search(text):
        return Problem("unsafe_text", value=text, fatal=False)
    if len(text) > 60 or not any(char.isalnum() and char != "0" for char in text):
        return Problem("bad_style")
    if not any(char.isdigit() or (char.isascii() and char.isalpha()) for char in text):
        return Problem("bad_style", value=text)
    return text


def has_problem(values: Iterable[Any]) -> bool:
    """Whether any of many parsed cells is a Problem; far cheaper than looking at each."""
    return Problem in set(map(type, values))
