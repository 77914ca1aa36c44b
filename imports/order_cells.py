"""Cells of an order sheet: recipients, telephones, addresses, states, units."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from imports.cells.numbers import parse_units
from imports.cells.sizes import is_known_size, parse_size
from imports.cells.text import (
    BLANK_WORDS,
    MISSING,
    Problem,
    cell_problem,
    display_text,
    normalize,
    parse_style,
    parse_text,
)
from imports.contact import read_contact
from imports.contact_words import is_of_an_earlier_order, mentions_an_earlier_order
from imports.divisions import Located, locate
from imports.goods_text import split_colour_and_size
from imports.phones import read_phone
from imports.workbook.model import Value
from kernel.traditional import simplified

MIN_ADDRESS: Final = 6
_POSTCODE: Final = re.compile(r"\d{6}\Z")
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?e\+?\d{1,2}\Z", re.IGNORECASE)
_HIDDEN_NAME: Final = re.compile(r"[*＊]")
_HIDDEN_ADDRESS: Final = re.compile(r"[*＊]{2,}")
_MANY_DIGITS: Final = re.compile(r"\d{7,}")
_BETWEEN_LEVELS: Final = re.compile(r"\s*[\s/\-—>,，、|]\s*")

_NOT_CANCELLED: Final = re.compile(
    r"(?:无|没有|未|不)[^;；,，]{0,3}?(?:售后|退款|退货|取消)|(?:售后|退款)(?:已)?(?:取消|关闭|撤销)|取消退款|撤销退款|^(?:无|否|0|正常|no)$",
    re.IGNORECASE,
)
_CANCELLED: Final = re.compile(
    r"取消|关闭|锁定|冻结|挂起|作废|失效|删除|失败|退款|退货|售后|cancel|closed|refund|return|void", re.IGNORECASE
)
_SENT: Final = re.compile(
    r"(?<!未)(?<!待)(?<!没)(?:已|部分|卖家)[^;；,，]{0,3}(?:发货|出库)|签收|已收货|待收货|确认收货|已完成|交易成功|交易完成|已评价|shipped|completed|delivered|received|finished",
    re.IGNORECASE,
)
_UNPAID: Final = re.compile(
    r"(?:待|未|等待)[^;；,，]{0,3}(?:付款|支付|成团|拼单)|拼团中|拼单中|unpaid|awaiting payment|pending payment",
    re.IGNORECASE,
)
_YES: Final = re.compile(r"^(?:是|有|1|y|yes|true)$", re.IGNORECASE)
_OF_REFUNDS: Final = re.compile(r"退款|售后|refund", re.IGNORECASE)


def is_closed(status: str, heading: str) -> bool:
    """Whether a state of an order says that nothing is to be sent: cancelled, refunded or being so, unpaid, or sent before (IMPORT-25)."""
    text = normalize(status)
    if not text:
        return False
    if _OF_REFUNDS.search(heading) and _YES.match(text):
        return True
    text = _NOT_CANCELLED.sub("", text)
    return any(pattern.search(text) for pattern in (_CANCELLED, _SENT, _UNPAID))


def parse_phone(value: Value) -> str | Problem:
    """A mobile number or a landline with its area code, with its extension behind a hyphen."""
    found = cell_problem(value)
    if found is not None or value is None:
        return found or MISSING
    text = normalize(display_text(value)).strip("'")
    if not text or BLANK_WORDS.match(text):
        return MISSING
    if _HIDDEN_NAME.search(text):
        return Problem("masked_text")
    if _SCIENTIFIC.match(text):
        return Problem("precision_lost")
    return read_phone(text) or Problem("bad_phone")


def parse_name(value: Value) -> str | Problem:
    """A name; a cell without a readable value, or with a placeholder, is a fault."""
    found = parse_text(value)
    if isinstance(found, Problem):
        return Problem(found.code, *found.details) if found.value is None else found
    if found is None or BLANK_WORDS.match(normalize(found)):
        return MISSING
    if _HIDDEN_NAME.search(found):
        return Problem("masked_text")
    plain = simplified(normalize(found))
    is_no_name = _MANY_DIGITS.search(found) or plain.isdigit() or mentions_an_earlier_order(plain)
    return Problem("bad_name") if is_no_name else found


def parse_place(value: Value) -> str | Problem:
    """A part of an address that may be blank, but not damaged."""
    found = cell_problem(value)
    if found is not None:
        return found
    text = normalize(display_text(value))
    if BLANK_WORDS.match(text):
        return ""
    return Problem("masked_text") if _HIDDEN_ADDRESS.search(text) else text


def join_address(levels: list[str], street: str, more: str) -> str | Problem:
    """One address out of province, city, district and town in columns of their own, the street, and a second line.

    What the street begins with is not said twice. A street in another province than the column says is a fault.
    """
    levels = [level for place, level in enumerate(levels) if level and level not in levels[:place]]
    if is_of_an_earlier_order(simplified(street)):
        return Problem("bad_address")
    named, of_levels = locate(street), locate("".join(levels))
    if (elsewhere := _elsewhere(levels, of_levels, street, named)) is not None:
        return Problem("region_mismatch", elsewhere)
    if named is not None and "province" not in named.inferred and named.division.province and levels:
        address = street
    else:
        kept = next(place for place in range(len(levels) + 1) if street.startswith("".join(levels[place:])))
        address = "".join(levels[:kept]) + street
    if more and more not in address:
        address += more if not (address[-1:].isascii() and more[:1].isascii()) else f" {more}"
    if not address:
        return MISSING
    has_street = bool(levels) and bool(street or more)
    return address if has_street or (len(address) >= MIN_ADDRESS and not address.isdigit()) else Problem("bad_address")


def _elsewhere(levels: list[str], of_levels: Located | None, street: str, located: Located | None) -> str | None:
    """The level that says another province or city than the levels above it or the street do; None where they agree."""
    if of_levels is None:
        return None
    province, city = of_levels.division.province, of_levels.division.city
    for level in levels[1:]:
        alone = locate(level)
        # A short name may be another place's: 朝阳 is a district of 北京 and a city of 辽宁.
        if alone is not None and alone.division.city == simplified(level) and alone.division.province != province:
            return level
    if located is None:
        return None
    named = located.division
    if "province" not in located.inferred and province and named.province not in ("", province):
        return levels[0]
    if city and named.city not in ("", city) and named.city in simplified(street):
        return levels[min(1, len(levels) - 1)]
    return None


def is_doubtful_address(address: str) -> bool:
    """Whether an address names no province with a city or county, or nothing behind them: a carrier may not find it."""
    located = locate(address)
    if located is None or not located.division.province:
        return True
    whole = located.division.city or located.division.county or located.division.province.endswith("特别行政区")
    return not whole or not address[located.end :].strip()


def split_region(text: str) -> str:
    """浙江省 杭州市 西湖区 and 浙江省/杭州市/西湖区 as one word."""
    return _BETWEEN_LEVELS.sub("", text)


def split_contact(text: str) -> tuple[str, str, str] | None:
    """Name, phone and address out of one pasted text; None when one of them is missing, or more than a postcode is left over."""
    read = read_contact(text)
    left_out = [word for word in read.left_out if not _POSTCODE.match(word)]
    return (read.name, read.phone, read.address) if read.complete and not left_out else None


def parse_contact(value: Value) -> tuple[str, str, str] | Problem | None:
    """A whole recipient in one cell; None for a blank one."""
    found = cell_problem(value)
    if found is not None and found.code != "control_character":
        return found
    text = display_text(value)
    if not text.strip():
        return None
    if _HIDDEN_ADDRESS.search(text):
        return Problem("masked_text")
    return split_contact(text) or Problem("bad_contact")


def parse_goods_style(value: Value) -> str | Problem:
    """A style number. A word is one too: the goods of the sale decide."""
    found = parse_style(value)
    if isinstance(found, Problem) and found.code == "bad_style" and isinstance(found.value, str):
        return found.value
    return found


def parse_colour_and_size(value: Value) -> tuple[str | None, str | Problem | None]:
    """Colour and size of a cell that may hold both, as 规格 does; the size is a Problem where it is none, None where the cell is blank."""
    found = cell_problem(value)
    if found is not None:
        return None, found
    if isinstance(value, (dt.date, dt.time)):
        return None, parse_size(value)
    text = normalize(display_text(value))
    if not text:
        return None, None
    if not is_known_size(text):
        colour, size = split_colour_and_size(value)
        if colour is not None and size is not None:
            parsed = parse_size(size)
            return colour, parsed.value if isinstance(parsed, Problem) and not parsed.fatal else parsed
    return None, parse_size(value)


def parse_ordered_units(value: Value) -> int | Problem:
    """One unit or more."""
    found = parse_units(value)
    if isinstance(found, Problem) and found.code == "zero_quantity":
        return Problem("zero_quantity")
    return found
