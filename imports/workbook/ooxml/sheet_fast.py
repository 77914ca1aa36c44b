"""Large worksheets: calamine for the values, a scan of the raw XML for what calamine does not tell.

calamine turns errors into '' and says nothing of hidden rows, formulas without results or number formats.
Those are rare marks in the XML, found by searching for them. A sheet whose XML is not written in the plain
way of all real programs is left to the careful reader.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Callable
from html import unescape as html_unescape
from typing import Any

import python_calamine

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats
from imports.workbook.model import NO_VALUE, Row, Sheet, Value, column_index
from imports.workbook.ooxml.parts import Parts
from imports.workbook.ooxml.regular_rows import IrregularSheet, regular_rows
from imports.workbook.ooxml.sheet_careful import DISPIMG, MAX_COLUMN, MAX_RANGES, MAX_ROW
from imports.workbook.package import refuse_entities

_LAST_ROW = re.compile(rb'<row [^>]*?\br="(\d+)"')
_WIDE = re.compile(rb' r="([A-Z]{2,})\d')
_DIMENSION = re.compile(rb'<dimension ref="A1:([A-Z])(\d+)"')
_HIDDEN_ROW = re.compile(rb'<row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_COL = re.compile(rb'<col (?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?"')
_HEIGHT = re.compile(rb'<row (?=[^>]*?\br="(\d+)")[^>]*?\bht="([\d.]+)"')
_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*) t="e"([^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>')
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]+)(\d+)"((?:(?! t="str")[^>])*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>'
)
_ZERO = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)<v>(0(?:\.0)?)</v>')
_RESULT = re.compile(rb"(?:<f[^>]*/>|</f>)<v>(?!0</v>|0\.0</v>)[^<]")
_EXTERNAL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*><f[^>]*>[^<]*(?:\[|://)[^<]*</f>')
_PICTURE = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*><f[^>]*>([^<]*DISPIMG\([^<]*)</f>')
_SAMPLE = 200_000
_FEW_STYLES = 200
_DATES = (dt.datetime, dt.date, dt.time)


class FastSheets:
    """Opens calamine once for the workbook, and only if a sheet is large enough."""

    def __init__(self, data: bytes, parts: Parts, limits: Limits) -> None:
        self._data = data
        self._parts = parts
        self._limits = limits
        self._book: Any = None

    def read(self, sheet: Sheet, part: str, on_progress: Callable[[int], None], *, by_calamine: bool = True) -> bool:
        """Fill `sheet`; False leaves it untouched for the careful reader. `by_calamine`: calamine may read irregular rows."""
        xml = self._parts.package.read(part)
        refuse_entities(xml)
        try:
            found = regular_rows(xml, self._parts, self._limits, on_progress)
        except IrregularSheet:
            return by_calamine and self._read_by_calamine(sheet, xml, on_progress)
        self._scan(sheet, xml)
        places = self._special_values(sheet, xml) if found.needs_positions else {}
        sheet.numbers, sheet.rows, sheet.width = found.numbers, found.rows, found.width
        for (number, column), value in places.items():
            at = sheet.index_of(number)
            if at is not None and column < sheet.width:
                sheet.rows[at][column] = value
        return True

    def _read_by_calamine(self, sheet: Sheet, xml: bytes, on_progress: Callable[[int], None]) -> bool:
        if not self._is_plain(xml):
            return False
        self._scan(sheet, xml)
        places = self._special_values(sheet, xml)
        has_booleans = b't="b"' in xml
        del xml
        if not self._load(sheet, places, on_progress, has_booleans=has_booleans):
            raise FileRefused("corrupt")
        return True

    def _is_plain(self, xml: bytes) -> bool:
        """Whether the XML is written in the plain way, judged by both ends, and its cells lie close together."""
        for end in (xml[:_SAMPLE], xml[-_SAMPLE:]):
            if end.count(b"<c ") != end.count(b'<c r="') or b"<c>" in end or b"<![CDATA[" in end or b"<!--" in end:
                return False
        if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b" vm=" in xml or b"<row " not in xml:
            return False
        tail = _LAST_ROW.findall(xml, xml.rfind(b"<row "))
        if not tail or not 1 <= int(tail[-1]) <= MAX_ROW:
            return False
        shape = _DIMENSION.search(xml, 0, 4096)
        if shape and not _WIDE.search(xml, len(xml) - _SAMPLE) and int(shape[2]) == int(tail[-1]):
            return True  # at most Z wide by its own word and its last lines; the child's memory limit does the rest
        wide = {column_index(letters.decode()) for letters in set(_WIDE.findall(xml))}
        width = max(wide, default=25) + 1
        return width <= MAX_COLUMN and int(tail[-1]) * width <= 4 * xml.count(b"<c ") + 2_000_000

    def _scan(self, sheet: Sheet, xml: bytes) -> None:
        if b'hidden="' in xml:
            sheet.hidden_rows.update(int(number) for number in _HIDDEN_ROW.findall(xml))
            for found in _COL.findall(xml[: max(0, xml.find(b"<sheetData"))])[:MAX_RANGES]:
                low, high = re.search(rb'\bmin="(\d+)"', found), re.search(rb'\bmax="(\d+)"', found)
                if low and high:
                    sheet.hidden_columns.update(range(int(low[1]) - 1, min(int(high[1]), MAX_COLUMN)))
        after = max(0, xml.rfind(b"</sheetData>"))
        for left, top, right, bottom in _MERGE.findall(xml, after):
            first = (int(top), column_index(left.decode()))
            last = (int(bottom), column_index(right.decode())) if right else first
            sheet.merges.append((*first, *last))
        if b"<drawing" in xml[after:]:
            sheet.heights.update((int(row), float(height)) for row, height in _HEIGHT.findall(xml))

    def _special_values(self, sheet: Sheet, xml: bytes) -> dict[tuple[int, int], Value]:
        places: dict[tuple[int, int], Value] = {}
        if b't="e"' in xml:
            for column, row, _, _, raw in _ERROR.findall(xml):
                places[(int(row), column_index(column.decode()))] = html_unescape(raw.decode("utf-8", "replace"))
        if b"<f" in xml:
            for column, row, _ in _UNCOMPUTED.findall(xml):
                places[(int(row), column_index(column.decode()))] = NO_VALUE
            sheet.calculated = _RESULT.search(xml) is not None
            for column, row, raw in () if sheet.calculated else _ZERO.findall(xml):
                if self._parts.may_be_uncalculated(raw.decode()):
                    sheet.zeroes.add((int(row), column_index(column.decode())))
                else:
                    sheet.calculated = True
            for column, row in _EXTERNAL.findall(xml):
                sheet.external.add((int(row), column_index(column.decode())))
            for column, row, formula in _PICTURE.findall(xml):
                match = DISPIMG.search(html_unescape(formula.decode("utf-8", "replace")))
                if match:
                    sheet.picture_ids[(int(row), column_index(column.decode()))] = match.group(1)
        self._formatted(sheet, xml, places)
        return places

    def _formatted(self, sheet: Sheet, xml: bytes, places: dict[tuple[int, int], Value]) -> None:
        codes = self._parts.formats
        displays = {n: formats.display_meaning(code) for n, code in enumerate(codes) if not formats.is_date(code)}
        meaningful = {n: meaning for n, meaning in displays.items() if meaning}
        if not meaningful:
            return
        # By name where they are few, which finds nothing but them; a long list would be gone through at every cell.
        styles = b"|".join(str(n).encode() for n in meaningful) if len(meaningful) <= _FEW_STYLES else rb"\d+"
        cell = re.compile(
            rb'<c r="([A-Z]+)(\d+)"[^>]*? s="(' + styles + rb')"((?:(?! t=)[^>])*)>'
            rb"(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]+)</v>"
        )
        for column, row, style, _, raw in cell.findall(xml):
            meaning = meaningful.get(int(style))
            if meaning is None:
                continue
            if meaning == "decimals:2" and len(raw.partition(b".")[2]) < 3:
                continue
            try:
                number = float(raw)
            except ValueError:
                continue
            place = (int(row), column_index(column.decode()))
            if meaning.startswith("zeros:"):
                text = formats.as_displayed(number, codes[int(style)], False)
                if isinstance(text, str):
                    places[place] = text
            elif not (meaning == "decimals:2" and round(number, 2) == number):
                sheet.formats[place] = meaning

    def _load(
        self,
        sheet: Sheet,
        places: dict[tuple[int, int], Value],
        on_progress: Callable[[int], None],
        *,
        has_booleans: bool,
    ) -> bool:
        try:
            if self._book is None:
                self._book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(self._data))
            table = self._book.get_sheet_by_name(sheet.name)
            lines = table.iter_rows() if table.start is not None else iter(())
        except Exception:  # noqa: BLE001 - calamine raises whatever a damaged part makes it stumble over
            return False
        number = 0
        left: Row = [None] * (
            table.start[1] if table.start is not None else 0
        )  # calamine begins at the first used column
        by_row: dict[int, list[tuple[int, Value]]] = {}
        for (row, column), value in places.items():
            by_row.setdefault(row, []).append((column, value))
        interned = _Interned().__getitem__
        numbers, rows = sheet.numbers, sheet.rows
        for line in lines:
            number += 1
            # True equals 1.0 and would be found as it: sheets with booleans take the slower way.
            cells: Row = left + (list(map(_plain, line)) if has_booleans else list(map(interned, line)))
            if number in by_row:
                for column, value in by_row[number]:
                    if column < len(cells):
                        cells[column] = value
            if cells.count(None) == len(cells):
                continue
            numbers.append(number)
            rows.append(cells)
            if len(rows) % 5000 == 0:
                on_progress(len(rows))
                if len(rows) > self._limits.lines:
                    raise FileRefused("too_many_rows", str(self._limits.lines))
        sheet.width = len(rows[0]) if rows else 0
        return True


class _Interned(dict[Any, Value]):
    """Converts each distinct value of calamine once, which saves time and most of the memory."""

    def __missing__(self, value: Any) -> Value:
        found = self[value] = _plain(value)
        return found


def _plain(value: Any) -> Value:
    if value.__class__ is str:
        return value or None
    if value.__class__ is float:
        return value if math.isfinite(value) else "#NUM!"
    if value is True or value is False:
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return float(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    if isinstance(value, _DATES):
        return value
    if isinstance(value, dt.timedelta):
        return value.total_seconds() / 86400
    return str(value) or None
