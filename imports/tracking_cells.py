"""Cells of a tracking sheet: carriers, tracking numbers, units out of stock."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from imports.carriers import CarrierTable, built_in_table
from imports.cells.numbers import parse_units
from imports.cells.text import (
    BLANK_WORDS,
    MISSING,
    UNSAFE,
    Problem,
    cell_problem,
    display_text,
    normalize,
    number_text,
)
from imports.workbook.model import NoValue, Value

_PLAIN_NUMBER: Final = re.compile(r"[A-Z]{0,2}[0-9]{10,18}")
_TRACKING: Final = re.compile(r"(?=(?:.*\d){5})(?:\d{8,22}|(?!\d+\Z)[A-Za-z0-9]{8,30}|[A-Za-z]{1,5}-\d{8,20})\Z")
_TWICE: Final = re.compile(r"([A-Za-z]{1,5})\d{6,}\1\d{6,}\Z", re.IGNORECASE)
"""Two numbers of one carrier without anything between them."""
_GROUPED: Final = re.compile(r"(?:[A-Za-z]{1,5} [A-Za-z0-9]{8,25}|[A-Za-z0-9]{1,6}(?: [A-Za-z0-9]{1,6})+)\Z")
"""One number in groups, none of which could be a number itself: SF 1380013800012, 7712 3456 7890 1."""
_JD_PARCEL: Final = re.compile(
    r"(JD[A-Z0-9]{8,20}|[A-Z0-9]{8,20}(?=-\d{1,3}-\d{1,3}-\Z))(-\d{1,3}-\d{1,3}-?)\Z", re.IGNORECASE
)
"""A waybill of JD with the parcel's place in it: JD0118080218877-1-2- is the first of two parcels."""
_LABEL: Final = re.compile(r"^(?:no|(?:快递|物流|运)?单号|tracking)\s*[.:：]\s*", re.IGNORECASE)
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?e\+?\d{1,2}\Z", re.IGNORECASE)
_NOT_YET: Final = re.compile(r"(?:暂?未|待|暂不|还没|没有?)(?:发货?|出单|揽收|打单)\Z")
_LONGEST_REFERENCE: Final = 60
_PAIR: Final = re.compile(r"([A-Za-z&]*[^\x00-\x7f]+|[A-Za-z&]+(?=[\s:,/]))[\s:,/]*([A-Za-z]{0,5}\d\S*)\Z")
MAX_EXACT: Final = 1e15
"""Spreadsheet programs keep 15 digits of a number."""


def parse_carrier(value: Value, carriers: CarrierTable | None = None) -> str | Problem:
    """A carrier by its full name, whatever alias or code was typed."""
    found = cell_problem(value)
    if found is not None:
        return found
    text = written(value)
    if not text:
        return MISSING
    carrier = (carriers or built_in_table()).find(text)
    return Problem("unknown_carrier") if carrier is None else carrier.name


def parse_tracking_number(value: Value) -> str | Problem:
    """A number of 8 to 30 letters and digits as written. Two numbers in a cell are a fault, never run together (IMPORT-24)."""
    if value.__class__ is str and _PLAIN_NUMBER.fullmatch(value):  # as nearly all are
        return value
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, float) and abs(value) >= MAX_EXACT:
        return Problem("precision_lost")
    text = _LABEL.sub("", written(value))
    if not text:
        return MISSING
    if len(text) > _LONGEST_REFERENCE:
        return Problem("bad_tracking_number")
    if _SCIENTIFIC.match(text):
        return Problem("precision_lost")
    if parcel := _JD_PARCEL.match(text):
        text = parcel.group(1)
    elif grouped := _GROUPED.match(text):
        text = grouped.group().replace(" ", "")
    return text if _TRACKING.match(text) and not _TWICE.match(text) else Problem("bad_tracking_number")


def piece_of(value: Value) -> str:
    """The place of one piece of several behind a waybill of JD, as it was written: `-1-2-` is the first of two; "" for any other number."""
    if value.__class__ is not str or ("-" not in value and "－" not in value):
        return ""
    found = _JD_PARCEL.match(_LABEL.sub("", written(value)))
    return found.group(2) if found else ""


def written(value: Value) -> str:
    """What a cell of carrier or number says; "" for a blank one, a dash, and the 0 of a lookup that found nothing."""
    if value is None or (isinstance(value, float) and value == 0):
        return ""
    text = normalize(display_text(value)).strip("'` ")
    return "" if text == "0" or BLANK_WORDS.match(text) or _NOT_YET.match(text) else text


def parse_short_units(value: Value) -> int | Problem | None:
    """Units that are out of stock; None for a blank cell or 0."""
    if value is None or (isinstance(value, str) and not written(value)):
        return None
    units = parse_units(value)
    if isinstance(units, Problem):
        return None if units.value == 0 else units
    return units


def parse_units_of_line(value: Value) -> int | Problem | None:
    """The units that a line names; None for a blank cell."""
    units = parse_units(value)
    return None if units is MISSING else units


def split_carrier_and_number(value: Value) -> tuple[Value, Value]:
    """顺丰 SF1380013800012 and 中通快递：77123456789012 in one cell; a cell that is no such pair is both, and its faults tell."""
    text = written(value)
    if isinstance(value, NoValue) or not text:
        return value, value
    found = _PAIR.match(text)
    return (found.group(1), found.group(2)) if found else (text, text)


def parse_goods(value: Value) -> str | Problem:
    """A part of the SKU as the sheet shows it; "" for a blank cell. What it names is for the service to find."""
    if value.__class__ is str and value.isalnum() and value.isascii():
        return value
    if isinstance(value, float) and abs(value) >= MAX_EXACT:
        return Problem("precision_lost")
    return cell_problem(value) or normalize(display_text(value))


def parse_reference(value: Value) -> str | Problem | None:
    """A number that names something elsewhere, such as a consignment or an order, as text with all its digits; None for a blank cell."""
    if value is None or (value.__class__ is str and value.isdigit() and value.isascii()):
        return value
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, float):
        return Problem("precision_lost") if abs(value) >= MAX_EXACT else number_text(value)
    if isinstance(value, (dt.date, dt.time)):
        return Problem("bad_reference")
    text = normalize(display_text(value)).strip("'` ")
    if _SCIENTIFIC.match(text):
        return Problem("precision_lost")
    if UNSAFE.search(text) or len(text) > _LONGEST_REFERENCE:
        return Problem("bad_reference")
    return None if BLANK_WORDS.match(text) else text or None


def parse_required_reference(value: Value) -> str | Problem:
    """The same where a blank cell is a fault."""
    reference = parse_reference(value)
    return MISSING if reference is None else reference
