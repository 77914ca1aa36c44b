"""OpenDocument spreadsheets (.ods), repeated rows and cells unrolled only as far as they hold anything."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook.floating import Album
from imports.workbook.model import ERROR_VALUES, NO_VALUE, Row, Sheet, Value, Workbook
from imports.workbook.package import Package, resolve
from imports.workbook.xmlscan import attribute, scan

_SCIENTIFIC = re.compile(r"-?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_MAX_ROW, _MAX_COLUMN = 1_048_576, 16_384


def read(package: Package, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """Refuses `encrypted`, `corrupt`, `malformed`, `too_many_rows`."""
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise FileRefused("encrypted")
    if "content.xml" not in package:
        raise FileRefused("corrupt")
    reader = _Reader(package, limits, on_progress)
    scan(package.chunks("content.xml"), reader.start, reader.end, reader.text)
    return Workbook(kind="ods", sheets=reader.sheets, notes=reader.album.notes(), pictures=reader.album.pictures)


class _Reader:
    def __init__(self, package: Package, limits: Limits, on_progress: Callable[[int], None]) -> None:
        self.package = package
        self.limits = limits
        self.on_progress = on_progress
        self.sheets: list[Sheet] = []
        self.album = Album(limits.picture_bytes, limits.pictures_bytes)
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.row = 0
        self.row_repeat = 1
        self.row_hidden = False
        self.group_hidden = 0
        self.column = 0
        self.columns = 0
        self.repeat = 1
        self.line: dict[int, Value] = {}
        self.displays: dict[int, str] = {}
        self.attributes: dict[str, str] | None = None
        self.paragraphs: list[list[str]] = []
        self.letters = 0
        self.inside = False
        self.skipping = 0
        self.depth = 0
        self.covered = False
        self.links: list[str] = []
        self.cells = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: C901
        if tag in ("annotation", "shapes", "tracked-changes"):
            self.skipping += 1
        elif tag == "style":
            self.style = attribute(attributes, "name") or ""
        elif tag == "table-properties" and attribute(attributes, "display") == "false":
            self.hidden_styles.add(self.style)
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self._open_table(attributes)
        elif self.depth != 1 or self.skipping:
            return
        elif tag == "table-column":
            repeat = _count(attributes, "number-columns-repeated")
            if attribute(attributes, "visibility") in ("collapse", "filter"):
                self.sheets[-1].hidden_columns.update(range(self.columns, min(self.columns + repeat, 2000)))
            self.columns += repeat
        elif tag == "table-row":
            self._open_row(attributes)
        elif tag in ("table-cell", "covered-table-cell"):
            self._open_cell(tag, attributes)
        elif tag == "p" and self.attributes is not None:
            self.paragraphs.append([])
            self.inside = True
        elif tag == "s" and self.inside:
            self._write(" " * min(_count(attributes, "c"), 100))
        elif tag in ("line-break", "tab") and self.inside:
            self._write("\n" if tag == "line-break" else "\t")
        elif tag == "image" and self.attributes is not None:
            self.links.append(attribute(attributes, "href") or "")

    def end(self, tag: str) -> None:
        if tag in ("annotation", "shapes", "tracked-changes"):
            self.skipping -= 1
        elif tag == "table":
            self.depth -= 1
            if self.depth == 0:
                sheet = self.sheets[-1]
                for row in sheet.rows:
                    row.extend([None] * (sheet.width - len(row)))
        elif self.depth != 1 or self.skipping:
            return
        elif tag == "p":
            self.inside = False
        elif tag in ("table-cell", "covered-table-cell"):
            self._close_cell()
        elif tag == "table-row":
            self._close_row()

    def text(self, piece: str) -> None:
        if self.inside and not self.skipping:
            self._write(piece)

    def _write(self, piece: str) -> None:
        self.paragraphs[-1].append(piece)
        self.letters += len(piece)
        if self.letters > self.limits.text:
            raise FileRefused("text_too_long", str(self.limits.text))

    def _open_table(self, attributes: dict[str, str]) -> None:
        hidden = (attribute(attributes, "style-name") or "") in self.hidden_styles
        self.sheets.append(
            Sheet(name=attribute(attributes, "name") or "", visibility="hidden" if hidden else "visible")
        )
        self.row = self.columns = 0

    def _open_row(self, attributes: dict[str, str]) -> None:
        self.row += 1
        self.row_repeat = _count(attributes, "number-rows-repeated")
        self.row_hidden = attribute(attributes, "visibility") in ("collapse", "filter")
        self.column = 0
        self.line = {}
        self.displays = {}
        if self.row > _MAX_ROW:
            raise FileRefused("malformed")

    def _open_cell(self, tag: str, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.covered = tag != "table-cell"
        self.repeat = _count(attributes, "number-columns-repeated")
        self.paragraphs, self.letters = [], 0
        self.links = []
        across, down = _count(attributes, "number-columns-spanned"), _count(attributes, "number-rows-spanned")
        if not self.covered and (across > 1 or down > 1) and self.sheets:
            self.sheets[-1].merges.append(
                (self.row, self.column, min(self.row + down - 1, _MAX_ROW), self.column + across - 1)
            )

    def _close_cell(self) -> None:
        attributes = self.attributes
        self.attributes = None
        if attributes is None:
            return
        value = None if self.covered else self._value(attributes)
        for link in self.links:
            self._picture(link)
        if value is not None and value != "":
            if self.repeat > 1 and self.column + self.repeat > _MAX_COLUMN:
                raise FileRefused("malformed")
            for column in range(self.column, self.column + self.repeat):
                self.line[column] = value
                kind = attribute(attributes, "value-type")
                if kind == "percentage":
                    self.displays[column] = "percent"
                elif kind == "currency" and (code := attribute(attributes, "currency")) not in (None, "CNY"):
                    self.displays[column] = f"currency:{code}"
                elif kind == "float" and any(_SCIENTIFIC.fullmatch("".join(text)) for text in self.paragraphs):
                    self.displays[column] = "scientific"
        self.column += self.repeat

    def _value(self, attributes: dict[str, str]) -> Value:
        kind = attribute(attributes, "value-type")
        text_shown = "\n".join(map("".join, self.paragraphs))
        if text_shown in ERROR_VALUES or text_shown.startswith("Err:"):
            return text_shown if text_shown in ERROR_VALUES else "#VALUE!"
        if kind in ("float", "percentage", "currency"):
            raw = attribute(attributes, "value") or ""
            if not raw and not text_shown and attribute(attributes, "formula"):
                return NO_VALUE
            try:
                number = float(raw)
            except ValueError:
                return raw or None
            if not math.isfinite(number):
                return "#NUM!"
            if kind == "float" and text_shown.isdigit() and text_shown.startswith("0") and len(text_shown) > 1:
                return text_shown
            return number
        if kind == "date":
            return _moment(attribute(attributes, "date-value") or text_shown)
        if kind == "boolean":
            return "TRUE" if attribute(attributes, "boolean-value") == "true" else "FALSE"
        if kind == "string":
            return attribute(attributes, "string-value") or text_shown or None
        if not text_shown and attribute(attributes, "formula"):
            return NO_VALUE
        return text_shown or None

    def _close_row(self) -> None:
        sheet = self.sheets[-1]
        if not self.line:
            self.row += self.row_repeat - 1
            return
        if len(sheet.rows) + self.row_repeat > self.limits.lines:
            raise FileRefused("too_many_rows", str(self.limits.lines))
        width = max(self.line) + 1
        self.cells += width * self.row_repeat
        if self.cells > self.limits.cells:
            raise FileRefused("too_many_rows", str(self.limits.lines))
        sheet.width = max(sheet.width, width)
        base: Row = [self.line.get(column) for column in range(width)]
        for number in range(self.row, self.row + self.row_repeat):
            sheet.numbers.append(number)
            sheet.rows.append(list(base))
            if self.row_hidden:
                sheet.hidden_rows.add(number)
            for column, displays in self.displays.items():
                sheet.formats[(number, column)] = displays
        self.row += self.row_repeat - 1
        if len(sheet.rows) % 2000 == 0:
            self.on_progress(len(sheet.rows))

    def _picture(self, link: str) -> None:
        part = resolve("content.xml", link)
        if part in self.package and self.album.has_room_for(self.package.size(part)):
            digest = self.album.keep(self.package.read(part))
            if digest is not None:
                self.sheets[-1].pictures[(self.row, self.column)] = digest


def _count(attributes: dict[str, str], name: str) -> int:
    raw = attribute(attributes, name)
    return max(1, int(raw)) if raw and raw.isdigit() else 1


def _moment(raw: str) -> Value:
    try:
        moment = dt.datetime.fromisoformat(raw.strip())
    except ValueError:
        return raw
    return moment.date() if moment.time() == dt.time() else moment.replace(tzinfo=None)
