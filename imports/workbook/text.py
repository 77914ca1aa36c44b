"""CSV and TSV in the encodings that Chinese spreadsheets save: UTF-8, UTF-16, GBK and GB18030."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook.model import Row, Sheet, Value, Workbook, is_blank
from imports.workbook.quotes import RecordReader

_DELIMITERS = ",\t;|，"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MAX_CONTROLS = 20
_MAX_NAMED_STRAYS = 10
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
_QUOTED = re.compile(r'^="([^"]*)"$')
"""How exports prevent a spreadsheet program from making a number of a text."""


def decode(data: bytes) -> str:
    """The text of a plain file. Refuses `encoding_damage` when no encoding gives text."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                return _decode_damaged(data, name)
    guess = _utf16_without_mark(data)
    for candidate in (guess, "utf-8", "gb18030"):
        if candidate is None or (candidate == "gb18030" and _is_damaged_utf8(data)):
            continue
        try:
            text = data.decode(candidate)
        except UnicodeDecodeError:
            continue
        return _as_big5(data) or text if candidate == "gb18030" else text
    return _decode_damaged(data, "utf-8" if _is_damaged_utf8(data) else "gb18030")


def read(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """A single nameless sheet; a row's number is its record number, blank records counted."""
    text = decode(data)
    if _is_binary(text):
        raise FileRefused("unsupported_format", "binary")
    first = text.split("\n", 1)[0].strip()
    names_delimiter = first.lower().startswith("sep=") and len(first) == 5
    delimiter = first[4] if names_delimiter else _delimiter(text)
    sheet = Sheet(name=None)
    csv.field_size_limit(limits.text)
    records = RecordReader(list(io.StringIO(text, newline="")), delimiter, limits.text)
    interned: dict[str, str] = {}
    keep = interned.setdefault
    number = 0
    try:
        for record in records:
            number += 1
            if number == 1 and names_delimiter:
                continue
            if not any(record) or all(map(is_blank, record)):
                continue
            row: Row = [(keep(cell, cell) or None) if isinstance(cell, str) else cell for cell in _unquoted(record)]
            sheet.numbers.append(number)
            sheet.rows.append(row)
            if len(record) > sheet.width:
                sheet.width = len(record)
            if len(sheet.rows) > limits.lines or len(sheet.rows) * sheet.width > limits.cells:
                raise FileRefused("too_many_rows", str(limits.lines))
            if number % 5000 == 0:
                on_progress(number)
    except csv.Error as error:
        raise _refusal(error, limits) from error
    _pad(sheet)
    return Workbook(kind="csv", sheets=[sheet], notes=_notes(records.strays))


def _pad(sheet: Sheet) -> None:
    """Make all lines equally long, and note how long they were where they were not."""
    lengths = list(map(len, sheet.rows))
    if len(set(lengths)) > 1:
        sheet.lengths = lengths
    for row in sheet.rows:
        if len(row) < sheet.width:
            row.extend([None] * (sheet.width - len(row)))


def _notes(strays: list[tuple[int, int]]) -> list[tuple[str, tuple[str, ...]]]:
    if not strays:
        return []
    named = [f"{first}–{last}" for first, last in strays[:_MAX_NAMED_STRAYS]]
    more = len(strays) - len(named)
    return [("stray_quotes", (", ".join(named) + (f" (+{more})" if more else ""),))]


def _is_binary(text: str) -> bool:
    """Whether a text is no text: a few control characters are faults of their cells."""
    return len(_CONTROL.findall(text)) > max(_MAX_CONTROLS, len(text) // 1000)


def _refusal(error: csv.Error, limits: Limits) -> FileRefused:
    too_long = "field limit" in str(error)
    return FileRefused("text_too_long", str(limits.text)) if too_long else FileRefused("malformed")


def _unquoted(record: Sequence[Value]) -> Sequence[Value]:
    if not any(isinstance(cell, str) and cell[:2] == '="' for cell in record):
        return record
    return [_QUOTED.sub(r"\1", cell) if isinstance(cell, str) else cell for cell in record]


def _delimiter(text: str) -> str:
    """The separator that gives the most lines of one same width; each line by itself, because a stray quotation mark joins lines."""
    sample = text[:64_000]
    best, best_score = ",", -1.0
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        try:
            records = (next(csv.reader([line], delimiter=delimiter), []) for line in sample.splitlines())
            widths = Counter(len(record) for record in records if record)
        except csv.Error:
            continue
        score = sum(count * min(width, 20) for width, count in widths.items() if width > 1)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _as_big5(data: bytes) -> str | None:
    """The text as Big5, where the bytes are Big5 rather than GB18030, which can be read from almost any bytes.

    What is written in GB18030 is nearly all in the plane of GB2312, whose second bytes are above A0; in Big5 a third
    of them are below 7F.
    """
    pairs = _PAIR.findall(data[:64_000])
    low = sum(pair[1] < 0x7F for pair in pairs)
    if len(pairs) < 8 or low * 5 < len(pairs) or any(not 0xA1 <= pair[0] <= 0xF9 for pair in pairs):
        return None
    try:
        return data.decode("big5hkscs")
    except UnicodeDecodeError:
        return None


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:4000]
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 8 and even == 0:
        return "utf-16-le"
    if even > len(head) // 8 and odd == 0:
        return "utf-16-be"
    return None


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 with a few damaged ones; read as UTF-8, nearly every character of GB18030 would be damaged."""
    good = data.decode("utf-8", "replace")
    return good.count("\ufffd") * 4 < sum(ord(c) > 127 for c in good)


def _decode_damaged(data: bytes, encoding: str) -> str:
    """Decode text with a few damaged bytes; the replacement characters stay, and the cells report them."""
    text = data.decode(encoding, "replace")
    broken = text.count("\ufffd")
    if broken > max(3, len(text) // 50):
        raise FileRefused("encoding_damage")
    return text
