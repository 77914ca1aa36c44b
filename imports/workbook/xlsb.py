"""Excel binary workbooks (.xlsb), record by record; formulas by their stored results, strings without their runs."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats
from imports.workbook.drawings import Related
from imports.workbook.merges import drop_overlapping_merges
from imports.workbook.model import Row, Sheet, Value, Workbook
from imports.workbook.ooxml.parts import MAX_SHARED_TEXT
from imports.workbook.package import Package, resolve
from imports.workbook.xmlscan import scan

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_ROW, _SHEET, _STRING_ITEM, _COLUMN, _MERGE = 0, 156, 19, 60, 176
_TWIPS_PER_POINT = 20
_MAX_ROW, _MAX_COLUMN = 1_048_576, 16_384
_VISIBILITY = {1: "hidden", 2: "very_hidden"}


def read(package: Package, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """Refuses `corrupt`, `malformed` and `too_many_rows`."""
    relations: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            relations[attributes.get("Id", "")] = resolve("xl/workbook.bin", attributes.get("Target", ""))

    try:
        if "xl/_rels/workbook.bin.rels" not in package:
            raise FileRefused("malformed")
        scan(package.chunks("xl/_rels/workbook.bin.rels"), start)
        strings = _shared_strings(package.read("xl/sharedStrings.bin")) if "xl/sharedStrings.bin" in package else []
        codes = _style_formats(package.read("xl/styles.bin")) if "xl/styles.bin" in package else []
        book = package.read("xl/workbook.bin")
        epoch_1904 = any(kind == 153 and record[:1] and record[0] & 1 for kind, record in _records(book))
        sheets: list[Sheet] = []
        related = Related(package, limits)
        for name, visibility, part in _sheet_parts(book, relations):
            sheet = Sheet(name=name, visibility=visibility)
            sheets.append(sheet)
            if part in package:
                _Reader(sheet, strings, codes, epoch_1904, limits, on_progress).read(package.read(part))
                drop_overlapping_merges([sheet], limits)
                related.place_drawings(sheet, part)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise FileRefused("malformed") from error
    if not sheets:
        raise FileRefused("malformed")
    return Workbook(kind="xlsb", sheets=sheets, notes=related.album.notes(), pictures=related.album.pictures)


class _Reader:
    def __init__(
        self,
        sheet: Sheet,
        strings: list[str],
        codes: list[str],
        epoch_1904: bool,
        limits: Limits,
        on_progress: Callable[[int], None],
    ) -> None:
        self.sheet = sheet
        self.strings = strings
        self.codes = codes
        self.epoch_1904 = epoch_1904
        self.limits = limits
        self.on_progress = on_progress
        self.row = 0
        self.cells: dict[int, Value] = {}
        self.kept: list[dict[int, Value]] = []
        self.count = 0

    def read(self, data: bytes) -> None:
        for kind, record in _records(data):
            if kind == _ROW:
                self._open_row(record)
            elif 1 <= kind <= 11 and len(record) >= 8:
                self._cell(kind, record)
            elif kind == _COLUMN and len(record) >= 18 and record[16] & 0x01:
                low, high = struct.unpack_from("<II", record)
                self.sheet.hidden_columns.update(range(low, min(high + 1, _MAX_COLUMN)))
            elif kind == _MERGE and len(record) >= 16:
                top, bottom, left, right = struct.unpack_from("<IIII", record)
                if bottom < _MAX_ROW and right < _MAX_COLUMN:
                    self.sheet.merges.append((top + 1, left, bottom + 1, right))
        self._close_row()
        sheet = self.sheet
        sheet.width = 1 + max((max(cells) for cells in self.kept), default=-1)
        for cells in self.kept:
            line: Row = [None] * sheet.width
            for column, value in cells.items():
                line[column] = value
            sheet.rows.append(line)

    def _open_row(self, record: bytes) -> None:
        self._close_row()
        number = struct.unpack_from("<I", record)[0] + 1
        if number > _MAX_ROW or (self.sheet.numbers and number <= self.sheet.numbers[-1]):
            raise FileRefused("malformed")
        self.row = number
        if len(record) > 11 and record[11] & 0x10:
            self.sheet.hidden_rows.add(number)
        if len(record) > 9:
            self.sheet.heights[number] = struct.unpack_from("<H", record, 8)[0] / _TWIPS_PER_POINT

    def _close_row(self) -> None:
        if self.cells:
            self.sheet.numbers.append(self.row)
            self.kept.append(self.cells)
            self.cells = {}
            if len(self.kept) > self.limits.lines or self.count > self.limits.cells:
                raise FileRefused("too_many_rows", str(self.limits.lines))
            if len(self.kept) % 2000 == 0:
                self.on_progress(len(self.kept))

    def _cell(self, kind: int, record: bytes) -> None:
        column, style = struct.unpack_from("<II", record)
        if column >= _MAX_COLUMN:
            raise FileRefused("malformed")
        value = self._value(kind, record)
        if isinstance(value, float):
            value = self._shown(column, style & 0xFFFFFF, value)
        if value is not None and value != "":
            self.cells[column] = value
            self.count += 1

    def _value(self, kind: int, record: bytes) -> Value:
        if kind == 7:
            return self.strings[struct.unpack_from("<I", record, 8)[0]] or None
        if kind in (6, 8):
            return _wide_string(record, 8)[0] or None
        if kind == 2:
            return _rk(struct.unpack_from("<I", record, 8)[0])
        if kind in (5, 9):
            number: float = struct.unpack_from("<d", record, 8)[0]
            return number if math.isfinite(number) else "#NUM!"
        if kind in (4, 10):
            return "TRUE" if record[8] else "FALSE"
        if kind in (3, 11):
            return _ERRORS.get(record[8], "#VALUE!")
        return None

    def _shown(self, column: int, style: int, number: float) -> Value:
        code = self.codes[style] if style < len(self.codes) else "General"
        value_shown = formats.as_displayed(number, code, self.epoch_1904)
        display = formats.display_meaning(code)
        if (
            isinstance(value_shown, float)
            and display
            and not (display == "decimals:2" and round(value_shown, 2) == value_shown)
        ):
            self.sheet.formats[(self.row, column)] = display
        return value_shown


def _rk(raw: int) -> float:
    """A number in four bytes: the top of a double or an integer, maybe in hundredths."""
    number: float
    if raw & 2:
        number = (raw >> 2) - (1 << 30 if raw & 0x80000000 else 0)
    else:
        number = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", raw & 0xFFFFFFFC))[0]
    if not math.isfinite(number):
        return 0.0
    return number / 100 if raw & 1 else float(number)


def _shared_strings(data: bytes) -> list[str]:
    strings = [_wide_string(record, 1)[0] for kind, record in _records(data) if kind == _STRING_ITEM]
    if any(len(each) > MAX_SHARED_TEXT for each in strings):
        raise FileRefused("text_too_long", str(MAX_SHARED_TEXT))
    return strings


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            if at >= end:
                return
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, data[at : at + size]
        at += size


def _sheet_parts(data: bytes, relations: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for kind, record in _records(data):
        if kind == _SHEET and len(record) > 16:
            identity, after = _wide_string(record, 8)
            name, _ = _wide_string(record, after)
            visibility = _VISIBILITY.get(struct.unpack_from("<I", record)[0], "visible")
            if relations.get(identity, "").startswith("xl/worksheets/"):
                yield name, visibility, relations[identity]


def _style_formats(data: bytes) -> list[str]:
    own: dict[int, str] = {}
    codes: list[str] = []
    inside = False
    for kind, record in _records(data):
        if kind == 44 and len(record) > 6:
            own[struct.unpack_from("<H", record)[0]] = _wide_string(record, 2)[0]
        elif kind in (617, 618):
            inside = kind == 617
        elif kind == 47 and inside and len(record) >= 4:
            number = struct.unpack_from("<H", record, 2)[0]
            codes.append(own.get(number, formats.BUILTIN.get(number, "General")))
    return codes


def _wide_string(record: bytes, at: int) -> tuple[str, int]:
    if at + 4 > len(record):
        return "", at
    length = struct.unpack_from("<I", record, at)[0]
    if length == 0xFFFFFFFF or length > len(record):
        return "", at + 4
    end = at + 4 + length * 2
    return record[at + 4 : end].decode("utf-16-le", "replace"), end
