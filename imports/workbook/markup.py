"""What ERP systems name .xls: HTML tables and SpreadsheetML 2003."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats
from imports.workbook.model import NO_VALUE, Sheet, Value, Workbook, is_blank
from imports.workbook.text import decode
from imports.workbook.xmlscan import attribute, scan

_MAX_SPAN = 1000
_MAX_RANGES = 1000
"""Of hidden columns, each of which may span the sheet."""
_MAX_SPANNED = 5_000_000
"""Columns of all cells that span several, added up: each is written down."""
_META = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")


class _Tables(HTMLParser):
    """Rows of all tables, spans laid out; a table beside other text in a cell is text, scripts and styles are not."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.limits = limits
        self.sheet = Sheet(name=None)
        self.tables = 0
        self.number = 0
        self.line: dict[int, Value] = {}
        self.covered: dict[int, int] = {}  # by cells of lines above: column → how many lines, this one included
        self.covered_below: dict[int, int] = {}
        self.column = 0
        self.pieces: list[str] | None = None
        self.span = (1, 1)
        self.style = ""
        self.silent = 0
        self.nested = 0
        self.hidden = False
        self.open = False
        self.spanned = 0
        self.letters = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        if tag in ("script", "style", "title"):
            self.silent += 1
        elif tag == "table":
            if self.nested or (self.pieces is not None and not self._is_layout()):
                self.nested += 1
                return
            if self.pieces is not None:
                self.pieces = None
                if self.open:
                    self.number -= 1  # the line that holds the table is the table's first
            self._close_row()
            self.covered = {}
            self.tables += 1
        elif self.nested:
            return
        elif tag == "tr":
            self._close_row()
            self.number += 1
            self.open = True
            self.hidden = "display:none" in attributes.get("style", "").replace(" ", "").lower()
            self.column = 0
        elif tag in ("td", "th"):
            self._close_cell()
            self.pieces, self.letters = [], 0
            self.span = (_span(attributes.get("rowspan")), _span(attributes.get("colspan")))
            self.style = attributes.get("style", "")
        elif tag in ("br", "p", "div") and self.pieces:
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self.silent = max(0, self.silent - 1)
        elif tag == "table":
            if self.nested:
                self.nested -= 1
            else:
                self._close_row()
                self.covered = {}
        elif self.nested:
            return
        elif tag in ("td", "th"):
            self._close_cell()
        elif tag == "tr":
            self._close_row()

    def handle_data(self, data: str) -> None:
        if self.pieces is not None and not self.silent:
            self.pieces.append(data)
            self.letters += len(data)
            if self.letters > self.limits.text:
                raise FileRefused("text_too_long", str(self.limits.text))

    def finish(self) -> Sheet:
        self.close()
        self._close_row()
        for row in self.sheet.rows:
            row.extend([None] * (self.sheet.width - len(row)))
        return self.sheet

    def _is_layout(self) -> bool:
        """Whether the open cell is there only to hold a table, as on pages that are laid out by tables."""
        return not self.line and is_blank("".join(self.pieces or ()))

    def _close_cell(self) -> None:
        if self.pieces is None:
            return
        text = " ".join("".join(self.pieces).split())
        self.pieces = None
        if not self.open:
            self.number += 1
            self.open = True
            self.column = 0
        while self.column in self.covered:
            self.column += 1
        if text:
            self.line[self.column] = text
        rows, columns = self.span
        if rows > 1 or columns > 1:
            self.sheet.merges.append((self.number, self.column, self.number + rows - 1, self.column + columns - 1))
            self.spanned += columns
            if self.spanned > _MAX_SPANNED:
                raise FileRefused("malformed")
        for offset in range(columns) if rows > 1 else ():
            self.covered_below[self.column + offset] = rows - 1
        self.column += columns
        if self.column > 5000:
            raise FileRefused("malformed")

    def _close_row(self) -> None:
        self._close_cell()
        if self.line and any(not is_blank(value) for value in self.line.values()):
            width = max(self.line) + 1
            self.sheet.numbers.append(self.number)
            self.sheet.rows.append([self.line.get(column) for column in range(width)])
            self.sheet.width = max(self.sheet.width, width)
            if self.hidden:
                self.sheet.hidden_rows.add(self.number)
            if len(self.sheet.rows) > self.limits.lines or len(self.sheet.rows) * width > self.limits.cells:
                raise FileRefused("too_many_rows", str(self.limits.lines))
        if self.open:
            self.covered = {column: left - 1 for column, left in self.covered.items() if left > 1} | self.covered_below
        self.line, self.covered_below = {}, {}
        self.hidden = self.open = False


def read_html(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """All tables of a page, one under another. Refuses `html_not_excel` when it holds none."""
    parser = _Tables(limits)
    text = _html_text(data)
    for at in range(0, len(text), 1 << 20):
        parser.feed(text[at : at + (1 << 20)])
        on_progress(len(parser.sheet.rows))
    sheet = parser.finish()
    if not parser.tables or not sheet.rows:
        raise FileRefused("html_not_excel")
    return Workbook(kind="html", sheets=[sheet])


def read_spreadsheetml(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """SpreadsheetML 2003. Refuses `xml_entity` and `malformed`."""
    reader = _SpreadsheetML(limits)
    text = _DECLARED.sub("", decode_xml(data))
    scan([text.encode("utf-8")], reader.start, reader.end, reader.text, "utf-8")
    on_progress(sum(len(sheet.rows) for sheet in reader.sheets))
    return Workbook(kind="spreadsheetml", sheets=reader.sheets)


def decode_xml(data: bytes) -> str:
    """The text of an XML file by its declaration, or by what it turns out to be."""
    declared = re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)", data[:200])
    if declared:
        name = declared.group(1).decode().lower()
        if name in ("gb2312", "gbk", "gb18030", "big5", "utf-8", "utf8"):
            try:
                return data.decode({"gb2312": "gb18030", "gbk": "gb18030"}.get(name, name))
            except UnicodeDecodeError:
                pass
    return decode(data)


class _SpreadsheetML:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sheets: list[Sheet] = []
        self.formats: dict[str, str] = {}
        self.style = ""
        self.row = 0
        self.column = -1
        self.line: dict[int, Value] = {}
        self.columns = self.ranges = 0
        self.covered: dict[int, int] = {}  # by cells of lines above: column → down to which line
        self.spanned = 0
        self.cell_style = ""
        self.across = self.down = 0
        self.formula = False
        self.kind: str | None = None
        self.pieces: list[str] | None = None
        self.has_data = False
        self.error = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Worksheet":
            self.sheets.append(Sheet(name=attribute(attributes, "Name") or ""))
            self.row = self.columns = 0
            self.covered = {}
        elif tag == "Visible" and self.sheets:
            self.kind, self.pieces = "visible", []
        elif tag == "Style":
            self.style = attribute(attributes, "ID") or ""
        elif tag == "NumberFormat":
            self.formats[self.style] = attribute(attributes, "Format") or ""
        elif tag == "Column" and self.sheets:
            index = _int_or_default(attribute(attributes, "Index"), self.columns + 1)
            span = _int_or_default(attribute(attributes, "Span"), 0)
            if attribute(attributes, "Hidden") == "1" and self.ranges < _MAX_RANGES:
                self.ranges += 1
                self.sheets[-1].hidden_columns.update(range(index - 1, min(index + span, 20_000)))
            self.columns = index + span
        elif tag == "Row" and self.sheets:
            self.row = _int_or_default(attribute(attributes, "Index"), self.row + 1)
            if not 1 <= self.row <= 1_048_576:
                raise FileRefused("malformed")
            self.column = -1
            self.line = {}
            if attribute(attributes, "Hidden") == "1":
                self.sheets[-1].hidden_rows.add(self.row)
        elif tag == "Cell" and self.sheets:
            self._open(attributes)
        elif tag == "Data" and self.sheets:
            self.kind, self.pieces = attribute(attributes, "Type") or "String", []

    def end(self, tag: str) -> None:
        if tag == "Data" and self.pieces is not None:
            self._take("".join(self.pieces))
            self.pieces = None
        elif tag == "Cell" and self.sheets:
            if self.formula and not self.has_data:
                self.line[self.column] = NO_VALUE
            if self.across or self.down:
                self.sheets[-1].merges.append((self.row, self.column, self.row + self.down, self.column + self.across))
            self.column += self.across
        elif tag == "Visible" and self.pieces is not None:
            state = "".join(self.pieces).strip()
            self.sheets[-1].visibility = {"SheetHidden": "hidden", "SheetVeryHidden": "very_hidden"}.get(
                state, "visible"
            )
            self.pieces = None
        elif tag == "Row" and self.sheets and self.line:
            self._keep()
        elif tag == "Worksheet":
            sheet = self.sheets[-1]
            for row in sheet.rows:
                row.extend([None] * (sheet.width - len(row)))

    def text(self, piece: str) -> None:
        if self.pieces is not None:
            self.pieces.append(piece)

    def _open(self, attributes: dict[str, str]) -> None:
        index = attribute(attributes, "Index")
        self.column = _int_or_default(index, 0) - 1 if index else self.column + 1
        while index is None and self.covered.get(self.column, 0) >= self.row:
            self.column += 1
        if not 0 <= self.column < 16_384:
            raise FileRefused("malformed")
        self.across = min(_int_or_default(attribute(attributes, "MergeAcross"), 0), 16_384)
        self.down = min(_int_or_default(attribute(attributes, "MergeDown"), 0), 100_000)
        if self.across or self.down:
            self.spanned += self.across + 1
            if self.spanned > _MAX_SPANNED:
                raise FileRefused("malformed")
        for column in range(self.column, self.column + self.across + 1) if self.down else ():
            self.covered[column] = max(self.row + self.down, self.covered.get(column, 0))
        self.cell_style = attribute(attributes, "StyleID") or ""
        self.formula = attribute(attributes, "Formula") is not None
        self.has_data = False

    def _take(self, raw: str) -> None:
        self.has_data = True
        value: Value = raw or None
        if self.kind == "Number":
            try:
                number = float(raw)
            except ValueError:
                self.line[self.column] = raw
                return
            if not math.isfinite(number):
                self.line[self.column] = "#NUM!"
                return
            code = {"Percent": "0%", "Fixed": "0.00", "Standard": "#,##0.00", "Scientific": "0.00E+00"}.get(
                self.formats.get(self.cell_style, ""), self.formats.get(self.cell_style, "")
            )
            value = number
            if code:
                value = formats.as_displayed(number, code, False) if "Date" not in code else number
                display = formats.display_meaning(code)
                if (
                    isinstance(value, float)
                    and display
                    and not (display == "decimals:2" and round(number, 2) == number)
                ):
                    self.sheets[-1].formats[(self.row, self.column)] = display
        elif self.kind == "Boolean":
            value = "TRUE" if raw.strip() == "1" else "FALSE"
        elif self.kind == "DateTime":
            value = _moment(raw)
        if value is not None:
            self.line[self.column] = value

    def _keep(self) -> None:
        sheet = self.sheets[-1]
        width = max(self.line) + 1
        row = [self.line.get(column) for column in range(width)]
        at = sheet.index_of(self.row)
        if at is not None or (sheet.numbers and self.row < sheet.numbers[-1]):
            raise FileRefused("malformed")
        sheet.numbers.append(self.row)
        sheet.rows.append(row)
        sheet.width = max(sheet.width, width)
        if len(sheet.rows) > self.limits.lines or len(sheet.rows) * width > self.limits.cells:
            raise FileRefused("too_many_rows", str(self.limits.lines))


def _html_text(data: bytes) -> str:
    declared = _META.search(data[:4096])
    if declared:
        name = declared.group(1).decode().lower()
        name = {"gb2312": "gb18030", "gbk": "gb18030"}.get(name, name)
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _span(raw: str | None) -> int:
    return max(1, min(_int_or_default(raw, 1), _MAX_SPAN))


def _int_or_default(raw: str | None, default: int) -> int:
    try:
        return int(raw) if raw else default
    except ValueError:
        return default


def _moment(raw: str) -> Value:
    try:
        moment = dt.datetime.fromisoformat(raw.strip())
    except ValueError:
        return raw
    return moment.date() if moment.time() == dt.time() else moment.replace(tzinfo=None)
