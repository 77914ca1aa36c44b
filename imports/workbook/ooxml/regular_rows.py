"""Reads the rows of a large worksheet with one regular expression per row, where they are written as all common programs write them.

A row of such a sheet is `<row r="7" …><c r="A7" …><v>…</v></c>…</row>`, its cells in the order of their columns. A pattern made for the
sheet's columns matches a whole row at once, and each distinct piece of XML (`t="s"><v>12</v></c>`) is parsed once, by the rules of the
careful reader. A row that does not match to the last byte raises IrregularSheet, and another reader reads the sheet.
"""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats
from imports.workbook.model import NO_VALUE, Row, Value, column_index, column_letters
from imports.workbook.ooxml.parts import Parts, unescape
from imports.workbook.ooxml.sheet_careful import MAX_ROW, value_of

_PIECE_BYTES = 2_000_000
_MIN_BYTES_FOR_TWO_PROCESSES = 8_000_000
_MAX_COLUMNS = 200
# The first form is that of nearly all cells; possessive repeats (*+) leave nothing to come back to, which halves the time.
_CELL = (
    rb'(?:<c r="%b(?P=row)"('
    rb"[^>]*+>(?:<v>[^<]*+</v>|<is><t>[^<]*+</t></is>)</c>"
    rb"|[^>]*+>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>|)(?:<v[^>]*+>[^<]*+</v>|<is><t[^>]*+>[^<]*+</t></is>|<v ?/>|)</c>"
    rb"|[^>]*/>)|)"
)
_ROW = rb'<row r="(?P<row>[0-9]+)"(?:[^>]*/>|[^>]*>%b</row>)(?=<row |\Z)'
# The two forms that nearly all distinct cells have, and any form that _CELL lets through.
_INLINE = re.compile(rb' (?:s="[0-9]+" )?t="inlineStr"><is><t>([^<&\r_]+)</t></is></c>')
_SHARED = re.compile(rb' (?:s="[0-9]+" )?t="s"><v>([0-9]+)</v></c>')
_PARTS_OF_CELL = re.compile(
    rb"(?P<attributes>[^>]*?)(?:/>|>(?P<formula><f[^>]*/>|<f[^>]*>[^<]*</f>)?"
    rb"(?:<v[^>]*>(?P<value>[^<]*)</v>|<is><t[^>]*>(?P<inline>[^<]*)</t></is>|<v ?/>)?</c>)"
)
_KIND, _STYLE = re.compile(rb' t="([^"]*)"'), re.compile(rb' s="([0-9]+)"')
_COLUMN = re.compile(rb'<c r="([A-Z]+)')
_ENCODING = re.compile(rb"<\?xml [^>]*encoding=[\"']([^\"']*)")
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));|&")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class IrregularSheet(Exception):
    """The sheet is not written in the regular way."""


@dataclass(slots=True)
class RegularRows:
    """The rows that hold anything and their numbers, `width` cells each.

    `needs_positions`: some cells need a second look at what is known of their position, such as formulas without a result.
    """

    numbers: list[int]
    rows: list[Row]
    width: int
    needs_positions: bool


def regular_rows(xml: bytes, parts: Parts, limits: Limits, on_progress: Callable[[int], None]) -> RegularRows:
    """All rows of a worksheet. Raises IrregularSheet; refuses `too_many_rows` and what the careful reader refuses in a cell."""
    encoding = _ENCODING.match(xml)
    if encoding is not None and encoding[1].lower() != b"utf-8":
        raise IrregularSheet
    start, stop = xml.find(b"<sheetData>"), xml.rfind(b"</sheetData>")
    width = _width(xml, start, stop)
    start += len(b"<sheetData>")
    middle = xml.find(b"<row ", (start + stop) // 2, stop)
    if limits.processes > 1 and stop - start > _MIN_BYTES_FOR_TWO_PROCESSES and middle > 0:
        found = _read_in_two_processes(xml, (start, middle, stop), width, parts, limits, on_progress)
    else:
        found = _rows(xml, start, stop, width, parts, limits, on_progress)
    if len(found.rows) > limits.lines or len(found.rows) * width > limits.cells:
        raise FileRefused("too_many_rows", str(limits.lines))
    _drop_empty_columns(found)
    return found


def _width(xml: bytes, start: int, stop: int) -> int:
    """How many columns the first and last rows use; a row between them that uses more does not fit the pattern."""
    if not 0 <= start < stop:
        raise IrregularSheet
    ends = xml[start : start + _PIECE_BYTES], xml[max(start, stop - _PIECE_BYTES) : stop]
    letters = {found for end in ends for found in set(_COLUMN.findall(end))}
    width = 1 + max((column_index(found.decode()) for found in letters), default=0)
    if width > _MAX_COLUMNS:
        raise IrregularSheet
    return width


def _rows(
    xml: bytes, start: int, stop: int, width: int, parts: Parts, limits: Limits, on_progress: Callable[[int], None]
) -> RegularRows:
    pattern = re.compile(_ROW % b"".join(_CELL % column_letters(column).encode() for column in range(width)))
    cell_values = _CellValues(parts)
    value_of_piece = cell_values.__getitem__
    blank: Row = [None] * width
    numbers: list[int] = []
    rows: list[Row] = []
    last = 0
    for low, high in _pieces(xml, start, stop):
        found = pattern.findall(xml, low, high)
        # A match goes from one <row to the next and knows every byte between; so as many matches as rows leave no byte out.
        if len(found) != xml.count(b"<row", low, high):
            raise IrregularSheet
        for number, *cells in found:
            before, last = last, int(number)
            if not before < last <= MAX_ROW:
                raise IrregularSheet
            row: Row = list(map(value_of_piece, cells))
            if row != blank:
                numbers.append(last)
                rows.append(row)
        on_progress(len(rows))
        if len(rows) > limits.lines or len(rows) * width > limits.cells:
            raise FileRefused("too_many_rows", str(limits.lines))
    return RegularRows(numbers, rows, width, cell_values.needs_positions)


def _pieces(xml: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The bounds of pieces that begin with a row; together they are all of it, and nothing stands before the first."""
    if not xml.startswith(b"<row ", start):
        raise IrregularSheet
    while start < stop:
        end = xml.find(b"<row ", min(start + _PIECE_BYTES, stop), stop)
        yield start, (stop if end < 0 else end)
        start = stop if end < 0 else end


def _read_in_two_processes(
    xml: bytes,
    bounds: tuple[int, int, int],
    width: int,
    parts: Parts,
    limits: Limits,
    on_progress: Callable[[int], None],
) -> RegularRows:
    """Read the first half here and the second half in a fork of this process, which sends its rows through a pipe."""
    start, middle, stop = bounds
    _ = parts.formats, parts.strings  # read before the fork, so that they are read once
    receiving, sending = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(receiving)
        _run_helper(sending, lambda: _rows(xml, middle, stop, width, parts, limits, lambda _: None))
    os.close(sending)
    try:
        with os.fdopen(receiving, "rb") as pipe:
            first = _rows(xml, start, middle, width, parts, limits, lambda done: on_progress(2 * done))
            second = pickle.load(pipe)  # noqa: S301 - from our own fork, which is still writing it
    except (EOFError, pickle.UnpicklingError):
        # The helper reached a limit. Another reader reads the sheet and reports the limit if it reaches it too.
        raise IrregularSheet from None
    finally:
        os.waitpid(helper, 0)
    if isinstance(second, Exception):
        raise second
    if first.numbers and second.numbers and first.numbers[-1] >= second.numbers[0]:
        raise IrregularSheet
    return RegularRows(
        first.numbers + second.numbers, first.rows + second.rows, width, first.needs_positions or second.needs_positions
    )


def _run_helper(sending: int, work: Callable[[], RegularRows]) -> None:
    """Send the result of `work`, or what it raised, and end the process without running anything else."""
    try:
        result: RegularRows | Exception
        try:
            result = work()
        except (IrregularSheet, FileRefused) as stopped:
            result = stopped
        with os.fdopen(sending, "wb") as pipe:
            pickle.dump(result, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)


def _drop_empty_columns(found: RegularRows) -> None:
    """A sheet is as wide as its widest line: cells that are only formatted do not count."""
    while found.width > 1 and all(row[-1] is None for row in found.rows):
        found.width -= 1
        for row in found.rows:
            del row[-1]


class _CellValues(dict[bytes, Value]):
    """`meanings[piece]` is the value of a cell that is written so, found the first time; a cell that is not there is empty."""

    def __init__(self, parts: Parts) -> None:
        super().__init__({b"": None})
        self.needs_positions = False
        self._parts = parts
        self._styles = {
            n: display
            for n, code in enumerate(parts.formats)
            if not formats.is_date(code)
            and (display := formats.display_meaning(code))
            and not display.startswith("zeros:")
        }

    def __missing__(self, piece: bytes) -> Value:
        value: Value
        if plain := _INLINE.fullmatch(piece):
            value = _text(plain[1])
        elif shared := _SHARED.fullmatch(piece):
            value = value_of("s", shared[1].decode(), 0, self._parts)
        else:
            value = self._value(piece)
        self[piece] = value
        return value

    def _value(self, piece: bytes) -> Value:
        cell = _PARTS_OF_CELL.fullmatch(piece)
        if cell is None:
            raise IrregularSheet
        attributes, formula, inline, raw = cell["attributes"], cell["formula"], cell["inline"], cell["value"]
        kind_said, style_said = _KIND.search(attributes), _STYLE.search(attributes)
        kind, style = kind_said[1].decode() if kind_said else "n", int(style_said[1]) if style_said else 0
        if b" vm=" in attributes or (inline is not None) != (kind == "inlineStr" and raw is None):
            raise IrregularSheet
        if inline is not None:
            return unescape(_text(inline)) or None
        if formula is not None and any(mark in formula for mark in (b"[", b"://", b"DISPIMG")):
            self.needs_positions = True
        if formula is not None and raw and self._parts.may_be_uncalculated(raw.decode("ascii", "replace")):
            self.needs_positions = True
        if not raw and not (kind == "str" and raw is not None):
            return NO_VALUE if formula is not None else None
        if b"DISPIMG" in raw and formula is None:
            raise IrregularSheet
        value = value_of(kind, _text(raw), style, self._parts)
        if isinstance(value, float) and style in self._styles:
            self.needs_positions = True
        return value


def _text(raw: bytes) -> str:
    """Character data as an XML parser gives it."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise IrregularSheet from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    named, decimal, hexadecimal = entity.groups()
    if named:
        return _NAMED[named]
    code = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        raise IrregularSheet
    return chr(code)
