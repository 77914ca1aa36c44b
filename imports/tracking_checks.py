"""Checks of a tracking sheet that look at several columns of a line."""

from __future__ import annotations

import re
from typing import Final

from imports.carriers import CarrierTable
from imports.cells.text import Problem, display_text, normalize
from imports.phones import read_phone
from imports.record_sheet.lines import RecordLines, clean
from imports.workbook.model import Value

_OTHER_NUMBERS: Final = ("consignment_no", "order_no", "phone", "barcode", "style_no")
"""Fields whose value in the column of tracking numbers was copied to the wrong place."""
_LONGEST_PHONE: Final = 30
_MOBILE: Final = re.compile(r"(?:\+?86)?1[3-9]\d{9}\Z")


def report_numbers_of_other_columns(lines: RecordLines, numbered: list[bool]) -> None:
    """A number that is the telephone, the order or the barcode of its line, or anybody's telephone, was copied to the wrong place."""
    numbers: list[str | None] = lines.parsed["tracking_no"]
    known = {number for number in numbers if number}
    meanings = lines.table.header.meanings
    other_columns = [place for place, meaning in sorted(meanings.items()) if meaning.field in _OTHER_NUMBERS]
    for place in other_columns:
        is_phone = meanings[place].field == "phone"
        texts = [_phone_digits(row[place]) if is_phone else _text(row[place]) for row in lines.rows]
        found = known.intersection(texts)
        if not found:
            continue
        heading = lines.table.heading(place) or ""
        for at, number in enumerate(numbers):
            if number in found and numbered[at] and (is_phone or texts[at] == number):
                lines.report(at, "tracking_no", Problem("number_of_other_column", heading))
                numbers[at] = None
    for at, number in enumerate(numbers):
        if number and numbered[at] and len(number) < 15 and _MOBILE.match(number):
            lines.report(at, "tracking_no", Problem("phone_like_number", fatal=False))


def _text(value: Value) -> str:
    if value.__class__ is str and value.isalnum() and value.isascii():
        return value
    return normalize(display_text(clean(value)))


def _phone_digits(value: Value) -> str:
    """A telephone number as somebody would type it into another column: 0571-88881234 as 057188881234."""
    text = _text(value)
    return text if text.isdigit() or len(text) > _LONGEST_PHONE else re.sub(r"\D", "", read_phone(text)) or text


def report_other_carriers(lines: RecordLines, numbered: list[bool], carriers: CarrierTable) -> None:
    """A number with the letters of another carrier: a warning, because carriers add formats."""
    for at, (name, number) in enumerate(zip(lines.parsed["carrier"], lines.parsed["tracking_no"], strict=True)):
        if not number or not numbered[at] or not number[0].isalpha():
            continue
        carrier = carriers.find(name) if name else None
        if carrier is not None and (not carrier.number_patterns or carriers.matches(carrier, number)):
            continue
        suggested = carriers.suggest(number)
        if suggested is not None and suggested is not carrier:
            lines.report(at, "tracking_no", Problem("number_of_other_carrier", suggested.name, fatal=False))


def report_contradicting_units(lines: RecordLines, numbered: list[bool]) -> None:
    for at, (units, short) in enumerate(zip(lines.parsed["units"], lines.parsed["short_units"], strict=True)):
        if not lines.is_record[at] or units is None:
            continue
        if short is not None and short > units:
            lines.report(at, "short_units", Problem("short_above_units", str(units)))
        elif units == 0 and numbered[at]:
            lines.report(at, "units", Problem("zero_quantity"))
