"""Finds the headings of record sheets: one line or two, narrow or among sixty columns, known words or none."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from imports.cells.text import display_text
from imports.layout.header import Header, Lookup
from imports.layout.lines import total_kind
from imports.record_sheet.words import HeadingWords
from imports.report import FileRefused
from imports.workbook.model import Row, Sheet, Value, is_blank

MAX_HEADINGS: Final = 5_000
_MAX_LINES_ABOVE: Final = 40
"""So many lines may stand above the first heading. Further down, a heading repeats one that was seen."""
_LONGEST_HEADING: Final = 120
_HOLDS_DATA: Final = re.compile(r"\d{5,}|\d{4}[-/.年]\d{1,2}|\d+\.\d\d\Z|#(?:N/A|REF|VALUE|NAME)")


def find_record_headings(sheet: Sheet, lookup: HeadingWords) -> list[Header]:
    """All headings of a sheet from top to bottom, those printed again on a later page included.

    A line is one if it is made of texts without data and holds two known words. Below the first heading it repeats a word of one above,
    or its words are those of three fields, or of all its cells.
    """
    headers: list[Header] = []
    seen: set[str] = set()
    at = 0
    while at < len(sheet.rows):
        row = sheet.rows[at]
        if headers or at >= _MAX_LINES_ABOVE:
            is_heading = (not seen.isdisjoint(row) and _known_words(row, lookup) >= 2) or (
                bool(headers) and not lookup.plain.isdisjoint(row) and _is_another_heading(row, lookup)
            )
        else:
            is_heading = _known_words(row, lookup) >= 2
        if not is_heading:
            at += 1
            continue
        header = _compose(sheet, at, lookup, headers[-1].last if headers else -1)
        headers.append(header)
        if len(headers) > MAX_HEADINGS:
            raise FileRefused("too_many_tables", str(MAX_HEADINGS))
        seen.update(text for column, text in header.texts.items() if column in header.meanings)
        at = header.last + 1
    return headers


def heading_by_shape(sheet: Sheet, lookup: Lookup) -> Header | None:
    """The first line of two or more different texts above lines of data, where no known words tell the heading."""
    for at, row in enumerate(sheet.rows[:_MAX_LINES_ABOVE]):
        texts = [value for value in row if not is_blank(value)]
        if len(texts) < 2:
            continue
        if not _may_be_heading(row) or at + 1 >= len(sheet.rows):
            return None
        return _compose(sheet, at, lookup, -1)
    return None


def headless_table_header(sheet: Sheet) -> tuple[Header, str] | None:
    """A heading without texts for a sheet that begins with data, and the fingerprint by which its columns are remembered."""
    rows = [row for row in sheet.rows if sum(not is_blank(value) for value in row) >= 2]
    if not rows or len(rows) * 2 < len(sheet.rows) or not any(_is_data(value) for value in rows[0]):
        return None
    kinds = "".join("-" if is_blank(value) else "d" if _is_data(value) else "t" for value in rows[0])
    fingerprint = hashlib.sha256(f"headless record:{sheet.width}:{kinds}".encode()).hexdigest()[:24]
    return Header(first=0, last=-1, left=0, right=max(0, sheet.width - 1)), fingerprint


def _known_words(row: Row, lookup: Lookup) -> int:
    """How many fields a line names, each by a word of its own; 0 for a line that is no heading."""
    if not _may_be_heading(row):
        return 0
    meanings = [lookup(value) for value in row if isinstance(value, str) and not is_blank(value)]
    exact = {meaning.field for meaning in meanings if meaning is not None and meaning.exact}
    fuzzy = {meaning.field for meaning in meanings if meaning is not None}
    return len(fuzzy) if exact else 0


def _is_another_heading(row: Row, lookup: HeadingWords) -> bool:
    """Whether a line in other words than the headings above begins another table: 姓名 电话 货号 below 收货人 手机 款号."""
    filled = sum(not is_blank(value) for value in row)
    return _known_words(row, lookup) >= min(3, filled)


def _may_be_heading(row: Row) -> bool:
    texts = [value for value in row if not is_blank(value)]
    if len(texts) < 2 or total_kind(row) is not None:
        return False
    if not all(isinstance(value, str) and len(value) <= _LONGEST_HEADING for value in texts):
        return False
    return not any(_is_data(value) for value in texts) and len(set(texts)) * 2 > len(texts)


def _is_data(value: Value) -> bool:
    """Whether a cell holds what no heading does: a number, a date, a code of five digits or more."""
    if isinstance(value, str):
        return bool(_HOLDS_DATA.search(value))
    return value is not None


def _compose(sheet: Sheet, at: int, lookup: Lookup, above: int) -> Header:
    """The heading on a line, joined with the line above or below where cells are merged over several columns."""
    first = last = at
    if _has_wide_merge(sheet, at) and _continues(sheet, at + 1) and _known_words(sheet.rows[at + 1], lookup):
        last = at + 1
    elif at - 1 > above and _has_wide_merge(sheet, at - 1) and _continues(sheet, at):
        first = at - 1
    header = Header(first=first, last=last, left=0, right=max(0, sheet.width - 1))
    for line in range(first, last + 1):
        for column, value in enumerate(sheet.rows[line]):
            if not is_blank(value):
                header.texts[column] = display_text(value).strip()
    for column, text in header.texts.items():
        meaning = lookup(text)
        if meaning is not None:
            header.meanings[column] = meaning
    return header


def _continues(sheet: Sheet, at: int) -> bool:
    return at < len(sheet.rows) and sheet.numbers[at] == sheet.numbers[at - 1] + 1 and _may_be_heading(sheet.rows[at])


def _has_wide_merge(sheet: Sheet, at: int) -> bool:
    number = sheet.numbers[at]
    filled = sum(not is_blank(value) for value in sheet.rows[at])
    return filled > 1 and any(bottom == number and right > left for _, left, bottom, right in sheet.merges_at(number))
