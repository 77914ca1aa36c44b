"""Reads a worksheet by a full XML parse: exact for every cell, within limits; used for all but large sheets."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats
from imports.workbook.model import NO_VALUE, Row, Sheet, Value, column_index
from imports.workbook.ooxml.parts import Parts, unescape
from imports.workbook.xmlscan import is_true, scan

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
MAX_RANGES = 1000
"""Of hidden columns, each of which may span the sheet."""
_REF = re.compile(r"^\$?([A-Za-z]{1,7})\$?(\d{1,10})$")
DISPIMG = re.compile(r'DISPIMG\(\s*"([^"]+)"')


class _Reader:
    def __init__(self, sheet: Sheet, parts: Parts, limits: Limits, on_progress: Callable[[int], None]) -> None:
        self.sheet = sheet
        self.parts = parts
        self.limits = limits
        self.on_progress = on_progress
        self.row_number = 0
        self.column = -1
        self.cells: dict[int, Value] = {}
        self.kept: dict[int, dict[int, Value]] = {}
        self.count = 0
        self.kind = ""
        self.style = 0
        self.metadata: str | None = None
        self.formula: list[str] | None = None
        self.content: list[str] | None = None
        self.inline: list[str] | None = None
        self.target: list[str] | None = None
        self.phonetic = 0
        self.ranges = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v":
            self.content = self.target = []
        elif tag == "f":
            self.formula = self.target = []
        elif tag == "is":
            self.inline = []
        elif tag == "t" and self.inline is not None and not self.phonetic:
            self.target = self.inline
        elif tag == "row":
            self._open_row(attributes)
        elif tag == "rPh":
            self.phonetic += 1
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "col":
            self._column(attributes)

    def end(self, tag: str) -> None:
        if tag == "c":
            self._close_cell()
        elif tag in ("v", "f", "t"):
            self.target = None
        elif tag == "rPh":
            self.phonetic -= 1
        elif tag == "row" and self.cells:
            self.kept.setdefault(self.row_number, {}).update(self.cells)
            self.cells = {}
            if len(self.kept) > self.limits.lines:
                raise FileRefused("too_many_rows", str(self.limits.lines))
            if len(self.kept) % 2000 == 0:
                self.on_progress(len(self.kept))

    def text(self, piece: str) -> None:
        if self.target is not None:
            self.target.append(piece)

    def finish(self) -> None:
        sheet = self.sheet
        sheet.width = 1 + max((max(cells) for cells in self.kept.values()), default=-1)
        for number in sorted(self.kept):
            line: Row = [None] * sheet.width
            for column, value in self.kept[number].items():
                line[column] = value
            sheet.numbers.append(number)
            sheet.rows.append(line)

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row_number = int(number) if number and number.isdigit() else self.row_number + 1
        if not 1 <= self.row_number <= MAX_ROW:
            raise FileRefused("malformed")
        self.column = -1
        self.cells = {}
        if is_true(attributes.get("hidden")):
            self.sheet.hidden_rows.add(self.row_number)
        height = attributes.get("ht")
        if height:
            try:
                self.sheet.heights[self.row_number] = float(height)
            except ValueError:
                raise FileRefused("malformed") from None

    def _open_cell(self, attributes: dict[str, str]) -> None:
        ref = attributes.get("r")
        if ref is None:
            self.column += 1
        else:
            match = _REF.match(ref)
            if match is None:
                raise FileRefused("malformed")
            self.column = column_index(match.group(1))
            if int(match.group(2)) != self.row_number:
                self._move_to(int(match.group(2)))
        if not 0 <= self.column < MAX_COLUMN:
            raise FileRefused("malformed")
        self.kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self.style = int(style) if style.isdigit() else 0
        self.metadata = attributes.get("vm")
        self.formula = self.content = self.inline = None

    def _move_to(self, number: int) -> None:
        """A cell whose reference names another row than the one that contains it: the reference counts, as in Excel."""
        if not 1 <= number <= MAX_ROW:
            raise FileRefused("malformed")
        if self.cells:
            self.kept.setdefault(self.row_number, {}).update(self.cells)
            self.cells = {}
        self.row_number = number

    def _close_cell(self) -> None:
        place = (self.row_number, self.column)
        if self.formula is not None:
            formula = "".join(self.formula)
            if "[" in formula or "://" in formula:
                self.sheet.external.add(place)
        value = self._value()
        if self.formula is not None:
            self._note_result(place, value)
        picture = DISPIMG.search(value) if isinstance(value, str) and "DISPIMG" in value else None
        if picture is None and self.formula and "DISPIMG" in "".join(self.formula):
            picture = DISPIMG.search("".join(self.formula))
        if picture is not None:
            self.sheet.picture_ids[place] = picture.group(1)
        elif self.metadata is not None and value == "#VALUE!":
            self.sheet.picture_ids[place] = f"vm:{self.metadata}"
            value = None
        if value is not None and value != "":
            self.cells[self.column] = value
            self.count += 1
            if self.count > self.limits.cells:
                raise FileRefused("too_many_rows", str(self.limits.lines))

    def _note_result(self, place: tuple[int, int], value: Value) -> None:
        if value == 0 and self.parts.may_be_uncalculated("".join(self.content or ())):
            self.sheet.zeroes.add(place)
        elif value is not None and value is not NO_VALUE:
            self.sheet.calculated = True

    def _value(self) -> Value:
        raw = None if self.content is None else "".join(self.content)
        kind = self.kind
        if kind == "inlineStr":
            return unescape("".join(self.inline or ())) or None
        if raw is None or (raw == "" and kind != "str"):
            return NO_VALUE if self.formula is not None else None
        value = value_of(kind, raw, self.style, self.parts)
        if isinstance(value, float):
            display = formats.display_meaning(_code(self.style, self.parts))
            if display and not (display == "decimals:2" and round(value, 2) == value):
                self.sheet.formats[(self.row_number, self.column)] = display
        return value

    def _merge(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        start, end = _REF.match(first), _REF.match(last or first)
        if start is None or end is None:
            raise FileRefused("malformed")
        merge = (
            int(start.group(2)), column_index(start.group(1)), int(end.group(2)), column_index(end.group(1)),
        )  # fmt: skip
        if merge[2] > MAX_ROW or merge[3] >= MAX_COLUMN:
            raise FileRefused("malformed")
        self.sheet.merges.append(merge)

    def _column(self, attributes: dict[str, str]) -> None:
        if is_true(attributes.get("hidden")) and self.ranges < MAX_RANGES:
            self.ranges += 1
            low, high = attributes.get("min", ""), attributes.get("max", "")
            if low.isdigit() and high.isdigit():
                self.sheet.hidden_columns.update(range(int(low) - 1, min(int(high), MAX_COLUMN)))


def read_carefully(
    sheet: Sheet, pieces: Iterable[bytes], parts: Parts, limits: Limits, on_progress: Callable[[int], None]
) -> None:
    """Fill `sheet` from its XML. Refuses `malformed`, `xml_entity`, `too_many_rows`."""
    reader = _Reader(sheet, parts, limits, on_progress)
    scan(pieces, reader.start, reader.end, reader.text)
    reader.finish()


def value_of(kind: str, raw: str, style: int, parts: Parts) -> Value:
    """The value of a cell of type `kind` (`t`) and style index `style` with the content `raw` of its `<v>`. Refuses `malformed`."""
    if kind == "s":
        return _shared(raw, parts)
    if kind == "str":
        return unescape(raw) or None
    if kind == "e":
        return raw.strip() or "#VALUE!"
    if kind == "b":
        return "TRUE" if raw.strip() in ("1", "true") else "FALSE"
    if kind == "d":
        return _iso(raw)
    try:
        number = float(raw)
    except ValueError:
        return raw
    if not math.isfinite(number):
        return "#NUM!"
    code = _code(style, parts)
    return number if code == "General" else formats.as_displayed(number, code, parts.epoch_1904)


def _shared(raw: str, parts: Parts) -> Value:
    try:
        at = int(raw)
        if at < 0:
            raise IndexError
        return parts.strings[at] or None
    except (ValueError, IndexError):
        raise FileRefused("malformed") from None


def _code(style: int, parts: Parts) -> str:
    return parts.formats[style] if style < len(parts.formats) else "General"


def _iso(raw: str) -> Value:
    try:
        moment = dt.datetime.fromisoformat(raw.strip())
    except ValueError:
        return raw
    return moment.date() if moment.time() == dt.time() else moment.replace(tzinfo=None)
